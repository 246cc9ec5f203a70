"""When a channel is due: a local time of day in an IANA zone, once on each local date. Pure; `now` is an argument.

The rule for days on which clocks change is that of calendars, RFC 5545 §3.3.5: a time that happens twice means the
first one, and a time that is skipped is moved on by the length of the gap. If that would leave the date (Nuuk springs
forward at 23:00), it is moved back by the gap instead, so that every existing local date has exactly one slot.
"""

import difflib
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from subscribers.model import InvalidSchedule, Schedule

ONE_DAY = timedelta(days=1)
MAX_SHOWN = 60
SHORTEST_GUESS = 5  # shorter words are near to too many names
# Names tzdata files under that are no place to live in.
_NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})
_HOUR = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?")


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
    if schedule.wait_until is None:
        return due_at
    slot = _slot(schedule.wait_until, zone_of(schedule.timezone), _local_date(schedule, due_at))
    return due_at if slot is None else max(slot, due_at)


def edition_name(schedule: Schedule, due_at: datetime) -> str:
    """Name the edition of a slot: its local date, `2026-11-22`."""
    return _local_date(schedule, due_at).isoformat()


def reschedule(before: Schedule, after: Schedule, *, due_at: datetime, since: datetime, now: datetime) -> datetime:
    """Give when a channel is next due once its schedule has changed, without a second digest on one local date.

    `due_at` is what the old schedule said, `since` when the channel could first be served. The slot ahead of `due_at`
    has been used, so its date is taken, by the name it has in either zone. A channel that is overdue stays so if the
    new hour has passed too: a change must not lose a day. (Who changes zones twice between two digests may get both on
    one date of the third zone; the editions still have two names and share no paper.)
    """
    is_overdue = due_at <= now
    used_at = last_due_at(before, due_at - timedelta.resolution)
    if used_at < since:
        return next_due_at(after, since if is_overdue else now)
    taken = max(_local_date(before, used_at), _local_date(after, min(used_at, now)))
    slot = next_due_at(after, used_at if is_overdue else now)
    while _local_date(after, slot) <= taken:
        slot = next_due_at(after, slot)
    return slot


def parse_schedule(timezone: str, send_at: str, wait_until: str = "") -> Schedule:
    """Read a zone and hours as typed: `europe/berlin`, `7`, `7:30`, `07.30`."""
    until = _read_hour(wait_until) if wait_until.strip() else None
    return check_schedule(Schedule(timezone, _read_hour(send_at), until))


def check_schedule(schedule: Schedule) -> Schedule:
    """Give the schedule with its zone spelt as IANA does; an hour with a zone of its own is refused."""
    latest = schedule.wait_until
    if schedule.send_at.tzinfo is not None or (latest is not None and latest.tzinfo is not None):
        raise InvalidSchedule("The hour must not carry a zone of its own; the time zone is named beside it.")
    if latest is not None and latest <= schedule.send_at:
        raise InvalidSchedule(
            f"The digest of {schedule.send_at:%H:%M} cannot wait until {latest:%H:%M}; name a later hour."
        )
    until = None if latest is None else latest.replace(fold=0)
    return Schedule(check_timezone(schedule.timezone), schedule.send_at.replace(fold=0), until)


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


def _slots(schedule: Schedule, zone: ZoneInfo, start: date, step: timedelta) -> Iterator[datetime]:
    """Walk the slots of the local dates from `start` on, leaving out dates that a zone skipped (Apia, 2011-12-30)."""
    day = start
    while True:
        slot = _slot(schedule.send_at, zone, day)
        if slot is not None:
            yield slot
        day += step


def _slot(send_at: time, zone: ZoneInfo, day: date) -> datetime | None:
    # PEP 495: fold=0 takes the first of two times, and in a gap the offset before it (moves on); fold=1 moves back.
    for fold in (0, 1):
        slot = datetime.combine(day, send_at.replace(fold=fold), zone).astimezone(UTC)
        if slot.astimezone(zone).date() == day:
            return slot
    return None


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
