"""The outbox of letters: mails about a subscription, queued with what causes them, claimed and settled once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, delete, func, select, update
from sqlalchemy.orm import Session

from digest.model import DeliveryState, Letter, LetterId, LetterKind, Settlement
from digest.storage.letter_tables import LetterRow
from subscribers.lifecycle_tables import RequestRow
from subscribers.model import RequestState, Schedule, SubscriberKind
from subscribers.store import schedule_of
from subscribers.store.rows import changed, has_consent
from subscribers.tables import ChannelRow, SubscriberRow

UNFINISHED = (DeliveryState.PENDING.value, DeliveryState.SENDING.value)
UNANSWERED = frozenset({RequestState.NEW.value, RequestState.ASKED.value})
ABOUT_A_REQUEST = frozenset({LetterKind.CONFIRM, LetterKind.CONFIRM_ADDRESS})
# They speak to somebody who gets digests; the others answer somebody who may have left.
FOR_READERS = frozenset({LetterKind.WELCOME, LetterKind.PROBE})
# It warns whoever reads at the address that is given up, also once it has been.
FOR_THE_OLD_ADDRESS = LetterKind.MOVING
MAX_DETAIL = 2000


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a letter tells or leads to, as it is when it is sent.

    `runs_out_at` is that of a request. `schedule` and the rest are of the channel; a letter about a request has none.
    """

    runs_out_at: datetime | None = None
    channel_id: int = 0
    subscriber_id: int = 0
    schedule: Schedule | None = None
    next_due_at: datetime | None = None
    is_plain: bool = False
    is_group: bool = False


def add_letter(
    session: Session,
    kind: LetterKind,
    address: str,
    now: datetime,
    *,
    subscriber_id: int | None = None,
    about: Mapping[str, int] | None = None,
) -> LetterId:
    """Queue a letter to a normalised email address."""
    row = LetterRow(
        kind=kind.value,
        address=address,
        subscriber_id=subscriber_id,
        about=dict(about or {}),
        state=DeliveryState.PENDING.value,
        next_attempt_at=now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return LetterId(row.id)


def has_due_letters(session: Session, now: datetime) -> bool:
    """Whether any letter is due."""
    return session.scalar(select(LetterRow.id).where(_is_due(now)).limit(1)) is not None


def claim_letters(session: Session, now: datetime, lease: timedelta, limit: int) -> list[Letter]:
    """Take up to `limit` due letters for as long as the lease, oldest first.

    As with deliveries, a letter whose worker died is taken over when its lease ends, which counts as a failed attempt,
    and the growing `claim` fences off a worker that was only slow.
    """
    due = select(LetterRow.id).where(_is_due(now)).order_by(LetterRow.next_attempt_at, LetterRow.id).limit(limit)
    # By itself first, as with deliveries: PostgreSQL may run a subquery of the update more than once.
    found = session.scalars(due.with_for_update(skip_locked=True)).all()
    taken = update(LetterRow).where(LetterRow.id.in_(found), _is_due(now))
    values = {
        "state": DeliveryState.SENDING.value,
        "claim": LetterRow.claim + 1,
        "attempts": LetterRow.attempts + cast(LetterRow.state == DeliveryState.SENDING.value, Integer),
        "next_attempt_at": now + lease,
    }
    ids = session.scalars(taken.values(values).returning(LetterRow.id)).all()
    query = select(LetterRow).where(LetterRow.id.in_(ids)).order_by(LetterRow.id)
    return [_from_row(row) for row in session.scalars(query.execution_options(populate_existing=True))]


def find_letter(session: Session, letter_id: int) -> Letter | None:
    """Give a letter in whatever state; None if there is none of this id any more."""
    row = session.get(LetterRow, letter_id, populate_existing=True)
    return None if row is None else _from_row(row)


def find_circumstances(session: Session, letter: Letter, now: datetime) -> Circumstances | None:
    """Give what a claimed letter is about; None if nobody should get it any more.

    That is so once its request was answered or has run out, its channel is gone (or closed, where it speaks to a
    reader) or has moved to another address, or the letter itself was erased.
    """
    row = session.get(LetterRow, letter.id, populate_existing=True)
    if row is None or (row.claim, row.state) != (letter.claim, DeliveryState.SENDING.value):
        return None
    if letter.kind in ABOUT_A_REQUEST:
        return _find_request(session, letter, now)
    return _find_channel(session, letter)


def record_settlement(session: Session, letter: Letter, settlement: Settlement, now: datetime) -> bool:
    """Write down how an attempt ended; False if another worker has taken the letter over, or it was erased."""
    values: dict[str, Any] = {
        "state": settlement.state.value,
        "detail": settlement.detail[:MAX_DETAIL],
        "attempts": LetterRow.attempts + int(settlement.is_attempt_counted),
        "settled_at": None if settlement.state is DeliveryState.PENDING else now,
    }
    if settlement.next_attempt_at is not None:
        values["next_attempt_at"] = settlement.next_attempt_at
    mine = (LetterRow.id == letter.id) & (LetterRow.claim == letter.claim)
    still = mine & (LetterRow.state == DeliveryState.SENDING.value)
    return changed(session.execute(update(LetterRow).where(still).values(values))) == 1


def count_letters(session: Session) -> dict[DeliveryState, int]:
    """Give how many letters stand in each state."""
    rows = session.execute(select(LetterRow.state, func.count()).group_by(LetterRow.state))
    return {DeliveryState(state): count for state, count in rows}


def count_written(session: Session, address: str, kinds: Iterable[LetterKind], since: datetime) -> int:
    """Count the letters of some kinds that were queued to a normalised address since a time, in whatever state.

    A letter whose request was confirmed does not count: whoever answers is no victim, and may leave and come back.
    """
    row = LetterRow
    theirs = (row.address == address) & row.kind.in_([kind.value for kind in kinds]) & (row.created_at > since)
    confirmed = select(RequestRow.id).where(
        RequestRow.id == row.about["request"].as_integer(), RequestRow.state == RequestState.CONFIRMED.value
    )
    return session.scalar(select(func.count()).where(theirs, ~confirmed.exists())) or 0


def has_old_letters(session: Session, before: datetime) -> bool:
    """Whether any letter was settled before a moment."""
    return session.scalar(select(LetterRow.id).where(LetterRow.settled_at < before).limit(1)) is not None


def drop_old_letters(session: Session, before: datetime) -> int:
    """Delete what was settled before a moment: an address is not kept longer than it is of use."""
    return changed(session.execute(delete(LetterRow).where(LetterRow.settled_at < before)))


def erase_letters(session: Session, address: str) -> int:
    """Delete every letter to a normalised address, whatever its state; one that is on its way is not sent."""
    return changed(session.execute(delete(LetterRow).where(LetterRow.address == address)))


def dump_letters(session: Session, address: str) -> list[dict[str, Any]]:
    """Give every column of the letters to a normalised address, as JSON."""
    rows = session.scalars(select(LetterRow).where(LetterRow.address == address).order_by(LetterRow.id))
    return [_dump(row) for row in rows]


def _find_request(session: Session, letter: Letter, now: datetime) -> Circumstances | None:
    request = session.get(RequestRow, letter.about.get("request", 0), populate_existing=True)
    if request is None or request.state not in UNANSWERED or request.expires_at <= now:
        return None
    return Circumstances(runs_out_at=request.expires_at)


def _find_channel(session: Session, letter: Letter) -> Circumstances | None:
    mine = (ChannelRow.id == letter.about.get("channel", 0)) & (ChannelRow.subscriber_id == letter.subscriber_id)
    query = select(ChannelRow, SubscriberRow.kind).join(SubscriberRow).where(mine)
    if letter.kind is not FOR_THE_OLD_ADDRESS:
        query = query.where(ChannelRow.address == letter.address)
    found = session.execute(query.where(has_consent()) if letter.kind in FOR_READERS else query).first()
    if found is None:
        return None
    channel, kind = found
    return Circumstances(
        channel_id=channel.id,
        subscriber_id=channel.subscriber_id,
        schedule=schedule_of(channel),
        next_due_at=channel.next_due_at,
        is_plain=channel.is_plain,
        is_group=kind == SubscriberKind.GROUP,
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    return LetterRow.state.in_(UNFINISHED) & (LetterRow.next_attempt_at <= now)


def _from_row(row: LetterRow) -> Letter:
    return Letter(
        id=LetterId(row.id),
        kind=LetterKind(row.kind),
        address=row.address,
        subscriber_id=row.subscriber_id,
        about=row.about,
        claim=row.claim,
        attempts=row.attempts,
        held_until=row.next_attempt_at,
        created_at=row.created_at,
    )


def _dump(row: LetterRow) -> dict[str, Any]:
    columns = {column.key: getattr(row, column.key) for column in LetterRow.__table__.columns}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in columns.items()}
