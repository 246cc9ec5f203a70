"""The history of source runs, as far back as people look: the last runs of a source and the moments that stand out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from digest.model import RunState, SourceRun
from digest.model.watch import CLOCK_SLACK, GOOD_STATES, SourceRecord
from digest.storage.runs import ANSWERED, read_row
from digest.storage.tables import SourceCursorRow, SourceRunRow

# How far back a streak of good or bad runs is followed: a source that was always good has years of them.
HORIZON = timedelta(days=60)
_NEWEST_FIRST = (SourceRunRow.started_at.desc(), SourceRunRow.id.desc())


def read_record(session: Session, source: str, depth: int, now: datetime) -> SourceRecord:
    """Give how a source has been doing, with its last `depth` runs. What the future is said to hold is left out."""
    recent = list_recent_runs(session, source, depth, now)
    if not recent:
        return SourceRecord(source=source)
    history = _History(session, source, now, recent, is_whole=len(recent) < depth)
    answer, good = history.find_last(ANSWERED), history.find_last(GOOD_STATES)
    cursor = session.get(SourceCursorRow, source)
    return SourceRecord(
        source=source,
        runs=recent,
        last_answer_at=answer.ended_at if answer else None,
        last_good_at=good.ended_at if good else None,
        streak_since=history.find_streak(),
        last_fresh=history.find_last({RunState.FRESH}),
        complete_on=cursor.complete_on if cursor else None,
    )


def list_recent_runs(session: Session, source: str, limit: int, now: datetime) -> tuple[SourceRun, ...]:
    """Give the last runs of a source, oldest first."""
    rows = session.scalars(_until(source, now).order_by(*_NEWEST_FIRST).limit(limit)).all()
    return tuple(map(read_row, reversed(rows)))


def find_first_run_at(session: Session, source: str, since: datetime) -> datetime | None:
    """Give when a source was first asked at or after a moment."""
    after = _of(source).where(SourceRunRow.started_at >= since)
    row = session.scalar(after.order_by(SourceRunRow.started_at).limit(1))
    return row.started_at if row else None


def list_remarks(session: Session, source: str, since: datetime) -> list[str]:
    """Give what the answered runs since a moment had to say, oldest first."""
    after = _of(source).where(SourceRunRow.started_at >= since, SourceRunRow.detail != "", _is_in(ANSWERED))
    return [row.detail for row in session.scalars(after.order_by(SourceRunRow.started_at))]


def list_bad_days(session: Session, since: datetime) -> list[SourceRun]:
    """Give the last run of each source and day (UTC) since a moment if it did not end well, oldest first."""
    after = select(SourceRunRow).where(SourceRunRow.started_at >= since).order_by(SourceRunRow.id)
    last = {(row.source, row.started_at.date()): row for row in session.scalars(after)}
    runs = map(read_row, sorted(last.values(), key=lambda row: row.started_at))
    return [run for run in runs if run.state not in GOOD_STATES]


@dataclass(frozen=True, slots=True)
class _History:
    """The runs of a source: the recent ones, which answer most questions, and behind them the table."""

    session: Session
    source: str
    now: datetime
    recent: tuple[SourceRun, ...]
    is_whole: bool

    def find_last(self, states: Collection[RunState]) -> SourceRun | None:
        """Give the last run that ended in one of these states."""
        known = next((run for run in reversed(self.recent) if run.state in states), None)
        if known or self.is_whole:
            return known
        query = _until(self.source, self.now).where(_is_in(states)).order_by(*_NEWEST_FIRST)
        row = self.session.scalar(query.limit(1))
        return read_row(row) if row else None

    def find_streak(self) -> datetime:
        """Find when the first run began that ended as well, or as badly, as all after it."""
        is_good = self.recent[-1].state in GOOD_STATES
        alike = list(takewhile(lambda run: (run.state in GOOD_STATES) is is_good, reversed(self.recent)))
        if self.is_whole or len(alike) < len(self.recent):
            return alike[-1].started_at
        return self._find_long_streak(is_good=is_good) or alike[-1].started_at

    def _find_long_streak(self, *, is_good: bool) -> datetime | None:
        wanted = _is_in(GOOD_STATES) if is_good else ~_is_in(GOOD_STATES)
        within = _until(self.source, self.now).where(SourceRunRow.started_at >= self.recent[-1].started_at - HORIZON)
        border = self.session.scalar(within.where(~wanted).order_by(*_NEWEST_FIRST).limit(1))
        streak = within.where(_is_after(border)) if border else within
        first = self.session.scalar(streak.order_by(SourceRunRow.started_at, SourceRunRow.id).limit(1))
        return first.started_at if first else None


def _is_after(border: SourceRunRow) -> ColumnElement[bool]:
    same = (SourceRunRow.started_at == border.started_at) & (SourceRunRow.id > border.id)
    return (SourceRunRow.started_at > border.started_at) | same


def _until(source: str, now: datetime) -> Select[SourceRunRow]:
    return _of(source).where(SourceRunRow.started_at <= now + CLOCK_SLACK)


def _of(source: str) -> Select[SourceRunRow]:
    return select(SourceRunRow).where(SourceRunRow.source == source)


def _is_in(states: Collection[RunState]) -> ColumnElement[bool]:
    return SourceRunRow.state.in_([state.value for state in states])
