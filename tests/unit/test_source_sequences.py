"""Days of answers of any kind, one after the other: nothing new is overlooked, and no day is dropped in silence."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Batch, Cursor, Parsed, RunState
from digest.sources.arxiv.calendar import RHYTHM, is_working, previous_working
from digest.sources.judgement import Sighting, batch_ids, judge_batch
from digest.sources.plausibility import LONGEST_HISTORY, usual_size
from digest.sources.rhythm import Pattern, Rhythm
from tests.factories import announcement, paper

EASTERN = ZoneInfo("America/New_York")
FIRST = date(2026, 10, 1)
SIZE = 24
WITHOUT_NEWS = {RunState.QUIET, RunState.STALE, RunState.HOLIDAY}
LOST = re.compile(r"Nothing was read from (?P<first>\S+?)(?: to (?P<last>\S+?))?;")

ANSWERS = ("whole", "whole", "whole", "late", "empty", "half", "small", "unchanged", "failure")
LOOKS = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(ANSWERS)), min_size=1, max_size=25)


def batch_of(day: date) -> tuple[str, ...]:
    if not is_working(day):
        return ()
    return tuple(f"26{day.month:02d}.{day.day:02d}{number:03d}" for number in range(SIZE))


def answer(day: date, size: int = SIZE, *, is_truncated: bool = False) -> Parsed:
    papers = [paper(number) for number in batch_of(day)[:size]]
    announced = tuple(announcement(each, announced_on=day) for each in papers)
    return Parsed(papers=tuple(papers), announcements=announced, is_truncated=is_truncated)


@dataclass
class Reader:
    """Looks at arXiv's feed of one category, and keeps account of what it was shown."""

    now: datetime
    cursor: Cursor = field(default_factory=Cursor)
    first: date | None = None
    seen: set[str] = field(default_factory=set)
    settled: set[date] = field(default_factory=set)
    shown: date = FIRST

    def make(self, kind: str) -> Parsed | None:
        day = RHYTHM.day_of(self.now)
        last = day if is_working(day) else previous_working(day)
        if kind == "late":
            return answer(max(previous_working(last), self.shown))
        if kind == "small" and usual_size(self.cursor.history) < 20:
            self.settled.add(last)  # nobody can tell
        if kind == "empty" and usual_size(self.cursor.history) < 3:
            self.settled.add(last)
        if kind == "unchanged" and self.cursor.etag:
            return None
        made = {"empty": Parsed(), "half": answer(last, SIZE // 2, is_truncated=True), "small": answer(last, 5)}
        return made.get(kind) or answer(day)

    def look(self, kind: str) -> Batch:
        parsed = self.make(kind)
        ids = batch_ids(parsed or Parsed())
        batch = judge_batch("x", Sighting(parsed=parsed, etag='"e"'), self.cursor, self.now, RHYTHM)
        assert not (ids - self.seen and batch.state in WITHOUT_NEWS)
        self.first = self.first or RHYTHM.day_of(self.now)
        self.shown = max([self.shown, *(made.announced_on for made in (parsed or Parsed()).announcements)])
        self.seen |= ids
        self.settled |= {day for warning in batch.warnings for day in days_lost(warning)}
        if parsed is None and self.cursor.is_empty and usual_size(self.cursor.history) < 3:
            self.settled.add(RHYTHM.day_of(self.now))
        self.check(batch.cursor)
        self.cursor = batch.cursor
        return batch

    def check(self, after: Cursor) -> None:
        assert len(after.history) <= LONGEST_HISTORY
        assert len(after.batch_ids) <= 3 * SIZE
        assert after.complete_on is not None
        assert self.first is not None
        assert after.complete_on >= (self.cursor.complete_on or date.min)
        for number in range((after.complete_on - self.first).days + 1):
            day = self.first + timedelta(days=number)
            assert day in self.settled or {f"arxiv:{each}" for each in batch_of(day)} <= self.seen


def days_lost(warning: str) -> list[date]:
    if not (found := LOST.search(warning)):
        return []
    first, last = (date.fromisoformat(found[name] or found["first"]) for name in ("first", "last"))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 30), LOOKS)
def test_a_day_is_done_with_only_when_its_batch_was_seen_or_declared_lost(
    start: int, looks: list[tuple[int, str]]
) -> None:
    # Over the end of summer time on 1 November, weekends, and Thanksgiving.
    reader = Reader(datetime(2026, 10, 26, 0, 15, tzinfo=EASTERN) + timedelta(days=start))
    for hours, kind in looks:
        reader.now += timedelta(hours=hours)
        if kind != "failure":
            reader.look(kind)

    reader.now += timedelta(days=1)
    while not is_working(RHYTHM.day_of(reader.now)) or batch_ids(answer(RHYTHM.day_of(reader.now))) & reader.seen:
        reader.now += timedelta(days=1)
    assert reader.look("whole").state is RunState.FRESH
    assert reader.cursor.complete_on == RHYTHM.day_of(reader.now)


def at(day: int, hour: int = 1) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=EASTERN)


def test_a_first_reading_of_yesterdays_batch_waits_for_todays() -> None:
    reader = Reader(at(20))
    first = reader.look("late")
    reader.now = at(20, 2)
    again = reader.look("late")
    reader.now = at(20, 9)
    reader.shown = FIRST
    todays = reader.look("whole")

    assert [each.state for each in (first, again, todays)] == [RunState.FRESH, RunState.STALE, RunState.FRESH]
    assert [each.cursor.complete_on for each in (first, again, todays)] == [date(2026, 11, day) for day in (19, 19, 20)]


def test_a_first_reading_that_is_partial_is_finished_later() -> None:
    reader = Reader(at(19))
    first = reader.look("half")
    reader.now = at(20)
    second = reader.look("whole")

    assert (first.state, first.cursor.complete_on) == (RunState.PARTIAL, date(2026, 11, 18))
    assert second.warnings == ("Nothing was read from 2026-11-19; what was announced then is missing",)


def test_after_an_outage_the_batch_of_a_missed_day_is_not_taken_for_todays() -> None:
    reader = Reader(at(19))
    reader.look("whole")
    reader.now = at(23)  # the Monday after a Friday that nobody read
    monday = reader.look("late")

    assert (monday.state, monday.cursor.complete_on, monday.warnings) == (RunState.FRESH, date(2026, 11, 20), ())
    reader.now = at(23, 3)
    assert reader.look("late").state is RunState.STALE
    reader.now = at(23, 9)
    assert reader.look("whole").cursor.complete_on == date(2026, 11, 23)


def test_a_batch_that_has_only_grown_is_still_the_last_one() -> None:
    reader = Reader(at(19))
    reader.look("half")
    reader.now = at(20)
    reader.shown = date(2026, 11, 19)

    assert reader.look("late").cursor.complete_on == date(2026, 11, 19)


@pytest.mark.parametrize("day", [21, 27])  # a Saturday, and the Friday after Thanksgiving
def test_a_first_reading_on_a_day_of_rest_owes_nothing(day: int) -> None:
    reader = Reader(at(day))

    assert (reader.look("whole").state, reader.cursor.complete_on) == (
        RunState.HOLIDAY,
        previous_working(date(2026, 11, day)),
    )


def test_cursors_of_the_first_release_owe_the_days_since_their_last_batch() -> None:
    old = Cursor(batch_ids=frozenset({"arxiv:2611.00001"}), batch_on=date(2026, 11, 18), fetched_at=at(18))

    batch = judge_batch("x", Sighting(parsed=answer(date(2026, 11, 20))), old, at(20), RHYTHM)

    assert batch.warnings == ("Nothing was read from 2026-11-19; what was announced then is missing",)
    assert (batch.state, batch.cursor.complete_on) == (RunState.FRESH, date(2026, 11, 20))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.frozensets(st.integers(0, 60), max_size=40), min_size=1, max_size=20))
def test_a_rolling_list_is_fresh_exactly_when_something_on_it_was_never_seen(lists: list[frozenset[int]]) -> None:
    rhythm = Rhythm(pattern=Pattern.ROLLING)
    cursor, seen = Cursor(), set[int]()
    for number, listed in enumerate(lists):
        parsed = Parsed(papers=tuple(paper(f"2611.{each:05d}") for each in sorted(listed)))
        batch = judge_batch("x", Sighting(parsed=parsed), cursor, at(1) + timedelta(hours=9 * number), rhythm)
        assert (batch.state is RunState.FRESH) is bool(listed - seen)
        assert batch.state in {RunState.FRESH, RunState.QUIET, RunState.PARTIAL}
        cursor, seen = batch.cursor, seen | listed
    assert cursor.batch_ids == {f"arxiv:2611.{each:05d}" for each in seen}
