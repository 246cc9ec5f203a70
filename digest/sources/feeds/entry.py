"""An entry of any feed as a paper: whatever it says about authors, identifiers, date, place and abstract. Pure.

Nothing but a title is needed. What identifies an entry, in this order: every arXiv id, DOI, PubMed number … that it
states or that its link leads to; else its link; else its own id, which means something only together with the feed's
host; else its title.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.web_links import LONGEST_ID, host_of, make_url_id, read_link, tidy_link
from digest.identifiers.works import read_identifier
from digest.intake import MAX_TITLE, admit, clean_text
from digest.model import Announcement, AnnouncementKind, Author, ExternalId, IdScheme, Paper, Parsed
from digest.sources.feeds.place import find_place
from digest.sources.feeds.text import Description, parse_description
from digest.sources.formats.bylines import read_bylines
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.dates import parse_day, parse_instant
from digest.sources.formats.feed import Entry, Feed
from digest.sources.formats.html_text import strip_html
from digest.sources.formats.stated import complete_entries

# A text beyond this is a whole article, of which the summary says more to a reader.
LONGEST_ABSTRACT: Final = 6_000
_MOST_TAGS: Final = 12
_LONGEST_TAG: Final = 60

# Entries that are pages of an issue, not papers, if nobody signed them: these in any title …
_PAGES: Final = (
    r"issue information|editorial (?:advisory )?board|table of contents|(?:cover and )?(?:front|back|end) ?matter",
    r"(?:inside |outside )*(?:front|back) cover|cover (?:image|picture|story|art)|publication information",
    r"(?:author|subject|keyword|volume) index|(?:guide|instructions) (?:for|to) authors|总目次|目次|目录|封面|版权页",
)
# … and these alone: “Contents of heavy metals in soil” is a paper.
_PAGES_ALONE: Final = (
    r"covers?|contents|masthead|title page|copyright page|aims and scope|advertisements?|calendar|index|in this issue",
    r"issue highlights|graphical abstracts?|(?:list of|thanks to(?: our)?|acknowledge?ments? (?:of|to)) reviewers",
)
_HEADING = re.compile(
    rf"(?:(?:.{{0,80}}[\s:–—-])??(?:{'|'.join(_PAGES)})|[^\s:]{{0,40}}(?:总目次|目次|目录)|{'|'.join(_PAGES_ALONE)})"
    r"(?:\s*[:,(–—-].{0,60}|\s+(?:of\s+)?(?:volume|vol|issue|no|number)\b.{0,60})?",
    re.IGNORECASE,
)
_TITLE_MARK = re.compile(r"\A\[ASAP\]\s+")  # the American Chemical Society's “as soon as publishable”
# NBER: `Title -- by Ada Lovelace, Furu Wei`.
_SIGNED_TITLE = re.compile(r"(?P<title>.{5,}?)\s+--\s+by\s+(?P<authors>.+)", re.DOTALL)
# What every entry of a journal is filed under says nothing.
_EMPTY_TAGS: Final = frozenset(
    {
        "article",
        "articles",
        "general",
        "journal article",
        "news",
        "original article",
        "original paper",
        "paper",
        "papers",
    }
    | {"publication", "research", "research article", "research paper", "review", "uncategorized"}
)


@dataclass(frozen=True, slots=True)
class _Item:
    """An entry with what was found out about it."""

    entry: Entry
    title: str
    link: str | None
    about: Description
    authors: tuple[Author, ...]
    ids: tuple[ExternalId, ...] = ()

    @property
    def is_heading(self) -> bool:
        """Whether it is a page of an issue and no paper."""
        return not self.authors and not self.about.abstract and bool(_HEADING.fullmatch(self.title))


def parse_entries(feed: Feed, source: str, today: date | None) -> Parsed:
    """Read a feed of any kind. `today` dates what the feed does not; without it the feed's own date does.

    What has neither is kept and not announced. Raises SourceChanged when there are entries and none can be read.
    """
    entries = complete_entries(feed)
    read = [_read_item(entry) for entry in entries]
    titled = [item for item in read if item]
    if entries and not titled:
        raise SourceChanged(source, f"None of the {len(entries)} entries has a title")
    items = [item for item in titled if not item.is_heading]
    day = today or parse_day(feed.updated) or parse_day(feed.published)
    known = _distinct(_identify(items, _host(feed, source)))
    papers = [_make_paper(item, feed) for item in known]
    announced = [(paper, _find_day(item) or day) for item, paper in zip(known, papers, strict=True)]
    return Parsed(
        papers=tuple(papers),
        announcements=tuple(_announce(paper, source, on) for paper, on in announced if on),
        warnings=tuple(_warn(feed, read, len(titled) - len(items), sum(on is None for _, on in announced))),
        source=source,
        skipped=read.count(None),
        is_truncated=bool(feed.flaw),
    )


def _read_item(entry: Entry) -> _Item | None:
    title = _TITLE_MARK.sub("", clean_text(strip_html(entry.title), MAX_TITLE))
    about = _describe(entry)
    authors = read_bylines(entry.authors) or read_bylines([about.authors])
    signed = _SIGNED_TITLE.fullmatch(title) if not authors else None
    if signed:
        title, authors = signed["title"], read_bylines([signed["authors"]])
    link = tidy_link(entry.extra.get("feedburner_origlink") or entry.link)
    return _Item(entry, title, link, about, authors) if title else None


def _describe(entry: Entry) -> Description:
    """Take the longer text of an entry apart, unless it is a whole article; what only the other says is kept."""
    short = parse_description(entry.summary)
    if not entry.content or entry.content == entry.summary:
        return short
    full = parse_description(entry.content)
    is_article = len(full.abstract) > LONGEST_ABSTRACT and short.abstract
    return Description(
        abstract=short.abstract if is_article else full.abstract or short.abstract,
        authors=full.authors or short.authors,
        place=full.place or short.place,
        published_on=full.published_on or short.published_on,
        ids=full.ids or short.ids,
    )


def _identify(items: list[_Item], host: str) -> Iterator[_Item]:
    """Settle the ids. What several entries share, a page of news or a journal's DOI, identifies none of them."""
    stated = [_list_ids(item) for item in items]
    titles: defaultdict[ExternalId, set[str]] = defaultdict(set)
    for item, ids in zip(items, stated, strict=True):
        for own in ids:
            titles[own].add(item.title.casefold())
    for item, ids in zip(items, stated, strict=True):
        telling = [own for own in ids if len(titles[own]) == 1]
        works = [own for own in telling if own.scheme is not IdScheme.URL]
        settled = works or telling[:1] or [_make_own_id(item, host)]
        yield _Item(item.entry, item.title, item.link, item.about, item.authors, tuple(settled))


def _list_ids(item: _Item) -> tuple[ExternalId, ...]:
    """Give the ids an entry states, best first, and last that of its page.

    A DOI in a link or a text is taken only where no element has one: it is found rather than stated.
    """
    entry = item.entry
    stated = (*entry.identifiers, entry.extra.get("prism_doi", ""), entry.extra.get("dc_identifier", ""), entry.id)
    ids = [own for text in stated if text and (own := _read_stated(text))]
    if item.link and (led := read_link(item.link)) and not (led.scheme is IdScheme.DOI and _has_doi(ids)):
        ids.append(led)
    if not _has_doi(ids):
        ids.extend(item.about.ids)
    pages = (make_url_id(link) for link in (item.link, tidy_link(entry.id)) if link)
    order = list(IdScheme)
    return tuple(dict.fromkeys((*sorted(ids, key=lambda own: order.index(own.scheme)), *filter(None, pages))))


def _read_stated(text: str) -> ExternalId | None:
    link = tidy_link(text) if text.lower().startswith(("http://", "https://")) else None
    return read_link(link) if link else read_identifier(text)


def _has_doi(ids: Iterable[ExternalId]) -> bool:
    return any(own.scheme is IdScheme.DOI for own in ids)


def _make_own_id(item: _Item, host: str) -> ExternalId:
    """Make an id that means something only in this feed: `urn:…` of one host is not that of another."""
    own = clean_text(item.entry.id, LONGEST_ID) or item.title.casefold()
    return ExternalId(IdScheme.URL, f"{host}#{own}"[:LONGEST_ID])


def _host(feed: Feed, source: str) -> str:
    return next(filter(None, map(host_of, (*feed.links, feed.id))), source)


def _distinct(items: Iterable[_Item]) -> list[_Item]:
    """Keep the first entry of each paper."""
    first: dict[ExternalId, _Item] = {}
    for item in items:
        if not any(own in first for own in item.ids):
            first.update(dict.fromkeys(item.ids, item))
    return list({id(item): item for item in first.values()}.values())


def _make_paper(item: _Item, feed: Feed) -> Paper:
    entry = item.entry
    return admit(
        Paper(
            ids=item.ids,
            title=item.title,
            abstract=item.about.abstract,
            authors=item.authors,
            categories=_list_categories(entry.tags),
            submitted_at=parse_instant(entry.published) or parse_instant(entry.updated),
            abstract_url=item.link,
            pdf_url=tidy_link(entry.pdf) if entry.pdf else None,
            code_url=find_code_url(item.about.abstract),
            thumbnail_url=entry.thumbnail or None,
            journal_ref=find_place(entry, feed, item.about),
            license_url=entry.license or (entry.rights if entry.rights.startswith("http") else None),
        )
    )


def _list_categories(tags: tuple[str, ...]) -> tuple[str, ...]:
    cleaned = (clean_text(strip_html(tag), _LONGEST_TAG + 1) for tag in tags[: 2 * _MOST_TAGS])
    telling = (tag for tag in cleaned if 0 < len(tag) <= _LONGEST_TAG and tag.lower() not in _EMPTY_TAGS)
    return tuple(dict.fromkeys(telling))[:_MOST_TAGS]


def _find_day(item: _Item) -> date | None:
    extra = item.entry.extra
    written = (item.entry.published, item.entry.updated, extra.get("prism_publicationdate", ""))
    return next(filter(None, map(parse_day, written)), None) or item.about.published_on


def _announce(paper: Paper, source: str, on: date) -> Announcement:
    return Announcement(paper=paper.ids[0], kind=AnnouncementKind.NEW, source=source, announced_on=on)


def _warn(feed: Feed, read: list[_Item | None], headings: int, undated: int) -> list[str]:
    skipped = read.count(None)
    checks = (
        (feed.flaw, feed.flaw),
        (skipped, f"{skipped} of {len(read)} entries have no title and were skipped"),
        (headings, f"{headings} of {len(read)} entries are pages of an issue, such as its cover, and were left out"),
        (undated, f"{undated} entries have no date, nor has the feed: they are kept but not announced"),
    )
    return [said for is_so, said in checks if is_so]
