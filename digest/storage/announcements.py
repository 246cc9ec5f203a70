"""The announcement stream: appended to in order, read by watermark."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from digest.model import (
    Announcement,
    AnnouncementId,
    AnnouncementKind,
    Candidate,
    ExternalId,
    PaperId,
    StoredAnnouncement,
)
from digest.storage.papers import load_papers
from digest.storage.tables import AnnouncementRow
from subscribers.store.rows import chunks, has_consent
from subscribers.tables import ChannelRow, SubscriberRow

_STREAM_LOCK = 7_301_001  # any constant; it only has to be the same in every process


def lock_stream(session: Session) -> None:
    """Make this transaction the only one that stores papers and announcements, until it ends.

    SQLite's write lock does so anyway. PostgreSQL hands out ids before commit: without this lock a reader could pass
    id 8 while 7 is still to come, and two runs could store one new paper at once.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _STREAM_LOCK})


def add_announcements(
    session: Session, announcements: Iterable[Announcement], rows: Mapping[ExternalId, PaperId], now: datetime
) -> int:
    """Append what has not been announced before, in order; give the number of new rows."""
    seen: dict[tuple[int, str, str], dict[str, Any]] = {}
    for announcement in announcements:
        row = _to_columns(announcement, rows[announcement.paper], now)
        seen.setdefault((row["paper_id"], row["kind"], row["detail"]), row)
    known = _find_known(session, {PaperId(paper_id) for paper_id, _, _ in seen})
    fresh = [row for key, row in seen.items() if key not in known]
    if fresh:
        session.execute(insert(AnnouncementRow), fresh)
    return len(fresh)


def list_candidates(session: Session, after: AnnouncementId, up_to: AnnouncementId) -> tuple[Candidate, ...]:
    """Give the papers announced in (after, up_to], with their announcements, in the order they first appeared."""
    query = select(AnnouncementRow).where(AnnouncementRow.id > after, AnnouncementRow.id <= up_to)
    by_paper: dict[PaperId, list[StoredAnnouncement]] = defaultdict(list)
    for row in session.scalars(query.order_by(AnnouncementRow.id)):
        by_paper[PaperId(row.paper_id)].append(_from_row(row))
    papers = load_papers(session, by_paper)
    return tuple(
        Candidate(paper_id=paper_id, paper=papers[paper_id], announcements=tuple(group))
        for paper_id, group in by_paper.items()
    )


def latest_announcement(session: Session) -> AnnouncementId:
    """Give the end of the stream; 0 when it is empty."""
    return AnnouncementId(session.scalar(select(func.max(AnnouncementRow.id))) or 0)


def find_reach(session: Session, until: datetime) -> AnnouncementId:
    """Give the lowest watermark of the channels due by a time; the end of the stream if none is due."""
    due = select(func.min(ChannelRow.watermark)).join(SubscriberRow).where(ChannelRow.next_due_at <= until)
    reach = session.scalar(due.where(has_consent()))
    return latest_announcement(session) if reach is None else AnnouncementId(reach)


def find_watermark(session: Session, now: datetime, reach: timedelta) -> AnnouncementId:
    """Give the place in the stream from which everything was seen less than `reach` ago."""
    older = select(func.max(AnnouncementRow.id)).where(AnnouncementRow.seen_at < now - reach)
    return AnnouncementId(session.scalar(older) or 0)


def count_announcements(session: Session) -> int:
    """Count the announcements."""
    return session.scalar(select(func.count()).select_from(AnnouncementRow)) or 0


def _find_known(session: Session, paper_ids: set[PaperId]) -> set[tuple[int, str, str]]:
    row = AnnouncementRow
    known: set[tuple[int, str, str]] = set()
    for chunk in chunks(paper_ids):
        found = session.execute(select(row.paper_id, row.kind, row.detail).where(row.paper_id.in_(chunk)))
        known |= {(paper_id, kind, detail) for paper_id, kind, detail in found}
    return known


def _to_columns(announcement: Announcement, paper_id: PaperId, now: datetime) -> dict[str, Any]:
    return {
        "paper_id": paper_id,
        "kind": announcement.kind.value,
        "detail": announcement.detail[:300],
        "source": announcement.source,
        "version": announcement.version,
        "announced_on": announcement.announced_on,
        "seen_at": now,
    }


def _from_row(row: AnnouncementRow) -> StoredAnnouncement:
    return StoredAnnouncement(
        id=AnnouncementId(row.id),
        paper_id=PaperId(row.paper_id),
        kind=AnnouncementKind(row.kind),
        detail=row.detail,
        source=row.source,
        announced_on=row.announced_on,
        seen_at=row.seen_at,
        version=row.version,
    )
