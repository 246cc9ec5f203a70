"""Letters to a subscriber: what an export gives and an erasure deletes of them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from digest.storage.letter_tables import LetterRow
from subscribers.store.rows import changed


def dump_letters_of(session: Session, subscriber_id: int, addresses: Collection[str]) -> list[dict[str, Any]]:
    """Give every column of the letters to a subscriber or to one of their normalised email addresses, as JSON.

    Of one that another subscriber caused, by naming such an address, not who that was.
    """
    query = select(LetterRow.__table__).where(_is_theirs(subscriber_id, addresses)).order_by(LetterRow.id)
    rows = session.execute(query).mappings()
    return [{name: _plain(value) for name, value in _hide_others(dict(row), subscriber_id).items()} for row in rows]


def erase_letters_of(session: Session, subscriber_id: int, addresses: Collection[str]) -> int:
    """Delete those letters, whatever their state; one that is on its way is not sent. Give how many."""
    return changed(session.execute(delete(LetterRow).where(_is_theirs(subscriber_id, addresses))))


def _is_theirs(subscriber_id: int, addresses: Collection[str]) -> ColumnElement[bool]:
    return or_(LetterRow.subscriber_id == subscriber_id, LetterRow.address.in_(addresses))


def _hide_others(row: dict[str, Any], subscriber_id: int) -> dict[str, Any]:
    return row if row["subscriber_id"] in (None, subscriber_id) else row | {"subscriber_id": None, "about": {}}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
