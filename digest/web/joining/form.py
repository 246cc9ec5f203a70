"""The sign-up form as it is filled in: what a browser sent, or what it begins with. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from digest.pipeline.signup_wishes import Typed
from digest.rendering.text import clean
from digest.settings import Settings
from digest.web.guessing import guess
from digest.web.pages import Form
from subscribers.addresses import MAX_ADDRESS
from subscribers.model import Cadence
from subscribers.schedule import WEEKDAYS
from subscribers.validation import MAX_NAME

TRAP: Final = "homepage"  # no person sees this field; what fills in everything is no person
LARGEST: Final = 60_000  # bytes of the form: room to say what is wrong with far too long a topic
MOST_FIELDS: Final = 150
MOST_LINES: Final = 500  # of topics, kept when the form is shown again
LONGEST_LINE: Final = 20_000
LONGEST_VALUE: Final = 300  # characters of any other field
FIND, PREVIEW, SUBSCRIBE = "find", "preview", "subscribe"
ACTIONS: Final = (FIND, PREVIEW, SUBSCRIBE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What stands in the fields, as typed. `follows` are people chosen, `person` one who is looked for."""

    timezone: str
    send_at: str
    cap: str
    language: str
    cadence: str = Cadence.DAILY.value
    weekday: str = WEEKDAYS[0]
    address: str = ""
    name: str = ""
    topics: str = ""
    categories: tuple[str, ...] = ()
    follows: tuple[str, ...] = ()
    person: str = ""
    is_plain: bool = False

    @property
    def interests(self) -> tuple[str, ...]:
        """Give the topics, one of each line, and a topic for each category that was ticked."""
        lines = [line.strip() for line in self.topics.splitlines()]
        return (*filter(None, lines), *(f"cat:{category}" for category in self.categories))

    def type_out(self) -> Typed:
        """Give what is to be checked."""
        return Typed(
            timezone=self.timezone,
            send_at=self.send_at,
            cadence=self.cadence,
            weekday=self.weekday,
            cap=self.cap,
            name=self.name,
            language=self.language,
            interests=self.interests,
            is_plain=self.is_plain,
        )


def begin_form(settings: Settings, accept_language: str) -> Filled:
    """Give the form as it is first seen, with what the browser lets guess."""
    guessed = guess(accept_language)
    return Filled(
        timezone=guessed.timezone or settings.default_timezone,
        send_at=f"{settings.default_send_at:%H:%M}",
        cap=str(settings.default_cap),
        language=guessed.language,
    )


def read_filled(form: Form, usual: Filled) -> Filled:
    """Read what a browser sent; a field that it left out is as usual."""

    def text(name: str, default: str = "", limit: int = LONGEST_VALUE) -> str:
        return form.get(name, [default])[-1].strip()[:limit]

    return Filled(
        timezone=text("timezone", usual.timezone),
        send_at=text("send_at", usual.send_at),
        cap=text("cap", usual.cap),
        language=text("language", usual.language),
        cadence=text("cadence", usual.cadence),
        weekday=text("weekday", usual.weekday),
        address=text("address", limit=MAX_ADDRESS + 1),
        name=text("name", limit=MAX_NAME + 1),
        topics="\n".join(form.get("topics", [""])[-1].splitlines()[:MOST_LINES])[:LONGEST_LINE],
        categories=_each(form.get("category", ())),
        follows=_each(form.get("follow", ())),
        person=text("person"),
        is_plain="is_plain" in form,
    )


def read_action(form: Form) -> str:
    """Give which button was pressed; one that there is not shows what the digest would be, and changes nothing."""
    action = form.get("action", [PREVIEW])[-1]
    return action if action in ACTIONS else PREVIEW


def is_trapped(form: Form) -> bool:
    """Whether the field that no person sees was filled in."""
    return any(value.strip() for value in form.get(TRAP, ()))


def make_harmless(filled: Filled) -> Filled:
    """Give what may be shown again: without what cannot be seen, or would turn the text around it."""
    return replace(
        filled,
        timezone=clean(filled.timezone),
        send_at=clean(filled.send_at),
        cap=clean(filled.cap),
        language=clean(filled.language),
        cadence=clean(filled.cadence),
        weekday=clean(filled.weekday),
        address=clean(filled.address),
        name=clean(filled.name),
        topics="\n".join(map(clean, filled.topics.split("\n"))),
        person=clean(filled.person),
    )


def _each(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip()[:LONGEST_VALUE] for value in values if value.strip()))
