"""What the buttons that rate, save and list papers tell the bot. Pure. Their data is in `digest.rendering.rating`.

The list of saved papers has buttons of its own: `sv:n:4711.7f3a` takes paper 4711 off it, `sv:y:4711.7f3a` puts it
back.
"""

import re
from dataclasses import dataclass
from typing import Final

from digest.model import FeedbackKind, PaperId
from digest.rendering.rating import LETTERS, MuteKind, MuteWord, Place, Sight

LARGEST_ID: Final = 2**31 - 1  # the width of an id in PostgreSQL
ID: Final = r"[1-9][0-9]{0,9}"
_KINDS: Final = {letter: kind for kind, letter in LETTERS.items()}
CHECK: Final = r"(?:\.(?P<check>[0-9a-f]{4}))?"
_PLACE: Final = rf"(?P<paper>{ID}):(?P<number>0|[1-9][0-9]{{0,3}}){CHECK}"
_SHOW: Final = re.compile(rf"pa:(?P<sight>[ramc]):{_PLACE}")
_RATE: Final = re.compile(rf"ra:(?P<kind>[mls]):(?P<said>[yn]):{_PLACE}")
_AUTHOR: Final = re.compile(rf"au:(?P<said>[yn]):{_PLACE}:(?P<position>[1-9][0-9]{{0,4}})")
_MUTE: Final = re.compile(rf"mu:(?P<word>[ynu]):{_PLACE}:(?P<kind>[tca]):(?P<key>[0-9a-f]{{8}})")
_SAVED: Final = re.compile(rf"sv:(?P<said>[yn]):(?P<paper>{ID}){CHECK}")


@dataclass(frozen=True, slots=True)
class ShowTap:
    """The wish to see what can be said of a paper, or its authors, or what can be left out, or nothing any more."""

    place: Place
    sight: Sight


@dataclass(frozen=True, slots=True)
class RateTap:
    """A word on a paper, or that it is taken back."""

    place: Place
    kind: FeedbackKind
    is_said: bool


@dataclass(frozen=True, slots=True)
class AuthorTap:
    """The wish to follow the author in that place of a paper, or no longer."""

    place: Place
    position: int
    is_wanted: bool


@dataclass(frozen=True, slots=True)
class MuteTap:
    """The wish to leave out what has this key, or no longer; or to stop following that author."""

    place: Place
    kind: MuteKind
    key: str
    word: MuteWord


@dataclass(frozen=True, slots=True)
class SavedTap:
    """The wish to have a paper on the list of saved ones, or no longer; tapped in that list."""

    place: Place
    is_saved: bool


PlacedTap = ShowTap | RateTap | AuthorTap | MuteTap
PaperTap = PlacedTap | SavedTap


def parse_paper_tap(data: str) -> PaperTap | None:
    """Read the data of a button that is about a paper; None for any other."""
    found = next((found for each in (_SHOW, _RATE, _AUTHOR, _MUTE, _SAVED) if (found := each.fullmatch(data))), None)
    paper = read_id(found["paper"]) if found else None
    if found is None or paper is None:
        return None
    if found.re is _SAVED:
        return SavedTap(Place(PaperId(paper), check=found["check"] or ""), found["said"] == "y")
    return _read_placed(found, Place(PaperId(paper), int(found["number"]), found["check"] or ""))


def write_paper_tap(tap: PaperTap) -> str:
    """Give the data that says this."""
    match tap:
        case ShowTap(place, sight):
            return f"pa:{sight}:{place}"
        case RateTap(place, kind, is_said):
            return f"ra:{LETTERS[kind]}:{_yes(is_said)}:{place}"
        case AuthorTap(place, position, is_wanted):
            return f"au:{_yes(is_wanted)}:{place}:{position}"
        case MuteTap(place, kind, key, word):
            return f"mu:{word}:{place}:{kind}:{key}"
        case SavedTap(place, is_saved):
            return f"sv:{_yes(is_saved)}:{place.checked}"


def read_id(digits: str) -> int | None:
    """Read a number that may be a row's; None if no row has one so large."""
    number = int(digits)
    return number if number <= LARGEST_ID else None


def _read_placed(found: re.Match[str], place: Place) -> PlacedTap:
    if found.re is _SHOW:
        return ShowTap(place, Sight(found["sight"]))
    if found.re is _RATE:
        return RateTap(place, _KINDS[found["kind"]], found["said"] == "y")
    if found.re is _MUTE:
        return MuteTap(place, MuteKind(found["kind"]), found["key"], MuteWord(found["word"]))
    return AuthorTap(place, int(found["position"]), found["said"] == "y")


def _yes(is_it: bool) -> str:  # noqa: FBT001 -- a word for the value
    return "y" if is_it else "n"
