"""Acts: reads each source, stores what came and records how the run ended. One bad source never stops the others."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from digest.errors import SourceError
from digest.events import USUAL_RULES, EventRules
from digest.model import Batch, Cursor, RunState, SourceRun
from digest.model.watch import CLOCK_SLACK
from digest.pipeline.readiness import is_due
from digest.pipeline.turns import SharedTurns
from digest.sources import Source
from digest.sources.http.client import Http
from digest.sources.judgement import state_of
from digest.sources.timetable import due_after, due_after_failure
from digest.storage import runs
from digest.storage.runs import Stored
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()

Clock = Callable[[], datetime]
OnRun = Callable[[SourceRun], None]

EVERY = timedelta(minutes=30)
# Sources read side by side. A host is asked by one at a time whatever this says; one that is slow holds up nobody else.
AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class FetchReport:
    """How each source run ended."""

    runs: tuple[SourceRun, ...]

    @property
    def announcements(self) -> int:
        """Count what was new."""
        return sum(run.announcements for run in self.runs)

    @property
    def failed(self) -> tuple[SourceRun, ...]:
        """Give the runs that brought nothing because something is wrong."""
        return tuple(run for run in self.runs if run.state not in runs.ANSWERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading needs. `every` is the pause after which a batch that is not there yet is asked for again."""

    database: Database
    http: Http
    clock: Clock
    every: timedelta = EVERY
    rules: EventRules = USUAL_RULES


async def fetch_all(
    reading: Reading,
    sources: Sequence[Source],
    *,
    on_run: OnRun = lambda _run: None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> FetchReport:
    """Read every source, whatever its timetable says. Raises DatabaseUnavailable once all that began has ended."""
    return await _fetch_each(lambda source: fetch_one(reading, source), sources, on_run, is_stopping)


async def fetch_due(
    reading: Reading,
    sources: Sequence[Source],
    *,
    on_run: OnRun = lambda _run: None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> FetchReport:
    """Read the sources whose time has come, each in one of the processes on this database. Raises as `fetch_all`."""
    turns = SharedTurns(reading.database)

    async def fetch_if_still_due(source: Source) -> SourceRun | None:
        async with turns.hold(f"source:{source.name}") as is_ours:
            # Another process may have read it since we looked.
            if is_ours and await asyncio.to_thread(is_due, reading.database, source, reading.clock()):
                return await fetch_one(reading, source)
            return None

    return await _fetch_each(fetch_if_still_due, sources, on_run, is_stopping)


async def fetch_one(reading: Reading, source: Source) -> SourceRun:
    """Read one source since its cursor, store the batch, record the run and when to ask again."""
    started_at = reading.clock()
    retry_after: timedelta | None = None
    due_at: datetime | None = None
    try:
        since = await asyncio.to_thread(_find_cursor, reading.database, source.name, started_at)
        batch = await source.fetch(since, reading.http, started_at)
        stored = await asyncio.to_thread(store_batch, reading.database, batch, reading.clock(), reading.rules)
    except SourceError as error:
        retry_after = error.retry_after
        run = _failed_run(source.name, started_at, reading.clock(), state_of(error), str(error))
    except DatabaseUnavailable:  # no fault of the source, and nothing can be written down about it
        raise
    except Exception as error:  # the one catch-all of this loop: a faulty source must not stop the others
        log.exception("source_crashed", source=source.name)
        run = _failed_run(source.name, started_at, reading.clock(), RunState.BROKEN, f"{type(error).__name__}: {error}")
    else:
        run = finished_run(batch, stored, started_at, reading.clock())
        due_at = due_after(batch, source.rhythm, reading.every, run.ended_at)
    run = await asyncio.to_thread(_record_run, reading.database, run, due_at, retry_after)
    log.info("source_run", source=run.source, state=run.state, papers=run.papers, announcements=run.announcements)
    return run


def store_batch(database: Database, batch: Batch, now: datetime, rules: EventRules = USUAL_RULES) -> Stored:
    """Store one batch in one transaction."""
    with database.writing() as session:
        return runs.save_batch(session, batch, now, rules=rules)


async def _fetch_each(
    fetch: Callable[[Source], Awaitable[SourceRun | None]],
    sources: Sequence[Source],
    on_run: OnRun,
    is_stopping: Callable[[], bool],
) -> FetchReport:
    gate, faults = asyncio.Semaphore(AT_ONCE), list[BaseException]()

    async def fetch_in_turn(source: Source) -> SourceRun | None:
        async with gate:
            if is_stopping() or faults:
                return None
            try:
                run = await fetch(source)
            except DatabaseUnavailable as fault:
                faults.append(fault)
                return None
            if run is not None:
                on_run(run)
            return run

    done = await asyncio.gather(*map(fetch_in_turn, sources))
    if faults:
        raise faults[0]
    return FetchReport(tuple(filter(None, done)))


def _find_cursor(database: Database, source: str, now: datetime) -> Cursor:
    """Give where the source stopped; if that is in the future, a clock was put back, and nothing of it holds."""
    with database.reading() as session:
        since = runs.find_cursor(session, source)
    return Cursor() if since.fetched_at and since.fetched_at > now + CLOCK_SLACK else since


def _record_run(
    database: Database, run: SourceRun, due_at: datetime | None, retry_after: timedelta | None
) -> SourceRun:
    """Write the run down; after a failure, the pause until the next one grows with the failures before it."""
    with database.writing() as session:
        if due_at is None:
            failures = runs.count_failures(session, run.source) + 1
            due_at = due_after_failure(run.source, failures, retry_after, run.ended_at)
        timed = replace(run, due_at=due_at)
        runs.record_run(session, timed)
        return timed


def _failed_run(source: str, started_at: datetime, ended_at: datetime, state: RunState, detail: str) -> SourceRun:
    return SourceRun(source=source, started_at=started_at, ended_at=ended_at, state=state, detail=detail)


def finished_run(batch: Batch, stored: Stored, started_at: datetime, ended_at: datetime) -> SourceRun:
    """Sum up a run that brought a batch."""
    return SourceRun(
        source=batch.source,
        started_at=started_at,
        ended_at=ended_at,
        state=batch.state,
        papers=stored.papers,
        announcements=stored.announcements,
        announced_count=batch.announced_count,
        detail="; ".join((*batch.warnings, *stored.warnings)),
    )
