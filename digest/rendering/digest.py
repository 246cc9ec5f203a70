"""What a digest shows, before it is a mail or a chat message: the edition, its reader and its papers in sections."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from digest.model import AnnouncementKind, Match, Paper, PaperId
from digest.rendering.card import Card, make_card

_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """Everything both renderers need. `kinds` tells how papers appeared, where that is worth a label.

    `title` is the name of the service; `more` counts matches the cap left out, `announced` the papers looked at;
    `notes` are sentences about sources (late, unreachable). `unsubscribe_mailto` is an address or a `mailto:` URL.
    """

    title: str
    edition: str
    edition_on: date
    entries: tuple[tuple[Match, Paper], ...]
    more: int = 0
    announced: int = 0
    reader_name: str = ""
    timezone: str = "UTC"
    language: str = "en"
    kinds: Mapping[PaperId, tuple[AnnouncementKind, ...]] = field(default_factory=lambda: MappingProxyType({}))
    notes: tuple[str, ...] = ()
    unsubscribe_url: str | None = None
    unsubscribe_mailto: str | None = None
    public_url: str = ""
    is_group: bool = False


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
    """Sort the papers by what matters most to a reader: people, perhaps people, topics. Numbers run through."""
    people = [entry for entry in view.entries if entry[0].is_followed]
    perhaps = [entry for entry in view.entries if not entry[0].is_followed and entry[0].is_possibly_followed]
    topics = [entry for entry in view.entries if not (entry[0].is_followed or entry[0].is_possibly_followed)]
    numbers = iter(range(1, len(view.entries) + 1))
    sections = (
        ("From people you follow", "", people),
        ("Possibly people you follow", "A name like theirs, but nothing yet that tells whether it is them.", perhaps),
        ("For your interests", "", topics),
    )
    return tuple(
        Section(heading, note, tuple(_items(view, entries, numbers))) for heading, note, entries in sections if entries
    )


def count_papers(count: int, *, extra: bool = False) -> str:
    """Say how many: `1 paper`, `1,250 papers`, `3 more papers`."""
    return f"{count:,}{' more' if extra else ''} paper{'' if count == 1 else 's'}"


def long_date(day: date) -> str:
    """Write a date out, the same on every machine: `Friday, 20 November 2026`."""
    return f"{_WEEKDAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _items(view: DigestView, entries: list[tuple[Match, Paper]], numbers: Iterator[int]) -> Iterator[Item]:
    for match, paper in entries:
        yield Item(next(numbers), make_card(match, paper, view.kinds.get(match.paper_id, ())))
