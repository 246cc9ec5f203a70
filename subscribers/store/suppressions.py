"""Suppressed addresses: only their hashes, so that the list outlives an erasure and tells nobody who was on it.

The hash is HMAC-SHA256 with a random salt of this installation. It keeps addresses from being looked up in lists made
elsewhere; whoever holds the whole database can still try an address they already know.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from subscribers.lifecycle_tables import SuppressionRow
from subscribers.model import SuppressionReason
from subscribers.store.rows import insert_unless_there
from subscribers.store.salts import find_salt, hash_with

_SALT: Final = "addresses"


def hash_address(session: Session, kind: str, address: str) -> str:
    """Give the hash of a normalised address; 64 characters."""
    return hash_with(find_salt(session, _SALT), f"{kind}:{address}")


def suppress(session: Session, kind: str, address: str, reason: SuppressionReason, now: datetime) -> bool:
    """Put a normalised address on the list; False if it stands there already (its first reason stays)."""
    values = {"address_hash": hash_address(session, kind, address), "reason": reason.value, "created_at": now}
    return insert_unless_there(session, SuppressionRow, values)


def find_suppression(session: Session, kind: str, address: str) -> SuppressionReason | None:
    """Give why a normalised address must not be written to; None if it may be."""
    row = session.get(SuppressionRow, hash_address(session, kind, address))
    return None if row is None else SuppressionReason(row.reason)


def lift_suppression(session: Session, kind: str, address: str) -> bool:
    """Take an address off the list, because it confirmed itself; whether it stood there."""
    mine = SuppressionRow.address_hash == hash_address(session, kind, address)
    gone = delete(SuppressionRow).where(mine).returning(SuppressionRow.address_hash)
    return session.scalar(gone) is not None


def count_suppressions(session: Session) -> dict[SuppressionReason, int]:
    """Give how many addresses are suppressed for each reason."""
    query = select(SuppressionRow.reason, func.count()).group_by(SuppressionRow.reason)
    return {SuppressionReason(reason): count for reason, count in session.execute(query)}
