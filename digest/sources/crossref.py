"""Crossref: what publishers registered of a person's works. Fetching here; what it says is in `crossref_works`.

The first time everything is read. From then on only what Crossref indexed anew, which is its one reliable filter for
changes; a work is indexed again whenever it is cited, so most of that is no news.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from digest.identifiers.orcid_ids import read_orcids
from digest.model import Batch, Cursor, Parsed
from digest.settings import SourceSettings
from digest.sources.crossref_works import NAME, parse_page, parse_works
from digest.sources.formats.dates import parse_day
from digest.sources.http.client import Http
from digest.sources.json_api import Api, open_answer
from digest.sources.judgement import Sighting, is_partial, judge_batch
from digest.sources.novelty import is_first, keep_news
from digest.sources.rhythm import Pattern, Rhythm
from digest.sources.works import Page, Pages, fetch_pages, join_pages

BASE_URL: Final = "https://api.crossref.org/works"
ROWS: Final = 500  # up to 1,000 are allowed; large pages time out
MAX_PAGES: Final = 20
# Indexing takes a while, and the filter knows days only.
OVERLAP: Final = timedelta(days=2)
# https://github.com/CrossRef/rest-api-doc/issues/289 lists what can be selected; `published` cannot everywhere.
SELECT: Final = (
    "DOI,type,title,subtitle,author,abstract,container-title,volume,issue,page,article-number,issued,posted,created,"
    "license,relation,update-to,updated-by"
)

RHYTHM: Final = Rhythm(pattern=Pattern.ROLLING, every=timedelta(hours=12), patience=timedelta(days=3))

_MARKS: Final = (b'"message-type"', b'"items-per-page"')
_ONE: Final = (b'"message"', b'"DOI"')


class CrossrefSource:
    """The works that carry one person's ORCID iD."""

    def __init__(self, orcid: str, base_url: str = BASE_URL) -> None:
        self._orcid = orcid
        self._base_url = base_url
        self._api = Api(source=self.name, title="Crossref")

    @property
    def name(self) -> str:
        """Give `crossref:0000-0002-1825-0097`."""
        return f"{NAME}:{self._orcid}"

    @property
    def rhythm(self) -> Rhythm:
        """Ask twice a day."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read what was indexed since the last whole reading, and announce what is new. Raises SourceError."""
        today = now.astimezone(UTC).date()
        indexed_from = find_start(since)
        read = await self._fetch_pages(indexed_from, http.named(self.name), now)
        parsed = keep_news(join_pages(read, self.name, is_first=is_first(since)), since, today)
        # An answer without works is no empty list: nothing that is there has changed.
        is_unchanged = indexed_from is not None and not parsed.papers and not is_partial(parsed)
        sighting = Sighting(
            parsed=None if is_unchanged else parsed,
            position=since.position if is_partial(parsed) else today.isoformat(),
        )
        return judge_batch(self.name, sighting, since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured answer. Raises SourceChanged."""
        return parse_works(body, self.name)

    async def _fetch_pages(self, indexed_from: date | None, http: Http, now: datetime) -> Pages:
        params = self._make_params(indexed_from, http.contact_address)

        async def get(cursor: str) -> Page:
            asked = {**params, "cursor": cursor}
            response = await http.get(self._base_url, params=asked, accept=self._api.accepted)
            return parse_page(open_answer(response, self._api, now), self.name)

        return await fetch_pages(get, "*", MAX_PAGES)

    def _make_params(self, indexed_from: date | None, contact: str | None) -> dict[str, str]:
        filters = [f"orcid:{self._orcid}", f"from-index-date:{indexed_from}" if indexed_from else ""]
        params = {"filter": ",".join(filter(None, filters)), "rows": str(ROWS), "select": SELECT}
        # Whoever says who they are gets into the polite pool: twice the requests, and word before being blocked.
        return {**params, "mailto": contact} if contact else params


def find_start(since: Cursor) -> date | None:
    """Give the day since which works are read; None for all of them. Days are Crossref's, in UTC."""
    whole_on = parse_day(since.position) if since.position else None
    return whole_on - OVERLAP if whole_on else None


def is_crossref(start: bytes) -> bool:
    """Whether the beginning of a file looks like an answer of Crossref."""
    is_object = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
    return is_object and (any(mark in start for mark in _MARKS) or all(mark in start for mark in _ONE))


def make_sources(settings: SourceSettings) -> list[CrossrefSource]:
    """Make one source for each person in the settings. Raises ConfigurationError."""
    return [CrossrefSource(orcid) for orcid in read_orcids(settings.crossref, "sources.crossref")]
