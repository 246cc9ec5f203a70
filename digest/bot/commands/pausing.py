"""Pausing until a day or for good, and going on."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from digest.bot.commands.call import Call, Reply, Stale
from digest.bot.commands.shapes import button, quote
from digest.model import Keyboard
from digest.rendering.digest import long_date
from subscribers import preferences, service
from subscribers.model import InvalidSchedule, SubscriberStatus
from subscribers.schedule import zone_of

LONGEST_PAUSE: Final = timedelta(days=2 * 365)
_UNITS: Final = {"day": 1, "week": 7}
_LENGTH = re.compile(r"(?:for )?(?P<count>[1-9][0-9]{0,2}) (?P<unit>day|week)s?", re.IGNORECASE)

NOT_PAUSED: Final = "Nothing is paused: the digest comes as usual."
RESUMED: Final = "The digest comes again; the first one holds everything since the last."
NO_DAY: Final = "is not a day I understand; write <code>/pause until 2026-12-31</code> or <code>/pause 2 weeks</code>."


def pause(call: Call) -> Reply:
    """Send nothing from now on, until a day if one is named."""
    typed = call.rest.removeprefix("until ").strip()
    if not typed:
        return _pause(call, None)
    day = _read_day(call, typed)
    return Reply(text=f"“{quote(typed, 40)}” {NO_DAY}") if day is None else _pause(call, day)


def press_pause(call: Call) -> Reply:
    """Pause for as many days as a button says."""
    (days,) = call.numbers(1)
    if not days or timedelta(days=days) > LONGEST_PAUSE:
        raise Stale
    return _pause(call, _today(call) + timedelta(days=days))


def resume(call: Call) -> Reply:
    """Send again, with everything that came meanwhile."""
    with call.database.writing() as session:
        done = service.resume(session, call.now, call.reader)
    text = RESUMED if done.before is not done.after else NOT_PAUSED
    return Reply(text=text, notice=text)


def _pause(call: Call, until: date | None) -> Reply:
    if until is not None and until > _today(call) + LONGEST_PAUSE:
        raise InvalidSchedule("This is more than two years away; pause without a day instead.")
    with call.database.writing() as session:
        done = preferences.pause_until(session, call.now, call.reader, _begin(call, until) if until else None)
    if done.after is not SubscriberStatus.PAUSED:
        raise InvalidSchedule("There is nothing to pause here.")
    return Reply(text=_say(until, is_group=not call.chat.is_private), keyboard=_buttons(until))


def _say(until: date | None, *, is_group: bool) -> str:
    rest = "" if is_group else " to you, here or anywhere else,"
    if until is None:
        return f"Paused: nothing is sent{rest} until you send /resume."
    return f"Paused: nothing is sent{rest} until {long_date(until)}; that day’s digest holds what came meanwhile."


def _buttons(until: date | None) -> Keyboard:
    go_on = (button("Go on now", "re"),)
    if until is not None:
        return (go_on,)
    return (button("For 2 weeks", "pa", 14), button("For 4 weeks", "pa", 28)), go_on


def _read_day(call: Call, typed: str) -> date | None:
    found = _LENGTH.fullmatch(typed)
    if found:
        return _today(call) + timedelta(days=int(found["count"]) * _UNITS[found["unit"].lower()])
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _today(call: Call) -> date:
    return call.now.astimezone(zone_of(call.channel.schedule.timezone)).date()


def _begin(call: Call, day: date) -> datetime:
    """Give the moment at which a day begins where the reader is."""
    return datetime.combine(day, time(), zone_of(call.channel.schedule.timezone))
