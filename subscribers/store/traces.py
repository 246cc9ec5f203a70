"""What is held about a subscriber beside their own rows: requests at their addresses, bounces, codes, suppressions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from subscribers.db import Base
from subscribers.lifecycle_tables import BounceRow, LinkCodeRow, RequestRow, SuppressionRow
from subscribers.model import RequestKind
from subscribers.store.rows import changed
from subscribers.store.suppressions import hash_address


def dump_traces(
    session: Session, subscriber_id: int, channel_ids: Sequence[int], addresses: Sequence[tuple[str, str]]
) -> dict[str, list[dict[str, Any]]]:
    """Give every column of these rows, as JSON, but no hash; `addresses` are (kind, normalised address)."""
    mails = [address for _, address in addresses]
    requests = select(RequestRow).where(_is_about(subscriber_id, channel_ids, mails)).order_by(RequestRow.id)
    bounces = select(BounceRow).where(BounceRow.channel_id.in_(channel_ids)).order_by(BounceRow.channel_id)
    codes = select(LinkCodeRow).where(LinkCodeRow.subscriber_id == subscriber_id).order_by(LinkCodeRow.expires_at)
    return {
        "requests": [_dump_request(row, subscriber_id, channel_ids) for row in session.scalars(requests)],
        "bounces": [_dump(row) for row in session.scalars(bounces)],
        "link_codes": [_dump(row, without="code_hash") for row in session.scalars(codes)],
        "suppressions": [_dump_suppression(session, *each) for each in addresses],
    }


def delete_requests(session: Session, subscriber_id: int, channel_ids: Sequence[int], mails: Sequence[str]) -> int:
    """Delete what was asked for at these addresses, or for this subscriber at others; give how many rows went."""
    return changed(session.execute(delete(RequestRow).where(_is_about(subscriber_id, channel_ids, mails))))


def _is_about(subscriber_id: int, channel_ids: Sequence[int], mails: Sequence[str]) -> ColumnElement[bool]:
    row = RequestRow
    adds = and_(row.kind == RequestKind.ADD_ADDRESS.value, row.about_id == subscriber_id)
    moves = and_(row.kind == RequestKind.MOVE_ADDRESS.value, row.about_id.in_(channel_ids))
    return or_(row.address.in_(mails), adds, moves)


def _dump_suppression(session: Session, kind: str, address: str) -> dict[str, Any]:
    # Hashing makes a salt when there is none yet; without any suppression there is nothing to look for.
    is_any = session.scalar(select(SuppressionRow.address_hash).limit(1)) is not None
    found = session.get(SuppressionRow, hash_address(session, kind, address)) if is_any else None
    since = found.created_at.isoformat() if found else None
    return {"kind": kind, "address": address, "suppressed_because": found.reason if found else None, "since": since}


def _dump_request(row: RequestRow, subscriber_id: int, channel_ids: Sequence[int]) -> dict[str, Any]:
    """Give a request; of one that another subscriber made at these addresses not who, and from where."""
    adds, moves = RequestKind.ADD_ADDRESS.value, RequestKind.MOVE_ADDRESS.value
    is_of_another = (row.kind == adds and row.about_id != subscriber_id) or (
        row.kind == moves and row.about_id not in channel_ids
    )
    return _dump(row) | ({"about_id": 0, "wishes": {}, "evidence": {}} if is_of_another else {})


def _dump(row: Base, without: str = "") -> dict[str, Any]:
    names = [column.key for column in row.__mapper__.column_attrs if column.key != without]
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
