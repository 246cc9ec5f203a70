"""What bounces, complaints and refusals do to a channel: the ladder of `bounces` applied to rows.

A verb runs in the caller's transaction, as those of `service` do. Each report is taken once, however often it comes.
Only the channel it is about is closed; the subscriber is `suppressed` when no other one is open. Coming back takes a
new confirmation.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from subscribers import store
from subscribers.addresses import EMAIL, normalise
from subscribers.bounces import Action, Ladder, Move, Origin, Report, Standing, is_about_address, take
from subscribers.model import (
    ChannelStatus,
    ChannelView,
    EventKind,
    SubscriberStatus,
    SuppressionReason,
    UnknownChannel,
)
from subscribers.store.bounces import drop_standing, find_move, find_standing, save_standing
from subscribers.store.reports import drop_old_reports, note_report
from subscribers.store.suppressions import lift_suppression, suppress
from subscribers.tables import ChannelRow

COMPLAINED: Final = "The reader marked a mail of ours as spam."
# Reports come again within hours or days; mailboxes restored from a backup are the longest imaginable.
REPORTS_KEPT_FOR: Final = timedelta(days=90)
MAX_DETAIL: Final = 300

_GONE = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One bounce or complaint. `key` is the hash that tells it from others; `detail` is what the server said."""

    key: str
    report: Report
    detail: str = ""
    is_probe: bool = False
    origin: Origin = field(default_factory=Origin)


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report led to. `is_new` is False if it had been taken before; there is no channel if it is gone."""

    action: Action
    is_new: bool
    channel: ChannelView | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class _Patience:
    """The ladder, and since when it is climbed: a new address has not bounced for what the old one did."""

    ladder: Ladder
    move: Move | None

    def since_move(self, standing: Standing | None) -> Standing | None:
        is_of_old_address = standing and self.move and standing.scored_at < self.move.at
        return None if is_of_old_address else standing


def reported(session: Session, now: datetime, channel_id: int, incident: Incident, ladder: Ladder) -> Reported:
    """Take a bounce or a complaint about a channel. The caller sends the probe, if the action asks for one."""
    try:
        channel = store.get_channel(session, channel_id)
    except UnknownChannel:
        return Reported(Action.NOTHING, is_new=False)
    move = find_move(session, channel)
    is_about_now = is_about_address(incident.origin, channel.address, move, now)
    if not is_about_now or not note_report(session, incident.key, now):
        return Reported(Action.NOTHING, False, store.view_channel(channel))
    if incident.report is Report.COMPLAINT:
        return _take_complaint(session, now, channel, incident)
    return _take_bounce(session, now, channel, incident, _Patience(ladder, move))


def refused(session: Session, now: datetime, channel_id: int, detail: str) -> bool:
    """Close a channel whose address was refused for good as we wrote to it; whether it was open.

    An email address is suppressed too. In a chat, who blocked us comes back by talking to us: that is consent enough.
    """
    try:
        channel = store.get_channel(session, channel_id)
    except UnknownChannel:
        return False
    if channel.kind != EMAIL:
        return store.close_channel(session, channel_id, detail, now)
    return _stop(session, now, channel, SuppressionReason.BOUNCED, detail)


def lift(session: Session, address: str) -> bool:
    """Let an email address be written to again, because an operator says so; whether it was suppressed.

    Its channel stays closed: `subscribe` opens it. Raises InvalidAddress.
    """
    stored = normalise(EMAIL, address)
    channel = store.find_channel(session, EMAIL, stored)
    if channel is not None:
        owner = store.get_subscriber(session, channel.subscriber_id)
        if owner.status == SubscriberStatus.SUPPRESSED:
            owner.status = SubscriberStatus.UNSUBSCRIBED.value
    return lift_suppression(session, EMAIL, stored)


def forget_old_reports(session: Session, now: datetime) -> int:
    """Forget reports that will not come again; give how many."""
    return drop_old_reports(session, now - REPORTS_KEPT_FOR)


def suppress_address(session: Session, now: datetime, address: str, reason: SuppressionReason) -> bool:
    """Suppress an email address that has no channel, such as one that a confirmation was sent to; whether it is new."""
    return suppress(session, EMAIL, normalise(EMAIL, address), reason, now)


def _take_bounce(
    session: Session, now: datetime, channel: ChannelRow, incident: Incident, patience: _Patience
) -> Reported:
    if channel.status != ChannelStatus.OPEN:
        return Reported(Action.NOTHING, True, store.view_channel(channel))
    before = patience.since_move(find_standing(session, channel.id))
    step = take(before, incident.report, now, patience.ladder, is_probe=incident.is_probe)
    save_standing(session, channel.id, step.standing)
    _log_bounce(session, now, channel, incident, _added(before, step.standing))
    if step.action is Action.STOP:
        _stop(session, now, channel, SuppressionReason.BOUNCED, f"Mail to this address bounces: {incident.detail}")
    return Reported(step.action, True, _view(session, channel.id), step.standing.score)


def _take_complaint(session: Session, now: datetime, channel: ChannelRow, incident: Incident) -> Reported:
    detail = {"channel": channel.id, "detail": incident.detail[:MAX_DETAIL]}
    store.record_event(session, channel.subscriber_id, EventKind.COMPLAINED, now, detail)
    _stop(session, now, channel, SuppressionReason.COMPLAINED, COMPLAINED)
    return Reported(Action.STOP, True, _view(session, channel.id))


def _added(before: Standing | None, after: Standing) -> float:
    """Give what a bounce has added to the score of its day."""
    if before is None or before.scored_at.date() != after.scored_at.date():
        return after.counted
    return after.counted - before.counted


def _log_bounce(session: Session, now: datetime, channel: ChannelRow, incident: Incident, counted: float) -> None:
    """Log a bounce that counts; a second one on a day says nothing new."""
    if counted or incident.is_probe:
        detail = {"channel": channel.id, "bounce": incident.report.value, "counted": counted}
        detail |= {"detail": incident.detail[:MAX_DETAIL], "is_probe": incident.is_probe}
        store.record_event(session, channel.subscriber_id, EventKind.BOUNCED, now, detail)


def _stop(session: Session, now: datetime, channel: ChannelRow, reason: SuppressionReason, said: str) -> bool:
    """Close the channel, suppress its address, and with the last open channel the subscriber."""
    owner = store.get_subscriber(session, channel.subscriber_id)
    is_closed = store.close_channel(session, channel.id, said, now)
    if suppress(session, channel.kind, channel.address, reason, now):
        detail = {"channel": channel.id, "reason": reason.value}
        store.record_event(session, owner.id, EventKind.SUPPRESSED, now, detail)
    drop_standing(session, channel.id)
    channels = store.view_subscriber(session, owner.id).channels
    if owner.status not in _GONE and all(each.status is ChannelStatus.CLOSED for each in channels):
        owner.status = SubscriberStatus.SUPPRESSED.value
    return is_closed


def _view(session: Session, channel_id: int) -> ChannelView:
    return store.view_channel(store.get_channel(session, channel_id))
