"""Which days' lists of Hugging Face are read, and what several of them say together. Pure. All days are in UTC."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from digest.model import Announcement, Batch, Cursor, Paper, Parsed, RunState
from digest.sources.huggingface_papers import NAME
from digest.sources.judgement import is_partial
from digest.sources.rhythm import Rhythm

# Lists grow through the day and beyond midnight, so yesterday's is read again; after an outage, up to a month's.
REREAD: Final = timedelta(days=1)
LONGEST_REACH: Final = timedelta(days=30)
# Nothing is listed at weekends: whoever starts on a Sunday or Monday should see Friday's list.
FIRST_REACH: Final = timedelta(days=3)
# How long upvotes, summaries and links to code are followed.
REFRESHED: Final = timedelta(days=7)
# Before it, `month=` was ignored and the newest papers came instead: https://github.com/huggingface/hub-docs/pull/1878
MONTHS_SINCE: Final = date(2025, 9, 1)

# Moderators take a paper off now and then. A list that lost more than a tenth of at least five is a broken answer.
_LOST_IN: Final = 10
_LEAST_LIST: Final = 5
_ONE_DAY: Final = timedelta(days=1)
_POSITION = re.compile(r"refreshed (?P<refreshed>\d{4}-\d\d-\d\d), read from (?P<first>\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True)
class Refreshing:
    """When the week was last read again, and the first day whose list was ever read: nobody asked for older ones."""

    refreshed_on: date
    first_on: date

    def __str__(self) -> str:
        """Give it as the cursor keeps it."""
        return f"refreshed {self.refreshed_on}, read from {self.first_on}"


@dataclass(frozen=True, slots=True)
class Span:
    """Past days that are asked for together: the whole of `month` (`2026-10`), or one day if that is empty."""

    days: tuple[date, ...]
    month: str = ""


def find_unfinished(since: Cursor) -> date | None:
    """Give the first day whose list may not have been read whole after its end; None if nothing was read yet."""
    if since.complete_on:
        return since.complete_on + _ONE_DAY
    stated = _read_position(since)
    return stated.first_on if stated else since.batch_on


def days_to_read(first: date | None, now: datetime) -> list[date]:
    """Give the days whose lists are read, oldest first: from `first` on, and always yesterday and today."""
    today = now.astimezone(UTC).date()
    wanted = min(first, today - REREAD) if first else today - FIRST_REACH
    return _list_days(max(wanted, today - LONGEST_REACH), today)


def find_refreshing(since: Cursor, reading: list[date], now: datetime) -> Refreshing:
    """Say when the week was last read again; a first reading counts as one."""
    if stated := _read_position(since):
        return stated
    if since.fetched_at is None:
        return Refreshing(now.astimezone(UTC).date(), reading[0])
    return Refreshing(since.fetched_at.astimezone(UTC).date() - _ONE_DAY, reading[0])


def days_to_refresh(refreshing: Refreshing, reading: list[date], now: datetime) -> list[date]:
    """Give the earlier days whose lists are read again, oldest first, if that was not done today."""
    today = now.astimezone(UTC).date()
    if refreshing.refreshed_on >= today:
        return []
    return _list_days(max(today - REFRESHED, refreshing.first_on), reading[0] - _ONE_DAY)


def join_lists(parts: Iterable[Parsed]) -> Parsed:
    """Put several lists together; of a paper that is on two, the later list says what it is now."""
    parts = tuple(parts)
    papers: dict[object, Paper] = {paper.ids[0]: paper for part in parts for paper in part.papers}
    announced: dict[object, Announcement] = {
        (made.paper, made.detail): made for part in parts for made in part.announcements
    }
    return Parsed(
        papers=tuple(papers.values()),
        announcements=tuple(announced.values()),
        warnings=tuple(warning for part in parts for warning in part.warnings),
        source=NAME,
        skipped=sum(part.skipped for part in parts),
    )


def split_known(lists: Parsed, since: Cursor) -> tuple[Parsed, Parsed]:
    """Tell papers that were put on an older list only now from those that are read for their upvotes again."""
    late = {paper.ids[0] for paper in lists.papers if str(paper.ids[0]) not in since.batch_ids}
    added = replace(
        lists,
        papers=tuple(paper for paper in lists.papers if paper.ids[0] in late),
        announcements=tuple(made for made in lists.announcements if made.paper in late),
    )
    known = tuple(paper for paper in lists.papers if paper.ids[0] not in late)
    return added, Parsed(papers=known, source=NAME)


def leave_out(known: Parsed, read: Parsed | None, trouble: str) -> Parsed:
    """Keep of the older lists what the newer ones do not say anyway, and a word if they could not be read."""
    newer = {paper.ids[0] for paper in read.papers} if read else set()
    said = f"The lists of the week before could not be read again for their upvotes: {trouble}"
    return replace(
        known,
        papers=tuple(paper for paper in known.papers if paper.ids[0] not in newer),
        warnings=(said,) if trouble else (),
    )


def find_shrunk(lists: Parsed, answered: Iterable[date], since: Cursor) -> str:
    """Say which list has lost papers that were on it before; empty if none has."""
    now_listed = Counter(made.announced_on for made in lists.announcements)
    seen = {batch.on: batch.entries for batch in since.history}
    lost = [day for day in answered if _has_shrunk(seen.get(day, 0), now_listed[day])]
    return "; ".join(
        f"{seen[day] - now_listed[day]} of the {seen[day]} papers listed for {day} are gone from the list"
        for day in lost
    )


def list_spans(first: date, last: date) -> Iterator[Span]:
    """Cut a stretch of days into whole months, where those can be had, and single days."""
    day = first
    while day <= last:
        ending = _end_of_month(day)
        if day.day == 1 and ending <= last and day >= MONTHS_SINCE:
            yield Span(tuple(_list_days(day, ending)), f"{day:%Y-%m}")
            day = ending
        else:
            yield Span((day,))
        day += _ONE_DAY


def is_of_month(lists: Parsed, span: Span) -> bool:
    """Whether an answer is about the month that was asked for; time zones shift a list by a day at its ends."""
    days = {made.announced_on for made in lists.announcements}
    return not lists.papers or any(span.days[0] - _ONE_DAY <= day <= span.days[-1] + _ONE_DAY for day in days)


def judge_past(lists: Parsed, span: Span, rhythm: Rhythm) -> Batch:
    """Judge lists that were asked for long after their days: nothing is due any more, and the cursor stays."""
    if is_partial(lists):
        state = RunState.PARTIAL
    elif lists.papers:
        state = RunState.FRESH
    else:
        state = RunState.QUIET if any(map(rhythm.is_working, span.days)) else RunState.HOLIDAY
    return Batch(
        source=NAME,
        state=state,
        papers=lists.papers,
        announcements=lists.announcements,
        warnings=lists.warnings,
    )


def _read_position(since: Cursor) -> Refreshing | None:
    if not (found := _POSITION.fullmatch(since.position)):
        return None
    try:
        return Refreshing(date.fromisoformat(found["refreshed"]), date.fromisoformat(found["first"]))
    except ValueError:
        return None


def _has_shrunk(before: int, now: int) -> bool:
    return before >= _LEAST_LIST and (before - now) * _LOST_IN > before


def _list_days(first: date, last: date) -> list[date]:
    return [first + number * _ONE_DAY for number in range((last - first).days + 1)]


def _end_of_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - _ONE_DAY
