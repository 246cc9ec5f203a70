"""The deliveries of one subscriber, for looking back: what was sent, where, and how it ended."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from digest.model import Address, ChannelId, DeliveryId, DeliveryKind, DeliveryState
from digest.model.past import PastDelivery
from digest.storage.editions import from_payload
from digest.storage.tables import DeliveryRow
from subscribers.tables import ChannelRow


def list_past(session: Session, subscriber_id: int, limit: int, before: int | None = None) -> list[PastDelivery]:
    """Give the deliveries to all channels of a subscriber, newest first; pass the last id to go on."""
    query = _of(subscriber_id).order_by(DeliveryRow.id.desc()).limit(limit)
    rows = session.execute(query if before is None else query.where(DeliveryRow.id < before))
    return [_from_rows(*row) for row in rows]


def find_past(session: Session, subscriber_id: int, delivery_id: int) -> PastDelivery | None:
    """Give one delivery of a subscriber; None if it is somebody else's, or there is none."""
    row = session.execute(_of(subscriber_id).where(DeliveryRow.id == delivery_id)).first()
    return None if row is None else _from_rows(*row)


def find_last(session: Session, channel_id: int) -> PastDelivery | None:
    """Give the last digest that a channel was brought; None if there is none with papers."""
    row = DeliveryRow
    query = (
        select(row, ChannelRow).join(ChannelRow, ChannelRow.id == row.channel_id).where(row.channel_id == channel_id)
    )
    brought = query.where(row.kind == DeliveryKind.DIGEST.value, row.state == DeliveryState.SENT.value)
    found = session.execute(brought.order_by(row.id.desc()).limit(1)).first()
    return None if found is None else _from_rows(*found)


def _of(subscriber_id: int) -> Select[DeliveryRow, ChannelRow]:
    query = select(DeliveryRow, ChannelRow).join(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
    return query.where(ChannelRow.subscriber_id == subscriber_id)


def _from_rows(row: DeliveryRow, channel: ChannelRow) -> PastDelivery:
    return PastDelivery(
        id=DeliveryId(row.id),
        kind=DeliveryKind(row.kind),
        edition=from_payload(row.payload, name=row.edition, channel_id=ChannelId(channel.id)),
        state=DeliveryState(row.state),
        detail=row.detail,
        attempts=row.attempts,
        created_at=row.created_at,
        settled_at=row.settled_at,
        next_attempt_at=row.next_attempt_at,
        address=Address(channel.kind, channel.address),
        timezone=channel.timezone,
    )
