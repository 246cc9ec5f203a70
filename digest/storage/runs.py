"""Source runs and cursors: what each attempt brought, and where the next one starts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from digest.events import USUAL_RULES, EventRules, note_withdrawal
from digest.intake import admit
from digest.model import Batch, Cursor, PaperId, PastBatch, RunState, SourceRun
from digest.storage import bylines
from digest.storage.announcements import lock_stream
from digest.storage.merges import list_distinct, record_merges
from digest.storage.news import announce
from digest.storage.papers import Saved, save_papers
from digest.storage.tables import SourceCursorRow, SourceRunRow

ANSWERED = frozenset({RunState.FRESH, RunState.QUIET, RunState.HOLIDAY, RunState.STALE, RunState.PARTIAL})


MOST_WARNINGS = 20  # more of one batch have one cause


@dataclass(frozen=True, slots=True)
class Stored:
    """What of a batch was new to us, how many records were joined, and what was odd about them."""

    papers: int
    announcements: int
    merged: int = 0
    warnings: tuple[str, ...] = ()


def save_batch(
    session: Session, batch: Batch, now: datetime, *, keeps_cursor: bool = False, rules: EventRules = USUAL_RULES
) -> Stored:
    """Store papers, announcements, events and cursor of a batch, all or nothing; storing it twice changes nothing."""
    lock_stream(session)
    papers = [note_withdrawal(admit(paper)) for paper in batch.papers]
    saved = save_papers(session, papers, now, batch.source, list_distinct(session))
    bylines.realign(session, [(each.paper_id, each.before, each.after) for each in saved.changes if each.before], now)
    merged = record_merges(session, saved.joinings, batch.source, now)
    bylines.note_unjudged(session, _list_unannounced(batch, saved))
    news = announce(session, batch, saved, rules, now)
    if not keeps_cursor:
        save_cursor(session, batch.source, batch.cursor)
    lost = f"{news.lost} announcements are about papers that did not come with them; they are left out"
    return Stored(
        papers=len({saved.rows[paper.ids[0]] for paper in papers if paper.ids}),
        announcements=news.announcements,
        merged=merged,
        warnings=_shorten([*saved.warnings, *([lost] if news.lost else ())]),
    )


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
        is_empty=row.is_empty,
        complete_on=row.complete_on,
        position=row.position,
        history=tuple(map(_to_past_batch, row.history or ())),
    )


def list_complete(session: Session) -> dict[str, date | None]:
    """Give for each source that was ever read the last day whose batch came whole."""
    rows = session.execute(select(SourceCursorRow.source, SourceCursorRow.complete_on))
    return {source: complete_on for source, complete_on in rows}  # noqa: C416 -- rows are no tuples


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
            is_empty=cursor.is_empty,
            complete_on=cursor.complete_on,
            position=cursor.position,
            history=[asdict(batch) | {"on": batch.on.isoformat()} for batch in cursor.history],
        )
    )


def record_run(session: Session, run: SourceRun) -> None:
    """Append a run to the history."""
    values = {column: getattr(run, column) for column in SourceRun.__dataclass_fields__}
    session.execute(insert(SourceRunRow).values(values | {"state": run.state.value, "detail": run.detail[:2000]}))


def count_failures(session: Session, source: str, limit: int = 20) -> int:
    """Count the runs of a source that failed one after the other up to now."""
    query = select(SourceRunRow.state).where(SourceRunRow.source == source).order_by(SourceRunRow.id.desc())
    answered = (RunState(state) in ANSWERED for state in session.scalars(query.limit(limit)))
    return sum(1 for _ in takewhile(lambda is_answer: not is_answer, answered))


def list_latest_runs(session: Session) -> tuple[SourceRun, ...]:
    """Give the last run of each source, by name."""
    return tuple(map(read_row, _latest(session)))


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


def read_row(row: SourceRunRow) -> SourceRun:
    """Give a run as it was recorded."""
    return SourceRun(
        source=row.source,
        started_at=row.started_at,
        ended_at=row.ended_at,
        state=RunState(row.state),
        papers=row.papers,
        announcements=row.announcements,
        announced_count=row.announced_count,
        detail=row.detail,
        due_at=row.due_at,
    )


def _list_unannounced(batch: Batch, saved: Saved) -> Iterator[PaperId]:
    """Give the new papers that come without an announcement: whoever works off the stream will not meet them."""
    announced = {saved.rows.get(each.paper) for each in batch.announcements}
    return (each.paper_id for each in saved.changes if each.before is None and each.paper_id not in announced)


def _shorten(warnings: Sequence[str]) -> tuple[str, ...]:
    more = len(warnings) - MOST_WARNINGS
    return (*warnings[:MOST_WARNINGS], f"and {more} more of this kind") if more > 0 else tuple(warnings)


def _to_past_batch(stored: dict[str, Any]) -> PastBatch:
    return PastBatch(**{**stored, "on": date.fromisoformat(stored["on"])})
