"""Which papers are whose: authorships, by researcher and by paper."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from digest.model import Authorship, PaperId, ResearcherId, Standing
from digest.storage.people_tables import AuthorshipRow
from digest.storage.tables import PaperAuthorRow
from subscribers.store.rows import chunks

_THEIRS = tuple(standing.value for standing in Standing if standing.is_theirs)
_SETTLED = tuple(standing.value for standing in Standing if standing.is_settled)
# By how much they weigh where two rows become one: people before services before evidence.
_WEIGHTS = {
    Standing.CONFIRMED: 6,
    Standing.REJECTED: 5,
    Standing.STATED: 4,
    Standing.SURE: 3,
    Standing.POSSIBLE: 2,
    Standing.UNLIKELY: 1,
}


def save_authorships(session: Session, found: Iterable[Authorship], now: datetime) -> None:
    """Write down whose papers these are, in the place of what was thought before."""
    row = AuthorshipRow
    for chunk in chunks(found):
        rows: dict[ResearcherId, set[PaperId]] = defaultdict(set)
        for each in chunk:
            rows[each.researcher_id].add(each.paper_id)
        for who, theirs in rows.items():
            session.execute(delete(row).where(row.researcher_id == who, row.paper_id.in_(theirs)))
        session.execute(insert(row), [_to_columns(each, now) for each in chunk])


def list_of_researchers(
    session: Session, researcher_ids: Iterable[ResearcherId], standings: Collection[Standing] = tuple(Standing)
) -> dict[ResearcherId, list[Authorship]]:
    """Give the papers of these people, by how they stand; by paper id."""
    found: dict[ResearcherId, list[Authorship]] = defaultdict(list)
    wanted = [standing.value for standing in standings]
    for chunk in chunks(researcher_ids):
        query = select(AuthorshipRow).where(AuthorshipRow.researcher_id.in_(chunk), AuthorshipRow.standing.in_(wanted))
        for row in _scan(session, query.order_by(AuthorshipRow.paper_id)):
            found[row.researcher_id].append(row)
    return found


def list_of_papers(session: Session, paper_ids: Iterable[PaperId]) -> dict[PaperId, list[Authorship]]:
    """Give whose these papers are, or may be, by paper."""
    found: dict[PaperId, list[Authorship]] = defaultdict(list)
    for chunk in chunks(paper_ids):
        query = select(AuthorshipRow).where(AuthorshipRow.paper_id.in_(chunk))
        for row in _scan(session, query.order_by(AuthorshipRow.position, AuthorshipRow.researcher_id)):
            found[row.paper_id].append(row)
    return found


def find_authorship(session: Session, researcher_id: ResearcherId, paper_id: PaperId) -> Authorship | None:
    """Give how it stands between a researcher and a paper; None if nothing was ever thought of it."""
    query = select(AuthorshipRow).where(_is_of(researcher_id, paper_id))
    return next(iter(_scan(session, query)), None)


def count_theirs(session: Session, researcher_ids: Iterable[ResearcherId]) -> dict[ResearcherId, int]:
    """Count the papers that are each one's own."""
    counts: dict[ResearcherId, int] = {}
    for chunk in chunks(researcher_ids):
        query = select(AuthorshipRow.researcher_id, func.count()).where(AuthorshipRow.researcher_id.in_(chunk))
        rows = session.execute(query.where(AuthorshipRow.standing.in_(_THEIRS)).group_by(AuthorshipRow.researcher_id))
        counts.update((ResearcherId(number), count) for number, count in rows)
    return counts


def drop(session: Session, researcher_id: ResearcherId, paper_id: PaperId) -> None:
    """Forget how it stands between a researcher and a paper, whoever said so."""
    session.execute(delete(AuthorshipRow).where(_is_of(researcher_id, paper_id)))


def drop_unsettled(session: Session, researcher_id: ResearcherId) -> int:
    """Forget what evidence alone gave for a researcher, before it is weighed anew; give how many."""
    row = AuthorshipRow
    dropped = delete(row).where(row.researcher_id == researcher_id, row.standing.not_in(_SETTLED))
    return len(session.scalars(dropped.returning(row.paper_id)).all())


def move_authorships(
    session: Session, from_id: ResearcherId, to_id: ResearcherId, paper_ids: Collection[PaperId] | None = None
) -> tuple[PaperId, ...]:
    """Give a researcher's papers, or some of them, to another; give those moved. What both have stays once."""
    row = AuthorshipRow
    theirs = {each.paper_id: each for each in list_of_researchers(session, [to_id])[to_id]}
    moved: list[PaperId] = []
    for each in list_of_researchers(session, [from_id])[from_id]:
        if paper_ids is not None and each.paper_id not in paper_ids:
            continue
        known = theirs.get(each.paper_id)
        if known is not None and _WEIGHTS[known.standing] >= _WEIGHTS[each.standing]:
            session.execute(delete(row).where(_is_of(from_id, each.paper_id)))
            continue
        session.execute(delete(row).where(_is_of(to_id, each.paper_id)))
        session.execute(update(row).where(_is_of(from_id, each.paper_id)).values(researcher_id=to_id))
        moved.append(each.paper_id)
    return tuple(moved)


def take_from(session: Session, paper_id: PaperId) -> list[Authorship]:
    """Give what is known of the authors of a paper that is given up, and forget it."""
    known = list_of_papers(session, [paper_id])[paper_id]
    session.execute(delete(AuthorshipRow).where(AuthorshipRow.paper_id == paper_id))
    return known


def add_weightier(session: Session, found: Iterable[Authorship], paper_id: PaperId, now: datetime) -> None:
    """Write these down for a paper, where nothing weightier is known of it and the same person."""
    known = {each.researcher_id: each for each in list_of_papers(session, [paper_id])[paper_id]}
    save_authorships(session, [each for each in found if _is_weightier(each, known.get(each.researcher_id))], now)


def find_compatible_papers(session: Session, keys: Iterable[str]) -> list[PaperId]:
    """Give the papers that have an author with one of these block keys, oldest first."""
    found: set[int] = set()
    for chunk in chunks(keys):
        found.update(session.scalars(select(PaperAuthorRow.paper_id).where(PaperAuthorRow.block_key.in_(chunk))))
    return [PaperId(paper_id) for paper_id in sorted(found)]


def _scan(session: Session, query: Any) -> Iterable[Authorship]:
    for row in session.scalars(query.execution_options(populate_existing=True)):
        yield Authorship(
            researcher_id=ResearcherId(row.researcher_id),
            paper_id=PaperId(row.paper_id),
            position=row.position,
            standing=Standing(row.standing),
            probability=row.probability,
            evidence=tuple(row.evidence),
        )


def _is_weightier(one: Authorship, other: Authorship | None) -> bool:
    return other is None or _WEIGHTS[one.standing] > _WEIGHTS[other.standing]


def _is_of(researcher_id: ResearcherId, paper_id: PaperId) -> ColumnElement[bool]:
    return (AuthorshipRow.researcher_id == researcher_id) & (AuthorshipRow.paper_id == paper_id)


def _to_columns(each: Authorship, now: datetime) -> dict[str, Any]:
    return {
        "researcher_id": each.researcher_id,
        "paper_id": each.paper_id,
        "position": each.position,
        "standing": each.standing.value,
        "probability": round(each.probability, 4),
        "evidence": list(each.evidence),
        "judged_at": now,
    }
