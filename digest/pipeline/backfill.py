"""Acts: reads past days of a source again, and stores what is not there yet. What is known is not announced twice."""

import asyncio
from datetime import date

import structlog

from digest.errors import SourceError
from digest.model import Batch, RunState, SourceRun
from digest.pipeline.fetch import Reading
from digest.sources import Backfilling
from digest.sources.judgement import state_of
from digest.storage import runs
from digest.storage.runs import Stored
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()


async def backfill(reading: Reading, source: Backfilling, first: date, last: date) -> SourceRun:
    """Read the days from first to last. What came before a failure stays; the run says what became of it.

    The run is given, not recorded: the history of a source is about its present.
    """
    started_at, state, details = reading.clock(), RunState.QUIET, [f"back-fill of {first} to {last}"]
    papers = announcements = 0
    try:
        async for batch in source.backfill(first, last, reading.http, started_at):
            stored = await asyncio.to_thread(_store, reading, batch)
            papers, announcements = papers + stored.papers, announcements + stored.announcements
            details += [*batch.warnings, *stored.warnings]
    except SourceError as error:
        state = RunState.PARTIAL if papers else state_of(error)
        details.append(str(error))
    except DatabaseUnavailable:  # no fault of the source
        raise
    except Exception as error:  # the one catch-all of this loop: a faulty source must not stop the others
        log.exception("source_crashed", source=source.name)
        state = RunState.BROKEN
        details.append(f"{type(error).__name__}: {error}")
    else:
        state = RunState.FRESH if announcements else RunState.QUIET
    log.info("backfilled", source=source.name, state=state, papers=papers, announcements=announcements)
    return SourceRun(
        source=source.name,
        started_at=started_at,
        ended_at=reading.clock(),
        state=state,
        papers=papers,
        announcements=announcements,
        detail="; ".join(dict.fromkeys(details)),
    )


def _store(reading: Reading, batch: Batch) -> Stored:
    with reading.database.writing() as session:
        return runs.save_batch(session, batch, reading.clock(), keeps_cursor=True, rules=reading.rules)
