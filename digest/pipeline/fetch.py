"""Acts: reads each source, stores what came and records how the run ended. One bad source never stops the others."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from digest.errors import SourceError
from digest.model import Batch, Cursor, RunState, SourceRun
from digest.sources import Source
from digest.sources.http.client import Http
from digest.sources.judgement import state_of
from digest.storage import runs
from digest.storage.runs import Stored
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()

Clock = Callable[[], datetime]
OnRun = Callable[[SourceRun], None]


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


async def fetch_all(
    database: Database,
    sources: Sequence[Source],
    http: Http,
    clock: Clock,
    *,
    on_run: OnRun = lambda _run: None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> FetchReport:
    """Read every source, one after the other: politeness matters more than the seconds saved."""
    done: list[SourceRun] = []
    for source in sources:
        if is_stopping():
            break
        run = await fetch_one(database, source, http, clock)
        done.append(run)
        on_run(run)
    return FetchReport(tuple(done))


async def fetch_one(database: Database, source: Source, http: Http, clock: Clock) -> SourceRun:
    """Read one source since its cursor, store the batch, record the run."""
    started_at = clock()
    try:
        since = await asyncio.to_thread(_find_cursor, database, source.name)
        batch = await source.fetch(since, http, started_at)
        stored = await asyncio.to_thread(store_batch, database, batch, clock())
    except SourceError as error:
        run = _failed_run(source.name, started_at, clock(), state_of(error), str(error))
    except DatabaseUnavailable:  # no fault of the source, and nothing can be written down about it
        raise
    except Exception as error:  # the one catch-all of this loop: a faulty source must not stop the others
        log.exception("source_crashed", source=source.name)
        run = _failed_run(source.name, started_at, clock(), RunState.BROKEN, f"{type(error).__name__}: {error}")
    else:
        run = finished_run(batch, stored, started_at, clock())
    await asyncio.to_thread(_record_run, database, run)
    log.info("source_run", source=run.source, state=run.state, papers=run.papers, announcements=run.announcements)
    return run


def store_batch(database: Database, batch: Batch, now: datetime) -> Stored:
    """Store one batch in one transaction."""
    with database.writing() as session:
        return runs.save_batch(session, batch, now)


def _find_cursor(database: Database, source: str) -> Cursor:
    with database.reading() as session:
        return runs.find_cursor(session, source)


def _record_run(database: Database, run: SourceRun) -> None:
    with database.writing() as session:
        runs.record_run(session, run)


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
        detail="; ".join(batch.warnings),
    )
