"""Statements that both databases understand, and how many values fit into one."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from subscribers.db import Base
from subscribers.model import ChannelStatus, SubscriberStatus
from subscribers.tables import ChannelRow, SubscriberRow

T = TypeVar("T")

CHUNK = 5_000  # values bound in one statement; SQLite allows 32,766 and PostgreSQL 65,535


def insert_unless_there(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row, or leave the one that a unique constraint says is there; whether it was inserted."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    key = inspect(table).primary_key
    inserted = insert(table).values(values).on_conflict_do_nothing().returning(*key)
    return session.execute(inserted).first() is not None


def insert_missing(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows that no unique constraint says are there."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    if rows:
        session.execute(insert(table).on_conflict_do_nothing(), list(rows))


def changed(result: Any) -> int:
    """Count the rows a statement changed."""
    return int(result.rowcount) if isinstance(result, CursorResult) else 0


def chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Cut into lists that fit into one statement."""
    remaining = iter(values)
    while chunk := list(islice(remaining, size)):
        yield chunk


def has_consent() -> ColumnElement[bool]:
    """Build the condition under which a channel may be written to."""
    confirmed = SubscriberRow.status == SubscriberStatus.CONFIRMED.value
    return and_(ChannelRow.status == ChannelStatus.OPEN.value, ChannelRow.verified_at.is_not(None), confirmed)
