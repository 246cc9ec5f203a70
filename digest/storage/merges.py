"""Which records were joined, why, and what moved: kept so that an operator can look it over and take it back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, insert, or_, select
from sqlalchemy.orm import Session

from digest.model import Paper, PaperId
from digest.storage import bylines
from digest.storage.announcements import Moved, move_announcements
from digest.storage.code_checks import move_checks
from digest.storage.ledger import Joining, Pair
from digest.storage.papers import bury_papers
from digest.storage.tables import DistinctPaperRow, PaperMergeRow, PaperRow, SentPaperRow
from subscribers.model import FollowKind
from subscribers.store.follows import turn_follows
from subscribers.store.rows import chunks

_PAPER: TypeAdapter[Paper] = TypeAdapter(Paper)
_MOVED = "announcements"  # beside the fields of the joined record: what its row gave away


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Two records that were taken for one work. `absorbed_id` is the row that was given up, if there was one."""

    id: int
    paper_id: PaperId
    absorbed_id: PaperId | None
    evidence: str
    source: str
    joined_ids: tuple[str, ...]
    kept: Paper
    joined: Paper
    merged_at: datetime
    split_at: datetime | None
    moved: Moved


def list_distinct(session: Session) -> frozenset[Pair]:
    """Give the pairs of ids that an operator said are two works."""
    rows = session.execute(select(DistinctPaperRow.first, DistinctPaperRow.second))
    return frozenset((first, second) for first, second in rows)


def record_merges(session: Session, joinings: Sequence[Joining], source: str, now: datetime) -> int:
    """Write down what was joined, and move what depends on the rows that were given up; give their number.

    Readers who were given either paper count as given both: nobody gets one work twice.
    """
    if not joinings:
        return 0
    merged = [(each.absorbed_id, each.paper_id) for each in joinings if each.absorbed_id is not None]
    moved = move_announcements(session, merged)
    move_checks(session, merged)
    copy_sent(session, merged)
    bylines.join(session, merged, now)
    for gone, kept in merged:
        turn_follows(session, FollowKind.PAPER, gone, kept)
    bury_papers(session, dict(merged), now)
    rows = [_to_row(each, moved.get(each.absorbed_id or PaperId(0)), source, now) for each in joinings]
    session.execute(insert(PaperMergeRow), rows)
    return len(joinings)


def list_merges(session: Session, since: datetime, limit: int) -> list[Merge]:
    """Give the newest merges since a time, newest first."""
    query = select(PaperMergeRow).where(PaperMergeRow.merged_at >= since)
    return list(map(_from_row, session.scalars(query.order_by(PaperMergeRow.id.desc()).limit(limit))))


def list_merges_of(session: Session, paper_id: PaperId) -> list[Merge]:
    """Give the merges that made a paper what it is, those of the rows it absorbed too, oldest first."""
    absorbed = select(PaperRow.id).where(PaperRow.merged_into == paper_id)
    row = PaperMergeRow
    return _list(session, or_(row.paper_id == paper_id, row.paper_id.in_(absorbed), row.absorbed_id == paper_id))


def list_absorbed(session: Session, paper_id: PaperId) -> list[PaperId]:
    """Give the rows that were given up for this one and not revived since."""
    found = _list(session, (PaperMergeRow.paper_id == paper_id) & PaperMergeRow.split_at.is_(None))
    return [each.absorbed_id for each in found if each.absorbed_id is not None]


def find_merge(session: Session, number: int) -> Merge | None:
    """Give one merge."""
    row = session.get(PaperMergeRow, number)
    return None if row is None else _from_row(row)


def copy_sent(session: Session, pairs: Collection[tuple[PaperId, PaperId]]) -> int:
    """Let whoever was given the first paper of a pair count as given the second; give how many did not before."""
    readers: dict[int, dict[int, int]] = {}
    row = SentPaperRow
    for chunk in chunks({paper_id for pair in pairs for paper_id in pair}):
        query = select(row.paper_id, row.channel_id, row.delivery_id).where(row.paper_id.in_(chunk))
        for paper_id, channel_id, delivery_id in session.execute(query):
            readers.setdefault(paper_id, {})[channel_id] = delivery_id
    fresh: list[dict[str, int]] = []
    for one, other in pairs:
        known = readers.setdefault(other, {})
        for channel_id, delivery_id in readers.get(one, {}).items():
            if channel_id not in known:
                known[channel_id] = delivery_id
                fresh.append({"paper_id": other, "channel_id": channel_id, "delivery_id": delivery_id})
    if fresh:
        session.execute(insert(row), fresh)
    return len(fresh)


def _list(session: Session, condition: ColumnElement[bool]) -> list[Merge]:
    return list(map(_from_row, session.scalars(select(PaperMergeRow).where(condition).order_by(PaperMergeRow.id))))


def _to_row(joining: Joining, moved: Moved | None, source: str, now: datetime) -> dict[str, Any]:
    joined = _to_json(joining.joined)
    if moved:
        joined[_MOVED] = {"numbers": moved.numbers, "dropped": moved.dropped}
    return {
        "paper_id": joining.paper_id,
        "absorbed_id": joining.absorbed_id,
        "evidence": joining.evidence,
        "source": source,
        "joined_ids": list(map(str, joining.joined_ids)),
        "kept": _to_json(joining.kept),
        "joined": joined,
        "merged_at": now,
    }


def _from_row(row: PaperMergeRow) -> Merge:
    moved: Mapping[str, Any] = row.joined.get(_MOVED, {})
    return Merge(
        id=row.id,
        paper_id=PaperId(row.paper_id),
        absorbed_id=None if row.absorbed_id is None else PaperId(row.absorbed_id),
        evidence=row.evidence,
        source=row.source,
        joined_ids=tuple(row.joined_ids),
        kept=_from_json(row.kept),
        joined=_from_json(row.joined),
        merged_at=row.merged_at,
        split_at=row.split_at,
        moved=Moved(list(moved.get("numbers", ())), list(moved.get("dropped", ()))),
    )


def _to_json(paper: Paper) -> dict[str, Any]:
    written: dict[str, Any] = _PAPER.dump_python(paper, mode="json", exclude_defaults=True)
    return written


def _from_json(values: Mapping[str, Any]) -> Paper:
    return _PAPER.validate_python({name: value for name, value in values.items() if name != _MOVED})
