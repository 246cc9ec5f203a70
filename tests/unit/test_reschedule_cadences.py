"""Changing between cadences: never two digests on one date by any name of it, and never a day or batch lost."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subscribers.model import Cadence, Schedule
from subscribers.schedule import Turn, edition_name, last_due_at, last_used, next_due_at, reschedule

START = datetime(2026, 10, 20, 12, tzinfo=UTC)  # Berlin turns its clocks back five days later
ZONES = ["UTC", "Europe/Berlin", "Pacific/Auckland", "Pacific/Honolulu", "America/New_York"]


@dataclass
class Channel:
    """What the service and the composer do to a channel, on schedules alone."""

    schedule: Schedule
    due_at: datetime
    turn: Turn | None = None
    editions: list[tuple[Schedule, str, datetime]] = field(default_factory=list)

    @property
    def dated(self) -> list[tuple[Schedule, str, datetime]]:
        return [each for each in self.editions if each[0].cadence is not Cadence.BATCH]

    def compose(self, now: datetime) -> None:
        if self.due_at <= now:
            slot = last_due_at(self.schedule, now)
            if self.schedule.cadence is not Cadence.ALERTS:
                self.editions.append((self.schedule, edition_name(self.schedule, slot), slot))
            self.due_at = next_due_at(self.schedule, now)

    def change(self, wanted: Schedule, now: datetime) -> None:
        known = {"due_at": self.due_at, "since": START, "turn": self.turn}
        due_at = reschedule(self.schedule, wanted, now=now, **known)  # type: ignore[arg-type]
        used = last_used(self.schedule, **known)  # type: ignore[arg-type]
        self.turn = Turn(due_at, used)
        self.schedule, self.due_at = wanted, due_at


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def berlin(cadence: Cadence, hour: int = 8, weekday: int = 0) -> Schedule:
    return Schedule("Europe/Berlin", time(hour), cadence=cadence, weekday=weekday)


def served_daily(until: str) -> Channel:
    """A channel with a digest each day at eight, the last on Wednesday the 25th."""
    daily = berlin(Cadence.DAILY)
    channel = Channel(daily, next_due_at(daily, START))
    now = START
    while now < at(until):
        now += timedelta(minutes=30)
        channel.compose(now)
    return channel


def test_from_daily_to_weekly_waits_for_the_day() -> None:
    channel = served_daily("2026-11-25 09:00")
    channel.change(berlin(Cadence.WEEKLY), at("2026-11-25 09:00"))

    assert channel.due_at == at("2026-11-30 08:00")


def test_from_weekly_back_to_daily_on_the_day_of_a_digest_waits_for_tomorrow() -> None:
    channel = served_daily("2026-11-25 09:00")
    channel.change(berlin(Cadence.WEEKLY), at("2026-11-25 09:00"))
    channel.change(berlin(Cadence.DAILY, 18), at("2026-11-25 10:00"))

    assert channel.due_at == at("2026-11-26 18:00")


def test_from_weekly_to_daily_days_later_comes_the_same_day() -> None:
    channel = served_daily("2026-11-25 09:00")
    channel.change(berlin(Cadence.WEEKLY), at("2026-11-25 09:00"))
    channel.change(berlin(Cadence.DAILY, 18), at("2026-11-27 10:00"))

    assert channel.due_at == at("2026-11-27 18:00")


@pytest.mark.parametrize("between", [Cadence.ALERTS, Cadence.BATCH, Cadence.WEEKLY, Cadence.WEEKDAYS])
def test_changing_away_and_back_neither_doubles_a_day_nor_loses_one(between: Cadence) -> None:
    channel = served_daily("2026-11-25 09:00")
    channel.change(berlin(between, 8, weekday=5), at("2026-11-25 09:00"))
    channel.change(berlin(Cadence.DAILY, 18), at("2026-11-25 09:30"))

    assert channel.due_at == at("2026-11-26 18:00")


def test_a_batch_begins_with_the_next_hour_and_not_with_one_that_had_its_own() -> None:
    channel = served_daily("2026-11-25 09:00")
    channel.change(berlin(Cadence.BATCH), at("2026-11-25 09:10"))
    assert channel.due_at == at("2026-11-25 10:00")

    channel.compose(at("2026-11-25 10:00"))
    channel.change(Schedule("Europe/Berlin", time(8, 30), cadence=Cadence.BATCH), at("2026-11-25 10:10"))
    assert channel.due_at == at("2026-11-25 11:30")


def test_a_month_of_alerts_ends_with_the_next_hour_of_a_digest_and_no_earlier_one() -> None:
    channel = served_daily("2026-11-25 09:00")
    channel.change(berlin(Cadence.ALERTS), at("2026-11-25 09:00"))
    channel.change(berlin(Cadence.DAILY), at("2026-12-24 12:00"))

    assert channel.due_at == at("2026-12-25 08:00")


def test_hopping_to_another_zone_and_back_loses_no_day() -> None:
    honolulu, auckland = (Schedule(zone, time(8)) for zone in ("Pacific/Honolulu", "Pacific/Auckland"))
    channel = Channel(honolulu, next_due_at(honolulu, START))
    served_at = channel.due_at
    channel.compose(served_at)
    channel.change(auckland, served_at + timedelta(minutes=30))
    channel.change(honolulu, served_at + timedelta(minutes=31))

    assert channel.due_at == served_at + timedelta(days=1)


schedules = st.builds(
    Schedule,
    st.sampled_from(ZONES),
    st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])),
    cadence=st.sampled_from(Cadence),
    weekday=st.integers(0, 6),
)
steps = st.one_of(schedules, st.integers(1, 60))


@settings(max_examples=300, deadline=None)
@given(first=schedules, walk=st.lists(steps, max_size=25))
def test_no_date_has_two_digests_by_any_name_and_nobody_waits_longer_than_they_chose(
    first: Schedule, walk: list[Schedule | int]
) -> None:
    channel, now = Channel(first, next_due_at(first, START)), START
    for step in walk:
        if isinstance(step, Schedule):
            channel.change(step, now)
            assert channel.due_at > now
            assert channel.due_at - now < timedelta(days=10)
        else:  # half hours, in each of which the composer looks
            for _ in range(step):
                now += timedelta(minutes=30)
                channel.compose(now)

    names = [name for _, name, _ in channel.dated]
    assert names == sorted(set(names))
    for (_, _, slot), (schedule, name, _) in pairwise(channel.dated):
        assert slot.astimezone(ZoneInfo(schedule.timezone)).date().isoformat() < name


@settings(max_examples=200, deadline=None)
@given(first=schedules, walk=st.lists(steps, max_size=20), gap=st.integers(0, 100))
def test_a_service_that_was_down_names_no_edition_twice(first: Schedule, walk: list[Schedule | int], gap: int) -> None:
    channel, now = Channel(first, next_due_at(first, START)), START
    for step in walk:
        if isinstance(step, Schedule):
            channel.change(step, now)
        else:
            now += timedelta(minutes=30 * step + gap)
            channel.compose(now)

    names = [name for _, name, _ in channel.dated]
    assert len(names) == len(set(names))
    assert all(date.fromisoformat(name) for name in names)
