"""Alerts that were queued: what a channel has been told at once."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.model import ChannelId, DeliveryKind, DeliveryState, Edition
from digest.storage.editions import from_payload
from digest.storage.tables import DeliveryRow
from subscribers.store.rows import chunks


def list_alerts(session: Session, channel_ids: Iterable[ChannelId], since: datetime) -> dict[ChannelId, list[Edition]]:
    """Give the alerts queued for these channels since a time, oldest first, without those that were cancelled."""
    row = DeliveryRow
    wanted = (row.kind == DeliveryKind.ALERT.value) & (row.state != DeliveryState.CANCELLED.value)
    found: dict[ChannelId, list[Edition]] = defaultdict(list)
    for chunk in chunks(channel_ids):
        query = select(row.channel_id, row.edition, row.payload).where(row.channel_id.in_(chunk), wanted)
        for number, name, payload in session.execute(query.where(row.created_at >= since).order_by(row.id)):
            channel_id = ChannelId(number)
            found[channel_id].append(from_payload(payload, name=name, channel_id=channel_id))
    return dict(found)
