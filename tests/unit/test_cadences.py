"""On which days, or hours, a channel is due by its cadence, on ordinary days and on those when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.model import Cadence, InvalidSchedule, Schedule
from subscribers.schedule import (
    check_schedule,
    edition_name,
    held_until,
    last_due_at,
    next_due_at,
    parse_schedule,
    read_cadence,
    read_weekday,
)
from subscribers.schedule_words import describe_schedule

BERLIN = "Europe/Berlin"
ZONES = ("UTC", BERLIN, "Australia/Lord_Howe", "Pacific/Apia", "America/Nuuk", "America/Havana", "Asia/Kathmandu")
EIGHT = time(8)
WEDNESDAY = datetime(2026, 11, 25, 12, tzinfo=UTC)


def schedule(cadence: Cadence, zone: str = BERLIN, send_at: time = EIGHT, **fields: object) -> Schedule:
    return Schedule(zone, send_at, cadence=cadence, **fields)  # type: ignore[arg-type]


def shown(wanted: Schedule, after: datetime, count: int) -> list[str]:
    zone, found = ZoneInfo(wanted.timezone), []
    for _ in range(count):
        after = next_due_at(wanted, after)
        found.append(f"{after.astimezone(zone):%a %d %H:%M}")
    return found


def local(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def test_weekdays_leave_out_saturday_and_sunday() -> None:
    assert shown(schedule(Cadence.WEEKDAYS), WEDNESDAY, 4) == [
        "Thu 26 08:00",
        "Fri 27 08:00",
        "Mon 30 08:00",
        "Tue 01 08:00",
    ]


def test_a_week_has_one_slot_on_its_day() -> None:
    assert shown(schedule(Cadence.WEEKLY, weekday=0), WEDNESDAY, 2) == ["Mon 30 08:00", "Mon 07 08:00"]
    assert shown(schedule(Cadence.WEEKLY, weekday=2), WEDNESDAY, 1) == ["Wed 02 08:00"]


def test_a_batch_can_come_each_hour_on_its_minute() -> None:
    assert shown(schedule(Cadence.BATCH, send_at=time(8, 20)), WEDNESDAY, 3) == [
        "Wed 25 13:20",
        "Wed 25 14:20",
        "Wed 25 15:20",
    ]


def test_the_edition_of_a_batch_is_named_after_its_hour() -> None:
    wanted = schedule(Cadence.BATCH, send_at=time(0, 20))

    assert edition_name(wanted, local("2026-11-25 14:20")) == "2026-11-25T14"
    assert edition_name(schedule(Cadence.WEEKLY), local("2026-11-30 08:00")) == "2026-11-30"


def test_an_hour_that_happens_twice_has_one_batch_and_one_that_is_skipped_has_none() -> None:
    wanted = schedule(Cadence.BATCH, send_at=time(0, 30))

    autumn = shown(wanted, local("2026-10-25 00:40"), 3)
    spring = shown(wanted, local("2026-03-29 00:40"), 2)
    assert autumn == ["Sun 25 01:30", "Sun 25 02:30", "Sun 25 03:30"]
    assert spring == ["Sun 29 01:30", "Sun 29 03:30"]


def test_an_hour_of_which_half_is_skipped_keeps_its_batch() -> None:
    wanted = schedule(Cadence.BATCH, "Australia/Lord_Howe", time(0, 15))  # 02:00 was followed by 02:30

    assert shown(wanted, local("2026-10-04 01:20", wanted.timezone), 2) == ["Sun 04 02:45", "Sun 04 03:15"]


def test_a_week_whose_day_a_zone_left_out_has_no_digest() -> None:
    friday = schedule(Cadence.WEEKLY, "Pacific/Apia", weekday=4)  # there was no Friday 30 December 2011

    assert shown(friday, local("2011-12-24 12:00", "Pacific/Apia"), 1) == ["Fri 06 08:00"]


@settings(max_examples=80, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    age=st.timedeltas(timedelta(), timedelta(days=10_000)),
    minute=st.integers(0, 59),
    cadence=st.sampled_from(Cadence),
    weekday=st.integers(0, 6),
)
def test_slots_only_go_forward_and_each_has_a_name_of_its_own(
    zone: str, age: timedelta, minute: int, cadence: Cadence, weekday: int
) -> None:
    wanted = schedule(cadence, zone, time(2, minute), weekday=weekday)
    slots = [next_due_at(wanted, datetime(2036, 1, 1, tzinfo=UTC) - age)]
    for _ in range(30):
        slots.append(next_due_at(wanted, slots[-1]))

    names = [edition_name(wanted, slot) for slot in slots]
    assert slots == sorted(set(slots))
    assert names == sorted(set(names))
    for earlier, later in pairwise(slots):
        assert last_due_at(wanted, later - timedelta.resolution) == earlier


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    day=st.dates(date(2009, 1, 1), date(2037, 1, 1)),
    minute=st.sampled_from([0, 15, 30, 45, 59]),
)
def test_every_hour_that_a_day_has_has_its_batch(zone: str, day: date, minute: int) -> None:
    wanted = schedule(Cadence.BATCH, zone, time(0, minute))
    noon = datetime.combine(day, time(12), UTC)
    minutes = [(noon + timedelta(minutes=15 * n)).astimezone(ZoneInfo(zone)) for n in range(-160, 160)]
    hours = {f"{at:%Y-%m-%dT%H}" for at in minutes if at.date() == day}

    slot, found = local(f"{day} 00:00", zone) - timedelta(hours=3), set()
    for _ in range(34):
        slot = next_due_at(wanted, slot)
        found.add(edition_name(wanted, slot))
    assert {name for name in found if name.startswith(day.isoformat())} == hours


@pytest.mark.parametrize(("cadence", "latest"), [(Cadence.WEEKLY, 11), (Cadence.WEEKDAYS, 11), (Cadence.BATCH, 8)])
def test_a_weekly_digest_waits_on_its_day_and_a_batch_never(cadence: Cadence, latest: int) -> None:
    wanted = schedule(cadence, wait_until=time(11))

    assert held_until(wanted, local("2026-11-30 08:00")) == local(f"2026-11-30 {latest:02}:00")


@pytest.mark.parametrize("weekday", [-1, 7, 100])
def test_a_day_that_no_week_has_is_refused(weekday: int) -> None:
    with pytest.raises(InvalidSchedule, match=f"no day {weekday} in a week"):
        check_schedule(schedule(Cadence.WEEKLY, weekday=weekday))


def test_what_was_typed_of_days_is_kept() -> None:
    assert parse_schedule("utc", "8", cadence="Weekly", weekday="wed") == schedule(Cadence.WEEKLY, "UTC", weekday=2)


@pytest.mark.parametrize(("typed", "day"), [("Monday", 0), ("mon", 0), (" SUNDAY ", 6), ("thurs", 3)])
def test_a_day_of_the_week_may_be_shortened(typed: str, day: int) -> None:
    assert read_weekday(typed) == day


@pytest.mark.parametrize("typed", ["", "m", "mo", "0", "montag", "mondays", "x" * 10_000])
def test_what_is_no_day_of_the_week_is_refused(typed: str) -> None:
    with pytest.raises(InvalidSchedule, match="is not a day of the week") as refusal:
        read_weekday(typed)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("typed", ["", "hourly", "every day", "x" * 10_000])
def test_how_often_is_one_of_five(typed: str) -> None:
    with pytest.raises(InvalidSchedule, match="batch, daily, weekdays, weekly, alerts") as refusal:
        read_cadence(typed)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (schedule(Cadence.DAILY), "every day at 08:00 (Europe/Berlin)"),
        (schedule(Cadence.WEEKDAYS), "Monday to Friday at 08:00 (Europe/Berlin)"),
        (schedule(Cadence.WEEKLY, weekday=6), "every Sunday at 08:00 (Europe/Berlin)"),
        (
            schedule(Cadence.DAILY, wait_until=time(11)),
            "every day at 08:00 (Europe/Berlin), or when all of the day’s papers are in, 11:00 at the latest",
        ),
        (
            schedule(Cadence.BATCH, send_at=time(8, 5), wait_until=time(11)),
            "whenever new papers are for you, at most once an hour, at :05 (Europe/Berlin)",
        ),
        (schedule(Cadence.ALERTS), "no digest, only alerts"),
        (
            schedule(Cadence.DAILY, "Mars/Olympus"),
            "every day at 08:00 (UTC, because Mars/Olympus is not a time zone any more)",
        ),
    ],
    ids=["daily", "weekdays", "weekly", "waiting", "batch", "alerts", "lost zone"],
)
def test_a_schedule_is_said_in_words(wanted: Schedule, words: str) -> None:
    assert describe_schedule(wanted) == words
