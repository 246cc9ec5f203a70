"""The ladder, step by step: what a series of reports leads to, and what no series ever does."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.bounces import (
    GRACE,
    Action,
    Ladder,
    Move,
    Origin,
    Report,
    Standing,
    Step,
    fade,
    is_about_address,
    take,
)

START = datetime(2026, 11, 20, 6, tzinfo=UTC)
DAY = timedelta(days=1)
LADDER = Ladder(threshold=3.0, half_life=timedelta(days=14))
HARD, SOFT, COMPLAINT = Report.HARD, Report.SOFT, Report.COMPLAINT
NOTHING, PROBE, STOP = Action.NOTHING, Action.PROBE, Action.STOP

reports = st.lists(st.tuples(st.sampled_from([HARD, SOFT]), st.floats(0, 20)), min_size=1, max_size=30)


def walk(series: Iterable[tuple[Report, float]], ladder: Ladder = LADDER) -> list[Step]:
    """Take reports, each so many days after the start."""
    steps: list[Step] = []
    standing = None
    for report, days in series:
        steps.append(take(standing, report, START + days * DAY, ladder))
        standing = steps[-1].standing
    return steps


def spread(gaps: Iterable[tuple[Report, float]]) -> list[tuple[Report, float]]:
    """Turn waits between reports into days since the start."""
    days, series = 0.0, []
    for report, gap in gaps:
        days += gap
        series.append((report, days))
    return series


@pytest.mark.parametrize(
    ("series", "number"),
    [
        pytest.param([(HARD, day) for day in range(4)], 4, id="daily-hard"),
        pytest.param([(SOFT, day) for day in range(7)], 7, id="daily-soft"),
        pytest.param([(HARD, 7 * week) for week in range(7)], 7, id="weekly-hard"),
    ],
)
def test_a_probe_comes_with_the_report_that_reaches_the_threshold(
    series: list[tuple[Report, float]], number: int
) -> None:
    assert [step.action for step in walk(series)] == [NOTHING] * (number - 1) + [PROBE]


@pytest.mark.parametrize(
    "series",
    [
        pytest.param([(HARD, 0.0)], id="once"),
        pytest.param([(HARD, each / 100) for each in range(40)], id="forty-in-one-day"),
        pytest.param([(SOFT, 7.0 * week) for week in range(104)], id="weekly-soft-for-two-years"),
        pytest.param([(HARD, 30.0 * month) for month in range(60)], id="monthly-hard-for-five-years"),
    ],
)
def test_what_heals_or_comes_at_once_leads_to_nothing(series: list[tuple[Report, float]]) -> None:
    assert {step.action for step in walk(series)} == {NOTHING}


def test_the_larger_of_two_reports_of_a_day_counts_and_only_that() -> None:
    scores = [step.standing.score for step in walk([(SOFT, 0), (SOFT, 0.1), (HARD, 0.2), (SOFT, 0.3), (HARD, 0.4)])]

    assert scores == [0.5, 0.5, 1.0, 1.0, 1.0]


def test_a_day_is_one_of_the_calendar_in_utc() -> None:
    assert walk([(HARD, 0.74), (HARD, 0.76)])[-1].standing.score == pytest.approx(1.95, abs=0.01)


def test_a_score_halves_in_its_half_life_and_delivery_does_not_take_it_down() -> None:
    standing = Standing(4.0, START)

    assert [fade(standing, START + days * DAY, LADDER) for days in (0, 14, 28, 42)] == [4.0, 2.0, 1.0, 0.5]


def test_a_clock_set_back_neither_raises_a_score_nor_counts_a_day_twice() -> None:
    first, second = walk([(HARD, 1), (HARD, 0)])

    assert second.standing == first.standing


def test_a_probe_that_comes_back_stops_the_channel() -> None:
    probed = walk([(HARD, day) for day in range(4)])[-1].standing

    for report in (HARD, SOFT):
        assert take(probed, report, START + 4 * DAY, LADDER, is_probe=True).action is STOP
    assert take(probed, HARD, START + 4 * DAY, LADDER).action is NOTHING  # a digest from before the probe


def test_bounces_that_go_on_after_the_probe_stop_the_channel_once_the_grace_is_over() -> None:
    actions = [step.action for step in walk([(HARD, day) for day in range(10)])]

    assert actions == [NOTHING] * 3 + [PROBE] + [NOTHING] * 4 + [STOP, STOP]
    assert GRACE == 5 * DAY


def test_weekly_mail_that_goes_on_bouncing_is_stopped_though_the_score_sinks_between() -> None:
    assert [step.action for step in walk([(HARD, 7 * week) for week in range(8)])][-2:] == [PROBE, STOP]


def test_a_probe_of_long_ago_is_forgotten_and_a_new_one_goes_first() -> None:
    probed = walk([(HARD, day) for day in range(4)])[-1].standing
    standing, actions = probed, []
    for day in range(60, 64):
        step = take(standing, HARD, START + day * DAY, LADDER)
        standing = step.standing
        actions.append(step.action)

    assert actions == [NOTHING, NOTHING, PROBE, NOTHING]
    assert take(probed, HARD, START + 60 * DAY, LADDER, is_probe=True).action is NOTHING


def test_a_probe_we_never_sent_is_an_ordinary_bounce() -> None:
    assert take(None, HARD, START, LADDER, is_probe=True) == take(None, HARD, START, LADDER)


@given(reports)
def test_a_complaint_always_stops(series: list[tuple[Report, float]]) -> None:
    standing = walk(spread(series))[-1].standing

    assert take(standing, COMPLAINT, START, LADDER).action is STOP
    assert take(None, COMPLAINT, START, LADDER).action is STOP


@given(reports)
def test_no_day_adds_more_than_one_and_no_report_takes_away(series: list[tuple[Report, float]]) -> None:
    before: Standing | None = None
    days: dict[object, float] = {}
    for report, day in spread(series):
        now = START + day * DAY
        after = take(before, report, now, LADDER).standing
        faded = 0.0 if before is None else fade(before, now, LADDER)
        assert after.score >= faded - 1e-9
        days[now.date()] = days.get(now.date(), 0.0) + after.score - faded
        before = after
    assert max(days.values()) <= 1.0 + 1e-9


@given(reports)
def test_nothing_stops_without_a_probe_at_least_the_grace_before(series: list[tuple[Report, float]]) -> None:
    probed_at: list[float] = []
    for (_, day), step in zip(spread(series), walk(spread(series)), strict=True):
        if step.action is STOP:
            assert day - probed_at[-1] >= GRACE / DAY - 1e-6
        if step.action is PROBE:
            probed_at.append(day)


@given(reports, st.integers(0, 29))
def test_a_harder_report_never_leads_to_a_lower_score(series: list[tuple[Report, float]], place: int) -> None:
    harder = [(HARD if number == place else report, day) for number, (report, day) in enumerate(spread(series))]

    assert walk(harder)[-1].standing.score >= walk(spread(series))[-1].standing.score - 1e-9


MOVED = Move(START, frozenset({"old@example.org", "Older@example.org"}))


@pytest.mark.parametrize(
    ("origin", "days", "expected"),
    [
        pytest.param(Origin("new@example.org"), 0, True, id="names-the-new"),
        pytest.param(Origin("NEW@Example.org"), 0, True, id="names-the-new-in-capitals"),
        pytest.param(Origin("old@example.org"), 400, False, id="names-the-old"),
        pytest.param(Origin("older@example.org"), 400, False, id="names-one-before-that"),
        pytest.param(Origin(), 5, False, id="names-nobody-soon"),
        pytest.param(Origin(), 6, True, id="names-nobody-later"),
        pytest.param(Origin("forwarded@example.com"), 1, False, id="names-a-stranger-soon"),
        pytest.param(Origin("forwarded@example.com"), 6, True, id="names-a-stranger-later"),
        pytest.param(Origin("new@example.org", START - DAY), 1, False, id="made-before"),
        pytest.param(Origin("old@example.org", START + DAY), 2, True, id="made-after"),
        pytest.param(Origin(sent_at=START), 0, True, id="made-in-that-second"),
    ],
)
def test_a_report_of_an_address_from_before_a_move_is_not_about_the_new_one(
    origin: Origin, days: int, *, expected: bool
) -> None:
    assert is_about_address(origin, "new@example.org", MOVED, START + days * DAY) is expected
    assert is_about_address(origin, "new@example.org", None, START)
