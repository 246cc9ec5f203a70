"""The announcement stream: appended to in order, read by watermark."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from digest.events import MAX_DETAIL
from digest.model import (
    Announcement,
    AnnouncementId,
    AnnouncementKind,
    Candidate,
    PaperId,
    StoredAnnouncement,
)
from digest.storage.papers import load_papers, table_of
from digest.storage.tables import AnnouncementRow
from subscribers.store.rows import chunks, has_consent
from subscribers.tables import ChannelRow, SubscriberRow

Known = Mapping[PaperId, Collection[tuple[AnnouncementKind, str]]]

MAX_CHANGES = 100  # characters of the column
_TABLE = table_of(AnnouncementRow)
_STREAM_LOCK = 7_301_001  # any constant; it only has to be the same in every process


@dataclass(frozen=True, slots=True)
class Moved:
    """The announcements a row gave away: their numbers, and those that were dropped because the other had them."""

    numbers: list[int]
    dropped: list[dict[str, Any]]


def lock_stream(session: Session) -> None:
    """Make this transaction the only one that stores papers and announcements, until it ends.

    SQLite's write lock does so anyway. PostgreSQL hands out ids before commit: without this lock a reader could pass
    id 8 while 7 is still to come, and two runs could store one new paper at once.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _STREAM_LOCK})


def add_announcements(
    session: Session, announcements: Iterable[tuple[PaperId, Announcement]], known: Known, now: datetime
) -> int:
    """Append what has not been announced before, in order; give the number of new rows.

    `known` is what `find_known` says of these papers.
    """
    fresh: dict[tuple[PaperId, AnnouncementKind, str], dict[str, Any]] = {}
    for paper_id, announcement in announcements:
        kind, detail = announcement.kind, announcement.detail[:MAX_DETAIL]
        if (kind, detail) not in known.get(paper_id, ()):
            fresh.setdefault((paper_id, kind, detail), _to_columns(announcement, paper_id, now))
    if fresh:
        session.execute(insert(_TABLE), list(fresh.values()))
    return len(fresh)


def find_known(session: Session, paper_ids: Iterable[PaperId]) -> Known:
    """Give how these papers have been announced: kinds with their details."""
    row = AnnouncementRow
    known: dict[PaperId, set[tuple[AnnouncementKind, str]]] = defaultdict(set)
    for chunk in chunks(paper_ids):
        found = session.execute(select(row.paper_id, row.kind, row.detail).where(row.paper_id.in_(chunk)))
        for paper_id, kind, detail in found:
            known[PaperId(paper_id)].add((AnnouncementKind(kind), detail))
    return known


def list_announcements(session: Session, paper_id: PaperId) -> tuple[StoredAnnouncement, ...]:
    """Give how one paper has appeared, oldest first."""
    query = select(AnnouncementRow).where(AnnouncementRow.paper_id == paper_id)
    return tuple(map(_from_row, session.scalars(query.order_by(AnnouncementRow.id))))


def move_announcements(session: Session, merged: Sequence[tuple[PaperId, PaperId]]) -> dict[PaperId, Moved]:
    """Give the announcements of each row to the one it was merged into, in this order; drop what both have."""
    held: dict[int, dict[tuple[str, str], dict[str, Any]]] = defaultdict(dict)
    for row in _dump(session, {paper_id for pair in merged for paper_id in pair}):
        held[row["paper_id"]][row["kind"], row["detail"]] = row
    moved: dict[PaperId, Moved] = {}
    places: dict[int, PaperId] = {}
    for gone, kept in merged:
        moved[gone] = Moved([], [])
        for key, row in held.pop(gone, {}).items():
            if key in held[kept]:
                moved[gone].dropped.append(_to_json(row))
                places.pop(row["id"], None)
            else:
                held[kept][key] = row
                moved[gone].numbers.append(row["id"])
                places[row["id"]] = kept
    _delete(session, [row["id"] for each in moved.values() for row in each.dropped])
    _move(session, places)
    return moved


def take_back_announcements(session: Session, paper_id: PaperId, from_id: PaperId, moved: Moved) -> int:
    """Give a row its announcements back, in their old places; give how many."""
    row = AnnouncementRow
    query = select(row.id).where(row.id.in_(moved.numbers), row.paper_id == from_id)
    numbers = session.scalars(query).all()
    _move(session, dict.fromkeys(numbers, paper_id))
    if moved.dropped:
        values = [_from_json(each) | {"paper_id": paper_id} for each in moved.dropped]
        session.execute(insert(_TABLE), values)
    return len(numbers) + len(moved.dropped)


def part_announcements(session: Session, paper_id: PaperId, from_id: PaperId, source: str, since: datetime) -> int:
    """Give a row what a source has announced of another since a time, if it had announced nothing before."""
    row = AnnouncementRow
    rows = session.execute(select(row.id, row.seen_at).where(row.paper_id == from_id, row.source == source)).all()
    if any(seen_at < since for _, seen_at in rows):
        return 0
    _move(session, {number: paper_id for number, _ in rows})
    return len(rows)


def list_stream(session: Session, after: AnnouncementId, up_to: AnnouncementId, limit: int) -> list[StoredAnnouncement]:
    """Give the next announcements after a place in the stream, `limit` at most."""
    query = select(AnnouncementRow).where(AnnouncementRow.id > after, AnnouncementRow.id <= up_to)
    rows = session.scalars(query.order_by(AnnouncementRow.id).limit(limit).execution_options(populate_existing=True))
    return list(map(_from_row, rows))


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


def _to_columns(announcement: Announcement, paper_id: PaperId, now: datetime) -> dict[str, Any]:
    return {
        "paper_id": paper_id,
        "kind": announcement.kind.value,
        "detail": announcement.detail[:MAX_DETAIL],
        "source": announcement.source,
        "version": announcement.version,
        "announced_on": announcement.announced_on,
        "changes": " ".join(announcement.changes)[:MAX_CHANGES],
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
        changes=tuple(row.changes.split()),
    )


def _dump(session: Session, paper_ids: Iterable[PaperId]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for chunk in chunks(paper_ids):
        rows += map(dict, session.execute(select(_TABLE).where(_TABLE.c.paper_id.in_(chunk))).mappings())
    return sorted(rows, key=itemgetter("id"))


def _move(session: Session, places: Mapping[int, PaperId]) -> None:
    if places:
        session.execute(update(AnnouncementRow), [{"id": number, "paper_id": row} for number, row in places.items()])


def _delete(session: Session, numbers: Iterable[int]) -> None:
    for chunk in chunks(numbers):
        session.execute(delete(AnnouncementRow).where(AnnouncementRow.id.in_(chunk)))


def _to_json(row: Mapping[str, Any]) -> dict[str, Any]:
    times = {"announced_on": row["announced_on"].isoformat(), "seen_at": row["seen_at"].isoformat()}
    return {**row, **times}


def _from_json(values: Mapping[str, Any]) -> dict[str, Any]:
    announced_on = date.fromisoformat(values["announced_on"])
    return {**values, "announced_on": announced_on, "seen_at": datetime.fromisoformat(values["seen_at"])}
