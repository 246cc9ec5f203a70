"""What is shown of one paper, in plain Unicode and within bounds, whatever the source sent. Templates arrange it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from digest.languages import mark, say_number, spoken, tr
from digest.languages.phrases import EVENTS
from digest.matching.explain import describe
from digest.model import AnnouncementKind, Match, Paper, ReasonKind
from digest.rendering.asking import AnswerLinks, Ask, list_asks
from digest.rendering.authors import NO_PAGES, AuthorView, select_authors
from digest.rendering.links import Link, find_page, list_links, safe_url
from digest.rendering.rating import Place, make_check, name_place
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, excerpt, shorten

LONGEST_TITLE: Final = 300  # characters, here and below
LONGEST_EXCERPT: Final = 360
LONGEST_ABSTRACT: Final = 2_000
LONGEST_REASON: Final = 200
LONGEST_ORGANIZATION: Final = 80
LONGEST_CATEGORY: Final = 24
MOST_REASONS: Final = 3
MOST_CATEGORIES: Final = 4
MOST_BRIEF_AUTHORS: Final = 3
LONGEST_NEWS: Final = 300
_LONGEST_RAW_TITLE: Final = 3_000
_LONGEST_RAW_ABSTRACT: Final = 6_000

_KIND_LABELS: Final = {
    AnnouncementKind.WITHDRAWN: mark("withdrawn"),
    AnnouncementKind.CROSS_LIST: mark("cross-list"),
    AnnouncementKind.REPLACEMENT: mark("revised"),
    AnnouncementKind.FEATURED: mark("featured"),
    AnnouncementKind.CODE_RELEASED: mark("code released"),
    AnnouncementKind.PUBLISHED: mark("published"),
    AnnouncementKind.UPVOTED: mark("upvoted"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A reason on a line of its own: whom it is about, where they stand on the paper, and what says that it is them."""

    name: str
    place: str
    evidence: str = ""
    ask: Ask | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One paper as a reader sees it. `more_authors` were left out; `labels` say how it appeared, if not as new.

    `news` says what happened to it, for which it is told again. An alert gives its reasons as `lines`, in place of
    `why`. At `feedback_url`, the reader asks for more or less like it, or saves it; `rated_as` is the place by which
    buttons name it, None without any. `abstract` is the whole of what `excerpt` begins, and `picture` the address of
    one.
    """

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
    news: str = ""
    asks: tuple[Ask, ...] = ()
    lines: tuple[Line, ...] = ()
    feedback_url: str | None = None
    rated_as: Place | None = None
    abstract: str = ""
    picture: str = ""

    @property
    def questions(self) -> tuple[Ask, ...]:
        """Give the people of whom it is not sure that they wrote it."""
        return tuple(ask for ask in self.asks if not ask.is_sure and (ask.no_url or ask.no_data))

    @property
    def sure(self) -> tuple[Ask, ...]:
        """Give the people who surely wrote it, but for what the reader knows better."""
        return tuple(ask for ask in self.asks if ask.is_sure and (ask.no_url or ask.no_data))


def make_card(
    match: Match, paper: Paper, kinds: Iterable[AnnouncementKind] = (), links: AnswerLinks | None = None
) -> Card:
    """View a matched paper. Never raises, whatever the paper holds."""
    authors, more_authors = select_authors(paper.authors, match.reasons, links.pages if links else NO_PAGES)
    text, is_by_ai = choose_excerpt(paper, LONGEST_EXCERPT)
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
        labels=() if match.news else _list_labels(paper, frozenset(kinds)),
        links=list_links(paper),
        news=_say_news(match),
        asks=list_asks(match, links, make_check(paper)) if links else (),
        feedback_url=safe_url(links.feedback.get(match.paper_id)) if links else None,
        rated_as=name_place(match.paper_id, paper) if links and links.has_callbacks and not links.is_unrated else None,
        abstract=shorten(to_unicode(paper.abstract[:_LONGEST_RAW_ABSTRACT]), LONGEST_ABSTRACT),
        picture=_find_picture(paper),
    )


def without_excerpt(card: Card) -> Card:
    """Give the card without its longest part."""
    return replace(card, excerpt="", abstract="")


def make_brief(card: Card) -> Card:
    """Give the card for a list of titles: who is followed or who comes first, and no excerpt."""
    marked = tuple(author for author in card.authors if author.is_followed or author.is_possible)
    named = marked[:MOST_BRIEF_AUTHORS] or card.authors[:1]
    left_out = card.more_authors + len(card.authors) - len(named)
    authors = tuple(replace(author, is_after_gap=False) for author in named)
    return replace(
        card,
        authors=authors,
        more_authors=left_out,
        why="",
        excerpt="",
        categories=(),
        organization="",
        links=(),
        asks=(),
        lines=(),
        feedback_url=None,
        rated_as=None,
        abstract="",
        picture="",
    )


def choose_excerpt(paper: Paper, limit: int) -> tuple[str, bool]:
    """Give the abstract's first sentences; a machine's summary, labelled as such, only where there is no abstract."""
    abstract = to_unicode(paper.abstract[:_LONGEST_RAW_ABSTRACT])
    if abstract:
        return excerpt(abstract, limit), False
    summary = to_unicode((paper.ai_summary or "")[:_LONGEST_RAW_ABSTRACT])
    return excerpt(summary, limit), bool(summary)


def _find_picture(paper: Paper) -> str:
    """Give the address of a picture of the paper that anybody may fetch."""
    url = safe_url(paper.thumbnail_url) or ""
    return url if url.startswith("https://") else ""


def _say_why(match: Match) -> str:
    """Say the reasons on one line, the first with a capital letter; never leave out that taste moved the paper up."""
    matching = [reason for reason in match.reasons if reason.kind is not ReasonKind.TASTE]
    taste = [reason for reason in match.reasons if reason.kind is ReasonKind.TASTE]
    shown = [*matching[:MOST_REASONS], *taste]
    reasons = [shorten(clean(describe(reason)), LONGEST_REASON) for reason in shown]
    left_out = len(match.reasons) - len(shown)
    return capitalise(
        " · ".join([*reasons, tr("{count} more", count=say_number(left_out, spoken()))] if left_out else reasons)
    )


def _say_news(match: Match) -> str:
    """Say what happened on one line; a detail of it is a source's."""
    said = " · ".join(map(EVENTS.retell, match.news))
    return capitalise(shorten(to_unicode(said[:_LONGEST_RAW_TITLE]), LONGEST_NEWS))


def capitalise(sentence: str) -> str:
    """Begin with a capital letter, and leave the rest as it is."""
    return sentence[:1].upper() + sentence[1:]


def _list_labels(paper: Paper, kinds: frozenset[AnnouncementKind]) -> tuple[str, ...]:
    return tuple(_label(kind, paper) for kind in _KIND_LABELS if kind in kinds)


def _label(kind: AnnouncementKind, paper: Paper) -> str:
    if kind is AnnouncementKind.REPLACEMENT and paper.version:
        return tr("revised, v{version}", version=paper.version)
    return tr(_KIND_LABELS[kind])


def _short(text: str, limit: int) -> str:
    return shorten(to_unicode(text[:_LONGEST_RAW_TITLE]), limit)
