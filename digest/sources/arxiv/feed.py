"""arXiv's daily announcements, as RSS 2.0, Atom, or the RSS 1.0 of before 2024. Pure.

The layout is that of https://github.com/arXiv/arxiv-feed; docs/sources.md lists its traps.
"""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import ArxivId, abstract_url, find_arxiv_id, pdf_url
from digest.intake import admit
from digest.model import Announcement, AnnouncementKind, ExternalId, IdScheme, Paper, Parsed
from digest.sources.arxiv.categories import CATEGORY, cross_lists, is_primary
from digest.sources.arxiv.withdrawals import is_withdrawn
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.creators import parse_creators
from digest.sources.formats.dates import parse_day
from digest.sources.formats.feed import Entry, Feed

NAME: Final = "arxiv"
FEED_LIMIT: Final = 2_000  # https://info.arxiv.org/help/rss.html: a feed has at most 2000 entries

_ERROR_TITLE: Final = "feed error for query"
_CHANNEL = re.compile(r"(?P<query>[\w.,+ -]{1,500}?) updates on arxiv\.org", re.IGNORECASE | re.ASCII)
_CHANNEL_URL = re.compile(r"https?://(?:[\w-]+\.)?arxiv\.org/(?:rss|atom)/(?P<query>[\w.+-]{1,500})/?", re.ASCII)
_PREFIX = re.compile(r"\s*arXiv:(?P<id>\S{1,40}) Announce Type: (?P<type>[a-z-]{1,30})\s+Abstract:\s*")
_LEGACY_TITLE = re.compile(
    r"(?P<title>.*?)\.?\s*"
    r"\(arXiv:(?P<id>[^\s\[\]()]{1,40}) \[(?P<category>[\w.-]{1,40})\](?P<type> [A-Z ]{1,30})?\)\s*",
    re.DOTALL | re.ASCII,
)
_PARAGRAPH = re.compile(r"</?p\b[^<>]*>", re.IGNORECASE)
_DOI = re.compile(r"10\.\d{4,9}/\S{1,200}")

_KINDS: Final = {
    "new": AnnouncementKind.NEW,
    "cross": AnnouncementKind.CROSS_LIST,
    "replace": AnnouncementKind.REPLACEMENT,
    "replace-cross": AnnouncementKind.REPLACEMENT,
    "CROSS LISTED": AnnouncementKind.CROSS_LIST,
    "UPDATED": AnnouncementKind.REPLACEMENT,
}


@dataclass(frozen=True, slots=True)
class LegacyTitle:
    """What the titles of before 2024 say: `Title. (arXiv:2302.02913v3 [cs.LG] UPDATED)`."""

    title: str
    arxiv_id: str
    category: str
    type: str


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry with what was found out about it. `stated_type` is empty if the feed does not say."""

    entry: Entry
    arxiv: ArxivId
    categories: tuple[str, ...]
    stated_type: str
    title: str
    abstract: str


def find_query(feed: Feed) -> str | None:
    """Give what the feed is about (`cs.CL`, `cs`, `cs.AI+q-bio.NC`), or None if it is no announcement feed of arXiv."""
    for link in (*feed.links, feed.id):
        if found := _CHANNEL_URL.fullmatch(link):
            return found["query"]
    titled = _CHANNEL.fullmatch(feed.title.strip())
    return "+".join(titled["query"].replace(",", " ").split()) if titled else None


def parse_legacy_title(text: str) -> LegacyTitle | None:
    """Take a title of before 2024 apart, or give None if it is none."""
    found = _LEGACY_TITLE.fullmatch(text[:5_000]) if "(arXiv:" in text else None
    if found is None:
        return None
    return LegacyTitle(found["title"], found["id"], found["category"], (found["type"] or "").strip())


def parse_announcements(feed: Feed, asked_for: str | None = None, announced_on: date | None = None) -> Parsed:
    """Read a daily feed. `asked_for` and `announced_on` stand in where the feed does not say. Raises SourceChanged."""
    if feed.title.strip().lower().startswith(_ERROR_TITLE):
        reason = " ".join(feed.subtitle.split())[:200] or "no reason given"
        raise SourceChanged(_source(asked_for), f"arXiv cannot make this feed: {reason}")
    query = _settle_query(find_query(feed), asked_for)
    read = [_read_item(entry) for entry in feed.entries]
    items = _distinct(read)
    if feed.entries and not items:
        raise SourceChanged(_source(query), f"None of the {len(feed.entries)} entries can be read")
    day = parse_day(feed.published) or parse_day(feed.updated) or announced_on
    announcements = [made for item in items for made in _announce(item, query, day)]
    return Parsed(
        papers=tuple(map(_make_paper, items)),
        announcements=tuple({(made.paper, made.kind, made.detail): made for made in announcements}.values()),
        warnings=tuple(_warn(feed, read, announcements)),
        source=_source(query),
        skipped=read.count(None),
        is_truncated=bool(feed.flaw) or len(feed.entries) >= FEED_LIMIT,
    )


def make_ids(arxiv: ArxivId, dois: str) -> tuple[ExternalId, ...]:
    """Give the ids of a paper: arXiv's, and every DOI named that is not arXiv's own."""
    named = dict.fromkeys(doi.lower().rstrip(".,;") for doi in _DOI.findall(dois))
    return (
        arxiv.external,
        *(ExternalId(IdScheme.DOI, doi) for doi in named if not doi.startswith("10.48550/")),
    )


def _settle_query(stated: str | None, asked_for: str | None) -> str:
    if stated is None and asked_for is None:
        raise SourceChanged(NAME, "The feed is not one of arXiv's")
    if stated and asked_for and sorted(stated.lower().split("+")) != sorted(asked_for.lower().split("+")):
        raise SourceChanged(_source(asked_for), f"The feed is about {stated}, not about {asked_for}")
    return asked_for or stated or ""


def _distinct(read: list[_Item | None]) -> list[_Item]:
    """Keep the first entry of each paper; arXiv means to send one, and once sent a batch twice."""
    first: dict[str, _Item] = {}
    for item in filter(None, read):
        first.setdefault(item.arxiv.value, item)
    return list(first.values())


def _source(query: str | None) -> str:
    return f"{NAME}:{query}" if query else NAME


def _read_item(entry: Entry) -> _Item | None:
    legacy = parse_legacy_title(entry.title)
    prefix = _PREFIX.match(entry.summary)
    spellings = (entry.id, prefix["id"] if prefix else "", legacy.arxiv_id if legacy else "", entry.link)
    found = [arxiv for text in spellings if (arxiv := find_arxiv_id(text))]
    title = legacy.title if legacy else entry.title
    if not found or not title.strip():
        return None
    version = next((arxiv.version for arxiv in found if arxiv.value == found[0].value and arxiv.version), None)
    return _Item(
        entry=entry,
        arxiv=ArxivId(found[0].value, version),
        categories=tuple(tag for tag in entry.tags if CATEGORY.fullmatch(tag))
        or ((legacy.category,) if legacy else ()),
        stated_type=_stated_type(entry, prefix, legacy),
        title=title,
        abstract=_read_abstract(entry.summary, prefix, legacy),
    )


def _stated_type(entry: Entry, prefix: re.Match[str] | None, legacy: LegacyTitle | None) -> str:
    stated = entry.extra.get("arxiv_announce_type", "").strip() or (prefix["type"] if prefix else "")
    return stated or ((legacy.type or "new") if legacy else "")


def _read_abstract(summary: str, prefix: re.Match[str] | None, legacy: LegacyTitle | None) -> str:
    if prefix:
        return summary[prefix.end() :]
    # Only the old layout sent HTML: elsewhere `<p>` is what the authors wrote.
    return html.unescape(_PARAGRAPH.sub(" ", summary)) if legacy else summary


def _make_paper(item: _Item) -> Paper:
    extra = item.entry.extra
    return admit(
        Paper(
            ids=make_ids(item.arxiv, extra.get("arxiv_doi", "")),
            title=item.title,
            abstract=item.abstract,
            authors=parse_creators(item.entry.author),
            categories=tuple(dict.fromkeys(item.categories)),
            version=item.arxiv.version,
            abstract_url=abstract_url(item.arxiv.value),
            pdf_url=pdf_url(item.arxiv.value),
            code_url=find_code_url(item.abstract),
            journal_ref=extra.get("arxiv_journal_reference") or None,
            is_withdrawn=is_withdrawn(item.title, item.abstract),
            license_url=item.entry.rights or None,
        )
    )


def _announce(item: _Item, query: str, day: date | None) -> Iterator[Announcement]:
    announced_on = parse_day(item.entry.published) or day
    if announced_on is None:
        return
    kind = _KINDS.get(item.stated_type) or _guess_kind(item, query)
    for detail in _list_details(item, kind, query):
        yield Announcement(
            paper=item.arxiv.external,
            kind=kind,
            detail=detail,
            source=_source(query),
            announced_on=announced_on,
            version=item.arxiv.version,
        )


def _guess_kind(item: _Item, query: str) -> AnnouncementKind:
    """Tell the kind when the feed does not: arXiv left elements out before, and a paper must not vanish with them."""
    if (item.arxiv.version or 1) > 1:
        return AnnouncementKind.REPLACEMENT
    return AnnouncementKind.NEW if is_primary(query, item.categories) else AnnouncementKind.CROSS_LIST


def _list_details(item: _Item, kind: AnnouncementKind, query: str) -> tuple[str, ...]:
    if kind is AnnouncementKind.CROSS_LIST:
        return cross_lists(query, item.categories)
    return (_version(item) if kind is AnnouncementKind.REPLACEMENT else "",)


def _version(item: _Item) -> str:
    return f"v{item.arxiv.version}" if item.arxiv.version else ""


def _warn(feed: Feed, read: list[_Item | None], announcements: list[Announcement]) -> list[str]:
    unknown = Counter(item.stated_type or "none" for item in read if item and item.stated_type not in _KINDS)
    items = sum(item is not None for item in read)
    checks = (
        (feed.flaw, feed.flaw),
        (None in read, f"{read.count(None)} of {len(read)} entries have no arXiv id or no title and were skipped"),
        (unknown, f"{unknown.total()} entries state an unknown announce type ({', '.join(unknown)[:100]})"),
        (len(read) >= FEED_LIMIT, f"The feed has {FEED_LIMIT} entries, the most arXiv sends; there may be more"),
        (items and not announcements, "The feed states no date, so its papers are kept but not announced"),
    )
    return [said for is_so, said in checks if is_so]
