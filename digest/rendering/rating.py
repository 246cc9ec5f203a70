"""How the papers of a chat message are rated and saved by tapping: which rows there are, and what each button says.

A message of several papers has a row of their numbers. A number opens the row of its paper beneath them, another tap on
it closes that again. A message of one paper has its row at once. What was said has a row of its own, with the way back.

| data | means |
|---|---|
| `pa:r:4711:3`, `pa:a:…`, `pa:c:…` | show what can be said of paper 4711, which has number 3; its authors; neither |
| `ra:m:y:4711:3`, `ra:l:y:…`, `ra:s:y:…` | more like this; less; save. With `n`: take that back |
| `au:y:4711:3:5`, `au:n:4711:3:5` | follow its author in place 5; no longer |

In a group, `ra:…` is the vote of whoever taps. Number 0 is the only paper of a message. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from digest.model import RATINGS, Button, FeedbackKind, Keyboard, PaperId
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, isolate, shorten

LONGEST_ON_BUTTON: Final = 40  # characters of a name
MOST_NUMBERS: Final = 40  # on one keyboard; Telegram takes 100 buttons, and questions take up to 40
IN_A_ROW: Final = 8  # Telegram takes no more
ALONE: Final = 0
_LONGEST_RAW_NAME: Final = 400

SIGNS: Final = {FeedbackKind.MORE: "👍", FeedbackKind.LESS: "👎", FeedbackKind.SAVED: "💾"}
LETTERS: Final = {FeedbackKind.MORE: "m", FeedbackKind.LESS: "l", FeedbackKind.SAVED: "s"}
_OFFERED: Final = {FeedbackKind.MORE: "More", FeedbackKind.LESS: "Less", FeedbackKind.SAVED: "Save"}
_SAID: Final = {
    FeedbackKind.MORE: "more like this",
    FeedbackKind.LESS: "less like this",
    FeedbackKind.SAVED: "saved",
}
HINT: Final = "Tap a paper’s number: 👍 more like it, 👎 less, 💾 save it, ➕ follow an author."

Row = tuple[Button, ...]
Kinds = frozenset[FeedbackKind]


class Sight(StrEnum):
    """What is shown of a paper: what can be said of it, its authors, or only its number."""

    RATING = "r"
    AUTHORS = "a"
    CLOSED = "c"


@dataclass(frozen=True, slots=True)
class Place:
    """A paper, and its number in the message; ALONE if there is no other."""

    paper_id: PaperId
    number: int = ALONE

    def __str__(self) -> str:
        return f"{self.paper_id}:{self.number}"


@dataclass(frozen=True, slots=True)
class OfferedAuthor:
    """An author who can be followed, by their place on the paper (from 1), and whether the reader does."""

    position: int
    name: str
    is_followed: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """The paper whose row is open, and what of it is shown; the votes on it, where several people vote."""

    place: Place
    sight: Sight = Sight.RATING
    authors: Sequence[OfferedAuthor] = ()
    votes: Mapping[FeedbackKind, int] | None = None


def rating_keyboard(
    places: Sequence[Place], said: Mapping[PaperId, Kinds] | None = None, opened: Opened | None = None
) -> Keyboard:
    """Give the rows for the papers of a message, as they stand."""
    known = said or {}
    if [place.number for place in places] == [ALONE]:
        shown = opened or Opened(places[0])
        return tuple(_open(shown, known))
    return (*_number_rows(places[:MOST_NUMBERS], known, opened), *(_open(opened, known) if opened else ()))


def list_places(papers: Iterable[tuple[int, int | None]]) -> tuple[Place, ...]:
    """Give the places of the papers in a message, which come as numbers and ids; without an id, one is only shown."""
    all_papers = list(papers)
    if len(all_papers) == 1:
        return tuple(Place(PaperId(paper_id)) for _, paper_id in all_papers if paper_id)
    return tuple(Place(PaperId(paper_id), number) for number, paper_id in all_papers if paper_id)


def _number_rows(places: Sequence[Place], said: Mapping[PaperId, Kinds], opened: Opened | None) -> Iterator[Row]:
    buttons = [_number_button(place, said, is_open=opened is not None and opened.place == place) for place in places]
    for start in range(0, len(buttons), IN_A_ROW):
        yield tuple(buttons[start : start + IN_A_ROW])


def _number_button(place: Place, said: Mapping[PaperId, Kinds], *, is_open: bool) -> Button:
    """Show at a glance what was said: `3 👍💾`, and `▾ 3` while the row of the paper is open."""
    signs = "".join(SIGNS[kind] for kind in SIGNS if kind in said.get(place.paper_id, ()))
    label = f"{'▾ ' if is_open else ''}{place.number}{f' {signs}' if signs else ''}"
    return Button(label, data=_show(place, Sight.CLOSED if is_open else Sight.RATING))


def _open(opened: Opened, said: Mapping[PaperId, Kinds]) -> Iterator[Row]:
    if opened.sight is Sight.AUTHORS:
        yield from _author_rows(opened)
        return
    place, kinds = opened.place, said.get(opened.place.paper_id, frozenset())
    if opened.votes is not None:
        yield tuple(_ballot(place, opened.votes))
        kinds -= RATINGS
    numbered = f"{place.number}. " if place.number else ""
    for kind, letter in LETTERS.items():
        if kind in kinds:
            yield (Button(f"{SIGNS[kind]} {numbered}{_SAID[kind]} · undo", data=f"ra:{letter}:n:{place}"),)
    hidden = RATINGS if opened.votes is not None else frozenset()
    yield tuple(_offers(place, kinds | hidden))


def _ballot(place: Place, votes: Mapping[FeedbackKind, int]) -> Iterator[Button]:
    """Give the buttons that everybody in a group votes with, as many votes as there are, and the way back."""
    for kind in (FeedbackKind.MORE, FeedbackKind.LESS):
        yield Button(f"{SIGNS[kind]} {votes.get(kind, 0)}", data=f"ra:{LETTERS[kind]}:y:{place}")
    if any(votes.values()):
        yield Button("↩ My vote", data=f"ra:{LETTERS[FeedbackKind.MORE]}:n:{place}")


def _offers(place: Place, kinds: Kinds) -> Iterator[Button]:
    for kind, letter in LETTERS.items():
        if kind not in kinds:
            yield Button(f"{SIGNS[kind]} {_OFFERED[kind]}", data=f"ra:{letter}:y:{place}")
    yield Button("➕ Follow", data=_show(place, Sight.AUTHORS))


def _author_rows(opened: Opened) -> Iterator[Row]:
    place = opened.place
    for author in opened.authors:
        name = isolate(shorten(clean(to_unicode(author.name[:_LONGEST_RAW_NAME])), LONGEST_ON_BUTTON)) or "this author"
        label = f"✔ {name} · stop following" if author.is_followed else f"➕ {name}"
        yield (Button(label, data=f"au:{'n' if author.is_followed else 'y'}:{place}:{author.position}"),)
    yield (Button("‹ Back", data=_show(place, Sight.RATING)),)


def _show(place: Place, sight: Sight) -> str:
    return f"pa:{sight}:{place}"
