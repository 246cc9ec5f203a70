"""What wishes would have brought, in words for the page and the API. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from math import ceil
from typing import Final

from digest.model import Match, Paper
from digest.pipeline.foretaste import Foretaste, WishCount
from digest.pipeline.signup_wishes import SignupWishes
from digest.rendering.card import without_excerpt
from digest.rendering.digest import DigestView, Item, Section, count_papers, list_sections
from digest.rendering.text import clean, shorten
from subscribers.model import Cadence, Schedule

FLOOD: Final = 200  # papers of one wish in a week: more than anybody reads
LONGEST_WISH: Final = 200  # characters
WEEK: Final = 7
WORKING_DAYS: Final = 5  # on which arXiv announces: https://info.arxiv.org/help/availability.html
_ONE_DAY: Final = timedelta(days=1)
_FEW: Final = 10  # from here on whole papers are exact enough

NOTHING: Final = "No paper. All its words must stand in one paper: leave some out, or look at the spelling."
TOO_MUCH: Final = "More than anybody reads. Add words, put words that belong together in quotes, or name a category."
NOT_YET: Final = "Papers are counted once somebody follows them."


@dataclass(frozen=True, slots=True)
class WishLine:
    """How many papers one wish brought, and what to do about it if that is none or a flood."""

    text: str
    count: str
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The headline, what to expect, how each wish did, and the first papers in their sections."""

    headline: str
    sentences: tuple[str, ...]
    lines: tuple[WishLine, ...]
    sections: tuple[Section, ...]
    more: int


def view_outlook(foretaste: Foretaste, wishes: SignupWishes, title: str) -> Outlook:
    """Put a foretaste into words."""
    return Outlook(
        headline=_head(foretaste),
        sentences=tuple(_say_expectation(foretaste, wishes)),
        lines=tuple(_list_lines(foretaste)),
        sections=_list_sections(foretaste, title),
        more=foretaste.edition.more,
    )


def count_days(foretaste: Foretaste) -> int:
    """Give how many days were looked at, begun ones as whole."""
    return max(1, min(WEEK, ceil((foretaste.until - foretaste.since) / _ONE_DAY)))


def expect(foretaste: Foretaste, schedule: Schedule) -> float:
    """Give how many papers one digest would hold without a cap; of a digest for every batch, how many come in a day."""
    days = count_days(foretaste)
    match schedule.cadence:
        case Cadence.WEEKLY:
            return foretaste.total / days * WEEK
        case Cadence.WEEKDAYS:
            return foretaste.total / max(1.0, days * WORKING_DAYS / WEEK)
        case _:
            return foretaste.total / days


def _head(foretaste: Foretaste) -> str:
    if not foretaste.announced:
        return "There is nothing to show yet: this service has not read any papers this week."
    days = count_days(foretaste)
    over = f"the last {days} days" if days > 1 else "the last day"
    return f"This is the digest you would have had over {over}: {count_papers(foretaste.total)}."


def _say_expectation(foretaste: Foretaste, wishes: SignupWishes) -> Iterable[str]:
    if not foretaste.announced:
        return
    if (days := count_days(foretaste)) < WEEK:
        yield f"Papers have been read here for {days} day{'' if days == 1 else 's'} only, so this is a rough guess."
    expected, cadence = expect(foretaste, wishes.schedule), wishes.schedule.cadence
    if cadence is Cadence.ALERTS:
        yield "You chose alerts alone: you will hear of papers by people you follow, and of no others."
        return
    yield _EXPECT[cadence].format(_say_number(expected))
    if not foretaste.total:
        yield "On days without papers for you, nothing is sent."
    elif expected > wishes.cap:
        yield f"Your digest holds {wishes.cap} at most, the best first, and counts the others."


_EXPECT: Final = {
    Cadence.BATCH: "Expect {} a day, in several digests.",
    Cadence.DAILY: "Expect {} a day.",
    Cadence.WEEKDAYS: "Expect {} a working day.",
    Cadence.WEEKLY: "Expect {} a week.",
}


def _say_number(expected: float) -> str:
    rounded = round(expected)
    if rounded < 1:
        return "fewer than one paper"
    about = "" if expected == rounded and expected < _FEW else "about "
    return about + count_papers(rounded)


def _list_lines(foretaste: Foretaste) -> Iterable[WishLine]:
    """Say how each wish did; where nothing was read yet, that says nothing about the wishes."""
    if foretaste.announced:
        yield from map(_line_of_topic, foretaste.topics)
        yield from map(_line_of_person, foretaste.people)


def _line_of_topic(wish: WishCount) -> WishLine:
    papers = wish.papers or 0
    warning = NOTHING if not papers else TOO_MUCH if papers >= FLOOD else ""
    return WishLine(shorten(clean(wish.text), LONGEST_WISH), count_papers(papers), warning)


def _line_of_person(wish: WishCount) -> WishLine:
    name = shorten(clean(wish.text), LONGEST_WISH)
    return WishLine(name, NOT_YET) if wish.papers is None else WishLine(name, count_papers(wish.papers))


def _list_sections(foretaste: Foretaste, title: str) -> tuple[Section, ...]:
    entries: tuple[tuple[Match, Paper], ...] = tuple(
        (match, foretaste.papers[match.paper_id]) for match in foretaste.edition.entries
    )
    view = DigestView(
        title=title,
        edition=foretaste.edition.name,
        edition_on=foretaste.until.date(),
        entries=entries,
        kinds={match.paper_id: match.kinds for match, _ in entries},
    )
    return tuple(replace(section, items=tuple(map(_shorten, section.items))) for section in list_sections(view))


def _shorten(item: Item) -> Item:
    """Leave out the abstract: the page is to be looked over, with the form below it."""
    return replace(item, card=without_excerpt(item.card))
