"""Corrections in words: papers that a reader was sent as somebody's and that are somebody else's. Pure."""

from collections.abc import Sequence
from typing import Final

from digest.languages import phrases
from digest.matching.text import fold
from digest.model import Affiliation, Researcher

MOST_TITLES: Final = 2
LONGEST_TITLE: Final = 90  # characters


def word_corrections(name: str, titles: Sequence[str], other: Researcher | None) -> str:
    """Say in one sentence which papers are not the followed researcher's, and whose they are, if we know that.

    “3 earlier papers of yours moved to another Peng Fu (Beijing University of Technology): “A”, “B” and 1 more.”
    """
    is_many, listed = len(titles) != 1, _list_titles(titles)
    if other is None:
        return phrases.NOT_THEIRS[is_many].format(count=len(titles), name=name, titles_said=listed)
    return phrases.MOVED[is_many].format(count=len(titles), whom_said=_name_other(name, other), titles_said=listed)


def _name_other(name: str, other: Researcher) -> str:
    is_namesake = sorted(fold(name).split()) == sorted(fold(other.name).split())
    place = _find_place(other.affiliations)
    if is_namesake:
        return (phrases.NAMESAKE_AT if place else phrases.NAMESAKE).format(name=name, place=place)
    return f"{other.name} ({place})" if place else other.name


def _find_place(affiliations: Sequence[Affiliation]) -> str:
    """Give where somebody works, or last worked."""
    dated = sorted(affiliations, key=lambda each: (each.until is None, each.until or 0, each.since or 0), reverse=True)
    return dated[0].name if dated else ""


def _list_titles(titles: Sequence[str]) -> str:
    first, *rest = (_shorten(title) for title in titles[:MOST_TITLES])
    if not rest:
        return phrases.ONE_TITLE.format(title=first)
    more = len(titles) - MOST_TITLES
    return (phrases.MORE_TITLES if more else phrases.TWO_TITLES).format(first=first, last=rest[0], more=more)


def _shorten(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
