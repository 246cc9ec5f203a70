"""Any RSS, Atom, RDF or JSON Feed: journals, preprint servers, blogs. What an entry means is in `journal_entry`."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from digest.model import Batch, Cursor, Parsed
from digest.settings import SourceSettings
from digest.sources.feeds.entry import parse_entries
from digest.sources.feeds.json_feed import is_json, read_json_feed
from digest.sources.feeds.spec import PREFIX, parse_specs
from digest.sources.formats.feed import Feed, read_feed
from digest.sources.http.client import Http
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.novelty import keep_news
from digest.sources.rhythm import Pattern, Rhythm

KIND: Final = PREFIX.rstrip(":")

_JSON_FEED = re.compile(rb'"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org\\?/version')
_XML_FEED = re.compile(rb"<(?:rss|feed|(?:\w{1,20}:)?RDF)\b", re.IGNORECASE)

RHYTHM: Final = Rhythm(pattern=Pattern.ROLLING, every=timedelta(hours=2))


class FeedSource:
    """One feed, under a name of the operator's."""

    def __init__(self, name: str, url: str) -> None:
        self._name = f"{PREFIX}{name}"
        self._url = url

    @property
    def name(self) -> str:
        """Give `feed:eprint`."""
        return self._name

    @property
    def rhythm(self) -> Rhythm:
        """Give the rhythm of a list that rolls on at any time."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read the feed, if it changed since the cursor. Raises SourceError."""
        if since.position not in {"", self._url}:  # another feed had this name: its validators and ids are not ours
            since = Cursor()
        response = await http.named(self._name).get(self._url, etag=since.etag, last_modified=since.last_modified)
        today = RHYTHM.day_of(now)
        parsed = None if response.is_not_modified else parse_feed(response.body, self._name, today)
        sighting = Sighting(
            parsed=parsed and keep_news(parsed, since, today),
            etag=response.etag,
            last_modified=response.last_modified,
            position=self._url,
        )
        return judge_batch(self._name, sighting, since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response. Raises SourceChanged."""
        return parse_feed(body, self._name, None)


def is_feed(start: bytes) -> bool:
    """Whether the beginning of a file looks like a feed of any format."""
    return bool(_JSON_FEED.search(start) if is_json(start) else _XML_FEED.search(start))


def parse_capture(body: bytes) -> Parsed:
    """Read one captured response of a feed nobody has named. Raises SourceChanged."""
    return parse_feed(body, KIND, None)


def parse_feed(body: bytes, source: str, today: date | None) -> Parsed:
    """Read a feed of any format. `today` dates what the feed does not. Raises SourceChanged."""
    return parse_entries(read_any_feed(body, source), source, today)


def read_any_feed(body: bytes, source: str) -> Feed:
    """Read RSS, RDF, Atom or JSON Feed, told apart by the bytes. Raises SourceChanged."""
    return read_json_feed(body, source) if is_json(body) else read_feed(body, source)


def make_sources(settings: SourceSettings) -> list[FeedSource]:
    """Make one source for each feed in the settings. Raises ConfigurationError."""
    return [FeedSource(spec.name, spec.url) for spec in parse_specs(settings.feeds)]
