"""Codes that join a chat to a subscriber: only their hashes, each for one use and some minutes."""

import hashlib
from datetime import datetime

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from subscribers.lifecycle_tables import LinkCodeRow
from subscribers.store.rows import changed


def add_link_code(session: Session, code: str, subscriber_id: int, expires_at: datetime) -> None:
    """Keep a code; the subscriber's earlier ones work no longer."""
    session.execute(delete(LinkCodeRow).where(LinkCodeRow.subscriber_id == subscriber_id))
    session.add(LinkCodeRow(code_hash=_hash(code), subscriber_id=subscriber_id, expires_at=expires_at))
    session.flush()


def find_link_code(session: Session, code: str, place: str, now: datetime) -> int | None:
    """Give whose code this is; None if there is no such code, it was used or has run out, or works elsewhere alone."""
    return session.scalar(select(LinkCodeRow.subscriber_id).where(_is_live(code, place, now)))


def find_used_link_code(session: Session, code: str, place: str) -> int | None:
    """Give whose code this was, if it was used from this place."""
    row = LinkCodeRow
    used = row.used_at.is_not(None) & (row.code_hash == _hash_bound(code, place))
    return session.scalar(select(row.subscriber_id).where(used))


def bind_link_code(session: Session, code: str, place: str, now: datetime) -> bool:
    """Let a code work from one place alone; False if it works no longer."""
    bound = update(LinkCodeRow).where(_is_live(code, place, now)).values(code_hash=_hash_bound(code, place))
    return changed(session.execute(bound)) == 1


def use_link_code(session: Session, code: str, place: str, now: datetime) -> bool:
    """Use a code up; False if somebody else just did."""
    values = {"used_at": now, "code_hash": _hash_bound(code, place)}
    return changed(session.execute(update(LinkCodeRow).where(_is_live(code, place, now)).values(values))) == 1


def drop_old_link_codes(session: Session, now: datetime) -> int:
    """Forget codes that were used or have run out; give how many."""
    row = LinkCodeRow
    return changed(session.execute(delete(row).where(or_(row.expires_at <= now, row.used_at.is_not(None)))))


def _is_live(code: str, place: str, now: datetime) -> ColumnElement[bool]:
    row = LinkCodeRow
    is_this = row.code_hash.in_((_hash(code), _hash_bound(code, place)))
    return is_this & row.used_at.is_(None) & (row.expires_at > now)


def _hash_bound(code: str, place: str) -> str:
    return _hash(f"{code}\n{place}")


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
