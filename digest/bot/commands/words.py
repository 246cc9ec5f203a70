"""Plain words in a private chat: a paper's address, a name, or what might be a topic. Nothing changes without a tap."""

import re
from typing import Final

from digest.bot.commands import papers, people, topics
from digest.bot.commands.beginning import welcome
from digest.bot.commands.call import Call, Reply
from digest.bot.commands.shapes import button, fits_button, quote, say
from digest.bot.mistakes import say_mistake
from digest.errors import InvalidQuery, InvalidReference
from digest.languages import mark, tr
from digest.model import Keyboard
from digest.pipeline.signup import read_interest
from digest.researchers.ids import parse_author_reference, parse_institution_id, parse_person_id
from digest.researchers.names import parse_name

LONGEST_NAME: Final = 60
MOST_PARTS: Final = 4  # of a name
ADD: Final = mark("Add as a topic")
_NOT_IN_NAMES = re.compile(r'[\d":()@#/]|\b(?:AND|OR|NOT)\b')
_PARTICLES: Final = frozenset(
    {"al", "bin", "da", "de", "del", "den", "der", "di", "du", "el", "la", "le", "van", "von"}
)
NO_WORDS: Final = mark("I read words only. Send me a topic, a name or the address of a paper; /help says the rest.")


def answer(call: Call) -> Reply:
    """Say what a message may mean, with buttons for what can be done about it."""
    if not call.rest:
        return Reply(text=tr(NO_WORDS)) if call.here else welcome(call)
    if _means_somebody(call.rest):
        return _advise_follow(call)
    if known := papers.find_ids(call.rest):
        return papers.show_paper(call, known)
    if call.here is None:
        return welcome(call)
    if _looks_like_name(call.rest) and people.has_candidates(call, call.rest):
        return people.offer(call, call.rest, _topic_row(call.rest))
    return _offer_topic(call)


def _offer_topic(call: Call) -> Reply:
    """Say what words would have brought as a topic, and offer to add them."""
    try:
        wish = read_interest(call.rest)
    except InvalidQuery as error:
        return Reply(text=say(tr("I took that for a topic."), quote(say_mistake(error), 600)))
    text = say(tr("“{topic}” as a topic?", topic=quote(wish.text)), topics.say_taste(topics.foretell(call, wish)))
    keyboard = _topic_row(wish.text)
    if not keyboard:
        text = say(text, tr("To add it, send {command}", command=f"<code>/add {quote(wish.text, 2_000)}</code>"))
    if _looks_like_name(wish.text) and fits_button("fn", wish.text):
        keyboard = (*keyboard, (button(tr("Follow a person of this name"), "fn", wish.text),))
    return Reply(text=text, keyboard=keyboard)


def _topic_row(text: str) -> Keyboard:
    return ((button(tr(ADD), "ad", text),),) if fits_button("ad", text) else ()


def _advise_follow(call: Call) -> Reply:
    if call.here is None:
        return welcome(call)
    return Reply(text=tr("To follow them, send {command}", command=f"<code>/follow {quote(call.rest, 300)}</code>"))


def _means_somebody(text: str) -> bool:
    """Whether a text is an id of a person or a place, or names the author of a paper."""
    try:
        return bool(parse_author_reference(text) or parse_person_id(text) or parse_institution_id(text))
    except InvalidReference:
        return False


def _looks_like_name(text: str) -> bool:
    """Whether words may well be a person's name: two to four of them, each with a capital letter."""
    parts = text.split()
    if not 1 < len(parts) <= MOST_PARTS or len(text) > LONGEST_NAME or _NOT_IN_NAMES.search(text):
        return False
    is_cased = all(not part[:1].islower() or part in _PARTICLES for part in parts)
    return is_cased and parse_name(text) is not None
