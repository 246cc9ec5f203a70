"""How a source run ended, in one word, and where the next one starts. Decides; never fetches. Pure.

Ids are compared, and numbers; a feed's own dates are never believed, since a stale feed says that it was built today.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from digest.errors import SourceChanged, SourceError, SourceRefused
from digest.model import Batch, Cursor, Parsed, RunState

# Under a tenth of the entries, a few broken ones are noted; from there on the batch is not whole.
_SKIPPED_IN: Final = 10


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a source brings something new: in its own time zone, never on its rest days (Monday is 0).

    `is_reread` marks a list that grows through the day and is read again and again: the same ids mean nothing there.
    `reach` is how far back a fetch can read; a feed has only what it holds today.
    """

    zone: ZoneInfo
    rest_days: frozenset[int] = frozenset()
    is_reread: bool = False
    reach: timedelta = timedelta()

    def day_of(self, now: datetime) -> date:
        """Give the date it is where the source is."""
        return now.astimezone(self.zone).date()

    def is_rest(self, now: datetime) -> bool:
        """Whether nothing is announced today."""
        return self.day_of(now).weekday() in self.rest_days

    def missed_days(self, since: datetime, now: datetime) -> list[date]:
        """Give the days with announcements after the last reading that a fetch now cannot read any more."""
        first = self.day_of(since) + timedelta(days=1)
        days = (first + timedelta(days=number) for number in range((self.day_of(now) - self.reach - first).days))
        return [day for day in days if day.weekday() not in self.rest_days]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one fetch saw: `parsed` is None if the server said that nothing changed.

    `unchanged_ids` are of lists that were asked for and had not changed, when others had.
    """

    parsed: Parsed | None
    etag: str | None = None
    last_modified: str | None = None
    unchanged_ids: frozenset[str] = frozenset()


def judge_batch(source: str, sighting: Sighting, since: Cursor, now: datetime, rhythm: Rhythm) -> Batch:
    """Put a fetch together: what it brought, its state, and the cursor for the next one."""
    parsed = sighting.parsed or Parsed()
    return Batch(
        source=source,
        state=judge(sighting.parsed, since, now, rhythm),
        papers=parsed.papers,
        announcements=parsed.announcements,
        announced_count=parsed.announced_count,
        cursor=next_cursor(sighting, since, now, rhythm),
        warnings=(*parsed.warnings, *_warn_of_gap(sighting, since, now, rhythm)),
    )


def _warn_of_gap(sighting: Sighting, since: Cursor, now: datetime, rhythm: Rhythm) -> list[str]:
    """Say it once when days went by unread; what has not changed since has hidden nothing."""
    missed = rhythm.missed_days(since.fetched_at, now) if since.fetched_at and sighting.parsed else []
    span = f"{missed[0]} to {missed[-1]}" if len(missed) > 1 else str(*missed)
    return [f"Nothing was read from {span}; what was announced then is missing"] if missed else []


def judge(parsed: Parsed | None, since: Cursor, now: datetime, rhythm: Rhythm) -> RunState:
    """Name the state of a run that was answered. `parsed` is None if the server said that nothing changed."""
    if parsed is None:
        return _judge_repeated(since, now, rhythm)
    if is_partial(parsed):
        return RunState.PARTIAL
    ids = batch_ids(parsed)
    if not ids:
        return RunState.HOLIDAY if rhythm.is_rest(now) else RunState.QUIET
    return RunState.FRESH if ids - since.batch_ids else _judge_repeated(since, now, rhythm)


def next_cursor(sighting: Sighting, since: Cursor, now: datetime, rhythm: Rhythm) -> Cursor:
    """Say where the next run starts.

    `batch_ids` are those of the last batch that had any. `batch_on` is the day, on our clock and in the source's zone,
    on which the present content was first seen.
    """
    parsed = sighting.parsed
    if parsed is None:
        return replace(since, fetched_at=now, etag=sighting.etag or since.etag)
    ids = batch_ids(parsed) | sighting.unchanged_ids
    is_repeated = bool(ids) and ids <= since.batch_ids and not rhythm.is_reread
    # What came incomplete must come again in full: without a validator, no server can answer “not modified”.
    is_whole = not is_partial(parsed)
    return Cursor(
        etag=sighting.etag if is_whole else None,
        last_modified=sighting.last_modified if is_whole else None,
        batch_ids=ids or since.batch_ids,
        batch_on=since.batch_on if is_repeated else rhythm.day_of(now),
        fetched_at=now,
    )


def is_partial(parsed: Parsed) -> bool:
    """Whether something is missing that the source meant to send."""
    announced = parsed.announced_count or 0
    entries = len(parsed.papers) + parsed.skipped
    return parsed.is_truncated or len(parsed.papers) < announced or parsed.skipped * _SKIPPED_IN > entries


def batch_ids(parsed: Parsed) -> frozenset[str]:
    """Give the ids by which two batches are compared; a later version of a paper is not the same again."""
    later = {paper.ids[0]: f"v{paper.version}" for paper in parsed.papers if (paper.version or 1) > 1}
    return frozenset(f"{paper.ids[0]}{later.get(paper.ids[0], '')}" for paper in parsed.papers)


def state_of(error: SourceError) -> RunState:
    """Name the state of a run that failed."""
    if isinstance(error, SourceChanged):
        return RunState.BROKEN
    return RunState.REFUSED if isinstance(error, SourceRefused) else RunState.UNREACHABLE


def _judge_repeated(since: Cursor, now: datetime, rhythm: Rhythm) -> RunState:
    """Name the state when nothing is new: quiet if nothing is due yet, stale if the source should have moved on."""
    if rhythm.is_reread:
        return RunState.QUIET
    if rhythm.is_rest(now):
        return RunState.HOLIDAY
    return RunState.QUIET if rhythm.day_of(now) == since.batch_on else RunState.STALE
