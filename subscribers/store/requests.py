"""Requests in the database: what is asked for at an address that has to confirm itself first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from subscribers.addresses import EMAIL
from subscribers.lifecycle_tables import RequestRow
from subscribers.model import ChannelStatus, RequestKind, RequestState
from subscribers.store.rows import changed, chunks
from subscribers.tables import ChannelRow

OPEN = (RequestState.NEW.value, RequestState.ASKED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Something asked for at a normalised email address.

    `about_id` is the subscriber who adds the address, or the channel that is to move there; 0 for the rest. `evidence`
    says how, from which network and under which text it was asked.
    """

    kind: RequestKind
    address: str
    about_id: int = 0
    wishes: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Ask):
    """What was asked for, and what became of it."""

    id: int
    state: RequestState
    created_at: datetime
    expires_at: datetime
    settled_at: datetime | None = None

    def is_waiting(self, now: datetime) -> bool:
        """Whether the address may still say yes."""
        return self.state is RequestState.ASKED and now < self.expires_at


def add_request(session: Session, ask: Ask, now: datetime, expires_at: datetime) -> int:
    """Note what is asked for; give the number."""
    row = RequestRow(
        kind=ask.kind.value,
        address=ask.address,
        about_id=ask.about_id,
        wishes=dict(ask.wishes),
        evidence=dict(ask.evidence),
        state=RequestState.NEW.value,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return row.id


def find_request(session: Session, request_id: int) -> Request | None:
    """Give a request as it stands; None if there is none."""
    row = session.get(RequestRow, request_id, populate_existing=True)
    return None if row is None else _read(row)


def lock_request(session: Session, request_id: int) -> Request | None:
    """Give a request, locked until the transaction ends, so that two answers to it cannot cross."""
    query = select(RequestRow).where(RequestRow.id == request_id).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    return None if row is None else _read(row)


def claim_new(session: Session, limit: int) -> list[Request]:
    """Take the oldest requests that nobody has answered, locked until the transaction ends.

    Whoever claims starts with the oldest of all, so two claimers take turns, and the second sees what the first did.
    """
    query = select(RequestRow).where(RequestRow.state == RequestState.NEW.value).order_by(RequestRow.id).limit(limit)
    rows = session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return [_read(row) for row in rows]


def mark_asked(session: Session, request_id: int, expires_at: datetime) -> None:
    """Note that the address is being asked, and until when it may answer."""
    values = {"state": RequestState.ASKED.value, "expires_at": expires_at}
    session.execute(update(RequestRow).where(RequestRow.id == request_id).values(values))


def settle_request(session: Session, request_id: int, state: RequestState, now: datetime) -> bool:
    """End a request and forget its wishes, which are kept elsewhere now or were not wanted; False if it had ended."""
    mine = (RequestRow.id == request_id) & RequestRow.state.in_(OPEN)
    values: dict[str, Any] = {"state": state.value, "settled_at": now, "wishes": {}}
    return changed(session.execute(update(RequestRow).where(mine).values(values))) == 1


def count_asked_about(session: Session, kind: RequestKind, about_id: int, since: datetime) -> int:
    """Count what has been asked about one subscriber or channel."""
    row = RequestRow
    mine = (row.kind == kind.value) & (row.about_id == about_id) & (row.created_at > since)
    return session.scalar(select(func.count()).where(mine)) or 0


def list_waiting(session: Session, kind: RequestKind, addresses: Iterable[str], now: datetime) -> set[str]:
    """Give those of the addresses that have been asked and may still answer, or are about to be asked."""
    row, found = RequestRow, set[str]()
    is_open = (row.kind == kind.value) & row.state.in_(OPEN) & (row.expires_at > now)
    for chunk in chunks(addresses):
        found.update(session.scalars(select(row.address).where(is_open, row.address.in_(chunk))))
    return found


def has_new(session: Session) -> bool:
    """Whether any request waits to be answered."""
    query = select(RequestRow.id).where(RequestRow.state == RequestState.NEW.value).limit(1)
    return session.scalar(query) is not None


def has_old(session: Session, now: datetime, settled_before: datetime) -> bool:
    """Whether any request has run out, or was settled before a moment and may be deleted."""
    is_over = RequestRow.state.in_(OPEN) & (RequestRow.expires_at <= now)
    query = select(RequestRow.id).where(is_over | _is_forgettable(settled_before)).limit(1)
    return session.scalar(query) is not None


def drop_run_out(session: Session, now: datetime) -> int:
    """End the requests that nobody answered in time, and forget what they wished; give how many."""
    over = RequestRow.state.in_(OPEN) & (RequestRow.expires_at <= now)
    values: dict[str, Any] = {"state": RequestState.DROPPED.value, "settled_at": now, "wishes": {}}
    return changed(session.execute(update(RequestRow).where(over).values(values)))


def delete_settled(session: Session, before: datetime) -> int:
    """Delete what was settled before a moment and may be deleted; give how many."""
    return changed(session.execute(delete(RequestRow).where(_is_forgettable(before))))


def _is_forgettable(settled_before: datetime) -> ColumnElement[bool]:
    """Build the condition under which nothing needs a request any more.

    As long as the digest goes to the address, the cancel link of the mail that asked for it has to find what to stop.
    """
    row, channel = RequestRow, ChannelRow
    at_it = (channel.kind == EMAIL) & (channel.address == row.address) & (channel.status == ChannelStatus.OPEN.value)
    is_running = (row.state == RequestState.CONFIRMED.value) & select(channel.id).where(at_it).exists()
    return (row.settled_at < settled_before) & ~is_running


def _read(row: RequestRow) -> Request:
    return Request(
        id=row.id,
        kind=RequestKind(row.kind),
        address=row.address,
        about_id=row.about_id,
        wishes=row.wishes,
        evidence=row.evidence,
        state=RequestState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        settled_at=row.settled_at,
    )
