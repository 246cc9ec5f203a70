"""Acts: asks before a code joins a chat to a subscription, and joins it. Waits for the database."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Final

from digest.bot import wording
from digest.bot.commands.call import Reply
from digest.bot.commands.shapes import bold, button, quote, say
from digest.bot.incoming import Chat
from digest.languages import mark, tr
from digest.pipeline.erasing import erase_traces
from digest.pipeline.signup import find_start
from digest.rendering.schedule_words import say_schedule
from subscribers import linking
from subscribers.addresses import EMAIL, TELEGRAM
from subscribers.db import Database
from subscribers.linking import Linked, LinkOutcome
from subscribers.model import ChannelStatus, ChannelView, SubscriberView

_REFUSALS = {
    LinkOutcome.REFUSED: wording.LINK_REFUSED,
    LinkOutcome.TAKEN: wording.LINK_TAKEN,
    LinkOutcome.TOO_MANY: wording.LINK_TOO_MANY,
}
MASK: Final = "•••"
MOST_PLACES: Final = 3

OF_ANOTHER: Final = mark(
    "This chat is part of another subscription already, and a chat can be part of one alone, so nothing was changed. "
    "If that one is not wanted here any more, /stop ends it; then ask for a new code."
)
ENDS: Final = mark(
    "What this chat had by itself before, its topics, whom it followed and what it was sent, is deleted then."
)
YOU_DECIDE: Final = mark(
    "Say yes only if you asked for this code yourself: whoever owns that subscription chooses what comes here. The "
    "code works for ten minutes after it was made, once, and from this chat alone."
)


def ask_to_link(database: Database, now: datetime, chat: Chat, code: str) -> Linked:
    """Find what a code would do, or count a wrong one."""
    with database.writing() as session:
        return linking.ask_code(session, now, code, _place(chat))


def take_link(database: Database, now: datetime, chat: Chat, code: str) -> Linked:
    """Use a code up, or count a wrong one. What the chat had by itself before is deleted."""
    start = find_start(database, now)
    with database.writing() as session:
        linked = linking.use_code(session, now, code, _place(chat), start_after=start)
        if linked.outcome is LinkOutcome.LINKED:
            erase_traces(session, linked.ends)
        return linked


def hold_code(database: Database, now: datetime, chat: Chat, code: str) -> None:
    """Let a code that was refused here work from nowhere else: members of the chat have read it."""
    with database.writing() as session:
        linking.hold_code(session, now, code, _place(chat))


def say_question(asked: Linked, chat: Chat, code: str) -> Reply:
    """Ask whether a chat shall be added to somebody's subscription. Addresses are not shown to a group."""
    if asked.outcome is not LinkOutcome.ASKED or asked.owner is None:
        return Reply(text=say_refusal(asked.outcome, chat))
    question = _ask(asked.owner, _say_places(asked.owner) if chat.is_private else "")
    keyboard = ((button(tr("Yes, add this chat"), "lk", code), button(tr("No"), "ln")),)
    return Reply(text=say(question, tr(ENDS) if asked.ends else "", tr(YOU_DECIDE)), keyboard=keyboard)


def say_refusal(outcome: LinkOutcome, chat: Chat) -> str:
    """Say why a code does nothing here."""
    if outcome is LinkOutcome.TAKEN and chat.is_private:
        return tr(OF_ANOTHER)
    return tr(_REFUSALS[outcome])


def say_link(linked: Linked, chat: Chat, title: str) -> str:
    """Say what became of a code."""
    if linked.channel is None:
        return say_refusal(linked.outcome, chat)
    values = {"title": bold(title), "schedule": escape(say_schedule(linked.channel.schedule))}
    if linked.outcome is LinkOutcome.LINKED:
        return tr("This chat now gets {title}: {schedule}.", **values)
    return tr("This chat already gets {title}: {schedule}.", **values)


def mask_address(address: str) -> str:
    """Give an address, as HTML, so that its owner knows it and nobody else learns it."""
    local, _, domain = address.rpartition("@")
    return quote(f"{local[:1]}{MASK}@{domain}")


def _ask(owner: SubscriberView, places: str) -> str:
    """Name whose subscription it is; who gave no name goes by an address, which is not told."""
    name, has_name = bold(owner.name), "@" not in owner.name
    if has_name and places:
        return tr(
            "Shall this chat be added to the subscription of {name}, which goes to {places}?", name=name, places=places
        )
    if has_name:
        return tr("Shall this chat be added to the subscription of {name}?", name=name)
    if places:
        return tr("Shall this chat be added to the subscription that goes to {places}?", places=places)
    return tr("Shall this chat be added to the subscription that this code was made for?")


def _say_places(owner: SubscriberView) -> str:
    return ", ".join([mask_address(each.address) for each in _list_mails(owner.channels)][:MOST_PLACES])


def _list_mails(channels: Sequence[ChannelView]) -> list[ChannelView]:
    return [each for each in channels if each.kind == EMAIL and each.status is ChannelStatus.OPEN and each.verified_at]


def _place(chat: Chat) -> linking.Chat:
    return linking.Chat(TELEGRAM, chat.address, chat.addresses, chat.is_private)
