"""arXiv: one feed of daily announcements per category. Fetching here; what the bytes mean is in `arxiv_feed`."""

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from digest.errors import ConfigurationError, SourceChanged
from digest.model import Batch, Cursor, Parsed
from digest.settings import SourceSettings
from digest.sources.arxiv_feed import CATEGORY, NAME, parse_announcements
from digest.sources.arxiv_search import is_search_answer, parse_search
from digest.sources.formats.feed import read_feed
from digest.sources.http.client import Http, Response
from digest.sources.judgement import Rhythm, Sighting, judge_batch

BASE_URL: Final = "https://rss.arxiv.org/rss/"

# Announced Sunday to Thursday at about 20:00 Eastern; the feed turns at the midnight after, so never on a Saturday or
# Sunday: https://info.arxiv.org/help/availability.html
RHYTHM: Final = Rhythm(ZoneInfo("America/New_York"), rest_days=frozenset({5, 6}))

_BAD_REQUEST: Final = 400  # arXiv explains it in a feed of the usual layout
_MARK = re.compile(rb"arxiv\.org", re.IGNORECASE)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)


class ArxivSource:
    """The announcements of one archive or category, or of several joined with `+` as arXiv's feeds allow."""

    def __init__(self, category: str, base_url: str = BASE_URL) -> None:
        self._category = category
        self._base_url = base_url

    @property
    def name(self) -> str:
        """Give `arxiv:cs.CL`."""
        return f"{NAME}:{self._category}"

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read the feed, if it changed since the cursor. Raises SourceError."""
        response = await http.named(self.name).get(
            self._base_url + self._category,
            etag=since.etag,
            last_modified=since.last_modified,
            accept=frozenset({_BAD_REQUEST}),
        )
        sighting = Sighting(
            parsed=None if response.is_not_modified else self._read(response, RHYTHM.day_of(now)),
            etag=response.etag,
            last_modified=response.last_modified,
        )
        return judge_batch(self.name, sighting, since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response, be it this category's or another's. Raises SourceChanged."""
        return parse_capture(body)

    def _read(self, response: Response, today: date) -> Parsed:
        parsed = parse_announcements(read_feed(response.body, self.name), self._category, today)
        if response.status == _BAD_REQUEST:
            raise SourceChanged(self.name, f"arXiv answered {_BAD_REQUEST} and gave no reason")
        return parsed


def parse_capture(body: bytes) -> Parsed:
    """Read any of arXiv's feeds: the daily ones of today and of before 2024, and answers of the search API."""
    feed = read_feed(body, NAME)
    return parse_search(feed) if is_search_answer(feed) else parse_announcements(feed)


def is_arxiv(start: bytes) -> bool:
    """Whether the beginning of a file looks like one of arXiv's feeds."""
    return bool(_FEED.search(start) and _MARK.search(start))


def make_sources(settings: SourceSettings) -> list[ArxivSource]:
    """Make one source for each category in the settings."""
    wrong = [name for name in settings.arxiv if not all(map(CATEGORY.fullmatch, name.split("+")))]
    if wrong:
        raise ConfigurationError(
            [f"sources.arxiv: “{name}” is not an arXiv archive or category such as cs or cs.CL" for name in wrong]
        )
    return [ArxivSource(category) for category in dict.fromkeys(settings.arxiv)]
