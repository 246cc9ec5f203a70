"""What may be stored about a person's wishes: clean text of a sane length. Pure; InvalidWish says what is wrong.

A length is checked here because SQLite does not check it, and so is NUL because PostgreSQL cannot store it.
"""

import re
import unicodedata
from dataclasses import replace

from subscribers.addresses import normalise
from subscribers.model import ChannelWish, FollowEvent, FollowWish, InterestWish, InvalidWish, Registration
from subscribers.schedule import check_schedule

MAX_NAME = 200
MAX_TARGET_NAME = 300  # papers are followed by their title
MAX_INTEREST = 10_000
MAX_CAP = 200

# Embeddings, overrides and isolates (UAX #9): they turn the text around them in mails and listings.
_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")  # BCP 47, as far as we need it


def check_registration(registration: Registration) -> Registration:
    """Give the registration as it is stored: clean name, normalised addresses, each of them once."""
    channels = tuple({(wish.kind, wish.address): wish for wish in map(check_channel, registration.channels)}.values())
    if not channels:
        raise InvalidWish("A subscriber needs an address to write to.")
    check_language(registration.language)
    return replace(registration, name=check_text("name", registration.name, MAX_NAME), channels=channels)


def check_language(tag: str) -> str:
    """Refuse what is no language tag."""
    if not _LANGUAGE.fullmatch(tag):
        raise InvalidWish(f"“{tag[:20]}” is not a language tag; use one such as en or pt-BR.")
    return tag


def check_channel(wish: ChannelWish) -> ChannelWish:
    """Give the channel with its address normalised and its zone spelt properly."""
    address = normalise(wish.kind, wish.address)
    return replace(wish, address=address, schedule=check_schedule(wish.schedule), cap=check_cap(wish.cap))


def check_cap(cap: int) -> int:
    """Refuse a digest of no papers, or of more than anybody reads."""
    if not 1 <= cap <= MAX_CAP:
        raise InvalidWish(f"A digest holds 1 to {MAX_CAP} papers, not {cap}.")
    return cap


def check_interest(wish: InterestWish) -> InterestWish:
    """Give the interest with its text folded to one line; what the query means is for others to check."""
    canonical = check_text("interest", wish.canonical, MAX_INTEREST)
    return InterestWish(text=check_text("interest", wish.text, MAX_INTEREST), canonical=canonical)


def check_follow(wish: FollowWish) -> FollowWish:
    """Give the follow with a clean name, and each event once."""
    events = tuple(event for event in FollowEvent if event in wish.events)
    return replace(wish, name=check_text("name", wish.name, MAX_TARGET_NAME), events=events)


def check_text(what: str, text: str, limit: int) -> str:
    """Give text on one line, in NFC; empty, too long or containing control characters is refused."""
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    if not line:
        raise InvalidWish(f"The {what} is empty.")
    if len(line) > limit:
        raise InvalidWish(f"The {what} is too long: {len(line)} characters, at most {limit}.")
    if any(unicodedata.category(character) in {"Cc", "Cs"} or character in _BIDI_CONTROLS for character in line):
        raise InvalidWish(f"The {what} contains a control character; type it by hand.")
    return line
