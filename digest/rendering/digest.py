"""What a digest shows, before it is a mail or a chat message: the edition, its reader and its papers in sections."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Final

from digest.languages import mark, say_date, spoken, tr, trn
from digest.model import Certainty, Match, Paper, ReasonKind
from digest.rendering.card import Card, make_card
from digest.rendering.text import clean, shorten
from digest.rendering.view import View

LONGEST_NAME: Final = 80  # characters

_PERHAPS_NOTE: Final = mark("The name fits; it is not sure that it is them.")

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
    paper_id: int = 0


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
            return tr("From people you follow"), ""
        case _Shelf.PLACES:
            return tr("From places you follow"), ""
        case _Shelf.NEWS:
            is_followed = all(any(reason.kind is ReasonKind.PAPER for reason in match.reasons) for match, _ in entries)
            return tr("News of papers you follow") if is_followed else tr("News of earlier papers"), ""
        case _Shelf.PERHAPS:
            return _head_perhaps(entries), tr(_PERHAPS_NOTE)
        case _:
            return tr("For your interests"), ""


def _head_perhaps(entries: list[Entry]) -> str:
    """Head them by the name of the person, if they are all about one."""
    names = [
        clean(reason.subject)
        for match, _ in entries
        for reason in match.reasons
        if reason.certainty is Certainty.POSSIBLE
    ]
    is_one = len({name.casefold() for name in names}) == 1 and names[0]
    if is_one:
        return tr("Possibly {person}", person=shorten(names[0], LONGEST_NAME))
    return tr("Possibly people you follow")


def count_papers(count: int, *, extra: bool = False) -> str:
    """Say how many: `1 paper`, `1,250 papers`, `3 more papers`."""
    if extra:
        return trn("{count} more paper", "{count} more papers", count)
    return trn("{count} paper", "{count} papers", count)


def long_date(day: date) -> str:
    """Write a date out in the language that is spoken: `Friday, 20 November 2026`."""
    return say_date(day, spoken())


def _items(view: DigestView, entries: list[Entry], numbers: Iterator[int]) -> Iterator[Item]:
    for match, paper in entries:
        card = make_card(match, paper, view.kinds.get(match.paper_id, ()), view.links)
        yield Item(next(numbers), card, match.paper_id)
