"""The outbox: deliveries queued in the transaction that composes them, claimed by conditional update, settled once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Select, and_, cast, func, insert, or_, select, update
from sqlalchemy.orm import Session

from digest.model import (
    Address,
    ChannelId,
    Delivery,
    DeliveryId,
    DeliveryKind,
    DeliveryState,
    Edition,
    PaperId,
    Reason,
    Settlement,
    SubscriberId,
)
from digest.storage.editions import from_payload, to_payload
from digest.storage.tables import DeliveryRow, PaperRow, SentPaperRow
from subscribers.model import ChannelStatus, SubscriberKind, SubscriberStatus
from subscribers.store.rows import changed, chunks, has_consent, insert_missing
from subscribers.tables import ChannelRow, SubscriberRow

UNFINISHED = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)


def has_edition(session: Session, channel_id: ChannelId, kind: DeliveryKind, edition: str) -> bool:
    """Whether this channel already has this edition, in whatever state."""
    row = DeliveryRow
    query = select(row.id).where(row.channel_id == channel_id, row.kind == kind.value, row.edition == edition)
    return session.scalar(query) is not None


def list_editions(session: Session, channel_ids: Iterable[ChannelId], names: Iterable[str]) -> set[tuple[int, str]]:
    """Give which of these alerts are there already, as channel and edition."""
    row, found = DeliveryRow, set[tuple[int, str]]()
    wanted = list(names)
    for channels in chunks(channel_ids, 1_000):
        for chunk in chunks(wanted, 1_000):
            query = select(row.channel_id, row.edition).where(row.channel_id.in_(channels), row.edition.in_(chunk))
            known = session.execute(query.where(row.kind == DeliveryKind.ALERT.value))
            found.update((channel_id, edition) for channel_id, edition in known)
    return found


def add_delivery(session: Session, edition: Edition, kind: DeliveryKind, now: datetime) -> DeliveryId:
    """Queue the edition and remember its papers as sent. An edition that says nothing is recorded as `empty`."""
    (delivery_id,) = add_deliveries(session, [edition], kind, now)
    return delivery_id


def add_deliveries(
    session: Session, editions: Sequence[Edition], kind: DeliveryKind, now: datetime
) -> list[DeliveryId]:
    """Queue several editions, as `add_delivery` does one; give their ids in the same order."""
    if not editions:
        return []
    statement = insert(DeliveryRow).returning(DeliveryRow.id, sort_by_parameter_order=True)
    ids = session.scalars(statement, [_to_columns(edition, kind, now) for edition in editions]).all()
    sent = [
        {"channel_id": edition.channel_id, "paper_id": entry.paper_id, "delivery_id": delivery_id}
        for delivery_id, edition in zip(ids, editions, strict=True)
        for entry in edition.entries
    ]
    # News of a paper come after the paper itself.
    insert_missing(session, SentPaperRow, sent)
    return [DeliveryId(delivery_id) for delivery_id in ids]


def _to_columns(edition: Edition, kind: DeliveryKind, now: datetime) -> dict[str, Any]:
    state = DeliveryState.PENDING if edition.says_something else DeliveryState.EMPTY
    return {
        "channel_id": edition.channel_id,
        "kind": kind.value,
        "edition": edition.name,
        "state": state.value,
        "payload": to_payload(edition),
        "claim": 0,
        "attempts": 0,
        "parts_sent": 0,
        "next_attempt_at": now,
        "created_at": now,
        "settled_at": None if edition.says_something else now,
        "detail": "" if edition.says_something else "nothing matched",
    }


def list_sent_papers(
    session: Session, channel_ids: Iterable[ChannelId], paper_ids: Collection[PaperId]
) -> dict[ChannelId, set[PaperId]]:
    """Give which of these papers each channel has been given before, also as a record that was merged into one."""
    sent: dict[ChannelId, set[PaperId]] = {}
    row, wanted = SentPaperRow, set(paper_ids)
    for papers in chunks(paper_ids):
        into = _list_absorbed(session, papers)
        for channels in chunks(channel_ids, 1_000):
            query = select(row.channel_id, row.paper_id).where(row.channel_id.in_(channels))
            for channel_id, paper_id in session.execute(query.where(row.paper_id.in_([*papers, *into]))):
                known = {PaperId(paper_id), into.get(paper_id, PaperId(paper_id))}
                sent.setdefault(ChannelId(channel_id), set()).update(known & wanted)
    return sent


def _list_absorbed(session: Session, papers: Sequence[PaperId]) -> dict[int, PaperId]:
    """Give the records that were merged into one of these papers."""
    query = select(PaperRow.id, PaperRow.merged_into).where(PaperRow.merged_into.in_(papers))
    return {paper_id: PaperId(kept) for paper_id, kept in session.execute(query) if kept is not None}


def claim_deliveries(
    session: Session, kinds: Collection[str], now: datetime, lease: timedelta, limit: int
) -> list[Delivery]:
    """Take up to `limit` due deliveries to channels of these kinds, for as long as the lease.

    A delivery whose worker died is taken over when its lease ends, which counts as a failed attempt: what kills a
    worker each time must not do so for ever. The growing `claim` fences off a worker that was only slow.
    """
    due = _due(now, kinds).order_by(DeliveryRow.next_attempt_at, DeliveryRow.id).limit(limit)
    taken = update(DeliveryRow).where(DeliveryRow.id.in_(due.with_for_update(skip_locked=True, of=DeliveryRow)))
    taken = taken.where(DeliveryRow.state.in_(UNFINISHED), DeliveryRow.next_attempt_at <= now)
    orphaned = cast(DeliveryRow.state == DeliveryState.SENDING.value, Integer)
    values = {
        "state": DeliveryState.SENDING.value,
        "claim": DeliveryRow.claim + 1,
        "attempts": DeliveryRow.attempts + orphaned,
        "next_attempt_at": now + lease,
    }
    ids = session.scalars(taken.values(values).returning(DeliveryRow.id)).all()
    return _load(session, ids)


def cancel_unwanted(session: Session, now: datetime) -> int:
    """Cancel what waits for closed channels and for subscribers who have left; a pause only makes it wait."""
    is_paused = SubscriberRow.status == SubscriberStatus.PAUSED.value
    is_open = ChannelRow.status == ChannelStatus.OPEN.value
    wanted = select(ChannelRow.id).join(SubscriberRow).where(or_(has_consent(), and_(is_paused, is_open)))
    cancelled = (
        update(DeliveryRow)
        .where(DeliveryRow.state.in_(UNFINISHED), DeliveryRow.channel_id.not_in(wanted))
        .where(or_(DeliveryRow.state == DeliveryState.PENDING.value, DeliveryRow.next_attempt_at <= now))
        .values(state=DeliveryState.CANCELLED.value, settled_at=now, detail="the subscriber left before it was sent")
    )
    return changed(session.execute(cancelled))


def record_settlement(session: Session, delivery: Delivery, settlement: Settlement, now: datetime) -> bool:
    """Write down how an attempt ended; False if another worker has taken the delivery over meanwhile."""
    is_final = settlement.state not in (DeliveryState.PENDING, DeliveryState.SENDING)
    values: dict[str, Any] = {
        "state": settlement.state.value,
        "detail": settlement.detail[:2000],
        "parts_sent": settlement.parts_sent,
        "attempts": DeliveryRow.attempts + int(settlement.is_attempt_counted),
        "settled_at": now if is_final else None,
    }
    if settlement.next_attempt_at is not None:
        values["next_attempt_at"] = settlement.next_attempt_at
    mine = and_(DeliveryRow.id == delivery.id, DeliveryRow.claim == delivery.claim)
    still = mine & (DeliveryRow.state == DeliveryState.SENDING.value)
    return changed(session.execute(update(DeliveryRow).where(still).values(values))) == 1


def list_reasons(session: Session, paper_ids: Collection[PaperId]) -> list[tuple[int, PaperId, tuple[Reason, ...]]]:
    """Give which subscribers were sent these papers, and for which reasons."""
    found: list[tuple[int, PaperId, tuple[Reason, ...]]] = []
    row, wanted = SentPaperRow, set(paper_ids)
    living = _find_merged(session, wanted)
    for chunk in chunks(wanted):
        query = select(ChannelRow.subscriber_id, ChannelRow.id, row.paper_id, DeliveryRow.edition, DeliveryRow.payload)
        query = query.select_from(row).join(DeliveryRow, DeliveryRow.id == row.delivery_id)
        for subscriber_id, channel_id, paper_id, name, payload in session.execute(
            query.join(ChannelRow, ChannelRow.id == row.channel_id).where(row.paper_id.in_(chunk))
        ):
            edition = from_payload(payload, name=name, channel_id=ChannelId(channel_id))
            told = (match for match in edition.entries if living.get(match.paper_id, match.paper_id) == paper_id)
            reasons = tuple(each for match in told for each in match.reasons)
            found.append((subscriber_id, PaperId(paper_id), reasons))
    return found


def _find_merged(session: Session, paper_ids: Collection[PaperId]) -> dict[PaperId, PaperId]:
    """Give the rows that were merged into these, each with what it is now: deliveries name what there was then."""
    found: dict[PaperId, PaperId] = {}
    for chunk in chunks(paper_ids):
        query = select(PaperRow.id, PaperRow.merged_into).where(PaperRow.merged_into.in_(chunk))
        found.update((PaperId(gone), PaperId(kept)) for gone, kept in session.execute(query) if kept is not None)
    return found


def dump_deliveries(session: Session, channel_ids: Collection[ChannelId]) -> list[dict[str, Any]]:
    """Give every column of every delivery to these channels, for an export."""
    query = select(DeliveryRow.__table__).where(DeliveryRow.channel_id.in_(channel_ids)).order_by(DeliveryRow.id)
    return [dict(row) for row in session.execute(query).mappings()]


def count_deliveries(session: Session) -> dict[DeliveryState, int]:
    """Give how many deliveries stand in each state."""
    rows = session.execute(select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state))
    return {DeliveryState(state): count for state, count in rows}


def count_waiting(session: Session, now: datetime) -> dict[str, int]:
    """Give how many deliveries are due, by the kind of their channel."""
    query = select(ChannelRow.kind, func.count().label("waiting")).select_from(DeliveryRow)
    due = (
        query.join(ChannelRow)
        .join(SubscriberRow)
        .where(DeliveryRow.state.in_(UNFINISHED), DeliveryRow.next_attempt_at <= now, has_consent())
    )
    return {row.kind: row.waiting for row in session.execute(due.group_by(ChannelRow.kind))}


def find_oldest_unsent(session: Session) -> datetime | None:
    """Give when the oldest unfinished delivery was queued."""
    return session.scalar(select(func.min(DeliveryRow.created_at)).where(DeliveryRow.state.in_(UNFINISHED)))


def find_last_failure(session: Session) -> datetime | None:
    """Give when a delivery was last given up."""
    failed = DeliveryRow.state == DeliveryState.FAILED.value
    return session.scalar(select(func.max(DeliveryRow.settled_at)).where(failed))


def _due(now: datetime, kinds: Collection[str]) -> Select[int]:
    return (
        select(DeliveryRow.id)
        .join(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
        .join(SubscriberRow, SubscriberRow.id == ChannelRow.subscriber_id)
        .where(DeliveryRow.state.in_(UNFINISHED), DeliveryRow.next_attempt_at <= now)
        .where(ChannelRow.kind.in_(kinds), has_consent())
    )


def _load(session: Session, ids: Sequence[int]) -> list[Delivery]:
    query = (
        select(DeliveryRow, ChannelRow, SubscriberRow)
        .join(ChannelRow, ChannelRow.id == DeliveryRow.channel_id)
        .join(SubscriberRow, SubscriberRow.id == ChannelRow.subscriber_id)
        .where(DeliveryRow.id.in_(ids))
        .order_by(DeliveryRow.id)
        .execution_options(populate_existing=True)
    )
    return [_from_rows(*rows) for rows in session.execute(query)]


def _from_rows(row: DeliveryRow, channel: ChannelRow, subscriber: SubscriberRow) -> Delivery:
    return Delivery(
        id=DeliveryId(row.id),
        kind=DeliveryKind(row.kind),
        edition=from_payload(row.payload, name=row.edition, channel_id=ChannelId(channel.id)),
        subscriber_id=SubscriberId(subscriber.id),
        subscriber_name=subscriber.name,
        is_group=subscriber.kind == SubscriberKind.GROUP,
        address=Address(channel.kind, channel.address),
        language=subscriber.language,
        timezone=channel.timezone,
        claim=row.claim,
        attempts=row.attempts,
        held_until=row.next_attempt_at,
        parts_sent=row.parts_sent,
        created_at=row.created_at,
    )
