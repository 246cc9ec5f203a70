"""Source runs and cursors: what each attempt brought, and where the next one starts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from digest.intake import admit
from digest.model import Batch, Cursor, RunState, SourceRun
from digest.storage.announcements import add_announcements, lock_stream
from digest.storage.papers import save_papers
from digest.storage.tables import SourceCursorRow, SourceRunRow

ANSWERED = frozenset({RunState.FRESH, RunState.QUIET, RunState.HOLIDAY, RunState.STALE, RunState.PARTIAL})


@dataclass(frozen=True, slots=True)
class Stored:
    """What of a batch was new to us."""

    papers: int
    announcements: int


def save_batch(session: Session, batch: Batch, now: datetime, *, keeps_cursor: bool = False) -> Stored:
    """Store papers, announcements and cursor of a batch, all or nothing; storing it twice changes nothing."""
    lock_stream(session)
    papers = [admit(paper) for paper in batch.papers]
    rows = save_papers(session, papers, now)
    announced = add_announcements(session, batch.announcements, rows, now)
    if not keeps_cursor:
        save_cursor(session, batch.source, batch.cursor)
    return Stored(papers=len(set(rows.values())), announcements=announced)


def find_cursor(session: Session, source: str) -> Cursor:
    """Give where the source stopped; the empty cursor if it never ran."""
    row = session.get(SourceCursorRow, source)
    if row is None:
        return Cursor()
    return Cursor(
        etag=row.etag,
        last_modified=row.last_modified,
        batch_ids=frozenset(row.batch_ids),
        batch_on=row.batch_on,
        fetched_at=row.fetched_at,
    )


def save_cursor(session: Session, source: str, cursor: Cursor) -> None:
    """Remember where the source stopped."""
    session.merge(
        SourceCursorRow(
            source=source,
            etag=cursor.etag,
            last_modified=cursor.last_modified,
            batch_ids=sorted(cursor.batch_ids),
            batch_on=cursor.batch_on,
            fetched_at=cursor.fetched_at,
        )
    )


def record_run(session: Session, run: SourceRun) -> None:
    """Append a run to the history."""
    values = {column: getattr(run, column) for column in SourceRun.__dataclass_fields__}
    session.execute(insert(SourceRunRow).values(values | {"state": run.state.value, "detail": run.detail[:2000]}))


def list_latest_runs(session: Session) -> tuple[SourceRun, ...]:
    """Give the last run of each source, by name."""
    return tuple(map(_from_row, _latest(session)))


def list_last_answers(session: Session) -> dict[str, datetime]:
    """Give when each source last answered with something readable."""
    states = [state.value for state in ANSWERED]
    query = select(SourceRunRow.source, func.max(SourceRunRow.id)).where(SourceRunRow.state.in_(states))
    newest = [run_id for _, run_id in session.execute(query.group_by(SourceRunRow.source))]
    rows = session.scalars(select(SourceRunRow).where(SourceRunRow.id.in_(newest)))
    return {row.source: row.ended_at for row in rows}


def _latest(session: Session) -> Iterable[SourceRunRow]:
    newest = select(func.max(SourceRunRow.id)).group_by(SourceRunRow.source)
    return session.scalars(select(SourceRunRow).where(SourceRunRow.id.in_(newest)).order_by(SourceRunRow.source))


def _from_row(row: SourceRunRow) -> SourceRun:
    return SourceRun(
        source=row.source,
        started_at=row.started_at,
        ended_at=row.ended_at,
        state=RunState(row.state),
        papers=row.papers,
        announcements=row.announcements,
        announced_count=row.announced_count,
        detail=row.detail,
    )
