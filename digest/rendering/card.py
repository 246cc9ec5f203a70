"""What is shown of one paper, in plain Unicode and within bounds, whatever the source sent. Templates arrange it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from digest.matching.explain import describe
from digest.model import AnnouncementKind, Match, Paper
from digest.rendering.authors import AuthorView, select_authors
from digest.rendering.links import Link, find_page, list_links
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, excerpt, shorten

LONGEST_TITLE: Final = 300  # characters, here and below
LONGEST_EXCERPT: Final = 360
LONGEST_REASON: Final = 200
LONGEST_ORGANIZATION: Final = 80
LONGEST_CATEGORY: Final = 24
MOST_REASONS: Final = 3
MOST_CATEGORIES: Final = 4
MOST_BRIEF_AUTHORS: Final = 3
_LONGEST_RAW_TITLE: Final = 3_000
_LONGEST_RAW_ABSTRACT: Final = 6_000

_KIND_LABELS: Final = {
    AnnouncementKind.WITHDRAWN: "withdrawn",
    AnnouncementKind.CROSS_LIST: "cross-list",
    AnnouncementKind.REPLACEMENT: "revised",
    AnnouncementKind.FEATURED: "featured",
    AnnouncementKind.CODE_RELEASED: "code released",
    AnnouncementKind.PUBLISHED: "published",
    AnnouncementKind.UPVOTED: "upvoted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One paper as a reader sees it. `more_authors` were left out; `labels` say how it appeared, if not as new."""

    title: str
    url: str | None
    authors: tuple[AuthorView, ...]
    more_authors: int
    why: str
    excerpt: str
    is_excerpt_by_ai: bool
    categories: tuple[str, ...]
    organization: str
    labels: tuple[str, ...]
    links: tuple[Link, ...]


def make_card(match: Match, paper: Paper, kinds: Iterable[AnnouncementKind] = ()) -> Card:
    """View a matched paper. Never raises, whatever the paper holds."""
    authors, more_authors = select_authors(paper.authors, match.reasons)
    text, is_by_ai = _choose_excerpt(paper)
    return Card(
        title=shorten(to_unicode(paper.title[:_LONGEST_RAW_TITLE]), LONGEST_TITLE) or "(untitled)",
        url=find_page(paper),
        authors=authors,
        more_authors=more_authors,
        why=_say_why(match),
        excerpt=text,
        is_excerpt_by_ai=is_by_ai,
        categories=tuple(_short(category, LONGEST_CATEGORY) for category in paper.categories[:MOST_CATEGORIES]),
        organization=_short(paper.organization or "", LONGEST_ORGANIZATION),
        labels=_list_labels(paper, frozenset(kinds)),
        links=list_links(paper),
    )


def without_excerpt(card: Card) -> Card:
    """Give the card without its longest part."""
    return replace(card, excerpt="")


def make_brief(card: Card) -> Card:
    """Give the card for a list of titles: who is followed or who comes first, and no excerpt."""
    marked = tuple(author for author in card.authors if author.is_followed or author.is_possible)
    named = marked[:MOST_BRIEF_AUTHORS] or card.authors[:1]
    left_out = card.more_authors + len(card.authors) - len(named)
    authors = tuple(replace(author, is_after_gap=False) for author in named)
    return replace(
        card, authors=authors, more_authors=left_out, why="", excerpt="", categories=(), organization="", links=()
    )


def _choose_excerpt(paper: Paper) -> tuple[str, bool]:
    """Give the abstract's first sentences; a machine's summary, labelled as such, only where there is no abstract."""
    abstract = to_unicode(paper.abstract[:_LONGEST_RAW_ABSTRACT])
    if abstract:
        return excerpt(abstract, LONGEST_EXCERPT), False
    summary = to_unicode((paper.ai_summary or "")[:_LONGEST_RAW_ABSTRACT])
    return excerpt(summary, LONGEST_EXCERPT), bool(summary)


def _say_why(match: Match) -> str:
    """Say the reasons on one line, the first with a capital letter."""
    reasons = [shorten(clean(describe(reason)), LONGEST_REASON) for reason in match.reasons[:MOST_REASONS]]
    left_out = len(match.reasons) - len(reasons)
    line = " · ".join([*reasons, f"{left_out} more"] if left_out else reasons)
    return line[:1].upper() + line[1:]


def _list_labels(paper: Paper, kinds: frozenset[AnnouncementKind]) -> tuple[str, ...]:
    labels = [label for kind, label in _KIND_LABELS.items() if kind in kinds]
    if AnnouncementKind.REPLACEMENT in kinds and paper.version:
        labels[labels.index("revised")] = f"revised, v{paper.version}"
    return tuple(labels)


def _short(text: str, limit: int) -> str:
    return shorten(to_unicode(text[:_LONGEST_RAW_TITLE]), limit)
