"""Whether a batch looks like the ones before it: as large, and with the same fields filled. Pure.

A source that changed its format, or sends a tenth of what it has, answers 200 and well-formed. Only history tells.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from itertools import takewhile
from typing import Final

from digest.model import Cursor, Paper, Parsed, PastBatch
from digest.sources.rhythm import Pattern, Rhythm

LONGEST_HISTORY: Final = 30  # batches
# Fewer past batches than this say nothing about what is usual.
_LEAST_HISTORY: Final = 5
# The size that four of five past batches reached; arXiv's Tuesdays have three times the papers of other days, so a
# batch is doubted only when it is smaller than a quarter of it.
_USUAL_RANK: Final = 5
_DOUBTED: Final = 4
_LEAST_USUAL: Final = 20  # where there are only a few papers a day, chance makes days of none
_LEAST_FOR_EMPTY: Final = 3
# A field that was there for four of five entries and is missing from most now has been renamed or dropped.
_USUALLY_FILLED: Final = 0.8
_MOSTLY_FILLED: Final = 0.5
_LEAST_ENTRIES: Final = 5
# What was doubted for so many days in a row is how the source is from now on; the operator has heard of it by then.
_BELIEVED_AFTER: Final = 3


def describe_batch(parsed: Parsed, on: date) -> PastBatch:
    """Sum up a batch for comparison with later ones."""
    return PastBatch(on=on, entries=len(parsed.papers), filled=measure_filled(parsed))


def measure_filled(parsed: Parsed) -> dict[str, float]:
    """Give the share of papers (0 to 1) that have each field."""
    filled = Counter(name for paper in parsed.papers for name in _filled_fields(paper))
    announced = {known for made in parsed.announcements for known in (made.paper,)}
    filled["announcements"] = sum(not announced.isdisjoint(paper.ids) for paper in parsed.papers)
    total = max(1, len(parsed.papers))
    return {name: round(filled[name] / total, 3) for name in ("authors", "abstract", "categories", "announcements")}


def find_lost_fields(parsed: Parsed, history: tuple[PastBatch, ...], pattern: Pattern) -> tuple[str, ...]:
    """Name the fields that most entries had in the past and have no more."""
    past = [batch for batch in _believe(history) if batch.entries]
    if len(past) < _LEAST_HISTORY or len(parsed.papers) < _LEAST_ENTRIES:
        return ()
    now = measure_filled(parsed)
    total = sum(batch.entries for batch in past)
    usual = {name: sum(batch.filled.get(name, 0) * batch.entries for batch in past) / total for name in now}
    # Of a rolling list only news is announced, and there are days without any.
    names = now.keys() - {"announcements"} if pattern is Pattern.ROLLING else now.keys()
    return tuple(sorted(name for name in names if usual[name] >= _USUALLY_FILLED and now[name] < _MOSTLY_FILLED))


def usual_size(history: tuple[PastBatch, ...]) -> int:
    """Give the size that four of five past batches reached; 0 while too little is known."""
    past = _believe(history)
    if len(past) < _LEAST_HISTORY:
        return 0
    sizes = sorted(batch.entries for batch in past)
    return sizes[len(sizes) // _USUAL_RANK]


def is_oddly_empty(history: tuple[PastBatch, ...]) -> bool:
    """Whether a day without any paper is not to be believed."""
    return usual_size(history) >= _LEAST_FOR_EMPTY


def is_oddly_small(size: int, history: tuple[PastBatch, ...]) -> bool:
    """Whether a batch is so much smaller than usual that part of it must be missing."""
    usual = usual_size(history)
    return usual >= _LEAST_USUAL and size * _DOUBTED < usual


def extend_history(
    since: Cursor, parsed: Parsed, now: datetime, rhythm: Rhythm, *, is_doubted: bool = False
) -> tuple[PastBatch, ...]:
    """Add an answer to the history: one entry a day, and for lists one per day of listing."""
    if rhythm.pattern is not Pattern.LISTS:
        seen = replace(describe_batch(parsed, rhythm.day_of(now)), is_doubted=is_doubted)
        return _remember(since.history, [seen])
    filled = measure_filled(parsed)
    days = Counter(made.announced_on for made in parsed.announcements)
    return _remember(since.history, [PastBatch(on=day, entries=size, filled=filled) for day, size in days.items()])


def _believe(history: tuple[PastBatch, ...]) -> list[PastBatch]:
    """Give the batches that later ones are compared with: the doubted ones only once they are the new normal."""
    return _find_new_normal(history) or [batch for batch in history if not batch.is_doubted]


def _find_new_normal(history: tuple[PastBatch, ...]) -> list[PastBatch]:
    """Give the last batches if they were doubted for so long that they must be right."""
    doubted = list(takewhile(lambda batch: batch.is_doubted, reversed(history)))[::-1]
    return doubted if len(doubted) >= _BELIEVED_AFTER else []


def _remember(history: tuple[PastBatch, ...], seen: list[PastBatch]) -> tuple[PastBatch, ...]:
    kept = history if any(batch.is_doubted for batch in seen) else _find_new_normal(history) or history
    days = {batch.on: batch if kept is history else replace(batch, is_doubted=False) for batch in kept}
    for batch in seen:
        known = days.get(batch.on)
        # A day's list or batch is at its largest when it is whole.
        if known is not None and not known.is_doubted and not batch.is_doubted:
            days[batch.on] = replace(batch, entries=max(batch.entries, known.entries))
        else:
            days[batch.on] = batch
    return tuple(days[day] for day in sorted(days)[-LONGEST_HISTORY:])


def _filled_fields(paper: Paper) -> list[str]:
    return [name for name in ("authors", "abstract", "categories") if getattr(paper, name)]
