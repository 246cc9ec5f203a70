"""Repositories to look at: a link that appeared on a known paper is announced once somebody has seen what is there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from digest.model import Announcement, AnnouncementKind, PaperId
from digest.storage.announcements import add_announcements, find_known, lock_stream
from digest.storage.papers import find_living, load_papers
from digest.storage.tables import CodeCheckRow
from subscribers.store.rows import changed, chunks

MAX_URL = 500  # characters of the column


class CheckState(StrEnum):
    """What is known of a repository: nothing yet, that it holds something, or that we stopped looking."""

    WAITING = "waiting"
    FOUND = "found"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCheck:
    """A repository to look at, and how often nothing was found there."""

    paper_id: PaperId
    url: str
    source: str
    attempts: int
    next_attempt_at: datetime
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of looking: the state it is in now, when to look again, and why."""

    state: CheckState
    next_attempt_at: datetime
    is_attempt_counted: bool = True
    detail: str = ""


def add_code_checks(session: Session, links: Iterable[tuple[PaperId, str]], source: str, now: datetime) -> None:
    """Have repositories looked at, each once for a paper."""
    wanted = {(paper_id, url): None for paper_id, url in links if len(url) <= MAX_URL}
    known = {(row.paper_id, row.url) for row in _list_rows(session, {paper_id for paper_id, _ in wanted})}
    fresh = [
        {
            "paper_id": paper_id,
            "url": url,
            "source": source,
            "state": CheckState.WAITING.value,
            "attempts": 0,
            "next_attempt_at": now,
            "found_at": now,
            "detail": "",
        }
        for paper_id, url in wanted
        if (paper_id, url) not in known
    ]
    if fresh:
        session.execute(insert(CodeCheckRow), fresh)


def list_due_checks(session: Session, now: datetime, limit: int) -> list[CodeCheck]:
    """Give the repositories to look at now, the longest waiting first."""
    row = CodeCheckRow
    due = select(row).where(row.state == CheckState.WAITING.value, row.next_attempt_at <= now)
    return list(map(_from_row, session.scalars(due.order_by(row.next_attempt_at, row.paper_id).limit(limit))))


def record_verdict(session: Session, check: CodeCheck, verdict: Verdict, now: datetime) -> bool:
    """Write down what was seen, and announce a repository that holds something; whether it was announced.

    Of two processes that looked, or if the paper was merged meanwhile, only one finds the check as it was.
    """
    lock_stream(session)
    row = CodeCheckRow
    mine = update(row).where(row.paper_id == check.paper_id, row.url == check.url)
    mine = mine.where(row.state == CheckState.WAITING.value, row.attempts == check.attempts)
    values = {
        "state": verdict.state.value,
        "next_attempt_at": verdict.next_attempt_at,
        "attempts": check.attempts + verdict.is_attempt_counted,
        "detail": verdict.detail[:500],
    }
    is_mine = changed(session.execute(mine.values(values))) == 1
    return is_mine and verdict.state is CheckState.FOUND and _announce(session, check, now)


def move_checks(session: Session, merged: Sequence[tuple[PaperId, PaperId]]) -> None:
    """Give what waits for rows to the ones they were merged into."""
    kept_of = dict(merged)
    rows = _list_rows(session, {paper_id for pair in merged for paper_id in pair})
    taken = {(row.paper_id, row.url) for row in rows}
    for row in rows:
        place = _follow(row.paper_id, kept_of)
        if place == row.paper_id:
            continue
        same = (CodeCheckRow.paper_id == row.paper_id) & (CodeCheckRow.url == row.url)
        is_there = (place, row.url) in taken
        session.execute(
            delete(CodeCheckRow).where(same) if is_there else update(CodeCheckRow).where(same).values(paper_id=place)
        )
        taken.add((place, row.url))


def part_check(session: Session, paper_id: PaperId, from_id: PaperId, url: str) -> None:
    """Give a row the check of a repository that is its own."""
    row = CodeCheckRow
    session.execute(update(row).where(row.paper_id == from_id, row.url == url).values(paper_id=paper_id))


def _announce(session: Session, check: CodeCheck, now: datetime) -> bool:
    paper_id = find_living(session, check.paper_id)
    paper = load_papers(session, [paper_id]).get(paper_id) if paper_id else None
    if paper_id is None or paper is None or not paper.ids:
        return False
    announcement = Announcement(
        paper=paper.ids[0],
        kind=AnnouncementKind.CODE_RELEASED,
        detail=check.url,
        source=check.source,
        announced_on=now.date(),
        version=paper.version,
    )
    return add_announcements(session, [(paper_id, announcement)], find_known(session, [paper_id]), now) == 1


def _follow(paper_id: int, kept_of: dict[PaperId, PaperId]) -> int:
    while PaperId(paper_id) in kept_of:
        paper_id = kept_of[PaperId(paper_id)]
    return paper_id


def _list_rows(session: Session, paper_ids: Iterable[PaperId]) -> list[CodeCheckRow]:
    rows: list[CodeCheckRow] = []
    for chunk in chunks(paper_ids):
        rows += session.scalars(select(CodeCheckRow).where(CodeCheckRow.paper_id.in_(chunk)))
    return rows


def _from_row(row: CodeCheckRow) -> CodeCheck:
    return CodeCheck(
        paper_id=PaperId(row.paper_id),
        url=row.url,
        source=row.source,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        found_at=row.found_at,
    )
