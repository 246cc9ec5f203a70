"""What stands against sending a delivery: its reader has left, its channel is closed or takes no alerts."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from digest.languages.phrases import ALERTS_STOPPED, LEFT_BEFORE
from digest.model import IN_PLACE, Delivery, DeliveryId, DeliveryKind, DeliveryState, read_progress
from digest.storage.cancellations import give_back, keep_arrived
from digest.storage.tables import UNFINISHED, DeliveryRow
from subscribers import store
from subscribers.model import ChannelStatus, SubscriberStatus
from subscribers.store.rows import chunks, has_consent
from subscribers.store.siblings import find_stand_in, has_open_sibling
from subscribers.tables import ChannelRow, SubscriberRow


def is_closed_alone() -> ColumnElement[bool]:
    """Build what tells that a channel is closed while its subscriber has not left (`channels` join `subscribers`)."""
    is_there = SubscriberRow.status == SubscriberStatus.CONFIRMED.value
    return and_(ChannelRow.status == ChannelStatus.CLOSED.value, is_there)


def cancel_unwanted(session: Session, now: datetime) -> int:
    """Cancel what waits for closed channels and for subscribers who have left; a pause only makes it wait.

    So it does alerts to channels that take none any more. The papers in it count as not sent.
    """
    row, wanted = DeliveryRow, _wanted_channels()
    is_idle = or_(row.state == DeliveryState.PENDING.value, row.next_attempt_at <= now)
    is_alert, takers = row.kind == DeliveryKind.ALERT.value, wanted.where(ChannelRow.takes_alerts)
    waits = and_(UNFINISHED, is_idle)
    is_alert = and_(is_alert, row.edition.not_like(f"%{IN_PLACE}%"))  # else it would come nowhere
    return _cancel(session, and_(waits, row.channel_id.not_in(wanted)), LEFT_BEFORE, now) + _cancel(
        session, and_(waits, is_alert, row.channel_id.not_in(takers)), ALERTS_STOPPED, now
    )


def _cancel(session: Session, unwanted: ColumnElement[bool], why: str, now: datetime) -> int:
    row, count = DeliveryRow, 0
    found = session.scalars(select(row.channel_id).where(unwanted).distinct().order_by(row.channel_id)).all()
    for channels in chunks(found):
        # First, and then look again: somebody may be coming back at this moment.
        store.lock_channels(session, channels)
        values = {"state": DeliveryState.CANCELLED.value, "settled_at": now, "detail": why}
        begun = select(row.id, row.detail, row.parts_sent).where(row.channel_id.in_(channels), unwanted)
        for number, detail, parts_sent in session.execute(begun.where(row.parts_sent > 0)).all():
            keep_arrived(session, DeliveryId(number), read_progress(detail, parts_sent).arrived)
        cancelled = update(row).where(row.channel_id.in_(channels), unwanted).values(values)
        ids = session.scalars(cancelled.returning(row.id)).all()
        give_back(session, map(DeliveryId, ids))
        count += len(ids)
    return count


def find_objection(session: Session, delivery: Delivery) -> str:
    """Say why a claimed delivery must not be sent now; empty if it may."""
    channel_id = delivery.edition.channel_id
    if not store.is_deliverable(session, channel_id):
        return LEFT_BEFORE
    takers = _wanted_channels().where(ChannelRow.takes_alerts, ChannelRow.id == channel_id)
    is_alert = delivery.kind is DeliveryKind.ALERT and IN_PLACE not in delivery.edition.name
    return ALERTS_STOPPED if is_alert and session.scalar(takers) is None else ""


def _wanted_channels() -> Select[int]:
    """Select the channels that are written to, now or after a pause, and those for which others will stand in then."""
    is_paused = SubscriberRow.status == SubscriberStatus.PAUSED.value
    is_open = ChannelRow.status == ChannelStatus.OPEN.value
    waits = and_(is_paused, or_(is_open, has_open_sibling()))
    return select(ChannelRow.id).join(SubscriberRow).where(or_(has_consent(), waits))


def find_hope(session: Session, delivery: Delivery) -> str:
    """Say why a delivery is not lost yet; empty if it is. Nobody leaves or comes back until the transaction ends."""
    if _is_wanted_again(session, delivery):
        return "wanted again"
    return "waits for another place" if _is_for_another_place(session, delivery) else ""


def _is_for_another_place(session: Session, delivery: Delivery) -> bool:
    """Whether its channel is closed and its reader is not gone, so that it can come elsewhere; never twice."""
    channel_id = delivery.edition.channel_id
    closed = select(ChannelRow.id).join(SubscriberRow).where(ChannelRow.id == channel_id, is_closed_alone())
    is_first = IN_PLACE not in delivery.edition.name
    return is_first and session.scalar(closed) is not None and find_stand_in(session, channel_id) is not None


def _is_wanted_again(session: Session, delivery: Delivery) -> bool:
    """Whether a channel is to be written to after all."""
    channel_id = delivery.edition.channel_id
    store.lock_channels(session, [channel_id])
    wanted = _wanted_channels().where(ChannelRow.id == channel_id)
    is_alert = delivery.kind is DeliveryKind.ALERT and IN_PLACE not in delivery.edition.name
    return session.scalar(wanted.where(ChannelRow.takes_alerts) if is_alert else wanted) is not None
