"""arXiv's search API: searches and author pages to follow, papers by their ids, papers of a span of days. Acts.

https://info.arxiv.org/help/api/user-manual.html and https://info.arxiv.org/help/author_identifiers.html; its limits and
failures are in docs/sources.md.
"""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Final

from digest.errors import SourceChanged, SourceError, SourceUnavailable
from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.model import Announcement, AnnouncementKind, Batch, Cursor, ExternalId, Paper, Parsed, RunState
from digest.sources.arxiv.calendar import RHYTHM as CALENDAR
from digest.sources.arxiv.calendar import announcement_day
from digest.sources.arxiv.search import count_found, parse_search
from digest.sources.formats.feed import read_feed
from digest.sources.http.client import Http
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.novelty import FIRST_REACH, OLDEST_NEWS, is_first, keep_news
from digest.sources.rhythm import Pattern, Rhythm

NAME: Final = "arxiv-search"
API_URL: Final = "https://export.arxiv.org/api/query"
AUTHORS_URL: Final = "https://arxiv.org/a/"
AUTHOR: Final = "author:"

# Answers change once a day: "there is no need to call the API more than once in a day for the same query".
RHYTHM: Final = Rhythm(
    pattern=Pattern.ROLLING, zone=CALENDAR.zone, every=timedelta(hours=12), patience=timedelta(days=3)
)

PAGE: Final = 100
RANGE_PAGE: Final = 500  # of at most 2000
MOST_PAGES: Final = 20
LAST_START: Final = 30_000  # start + max_results beyond this are refused
IDS_AT_ONCE: Final = 100

# lastname_f_n, or a linked ORCID.
AUTHOR_ID = re.compile(r"[a-z]+(?:_[a-z]+)*_\d+|\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.ASCII)

_TROUBLED: Final = frozenset({RunState.PARTIAL, RunState.BROKEN})
_BAD_REQUEST: Final = 400  # explained in the layout of an answer
_TRIES: Final = 3  # of a page that comes empty though there should be entries
_LONGEST_NAME: Final = 100  # of a source, in the database
_RANGE: Final = timedelta(days=7)  # of one search; a week of the largest archive is under the limit of start


@dataclass(frozen=True, slots=True)
class _Page:
    """One page: what it holds, and how many entries there are on all pages together."""

    parsed: Parsed
    found: int


class ArxivSearchSource:
    """The papers that a search finds, or those on the page of one author, newest first."""

    def __init__(self, query: str, url: str = API_URL, authors_url: str = AUTHORS_URL) -> None:
        self._query = query
        self._url = url
        self._authors_url = authors_url

    @property
    def name(self) -> str:
        """Give `arxiv-search:au:"Chi_Zewen"`, shortened if it is very long."""
        name = f"{NAME}:{self._query}"
        if len(name) <= _LONGEST_NAME:
            return name
        return f"{name[: _LONGEST_NAME - 9]}…{blake2b(name.encode(), digest_size=4).hexdigest()}"

    @property
    def rhythm(self) -> Rhythm:
        """Give how often it makes sense to ask."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Search, unless it was done today (arXiv's day) already. Raises SourceError."""
        today = RHYTHM.day_of(now)
        if since.position.startswith(today.isoformat()):
            return self._repeat(since, now)
        parsed = await self._read(since, http.named(self.name), today)
        news = keep_news(replace(parsed, announcements=tuple(self._announce(parsed.papers))), since, today)
        batch = judge_batch(self.name, Sighting(parsed=news), since, now, RHYTHM)
        trouble = f" {batch.state}" if batch.state in _TROUBLED else ""
        position = "" if parsed.is_truncated else f"{today}{trouble}"
        return replace(batch, cursor=replace(batch.cursor, position=position))

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response. Raises SourceChanged."""
        return parse_search(read_feed(body, self.name), self.name)

    def _repeat(self, since: Cursor, now: datetime) -> Batch:
        """Say again what was wrong today, if anything was: that nobody asked is no recovery."""
        said = since.position.partition(" ")[2]
        return Batch(
            source=self.name,
            state=RunState(said) if said in _TROUBLED else RunState.QUIET,
            cursor=replace(since, fetched_at=now),
            warnings=("arXiv was asked today and is not asked twice a day; see the run before",) if said else (),
        )

    async def _read(self, since: Cursor, http: Http, today: date) -> Parsed:
        if self._query.startswith(AUTHOR):
            response = await http.get(f"{self._authors_url}{self._query.removeprefix(AUTHOR)}.atom")
            return parse_search(read_feed(response.body, self.name), self.name)
        pages: list[Parsed] = []
        try:
            async for found in _fetch_pages(http, self._url, self.name, _newest_first(self._query), PAGE):
                pages.append(found)
                if _reaches_known(found, since, today) or len(pages) == MOST_PAGES:
                    break
        except SourceError as error:
            if not pages:
                raise
            said = f"Only the first {len(pages)} pages came: {error}"
            pages.append(Parsed(warnings=(said,), is_truncated=True))
        return _join(pages, self.name)

    def _announce(self, papers: Iterable[Paper]) -> Iterable[Announcement]:
        for paper in papers:
            if paper.submitted_at:
                yield Announcement(
                    paper=paper.ids[0],
                    kind=AnnouncementKind.NEW,
                    source=self.name,
                    announced_on=announcement_day(paper.submitted_at),
                    version=1,
                )


async def fetch_ids(ids: Sequence[str], http: Http, url: str = API_URL) -> Parsed:
    """Look papers up by their arXiv ids, with or without version. What is no id or is unknown is named in a warning.

    Raises SourceError.
    """
    wanted = {text: arxiv.value for text in ids if (arxiv := find_arxiv_id(text))}
    spelt = list(dict.fromkeys(wanted.values()))
    pages = [
        (await _fetch_page(http, url, NAME, {"id_list": ",".join(chunk), "max_results": str(len(chunk))})).parsed
        for chunk in (spelt[at : at + IDS_AT_ONCE] for at in range(0, len(spelt), IDS_AT_ONCE))
    ]
    joined = _join(pages, NAME)
    found = {paper.ids[0].value for paper in joined.papers}
    missing = [text for text in ids if wanted.get(text) not in found]
    said = f"arXiv has no paper {', '.join(text[:40] for text in missing[:20])}"
    return replace(joined, warnings=(*joined.warnings, said)) if missing else joined


async def fetch_range(category: str, first: date, last: date, http: Http, url: str = API_URL) -> AsyncIterator[Parsed]:
    """Read the papers of an archive or category submitted in a span of days (UTC), oldest first. Raises SourceError."""
    while first <= last:
        until = min(last, first + _RANGE - timedelta(days=1))
        async for page in _fetch_pages(http, url, NAME, _submitted(category, first, until), RANGE_PAGE):
            yield page
        first = until + timedelta(days=1)


async def _fetch_pages(http: Http, url: str, source: str, params: dict[str, str], size: int) -> AsyncIterator[Parsed]:
    """Give page after page until there are no more."""
    seen: set[ExternalId] = set()
    for start in range(0, LAST_START, size):
        asked = {**params, "start": str(start), "max_results": str(size)}
        page = await _fetch_page(http, url, source, asked)
        ids = {paper.ids[0] for paper in page.parsed.papers}
        if ids and ids <= seen:
            raise SourceUnavailable(source, f"arXiv sends the same page again for number {start}")
        seen |= ids
        yield page.parsed
        if start + size >= page.found:
            return


async def _fetch_page(http: Http, url: str, source: str, params: dict[str, str]) -> _Page:
    """Give one page. At times arXiv answers an empty one in the middle: then it is asked for again."""
    start = int(params.get("start", 0))
    for _ in range(_TRIES):
        response = await http.get(url, params=params, accept=frozenset({_BAD_REQUEST}))
        feed = read_feed(response.body, source)
        parsed, found = parse_search(feed, source), count_found(feed)
        if response.status == _BAD_REQUEST:
            raise SourceChanged(source, "arXiv did not understand the search and gave no reason; correct it")
        if feed.entries or (start and start >= found) or not found:
            return _Page(parsed, found)
    raise SourceUnavailable(source, f"arXiv says that it has {found} papers, and sends none from number {start} on")


def _newest_first(query: str) -> dict[str, str]:
    return {"search_query": query, "sortBy": "submittedDate", "sortOrder": "descending"}


def _submitted(category: str, first: date, last: date) -> dict[str, str]:
    # Times must be written in full, YYYYMMDDHHMM: since November 2025 anything shorter is an error.
    span = f"submittedDate:[{first:%Y%m%d}0000 TO {last:%Y%m%d}2359]"
    within = f"cat:{category}" if "." in category else f"(cat:{category} OR cat:{category}.*)"
    return {"search_query": f"{within} AND {span}", "sortBy": "submittedDate", "sortOrder": "ascending"}


def _reaches_known(page: Parsed, since: Cursor, today: date) -> bool:
    """Whether older pages hold nothing that is news: something known has been met, or old age.

    On a first reading nothing is known, and after one with holes it says nothing about the older ones.
    """
    if since.position:
        return any(str(paper.ids[0]) in since.batch_ids for paper in page.papers)
    reach = FIRST_REACH if is_first(since) else OLDEST_NEWS
    return any(paper.submitted_at and today - paper.submitted_at.date() > reach for paper in page.papers)


def _join(pages: Sequence[Parsed], source: str) -> Parsed:
    return Parsed(
        papers=tuple({paper.ids[0]: paper for page in pages for paper in page.papers}.values()),
        warnings=tuple(warning for page in pages for warning in page.warnings),
        source=source,
        skipped=sum(page.skipped for page in pages),
        is_truncated=any(page.is_truncated for page in pages),
    )
