"""A captured author page, explained: for each listed paper whether it is the person's, and why. Pure.

Public pages put namesakes together. So the papers are first sorted into groups that hang together; one group, the
largest or the one in the field that is meant, is the person; every paper is then weighed as one that just appeared,
against all that is known of the person without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from digest.errors import DigestError
from digest.model import Author, Paper, Researcher, Standing
from digest.researchers.coherence import Grouping, group
from digest.researchers.frequency import NameStatistics, load_statistics
from digest.researchers.metrics import doubt
from digest.researchers.names import Likeness, compare, parse_name
from digest.researchers.pages import AuthorPage, PageRecord, to_paper
from digest.researchers.profile import Profile, begin
from digest.researchers.weighing import Weighing, weigh
from digest.researchers.wording import summarise

ROUNDS: Final = 3  # papers that are surely theirs teach what the next round knows


class NamelessPage(DigestError):
    """The page does not say whose it is; give the name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPaper:
    """One paper of a page: how it stands between it and the person, and why. `group` counts from 1."""

    title: str
    category: str
    year: int | None
    authors: tuple[str, ...]
    is_cut: bool
    group: int
    standing: Standing
    probability: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageStudy:
    """A page explained: `figures` are its metrics with what is wrong with them, `identity` says who is on it in words.

    `confidence` is the probability that a paper of the page is by the person most of them are by.
    """

    name: str
    identity: str
    confidence: float
    figures: tuple[str, ...]
    warnings: tuple[str, ...]
    papers: tuple[ListedPaper, ...]


def study_page(page: AuthorPage, name: str = "", fields: Sequence[str] = ()) -> PageStudy:
    """Explain a page. `name` is needed where the page gives none, `fields` say which of several people is meant."""
    wanted = name or (page.person.name if page.person else "")
    if not wanted or parse_name(wanted) is None:
        raise NamelessPage
    placed = [_place(to_paper(record), wanted) for record in page.records]
    grouping = group(placed)
    person = Researcher(name=wanted, fields=tuple(fields))
    chosen = _choose_group(grouping, placed, fields)
    weighings = _weigh_each(begin(person), placed, chosen, load_statistics())
    numbers = {at: number for number, members in enumerate(grouping.groups, 1) for at in members}
    listed = [
        _list(record, numbers[at], weighing)
        for at, (record, weighing) in enumerate(zip(page.records, weighings, strict=True))
    ]
    return PageStudy(
        name=wanted,
        identity=grouping.words,
        confidence=grouping.confidence,
        figures=tuple(_say_figures(page)),
        warnings=page.warnings,
        papers=tuple(listed),
    )


def _place(paper: Paper, name: str) -> tuple[Paper, int]:
    """Give the paper with the person's place among the authors; who is not shown is there all the same, so last."""
    wanted = parse_name(name)
    assert wanted is not None
    for position, author in enumerate(paper.authors, 1):
        printed = parse_name(author.name)
        if printed is not None and compare(wanted, printed) is not Likeness.NO:
            return paper, position
    return replace(paper, authors=(*paper.authors, Author(name))), len(paper.authors) + 1


def _choose_group(grouping: Grouping, placed: Sequence[tuple[Paper, int]], fields: Sequence[str]) -> set[int]:
    """Give the papers that are taken for the person's to begin with."""

    def count_inside(members: Sequence[int]) -> int:
        return sum(1 for at in members if _is_inside(placed[at][0], fields))

    ranked = sorted(grouping.groups, key=lambda members: (-count_inside(members), -len(members)))
    return set(ranked[0]) if ranked else set()


def _is_inside(paper: Paper, fields: Sequence[str]) -> bool:
    return any(f"{category}.".startswith(f"{field}.") for category in paper.categories for field in fields)


def _weigh_each(
    start: Profile, placed: Sequence[tuple[Paper, int]], chosen: set[int], names: NameStatistics
) -> list[Weighing]:
    """Weigh each paper against the person without it; what is surely theirs counts for the others from then on."""
    known = set(chosen)
    weighings: list[Weighing] = []
    for _ in range(ROUNDS):
        weighings = [
            weigh(start.learn_all(placed[other] for other in sorted(known - {at})), paper, position, names)
            for at, (paper, position) in enumerate(placed)
        ]
        theirs = {at for at, weighing in enumerate(weighings) if weighing.standing.is_theirs}
        if theirs <= known:
            break
        known |= theirs
    return weighings


def _list(record: PageRecord, number: int, weighing: Weighing) -> ListedPaper:
    return ListedPaper(
        title=record.title,
        category=record.category or "",
        year=record.year,
        authors=record.authors,
        is_cut=record.is_cut,
        group=number,
        standing=weighing.standing,
        probability=weighing.probability,
        why=summarise(weighing),
    )


def _say_figures(page: AuthorPage) -> list[str]:
    figures = page.person.metrics if page.person else ()
    return [
        f"{each.works} papers, {each.citations} citations, h-index {each.h_index}"
        + (f": {doubt(each)}" if doubt(each) else "")
        for each in figures
    ]
