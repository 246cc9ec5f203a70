"""How the papers of a chat message are rated and saved by tapping: which rows there are, and what each button says.

A message of several papers has a row of their numbers. A number opens the row of its paper beneath them, another tap on
it closes that again. A message of one paper has its row at once. What was said has a row of its own, with the way back.

| data | means |
|---|---|
| `pa:r:4711:3` | show what can be said of paper 4711, which has number 3 |
| `pa:a:…`, `pa:m:…`, `pa:c:…` | show its authors; what of it can be left out; none of these |
| `ra:m:y:4711:3`, `ra:l:y:…`, `ra:s:y:…` | more like this; less; save. With `n`: take that back |
| `au:y:4711:3:5`, `au:n:4711:3:5` | follow its author in place 5; no longer |
| `mu:y:4711:3:a:0f12ab9c`, `mu:u:…` | leave out the author with this key; stop following them first |
| `mu:y:4711:3:c:…`, `mu:y:4711:3:t:…` | leave out a category of it; drop a topic that brought it |
| `mu:n:…` | any of these no longer |

The number may be followed by a check, `4711:3.7f3a`, made of an id of the paper: after a restore, row 4711 may be
another. In a group, `ra:…` is the vote of whoever taps. Number 0 is the only paper of a message. A key is made of the
query that it stands for, so where the authors have changed meanwhile nobody leaves out somebody else. Pure.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from digest.languages import mark, tr
from digest.model import RATINGS, Button, ExternalId, FeedbackKind, Keyboard, Paper, PaperId
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, isolate, shorten

LONGEST_ON_BUTTON: Final = 40  # characters of a name
MOST_NUMBERS: Final = 40  # on one keyboard; Telegram takes 100 buttons, and questions take up to 40
IN_A_ROW: Final = 8  # Telegram takes no more
WORDS_IN_A_ROW: Final = 4  # of buttons with words, on a phone
ALONE: Final = 0
_LONGEST_RAW_NAME: Final = 400

SIGNS: Final = {FeedbackKind.MORE: "👍", FeedbackKind.LESS: "👎", FeedbackKind.SAVED: "💾"}
LETTERS: Final = {FeedbackKind.MORE: "m", FeedbackKind.LESS: "l", FeedbackKind.SAVED: "s"}
_OFFERED: Final = {
    FeedbackKind.MORE: mark("👍 More"),
    FeedbackKind.LESS: mark("👎 Less"),
    FeedbackKind.SAVED: mark("💾 Save"),
}
_SAID: Final = {
    FeedbackKind.MORE: mark("👍 {number}more like this · undo"),
    FeedbackKind.LESS: mark("👎 {number}less like this · undo"),
    FeedbackKind.SAVED: mark("💾 {number}saved · undo"),
}
HINT: Final = mark(
    "Tap a paper’s number: 👍 more like it, 👎 less, 💾 save it, ➕ follow an author, 🙈 mute an author or topic."
)

Row = tuple[Button, ...]
Kinds = frozenset[FeedbackKind]


class Sight(StrEnum):
    """What is shown of a paper: what can be said of it, its authors, what can be left out, or only its number."""

    RATING = "r"
    AUTHORS = "a"
    MUTING = "m"
    CLOSED = "c"


class MuteKind(StrEnum):
    """What is left out: a topic of the reader's, which is dropped then, a category of the paper, or an author."""

    TOPIC = "t"
    CATEGORY = "c"
    AUTHOR = "a"


class MuteWord(StrEnum):
    """What a tap on it says: leave it out, no longer, or stop following them first."""

    MUTE = "y"
    UNMUTE = "n"
    UNFOLLOW = "u"


@dataclass(frozen=True, slots=True)
class Place:
    """A paper, its number in the message (ALONE if there is no other), and by what to know it again."""

    paper_id: PaperId
    number: int = ALONE
    check: str = ""

    def __str__(self) -> str:
        return f"{self.paper_id}:{self.number}{f'.{self.check}' if self.check else ''}"

    @property
    def checked(self) -> str:
        """Give the paper and its check, without a number."""
        return f"{self.paper_id}{f'.{self.check}' if self.check else ''}"

    def is_of(self, paper: Paper) -> bool:
        """Whether that paper was meant; buttons from before there were checks do not say."""
        return not self.check or self.check in map(_hash, paper.ids)


@dataclass(frozen=True, slots=True)
class OfferedAuthor:
    """An author who can be followed, by their place on the paper (from 1), and whether the reader does."""

    position: int
    name: str
    is_followed: bool


@dataclass(frozen=True, slots=True)
class OfferedMute:
    """What can be left out, called `name`, known by its key, and what a tap on it says as things stand."""

    kind: MuteKind
    key: str
    name: str
    word: MuteWord


@dataclass(frozen=True, slots=True)
class Opened:
    """The paper whose row is open, and what of it is shown; the votes on it, where several people vote."""

    place: Place
    sight: Sight = Sight.RATING
    authors: Sequence[OfferedAuthor] = ()
    votes: Mapping[FeedbackKind, int] | None = None
    mutes: Sequence[OfferedMute] = ()


def rating_keyboard(
    places: Sequence[Place], said: Mapping[PaperId, Kinds] | None = None, opened: Opened | None = None
) -> Keyboard:
    """Give the rows for the papers of a message, as they stand."""
    known = said or {}
    if [place.number for place in places] == [ALONE]:
        shown = opened or Opened(places[0])
        return tuple(_open(shown, known))
    return (*_number_rows(places[:MOST_NUMBERS], known, opened), *(_open(opened, known) if opened else ()))


def name_place(paper_id: PaperId, paper: Paper) -> Place:
    """Give by what buttons name a paper that stands alone."""
    return Place(paper_id, check=make_check(paper))


def make_check(paper: Paper) -> str:
    """Give by what to know a paper again: four hexadecimal digits, or none of a paper without an id."""
    return _hash(paper.ids[0]) if paper.ids else ""


def list_places(papers: Iterable[tuple[int, Place | None]]) -> tuple[Place, ...]:
    """Give the places of the papers in a message, which come with their numbers; without a place, one is only shown."""
    all_papers = list(papers)
    if len(all_papers) == 1:
        return tuple(place for _, place in all_papers if place)
    return tuple(replace(place, number=number) for number, place in all_papers if place)


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
    if opened.sight in (Sight.AUTHORS, Sight.MUTING):
        yield from _author_rows(opened) if opened.sight is Sight.AUTHORS else _mute_rows(opened)
        yield (Button(tr("‹ Back"), data=_show(opened.place, Sight.RATING)),)
        return
    place, kinds = opened.place, said.get(opened.place.paper_id, frozenset())
    if opened.votes is not None:
        yield tuple(_ballot(place, opened.votes))
        kinds -= RATINGS
    numbered = f"{place.number}. " if place.number else ""
    for kind, letter in LETTERS.items():
        if kind in kinds:
            yield (Button(tr(_SAID[kind], number=numbered), data=f"ra:{letter}:n:{place}"),)
    hidden = RATINGS if opened.votes is not None else frozenset()
    yield from _offer(place, kinds | hidden)


def _ballot(place: Place, votes: Mapping[FeedbackKind, int]) -> Iterator[Button]:
    """Give the buttons that everybody in a group votes with, as many votes as there are, and the way back."""
    for kind in (FeedbackKind.MORE, FeedbackKind.LESS):
        yield Button(f"{SIGNS[kind]} {votes.get(kind, 0)}", data=f"ra:{LETTERS[kind]}:y:{place}")
    if any(votes.values()):
        yield Button(tr("↩ My vote"), data=f"ra:{LETTERS[FeedbackKind.MORE]}:n:{place}")


def _offer(place: Place, kinds: Kinds) -> Iterator[Row]:
    """Give what can be said still and what can be opened; in two rows where one would be too narrow for the words."""
    words = tuple(
        Button(tr(_OFFERED[kind]), data=f"ra:{letter}:y:{place}")
        for kind, letter in LETTERS.items()
        if kind not in kinds
    )
    lists = (
        Button(tr("➕ Follow"), data=_show(place, Sight.AUTHORS)),
        Button(tr("🙈 Mute"), data=_show(place, Sight.MUTING)),
    )
    yield from (words, lists) if len(words) + len(lists) > WORDS_IN_A_ROW else ((*words, *lists),)


def _author_rows(opened: Opened) -> Iterator[Row]:
    for author in opened.authors:
        name = _fit_name(author.name) or tr("this author")
        label = tr("✔ {person} · stop following", person=name) if author.is_followed else f"➕ {name}"
        yield (Button(label, data=f"au:{'n' if author.is_followed else 'y'}:{opened.place}:{author.position}"),)


def _mute_rows(opened: Opened) -> Iterator[Row]:
    for mute in opened.mutes:
        data = f"mu:{mute.word}:{opened.place}:{mute.kind}:{mute.key}"
        yield (Button(_label_mute(mute, _fit_name(mute.name) or "…"), data=data),)


def _label_mute(mute: OfferedMute, name: str) -> str:
    """Say what a tap does, or how things stand and that a tap takes it back."""
    if mute.word is MuteWord.UNFOLLOW:
        return tr("✔ {person} · stop following", person=name)
    if mute.word is MuteWord.MUTE:
        return tr("✖ Drop the topic “{topic}”", topic=name) if mute.kind is MuteKind.TOPIC else f"🙈 {name}"
    if mute.kind is MuteKind.TOPIC:
        return tr("✔ “{topic}” is dropped · undo", topic=name)
    return tr("✔ {name} is left out · undo", name=name)


def _fit_name(name: str) -> str:
    return isolate(shorten(clean(to_unicode(name[:_LONGEST_RAW_NAME])), LONGEST_ON_BUTTON))


def _hash(known: ExternalId) -> str:
    return hashlib.sha256(str(known).encode()).hexdigest()[:4]


def _show(place: Place, sight: Sight) -> str:
    return f"pa:{sight}:{place}"
