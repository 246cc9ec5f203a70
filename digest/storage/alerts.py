"""What a channel has been told of what happened to papers: by alerts, or by the news in its digests."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from digest.model import ChannelId, DeliveryKind, DeliveryState, Edition
from digest.storage.editions import from_payload
from digest.storage.tables import IS_SHOWN, DeliveryRow
from subscribers.store.rows import chunks


def list_alerts(session: Session, channel_ids: Iterable[ChannelId], since: datetime) -> dict[ChannelId, list[Edition]]:
    """Give the alerts queued for these channels since a time, oldest first, without those that were cancelled."""
    row = DeliveryRow
    wanted = (row.kind == DeliveryKind.ALERT.value) & (row.state != DeliveryState.CANCELLED.value)
    return _list_editions(session, channel_ids, since, wanted)


def list_news(session: Session, channel_ids: Iterable[ChannelId], since: datetime) -> dict[ChannelId, list[Edition]]:
    """Give the digests that these channels have shown since a time, or are about to, with only the news in them."""
    shown = (DeliveryRow.kind == DeliveryKind.DIGEST.value) & IS_SHOWN
    return {
        channel_id: [keep_news(edition) for edition in editions]
        for channel_id, editions in _list_editions(session, channel_ids, since, shown).items()
    }


def keep_news(edition: Edition) -> Edition:
    """Give an edition without the papers that are new in it."""
    return replace(edition, entries=tuple(entry for entry in edition.entries if entry.news))


def _list_editions(
    session: Session, channel_ids: Iterable[ChannelId], since: datetime, wanted: ColumnElement[bool]
) -> dict[ChannelId, list[Edition]]:
    row = DeliveryRow
    found: dict[ChannelId, list[Edition]] = defaultdict(list)
    for chunk in chunks(channel_ids):
        query = select(row.channel_id, row.edition, row.payload).where(row.channel_id.in_(chunk), wanted)
        for number, name, payload in session.execute(query.where(row.created_at >= since).order_by(row.id)):
            channel_id = ChannelId(number)
            found[channel_id].append(from_payload(payload, name=name, channel_id=channel_id))
    return dict(found)
