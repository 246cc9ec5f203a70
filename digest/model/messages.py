"""Messages and deliveries: what leaves, where to, and how it went."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from digest.model.ids import DeliveryId, SubscriberId
from digest.model.matches import Edition
from digest.model.progress import NOTHING_SENT, Progress


class MessageForm(StrEnum):
    """What a notifier wants to be handed."""

    MAIL = "mail"
    CHAT = "chat"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a channel leads: an email address, a Telegram chat id, a folder."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailMessage:
    """A rendered mail. `message_id` (without brackets) is the same each time the same delivery is rendered.

    Without `html` it is text alone. `return_path` is where bounces go, the From address by default. A mail that
    `is_bulk` belongs to the list: `list_prefix` names a part of it (`alerts`). `feedback_id` is Gmail's Feedback-ID.
    """

    message_id: str
    subject: str
    text: str
    html: str
    language: str = "en"
    sent_at: datetime
    list_unsubscribe: tuple[str, ...] = ()
    is_one_click: bool = False
    return_path: str = ""
    is_bulk: bool = True
    list_prefix: str = ""
    feedback_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Button:
    """Something to tap beneath a chat message: it tells the bot `data` (64 bytes at most), or opens `url`."""

    text: str
    data: str = ""
    url: str = ""


Keyboard = tuple[tuple[Button, ...], ...]  # rows of buttons


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """A rendered chat message: parts in Telegram's HTML subset, each within the length limit, sent in order.

    `keyboards`, `albums` and `previews` say more of a part, by its index: the buttons beneath it; the addresses of up
    to ten pictures it is sent with, its text being their caption (several pictures have no buttons beneath them); the
    address whose preview is shown with it. `papers` are those of each part, an album's being (ALBUM,); empty where
    nobody will ask.
    """

    message_id: str
    parts: tuple[str, ...]
    is_silent: bool = False
    keyboards: Mapping[int, Keyboard] = field(default_factory=dict)
    albums: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    previews: Mapping[int, str] = field(default_factory=dict)
    papers: tuple[tuple[int, ...], ...] = ()


Message = MailMessage | ChatMessage


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side said when it accepted a message."""

    detail: str = ""


def name_chat_messages(numbers: Iterable[int]) -> str:
    """Say in a receipt which messages of a chat these are. By it, a reaction to a message leads to what was sent."""
    return f"message {', '.join(map(str, numbers))}"


class DeliveryKind(StrEnum):
    """A scheduled bundle or an immediate message."""

    DIGEST = "digest"
    ALERT = "alert"


class DeliveryState(StrEnum):
    """Where a delivery stands. `pending` and `sending` are unfinished; the others are final."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    EMPTY = "empty"
    FAILED = "failed"
    CANCELLED = "cancelled"


HELD_BACK: Final = "held back:"  # what is kept of a delivery that may not go out yet begins so
FORETOLD: Final = DeliveryId(0)  # no row of the outbox: what a delivery would be


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A claimed outbox row with what is needed to render and send it.

    `claim` is the fencing token: it grows with each claim, and only the latest claim may settle the row. `attempts`
    counts the failed tries so far. From `held_until` on another worker may take the row.
    """

    id: DeliveryId
    kind: DeliveryKind
    edition: Edition
    subscriber_id: SubscriberId
    subscriber_name: str
    is_group: bool = False
    address: Address
    is_plain: bool = False
    has_pictures: bool = False
    has_previews: bool = False
    language: str
    timezone: str
    claim: int
    attempts: int
    held_until: datetime
    parts_sent: int
    progress: Progress = NOTHING_SENT
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What to write down after an attempt, decided by `pipeline.settlement`.

    `arrived` are the papers that the reader has, where the rest is given up; None if that is not known. What else waits
    for the channel waits too if it `holds_up`.
    """

    state: DeliveryState
    detail: str = ""
    next_attempt_at: datetime | None = None
    parts_sent: int = 0
    close_channel: bool = False
    new_address: str | None = None
    is_attempt_counted: bool = True
    arrived: frozenset[int] | None = frozenset()
    holds_up: bool = False


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long a delivery is tried: doubling from `first_delay`, for `max_attempts`."""

    first_delay: timedelta = timedelta(minutes=1)
    longest_delay: timedelta = timedelta(hours=6)
    max_attempts: int = 12
