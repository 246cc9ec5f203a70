"""A chat joins a subscription by one tap; then its reader says what comes here, and what still comes by mail.

The choice is read from how the channels are, so its buttons do the same a year later. A mail that is silent keeps
alerts as its cadence: the chat has them first, so nothing comes unless the chat fails. How often it came before is
carried by the buttons.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import structlog

from digest.bot.commands.call import Call, Reply, Stale, find_here, read_number
from digest.bot.commands.shapes import button, fits_button, say
from digest.bot.linking import mask_address, say_link, take_link
from digest.languages import mark, tr
from digest.model import Button, Keyboard
from subscribers import service
from subscribers.addresses import EMAIL
from subscribers.linking import LinkOutcome
from subscribers.model import Cadence, ChannelView, SubscriberView
from subscribers.places import has_others, list_personal
from subscribers.preferences import set_repeats
from subscribers.silence import silence

log = structlog.get_logger()

HERE, BOTH, ONCE = "h", "b", "o"
NOT_ADDED: Final = mark("This chat was not added. Nothing was changed.")
ONE_READER: Final = mark(
    "It is one subscription now: topics, people and pauses are the same in all its places. What shall come where?"
)
LABELS: Final = {
    HERE: mark("Here, and no mail"),
    BOTH: mark("All of it in both places"),
    ONCE: mark("Both, each paper once"),
}
SAID: Final = {
    HERE: mark("The digest comes here, and no longer by mail to {mail}. You can turn that back at any time."),
    BOTH: mark("The digest comes here and in your other places, each with all of its papers."),
    ONCE: mark("A paper that one of your places has shown does not come in another. Alerts come here."),
}
NO_OTHERS: Final = mark(
    "This chat is the only place where this subscription is read now, so there is nothing to choose."
)
_CADENCES: Final = tuple(Cadence)
Before = dict[int, Cadence]


def link_chat(call: Call) -> Reply:
    """Add the chat to the subscription whose code the button has."""
    linked = take_link(call.database, call.now, call.chat, call.rest)
    log.info("bot_link_code_taken", outcome=linked.outcome.value)
    text = say_link(linked, call.chat, call.settings.title)
    here = find_here(call.database, call.chat)
    if here is None or linked.channel is None or not has_others(here.view, here.channel):
        return Reply(text=text)
    choice = _show(replace(call, here=here), {})
    asks = tr(ONE_READER) if linked.outcome is LinkOutcome.LINKED else ""
    return Reply(text=say(text, asks, choice.text), keyboard=choice.keyboard)


def leave_apart(_call: Call) -> Reply:
    """Join nothing. The code runs out by itself."""
    return Reply(text=tr(NOT_ADDED))


def choose_places(call: Call) -> Reply:
    """Have the digest here alone, all of it in both places, or each paper once; again changes nothing."""
    chosen, _, carried = call.rest.partition(":")
    if chosen not in LABELS:
        raise Stale
    before = _read_before(carried)
    if not has_others(call.view, call.channel):
        return Reply(text=tr(NO_OTHERS))
    if chosen == HERE and not _list_mails(call.view):
        raise Stale
    silenced = _apply(call, chosen, before)
    here = find_here(call.database, call.chat)
    if here is None:
        raise Stale
    return replace(_show(replace(call, here=here), silenced), notice=tr("Saved."))


def _apply(call: Call, chosen: str, before: Before) -> Before:
    """Set the channels so; give how often the mails came that are silent or were so until now."""
    places, mails = list_personal(call.view), _list_mails(call.view)
    was = before | {each.id: each.schedule.cadence for each in mails if not _is_silent(each)}
    with call.database.writing() as session:
        if chosen == HERE:
            for each in mails:
                if not _is_silent(each):
                    silence(session, call.now, each.id, call.channel.id)
            return was
        for each in places:
            set_repeats(session, call.now, each.id, repeats=chosen == BOTH)
        for each in mails:
            back = before.get(each.id, call.channel.schedule.cadence) if _is_silent(each) else each.schedule.cadence
            service.set_schedule(session, call.now, each.id, replace(each.schedule, cadence=back))
    return was


def _show(call: Call, before: Before) -> Reply:
    """Say how things are, with a button for each way they could be."""
    mails = _list_mails(call.view)
    now = _find_choice(call.view, call.channel)
    offered = [each for each in LABELS if each != HERE or (mails and call.channel.schedule.cadence != Cadence.ALERTS)]
    rows: Keyboard = tuple((_button(each, now, before),) for each in offered)
    mail = ", ".join(mask_address(each.address) for each in mails)
    return Reply(text=tr(SAID[now], mail=mail), keyboard=rows)


def _button(choice: str, now: str, before: Before) -> Button:
    text = f"{'✓ ' if choice == now else ''}{tr(LABELS[choice])}"
    carried = ".".join(f"{number}-{_CADENCES.index(cadence)}" for number, cadence in sorted(before.items()))
    return button(text, "lm", choice, carried) if fits_button("lm", choice, carried) else button(text, "lm", choice)


def _find_choice(view: SubscriberView, here: ChannelView) -> str:
    mails = _list_mails(view)
    if mails and all(map(_is_silent, mails)) and not _is_silent(here):
        return HERE
    return BOTH if any(each.repeats for each in list_personal(view)) else ONCE


def _read_before(carried: str) -> Before:
    return dict(_read_pairs(carried.split("."))) if carried else {}


def _read_pairs(pairs: Iterable[str]) -> Iterable[tuple[int, Cadence]]:
    for pair in pairs:
        number, _, place = pair.partition("-")
        index = read_number(place)
        if index >= len(_CADENCES):
            raise Stale
        yield read_number(number), _CADENCES[index]


def _list_mails(view: SubscriberView) -> list[ChannelView]:
    return [each for each in list_personal(view) if each.kind == EMAIL]


def _is_silent(channel: ChannelView) -> bool:
    return channel.schedule.cadence is Cadence.ALERTS
