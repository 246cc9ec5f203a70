"""Acts: reads how the configured sources have been doing, each with what its rhythm says is missing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from digest.model.watch import SourceRecord
from digest.pipeline.watch.trouble import find_missing_day
from digest.sources import Source
from digest.sources.rhythm import Rhythm
from digest.storage import run_history

STRIP = 14  # runs that a strip of states shows


def read_records(
    session: Session, sources: Iterable[Source], now: datetime, depth: int = STRIP
) -> dict[str, SourceRecord]:
    """Give the record of each source by name, in the order of the configuration."""
    return {source.name: read_record(session, source.name, source.rhythm, now, depth) for source in sources}


def read_record(session: Session, name: str, rhythm: Rhythm, now: datetime, depth: int = STRIP) -> SourceRecord:
    """Give the record of one source."""
    record = run_history.read_record(session, name, depth, now)
    missing_on = find_missing_day(rhythm, record.complete_on)
    if missing_on is None or rhythm.ready_moment(missing_on) > now:
        return record
    asked_at = run_history.find_first_run_at(session, name, rhythm.ready_moment(missing_on))
    return replace(record, missing_on=missing_on, missing_since=asked_at)
