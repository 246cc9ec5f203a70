"""Leaving in words: which address is meant, without giving it away, and what each button does. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from digest.rendering.digest import long_date
from digest.rendering.text import clean, shorten
from subscribers.addresses import EMAIL, FILE, TELEGRAM, is_given_up
from subscribers.leaving import LeaveReason
from subscribers.model import ChannelView
from subscribers.schedule import zone_of

LONGEST_DOMAIN: Final = 120  # characters
SHOWN_DIGITS: Final = 4
GIVEN_UP: Final = "a Telegram chat that is not part of it any more"
REASONS: Final = {
    LeaveReason.TOO_MANY: "Too many mails",
    LeaveReason.NOT_RELEVANT: "The papers do not interest me",
    LeaveReason.WRONG_PEOPLE: "It showed papers of the wrong people",
    LeaveReason.NEVER_ASKED: "I never signed up",
    LeaveReason.OTHER: "Something else",
}


def name_place(kind: str, address: str) -> str:
    """Say where a channel leads: `the address a…@example.org`.

    An unsubscribe link works for ever, in forwarded mails too, and the address may have changed since: whoever opens it
    must not learn the new one.
    """
    if kind == EMAIL:
        name, _, domain = address.rpartition("@")
        return f"the address {name[:1]}…@{shorten(clean(domain), LONGEST_DOMAIN)}"
    if is_given_up(address):
        return GIVEN_UP
    if kind == TELEGRAM:
        return f"the Telegram chat …{clean(address)[-SHOWN_DIGITS:]}"
    return "your folder" if kind == FILE else f"your {clean(kind)} channel"


def name_places(channels: Iterable[ChannelView]) -> str:
    """Say where several channels lead: `the address a…@example.org and the Telegram chat …6789`."""
    places = [name_place(each.kind, each.address) for each in channels]
    return " and ".join(filter(None, (", ".join(places[:-1]), *places[-1:])))


def say_when(at: datetime, timezone: str) -> str:
    """Write a moment as somebody's own date and hour: `Friday, 20 November 2026, 08:00 (Europe/Berlin)`."""
    local = at.astimezone(zone_of(timezone))
    return f"{long_date(local.date())}, {local:%H:%M} ({clean(timezone)})"
