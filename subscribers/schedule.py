"""When a channel is due: a local time of day in an IANA zone, once on each local date. Pure; `now` is an argument.

A cadence leaves out dates (`weekdays`, `weekly`) or has a slot in each local hour instead (`batch`). A channel of only
`alerts` keeps a slot on each date, at which it is moved on without a digest.

The rule for days on which clocks change is that of calendars, RFC 5545 §3.3.5: a time that happens twice means the
first one, and a time that is skipped is moved on by the length of the gap. If that would leave the date (Nuuk springs
forward at 23:00), it is moved back by the gap instead, so that every existing local date has exactly one slot. The same
holds for the local hours of a batch; one that a gap swallows whole has none.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from subscribers.model import Cadence, InvalidSchedule, Schedule

ONE_DAY = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MAX_SHOWN = 60
SHORTEST_GUESS = 5  # shorter words are near to too many names
SHORTEST_DAY = 3  # letters of a weekday: Mon
_HOURS = range(24)
_SATURDAY = 5
# No slot of theirs is the digest of a date.
_DATELESS = frozenset({Cadence.BATCH, Cadence.ALERTS})
# Names tzdata files under that are no place to live in.
_NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})
_HOUR = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?")


class Used(NamedTuple):
    """A slot that had a digest, and the local date it took."""

    at: datetime
    on: date


class Turn(NamedTuple):
    """How things stood when a schedule was last changed: its first slot, and the last digest before that."""

    first_at: datetime
    used: Used | None


def next_due_at(schedule: Schedule, after: datetime) -> datetime:
    """Give the first slot strictly after a time, in UTC."""
    zone = zone_of(schedule.timezone)
    start = after.astimezone(zone).date() - ONE_DAY
    return next(slot for slot in _slots(schedule, zone, start, ONE_DAY) if slot > after)


def last_due_at(schedule: Schedule, at: datetime) -> datetime:
    """Give the last slot at or before a time, in UTC: the one a late composer catches up with."""
    zone = zone_of(schedule.timezone)
    start = at.astimezone(zone).date() + ONE_DAY
    return next(slot for slot in _slots(schedule, zone, start, -ONE_DAY) if slot <= at)


def held_until(schedule: Schedule, due_at: datetime) -> datetime:
    """Give until when the digest of a slot may wait for late batches: its own time if it shall not wait."""
    if schedule.wait_until is None or schedule.cadence in _DATELESS:
        return due_at
    slot = _slot(schedule.wait_until, zone_of(schedule.timezone), _local_date(schedule, due_at))
    return due_at if slot is None else max(slot, due_at)


def edition_name(schedule: Schedule, due_at: datetime) -> str:
    """Name the edition of a slot: its local date, `2026-11-22`, and for a batch the hour too, `2026-11-22T14`."""
    if schedule.cadence is Cadence.BATCH:
        return f"{due_at.astimezone(zone_of(schedule.timezone)):%Y-%m-%dT%H}"
    return _local_date(schedule, due_at).isoformat()


def last_used(schedule: Schedule, *, due_at: datetime, since: datetime, turn: Turn | None = None) -> Used | None:
    """Give the last slot that had the digest of a date; None if there was none yet.

    `due_at` is when the channel is due by this schedule, `since` when it could first be served, and `turn` how things
    stood when it was given this schedule.
    """
    before = None if turn is None else turn.used
    if schedule.cadence in _DATELESS:
        return before
    slot = last_due_at(schedule, due_at - timedelta.resolution)
    first = since if turn is None else max(since, turn.first_at)
    return Used(slot, _local_date(schedule, slot)) if slot >= first else before


def reschedule(
    before: Schedule,
    after: Schedule,
    *,
    due_at: datetime,
    since: datetime,
    now: datetime,
    turn: Turn | None = None,
) -> datetime:
    """Give when a channel is next due once its schedule has changed, without a second digest on one local date.

    The arguments are those of `last_used`. The date of the last digest is taken, by the name it had and by the one it
    has in the new zone. A channel that is overdue stays so if the new hour has passed too: a change must not lose a
    day. Batches take no dates, and none are kept from them.
    """
    if after.cadence is Cadence.BATCH:
        return _next_batch(before, after, due_at, now)
    used = last_used(before, due_at=due_at, since=since, turn=turn)
    is_overdue = due_at <= now and before.cadence not in _DATELESS
    if used is None:
        return next_due_at(after, since if is_overdue else now)
    taken = max(used.on, _local_date(after, min(used.at, now)))
    slot = next_due_at(after, used.at if is_overdue else now)
    while _local_date(after, slot) <= taken:
        slot = next_due_at(after, slot)
    return slot


def parse_schedule(
    timezone: str, send_at: str, wait_until: str = "", *, cadence: str = Cadence.DAILY, weekday: str = WEEKDAYS[0]
) -> Schedule:
    """Read a zone, hours and days as typed: `europe/berlin`, `7`, `7:30`, `07.30`, `weekly`, `mon`."""
    until = _read_hour(wait_until) if wait_until.strip() else None
    days = read_cadence(cadence), read_weekday(weekday)
    return check_schedule(Schedule(timezone, _read_hour(send_at), until, *days))


def read_cadence(typed: str) -> Cadence:
    """Read how often, as typed."""
    wanted = typed.strip().casefold()
    if wanted not in set(Cadence):
        known = ", ".join(Cadence)
        raise InvalidSchedule(f"“{typed[:MAX_SHOWN]}” is not how often a digest can come; write one of {known}.")
    return Cadence(wanted)


def read_weekday(typed: str) -> int:
    """Read a day of the week as typed, in full or shortened (`Mon`); give 0 for Monday."""
    wanted = typed.strip().casefold()
    if len(wanted) >= SHORTEST_DAY:
        for number, name in enumerate(WEEKDAYS):
            if name.casefold().startswith(wanted):
                return number
    raise InvalidSchedule(f"“{typed[:MAX_SHOWN]}” is not a day of the week; write it as Monday.")


def check_schedule(schedule: Schedule) -> Schedule:
    """Give the schedule with its zone spelt as IANA does; an hour with a zone of its own is refused."""
    latest = schedule.wait_until
    if schedule.send_at.tzinfo is not None or (latest is not None and latest.tzinfo is not None):
        raise InvalidSchedule("The hour must not carry a zone of its own; the time zone is named beside it.")
    if latest is not None and latest <= schedule.send_at:
        raise InvalidSchedule(
            f"The digest of {schedule.send_at:%H:%M} cannot wait until {latest:%H:%M}; name a later hour."
        )
    if schedule.weekday not in range(len(WEEKDAYS)):
        raise InvalidSchedule(f"There is no day {schedule.weekday} in a week; Monday is 0 and Sunday is 6.")
    until = None if latest is None else latest.replace(fold=0)
    return replace(
        schedule,
        timezone=check_timezone(schedule.timezone),
        send_at=schedule.send_at.replace(fold=0),
        wait_until=until,
        cadence=read_cadence(schedule.cadence),
    )


def check_timezone(name: str) -> str:
    """Give the IANA spelling of a zone name; InvalidSchedule suggests the nearest one."""
    known = _zones_by_folded_name()
    wanted = name.strip().casefold()
    if wanted in known:
        return known[wanted]
    nearest = _nearest_zone(wanted)
    hint = f"did you mean {nearest}?" if nearest else "use an IANA name such as Europe/Berlin or UTC."
    raise InvalidSchedule(f"“{name[:MAX_SHOWN]}” is not a time zone; {hint}")


def is_timezone(name: str) -> bool:
    """Whether a stored zone name still exists; one that does not is served in UTC, and an operator should know."""
    return _zones_by_folded_name().get(name.casefold()) == name


def zone_of(name: str) -> ZoneInfo:
    """Give the zone of a stored name, or UTC if time zone data no longer knows it."""
    return ZoneInfo(name if is_timezone(name) else "UTC")


def _read_hour(typed: str) -> time:
    hour = _HOUR.fullmatch(typed.strip())
    if hour is None or int(hour[1]) > 23 or int(hour[2] or 0) > 59:  # noqa: PLR2004 -- the last hour and minute
        raise InvalidSchedule(f"“{typed[:20]}” is not a time of day; write it as 08:00.")
    return time(int(hour[1]), int(hour[2] or 0))


def _next_batch(before: Schedule, after: Schedule, due_at: datetime, now: datetime) -> datetime:
    """Give the next hour, but not the one that just had its batch at another minute."""
    slot = next_due_at(after, now)
    if before.cadence is Cadence.BATCH:
        used_at = last_due_at(before, due_at - timedelta.resolution)
        if edition_name(after, slot) == edition_name(after, used_at):
            return next_due_at(after, slot)
    return slot


def _slots(schedule: Schedule, zone: ZoneInfo, start: date, step: timedelta) -> Iterator[datetime]:
    """Walk the slots of the local dates from `start` on, leaving out dates that a zone skipped (Apia, 2011-12-30)."""
    day = start
    while True:
        yield from _slots_of(schedule, zone, day, is_backwards=step < timedelta(0))
        day += step


def _slots_of(schedule: Schedule, zone: ZoneInfo, day: date, *, is_backwards: bool) -> Iterator[datetime]:
    """Give the slots of one local date, in the order in which they are walked."""
    if schedule.cadence is Cadence.BATCH:
        for hour in reversed(_HOURS) if is_backwards else _HOURS:
            yield from _meet(zone, day, schedule.send_at.replace(hour=hour), hour)
    elif _has_digest(schedule, day):
        yield from _meet(zone, day, schedule.send_at)


def _has_digest(schedule: Schedule, day: date) -> bool:
    match schedule.cadence:
        case Cadence.WEEKDAYS:
            return day.weekday() < _SATURDAY
        case Cadence.WEEKLY:
            return day.weekday() == schedule.weekday
        case _:
            return True


def _slot(send_at: time, zone: ZoneInfo, day: date) -> datetime | None:
    return next(_meet(zone, day, send_at), None)


def _meet(zone: ZoneInfo, day: date, at: time, hour: int | None = None) -> Iterator[datetime]:
    """Give the moment of a local time on a date, and within an hour of it if one is named; nothing if there is none."""
    # PEP 495: fold=0 takes the first of two times, and in a gap the offset before it (moves on); fold=1 moves back.
    for fold in (0, 1):
        moment = datetime.combine(day, at.replace(fold=fold), zone).astimezone(UTC)
        local = moment.astimezone(zone)
        if local.date() == day and hour in (None, local.hour):
            yield moment
            return


def _local_date(schedule: Schedule, at: datetime) -> date:
    return at.astimezone(zone_of(schedule.timezone)).date()


@lru_cache(maxsize=1)
def _zones_by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() - _NOT_ZONES}


def _nearest_zone(wanted: str) -> str | None:
    """Find the zone that looks like what was typed, by its full name or by its city alone.

    No guess is better than a wrong one: offsets (`UTC+2`) and abbreviations (`CEST`) have no zone of their own.
    """
    known = {folded: name for folded, name in _zones_by_folded_name().items() if not folded.startswith("etc/")}
    cities = {folded.rpartition("/")[2]: name for folded, name in sorted(known.items()) if "/" in folded}
    typed = re.sub(r"[\s-]+", "_", wanted[:MAX_SHOWN])
    if typed in cities:
        return cities[typed]
    nearest = difflib.get_close_matches(typed, known if "/" in typed else cities, n=1, cutoff=0.85)
    return (known | cities)[nearest[0]] if nearest and len(typed) >= SHORTEST_GUESS else None
