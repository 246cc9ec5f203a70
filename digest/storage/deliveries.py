"""The outbox: deliveries queued in the transaction that composes them, claimed by conditional update, settled once."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, func, insert, select, update
from sqlalchemy.orm import Session

from digest.model import (
    HELD_BACK,
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
    read_progress,
    write_progress,
)
from digest.storage.cancellations import give_back, keep_arrived
from digest.storage.editions import from_payload, to_payload
from digest.storage.objections import find_hope
from digest.storage.tables import IS_SHOWN, DeliveryRow, PaperRow, SentPaperRow
from digest.storage.tables import UNFINISHED as IS_UNFINISHED
from subscribers.model import SubscriberKind
from subscribers.store.rows import changed, chunks, has_consent, insert_missing
from subscribers.tables import ChannelRow, SubscriberRow

LONGEST_DETAIL = 4_000  # characters: an error in words, and what is known of a half-sent message
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
    holds = _find_holds(session, now)
    ids = session.scalars(
        statement, [_to_columns(edition, kind, now, holds.get(edition.channel_id, now)) for edition in editions]
    ).all()
    sent = [
        {"channel_id": edition.channel_id, "paper_id": entry.paper_id, "delivery_id": delivery_id}
        for delivery_id, edition in zip(ids, editions, strict=True)
        for entry in edition.entries
    ]
    # News of a paper come after the paper itself.
    insert_missing(session, SentPaperRow, sent)
    return [DeliveryId(delivery_id) for delivery_id in ids]


def _find_holds(session: Session, now: datetime) -> dict[ChannelId, datetime]:
    """Give the channels that have been told to wait, and until when; what is queued meanwhile waits too.

    A delivery that was put back without a charge waits for its channel, or for all of its kind, and not for itself;
    that mail is paced is not its channel's affair. All that waits is looked at, for it is little and has an index.
    """
    row = DeliveryRow
    is_held = and_(row.state == DeliveryState.PENDING.value, row.attempts == 0, row.detail != "")
    held = select(row.channel_id, func.max(row.next_attempt_at)).where(IS_UNFINISHED, row.next_attempt_at > now)
    held = held.where(is_held, row.detail.not_like(f"{HELD_BACK}%")).group_by(row.channel_id)
    return {ChannelId(channel_id): until for channel_id, until in session.execute(held)}


def _to_columns(edition: Edition, kind: DeliveryKind, now: datetime, due_at: datetime) -> dict[str, Any]:
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
        "next_attempt_at": due_at,
        "created_at": now,
        "settled_at": None if edition.says_something else now,
        "detail": "" if edition.says_something else "nothing matched",
    }


def list_sent_papers(
    session: Session,
    channel_ids: Iterable[ChannelId],
    paper_ids: Collection[PaperId],
    *,
    only_shown: bool = False,
) -> dict[ChannelId, set[PaperId]]:
    """Give which of these papers each channel has been given before, also as a record that was merged into one.

    With `only_shown`, what did not arrive there does not count, nor will; what is on its way does.
    """
    sent: dict[ChannelId, set[PaperId]] = {}
    row, wanted = SentPaperRow, set(paper_ids)
    for papers in chunks(paper_ids):
        into = _list_absorbed(session, papers)
        for channels in chunks(channel_ids, 1_000):
            query = select(row.channel_id, row.paper_id).where(row.channel_id.in_(channels))
            if only_shown:
                query = query.join(DeliveryRow, DeliveryRow.id == row.delivery_id).where(IS_SHOWN)
            for channel_id, paper_id in session.execute(query.where(row.paper_id.in_([*papers, *into]))):
                known = {PaperId(paper_id), into.get(paper_id, PaperId(paper_id))}
                sent.setdefault(ChannelId(channel_id), set()).update(known & wanted)
    return sent


def _list_absorbed(session: Session, papers: Sequence[PaperId]) -> dict[int, PaperId]:
    """Give the records that were merged into one of these papers."""
    query = select(PaperRow.id, PaperRow.merged_into).where(PaperRow.merged_into.in_(papers))
    return {paper_id: PaperId(kept) for paper_id, kept in session.execute(query) if kept is not None}


def claim_deliveries(
    session: Session,
    kinds: Collection[str],
    now: datetime,
    lease: timedelta,
    limit: int,
    skipping: Collection[str] = (),
) -> list[Delivery]:
    """Take up to `limit` due deliveries to channels of these kinds, for as long as the lease.

    Addresses at the domains in `skipping` are passed over, so that those who may be written to need not wait for them.
    A delivery whose worker died is taken over when its lease ends, which counts as a failed attempt: what kills a
    worker each time must not do so for ever. The growing `claim` fences off a worker that was only slow.
    """
    ours = ChannelRow.kind.in_(kinds)
    wanted = and_(ours, _domain(session).not_in(skipping)) if skipping else ours
    due = _due(now, wanted).order_by(DeliveryRow.next_attempt_at, DeliveryRow.id).limit(limit)
    # By itself first: PostgreSQL may run a subquery of the update more than once, each time locking `limit` other rows.
    found = session.scalars(due.with_for_update(skip_locked=True, of=DeliveryRow)).all()
    taken = update(DeliveryRow).where(DeliveryRow.id.in_(found))
    taken = taken.where(DeliveryRow.state.in_(UNFINISHED), DeliveryRow.next_attempt_at <= now)
    orphaned = cast(DeliveryRow.state == DeliveryState.SENDING.value, Integer)
    values = {
        "state": DeliveryState.SENDING.value,
        "claim": DeliveryRow.claim + 1,
        "attempts": DeliveryRow.attempts + orphaned,
        "next_attempt_at": now + lease,
    }
    ids = session.scalars(taken.values(values).returning(DeliveryRow.id)).all()
    return load_deliveries(session, ids)


def record_settlement(session: Session, delivery: Delivery, settlement: Settlement, now: datetime) -> bool:
    """Write down how an attempt ended; False if another worker has taken the delivery over meanwhile.

    What was withdrawn while its reader came back, or only pauses, is not cancelled: it waits. So does what can come in
    another place of theirs, until it is brought there.
    """
    if settlement.state is DeliveryState.CANCELLED and (waits_for := find_hope(session, delivery)):
        settlement = replace(settlement, state=DeliveryState.PENDING, next_attempt_at=now)
        settlement = replace(settlement, detail=write_progress(waits_for, delivery.progress))
    is_final = settlement.state not in (DeliveryState.PENDING, DeliveryState.SENDING)
    values: dict[str, Any] = {
        "state": settlement.state.value,
        "detail": settlement.detail[:LONGEST_DETAIL],
        "parts_sent": settlement.parts_sent,
        "attempts": DeliveryRow.attempts + int(settlement.is_attempt_counted),
        "settled_at": now if is_final else None,
    }
    if settlement.next_attempt_at is not None:
        values["next_attempt_at"] = settlement.next_attempt_at
    mine = and_(DeliveryRow.id == delivery.id, DeliveryRow.claim == delivery.claim)
    still = mine & (DeliveryRow.state == DeliveryState.SENDING.value)
    is_mine = changed(session.execute(update(DeliveryRow).where(still).values(values))) == 1
    if is_mine and settlement.state is DeliveryState.CANCELLED:
        give_back(session, [delivery.id])
    if is_mine and settlement.parts_sent and settlement.state in (DeliveryState.CANCELLED, DeliveryState.FAILED):
        keep_arrived(session, delivery.id, settlement.arrived)
    return is_mine


def postpone(session: Session, channel_id: ChannelId, until: datetime) -> None:
    """Let all that waits for a channel wait at least until then."""
    row = DeliveryRow
    waiting = (
        (row.channel_id == channel_id) & (row.state == DeliveryState.PENDING.value) & (row.next_attempt_at < until)
    )
    session.execute(update(row).where(waiting).values(next_attempt_at=until))


def add_note(session: Session, delivery: Delivery, note: str) -> None:
    """Let a delivery say one thing more, once."""
    if note not in delivery.edition.notes:
        payload = to_payload(replace(delivery.edition, notes=(note, *delivery.edition.notes)))
        session.execute(update(DeliveryRow).where(DeliveryRow.id == delivery.id).values(payload=payload))


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


def dump_deliveries(
    session: Session, channel_ids: Collection[ChannelId], limit: int | None = None, after_id: int = 0
) -> list[dict[str, Any]]:
    """Give every column of every delivery to these channels, for an export; pass the last id to go on."""
    row = DeliveryRow
    query = select(row.__table__).where(row.channel_id.in_(channel_ids), row.id > after_id)
    return [dict(each) for each in session.execute(query.order_by(row.id).limit(limit)).mappings()]


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


def list_sent(session: Session, kind: str, since: datetime, newest: int) -> list[tuple[str, datetime]]:
    """Give to which addresses messages went since a moment, and when, among the `newest` deliveries that there are.

    No index leads to what was sent, so the look back is bounded.
    """
    row = DeliveryRow
    last = session.scalar(select(func.max(row.id))) or 0
    query = select(ChannelRow.address, row.settled_at).join(ChannelRow, ChannelRow.id == row.channel_id)
    query = query.where(row.id > last - newest, row.state == DeliveryState.SENT.value, row.settled_at >= since)
    return [(address, at) for address, at in session.execute(query.where(ChannelRow.kind == kind)) if at is not None]


def _domain(session: Session) -> ColumnElement[str]:
    """Build what stands behind the @ of an address; stored ones hold a single one."""
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(ChannelRow.address, func.instr(ChannelRow.address, "@") + 1)
    return func.split_part(ChannelRow.address, "@", 2)


def _due(now: datetime, wanted: ColumnElement[bool]) -> Select[int]:
    """Build what is due on wanted channels, to be read in the order of the index on what is unfinished.

    The condition of that index has to stand here in the same words, and the channel in a subquery: from a join, SQLite
    would begin with all channels, and look at everything that is due before it gave the first row.
    """
    channel = select(ChannelRow.id).join(SubscriberRow).where(ChannelRow.id == DeliveryRow.channel_id)
    return select(DeliveryRow.id).where(
        IS_UNFINISHED, DeliveryRow.next_attempt_at <= now, channel.where(wanted, has_consent()).exists()
    )


def load_deliveries(session: Session, ids: Sequence[int]) -> list[Delivery]:
    """Give deliveries with what is needed to render and send them, by id."""
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
        is_plain=channel.is_plain,
        has_pictures=channel.has_pictures,
        has_previews=channel.has_previews,
        language=subscriber.language,
        timezone=channel.timezone,
        claim=row.claim,
        attempts=row.attempts,
        held_until=row.next_attempt_at,
        parts_sent=row.parts_sent,
        progress=read_progress(row.detail, row.parts_sent),
        created_at=row.created_at,
    )
