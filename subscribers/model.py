"""The values and errors of the subscriber side.

SubscriberError
├── UnknownSubscriber
├── UnknownChannel
├── AlreadySubscribed
├── InvalidAddress
├── InvalidSchedule            unknown time zone, impossible hour
├── InvalidWish                a name, interest or follow that cannot be stored
├── AddressSuppressed          comes back only by confirming itself
├── WeakKey
└── BadToken
    └── ExpiredToken
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum
from typing import NamedTuple


class SubscriberError(Exception):
    """Something is wrong with a subscription."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__ or "")


class UnknownSubscriber(SubscriberError):
    """There is no such subscriber."""


class UnknownChannel(SubscriberError):
    """There is no such channel."""


class AlreadySubscribed(SubscriberError):
    """This address already receives the digest."""


class InvalidAddress(SubscriberError):
    """This is not an address that can be written to."""


class InvalidSchedule(SubscriberError):
    """This is not a time zone or hour that exists."""


class InvalidWish(SubscriberError):
    """This cannot be asked for."""


class AddressSuppressed(SubscriberError):
    """This address bounced or complained; it can only come back by confirming itself."""


class UnknownRequest(SubscriberError):
    """There is no such request, or it has run out; ask again."""


class TooManyRequests(SubscriberError):
    """This was asked too often; try again later."""


class WeakKey(SubscriberError):
    """The secret key is too short to sign with."""


class BadToken(SubscriberError):
    """This link is not valid."""


class ExpiredToken(BadToken):
    """This link has expired; ask for a new one."""


class SubscriberKind(StrEnum):
    """A person, or a group that reads together."""

    PERSON = "person"
    GROUP = "group"


class SubscriberStatus(StrEnum):
    """Where a subscription stands; only `confirmed` receives digests."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    PAUSED = "paused"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED = "suppressed"


class ChannelStatus(StrEnum):
    """Whether a channel can be sent to; a closed one keeps the reason."""

    OPEN = "open"
    CLOSED = "closed"


class EventKind(StrEnum):
    """What a subscriber did or what happened to them, in the append-only log."""

    SUBSCRIBED = "subscribed"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"
    CHANNEL_ADDED = "channel_added"
    CHANNEL_CLOSED = "channel_closed"
    CHANNEL_MOVED = "channel_moved"
    SCHEDULE_CHANGED = "schedule_changed"
    CAP_CHANGED = "cap_changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    INTEREST_ADDED = "interest_added"
    INTEREST_REMOVED = "interest_removed"
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    FOLLOW_CHANGED = "follow_changed"
    ANSWERED = "answered"
    EXCLUSION_ADDED = "exclusion_added"
    EXCLUSION_REMOVED = "exclusion_removed"
    CHANNEL_CHANGED = "channel_changed"
    LANGUAGE_CHANGED = "language_changed"
    RENAMED = "renamed"
    FEEDBACK = "feedback"
    LEFT_BECAUSE = "left_because"
    RETURNED = "returned"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    SUPPRESSED = "suppressed"
    IMPORTED = "imported"


class RequestKind(StrEnum):
    """What is asked for at an address that has to confirm itself, or has to be written to in any case."""

    SIGNUP = "signup"
    MANAGE = "manage"
    ADD_ADDRESS = "add_address"
    MOVE_ADDRESS = "move_address"


class RequestState(StrEnum):
    """Where a request stands: `new` until a letter is queued, `asked` until somebody answers it. The rest is final."""

    NEW = "new"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    DROPPED = "dropped"


class SuppressionReason(StrEnum):
    """Why an address must not be written to again unless it asks itself."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"


class Cadence(StrEnum):
    """How often a channel gets its digest.

    `batch` is within the hour after papers came in, on the minute of the schedule; `alerts` is no digest at all: what
    would have been in one and is by somebody followed comes as an alert.
    """

    BATCH = "batch"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"
    ALERTS = "alerts"


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a channel gets its digest: a local hour in an IANA time zone.

    With `wait_until`, a later hour, the digest waits for batches that are late, but no longer than until then.
    `weekday` (0 is Monday) is that of a weekly digest.
    """

    timezone: str
    send_at: time
    wait_until: time | None = None
    cadence: Cadence = Cadence.DAILY
    weekday: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A channel as listings show it.

    A plain one gets mail without HTML; one that takes no alerts finds in its next digest what an alert would have told.
    One that repeats shows what another channel of the same person has shown already. `has_pictures` and `has_previews`
    are for chats: thumbnails of the papers, and what Telegram shows of the address of a paper that comes alone.
    """

    id: int
    subscriber_id: int
    kind: str
    address: str
    schedule: Schedule
    cap: int
    is_plain: bool = False
    takes_alerts: bool = True
    repeats: bool = False
    has_pictures: bool = False
    has_previews: bool = False
    status: ChannelStatus
    closed_reason: str
    verified_at: datetime | None
    next_due_at: datetime


class FollowKind(StrEnum):
    """What is followed."""

    RESEARCHER = "researcher"
    INSTITUTION = "institution"
    PAPER = "paper"


class Timing(StrEnum):
    """When a new paper of somebody followed is told: as a message of its own at once, or in the next digest."""

    NOW = "now"
    DIGEST = "digest"


class Position(StrEnum):
    """Which place in the list of authors counts."""

    ANY = "any"
    FIRST = "first"
    LAST = "last"
    FIRST_OR_LAST = "first or last"


class FollowEvent(StrEnum):
    """What else than a new paper is told, each a switch. The values are the kinds of announcement."""

    REPLACEMENT = "replacement"
    FEATURED = "featured"
    CODE_RELEASED = "code_released"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowWish:
    """Whom or what somebody follows, and what they want to hear of it.

    `target_id` is the row of the researcher, institution or paper, which this package knows nothing of; `name` is how
    the reader knows it.
    """

    kind: FollowKind = FollowKind.RESEARCHER
    target_id: int
    name: str
    timing: Timing = Timing.DIGEST
    position: Position = Position.ANY
    events: tuple[FollowEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InterestWish:
    """A wish about topics: the query as written, and its canonical form under which it is stored once."""

    text: str
    canonical: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberView:
    """A subscriber as listings show it, with everything they asked for."""

    id: int
    name: str
    kind: SubscriberKind
    status: SubscriberStatus
    language: str
    created_at: datetime
    paused_until: datetime | None = None
    channels: tuple[ChannelView, ...]
    interests: tuple[str, ...]
    exclusions: tuple[str, ...] = ()
    follows: tuple[FollowWish, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWish:
    """A channel somebody asks for: where to, when, and at most how many papers at a time."""

    kind: str
    address: str
    schedule: Schedule
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Somebody who wants to subscribe."""

    name: str
    channels: tuple[ChannelWish, ...]
    kind: SubscriberKind = SubscriberKind.PERSON
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Consent:
    """The evidence that somebody agreed: who says so, and what shows it (version of the text, shortened IP)."""

    given_by: str
    detail: Mapping[str, str] = field(default_factory=dict)


class StoredInterest(NamedTuple):
    """An interest of one subscriber: the shared row, and their own words."""

    id: int
    canonical: str
    text: str


class StoredFollow(NamedTuple):
    """A follow of one subscriber, and since when."""

    id: int
    wish: FollowWish
    since: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything one subscriber asked for."""

    interests: tuple[StoredInterest, ...] = ()
    follows: tuple[StoredFollow, ...] = ()
    exclusions: tuple[StoredInterest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DueChannel:
    """A channel whose digest is due, with all that composing it needs; `kind` is the channel's."""

    id: int
    subscriber_id: int
    name: str
    kind: str
    address: str
    language: str
    schedule: Schedule
    cap: int
    takes_alerts: bool = True
    watermark: int
    next_due_at: datetime
