"""Leaving, taking it back within the hour, saying why, and being forgotten. Verbs are as in `service`.

What leaves is a channel, all channels of a subscriber, or the alerts of a channel. The event log tells them apart, and
an undo token names the second it was issued in, which is that of the leaving: nothing else is taken back by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from subscribers import preferences, service, store
from subscribers.addresses import EMAIL
from subscribers.model import (
    Cadence,
    ChannelStatus,
    EventKind,
    SubscriberStatus,
    SuppressionReason,
    UnknownChannel,
    UnknownSubscriber,
)
from subscribers.silence import hush, wake
from subscribers.store.leavings import Leaving, is_answered, list_leavings, lock_left_channels
from subscribers.store.suppressions import find_suppression, suppress
from subscribers.store.traces import delete_requests
from subscribers.tables import ChannelRow

UNDO_WITHIN: Final = timedelta(hours=1)
LONGEST_TEXT: Final = 500  # characters of a reason in somebody's own words
ONE_SECOND: Final = timedelta(seconds=1)


class LeaveReason(StrEnum):
    """Why somebody left."""

    TOO_MANY = "too_many"
    NOT_RELEVANT = "not_relevant"
    WRONG_PEOPLE = "wrong_people"  # papers of other people than those they follow
    NEVER_ASKED = "never_asked"  # they did not sign up
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Left:
    """These channels were closed (or their alerts stopped); `at` names the leaving to whoever takes it back.

    Nothing was closed, and there is nothing to take back, if somebody left before. `woken` are the mails that bring
    digests again, for they were silent for the sake of what was left.
    """

    channels: tuple[int, ...]
    has_left: bool
    at: datetime | None = None
    woken: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Returned:
    """A leaving was taken back; `is_changed` is False if it had been before."""

    leaving: Leaving
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A subscriber is gone; `addresses` are the email addresses that were theirs."""

    subscriber_id: int
    addresses: tuple[str, ...]


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def leave(session: Session, now: datetime, subscriber_id: int, channel_id: int | None = None) -> Left:
    """Close one channel, or all of them. Again, or for somebody unknown, is no error.

    Mail that was silent for the sake of a chat that is closed brings digests again.
    """
    done = service.unsubscribe(session, now, subscriber_id, channel_id)
    woken = () if done.has_left else wake(session, now, done.closed)
    return Left(done.closed, done.has_left, now if done.closed else None, woken)


def stop_alerts(session: Session, now: datetime, subscriber_id: int, channel_id: int) -> Left:
    """Send no alerts to a channel any more; one that gets nothing else is closed. Again is no error."""
    try:
        store.get_subscriber(session, subscriber_id)  # before the channel, as whoever leaves does: else both might wait
        channel = store.get_channel(session, channel_id)
    except (UnknownSubscriber, UnknownChannel):
        return Left((), has_left=True)
    if channel.subscriber_id != subscriber_id or channel.status != ChannelStatus.OPEN:
        return Left((), has_left=False)
    if channel.cadence == Cadence.ALERTS:
        return leave(session, now, subscriber_id, channel_id)
    changed = preferences.set_takes_alerts(session, now, channel_id, takes_alerts=False)
    return Left((channel_id,), False, now) if changed.is_changed else Left((), has_left=False)


# ── afterwards ───────────────────────────────────────────────────────────────────────────────────────────────────────


def undo(session: Session, now: datetime, subscriber_id: int, left_at: datetime) -> Returned | None:
    """Take a leaving back: the channels are open again as they were, with their schedules and watermarks.

    None if there is nothing to take back: the subscriber is erased, has left again since, or the address must not be
    written to. Again is no error.
    """
    try:
        row = store.get_subscriber(session, subscriber_id)
    except UnknownSubscriber:
        return None
    leaving = find_leaving(session, now, subscriber_id, left_at)
    if leaving is None:
        return None
    if is_answered(session, row.id, leaving, EventKind.RETURNED):
        return Returned(leaving, is_changed=False) if _is_back(session, leaving) else None
    if not _may_return(session, SubscriberStatus(row.status), leaving):
        return None
    if leaving.is_of_alerts:
        preferences.set_takes_alerts(session, now, leaving.channels[0], takes_alerts=True)
    else:
        for channel in lock_left_channels(session, leaving.channels):
            channel.status, channel.closed_reason = ChannelStatus.OPEN.value, ""
        hush(session, now, leaving.channels)
        row.status = leaving.was.value if leaving.was else row.status
    detail = {"leaving": leaving.id, "channels": list(leaving.channels)}
    store.record_event(session, row.id, EventKind.RETURNED, now, detail)
    return Returned(leaving, is_changed=True)


def give_reason(
    session: Session, now: datetime, subscriber_id: int, left_at: datetime, said: tuple[LeaveReason, str]
) -> bool:
    """Note why somebody left, once: a second word on the same leaving is not kept. Whether it was noted."""
    try:
        row = store.get_subscriber(session, subscriber_id)
    except UnknownSubscriber:
        return False
    leaving = find_leaving(session, now, subscriber_id, left_at)
    if leaving is None or is_answered(session, row.id, leaving, EventKind.LEFT_BECAUSE):
        return False
    reason, text = said
    detail = {"leaving": leaving.id, "reason": reason.value, "text": clean_text(text)}
    store.record_event(session, row.id, EventKind.LEFT_BECAUSE, now, detail)
    return True


def clean_text(text: str) -> str:
    """Give somebody's words on one line, without control characters, and not too long."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())[:LONGEST_TEXT]


def find_leaving(session: Session, now: datetime, subscriber_id: int, left_at: datetime) -> Leaving | None:
    """Give what was left in the second that a token names; None if that is long ago, or nothing was."""
    second = left_at.replace(microsecond=0)
    if now - second > UNDO_WITHIN + ONE_SECOND:
        return None
    found = list_leavings(session, subscriber_id, second)
    return next((each for each in found if each.at < second + ONE_SECOND), None)


def _is_back(session: Session, leaving: Leaving) -> bool:
    """Whether what was taken back still is: nobody has left again since."""
    if leaving.is_of_alerts:
        return store.get_channel(session, leaving.channels[0]).takes_alerts
    return not list(lock_left_channels(session, leaving.channels))


def _may_return(session: Session, status: SubscriberStatus, leaving: Leaving) -> bool:
    """Whether the channels may be written to again: as the leaving left them, and nothing speaks against it."""
    if leaving.is_of_alerts:
        channel = store.get_channel(session, leaving.channels[0])
        return channel.status == ChannelStatus.OPEN
    if (status is SubscriberStatus.UNSUBSCRIBED) != (leaving.was is not None) or status is SubscriberStatus.SUPPRESSED:
        return False
    channels = list(lock_left_channels(session, leaving.channels))
    suppressed = (find_suppression(session, each.kind, each.address) for each in channels)
    return len(channels) == len(leaving.channels) and not any(suppressed)


# ── being forgotten ──────────────────────────────────────────────────────────────────────────────────────────────────


def erase_with_suppression(
    session: Session, now: datetime, subscriber_id: int, *, keeps_hash: bool = True
) -> Forgotten:
    """Delete everything about a subscriber, what was asked for at their addresses included.

    Of each email address a hash is kept, so that nobody signs it up again unless it confirms that itself. Raises
    UnknownSubscriber.
    """
    row = store.get_subscriber(session, subscriber_id)
    channels: Sequence[ChannelRow] = list(row.channels)
    mails = tuple(channel.address for channel in channels if channel.kind == EMAIL)
    for address in mails if keeps_hash else ():
        suppress(session, EMAIL, address, SuppressionReason.ERASED, now)
    numbers = [channel.id for channel in channels]
    service.erase(session, subscriber_id)
    delete_requests(session, subscriber_id, numbers, mails)
    return Forgotten(subscriber_id, mails)
