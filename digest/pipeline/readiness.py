"""Reads whose turn it is: which sources are to be asked now, and which owe the batch of today."""

from collections.abc import Sequence
from datetime import datetime

from digest.model import SourceRun
from digest.model.watch import CLOCK_SLACK
from digest.sources import Source
from digest.sources.timetable import is_complete
from digest.storage import run_history, runs
from subscribers.db import Database


def list_due(database: Database, sources: Sequence[Source], now: datetime) -> list[Source]:
    """Give the sources whose time to be asked has come; one that never ran is due.

    So is one whose last run is of the future: the clock was put back, and its timetable with it.
    """
    with database.reading() as session:
        latest = {run.source: run for run in runs.list_latest_runs(session)}
    return [source for source in sources if _is_due(latest.get(source.name), now)]


def is_due(database: Database, source: Source, now: datetime) -> bool:
    """Whether the time to ask this source has come."""
    with database.reading() as session:
        last = run_history.list_recent_runs(session, source.name, 1, now)
    return _is_due(last[0] if last else None, now)


def list_late(database: Database, sources: Sequence[Source], now: datetime) -> tuple[str, ...]:
    """Give the names of the sources whose latest expected batch is not there in full."""
    with database.reading() as session:
        complete = runs.list_complete(session)
    return tuple(source.name for source in sources if not is_complete(source.rhythm, complete.get(source.name), now))


def _is_due(last: SourceRun | None, now: datetime) -> bool:
    return last is None or last.due_at is None or last.due_at <= now or last.ended_at > now + CLOCK_SLACK
