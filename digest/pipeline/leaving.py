"""Acts: ends subscriptions, or parts of them, and takes that back; what waits in the outbox goes along.

All of it is done on the word of a link in a mail, which works for ever and for whoever has the mail. So it can only
make mails fewer; what makes them more again needs the page that was shown to whoever left, within the hour.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy.orm import Session

from digest.model import ChannelId
from digest.storage.cancellations import cancel_alerts, queue_again
from subscribers import leaving, preferences, service, store
from subscribers.db import Database
from subscribers.leaving import LeaveReason, Left, Returned
from subscribers.model import (
    Cadence,
    ChannelStatus,
    ChannelView,
    EventKind,
    FollowWish,
    SubscriberStatus,
    SubscriberView,
    Timing,
    UnknownChannel,
    UnknownSubscriber,
)
from subscribers.store.leavings import is_answered, list_leavings
from subscribers.tokens import TokenSubject

log = structlog.get_logger()

TWO_WEEKS: Final = timedelta(days=14)
MONTH: Final = timedelta(days=30)
MONDAY: Final = 0
A_MOMENT: Final = timedelta(minutes=1)
_OFTEN: Final = frozenset({Cadence.BATCH, Cadence.DAILY, Cadence.WEEKDAYS})
_RUNNING: Final = frozenset({SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED})


class Fewer(StrEnum):
    """What may be had in place of leaving. Each of them is fewer mails than before, or it is not offered."""

    WEEKLY = "weekly"
    ALERTS = "alerts"
    TWO_WEEKS = "two-weeks"
    MONTH = "month"


_PAUSES: Final = {Fewer.TWO_WEEKS: TWO_WEEKS, Fewer.MONTH: MONTH}


@dataclass(frozen=True, slots=True)
class Leaver:
    """Who is about to leave: the channel a link names, whose it is, and what else is open."""

    view: SubscriberView
    channel: ChannelView

    @property
    def others(self) -> tuple[ChannelView, ...]:
        """Give the other open channels of the same subscriber."""
        is_open = (each for each in self.view.channels if each.status is ChannelStatus.OPEN)
        return tuple(each for each in is_open if each.id != self.channel.id)


def find_leaver(session: Session, subject: TokenSubject) -> Leaver | None:
    """Give whose open channel a link is about; None if it is closed, erased or somebody else's."""
    (view,) = store.list_matching_subscribers(session, [subject.subscriber_id]) or (None,)
    channels = () if view is None else view.channels
    channel = next((each for each in channels if each.id == subject.channel_id), None)
    if view is None or channel is None or channel.status is not ChannelStatus.OPEN:
        return None
    return Leaver(view, channel)


def list_fewer(leaver: Leaver, now: datetime) -> tuple[Fewer, ...]:
    """Give what a subscriber can have in place of leaving: only what is less than they have. Pure."""
    if leaver.view.status not in _RUNNING or leaver.channel.verified_at is None:
        return ()
    is_often = leaver.channel.schedule.cadence in _OFTEN
    offers = [Fewer.WEEKLY] if is_often else []
    if is_often and leaver.channel.takes_alerts and _are_all_told_at_once(leaver.view.follows):
        offers.append(Fewer.ALERTS)
    return (*offers, *(each for each, length in _PAUSES.items() if _is_longer(leaver.view, now + length)))


def _are_all_told_at_once(follows: Sequence[FollowWish]) -> bool:
    """Whether alerts alone would be no more of them: what waited for the digest would come as alerts without one."""
    return bool(follows) and all(follow.timing is Timing.NOW for follow in follows)


def _is_longer(view: SubscriberView, until: datetime) -> bool:
    """Whether a pause until then is a longer one than they have; one without an end is the longest."""
    if view.status is not SubscriberStatus.PAUSED:
        return True
    return view.paused_until is not None and view.paused_until < until


def leave(database: Database, now: datetime, subject: TokenSubject, *, everything: bool = False) -> Left:
    """Close the channel a link names, or all of its subscriber's. Again is no error."""
    with database.writing() as session:
        return leaving.leave(session, now, subject.subscriber_id, None if everything else subject.channel_id)


def take_fewer(database: Database, now: datetime, subject: TokenSubject, wanted: Fewer) -> bool:
    """Send less from now on; False if that would not be less, or there is nothing to make less."""
    with database.writing() as session:
        try:
            store.get_subscriber(session, subject.subscriber_id)  # what is decided below must still hold when written
            leaver = find_leaver(session, subject)
            if leaver is None or wanted not in list_fewer(leaver, now):
                return False
            _lessen(session, now, leaver, wanted)
        except (UnknownSubscriber, UnknownChannel):
            return False
        return True


def _lessen(session: Session, now: datetime, leaver: Leaver, wanted: Fewer) -> None:
    if wanted in _PAUSES:
        preferences.pause_until(session, now, leaver.view.id, now + _PAUSES[wanted])
        return
    cadence = Cadence.WEEKLY if wanted is Fewer.WEEKLY else Cadence.ALERTS
    schedule = replace(leaver.channel.schedule, cadence=cadence, weekday=MONDAY)
    service.set_schedule(session, now, leaver.channel.id, schedule)


def stop_alerts(database: Database, now: datetime, subject: TokenSubject) -> Left:
    """Send no alerts to the channel a link names, and none of those that wait. Again is no error."""
    with database.writing() as session:
        left = leaving.stop_alerts(session, now, subject.subscriber_id, subject.channel_id)
        if left.channels:
            cancel_alerts(session, ChannelId(subject.channel_id), now)
        return left


def take_back(database: Database, now: datetime, subscriber_id: int, left_at: datetime) -> Returned | None:
    """Undo a leaving: everything is as it was, and what was cancelled waits again. None if that cannot be."""
    with database.writing() as session:
        returned = leaving.undo(session, now, subscriber_id, left_at)
        if returned is not None and returned.is_changed:
            queue_again(session, map(ChannelId, returned.leaving.channels), returned.leaving.at, now)
        return returned


def note_reason(
    database: Database, now: datetime, subject: TokenSubject, left_at: datetime, said: tuple[LeaveReason, str]
) -> bool:
    """Keep why somebody left; the operator hears at once of people who never signed up."""
    with database.writing() as session:
        is_noted = leaving.give_reason(session, now, subject.subscriber_id, left_at, said)
    if is_noted and said[0] is LeaveReason.NEVER_ASKED:
        log.warning("signup_disputed", subscriber=subject.subscriber_id, channel=subject.channel_id)
    return is_noted


def find_recent(database: Database, now: datetime, subject: TokenSubject) -> datetime | None:
    """Give when the channel of a link was left, if that was a moment ago and has not been taken back."""
    with database.reading() as session:
        found = list_leavings(session, subject.subscriber_id, now - A_MOMENT)
        mine = (each for each in found if subject.channel_id in each.channels)
        back = EventKind.RETURNED
        return next((x.at for x in mine if not is_answered(session, subject.subscriber_id, x, back)), None)
