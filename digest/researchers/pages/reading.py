"""Which layout a captured page has, and what it says. Pure."""

from collections.abc import Collection
from datetime import date
from typing import Final

from digest.errors import InvalidPage
from digest.researchers.decoding import decode
from digest.researchers.pages.authors import read_author_page, read_listing
from digest.researchers.pages.headings import read_heading
from digest.researchers.pages.profiles import TITLE, read_profile
from digest.researchers.pages.records import AuthorPage

MAX_BYTES: Final = 5_000_000
MAX_LINES: Final = 50_000
_MARK: Final = 2  # letters of a category, as in `CL`
_TOP: Final = 40  # lines within which a page says what it is


def read_page(data: bytes, *, as_of: date, known_names: Collection[str] = ()) -> AuthorPage:
    """Read a captured page. `as_of` is the day of capture, whose year dates without a year have.

    `known_names` of authors help where a page prints title and authors with nothing between them. Raises InvalidPage
    for what is no such page; nothing of it is used.
    """
    lines = _read_lines(data)
    top = _take_top(lines)
    if top[0] == TITLE:
        page = read_profile(lines, as_of)
    elif read_heading(top[0], as_of):
        page = read_listing(lines, as_of, known_names)
    elif _is_author_page(top):
        page = read_author_page(lines, as_of)
    elif "Daily Papers" in top and any(line.startswith("byAK") for line in top):
        raise InvalidPage("it lists papers of many people, and is about none of them.")
    else:
        raise InvalidPage("it is neither a researcher's profile nor an author's page as we know them.")
    if page is None or not page.records:
        raise InvalidPage("it has the form of a researcher's page, but there is no paper on it; was it captured whole?")
    return page


def is_page(text: str) -> bool:
    """Whether a text has one of the layouts that are read."""
    top = _take_top(text.split("\n", _TOP * 4)[: _TOP * 4])
    return bool(top) and (top[0] == TITLE or _is_author_page(top) or read_heading(top[0], date.min) is not None)


def _take_top(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()][:_TOP]


def _read_lines(data: bytes) -> list[str]:
    if len(data) > MAX_BYTES:
        raise InvalidPage(f"it has more than {MAX_BYTES:,} bytes.")
    text = decode(data)
    if text is None:
        raise InvalidPage("it is not text; save what the browser shows as plain text.")
    lines = text.split("\n")
    if len(lines) > MAX_LINES:
        raise InvalidPage(f"it has more than {MAX_LINES:,} lines.")
    if not text.strip():
        raise InvalidPage("it is empty.")
    return lines


def _is_author_page(top: list[str]) -> bool:
    """Whether a name, a category of two letters and the h-index begin it."""
    if len(top) <= _MARK:
        return False
    return len(top[1]) == _MARK and top[1].isupper() and top[2].startswith("h-index")
