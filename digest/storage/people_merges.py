"""Records of researchers joined and taken apart again: nobody who follows either is lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from digest.model import PaperId, PersonId, PersonScheme, Researcher, ResearcherId
from digest.storage.answers import move_answers
from digest.storage.authorships import move_authorships
from digest.storage.people_tables import (
    DistinctResearcherRow,
    ResearcherIdRow,
    ResearcherKeyRow,
    ResearcherMergeRow,
    ResearcherRow,
)
from digest.storage.researchers import load_researchers
from subscribers import store
from subscribers.model import FollowKind
from subscribers.store.rows import insert_unless_there

_RESEARCHER: TypeAdapter[Researcher] = TypeAdapter(Researcher)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResearcherMerge:
    """Two records that were taken for one person. `ids`, `papers` and `follows` are those that came with the second.

    `kept` is what was stated of the first before.
    """

    id: int
    researcher_id: ResearcherId
    absorbed_id: ResearcherId
    evidence: str
    ids: tuple[PersonId, ...]
    papers: tuple[PaperId, ...]
    follows: tuple[int, ...]
    kept: Researcher
    merged_at: datetime
    split_at: datetime | None


def are_distinct(session: Session, one: ResearcherId, other: ResearcherId) -> bool:
    """Whether somebody said that these are two people."""
    return session.get(DistinctResearcherRow, (min(one, other), max(one, other))) is not None


def say_distinct(session: Session, one: ResearcherId, other: ResearcherId, now: datetime) -> None:
    """Keep two records from ever being merged (again)."""
    values = {"first": min(one, other), "second": max(one, other), "said_at": now}
    insert_unless_there(session, DistinctResearcherRow, values)


def absorb(session: Session, kept: ResearcherId, absorbed: ResearcherId, evidence: str, now: datetime) -> int:
    """Let one record stand for another too: ids, papers, answers and followers move; give the number of the merge."""
    before = load_researchers(session, [kept])[kept]
    ids = _move_ids(session, absorbed, kept)
    papers = move_authorships(session, absorbed, kept)
    move_answers(session, absorbed, kept)
    follows = store.turn_follows(session, FollowKind.RESEARCHER, absorbed, kept)
    session.execute(delete(ResearcherKeyRow).where(ResearcherKeyRow.researcher_id == absorbed))
    row = ResearcherRow
    pointer = {"merged_into": kept, "changed_at": now}
    session.execute(update(row).where(row.merged_into == absorbed).values(pointer))
    session.execute(update(row).where(row.id == absorbed).values(pointer | {"profile": None, "refresh_at": None}))
    merge = ResearcherMergeRow(
        researcher_id=kept,
        absorbed_id=absorbed,
        evidence=evidence,
        moved={
            "ids": list(map(str, ids)),
            "papers": list(papers),
            "follows": list(follows),
            "kept": _RESEARCHER.dump_python(before, mode="json", exclude_defaults=True),
        },
        merged_at=now,
    )
    session.add(merge)
    session.flush()
    return merge.id


def revive(session: Session, merge: ResearcherMerge, now: datetime) -> None:
    """Give an absorbed record back what came with it, as far as the other still has it; they never meet again."""
    kept, revived = merge.researcher_id, merge.absorbed_id
    owner = _find_owner(session, kept)
    _move_ids(session, owner, revived, merge.ids)
    move_authorships(session, owner, revived, merge.papers)
    move_answers(session, owner, revived, merge.papers)
    store.turn_follows(session, FollowKind.RESEARCHER, owner, revived, merge.follows)
    living = {"merged_into": None, "profile": None, "refresh_at": now, "changed_at": now}
    session.execute(update(ResearcherRow).where(ResearcherRow.id == revived).values(living))
    session.execute(update(ResearcherMergeRow).where(ResearcherMergeRow.id == merge.id).values(split_at=now))
    _repoint(session, revived, owner)
    for other in {owner, kept}:
        say_distinct(session, other, revived, now)


def find_merge(session: Session, number: int) -> ResearcherMerge | None:
    """Give one merge."""
    row = session.get(ResearcherMergeRow, number, populate_existing=True)
    return None if row is None else _from_row(row)


def list_merges(session: Session, limit: int, researcher_id: ResearcherId | None = None) -> list[ResearcherMerge]:
    """Give the newest merges, of all or of one record, newest first."""
    row = ResearcherMergeRow
    query = select(row).order_by(row.id.desc()).limit(limit)
    if researcher_id is not None:
        query = query.where((row.researcher_id == researcher_id) | (row.absorbed_id == researcher_id))
    return list(map(_from_row, session.scalars(query.execution_options(populate_existing=True))))


def _move_ids(
    session: Session, from_id: ResearcherId, to_id: ResearcherId, only: Iterable[PersonId] | None = None
) -> tuple[PersonId, ...]:
    row = ResearcherIdRow
    known = session.execute(select(row.scheme, row.value).where(row.researcher_id == from_id)).all()
    ids = [PersonId(PersonScheme(scheme), value) for scheme, value in known]
    moved = tuple(sorted(ids if only is None else set(ids) & set(only)))
    for each in moved:
        of = (row.scheme == each.scheme.value) & (row.value == each.value)
        session.execute(update(row).where(of).values(researcher_id=to_id))
    return moved


def _repoint(session: Session, revived: ResearcherId, owner: ResearcherId) -> None:
    """Let the records that a revived one had taken in lead to it again."""
    waiting, row, merge = [revived], ResearcherRow, ResearcherMergeRow
    while waiting:
        query = select(merge.absorbed_id).where(merge.researcher_id == waiting.pop(), merge.split_at.is_(None))
        taken_in = [ResearcherId(number) for number in session.scalars(query)]
        pointing = update(row).where(row.id.in_(taken_in), row.merged_into == owner)
        session.execute(pointing.values(merged_into=revived))
        waiting += taken_in


def _find_owner(session: Session, researcher_id: ResearcherId) -> ResearcherId:
    """Give the row that has what a record took in, after later merges."""
    number = session.scalar(select(ResearcherRow.merged_into).where(ResearcherRow.id == researcher_id))
    return researcher_id if number is None else ResearcherId(number)


def _from_row(row: ResearcherMergeRow) -> ResearcherMerge:
    moved: dict[str, Any] = row.moved
    parts = (each.partition(":") for each in moved["ids"])
    return ResearcherMerge(
        id=row.id,
        researcher_id=ResearcherId(row.researcher_id),
        absorbed_id=ResearcherId(row.absorbed_id),
        evidence=row.evidence,
        ids=tuple(PersonId(PersonScheme(scheme), value) for scheme, _, value in parts),
        papers=tuple(map(PaperId, moved["papers"])),
        follows=tuple(moved["follows"]),
        kept=_RESEARCHER.validate_python(moved["kept"]),
        merged_at=row.merged_at,
        split_at=row.split_at,
    )
