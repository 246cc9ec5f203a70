"""Codes that join a chat to a subscriber: only their hashes, each for one kind of place, one use and some minutes."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.orm import Session

from subscribers.lifecycle_tables import LinkCodeRow
from subscribers.store.rows import changed


class Place(NamedTuple):
    """Where a code is used: what names the chat, and whether one person reads there."""

    key: str
    is_private: bool


def keep_link_codes(session: Session, subscriber_id: int, codes: Mapping[str, bool], expires_at: datetime) -> None:
    """Keep codes, and whether each is for private chats; the subscriber's earlier ones work no longer."""
    session.execute(delete(LinkCodeRow).where(LinkCodeRow.subscriber_id == subscriber_id))
    for code, is_private in codes.items():
        hashed = _hash_unbound(code, is_private=is_private)
        session.add(LinkCodeRow(code_hash=hashed, subscriber_id=subscriber_id, expires_at=expires_at))
    session.flush()


def find_link_code(session: Session, code: str, place: Place, now: datetime) -> int | None:
    """Give whose code this is; None if there is no such code, it was used or has run out, or works elsewhere alone."""
    return session.scalar(select(LinkCodeRow.subscriber_id).where(_is_live(code, place, now)))


def find_used_link_code(session: Session, code: str, place: Place) -> int | None:
    """Give whose code this was, if it was used from this place."""
    row = LinkCodeRow
    used = row.used_at.is_not(None) & (row.code_hash == _hash_bound(code, place))
    return session.scalar(select(row.subscriber_id).where(used))


def bind_link_code(session: Session, code: str, place: Place, now: datetime) -> bool:
    """Let a code work from one place alone; False if it works no longer, or is for another kind of place."""
    bound = update(LinkCodeRow).where(_is_live(code, place, now)).values(code_hash=_hash_bound(code, place))
    return changed(session.execute(bound)) == 1


def drop_misplaced_link_code(session: Session, code: str, place: Place) -> bool:
    """Forget a code that was sent from another kind of place than it is for; whether there was one."""
    misplaced = delete(LinkCodeRow).where(LinkCodeRow.code_hash == _hash_unbound(code, is_private=not place.is_private))
    return changed(session.execute(misplaced)) == 1


def use_link_code(session: Session, code: str, place: Place, now: datetime) -> bool:
    """Use a code up, and the subscriber's other ones; False if somebody else just did."""
    row = LinkCodeRow
    values = {"used_at": now, "code_hash": _hash_bound(code, place)}
    used = update(row).where(_is_live(code, place, now)).values(values).returning(row.subscriber_id)
    subscriber_id = session.scalar(used)
    if subscriber_id is None:
        return False
    session.execute(delete(row).where(row.subscriber_id == subscriber_id, row.used_at.is_(None)))
    return True


def drop_old_link_codes(session: Session, now: datetime) -> int:
    """Forget codes that were used or have run out; give how many."""
    row = LinkCodeRow
    return changed(session.execute(delete(row).where(or_(row.expires_at <= now, row.used_at.is_not(None)))))


def _is_live(code: str, place: Place, now: datetime) -> ColumnElement[bool]:
    row = LinkCodeRow
    is_this = row.code_hash.in_((_hash_unbound(code, is_private=place.is_private), _hash_bound(code, place)))
    return is_this & row.used_at.is_(None) & (row.expires_at > now)


def _hash_bound(code: str, place: Place) -> str:
    return _hash(f"{code}\n{place.key}")


def _hash_unbound(code: str, *, is_private: bool) -> str:
    return _hash(f"{code}\n{'private' if is_private else 'group'}")


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode(errors="replace")).hexdigest()
