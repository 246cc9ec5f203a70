"""When a source is asked next, and whether today's batch is in. Pure."""

from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Final

from digest.model import Batch, Cursor, RunState
from digest.sources.rhythm import Pattern, Rhythm

FAILED: Final = frozenset({RunState.BROKEN, RunState.REFUSED, RunState.UNREACHABLE})
FIRST_PAUSE: Final = timedelta(minutes=10)
LONGEST_PAUSE: Final = timedelta(hours=6)
# A batch that is this late may be very late: nobody gains from asking every half hour.
LATE: Final = timedelta(hours=6)
SLOWER: Final = 2
# A rolling list loses nothing by waiting, and its trouble may last: it is not asked much more often for that.
SOONER: Final = 4
# Clients that all ask at the stroke of the hour are why there are queues at it; and batches are a little late at times.
_SETTLE: Final = timedelta(minutes=10)
_SPREAD: Final = timedelta(minutes=5)


def is_complete(rhythm: Rhythm, complete_on: date | None, now: datetime) -> bool:
    """Whether the batch that should be there by now has come whole; always so where there are no daily batches."""
    expected = rhythm.latest_expected(now)
    return expected is None or (complete_on is not None and complete_on >= expected)


def due_after(batch: Batch, rhythm: Rhythm, every: timedelta, now: datetime) -> datetime:
    """Give when to ask again after an answer. `every` is the pause while a batch is awaited."""
    cursor, expected = batch.cursor, rhythm.latest_expected(now)
    is_troubled = batch.state in FAILED | {RunState.PARTIAL, RunState.STALE}
    if is_troubled and rhythm.pattern is Pattern.ROLLING:
        return now + max(every, rhythm.every / SOONER)
    if is_troubled or not is_complete(rhythm, cursor.complete_on, now):
        is_late = expected is not None and now - rhythm.ready_moment(expected) > LATE
        return now + every * (SLOWER if is_late else 1)
    if rhythm.pattern is not Pattern.BATCH:
        return now + rhythm.every
    # On days of rest too, once: calendars are wrong at times, and whoever looks wants to see that somebody looked.
    return rhythm.next_look_at(now) + _spread(batch.source)


def due_after_failure(source: str, failures: int, retry_after: timedelta | None, now: datetime) -> datetime:
    """Give when to ask again after the nth failure in a row (from 1): twice as long each time, spread by a tenth."""
    pause: timedelta = min(FIRST_PAUSE * int(2 ** min(failures - 1, 16)), LONGEST_PAUSE)
    spread = pause * _fraction(f"{source} {failures}") / 10
    return now + max(pause + spread, retry_after or timedelta())


def overdue_since(rhythm: Rhythm, cursor: Cursor, now: datetime) -> datetime | None:
    """Give since when a batch should have been there that is not, or None if all are."""
    expected = rhythm.latest_expected(now)
    if expected is None or is_complete(rhythm, cursor.complete_on, now):
        return None
    if cursor.complete_on is None:
        return rhythm.ready_moment(expected)
    first = cursor.complete_on + timedelta(days=1)
    days = (first + timedelta(days=number) for number in range((expected - first).days + 1))
    return next(rhythm.ready_moment(day) for day in days if rhythm.is_working(day))


def _spread(source: str) -> timedelta:
    return _SETTLE + _SPREAD * _fraction(source)


def _fraction(text: str) -> float:
    """Give a number from 0 to 1 that is always the same for a text: chance would make runs hard to follow."""
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32
