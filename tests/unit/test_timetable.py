"""When a source is asked next, and whether today's batch is in."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.model import Batch, Cursor, RunState
from digest.sources.arxiv.calendar import RHYTHM as ARXIV
from digest.sources.huggingface import RHYTHM as HUGGINGFACE
from digest.sources.rhythm import Pattern, Rhythm
from digest.sources.timetable import LONGEST_PAUSE, due_after, due_after_failure, is_complete, overdue_since

EASTERN = ZoneInfo("America/New_York")
HALF_AN_HOUR = timedelta(minutes=30)
MINUTE = timedelta(minutes=1)
THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)
ROLLING = Rhythm(pattern=Pattern.ROLLING, every=timedelta(hours=2))


def eastern(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=EASTERN).astimezone(UTC)


def batch(state: RunState, complete_on: date | None = None) -> Batch:
    return Batch(source="arxiv:cs.CL", state=state, cursor=Cursor(complete_on=complete_on))


def test_a_whole_batch_is_followed_by_a_look_soon_after_the_next_midnight_there() -> None:
    due_at = due_after(batch(RunState.FRESH, FRIDAY), ARXIV, HALF_AN_HOUR, eastern(20, 9))

    assert eastern(21, 0) + 10 * MINUTE <= due_at <= eastern(21, 0) + 15 * MINUTE


@pytest.mark.parametrize("state", [RunState.STALE, RunState.PARTIAL, RunState.BROKEN])
def test_what_is_not_whole_is_asked_for_again_soon_and_later_less_often(state: RunState) -> None:
    waiting = batch(state, THURSDAY)

    assert due_after(waiting, ARXIV, HALF_AN_HOUR, eastern(20, 1)) == eastern(20, 1) + HALF_AN_HOUR
    assert due_after(waiting, ARXIV, HALF_AN_HOUR, eastern(20, 12)) == eastern(20, 12) + 2 * HALF_AN_HOUR


@pytest.mark.parametrize("state", [RunState.PARTIAL, RunState.BROKEN])
def test_a_rolling_list_in_trouble_is_asked_only_a_little_sooner(state: RunState) -> None:
    now, daily = eastern(20, 1), replace(ROLLING, every=timedelta(days=1))

    assert due_after(batch(state), daily, HALF_AN_HOUR, now) == now + timedelta(hours=6)
    assert due_after(batch(state), ROLLING, HALF_AN_HOUR, now) == now + HALF_AN_HOUR


def test_rolling_lists_have_their_own_pause() -> None:
    now = eastern(20, 1)

    assert due_after(batch(RunState.QUIET), ROLLING, HALF_AN_HOUR, now) == now + timedelta(hours=2)
    assert due_after(batch(RunState.FRESH, THURSDAY), HUGGINGFACE, HALF_AN_HOUR, now) == now + HUGGINGFACE.every


def test_failures_in_a_row_make_the_pause_longer_up_to_a_limit() -> None:
    now = eastern(20, 1)
    pauses = [due_after_failure("x", number, None, now) - now for number in (1, 2, 3, 50)]

    assert 10 * MINUTE <= pauses[0] <= 11 * MINUTE
    assert 20 * MINUTE <= pauses[1] <= 22 * MINUTE
    assert pauses == sorted(pauses)
    assert pauses[-1] <= LONGEST_PAUSE * 1.1


def test_a_stated_wait_is_obeyed_and_two_sources_do_not_come_back_at_once() -> None:
    now = eastern(20, 1)

    assert due_after_failure("x", 1, timedelta(hours=15), now) == now + timedelta(hours=15)
    assert due_after_failure("x", 1, None, now) != due_after_failure("y", 1, None, now)


@pytest.mark.parametrize(
    ("complete_on", "now", "is_in"),
    [
        (FRIDAY, eastern(20, 9), True),
        (THURSDAY, eastern(20, 9), False),
        (FRIDAY, eastern(22, 9), True),
        (THURSDAY, eastern(22, 9), False),
        (FRIDAY, eastern(23, 0), False),
        (None, eastern(20, 9), False),
    ],
)
def test_todays_batch_is_in_or_not(complete_on: date | None, now: datetime, is_in: bool) -> None:
    assert is_complete(ARXIV, complete_on, now) is is_in


def test_a_days_list_is_complete_once_the_day_is_over() -> None:
    read_in_time = is_complete(HUGGINGFACE, THURSDAY, datetime(2026, 11, 20, 12, tzinfo=UTC))

    assert read_in_time
    assert not is_complete(HUGGINGFACE, THURSDAY, datetime(2026, 11, 21, 12, tzinfo=UTC))


def test_a_rolling_list_is_never_late() -> None:
    assert is_complete(ROLLING, None, eastern(20, 9))
    assert overdue_since(ROLLING, Cursor(), eastern(20, 9)) is None


def test_lateness_counts_from_the_first_batch_that_is_missing() -> None:
    since = Cursor(complete_on=date(2026, 11, 17))

    assert overdue_since(ARXIV, since, eastern(20, 9)) == eastern(18, 0)
    assert overdue_since(ARXIV, Cursor(complete_on=FRIDAY), eastern(22, 9)) is None
    assert overdue_since(ARXIV, Cursor(), eastern(20, 9)) == eastern(20, 0)


def test_a_rhythm_says_when_the_next_batch_is_due() -> None:
    assert ARXIV.next_ready_at(eastern(20, 9)) == eastern(23, 0)
    assert ARXIV.next_look_at(eastern(20, 9)) == eastern(21, 0)
    assert ROLLING.next_ready_at(eastern(20, 9)) is None


def test_a_source_that_never_works_is_not_searched_for_ever() -> None:
    idle = replace(ARXIV, is_working=lambda _day: False, ready_at=time(9))

    assert idle.latest_expected(eastern(20, 9)) is None
    assert idle.next_ready_at(eastern(20, 9)) is None
