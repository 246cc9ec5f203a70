"""The event log: what a subscriber did and what happened to them.

Rows are only ever added; what is not theirs any more to keep, as the number of a chat, is struck out.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.model import EventKind
from subscribers.store.rows import chunks
from subscribers.tables import SubscriberEventRow


def record_event(
    session: Session, subscriber_id: int, kind: EventKind, at: datetime, detail: Mapping[str, Any]
) -> None:
    """Append to the log."""
    session.add(SubscriberEventRow(subscriber_id=subscriber_id, kind=kind.value, at=at, detail=dict(detail)))
    session.flush()


def list_events(
    session: Session, subscriber_id: int, kinds: Iterable[EventKind], since: datetime
) -> list[tuple[EventKind, datetime, Mapping[str, Any]]]:
    """Give the events of these kinds after a time, oldest first."""
    row = SubscriberEventRow
    query = select(row.kind, row.at, row.detail).where(row.subscriber_id == subscriber_id, row.at > since)
    wanted = query.where(row.kind.in_([kind.value for kind in kinds])).order_by(row.id)
    return [(EventKind(kind), at, detail) for kind, at, detail in session.execute(wanted)]


def forget_address(session: Session, subscriber_id: int, address: str, instead: str) -> None:
    """Strike an address out of what the log says of a subscriber."""
    row = SubscriberEventRow
    for event in session.scalars(select(row).where(row.subscriber_id == subscriber_id)):
        said = _strike(event.detail, address, instead)
        if said != event.detail:
            event.detail = said
    session.flush()


def _strike(said: Any, address: str, instead: str) -> Any:
    match said:
        case dict():
            return {name: _strike(value, address, instead) for name, value in said.items()}
        case list():
            return [_strike(value, address, instead) for value in said]
        case _:
            return instead if said == address else said


def list_logged(
    session: Session, subscriber_id: int, kinds: Iterable[EventKind]
) -> list[tuple[EventKind, Mapping[str, Any]]]:
    """Give all events of these kinds, oldest first."""
    row = SubscriberEventRow
    wanted = select(row.kind, row.detail).where(row.subscriber_id == subscriber_id)
    kept = wanted.where(row.kind.in_([kind.value for kind in kinds])).order_by(row.id)
    return [(EventKind(kind), detail) for kind, detail in session.execute(kept)]


def find_last_move(session: Session, subscriber_id: int, channel_id: int) -> datetime | None:
    """Give when the address of a channel last changed; None if it never did."""
    row = SubscriberEventRow
    moved = select(row.at, row.detail).where(
        row.subscriber_id == subscriber_id, row.kind == EventKind.CHANNEL_MOVED.value
    )
    moves = session.execute(moved.order_by(row.id.desc()))
    return next((at for at, detail in moves if detail.get("channel") == channel_id), None)


def find_address_before(session: Session, subscriber_id: int, channel_id: int, address: str) -> str | None:
    """Give the address from which a channel last moved to this one; None if it never did."""
    row = SubscriberEventRow
    moved = select(row.detail).where(row.subscriber_id == subscriber_id, row.kind == EventKind.CHANNEL_MOVED.value)
    moves = session.scalars(moved.order_by(row.id.desc()))
    here = (each for each in moves if each.get("channel") == channel_id and each.get("after") == address)
    return next((str(each["before"]) for each in here), None)


def list_consents(session: Session, subscriber_ids: Iterable[int]) -> dict[int, tuple[datetime, Mapping[str, Any]]]:
    """Give the last evidence of consent of each of these subscribers: when it was noted, and what it says."""
    row, found = SubscriberEventRow, dict[int, tuple[datetime, Mapping[str, Any]]]()
    for chunk in chunks(subscriber_ids):
        query = select(row.subscriber_id, row.at, row.detail).where(row.subscriber_id.in_(chunk))
        for subscriber_id, at, detail in session.execute(
            query.where(row.kind == EventKind.CONFIRMED.value).order_by(row.id)
        ):
            found[subscriber_id] = at, detail
    return found
