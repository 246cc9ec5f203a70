"""arXiv's announcement days: the published schedule, its holidays, and what must hold on any day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.arxiv.calendar import (
    RHYTHM,
    ZONE,
    announcement_day,
    is_working,
    list_holidays,
    list_usual_holidays,
    next_working,
    previous_working,
    working_days,
)

START = datetime(2023, 1, 3, tzinfo=UTC)
INSTANTS = st.integers(0, 18 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
DAYS = st.dates(min_value=date(2023, 1, 3), max_value=date(2040, 12, 1))


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("submitted", "announced"),
    [
        ("2026-11-16T14:00", "2026-11-18"),  # Monday 14:00 – Tuesday 14:00: announced Tuesday 20:00
        ("2026-11-17T13:59:59", "2026-11-18"),
        ("2026-11-17T14:00", "2026-11-19"),
        ("2026-11-18T14:00", "2026-11-20"),
        ("2026-11-19T14:00", "2026-11-23"),  # Thursday 14:00 – Friday 14:00: announced Sunday 20:00
        ("2026-11-20T13:59", "2026-11-23"),
        ("2026-11-20T14:00", "2026-11-24"),  # Friday 14:00 – Monday 14:00: announced Monday 20:00
        ("2026-11-22T23:59", "2026-11-24"),
        ("2026-11-23T13:59", "2026-11-24"),
    ],
)
def test_the_published_table_is_kept(submitted: str, announced: str) -> None:
    assert announcement_day(eastern(submitted)) == date.fromisoformat(announced)


@pytest.mark.parametrize(
    ("submitted", "announced"),
    [
        ("2026-11-25T15:00", "2026-11-30"),  # Thanksgiving evening has no mailing, so Friday has no feed
        ("2026-06-18T15:00", "2026-06-23"),  # Juneteenth on a Friday takes Sunday's
        ("2026-12-28T15:00", "2026-12-31"),  # 29 December 2026 is on arXiv's list
    ],
)
def test_a_holiday_puts_the_announcement_off(submitted: str, announced: str) -> None:
    assert announcement_day(eastern(submitted)) == date.fromisoformat(announced)


@pytest.mark.parametrize(
    "day",
    ["2025-07-07", "2025-11-28", "2025-12-31", "2026-01-20", "2026-06-22", "2026-07-06", "2026-11-27", "2027-01-01"],
)
def test_the_weekday_after_a_holiday_has_no_feed(day: str) -> None:
    assert not is_working(date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-05-25", "2026-05-26", "2026-11-26", "2026-11-20", "2025-07-04", "2026-06-19"])
def test_other_american_holidays_and_the_day_itself_have_one(day: str) -> None:
    assert is_working(date.fromisoformat(day))


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_rule_empties_no_feed_that_the_published_lists_do_not(year: int) -> None:
    listed = {following(holiday) for holiday in list_holidays(year)}

    assert {following(holiday) for holiday in list_usual_holidays(year)} <= listed
    assert all(not is_working(day) for day in listed)


def following(holiday: date) -> date:
    day = holiday + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def test_years_without_a_list_have_the_usual_holidays() -> None:
    assert list_holidays(2027) == {
        date(2027, 1, 1),
        date(2027, 1, 18),
        date(2027, 6, 18),  # a Saturday's is kept on Friday
        date(2027, 7, 5),  # a Sunday's on Monday
        date(2027, 9, 6),
        date(2027, 11, 25),
        date(2027, 12, 24),
    }


@given(INSTANTS, st.timedeltas(min_value=timedelta(), max_value=timedelta(days=10)))
def test_who_submits_later_is_not_announced_earlier(instant: datetime, later: timedelta) -> None:
    assert announcement_day(instant) <= announcement_day(instant + later)


@given(INSTANTS)
def test_announcements_are_made_on_working_days_soon_after(instant: datetime) -> None:
    day = announcement_day(instant)

    assert is_working(day)
    assert timedelta(0) < day - instant.astimezone(ZONE).date() <= timedelta(days=8)


@given(DAYS.filter(is_working))
def test_the_cut_off_is_at_two_in_winter_and_in_summer(day: date) -> None:
    """The last submission in a feed came before 14:00 Eastern, on either side of a clock change."""
    cut_off = datetime.combine(previous_weekday(day), time(14), ZONE)

    assert announcement_day(cut_off - timedelta(seconds=1)) == day
    assert announcement_day(cut_off.astimezone(UTC)) > day


def previous_weekday(day: date) -> date:
    day -= timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


@given(DAYS)
def test_the_days_around_a_day_are_the_nearest(day: date) -> None:
    before, after = previous_working(day), next_working(day)

    assert before < day <= after
    assert working_days(before, after) == [before, after]


def test_the_rhythm_knows_a_holiday() -> None:
    friday = datetime(2026, 11, 27, 15, tzinfo=UTC)

    assert RHYTHM.is_rest(friday)
    assert RHYTHM.latest_expected(friday) == date(2026, 11, 26)
    assert RHYTHM.next_ready_at(friday) == datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
