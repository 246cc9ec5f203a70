"""The history of source runs, as far back as people look: the last runs of a source and the moments that stand out."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from digest.model import RunState, SourceRun
from digest.model.watch import GOOD_STATES, SourceRecord
from digest.storage.runs import ANSWERED
from digest.storage.tables import SourceCursorRow, SourceRunRow

# How far back a streak of good or bad runs is followed: a source that was always good has years of them.
HORIZON = timedelta(days=60)
_NEWEST_FIRST = (SourceRunRow.started_at.desc(), SourceRunRow.id.desc())


def read_record(session: Session, source: str, depth: int) -> SourceRecord:
    """Give how a source has been doing, with its last `depth` runs."""
    runs = list_recent_runs(session, source, depth)
    if not runs:
        return SourceRecord(source=source)
    answer = find_last(session, source, ANSWERED)
    good = find_last(session, source, GOOD_STATES)
    first = session.scalar(_of(source).order_by(SourceRunRow.started_at, SourceRunRow.id).limit(1))
    cursor = session.get(SourceCursorRow, source)
    return SourceRecord(
        source=source,
        runs=runs,
        first_run_at=first.started_at if first else None,
        last_answer_at=answer.ended_at if answer else None,
        last_good_at=good.ended_at if good else None,
        streak_since=_find_streak(session, runs[-1]),
        last_fresh=find_last(session, source, {RunState.FRESH}),
        complete_on=cursor.complete_on if cursor else None,
    )


def list_recent_runs(session: Session, source: str, limit: int) -> tuple[SourceRun, ...]:
    """Give the last runs of a source, oldest first."""
    rows = session.scalars(_of(source).order_by(*_NEWEST_FIRST).limit(limit)).all()
    return tuple(map(_from_row, reversed(rows)))


def find_last(session: Session, source: str, states: Collection[RunState]) -> SourceRun | None:
    """Give the last run that ended in one of these states."""
    row = session.scalar(_of(source).where(_is_in(states)).order_by(*_NEWEST_FIRST).limit(1))
    return _from_row(row) if row else None


def find_first_run_at(session: Session, source: str, since: datetime) -> datetime | None:
    """Give when a source was first asked at or after a moment."""
    after = _of(source).where(SourceRunRow.started_at >= since)
    row = session.scalar(after.order_by(SourceRunRow.started_at).limit(1))
    return row.started_at if row else None


def list_remarks(session: Session, source: str, since: datetime) -> list[str]:
    """Give what the answered runs since a moment had to say, oldest first."""
    after = _of(source).where(SourceRunRow.started_at >= since, SourceRunRow.detail != "", _is_in(ANSWERED))
    return [row.detail for row in session.scalars(after.order_by(SourceRunRow.started_at))]


def _find_streak(session: Session, last: SourceRun) -> datetime | None:
    """Find the first run after the last one that ended the other way, good or bad."""
    is_good = _is_in(GOOD_STATES)
    is_other = ~is_good if last.state in GOOD_STATES else is_good
    recent = _of(last.source).where(SourceRunRow.started_at >= last.started_at - HORIZON)
    border = session.scalar(recent.where(is_other).order_by(*_NEWEST_FIRST).limit(1))
    streak = recent.where(_is_after(border)) if border else recent
    first = session.scalar(streak.order_by(SourceRunRow.started_at, SourceRunRow.id).limit(1))
    return first.started_at if first else None


def _is_after(border: SourceRunRow) -> ColumnElement[bool]:
    same = (SourceRunRow.started_at == border.started_at) & (SourceRunRow.id > border.id)
    return (SourceRunRow.started_at > border.started_at) | same


def _of(source: str) -> Select[SourceRunRow]:
    return select(SourceRunRow).where(SourceRunRow.source == source)


def _is_in(states: Collection[RunState]) -> ColumnElement[bool]:
    return SourceRunRow.state.in_([state.value for state in states])


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
        due_at=row.due_at,
    )
