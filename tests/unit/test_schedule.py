"""When a channel is due, on ordinary days and on those when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.model import InvalidSchedule, Schedule
from subscribers.schedule import (
    check_schedule,
    check_timezone,
    edition_name,
    is_timezone,
    last_due_at,
    next_due_at,
    parse_schedule,
    zone_of,
)

ZONES = (
    *("UTC", "Europe/Berlin", "Europe/London", "Europe/Lisbon", "Africa/Casablanca", "Africa/Cairo", "Asia/Beirut"),
    *("Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Gaza", "Australia/Lord_Howe", "Australia/Adelaide"),
    *("Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Honolulu", "America/New_York"),
    *("America/Santiago", "America/Havana", "America/Asuncion", "America/Nuuk", "America/St_Johns"),
    *("America/Sao_Paulo", "Atlantic/Azores", "Antarctica/Troll", "Etc/GMT+12", "Etc/GMT-14"),
)


def local(zone: str, text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def slots(schedule: Schedule, after: datetime, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        after = next_due_at(schedule, after)
        found.append(after)
    return found


def shown(schedule: Schedule, after: datetime, count: int) -> list[str]:
    zone = ZoneInfo(schedule.timezone)
    return [f"{slot.astimezone(zone):%Y-%m-%d %H:%M%z}" for slot in slots(schedule, after, count)]


def test_the_next_slot_is_strictly_after() -> None:
    schedule = Schedule("Europe/Berlin", time(8))
    slot = local("Europe/Berlin", "2026-11-20 08:00")

    assert next_due_at(schedule, slot - timedelta(microseconds=1)) == slot
    assert next_due_at(schedule, slot) == local("Europe/Berlin", "2026-11-21 08:00")
    assert next_due_at(schedule, slot).tzinfo is UTC


def test_the_last_slot_is_at_or_before() -> None:
    schedule = Schedule("Europe/Berlin", time(8))
    slot = local("Europe/Berlin", "2026-11-20 08:00")

    assert last_due_at(schedule, slot) == slot
    assert last_due_at(schedule, slot + timedelta(hours=23)) == slot
    assert last_due_at(schedule, slot - timedelta(seconds=1)) == local("Europe/Berlin", "2026-11-19 08:00")


def test_a_skipped_time_comes_once_moved_on_by_the_gap() -> None:
    schedule = Schedule("Europe/Berlin", time(2, 30))

    assert shown(schedule, local("Europe/Berlin", "2026-03-28 12:00"), 2) == [
        "2026-03-29 03:30+0200",
        "2026-03-30 02:30+0200",
    ]


def test_a_time_that_happens_twice_is_served_the_first_time_only() -> None:
    schedule = Schedule("Europe/Berlin", time(2, 30))

    assert shown(schedule, local("Europe/Berlin", "2026-10-24 12:00"), 2) == [
        "2026-10-25 02:30+0200",
        "2026-10-26 02:30+0100",
    ]


def test_lord_howe_moves_its_clocks_by_half_an_hour() -> None:
    schedule = Schedule("Australia/Lord_Howe", time(2, 15))

    assert shown(schedule, local("Australia/Lord_Howe", "2026-10-03 12:00"), 1) == ["2026-10-04 02:45+1100"]
    assert shown(schedule, local("Australia/Lord_Howe", "2026-04-04 12:00"), 2) == [
        "2026-04-05 02:15+1030",
        "2026-04-06 02:15+1030",
    ]


def test_apia_has_no_edition_for_the_day_it_left_out() -> None:
    schedule = Schedule("Pacific/Apia", time(8))
    found = slots(schedule, local("Pacific/Apia", "2011-12-28 12:00"), 3)

    assert [edition_name(schedule, slot) for slot in found] == ["2011-12-29", "2011-12-31", "2012-01-01"]
    assert last_due_at(schedule, local("Pacific/Apia", "2011-12-31 07:00")) == found[0]


@pytest.mark.parametrize(
    ("zone", "send_at", "noon_before", "expected"),
    [
        ("America/Santiago", time(0, 30), "2026-09-05 12:00", "2026-09-06 01:30-0300"),
        ("Asia/Beirut", time(0), "2026-03-28 12:00", "2026-03-29 01:00+0300"),
        ("America/Havana", time(0, 30), "2026-10-31 12:00", "2026-11-01 00:30-0400"),
        ("Asia/Beirut", time(23, 30), "2026-10-24 12:00", "2026-10-24 23:30+0300"),
    ],
)
def test_zones_that_change_at_midnight_keep_their_dates(
    zone: str, send_at: time, noon_before: str, expected: str
) -> None:
    assert shown(Schedule(zone, send_at), local(zone, noon_before), 1) == [expected]


def test_a_gap_at_the_end_of_a_date_moves_the_slot_back_into_it() -> None:
    schedule = Schedule("America/Nuuk", time(23, 30))  # 23:00 was followed by midnight

    assert shown(schedule, local("America/Nuuk", "2024-03-30 12:00"), 2) == [
        "2024-03-30 22:30-0200",
        "2024-03-31 23:30-0100",
    ]


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    year=st.integers(2008, 2037),
    send_at=st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59])),
)
def test_every_local_date_of_a_year_has_exactly_one_slot(zone: str, year: int, send_at: time) -> None:
    schedule = Schedule(zone, send_at)
    start = local(zone, f"{year - 1}-12-31 23:59:59")
    found = slots(schedule, start, 366)

    existing = [day for day in days_of(year) if is_date_of(zone, day)]
    names = [edition_name(schedule, slot) for slot in found]
    assert names[: len(existing)] == [day.isoformat() for day in existing]
    assert all(earlier < later for earlier, later in pairwise(found))
    assert all(last_due_at(schedule, later) == later for later in found[::30])
    assert all(last_due_at(schedule, later - timedelta.resolution) == earlier for earlier, later in pairwise(found))


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [day for n in range(366) if (day := first + timedelta(days=n)).year == year]


def is_date_of(zone: str, day: date) -> bool:
    noon = datetime.combine(day, time(12), UTC)
    return any((noon + timedelta(hours=n)).astimezone(ZoneInfo(zone)).date() == day for n in range(-27, 28))


@pytest.mark.parametrize(
    ("typed", "spelt"), [("Europe/Berlin", "Europe/Berlin"), (" europe/berlin ", "Europe/Berlin"), ("utc", "UTC")]
)
def test_a_zone_is_spelt_as_iana_does(typed: str, spelt: str) -> None:
    assert check_timezone(typed) == spelt


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("Berlin", "did you mean Europe/Berlin?"),
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("New York", "did you mean America/New_York?"),
        ("Los Angelos", "did you mean America/Los_Angeles?"),
        ("Mumbai", "use an IANA name such as"),
        ("UTC+2", "use an IANA name such as"),
        ("CEST", "use an IANA name such as"),
        ("", "use an IANA name such as"),
        ("../../etc/passwd", "use an IANA name such as"),
        ("Factory", "use an IANA name such as"),
        ("x" * 100_000, "use an IANA name such as"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_name_if_one_is_near(typed: str, suggested: str) -> None:
    with pytest.raises(InvalidSchedule) as refusal:
        check_timezone(typed)

    assert "is not a time zone" in str(refusal.value)
    assert suggested in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "America", "../UTC", "europe/berlin", "x" * 10_000])
def test_a_stored_zone_that_no_longer_exists_is_served_in_utc(name: str) -> None:
    assert zone_of(name).key == "UTC"
    assert not is_timezone(name)
    assert next_due_at(Schedule(name, time(8)), datetime(2026, 11, 20, 9, tzinfo=UTC)).hour == 8


@pytest.mark.parametrize(
    ("typed", "hour"), [("7", time(7)), ("07:30", time(7, 30)), ("7.30", time(7, 30)), (" 23:59 ", time(23, 59))]
)
def test_an_hour_is_read_as_people_type_it(typed: str, hour: time) -> None:
    assert parse_schedule("utc", typed) == Schedule("UTC", hour)


@pytest.mark.parametrize("typed", ["", "24", "7:60", "8pm", "08:00:00", "-1", "noon", "٧", "1234"])
def test_an_hour_that_does_not_exist_is_refused(typed: str) -> None:
    with pytest.raises(InvalidSchedule, match="is not a time of day"):
        parse_schedule("UTC", typed)


def test_an_hour_with_a_zone_of_its_own_is_refused() -> None:
    with pytest.raises(InvalidSchedule, match="zone of its own"):
        check_schedule(Schedule("UTC", time(8, tzinfo=UTC)))
