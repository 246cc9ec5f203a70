"""How often something was done in a window of time: the numbers that limits are checked against."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from subscribers.lifecycle_tables import CountRow
from subscribers.store.rows import changed
from subscribers.store.salts import find_salt, hash_with

_SALT = "counts"


def count_up(session: Session, scope: str, key: str, window: timedelta, now: datetime) -> int:
    """Count one more in the current window of a scope and key; give how many there are now, this one included.

    Windows begin at multiples of their length since 1970. The key is stored hashed, with a salt of this
    installation: it may be an address or a network, and lists of the hashes of all networks are soon made.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    start = _begin(window, now)
    values = {"scope": scope, "key": _hash(session, key), "window_at": start, "count": 1, "expires_at": start + window}
    statement = insert(CountRow).values(values)
    counted = statement.on_conflict_do_update(
        index_elements=[CountRow.scope, CountRow.key, CountRow.window_at], set_={"count": CountRow.count + 1}
    )
    return session.scalars(counted.returning(CountRow.count)).one()


def find_count(session: Session, scope: str, key: str, window: timedelta, now: datetime) -> int:
    """Give how many have been counted in the current window."""
    row = CountRow
    here = (row.scope == scope) & (row.key == _hash(session, key)) & (row.window_at == _begin(window, now))
    return session.scalar(select(row.count).where(here)) or 0


def has_old_counts(session: Session, now: datetime) -> bool:
    """Whether any window has ended."""
    return session.scalar(select(CountRow.count).where(CountRow.expires_at <= now).limit(1)) is not None


def drop_old_counts(session: Session, now: datetime) -> int:
    """Forget the windows that have ended; give how many rows went."""
    return changed(session.execute(delete(CountRow).where(CountRow.expires_at <= now)))


def _begin(window: timedelta, now: datetime) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def _hash(session: Session, key: str) -> str:
    return hash_with(find_salt(session, _SALT), key)
