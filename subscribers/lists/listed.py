"""What a list says of a subscriber. Pure values."""

from dataclasses import dataclass
from datetime import datetime

from subscribers.addresses import EMAIL
from subscribers.model import ChannelWish, SubscriberError, SubscriberKind, SubscriberStatus, SuppressionReason


class UnreadableList(SubscriberError):
    """The file is no list of subscribers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What shows that somebody agreed: who says so, when it was, from where, and to which text.

    `network` is a shortened IP address.
    """

    by: str = ""
    at: datetime | None = None
    network: str = ""
    text: str = ""
    version: str = ""

    @property
    def is_enough(self) -> bool:
        """Whether it says when somebody agreed, and one thing more."""
        return self.at is not None and bool(self.by or self.network or self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedChannel:
    """A channel on a list."""

    wish: ChannelWish
    is_plain: bool = False
    takes_alerts: bool = True
    repeats: bool = False
    has_pictures: bool = False
    has_previews: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """Kind and address."""
        return self.wish.kind, self.wish.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A subscriber on a list. `line` is where they first stand; wishes are as written, for others to understand.

    `reason` says why an address is suppressed, where `status` says that it is.
    """

    line: int
    name: str
    kind: SubscriberKind = SubscriberKind.PERSON
    language: str = "en"
    status: SubscriberStatus = SubscriberStatus.CONFIRMED
    reason: SuppressionReason | None = None
    paused_until: datetime | None = None
    channels: tuple[ListedChannel, ...]
    interests: tuple[str, ...] = ()
    exclusions: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    consent: Evidence = Evidence()

    @property
    def shown(self) -> str:
        """What to call them in a report: the first email address, else whatever address comes first."""
        places = [channel.place for channel in self.channels]
        return next((address for kind, address in places if kind == EMAIL), places[0][1])


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that cannot be used, the address that stands in it (cut to 60 characters), and why in one sentence."""

    line: int
    shown: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberList:
    """A list that was read, in order. `form` says what it was taken for: `a listmonk export`."""

    form: str
    entries: tuple[Listed | LineFault, ...]
