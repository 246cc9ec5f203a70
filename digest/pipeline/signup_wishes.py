"""What somebody asks for when they sign up, as values, as the JSON of a request, and as typed. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from digest.errors import InvalidQuery
from digest.matching.query import parse
from digest.model import ResearcherId
from digest.pipeline.following import PersonWanted
from digest.pipeline.signup import read_interest
from subscribers.addresses import EMAIL, shown
from subscribers.model import (
    Cadence,
    ChannelWish,
    InterestWish,
    InvalidSchedule,
    InvalidWish,
    Registration,
    Schedule,
    UnknownRequest,
)
from subscribers.schedule import WEEKDAYS, check_schedule, check_timezone, parse_schedule
from subscribers.service import MAX_ID
from subscribers.validation import (
    MAX_CAP,
    MAX_NAME,
    MAX_TARGET_NAME,
    check_cap,
    check_interest,
    check_language,
    check_text,
)

MOST_INTERESTS: Final = 40
MOST_FOLLOWS: Final = 40
LONGEST_INTERESTS: Final = 4_000  # characters of all topics together: whoever types them is a stranger
T = TypeVar("T")

Faults = dict[str, list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowChoice:
    """A person somebody chose to follow: a record, or who is meant without one. `text` is how it was chosen."""

    text: str
    name: str
    researcher_id: ResearcherId | None = None
    person: PersonWanted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupWishes:
    """Everything somebody asks for but the address."""

    schedule: Schedule
    cap: int
    name: str = ""
    language: str = "en"
    interests: tuple[InterestWish, ...] = ()
    exclusions: tuple[InterestWish, ...] = ()
    follows: tuple[FollowChoice, ...] = ()
    is_plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The same as it was typed, field by field; nothing in it is checked yet."""

    timezone: str
    send_at: str
    wait_until: str = ""
    cadence: str = Cadence.DAILY.value
    weekday: str = WEEKDAYS[0]
    cap: str
    name: str = ""
    language: str = "en"
    interests: Sequence[str] = ()
    is_plain: bool = False


def dump_wishes(wishes: SignupWishes) -> dict[str, Any]:
    """Give wishes as the JSON that a request keeps."""
    dumped: dict[str, Any] = _WISHES.dump_python(wishes, mode="json")
    return dumped


def load_wishes(stored: object) -> SignupWishes:
    """Read the wishes of a request. Raises UnknownRequest for what another version wrote and this one would refuse."""
    try:
        wishes = _WISHES.validate_python(stored)
        _check_stored(wishes)
    except (ValidationError, InvalidQuery, InvalidWish, InvalidSchedule) as error:
        raise UnknownRequest from error
    return wishes


def make_registration(address: str, wishes: SignupWishes) -> Registration:
    """Give the wishes as a registration of one email address."""
    channel = ChannelWish(kind=EMAIL, address=address, schedule=wishes.schedule, cap=wishes.cap)
    name = wishes.name or address[:MAX_NAME]
    return Registration(name=name, channels=(channel,), language=wishes.language)


def check_typed(typed: Typed, follows: Sequence[FollowChoice], faults: Faults) -> SignupWishes | None:
    """Read what was typed; what is wrong is added to `faults`, by field. Without wishes there was something."""
    check = _Check(faults)
    name = check("name", lambda: check_text("name", typed.name, MAX_NAME) if typed.name.strip() else "")
    language = check("language", lambda: check_language(typed.language.strip()))
    interests = _check_interests(typed.interests, check)
    schedule = _check_schedule(typed, check)
    cap = check("cap", lambda: _read_cap(typed.cap))
    if len(follows) > MOST_FOLLOWS:
        check.add("follows", f"You may follow {MOST_FOLLOWS} people to begin with; take some out.")
    if not (follows or typed.interests or faults.get("follows")):
        check.add("interests", "Name a topic or somebody to follow: without either, nothing would ever be sent.")
    if schedule and schedule.cadence is Cadence.ALERTS and not (follows or faults.get("follows")):
        check.add("cadence", "Alerts are about people: name somebody to follow, or choose how often a digest comes.")
    if faults or name is None or language is None or schedule is None or cap is None:
        return None
    return SignupWishes(
        schedule=schedule,
        cap=cap,
        name=name,
        language=language,
        interests=interests,
        follows=tuple(follows),
        is_plain=typed.is_plain,
    )


def _check_stored(wishes: SignupWishes) -> None:
    """Refuse what subscribing would refuse, before anything is shown or done."""
    check_schedule(wishes.schedule)
    check_cap(wishes.cap)
    check_language(wishes.language)
    if wishes.name:
        check_text("name", wishes.name, MAX_NAME)
    for wish in (*wishes.interests, *wishes.exclusions):
        check_interest(wish)
        parse(wish.canonical)
    for choice in wishes.follows:
        check_text("name", choice.name, MAX_TARGET_NAME)
        seeds = choice.person.seeds if choice.person else ()
        if not all(0 <= number <= MAX_ID for number in (choice.researcher_id or 0, *(each.paper_id for each in seeds))):
            raise InvalidWish("There is nobody of this number.")


class _Check:
    """Runs checks, and collects what they complain about by field."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def __call__(self, field: str, check: Callable[[], T]) -> T | None:
        """Give what a check gives; None if it complains."""
        try:
            return check()
        except (InvalidQuery, InvalidWish, InvalidSchedule) as error:
            self.add(field, str(error))
            return None

    def add(self, field: str, sentence: str) -> None:
        self._faults.setdefault(field, []).append(sentence)


def _check_interests(texts: Sequence[str], check: _Check) -> tuple[InterestWish, ...]:
    if len(texts) > MOST_INTERESTS:
        check.add("interests", f"You may name {MOST_INTERESTS} topics to begin with, not {len(texts)}; take some out.")
        return ()
    if (length := sum(map(len, texts))) > LONGEST_INTERESTS:
        sentence = f"Your topics have {length:,} characters and may have {LONGEST_INTERESTS:,} to begin with."
        check.add("interests", f"{sentence} Once you are in, you may add more.")
        return ()
    found = [check("interests", partial(_read_topic, text)) for text in texts]
    return tuple({wish.canonical: wish for wish in found if wish is not None}.values())


def _read_topic(text: str) -> InterestWish:
    return check_interest(read_interest(text))


def _check_schedule(typed: Typed, check: _Check) -> Schedule | None:
    timezone = check("timezone", lambda: check_timezone(typed.timezone))
    hours = check("send_at", lambda: parse_schedule("UTC", typed.send_at, typed.wait_until))
    cadence = check("cadence", lambda: _read_cadence(typed.cadence))
    weekday = check("weekday", lambda: _read_weekday(typed.weekday))
    if timezone is None or hours is None or cadence is None or weekday is None:
        return None
    return replace(hours, timezone=timezone, cadence=cadence, weekday=weekday)


def _read_cadence(text: str) -> Cadence:
    try:
        return Cadence(text.strip().lower())
    except ValueError:
        every = ", ".join(Cadence)
        raise InvalidSchedule(f"“{shown(text)}” is not how often a digest can come; choose one of {every}.") from None


def _read_weekday(text: str) -> int:
    named = [day.lower() for day in WEEKDAYS]
    if text.strip().lower() not in named:
        raise InvalidSchedule(f"“{shown(text)}” is not a day of the week; write Monday, Tuesday and so on.")
    return named.index(text.strip().lower())


def _read_cap(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text.strip()):
        raise InvalidWish(f"“{shown(text)}” is not a number of papers; write one from 1 to {MAX_CAP}.")
    return check_cap(int(text))


_WISHES: Final = TypeAdapter(SignupWishes)
