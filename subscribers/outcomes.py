"""What the verbs of `service` say happened. A caller answers from these; nothing here acts."""

from dataclasses import dataclass

from subscribers.model import ChannelView, Schedule, SubscriberStatus, SubscriberView


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Somebody signed up; `is_new` is False if they came back. Channels without `verified_at` wait for `confirm`."""

    subscriber: SubscriberView
    is_new: bool


@dataclass(frozen=True, slots=True)
class ChannelChanged:
    """A channel as it is now; `is_changed` is False if it was like that before."""

    channel: ChannelView
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """A channel has another schedule; the view says when it is next due."""

    channel: ChannelView
    before: Schedule


@dataclass(frozen=True, slots=True)
class WishChanged:
    """Interests, exclusions or follows were added or dropped; `ids` are those concerned, also if nothing changed.

    One that `has_switched` was an exclusion and is an interest now, or the other way round.
    """

    ids: tuple[int, ...]
    is_changed: bool
    has_switched: bool = False


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """A subscription was paused or taken up again; nothing changed if both are the same."""

    subscriber_id: int
    before: SubscriberStatus
    after: SubscriberStatus


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """These channels were closed; `has_left` if none is open any more."""

    closed: tuple[int, ...]
    has_left: bool


@dataclass(frozen=True, slots=True)
class Erased:
    """Every row about a subscriber is gone."""

    subscriber_id: int
