"""How answers are put together: quoted text that stays text, lists that fit a message, buttons. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, TypeVar

from digest.languages import tr
from digest.model import Button, Keyboard
from digest.rendering.telegram import SEPARATOR, inert, measure
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, isolate, shorten

LONGEST_QUOTE: Final = 200  # characters
LONGEST_LABEL: Final = 40
LONGEST_DATA: Final = 64  # bytes: InlineKeyboardButton, callback_data
_PREFIX: Final = "c:"
Item = TypeVar("Item")
_PRESS = re.compile(r"c:(?P<verb>[a-z]{2})(?::(?P<about>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Press:
    """What a button of a command says: two letters for what to do, and what it is about.

    Who taps is never in it: that is the chat. So data that somebody makes up speaks for nobody else.
    """

    verb: str
    about: str = ""


def parse_press(data: str) -> Press | None:
    """Read the data of a button; None for what no command has written."""
    found = _PRESS.fullmatch(data)
    return Press(found["verb"], found["about"] or "") if found else None


def button(label: str, verb: str, *about: object) -> Button:
    """Give a button of a command."""
    return Button(label, data=_write(verb, about))


def fits_button(verb: str, *about: object) -> bool:
    """Whether a button can say this."""
    return len(_write(verb, about).encode()) <= LONGEST_DATA


def label(text: str) -> str:
    """Give text as a button shows it."""
    return isolate(shorten(clean(to_unicode(text[: LONGEST_LABEL * 10])), LONGEST_LABEL)) or tr("(no name)")


def page_row(verb: str, page: int, pages: int) -> Keyboard:
    """Give the row that leads to the page before and the one after; nothing where there is one page."""
    earlier = (button(tr("‹ Back"), verb, page - 1),) if page > 0 else ()
    later = (button(tr("More ›"), verb, page + 1),) if page + 1 < pages else ()
    return (earlier + later,) if earlier or later else ()


def cut_page(items: Sequence[Item], page: int, length: int) -> tuple[Sequence[Item], int, int]:
    """Give what stands on a page (the last one if it is past the end), its number from 0, and how many there are."""
    pages = max(1, -(-len(items) // length))
    page = min(page, pages - 1)
    return items[page * length : (page + 1) * length], page, pages


def say_page(page: int, pages: int) -> str:
    """Say which page this is, behind a heading; nothing where there is one."""
    return " " + tr("({page} of {pages})", page=page + 1, pages=pages) if pages > 1 else ""


def quote(text: str, limit: int = LONGEST_QUOTE) -> str:
    """Give somebody's words as HTML that stays what it is: no markup, no mention, no command."""
    return escape(inert(isolate(shorten(clean(text), limit))), quote=False)


def show(text: str, limit: int = LONGEST_QUOTE) -> str:
    """Give what a source says, TeX made readable."""
    return quote(to_unicode(text[: limit * 10]), limit)


def bold(text: str, limit: int = LONGEST_QUOTE) -> str:
    """Give somebody's words in bold."""
    return f"<b>{show(text, limit)}</b>"


def link(text: str, url: str | None) -> str:
    """Give HTML as a link where there is an address."""
    return f'<a href="{escape(url)}">{text}</a>' if url else text


def say(*blocks: str) -> str:
    """Put blocks below each other; those that do not fit a message any more are left out."""
    return SEPARATOR.join(_fit([each for each in blocks if each], len(SEPARATOR)))


def say_lines(head: str, lines: Iterable[str], tail: str = "") -> str:
    """Put lines between a head and a tail, as many as fit a message."""
    room = measure(head) + measure(tail) + measure(SEPARATOR * 2)
    shown: list[str] = []
    for line in lines:
        room += measure(line + "\n")
        if not room.fits:
            break
        shown.append(line)
    return SEPARATOR.join(filter(None, (head, "\n".join(shown), tail)))


def _fit(blocks: Sequence[str], gap: int) -> Iterable[str]:
    room = measure("")
    for block in blocks:
        room += measure(block + " " * gap)
        if not room.fits:
            return
        yield block


def _write(verb: str, about: Sequence[object]) -> str:
    return _PREFIX + ":".join((verb, *map(str, about)))
