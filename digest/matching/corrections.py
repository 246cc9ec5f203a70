"""Corrections in words: papers that a reader was sent as somebody's and that are somebody else's. Pure."""

from collections.abc import Sequence
from typing import Final

from digest.matching.text import fold
from digest.model import Affiliation, Researcher

MOST_TITLES: Final = 2
LONGEST_TITLE: Final = 90  # characters


def word_corrections(name: str, titles: Sequence[str], other: Researcher | None) -> str:
    """Say in one sentence which papers are not the followed researcher's, and whose they are, if we know that.

    “3 earlier papers of yours moved to another Peng Fu (Beijing University of Technology): “A”, “B” and 1 more.”
    """
    papers = "1 earlier paper" if len(titles) == 1 else f"{len(titles)} earlier papers"
    listed = _list_titles(titles)
    if other is None:
        is_not = "is not theirs" if len(titles) == 1 else "are not theirs"
        return f"{papers} sent to you as {name}’s {is_not}: {listed}."
    return f"{papers} of yours moved to {_name_other(name, other)}: {listed}."


def _name_other(name: str, other: Researcher) -> str:
    is_namesake = sorted(fold(name).split()) == sorted(fold(other.name).split())
    place = _find_place(other.affiliations)
    who = f"another {name}" if is_namesake else other.name
    return f"{who} ({place})" if place else who


def _find_place(affiliations: Sequence[Affiliation]) -> str:
    """Give where somebody works, or last worked."""
    dated = sorted(affiliations, key=lambda each: (each.until is None, each.until or 0, each.since or 0), reverse=True)
    return dated[0].name if dated else ""


def _list_titles(titles: Sequence[str]) -> str:
    quoted = [f"“{_shorten(title)}”" for title in titles[:MOST_TITLES]]
    more = len(titles) - len(quoted)
    if more:
        quoted.append(f"{more} more")
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _shorten(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
