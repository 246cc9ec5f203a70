"""Reads whose turn it is: which sources are to be asked now, and which owe the batch of today."""

from collections.abc import Sequence
from datetime import datetime

from digest.sources import Source
from digest.sources.timetable import is_complete
from digest.storage import runs
from subscribers.db import Database


def list_due(database: Database, sources: Sequence[Source], now: datetime) -> list[Source]:
    """Give the sources whose time to be asked has come; one that never ran is due."""
    with database.reading() as session:
        due_at = {run.source: run.due_at for run in runs.list_latest_runs(session)}
    return [source for source in sources if (at := due_at.get(source.name)) is None or at <= now]


def list_late(database: Database, sources: Sequence[Source], now: datetime) -> tuple[str, ...]:
    """Give the names of the sources whose latest expected batch is not there in full."""
    with database.reading() as session:
        complete = runs.list_complete(session)
    return tuple(source.name for source in sources if not is_complete(source.rhythm, complete.get(source.name), now))
