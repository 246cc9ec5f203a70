"""A change of zone or hour never brings a second digest on one local date, and never loses one."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.model import Schedule
from subscribers.schedule import edition_name, next_due_at, reschedule

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)  # Berlin turns its clocks back five days later
EIGHT, TEN, SEVEN = time(8), time(10), time(7)
ZONES = ["UTC", "Europe/Berlin", "Pacific/Auckland", "Pacific/Honolulu", "America/New_York", "Asia/Kolkata"]


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def berlin(send_at: time) -> Schedule:
    return Schedule("Europe/Berlin", send_at)


@pytest.mark.parametrize(
    ("case", "due", "now", "after", "expected"),
    [
        ("a later hour after today's digest", "2026-11-21 08:00", "2026-11-20 09:00", TEN, "2026-11-21 10:00"),
        ("an earlier hour after today's digest", "2026-11-21 08:00", "2026-11-20 09:00", SEVEN, "2026-11-21 07:00"),
        ("a later hour before today's digest", "2026-11-20 08:00", "2026-11-20 06:00", TEN, "2026-11-20 10:00"),
        ("an earlier hour before today's digest", "2026-11-20 08:00", "2026-11-20 06:00", SEVEN, "2026-11-20 07:00"),
        ("the earlier hour has passed already", "2026-11-20 08:00", "2026-11-20 07:30", SEVEN, "2026-11-21 07:00"),
        ("overdue, a later hour waits for it", "2026-11-20 08:00", "2026-11-20 09:00", TEN, "2026-11-20 10:00"),
        ("overdue, a passed hour stays overdue", "2026-11-20 08:00", "2026-11-20 09:00", SEVEN, "2026-11-20 07:00"),
    ],
)
def test_an_hour_can_change_at_any_time_of_day(case: str, due: str, now: str, after: time, expected: str) -> None:
    slot = reschedule(berlin(EIGHT), berlin(after), due_at=local(due), since=LONG_AGO, now=local(now))

    assert slot == local(expected), case


def test_changing_twice_after_todays_digest_still_waits_for_tomorrow() -> None:
    now = local("2026-11-20 09:00")
    once = reschedule(berlin(EIGHT), berlin(TEN), due_at=local("2026-11-21 08:00"), since=LONG_AGO, now=now)
    twice = reschedule(berlin(TEN), berlin(time(12)), due_at=once, since=LONG_AGO, now=now)

    assert twice == local("2026-11-21 12:00")


def test_a_channel_that_never_had_a_digest_may_have_one_today() -> None:
    now = local("2026-11-20 09:30")
    since = local("2026-11-20 09:00")
    slot = reschedule(berlin(EIGHT), berlin(TEN), due_at=local("2026-11-21 08:00"), since=since, now=now)

    assert slot == local("2026-11-20 10:00")


def test_moving_east_after_todays_digest_does_not_bring_one_half_an_hour_later() -> None:
    honolulu, auckland = Schedule("Pacific/Honolulu", EIGHT), Schedule("Pacific/Auckland", EIGHT)
    now = local("2026-11-20 08:30", "Pacific/Honolulu")  # it is 07:30 on the 21st in Auckland
    due_at = local("2026-11-21 08:00", "Pacific/Honolulu")

    slot = reschedule(honolulu, auckland, due_at=due_at, since=LONG_AGO, now=now)

    assert slot == local("2026-11-22 08:00", "Pacific/Auckland")


def test_moving_west_never_gives_an_edition_a_name_it_had() -> None:
    honolulu, auckland = Schedule("Pacific/Honolulu", EIGHT), Schedule("Pacific/Auckland", EIGHT)
    served_at = local("2026-11-21 08:00", "Pacific/Auckland")  # the 20th in Honolulu
    slot = reschedule(
        auckland,
        honolulu,
        due_at=next_due_at(auckland, served_at),
        since=LONG_AGO,
        now=served_at + timedelta(hours=1),
    )

    assert edition_name(honolulu, slot) == "2026-11-22"


schedules = st.builds(Schedule, st.sampled_from(ZONES), st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])))


@settings(max_examples=200, deadline=None)
@given(first=schedules, changes=st.lists(st.tuples(schedules, st.integers(0, 40)), min_size=1, max_size=8))
def test_no_sequence_of_changes_names_an_edition_twice(first: Schedule, changes: list[tuple[Schedule, int]]) -> None:
    now, editions = NOON, list[str]()
    schedule, due_at = first, next_due_at(first, now)
    for changed, hours in changes:
        now += timedelta(hours=hours)
        while due_at <= now:  # served in time
            editions.append(edition_name(schedule, due_at))
            due_at = next_due_at(schedule, due_at)
        due_at = reschedule(schedule, changed, due_at=due_at, since=LONG_AGO, now=now)
        schedule = changed
        assert now < due_at < now + timedelta(days=4)

    assert editions == sorted(set(editions))


@settings(max_examples=200, deadline=None)
@given(before=schedules, after=schedules, hours=st.integers(0, 23))
def test_a_change_after_a_digest_brings_none_on_the_same_date_of_either_zone(
    before: Schedule, after: Schedule, hours: int
) -> None:
    sent_at = next_due_at(before, NOON)
    now = sent_at + timedelta(hours=hours)

    slot = reschedule(before, after, due_at=next_due_at(before, sent_at), since=LONG_AGO, now=now)

    assert edition_name(after, slot) > max(edition_name(before, sent_at), edition_name(after, sent_at))
