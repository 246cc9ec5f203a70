"""What a digest shows, before it is a mail or a chat message: the edition, its reader and its papers in sections."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Final

from digest.model import Certainty, Match, Paper, ReasonKind
from digest.rendering.card import Card, make_card
from digest.rendering.text import clean, shorten
from digest.rendering.view import View

LONGEST_NAME: Final = 80  # characters

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_PERHAPS_NOTE: Final = "The name fits; it is not sure that it is them."

Entry = tuple[Match, Paper]


class _Shelf(Enum):
    """What a paper is there for, in the order of the sections."""

    PEOPLE = auto()
    PLACES = auto()
    NEWS = auto()
    PERHAPS = auto()
    TOPICS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView(View):
    """A digest. `more` counts matches the cap left out, `announced` the papers looked at.

    `notes` are sentences about sources (late, unreachable), `corrections` such about papers of earlier digests.
    """

    edition_on: date
    more: int = 0
    announced: int = 0
    notes: tuple[str, ...] = ()
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A paper with its number in the digest."""

    number: int
    card: Card


@dataclass(frozen=True, slots=True)
class Section:
    """Papers that are there for one kind of reason."""

    heading: str
    note: str
    items: tuple[Item, ...]


def list_sections(view: DigestView) -> tuple[Section, ...]:
    """Sort the papers by what matters most to a reader: people, places, news, perhaps people, topics.

    Numbers run through.
    """
    shelves: dict[_Shelf, list[Entry]] = {shelf: [] for shelf in _Shelf}
    for entry in view.entries:
        shelves[_choose_shelf(entry[0])].append(entry)
    numbers = iter(range(1, len(view.entries) + 1))
    return tuple(
        Section(*_head(shelf, entries), tuple(_items(view, entries, numbers)))
        for shelf, entries in shelves.items()
        if entries
    )


def _choose_shelf(match: Match) -> _Shelf:
    kinds = {reason.kind for reason in match.reasons if reason.certainty is Certainty.SURE}
    if match.news or kinds == {ReasonKind.PAPER}:
        return _Shelf.NEWS
    if ReasonKind.FOLLOW in kinds:
        return _Shelf.PEOPLE
    if ReasonKind.INSTITUTION in kinds:
        return _Shelf.PLACES
    return _Shelf.PERHAPS if match.is_possibly_followed else _Shelf.TOPICS


def _head(shelf: _Shelf, entries: list[Entry]) -> tuple[str, str]:
    """Give the heading of a section, and the note below it."""
    match shelf:
        case _Shelf.PEOPLE:
            return "From people you follow", ""
        case _Shelf.PLACES:
            return "From places you follow", ""
        case _Shelf.NEWS:
            is_followed = all(any(reason.kind is ReasonKind.PAPER for reason in match.reasons) for match, _ in entries)
            return ("News of papers you follow" if is_followed else "News of earlier papers"), ""
        case _Shelf.PERHAPS:
            return f"Possibly {_name_perhaps(entries)}", _PERHAPS_NOTE
        case _:
            return "For your interests", ""


def _name_perhaps(entries: list[Entry]) -> str:
    """Name the person, if they are all about one."""
    names = [
        clean(reason.subject)
        for match, _ in entries
        for reason in match.reasons
        if reason.certainty is Certainty.POSSIBLE
    ]
    is_one = len({name.casefold() for name in names}) == 1 and names[0]
    return shorten(names[0], LONGEST_NAME) if is_one else "people you follow"


def count_papers(count: int, *, extra: bool = False) -> str:
    """Say how many: `1 paper`, `1,250 papers`, `3 more papers`."""
    return f"{count:,}{' more' if extra else ''} paper{'' if count == 1 else 's'}"


def long_date(day: date) -> str:
    """Write a date out, the same on every machine: `Friday, 20 November 2026`."""
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _items(view: DigestView, entries: list[Entry], numbers: Iterator[int]) -> Iterator[Item]:
    for match, paper in entries:
        yield Item(next(numbers), make_card(match, paper, view.kinds.get(match.paper_id, ()), view.links))
