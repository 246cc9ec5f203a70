"""Which days' lists of Hugging Face are read, and what becomes of lists that are read again."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Cursor, Parsed, PastBatch, RunState
from digest.sources.huggingface import RHYTHM
from digest.sources.huggingface_days import (
    MONTHS_SINCE,
    Refreshing,
    Span,
    days_to_read,
    days_to_refresh,
    find_refreshing,
    find_shrunk,
    find_unfinished,
    is_of_month,
    judge_past,
    leave_out,
    list_spans,
    split_known,
)
from digest.sources.huggingface_papers import parse_papers
from tests.feeds import hf_entry, hf_list

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
FRIDAY = date(2026, 11, 20)
ONE_DAY = timedelta(days=1)


def listed(*numbers: int, on: str = "2026-11-20") -> Parsed:
    return parse_papers(hf_list(*(hf_entry(f"2611.{each:05d}", submittedOnDailyAt=on) for each in numbers)))


@pytest.mark.parametrize(
    ("complete_on", "batch_on", "first"),
    [
        (None, None, None),
        (None, FRIDAY, "2026-11-20"),
        (date(2026, 11, 17), FRIDAY, "2026-11-18"),
        (FRIDAY, date(2026, 11, 18), "2026-11-21"),
    ],
)
def test_a_list_is_read_until_it_was_whole_after_its_day(
    complete_on: date | None, batch_on: date | None, first: str | None
) -> None:
    unfinished = find_unfinished(Cursor(complete_on=complete_on, batch_on=batch_on))

    assert (unfinished.isoformat() if unfinished else None) == first


def test_a_first_reading_counts_as_a_refreshing_one() -> None:
    reading = days_to_read(None, NOW)
    refreshing = find_refreshing(Cursor(), reading, NOW)

    assert refreshing == Refreshing(FRIDAY, date(2026, 11, 17))
    assert days_to_refresh(refreshing, reading, NOW) == []


def test_the_week_before_is_read_again_once_a_day() -> None:
    refreshing = Refreshing(FRIDAY - ONE_DAY, date(2026, 10, 1))
    reading = days_to_read(FRIDAY, NOW)

    assert days_to_refresh(refreshing, reading, NOW) == [FRIDAY - number * ONE_DAY for number in (7, 6, 5, 4, 3, 2)]
    assert days_to_refresh(Refreshing(FRIDAY, date(2026, 10, 1)), reading, NOW) == []


def test_no_list_is_read_again_that_was_never_read() -> None:
    refreshing = Refreshing(FRIDAY - ONE_DAY, FRIDAY - 3 * ONE_DAY)

    assert days_to_refresh(refreshing, days_to_read(FRIDAY, NOW), NOW) == [FRIDAY - 3 * ONE_DAY, FRIDAY - 2 * ONE_DAY]


@pytest.mark.parametrize("position", ["", "garbage", "refreshed 2026-13-40, read from 2026-01-01"])
def test_a_cursor_of_before_begins_with_what_it_reads_now(position: str) -> None:
    since = Cursor(fetched_at=NOW, batch_on=FRIDAY, position=position)

    assert find_refreshing(since, [FRIDAY], NOW) == Refreshing(FRIDAY - ONE_DAY, FRIDAY)


def test_the_position_is_read_as_it_is_written() -> None:
    known = Refreshing(FRIDAY, date(2026, 11, 2))

    assert find_refreshing(Cursor(position=str(known)), [FRIDAY], NOW) == known


def test_a_paper_listed_late_is_told_from_one_that_only_comes_again() -> None:
    added, known = split_known(listed(1, 2), Cursor(batch_ids=frozenset({"arxiv:2611.00001"})))

    assert [paper.ids[0].value for paper in added.papers] == ["2611.00002"]
    assert [made.paper.value for made in added.announcements] == ["2611.00002"]
    assert ([paper.ids[0].value for paper in known.papers], known.announcements) == (["2611.00001"], ())


def test_older_lists_do_not_say_again_what_newer_ones_say() -> None:
    kept = leave_out(listed(1, 2), listed(2, 3), "")

    assert ([paper.ids[0].value for paper in kept.papers], kept.warnings) == (["2611.00001"], ())
    assert leave_out(listed(), None, "no answer").warnings[0].endswith("for their upvotes: no answer")


@pytest.mark.parametrize(
    ("before", "left", "is_doubted"),
    [(30, 30, False), (30, 27, False), (30, 26, True), (5, 4, True), (4, 0, False), (0, 9, False), (5, 0, True)],
)
def test_a_list_that_lost_more_than_a_tenth_is_doubted(before: int, left: int, *, is_doubted: bool) -> None:
    since = Cursor(history=(PastBatch(on=FRIDAY, entries=before),))

    said = find_shrunk(listed(*range(left)), [FRIDAY], since)

    assert said == (
        f"{before - left} of the {before} papers listed for 2026-11-20 are gone from the list" if is_doubted else ""
    )


def test_a_list_that_did_not_come_has_lost_nothing() -> None:
    assert find_shrunk(Parsed(), [], Cursor(history=(PastBatch(on=FRIDAY, entries=30),))) == ""


def test_whole_months_are_asked_for_at_once_where_that_works() -> None:
    spans = list(list_spans(date(2025, 8, 30), date(2025, 11, 2)))

    assert [(span.month or span.days[0].isoformat(), len(span.days)) for span in spans] == [
        ("2025-08-30", 1),
        ("2025-08-31", 1),
        ("2025-09", 30),
        ("2025-10", 31),
        ("2025-11-01", 1),
        ("2025-11-02", 1),
    ]


@settings(max_examples=100)
@given(st.dates(date(2024, 1, 1), date(2027, 1, 1)), st.integers(-3, 120))
def test_every_day_is_asked_for_once(first: date, length: int) -> None:
    spans = list(list_spans(first, first + length * ONE_DAY))

    assert [day for span in spans for day in span.days] == [first + n * ONE_DAY for n in range(length + 1)]
    assert all(span.days[0] >= MONTHS_SINCE for span in spans if span.month)


@pytest.mark.parametrize(
    ("on", "is_so"), [("2026-10-15", True), ("2026-09-30", True), ("2026-11-01", True), ("2026-11-20", False)]
)
def test_an_answer_about_another_month_is_noticed(on: str, *, is_so: bool) -> None:
    october = next(list_spans(date(2026, 10, 1), date(2026, 10, 31)))

    assert is_of_month(listed(1, on=on), october) is is_so
    assert is_of_month(listed(), october)


@pytest.mark.parametrize(
    ("lists", "day", "state"),
    [
        (listed(1), FRIDAY, RunState.FRESH),
        (listed(), FRIDAY, RunState.QUIET),
        (listed(), FRIDAY + ONE_DAY, RunState.HOLIDAY),
        (Parsed(is_truncated=True), FRIDAY, RunState.PARTIAL),
    ],
)
def test_the_past_is_judged_without_expecting_anything(lists: Parsed, day: date, state: RunState) -> None:
    batch = judge_past(lists, Span((day,)), RHYTHM)

    assert (batch.state, batch.cursor) == (state, Cursor())
