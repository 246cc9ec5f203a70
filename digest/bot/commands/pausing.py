"""Pausing until a day or for good, and going on."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final

from digest.bot.commands.call import Call, Reply, Stale
from digest.bot.commands.shapes import button, quote
from digest.languages import mark, tr
from digest.model import Keyboard
from digest.rendering.digest import long_date
from subscribers import preferences, service
from subscribers.model import InvalidSchedule, SubscriberStatus
from subscribers.schedule import zone_of

WEEK: Final = 7  # days
LONGEST_PAUSE: Final = timedelta(days=2 * 365)
# As people write it in the languages that are spoken: `2 weeks`, `2 Wochen`, `2週間`.
_DAYS: Final = "days?|tage?n?|días?|jours?|日間?|天"
_WEEKS: Final = "weeks?|wochen?|semanas?|semaines?|週間?|周"
_LENGTH: Final = re.compile(
    rf"(?:for )?(?P<count>[1-9][0-9]{{0,2}})\s*(?:(?P<days>{_DAYS})|(?P<weeks>{_WEEKS}))", re.IGNORECASE
)

NOT_PAUSED: Final = mark("Nothing is paused: the digest comes as usual.")
RESUMED: Final = mark("The digest comes again; the first one holds everything since the last.")
NO_DAY: Final = mark(
    "“{words}” is not a day I understand; write <code>/pause until 2026-12-31</code> or <code>/pause 2 weeks</code>."
)


def pause(call: Call) -> Reply:
    """Send nothing from now on, until a day if one is named."""
    typed = call.rest.removeprefix("until ").strip()
    if not typed:
        return _pause(call, None)
    day = _read_day(call, typed)
    return Reply(text=tr(NO_DAY, words=quote(typed, 40))) if day is None else _pause(call, day)


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
    text = tr(RESUMED if done.before is not done.after else NOT_PAUSED)
    return Reply(text=text, notice=text)


def _pause(call: Call, until: date | None) -> Reply:
    if until is not None and until > _today(call) + LONGEST_PAUSE:
        raise InvalidSchedule(tr("This is more than two years away; pause without a day instead."))
    with call.database.writing() as session:
        done = preferences.pause_until(session, call.now, call.reader, _begin(call, until) if until else None)
    if done.after is not SubscriberStatus.PAUSED:
        raise InvalidSchedule(tr("There is nothing to pause here."))
    return Reply(text=_say(until, is_group=not call.chat.is_private), keyboard=_buttons(until))


def _say(until: date | None, *, is_group: bool) -> str:
    if until is None and is_group:
        return tr("Paused: nothing is sent until you send /resume.")
    if until is None:
        return tr("Paused: nothing is sent to you, here or anywhere else, until you send /resume.")
    if is_group:
        text = mark("Paused: nothing is sent until {day}; that day’s digest holds what came meanwhile.")
    else:
        text = mark(
            "Paused: nothing is sent to you, here or anywhere else, until {day}; that day’s digest holds what came "
            "meanwhile."
        )
    return tr(text, day=long_date(until))


def _buttons(until: date | None) -> Keyboard:
    go_on = (button(tr("Go on now"), "re"),)
    if until is not None:
        return (go_on,)
    return (button(tr("For 2 weeks"), "pa", 14), button(tr("For 4 weeks"), "pa", 28)), go_on


def _read_day(call: Call, typed: str) -> date | None:
    found = _LENGTH.fullmatch(typed)
    if found:
        return _today(call) + timedelta(days=int(found["count"]) * (WEEK if found["weeks"] else 1))
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _today(call: Call) -> date:
    return call.now.astimezone(zone_of(call.channel.schedule.timezone)).date()


def _begin(call: Call, day: date) -> datetime:
    """Give the moment at which a day begins where the reader is."""
    return datetime.combine(day, time(), zone_of(call.channel.schedule.timezone))
