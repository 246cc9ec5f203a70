"""Schedules in words for chats, in the language that is spoken; in English as `subscribers.schedule_words` has them."""

from typing import Final

from digest.languages import mark, say_time, spoken, tr
from subscribers.model import Cadence, Schedule
from subscribers.schedule import is_timezone

_WEEKLY: Final = (
    mark("every Monday at {time} ({zone})"),
    mark("every Tuesday at {time} ({zone})"),
    mark("every Wednesday at {time} ({zone})"),
    mark("every Thursday at {time} ({zone})"),
    mark("every Friday at {time} ({zone})"),
    mark("every Saturday at {time} ({zone})"),
    mark("every Sunday at {time} ({zone})"),
)
_DAILY: Final = mark("every day at {time} ({zone})")
_WEEKDAYS: Final = mark("Monday to Friday at {time} ({zone})")


def say_schedule(schedule: Schedule) -> str:
    """Say when a digest comes, as part of a sentence: `every Monday at 08:00 (Europe/Berlin)`."""
    zone = _name_zone(schedule.timezone)
    match schedule.cadence:
        case Cadence.ALERTS:
            return tr("no digest, only alerts")
        case Cadence.BATCH:
            minute = f":{schedule.send_at:%M}"
            return tr(
                "whenever new papers are for you, at most once an hour, at {minute} ({zone})", minute=minute, zone=zone
            )
        case Cadence.WEEKLY:
            text = _WEEKLY[schedule.weekday]
        case cadence:
            text = _DAILY if cadence is Cadence.DAILY else _WEEKDAYS
    said = tr(text, time=say_time(schedule.send_at, spoken()), zone=zone)
    if schedule.wait_until is None:
        return said
    latest = say_time(schedule.wait_until, spoken())
    return tr("{when}, or when all of the day’s papers are in, {time} at the latest", when=said, time=latest)


def _name_zone(name: str) -> str:
    """Name the zone that counts; one that time zone data has dropped is served in UTC."""
    return name if is_timezone(name) else tr("UTC, because {name} is not a time zone any more", name=name)
