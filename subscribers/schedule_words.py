"""Schedules in words, for whoever reads them: the command line, the web pages and the letters. Pure."""

from typing import Final

from subscribers.model import Cadence, Schedule
from subscribers.schedule import WEEKDAYS, is_timezone

# Of a channel that wants only alerts, and takes none.
NOTHING: Final = "Nothing comes here: no digest is wanted, and alerts are off."
_DAYS: Final = {Cadence.DAILY: "every day", Cadence.WEEKDAYS: "Monday to Friday"}


def describe_schedule(schedule: Schedule) -> str:
    """Say when a digest comes: `every Monday at 08:00 (Europe/Berlin)`."""
    match schedule.cadence:
        case Cadence.ALERTS:
            return "no digest, only alerts"
        case Cadence.BATCH:
            often = "whenever new papers are for you, at most once an hour"
            return f"{often}, at :{schedule.send_at:%M} ({_name_zone(schedule.timezone)})"
        case _:
            at = f"{_name_days(schedule)} at {schedule.send_at:%H:%M} ({_name_zone(schedule.timezone)})"
            return f"{at}{_say_waiting(schedule)}"


def _name_days(schedule: Schedule) -> str:
    if schedule.cadence is Cadence.WEEKLY:
        return f"every {WEEKDAYS[schedule.weekday]}"
    return _DAYS[schedule.cadence]


def _say_waiting(schedule: Schedule) -> str:
    if schedule.wait_until is None:
        return ""
    return f", or when all of the day’s papers are in, {schedule.wait_until:%H:%M} at the latest"


def _name_zone(name: str) -> str:
    """Name the zone that counts; one that time zone data has dropped is served in UTC."""
    return name if is_timezone(name) else f"UTC, because {name} is not a time zone any more"
