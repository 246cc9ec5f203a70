"""Sources that exist only by name and rhythm, and runs of them put straight into a database."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from digest.model import Batch, Cursor, Parsed, RunState, SourceRun
from digest.sources.http.client import Http
from digest.sources.rhythm import Pattern, Rhythm
from digest.storage import runs
from subscribers.db import Database

# One batch a day at 05:00 UTC, Monday to Friday, and eight hours of patience.
DAILY = Rhythm(
    pattern=Pattern.BATCH,
    is_working=lambda day: day.weekday() < 5,
    ready_at=time(5),
    patience=timedelta(hours=8),
)


@dataclass(frozen=True)
class NamedSource:
    """A source that is looked at and never asked."""

    name: str
    rhythm: Rhythm = DAILY

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        raise NotImplementedError

    def parse(self, body: bytes) -> Parsed:
        raise NotImplementedError


def record_run(database: Database, source: str, state: RunState, at: datetime, **fields: Any) -> None:
    """Write a run down; `complete_on` moves the cursor too."""
    complete_on: date | None = fields.pop("complete_on", None)
    run = SourceRun(
        source=source,
        started_at=at,
        ended_at=at + timedelta(seconds=2),
        state=state,
        **({"due_at": at + timedelta(days=9)} | fields),
    )
    with database.writing() as session:
        runs.record_run(session, run)
        if complete_on:
            runs.save_cursor(session, source, Cursor(complete_on=complete_on, fetched_at=at))
