"""Which authors of a paper are shown: the first, the last, and always those the reader follows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from digest.matching.papertext import has_name
from digest.model import Author, Certainty, Reason, ReasonKind
from digest.rendering.tex import to_unicode
from digest.rendering.text import shorten

SHOWN_WHOLE: Final = 8  # a list this long is shown as it is
SHOWN_FIRST: Final = 3
MOST_MARKED: Final = 12  # followed authors of one paper
LONGEST_NAME: Final = 80
NO_PAGES: Final[Mapping[int, str]] = MappingProxyType({})
_LONGEST_RAW_NAME: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorView:
    """A name to show, and the page about the person if there is one. `is_after_gap`: names before it were left out."""

    name: str
    is_followed: bool = False
    is_possible: bool = False
    is_after_gap: bool = False
    page: str | None = None


def select_authors(
    authors: Sequence[Author], reasons: Sequence[Reason], pages: Mapping[int, str] = NO_PAGES
) -> tuple[tuple[AuthorView, ...], int]:
    """Give the authors to show, in order, and how many are left out. `pages` are those of followed researchers."""
    marks = _find_marked(authors, reasons)
    paged = _find_pages(authors, reasons, pages) if pages else {}
    places = sorted(_choose_places(len(authors), marks))
    views = tuple(
        AuthorView(
            name=_name(authors[place]),
            is_followed=marks.get(place) is Certainty.SURE,
            is_possible=marks.get(place) is Certainty.POSSIBLE,
            is_after_gap=place > 0 and place - 1 not in places,
            page=paged.get(place),
        )
        for place in places
    )
    return views, len(authors) - len(places)


def _choose_places(count: int, marked: Iterable[int]) -> set[int]:
    if count <= SHOWN_WHOLE:
        return set(range(count))
    chosen = {*range(SHOWN_FIRST), count - 1, *marked}
    # An ellipsis in place of a single name saves nothing.
    return chosen | {place + 1 for place in chosen if place + 2 in chosen}


def _find_marked(authors: Sequence[Author], reasons: Iterable[Reason]) -> Mapping[int, Certainty | None]:
    """Give the places of followed authors; marked None, of those a query named or who are from a followed place."""
    marks: dict[int, Certainty | None] = {}
    for reason in reasons:
        place = _find_place(authors, reason) if len(marks) < MOST_MARKED else None
        if place is None:
            continue
        certainty = (reason.certainty or Certainty.SURE) if reason.kind is ReasonKind.FOLLOW else None
        if marks.get(place) is not Certainty.SURE:
            marks[place] = certainty or marks.get(place)
    return marks


def _find_pages(authors: Sequence[Author], reasons: Iterable[Reason], pages: Mapping[int, str]) -> dict[int, str]:
    """Give the pages of the followed people, by place; where two are possible, that of the first reason."""
    found: dict[int, str] = {}
    for reason in reasons:
        page = pages.get(reason.target_id) if reason.kind is ReasonKind.FOLLOW and reason.target_id else None
        place = _find_place(authors, reason) if page else None
        if page and place is not None:
            found.setdefault(place, page)
    return found


def _find_place(authors: Sequence[Author], reason: Reason) -> int | None:
    """Find the author a reason is about: by position, or by name should the list have changed since."""
    if reason.kind not in (ReasonKind.FOLLOW, ReasonKind.INSTITUTION, ReasonKind.AUTHOR):
        return None
    if reason.position is not None and 1 <= reason.position <= len(authors):
        return reason.position - 1
    if reason.kind is ReasonKind.INSTITUTION:
        return None
    wanted = reason.subject[:_LONGEST_RAW_NAME]
    return next((place for place, author in enumerate(authors) if has_name(_cut(author), wanted)), None)


def _name(author: Author) -> str:
    return shorten(to_unicode(_cut(author)), LONGEST_NAME) or "(no name)"


def _cut(author: Author) -> str:
    return author.name[:_LONGEST_RAW_NAME]
