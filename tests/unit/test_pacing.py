"""How fast mail may go out, as values: rates of domains, the days of a warm-up, a spike of refusals."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import Refusal
from digest.pipeline.pacer import MOST_SKIPPED, PAUSE, REST, SLOW_FOR, Pacer
from digest.pipeline.pacing import (
    SLICE,
    Rates,
    find_allowance,
    find_free_at,
    is_spike,
    read_rates,
    slice_of,
    slow_down,
)
from subscribers.schedule import zone_of

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIRST = date(2026, 11, 20)


def pacer(*rates: str, warm_up_from: date | None = None, zone: str = "UTC") -> Pacer:
    return Pacer(rates=read_rates(rates), warm_up_from=warm_up_from, zone=zone_of(zone))


def test_rates_are_read_as_they_are_set() -> None:
    rates = read_rates(["GMail.com=500", "*=1000", "gmail.com=600"])

    assert (rates.of("gmail.com"), rates.of("example.org"), Rates().of("gmail.com")) == (600, 1000, None)


def test_a_slice_of_five_minutes_takes_a_twelfth_of_the_hour() -> None:
    assert find_free_at({slice_of(NOON): 49}, 600, NOON) is None
    assert find_free_at({slice_of(NOON): 50}, 600, NOON) == NOON + SLICE


def test_a_small_rate_holds_for_the_hour() -> None:
    sent = {slice_of(NOON): 1}

    assert find_free_at(sent, 1, NOON + timedelta(minutes=59)) == NOON + timedelta(hours=1)
    assert find_free_at(sent, 1, NOON + timedelta(hours=1)) is None


@given(
    st.integers(1, 2_000),
    st.lists(st.integers(0, 7_200), max_size=300),
)
def test_no_hour_ever_gets_more_than_its_rate(rate: int, seconds: list[int]) -> None:
    sent: dict[int, int] = {}
    for second in sorted(seconds):
        now = NOON + timedelta(seconds=second)
        free_at = find_free_at(sent, rate, now)
        assert free_at is None or free_at > now
        if free_at is None:
            sent[slice_of(now)] = sent.get(slice_of(now), 0) + 1
    for last in sent:
        assert sum(count for number, count in sent.items() if last - 12 < number <= last) <= rate


@given(st.integers(1, 500), st.dictionaries(st.integers(-11, 0), st.integers(0, 200)))
def test_what_is_said_to_be_free_is_free_then(rate: int, before: dict[int, int]) -> None:
    sent = {slice_of(NOON) + number: count for number, count in before.items()}
    free_at = find_free_at(sent, rate, NOON)

    assert free_at is None or find_free_at(sent, rate, free_at) is None


@pytest.mark.parametrize(("days", "allowance"), [(-1, 50), (0, 50), (1, 75), (2, 112), (10, 2883), (60, None)])
def test_a_warm_up_grows_by_half_each_day_until_nothing_is_held(days: int, allowance: int | None) -> None:
    assert find_allowance(FIRST, FIRST + timedelta(days=days)) == allowance


def test_who_needs_no_warm_up_has_none() -> None:
    assert find_allowance(None, FIRST) is None


@pytest.mark.parametrize(
    ("rate", "recent", "slowed"), [(500, 0, 1), (500, 100, 50), (None, 100, 50), (None, 0, 1), (40, 100, 20)]
)
def test_a_domain_that_asks_for_less_gets_half(rate: int | None, recent: int, slowed: int) -> None:
    assert slow_down(rate, {slice_of(NOON): recent}, NOON) == slowed


@pytest.mark.parametrize(
    ("refusals", "is_one"),
    [
        ("xxxx", False),
        ("xxxxx", True),
        ("..........xxxxx", False),  # five in a row, but a third of all
        ("xxxxx.....xxxxx", True),
        ("xxxxx.", False),
        ("." * 100 + "x" * 10, True),  # of the last twenty
        ("", False),
    ],
)
def test_a_spike_is_many_refusals_in_a_row_and_among_the_last(refusals: str, is_one: bool) -> None:
    assert is_spike([each == "x" for each in refusals]) is is_one


def test_nothing_is_held_where_nothing_is_set() -> None:
    free = pacer()
    for _ in range(1_000):
        free.note_sent("ada@gmail.com", NOON)

    assert (free.counts, free.find_hold("ada@gmail.com", NOON), free.list_full(NOON)) == (False, None, [])


def test_a_domain_at_its_rate_waits_and_the_others_go_on() -> None:
    paced = pacer("gmail.com=12")
    paced.note_sent("ada@gmail.com", NOON)

    hold = paced.find_hold("bob@GMAIL.com", NOON)
    assert hold is not None
    assert (hold.until, hold.why) == (NOON + SLICE, "gmail.com gets 12 mails an hour")
    assert (paced.list_full(NOON), paced.find_hold("bob@example.org", NOON)) == (["gmail.com"], None)


def test_a_domain_that_says_too_many_rests_and_then_gets_half_for_an_hour() -> None:
    paced = pacer("*=1200")
    for _ in range(100):
        paced.note_sent("ada@gmail.com", NOON)
    paced.note_refused("ada@gmail.com", Refusal.THROTTLED, NOON + SLICE)

    resting, slow, over = (
        paced.find_hold("ada@gmail.com", NOON + SLICE + after) for after in (timedelta(0), REST, SLOW_FOR)
    )
    assert resting is not None
    assert resting.until == NOON + SLICE + REST
    assert slow is not None
    assert (slow.why, over) == ("gmail.com gets 50 mails an hour", None)
    assert paced.find_hold("ada@example.org", NOON + SLICE) is None


def test_greylisting_slows_nobody() -> None:
    paced = pacer()
    paced.note_refused("ada@gmail.com", None, NOON)

    assert paced.find_hold("ada@gmail.com", NOON) is None


def test_a_spike_pauses_all_mail_and_then_it_starts_afresh() -> None:
    paced = pacer()
    ends = [paced.note_refused(f"ada@example{number}.org", Refusal.POLICY, NOON) for number in range(5)]

    assert ends == [None, None, None, None, NOON + PAUSE]
    hold = paced.find_hold("ada@example.org", NOON)
    assert hold is not None
    assert hold.until == NOON + PAUSE
    assert paced.find_pause(NOON + PAUSE) is None
    assert paced.note_refused("ada@example.org", Refusal.POLICY, NOON + PAUSE) is None


def test_a_few_readers_who_are_refused_again_and_again_are_no_spike() -> None:
    paced = pacer()
    ends = [
        paced.note_refused(f"reader{number}@company.example", Refusal.POLICY, NOON + day * timedelta(days=1))
        for day in range(5)
        for number in range(3)
    ]

    assert set(ends) == {None}


def test_a_clock_that_ran_ahead_and_is_set_back_holds_nothing_for_longer() -> None:
    paced, ahead = pacer("gmail.com=12"), NOON + timedelta(days=1)
    paced.note_sent("ada@gmail.com", ahead)
    paced.note_refused("ada@example.org", Refusal.THROTTLED, ahead)
    for number in range(5):
        paced.note_refused(f"ada@example{number}.org", Refusal.POLICY, ahead)

    assert [paced.find_hold(f"ada@{domain}", NOON) for domain in ("gmail.com", "example.org")] == [None, None]


def test_a_clock_that_is_set_back_gives_no_second_allowance() -> None:
    paced = pacer(warm_up_from=FIRST)
    for at in (NOON, NOON + timedelta(days=1), NOON):
        paced.note_sent("ada@example.org", at)

    assert [paced.find_left(NOON + timedelta(days=day)) for day in (0, 1)] == [48, 74]


def test_no_more_domains_are_passed_over_than_a_query_takes() -> None:
    paced = pacer("*=12")
    for number in range(MOST_SKIPPED + 10):
        paced.note_sent(f"ada@example{number}.org", NOON)

    assert len(paced.list_full(NOON)) == MOST_SKIPPED


def test_a_warm_up_ends_with_the_day_of_the_operator() -> None:
    paced = pacer(warm_up_from=FIRST, zone="Asia/Tokyo")
    for _ in range(50):
        paced.note_sent("ada@example.org", NOON)

    pause = paced.find_pause(NOON)
    assert pause is not None
    assert pause.until == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert (paced.find_left(NOON), paced.find_left(pause.until)) == (0, 75)


def test_what_went_out_before_the_process_began_counts() -> None:
    paced = pacer("gmail.com=2", warm_up_from=FIRST)
    since = paced.counts_from(NOON)
    paced.count_before([("ada@gmail.com", NOON - timedelta(minutes=30)), ("bob@gmail.com", NOON - timedelta(hours=3))])

    assert (since, paced.find_left(NOON)) == (datetime(2026, 11, 20, tzinfo=UTC), 48)
    assert paced.find_hold("eve@gmail.com", NOON) is None
    paced.note_sent("eve@gmail.com", NOON)
    assert paced.find_hold("joe@gmail.com", NOON) is not None
