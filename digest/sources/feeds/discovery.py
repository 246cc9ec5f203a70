"""The feeds behind an address: the address itself, what the page there names, or where feeds usually lie."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from digest.errors import SourceChanged, SourceError
from digest.intake import clean_text
from digest.model import IdScheme, Parsed
from digest.sources.feeds.entry import parse_entries
from digest.sources.feeds.links import FeedLink, find_feed_links, guess_feed_urls
from digest.sources.feeds.source import is_feed, read_any_feed
from digest.sources.formats.html_text import strip_html
from digest.sources.http.client import Http

# One page with more feeds than this is a directory of feeds; the rest can be added by their own addresses.
MOST_READ: Final = 6
_LONGEST_TITLE: Final = 200
_START: Final = 4_000
# A feed of papers names authors or DOIs for this share of its entries.
_LEAST_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that was read once."""

    url: str
    title: str
    parsed: Parsed
    is_of_comments: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """Say how many papers have what."""
        papers, announced = self.parsed.papers, {made.paper for made in self.parsed.announcements}
        return {
            "papers": len(papers),
            "authors": sum(bool(paper.authors) for paper in papers),
            "abstract": sum(bool(paper.abstract) for paper in papers),
            "doi": sum(paper.id_of(IdScheme.DOI) is not None for paper in papers),
            "date": sum(paper.ids[0] in announced for paper in papers),
        }

    @property
    def is_of_papers(self) -> bool:
        """Whether its entries look like papers: signed, or with an identifier of a paper."""
        known = (IdScheme.DOI, IdScheme.ARXIV, IdScheme.PMID)
        signed = sum(
            bool(paper.authors) or any(own.scheme in known for own in paper.ids) for paper in self.parsed.papers
        )
        return not self.is_of_comments and signed >= _LEAST_SHARE * max(1, len(self.parsed.papers))


async def discover_feeds(url: str, http: Http) -> tuple[FoundFeed, ...]:
    """Find and read the feeds behind an address, those of comments last. Raises SourceError if there is none."""
    response = await http.named(url).get(url)
    try:
        return (_read(response.body, FeedLink(url)),)
    except SourceChanged as no_feed:
        if is_feed(response.body[:_START]):  # a broken one: what is wrong with it is the answer
            raise
        links = find_feed_links(response.body, response.url)
        found = await _read_links(links[:MOST_READ], http)
        if not found and not links:
            found = await _read_guesses(response.url, http)
        if found:
            return found
        raise SourceChanged(url, _explain(url, len(links))) from no_feed


async def _read_links(links: tuple[FeedLink, ...], http: Http) -> tuple[FoundFeed, ...]:
    """Read each; what a page names may be gone, and the others are wanted all the same."""
    found: list[FoundFeed] = []
    for link in links:
        try:
            found.append(_read((await http.named(link.url).get(link.url)).body, link))
        except SourceError:
            continue
    return tuple(found)


async def _read_guesses(url: str, http: Http) -> tuple[FoundFeed, ...]:
    """Try where feeds usually lie, and stop at the first."""
    for guess in guess_feed_urls(url):
        if found := await _read_links((FeedLink(guess),), http):
            return found
    return ()


def _read(body: bytes, link: FeedLink) -> FoundFeed:
    feed = read_any_feed(body, link.url)
    title = clean_text(strip_html(feed.title), _LONGEST_TITLE) or link.title
    parsed = parse_entries(feed, link.url, None)
    return FoundFeed(url=link.url, title=title, parsed=parsed, is_of_comments=link.is_of_comments)


def _explain(url: str, named: int) -> str:
    shown = " ".join(url[:200].split())
    if named:
        return f"{shown} names {named} feeds, but none of them can be read"
    return f"There is no feed at {shown}, nor does the page name one; look for its RSS link and add that"


def newest(parsed: Parsed, number: int) -> list[tuple[date | None, str]]:
    """Give day and title of the newest papers; those without a date come last."""
    days = {made.paper: made.announced_on for made in parsed.announcements}
    dated = [(days.get(paper.ids[0]), paper.title) for paper in parsed.papers]
    return sorted(dated, key=lambda pair: pair[0] or date.min, reverse=True)[:number]
