"""One paper on a researcher's page, in plain text and within bounds, and how it stands between the two. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from digest.model import Author, Authorship, Paper, Standing
from digest.rendering.links import Link, find_page, list_links
from digest.rendering.researcher_facts import Work
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, shorten

LONGEST_TITLE: Final = 300  # characters, here and below
LONGEST_ABSTRACT: Final = 6_000
LONGEST_NAME: Final = 80
LONGEST_PLACE: Final = 120
LONGEST_EVIDENCE: Final = 200
MOST_CATEGORIES: Final = 4
MOST_PLACES: Final = 6
MOST_EVIDENCE: Final = 6
SHOWN_WHOLE: Final = 12  # authors
SHOWN_FIRST: Final = 6
_RAW: Final = 10  # so many times longer text is looked at, before it is cut


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorLink:
    """An author to show; `is_theirs`: the one the page is about. `is_after_gap`: names before it were left out."""

    name: str
    url: str | None
    is_theirs: bool
    is_after_gap: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkView:
    """A paper on the page."""

    title: str
    url: str | None
    on: str
    authors: tuple[AuthorLink, ...]
    more_authors: int
    categories: tuple[str, ...]
    code: Link | None
    is_withdrawn: bool
    institutions: tuple[str, ...]
    abstract: str
    standing: str
    evidence: tuple[str, ...]
    percent: str


def view_work(work: Work, reader: str = "") -> WorkView:
    """View a paper. Never raises, whatever it holds."""
    paper, authorship = work.paper, work.authorship
    authors = _view_authors(work, reader)
    return WorkView(
        title=_text(paper.title, LONGEST_TITLE) or "(untitled)",
        url=find_page(paper),
        on=work.on.isoformat()[:7] if work.on else "",
        authors=authors,
        more_authors=len(paper.authors) - len(authors),
        categories=tuple(_text(category, LONGEST_NAME) for category in paper.categories[:MOST_CATEGORIES]),
        code=next((link for link in list_links(paper) if link.label == "Code"), None),
        is_withdrawn=paper.is_withdrawn,
        institutions=_list_institutions(paper, authorship.position),
        abstract=to_unicode(paper.abstract[:LONGEST_ABSTRACT]),
        standing=say_standing(authorship),
        evidence=list_evidence(authorship),
        percent=f"{min(99, max(1, round(authorship.probability * 100)))} %",
    )


def say_standing(authorship: Authorship) -> str:
    """Say why a paper is there: `Sure: 3 shared co-authors`."""
    said = "; ".join(list_evidence(authorship)[:2])
    if authorship.standing is Standing.STATED:
        return f"Stated: {said}" if said else "Stated by a service"
    if authorship.standing is Standing.CONFIRMED:
        return f"Confirmed: {said}" if said else "Confirmed by people"
    return f"{authorship.standing.value.capitalize()}: {said}" if said else authorship.standing.value.capitalize()


def list_evidence(authorship: Authorship) -> tuple[str, ...]:
    """Give what speaks for and against it, the strongest first."""
    return tuple(shorten(clean(each), LONGEST_EVIDENCE) for each in authorship.evidence[:MOST_EVIDENCE])


def _view_authors(work: Work, reader: str) -> tuple[AuthorLink, ...]:
    places = _choose_places(len(work.paper.authors), work.authorship.position)
    return tuple(_view_author(work, place, place - 1 not in places, reader) for place in places)


def _choose_places(count: int, theirs: int) -> Sequence[int]:
    """Give the positions shown, from 1: all of a short list, else the first, theirs and the last."""
    if count <= SHOWN_WHOLE:
        return range(1, count + 1)
    return sorted({*range(1, SHOWN_FIRST + 1), min(theirs, count), count})


def _view_author(work: Work, place: int, is_after_gap: bool, reader: str) -> AuthorLink:  # noqa: FBT001
    author, known = work.paper.authors[place - 1], work.people.get(place)
    is_theirs = place == work.authorship.position
    token = f"?reader={quote(reader, safe='')}" if reader else ""
    return AuthorLink(
        name=_text(author.name, LONGEST_NAME) or "(no name)",
        url=f"{known}{token}" if known is not None and not is_theirs else None,
        is_theirs=is_theirs,
        is_after_gap=is_after_gap and place > 1,
    )


def _list_institutions(paper: Paper, position: int) -> tuple[str, ...]:
    """Give the places printed on the paper, theirs first."""
    mine = paper.authors[position - 1 : position] if position > 0 else ()
    printed = [text for author in (*mine, *_few(paper.authors)) for text in author.affiliations]
    texts = (_text(text, LONGEST_PLACE) for text in (*printed, paper.organization or ""))
    return tuple(dict.fromkeys(text for text in texts if text))[:MOST_PLACES]


def _few(authors: Sequence[Author]) -> Sequence[Author]:
    return authors[: SHOWN_WHOLE * 4]


def _text(text: str, limit: int) -> str:
    return shorten(to_unicode(text[: limit * _RAW]), limit)
