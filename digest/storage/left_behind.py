"""Deliveries that wait for a channel which is closed, while their reader still reads elsewhere."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from digest.languages.phrases import LEFT_BEFORE
from digest.model import DeliveryId, DeliveryState
from digest.storage.cancellations import give_back, keep_arrived
from digest.storage.objections import is_closed_alone
from digest.storage.tables import UNFINISHED, DeliveryRow
from subscribers.model import ChannelStatus
from subscribers.tables import ChannelRow, SubscriberRow


def list_left_behind(session: Session, now: datetime, limit: int) -> list[DeliveryId]:
    """Give what waits for closed channels of those who have not left altogether, oldest first."""
    query = select(DeliveryRow.id).join(ChannelRow, ChannelRow.id == DeliveryRow.channel_id).join(SubscriberRow)
    found = query.where(_waits(now), is_closed_alone()).order_by(DeliveryRow.id).limit(limit)
    return [DeliveryId(each) for each in session.scalars(found)]


def cancel_left_behind(
    session: Session, delivery_id: DeliveryId, arrived: frozenset[int] | None, now: datetime
) -> bool:
    """Cancel one of them; False if it does not wait any more, or its channel is open again.

    Only the papers that have arrived count as sent. The caller has locked the channel.
    """
    closed = select(ChannelRow.id).where(ChannelRow.status == ChannelStatus.CLOSED.value)
    mine = (DeliveryRow.id == delivery_id) & DeliveryRow.channel_id.in_(closed)
    values = {"state": DeliveryState.CANCELLED.value, "settled_at": now, "detail": LEFT_BEFORE}
    cancelled = update(DeliveryRow).where(mine, _waits(now)).values(values).returning(DeliveryRow.id)
    if session.scalar(cancelled) is None:
        return False
    give_back(session, [delivery_id])
    keep_arrived(session, delivery_id, arrived)
    return True


def _waits(now: datetime) -> ColumnElement[bool]:
    """Build what tells that nobody is sending it at this moment."""
    return and_(UNFINISHED, or_(DeliveryRow.state == DeliveryState.PENDING.value, DeliveryRow.next_attempt_at <= now))
