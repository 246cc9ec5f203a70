"""Decides whether a day of the operator's is complete: everything that should have come came, and left again. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from digest.model.watch import SourceRecord
from digest.pipeline.watch.trouble import find_missing_day
from digest.sources.rhythm import Pattern, Rhythm

# A source without daily batches should have answered within this.
ANSWER_WITHIN: Final = timedelta(hours=24)
# Composing looks every minute; a channel that waits longer than this is waiting for something.
COMPOSE_WITHIN: Final = timedelta(minutes=10)
SEND_WITHIN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFacts:
    """What is known of a day: the sources with their rhythms, what was not composed, what waits, what is wrong."""

    records: Mapping[str, SourceRecord]
    rhythms: Mapping[str, Rhythm]
    uncomposed: int = 0
    oldest_pending_at: datetime | None = None
    alarms: tuple[str, ...] = field(default=())


def is_day_complete(facts: DayFacts, day: date, zone: tzinfo, now: datetime) -> bool:
    """Whether everything of the day is in and out. Never before the last batch of the day is expected."""
    return next(find_obstacles(facts, day, zone, now), None) is None


def find_obstacles(facts: DayFacts, day: date, zone: tzinfo, now: datetime) -> Iterator[str]:
    """Say what still stands between the day and its being complete, a sentence each."""
    if not facts.records:
        yield "no source is configured"
    end = datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)
    for name, record in facts.records.items():
        yield from _find_in_source(facts.rhythms[name], record, end, now)
    if facts.uncomposed:
        yield f"{facts.uncomposed} digest{' is' if facts.uncomposed == 1 else 's are'} due and not composed"
    if facts.oldest_pending_at is not None and now - facts.oldest_pending_at > SEND_WITHIN:
        yield "a message has been waiting for over an hour"
    for alarm in facts.alarms:
        yield f"{alarm} has an open alarm"


def _find_in_source(rhythm: Rhythm, record: SourceRecord, end: datetime, now: datetime) -> Iterator[str]:
    if rhythm.pattern is Pattern.ROLLING:
        if record.last_answer_at is None or now - record.last_answer_at > ANSWER_WITHIN:
            yield f"{record.source} has not answered for a day"
        return
    missing = find_missing_day(rhythm, record.complete_on)
    if missing is None:
        yield f"{record.source} has not been read whole yet"
    elif rhythm.ready_moment(missing) < end:
        yield f"the batch of {missing} of {record.source} is not in"
