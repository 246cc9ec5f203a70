"""Saying something in the language that is being spoken, which is part of the context."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from digest.languages.catalogues import load_catalogue
from digest.languages.choice import ENGLISH, choose_language
from digest.languages.formats import say_number

_SPOKEN: Final = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str | None) -> Iterator[None]:
    """Speak one of our languages, the one nearest to a tag of BCP 47, until the end of the block.

    `asyncio.to_thread` and tasks take it along; threads of a pool must be given the context (`copy_context`).
    """
    before = _SPOKEN.set(choose_language(language))
    try:
        yield
    finally:
        _SPOKEN.reset(before)


def spoken() -> str:
    """Give the language that is being spoken."""
    return _SPOKEN.get()


def tr(text: str, /, **values: object) -> str:
    """Say a text of ours. `{name}` in it stands for a value, which is put in as it is: escape it before.

    The English is the key of the catalogues, so it must stand in the call as a literal (or in `mark`), never an
    f-string. Without values, braces are braces.
    """
    said = load_catalogue(spoken()).gettext(text) if text else ""
    return said.format(**values) if values else said


def trn(one: str, many: str, count: int, /, **values: object) -> str:
    """Say a text about a number of things, in the form the language has for that number; `{count}` is the number."""
    said = load_catalogue(spoken()).ngettext(one, many, count)
    return said.format(count=say_number(count, spoken()), **values)


def mark_plural(one: str, many: str) -> tuple[str, str]:
    """Give back two texts about a number of things, for a constant that is said later, by `trn`."""
    return one, many


def mark(text: str) -> str:
    """Give a text back as it is, for a constant that is said later, by `tr`: so that the catalogues know it."""
    return text
