"""Feeds that an operator added by command; those in the settings are not here."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from digest.storage.tables import FeedRow
from subscribers.store.rows import insert_unless_there


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFeed:
    """A feed to read, and what it called itself when it was added."""

    name: str
    url: str
    title: str
    added_at: datetime


def list_feeds(session: Session) -> tuple[StoredFeed, ...]:
    """Give every feed, by name."""
    rows = session.scalars(select(FeedRow).order_by(FeedRow.name))
    return tuple(StoredFeed(name=row.name, url=row.url, title=row.title, added_at=row.added_at) for row in rows)


def add_feed(session: Session, feed: StoredFeed) -> bool:
    """Store a feed; False, and nothing is changed, if its name or its address is taken."""
    if session.scalar(_taken(feed)):
        return False
    values = {"name": feed.name, "url": feed.url, "title": feed.title, "added_at": feed.added_at}
    return insert_unless_there(session, FeedRow, values)


def remove_feed(session: Session, name: str) -> bool:
    """Forget a feed; False if there is none of that name. Its papers and its runs stay."""
    removed = session.scalars(delete(FeedRow).where(FeedRow.name == name).returning(FeedRow.name)).all()
    return bool(removed)


def _taken(feed: StoredFeed) -> Select[int]:
    return select(func.count()).where(or_(FeedRow.name == feed.name, FeedRow.url == feed.url))
