"""How a source run ended, in one word. Decides; never fetches. Pure.

Ids are compared, and numbers; a feed's own dates are never believed, since a stale feed says that it was built today.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from digest.errors import SourceChanged, SourceError, SourceRefused
from digest.model import Batch, Cursor, Parsed, RunState
from digest.sources.plausibility import (
    extend_history,
    find_lost_fields,
    is_oddly_empty,
    is_oddly_small,
    usual_size,
)
from digest.sources.rhythm import Pattern, Rhythm

# Under a tenth of the entries, a few broken ones are noted; from there on the batch is not whole.
_SKIPPED_IN: Final = 10
# A batch of fewer papers may be part of the next one by chance.
_LEAST_BATCH: Final = 5
# The ids of a rolling list are kept after they fell off it, up to here.
_MOST_IDS: Final = 10_000
# After these the batch of the day is there in full; HOLIDAY and QUIET have none that is due.
_WHOLE: Final = frozenset({RunState.FRESH, RunState.QUIET, RunState.HOLIDAY})
# What came incomplete must come again in full: without a validator, no server can answer “not modified”.
_ASKED_IN_FULL: Final = frozenset({RunState.PARTIAL, RunState.BROKEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one fetch saw: `parsed` is None if the server said that nothing changed.

    `unchanged_ids` are of lists that were asked for and had not changed, when others had. `filled` are days that were
    missed earlier and whose announcements are in `extra`, read another way; `owed` are missed days that could not be
    read this time and will be asked for again. `trouble` says in a sentence why the answer is not whole, if it is not.
    """

    parsed: Parsed | None
    etag: str | None = None
    last_modified: str | None = None
    unchanged_ids: frozenset[str] = frozenset()
    extra: Parsed = field(default_factory=Parsed)
    filled: frozenset[date] = frozenset()
    owed: frozenset[date] = frozenset()
    trouble: str = ""
    position: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of a run, and what of it is worth a sentence. `is_doubted` means that it is unlike those before it."""

    state: RunState
    warnings: tuple[str, ...] = ()
    is_doubted: bool = False


def judge_batch(source: str, sighting: Sighting, since: Cursor, now: datetime, rhythm: Rhythm) -> Batch:
    """Put a fetch together: what it brought, its state, and the cursor for the next one."""
    parsed = sighting.parsed or Parsed()
    verdict = judge(sighting, since, now, rhythm)
    return Batch(
        source=source,
        state=verdict.state,
        papers=(*parsed.papers, *sighting.extra.papers),
        announcements=(*parsed.announcements, *sighting.extra.announcements),
        announced_count=parsed.announced_count,
        cursor=next_cursor(sighting, verdict, since, now, rhythm),
        warnings=(*parsed.warnings, *sighting.extra.warnings, *verdict.warnings),
    )


def judge(sighting: Sighting, since: Cursor, now: datetime, rhythm: Rhythm) -> Verdict:
    """Name the state of a run that was answered."""
    verdict = _judge_answer(sighting.parsed, since, now, rhythm)
    if sighting.trouble and rhythm.pattern is Pattern.LISTS and verdict.state is RunState.STALE:
        verdict = Verdict(RunState.PARTIAL)  # a list that could not be read is not an empty one
    lost = set(find_missed(sighting.parsed, since, now, rhythm)) - sighting.filled - sighting.owed
    warnings = [*verdict.warnings, *filter(None, (sighting.trouble,))]
    if lost:
        warnings.append(f"Nothing was read from {_say_days(lost)}; what was announced then is missing")
    if sighting.owed:
        warnings.append(
            f"What was announced on {_say_days(sighting.owed)} is still missing and will be asked for again"
        )
    is_short = bool(sighting.owed or sighting.trouble) and verdict.state in _WHOLE
    return Verdict(RunState.PARTIAL if is_short else verdict.state, tuple(warnings), verdict.is_doubted)


def find_missed(parsed: Parsed | None, since: Cursor, now: datetime, rhythm: Rhythm) -> list[date]:
    """Give the working days since the last whole batch that this answer does not hold and no later one will."""
    if rhythm.pattern is Pattern.LISTS and parsed is not None and since.fetched_at is not None:
        return rhythm.missed_days(since.fetched_at, now)
    expected, whole_on = rhythm.latest_expected(now), _find_whole_day(since)
    if rhythm.pattern is not Pattern.BATCH or whole_on is None or expected is None:
        return []
    first = whole_on + timedelta(days=1)
    days = [first + timedelta(days=number) for number in range((expected - first).days + 1)]
    there = {expected} if rhythm.day_of(now) == expected else set()  # or it may come yet
    if parsed is not None and batch_ids(parsed) - since.batch_ids:
        there.add(min(expected, find_batch_day(parsed, since, now, rhythm)))
    return [day for day in days if rhythm.is_working(day) and day not in there]


def find_batch_day(parsed: Parsed | None, since: Cursor, now: datetime, rhythm: Rhythm) -> date:
    """Give the day of a batch with something new in it: today, unless the last one has only grown.

    But where the batch before it was not seen, or none was yet, ids cannot tell it from that one. Then the batch
    itself is believed if it says so, and today's goes on being asked for.
    """
    today, expected = rhythm.day_of(now), rhythm.latest_expected(now)
    if rhythm.pattern is not Pattern.BATCH or expected is None or parsed is None:
        return today
    if since.batch_on and _is_held(since.batch_ids, batch_ids(parsed)):
        return since.batch_on
    before = rhythm.latest_expected(rhythm.ready_moment(expected) - timedelta(seconds=1)) or expected
    first = since.batch_on + timedelta(days=1) if since.batch_on else before
    stated = max((made.announced_on for made in parsed.announcements), default=today)
    return stated if first <= stated < expected else today


def next_cursor(sighting: Sighting, verdict: Verdict, since: Cursor, now: datetime, rhythm: Rhythm) -> Cursor:
    """Say where the next run starts."""
    state = verdict.state
    kept = replace(since, fetched_at=now, complete_on=_find_complete_on(sighting, state, since, now, rhythm))
    if sighting.position is not None:
        kept = replace(kept, position=sighting.position)
    parsed = sighting.parsed
    if parsed is None:
        return replace(kept, etag=sighting.etag or since.etag)
    ids = batch_ids(parsed) | sighting.unchanged_ids
    is_telling = verdict.is_doubted or (state in _WHOLE and _is_own(ids, since, now, rhythm))
    history = extend_history(since, parsed, now, rhythm, is_doubted=verdict.is_doubted) if is_telling else since.history
    return replace(
        kept,
        etag=None if state in _ASKED_IN_FULL else sighting.etag,
        last_modified=None if state in _ASKED_IN_FULL else sighting.last_modified,
        batch_ids=_keep_ids(ids, since, now, rhythm),
        batch_on=since.batch_on
        if _is_repeated(ids, since, rhythm) or not ids
        else find_batch_day(parsed, since, now, rhythm),
        is_empty=not ids,
        history=history,
    )


def is_partial(parsed: Parsed) -> bool:
    """Whether something is missing that the source meant to send."""
    announced = parsed.announced_count or 0
    entries = len(parsed.papers) + parsed.skipped
    # One odd entry is nothing to ask again for: some services have works without a title.
    is_ragged = parsed.skipped > 1 and parsed.skipped * _SKIPPED_IN > entries
    return parsed.is_truncated or len(parsed.papers) < announced or is_ragged


def batch_ids(parsed: Parsed) -> frozenset[str]:
    """Give the ids by which two batches are compared; a later version of a paper is not the same again."""
    later = {paper.ids[0]: f"v{paper.version}" for paper in parsed.papers if (paper.version or 1) > 1}
    return frozenset(f"{paper.ids[0]}{later.get(paper.ids[0], '')}" for paper in parsed.papers)


def state_of(error: SourceError) -> RunState:
    """Name the state of a run that failed."""
    if isinstance(error, SourceChanged):
        return RunState.BROKEN
    return RunState.REFUSED if isinstance(error, SourceRefused) else RunState.UNREACHABLE


def _judge_answer(parsed: Parsed | None, since: Cursor, now: datetime, rhythm: Rhythm) -> Verdict:
    if parsed is None:
        return _judge_empty(since, now, rhythm) if since.is_empty else _judge_repeated(since, now, rhythm)
    if lost := find_lost_fields(parsed, since.history, rhythm.pattern):
        said = f"Most papers have no {' and no '.join(lost)} any more: the source has changed its format"
        return Verdict(RunState.BROKEN, (said,), is_doubted=True)
    if is_partial(parsed):
        return Verdict(RunState.PARTIAL)
    ids = batch_ids(parsed)
    if not ids:
        return _judge_empty(since, now, rhythm)
    if rhythm.pattern is Pattern.BATCH and (verdict := _doubt(ids, since, now, rhythm)):
        return verdict
    return Verdict(RunState.FRESH) if ids - since.batch_ids else _judge_repeated(since, now, rhythm)


def _doubt(ids: frozenset[str], since: Cursor, now: datetime, rhythm: Rhythm) -> Verdict | None:
    """Find a batch that lost entries since it was read earlier today, or that is far smaller than any before."""
    is_same_day = since.batch_on == rhythm.day_of(now)
    gone = len(since.batch_ids - ids)
    if is_same_day and gone * _SKIPPED_IN > len(since.batch_ids):
        said = f"{gone} of the {len(since.batch_ids)} papers of today's batch have gone from it again"
        return Verdict(RunState.PARTIAL, (said,))
    new = len(ids if is_same_day else ids - since.batch_ids)
    expected = rhythm.latest_expected(now)
    is_due = not rhythm.is_rest(now) or (since.batch_on and expected and since.batch_on < expected)
    if new and is_due and is_oddly_small(new, since.history):
        said = f"Only {new} new papers where there are usually {usual_size(since.history)} and more"
        return Verdict(RunState.PARTIAL, (said,), is_doubted=True)
    return None


def _judge_empty(since: Cursor, now: datetime, rhythm: Rhythm) -> Verdict:
    """Name the state when there are no entries at all."""
    if rhythm.is_rest(now):
        return Verdict(RunState.HOLIDAY)
    if rhythm.pattern is Pattern.LISTS:
        return _judge_lists(since, now, rhythm)
    if not is_oddly_empty(since.history):
        return Verdict(RunState.QUIET)
    usual = usual_size(since.history)
    if rhythm.pattern is Pattern.ROLLING:
        said = f"The list is empty where there are usually {usual} entries and more"
        return Verdict(RunState.PARTIAL, (said,), is_doubted=True)
    said = f"The batch is empty where there are usually {usual} papers and more"
    return Verdict(RunState.STALE, (said,), is_doubted=True)


def _judge_repeated(since: Cursor, now: datetime, rhythm: Rhythm) -> Verdict:
    """Name the state when nothing is new: quiet if nothing is due yet, stale if the source should have moved on."""
    if rhythm.pattern is Pattern.LISTS:
        return _judge_lists(since, now, rhythm)
    expected = rhythm.latest_expected(now)
    if expected is not None and since.batch_on is not None and since.batch_on < expected:
        return Verdict(RunState.STALE, ("The batch is still the last one",))
    return Verdict(RunState.HOLIDAY if rhythm.is_rest(now) else RunState.QUIET)


def _judge_lists(since: Cursor, now: datetime, rhythm: Rhythm) -> Verdict:
    """Doubt that the list of a working day stayed empty until the day was over."""
    expected = rhythm.latest_expected(now)
    listed = {batch.on for batch in since.history if batch.entries}
    if expected and expected not in listed and is_oddly_empty(since.history):
        return Verdict(RunState.STALE, (f"Nothing is listed for {expected}, which is unusual",))
    return Verdict(RunState.HOLIDAY if rhythm.is_rest(now) else RunState.QUIET)


def _find_complete_on(sighting: Sighting, state: RunState, since: Cursor, now: datetime, rhythm: Rhythm) -> date | None:
    """Give the last day whose batch is known to have come whole."""
    if sighting.owed:
        before = min(sighting.owed) - timedelta(days=1)
        return max(before, since.complete_on) if since.complete_on else before
    expected = rhythm.latest_expected(now)
    if expected is None:
        return since.complete_on
    if state in _WHOLE:
        whole_on = min(expected, find_batch_day(sighting.parsed, since, now, rhythm))
        return max(whole_on, since.complete_on) if since.complete_on else whole_on
    if since.complete_on is None and rhythm.pattern is Pattern.BATCH:
        # What was before the first reading is nobody's business; its own day is, until it has come whole.
        return min(expected - timedelta(days=1), since.batch_on or expected)
    return since.complete_on


def _is_held(before: frozenset[str], ids: frozenset[str]) -> bool:
    """Whether nearly all that was there still is."""
    return len(before) >= _LEAST_BATCH and len(before - ids) * _SKIPPED_IN <= len(before)


def _find_whole_day(since: Cursor) -> date | None:
    """Give the last day that is done with; cursors of the first release tell only which batch was the last."""
    return since.complete_on or since.batch_on


def _keep_ids(ids: frozenset[str], since: Cursor, now: datetime, rhythm: Rhythm) -> frozenset[str]:
    if rhythm.pattern is Pattern.BATCH:
        # Entries that vanish during the day are still that day's.
        return ids | since.batch_ids if since.batch_on == rhythm.day_of(now) else ids or since.batch_ids
    if rhythm.pattern is Pattern.ROLLING:
        # To forget all at once would make news of everything that is left out of one answer.
        return ids | frozenset(sorted(since.batch_ids - ids, reverse=True)[: max(0, _MOST_IDS - len(ids))])
    return ids or since.batch_ids


def _is_repeated(ids: frozenset[str], since: Cursor, rhythm: Rhythm) -> bool:
    return bool(ids) and ids <= since.batch_ids and rhythm.pattern is Pattern.BATCH


def _is_own(ids: frozenset[str], since: Cursor, now: datetime, rhythm: Rhythm) -> bool:
    """Whether an answer says something about how large batches are: days of rest have none, nor does the last one."""
    if rhythm.pattern is not Pattern.BATCH:
        return True
    return not _is_repeated(ids, since, rhythm) if ids else not rhythm.is_rest(now)


def _say_days(days: set[date] | frozenset[date]) -> str:
    first, last = min(days), max(days)
    return str(first) if first == last else f"{first} to {last}"
