"""When the digest comes here and how long it is: a menu of buttons, or words behind /settings."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from html import escape
from typing import Final

from sqlalchemy.orm import Session

from digest.bot.commands.call import Call, Here, Reply, Stale
from digest.bot.commands.shapes import button, link, quote, say
from digest.bot.mistakes import say_mistake
from digest.languages import LANGUAGES, mark, speaking, spoken, tr, trn
from digest.model import Button, Keyboard
from digest.rendering.schedule_words import say_schedule
from subscribers import service
from subscribers.model import Cadence, ChannelView, InvalidSchedule, Schedule
from subscribers.outcomes import ChannelChanged
from subscribers.places import has_others
from subscribers.preferences import set_language, set_pictures, set_previews, set_repeats
from subscribers.schedule import check_timezone, parse_schedule
from subscribers.validation import MAX_CAP

CADENCES: Final = {
    Cadence.BATCH: mark("Whenever papers are in"),
    Cadence.DAILY: mark("Every day"),
    Cadence.WEEKDAYS: mark("Monday to Friday"),
    Cadence.WEEKLY: mark("Every Monday"),
    Cadence.ALERTS: mark("Only alerts, no digest"),
}
CAPS: Final = (5, 10, 15, 25, 50, 100)
# One for each offset where many people live; others are written.
ZONES: Final = (
    *("America/Los_Angeles", "America/Denver", "America/Chicago", "America/New_York", "America/Sao_Paulo", "UTC"),
    *("Europe/London", "Europe/Berlin", "Europe/Athens", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata"),
    *("Asia/Bangkok", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney"),
)
HOURS: Final = 24
# As people write it in the languages that are spoken: `40 papers`, `40 artículos`, `40本`.
_COUNT: Final = re.compile(
    r"(?P<count>\S*?)\s*(?:papers?|artikel|arbeiten|artículos?|articles?|本|論文|篇|篇论文)", re.IGNORECASE
)
HOURS_IN_ROW: Final = 6

NOT_UNDERSTOOD: Final = mark(
    "Write a time, a time zone or a number of papers: <code>/settings 7:30</code>, "
    "<code>/settings Europe/Berlin</code>, <code>/settings 10 papers</code>."
)
ASK_HOUR: Final = mark("At which hour, where you live? For another minute, write <code>/settings 7:30</code>.")
ASK_ZONE: Final = mark("Which time zone? For another one, write <code>/settings Europe/Lisbon</code>.")
ASK_LOOKS: Final = mark("What shall messages here show beside the words? Tap to turn it on or off.")
ABOUT_REPEATS: Final = mark(
    "You read in several places. A paper that one of them has shown does not come in another, unless you want it again."
)
LOOKS: Final = {
    "p": mark("Pictures of the papers"),
    "l": mark("Preview of the first paper’s page"),
    "r": mark("Repeat what I was shown elsewhere"),
}
ASK_LANGUAGE: Final = mark(
    "Which language shall I speak? What papers say stays as their authors wrote it, and mail is in English."
)
ASK_CADENCE: Final = mark("How often?")
ASK_CAP: Final = mark("How many papers at most? The best come first. Another number: <code>/settings 40 papers</code>.")


def settings(call: Call) -> Reply:
    """Show how things are, with buttons; or change what is written."""
    if not call.rest:
        return _show(call, call.channel)
    if found := _COUNT.fullmatch(call.rest):
        return _set_cap(call, found["count"])
    if call.rest[:1].isdigit():
        return _set_schedule(call, parse_schedule(call.channel.schedule.timezone, call.rest))
    try:
        zone = check_timezone(call.rest)
    except InvalidSchedule as error:
        return Reply(text=say(quote(say_mistake(error)), tr(NOT_UNDERSTOOD)))
    return _set_zone(call, zone)


# ── the menu ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def menu(call: Call) -> Reply:
    """Show the menu, or what can be chosen of one thing: how often, the hour, the zone, how many, what it shows."""
    match call.rest:
        case "":
            return _show(call, call.channel)
        case "v":
            return _show_looks(call, call.channel)
        case "l":
            return _ask_language()
    question, rows = _find_choices(call.rest)
    return _ask(tr(question), rows)


def _find_choices(what: str) -> tuple[str, list[tuple[Button, ...]]]:
    match what:
        case "c":
            return ASK_CADENCE, [(button(tr(name), "sc", cadence.value),) for cadence, name in CADENCES.items()]
        case "h":
            return ASK_HOUR, _rows([button(f"{hour:02}", "st", hour) for hour in range(HOURS)], HOURS_IN_ROW)
        case "z":
            return ASK_ZONE, list_zones("sz")
        case "n":
            return ASK_CAP, _rows([button(str(cap), "sp", cap) for cap in CAPS], 3)
    raise Stale


def press_cadence(call: Call) -> Reply:
    """Send as often as a button says; once a week is on Mondays."""
    if call.rest not in set(Cadence):
        raise Stale
    cadence = Cadence(call.rest)
    schedule = replace(call.channel.schedule, cadence=cadence)
    return _set(call, replace(schedule, weekday=0) if cadence is Cadence.WEEKLY else schedule)


def press_hour(call: Call) -> Reply:
    """Send at the full hour a button names."""
    (hour,) = call.numbers(1)
    if hour >= HOURS:
        raise Stale
    return _set_schedule(call, Schedule(call.channel.schedule.timezone, time(hour)))


def press_zone(call: Call) -> Reply:
    """Count the hour in the zone a button names."""
    here = set_zone(call, call.rest)
    return replace(_show(call, here.channel), notice=tr("Saved."))


def list_zones(verb: str) -> list[tuple[Button, ...]]:
    """Give buttons that name zones after their cities."""
    return _rows([button(zone.split("/")[-1].replace("_", " "), verb, zone) for zone in ZONES], 2)


def set_zone(call: Call, zone: str) -> Here:
    """Count the hour in one of the zones that are offered; give who reads here now. Raises Stale."""
    if zone not in ZONES:
        raise Stale
    with call.database.writing() as session:
        schedule = replace(call.channel.schedule, timezone=zone)
        channel = service.set_schedule(session, call.now, call.channel.id, schedule).channel
    return Here(call.view, channel)


def press_look(call: Call) -> Reply:
    """Show pictures or previews, or repeat what another channel has shown, or not: as a button says, `p:1`."""
    what, _, wanted = call.rest.partition(":")
    if what not in LOOKS or wanted not in ("0", "1"):
        raise Stale
    with call.database.writing() as session:
        channel = _set_look(session, call, what, is_wanted=wanted == "1").channel
    return replace(_show_looks(call, channel), notice=tr("Saved."))


def _set_look(session: Session, call: Call, what: str, *, is_wanted: bool) -> ChannelChanged:
    match what:
        case "p":
            return set_pictures(session, call.now, call.channel.id, has_pictures=is_wanted)
        case "l":
            return set_previews(session, call.now, call.channel.id, has_previews=is_wanted)
    return set_repeats(session, call.now, call.channel.id, repeats=is_wanted)


def press_language(call: Call) -> Reply:
    """Speak the language a button says from now on, in every place of the subscription."""
    if call.rest not in LANGUAGES:
        raise Stale
    with call.database.writing() as session:
        set_language(session, call.now, call.reader, call.rest)
    with speaking(call.rest):
        return replace(_ask_language(), notice=tr("Saved."))


def press_cap(call: Call) -> Reply:
    """Hold as many papers as a button says."""
    return _set_cap(call, call.rest)


# ── what it does ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _set_schedule(call: Call, wanted: Schedule) -> Reply:
    """Send at another hour. Waiting for late papers goes on only if it would end later than that."""
    before = call.channel.schedule
    latest = before.wait_until if before.wait_until and before.wait_until > wanted.send_at else None
    return _set(call, replace(before, send_at=wanted.send_at, wait_until=latest))


def _set_zone(call: Call, zone: str) -> Reply:
    return _set(call, replace(call.channel.schedule, timezone=zone))


def _set(call: Call, schedule: Schedule) -> Reply:
    with call.database.writing() as session:
        channel = service.set_schedule(session, call.now, call.channel.id, schedule).channel
    return replace(_show(call, channel), notice=tr("Saved."))


def _set_cap(call: Call, typed: str) -> Reply:
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 4 and 1 <= int(typed) <= MAX_CAP):  # noqa: PLR2004
        return Reply(
            text=tr("A digest holds 1 to {most} papers; write <code>/settings 25 papers</code>.", most=MAX_CAP)
        )
    with call.database.writing() as session:
        channel = service.set_cap(session, call.now, call.channel.id, int(typed)).channel
    return replace(_show(call, channel), notice=tr("Saved."))


def _show(call: Call, channel: ChannelView) -> Reply:
    """Say what comes here, and offer to change each part of it."""
    when = escape(say_schedule(channel.schedule))
    most = trn("At most {count} paper at a time.", "At most {count} papers at a time, the best first.", channel.cap)
    if channel.schedule.cadence is Cadence.ALERTS:
        most = ""
    url = call.manage_url()
    label = tr("All your preferences")
    page = tr("{link}: keep this link to yourself.", link=link(label, url)) if url else ""
    keyboard = (
        (button(tr("How often"), "sm", "c"), button(tr("Hour"), "sm", "h")),
        (button(tr("Time zone"), "sm", "z"), button(tr("How many papers"), "sm", "n")),
        (button(tr("What it shows"), "sm", "v"), *_offer_language(call)),
    )
    return Reply(
        text=say(tr("<b>The digest comes here {when}.</b>", when=when), most, page),
        keyboard=keyboard,
    )


def _offer_language(call: Call) -> tuple[Button, ...]:
    """Offer other languages, except in a group that one person has linked: it is theirs. Known in any language."""
    return () if call.is_guest else (button(f"🌐 {LANGUAGES[spoken()]}", "sm", "l"),)


def _show_looks(call: Call, channel: ChannelView) -> Reply:
    """Say what messages here show beside the words, with a button to turn each thing on or off."""
    chosen = {"p": channel.has_pictures, "l": channel.has_previews, "r": channel.repeats}
    offered = [each for each in LOOKS if each != "r" or has_others(call.view, channel)]
    rows = [
        (button(f"{'✓' if chosen[each] else '–'} {tr(LOOKS[each])}", "sg", each, int(not chosen[each])),)
        for each in offered
    ]
    return _ask(say(tr(ASK_LOOKS), tr(ABOUT_REPEATS) if "r" in offered else ""), rows)


def _ask_language() -> Reply:
    """Show the languages, each by its own name."""
    rows = [button(f"{'✓ ' if tag == spoken() else ''}{name}", "sl", tag) for tag, name in LANGUAGES.items()]
    return _ask(tr(ASK_LANGUAGE), _rows(rows, 2))


def _ask(question: str, rows: Sequence[tuple[Button, ...]]) -> Reply:
    back: Keyboard = ((button(tr("‹ Back"), "sm"),),)
    return Reply(text=question, keyboard=(*rows, *back))


def _rows(buttons: Sequence[Button], length: int) -> list[tuple[Button, ...]]:
    return [tuple(buttons[start : start + length]) for start in range(0, len(buttons), length)]
