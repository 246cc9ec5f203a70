"""Deliveries that nobody wants any more: cancelled, with their papers given back; queued again if somebody returns.

Papers count as sent from the moment they are queued. Those of a delivery that was cancelled never came, so they must
not: whoever comes back gets them in the next digest, or, within the hour in which leaving can be undone, in the very
delivery that was cancelled.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from digest.languages.phrases import ALERTS_STOPPED
from digest.model import ChannelId, DeliveryId, DeliveryKind, DeliveryState
from digest.storage.tables import IS_SHOWN, DeliveryRow, SentPaperRow
from subscribers.store import lock_channels
from subscribers.store.rows import chunks, insert_missing
from subscribers.store.siblings import list_siblings
from subscribers.tables import ChannelRow


def give_back(session: Session, delivery_ids: Iterable[DeliveryId]) -> None:
    """Let the papers of cancelled deliveries count as not sent, and be covered again by their channels' next digests.

    A chat message of which some parts arrived keeps its papers: nothing comes twice.
    """
    row = DeliveryRow
    for chunk in chunks(delivery_ids):
        query = select(row.id, row.channel_id, row.kind, row.payload).where(row.id.in_(chunk), row.parts_sent == 0)
        unsent = session.execute(query.order_by(row.id.desc())).all()
        lock_channels(session, [each.channel_id for each in unsent])
        session.execute(delete(SentPaperRow).where(SentPaperRow.delivery_id.in_([each.id for each in unsent])))
        for each in unsent:
            if each.kind == DeliveryKind.DIGEST.value:
                _move_watermark(session, each.channel_id, each.payload["to"], each.payload["after"])


def keep_arrived(session: Session, delivery_id: DeliveryId, arrived: Iterable[int] | None) -> None:
    """Let only those papers of a delivery count as sent that have arrived; where that is not known, all of them."""
    if arrived is None:
        return
    row = SentPaperRow
    rest = (row.delivery_id == delivery_id) & row.paper_id.not_in(list(arrived))
    session.execute(delete(row).where(rest))


def cancel_alerts(session: Session, channel_id: ChannelId, now: datetime) -> int:
    """Cancel the alerts that wait for a channel which takes none any more; give how many."""
    row = DeliveryRow
    waiting = (row.channel_id == channel_id) & (row.kind == DeliveryKind.ALERT.value)
    cancelled = update(row).where(waiting, row.state == DeliveryState.PENDING.value)
    values = {"state": DeliveryState.CANCELLED.value, "settled_at": now, "detail": ALERTS_STOPPED}
    ids = [DeliveryId(each) for each in session.scalars(cancelled.values(values).returning(row.id))]
    give_back(session, ids)
    return len(ids)


def queue_again(session: Session, channel_ids: Iterable[ChannelId], since: datetime, now: datetime) -> int:
    """Queue what was cancelled on these channels since a time; give how many.

    Their papers count as sent again, and their digests cover what they covered. A paper that another delivery has told
    meanwhile is left out: a digest may have been composed since alerts were stopped.
    """
    row, count = DeliveryRow, 0
    cancelled = (row.state == DeliveryState.CANCELLED.value) & (row.settled_at >= since)
    for chunk in chunks(channel_ids):
        query = select(row.id, row.channel_id, row.kind, row.payload).where(row.channel_id.in_(chunk), cancelled)
        for each in session.execute(query.order_by(row.id)).all():
            payload = _leave_out_told(session, each.payload, each.channel_id, each.id)
            if payload is None:
                continue
            count += 1
            values = {"state": DeliveryState.PENDING.value, "settled_at": None, "detail": "", "next_attempt_at": now}
            session.execute(update(row).where(row.id == each.id).values(values | {"payload": payload}))
            sent = [{"paper_id": entry["paper"]} for entry in payload["entries"]]
            sent = [paper | {"channel_id": each.channel_id, "delivery_id": each.id} for paper in sent]
            insert_missing(session, SentPaperRow, sent)
            if each.kind == DeliveryKind.DIGEST.value:
                _move_watermark(session, each.channel_id, payload["after"], payload["to"])
    return count


def _leave_out_told(
    session: Session, payload: dict[str, Any], channel_id: int, delivery_id: int
) -> dict[str, Any] | None:
    """Drop the papers that other deliveries tell its reader; None if nothing is left of it. News are no repeats."""
    mine = (SentPaperRow.channel_id == channel_id) & (SentPaperRow.delivery_id != delivery_id)
    named = [entry["paper"] for entry in payload["entries"] if "news" not in entry]
    told = set(session.scalars(select(SentPaperRow.paper_id).where(mine, SentPaperRow.paper_id.in_(named))))
    told |= _list_shown_elsewhere(session, channel_id, named)
    entries = [entry for entry in payload["entries"] if "news" in entry or entry["paper"] not in told]
    is_empty = bool(told) and not entries and not payload.get("corrections")
    return None if is_empty else payload | {"entries": entries}


def _list_shown_elsewhere(session: Session, channel_id: int, paper_ids: list[int]) -> set[int]:
    """Give the papers that another place of the same person has shown or is about to."""
    siblings = list_siblings(session, [channel_id]).get(channel_id, ())
    query = select(SentPaperRow.paper_id).join(DeliveryRow, DeliveryRow.id == SentPaperRow.delivery_id)
    there = query.where(SentPaperRow.channel_id.in_(siblings), SentPaperRow.paper_id.in_(paper_ids))
    return set(session.scalars(there.where(IS_SHOWN)))


def _move_watermark(session: Session, channel_id: int, expected: int, watermark: int) -> None:
    """Move a channel's place in the stream, if it is where a digest left it: what came after that one stays told."""
    mine = (ChannelRow.id == channel_id) & (ChannelRow.watermark == expected)
    session.execute(update(ChannelRow).where(mine).values(watermark=watermark))
