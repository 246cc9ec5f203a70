"""bioRxiv and medRxiv: the postings of each day, by subject. Only fetching; `biorxiv_records` says what bytes mean.

When the API does not answer, the newest thirty postings are taken from the feed, and the rest comes when it is back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from digest.errors import SourceError, SourceRefused, SourceUnavailable
from digest.model import Batch, Cursor, ExternalId, Parsed
from digest.settings import SourceSettings
from digest.sources.biorxiv_feed import parse_feed
from digest.sources.biorxiv_records import Listing, join_listings, parse_details, read_listing
from digest.sources.biorxiv_subjects import ALL, check, read_subjects
from digest.sources.http.client import Http, Response
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.rhythm import Pattern, Rhythm

API_URL: Final = "https://api.biorxiv.org/details"
FEED_URL: Final = "https://connect.{server}.org/{server}_xml.php"

# A page has 30 or 100 rows, by the mood of the API; all of bioRxiv has about 250 a day.
MAX_PAGES: Final = 100  # in one run; what is left is read in the next one
REREAD: Final = timedelta(days=1)
FIRST_REACH: Final = timedelta(days=3)
LONGEST_REACH: Final = timedelta(days=30)
# A day that has fewer rows than it says is read again for so long from when that was noticed; then the total is wrong.
DOUBTED_FOR: Final = timedelta(days=3)

RHYTHM: Final = Rhythm(
    pattern=Pattern.LISTS,
    zone=ZoneInfo("America/New_York"),  # Cold Spring Harbor's
    # Preprints are posted at weekends too, but nobody can count on it.
    is_working=lambda day: day.weekday() not in {5, 6},
    ready_at=time(6, 0),
    reach=LONGEST_REACH,
    every=timedelta(hours=2),
    patience=timedelta(days=2),
)

_ONE_DAY: Final = timedelta(days=1)
_POSITION = re.compile(r"(\d{4}-\d\d-\d\d)(?: lacking since (\d{4}-\d\d-\d\d))?", re.ASCII)
_RSS: Final = (b"biorxiv_xml.php", b"medrxiv_xml.php")


@dataclass(slots=True)
class _Reading:
    """What was read of a stretch of days.

    `lacking` are the days of which fewer rows came than they are said to have, `stopped_on` is the day that could not
    be read to its end, if there is one.
    """

    listings: list[Listing] = field(default_factory=list)
    total: int = 0
    etag: str | None = None
    is_any_unchanged: bool = False
    lacking: list[date] = field(default_factory=list)
    stopped_on: date | None = None
    trouble: str = ""


class BiorxivSource:
    """The preprints posted on bioRxiv or medRxiv, of one subject or of all."""

    def __init__(self, server: str = "biorxiv", subject: str = ALL, base_url: str = "") -> None:
        self._server = server
        self._subject = subject
        self._api_url = f"{base_url}/details" if base_url else API_URL
        self._feed_url = f"{base_url}/{server}_xml.php" if base_url else FEED_URL.format(server=server)

    @property
    def name(self) -> str:
        """Give `biorxiv:neuroscience`."""
        return f"{self._server}:{self._subject}"

    @property
    def rhythm(self) -> Rhythm:
        """Give the days that have postings."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read the postings of the days since the cursor, yesterday's and today's among them. Raises SourceError."""
        asking = http.named(self.name)
        today = RHYTHM.day_of(now)
        days = days_to_read(since, today)
        try:
            reading = await self._read_days(days, since, asking)
        except (SourceUnavailable, SourceRefused) as error:
            sighting = await self._read_feed(error, days[0], since, asking)
        else:
            sighting = self._sum_up(reading, since, today)
        return judge_batch(self.name, sighting, since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response, be it this subject's or another's. Raises SourceChanged."""
        return parse_capture(body)

    async def _read_days(self, days: Sequence[date], since: Cursor, http: Http) -> _Reading:
        """Read one day after the other; what arrived before something went wrong is kept."""
        reading = _Reading()
        for day in days:
            try:
                await self._read_day(day, reading, since, http)
            except SourceError as error:
                if not reading.listings and not reading.is_any_unchanged:
                    raise
                reading.stopped_on, reading.trouble = day, f"The postings of {day} came only in part: {error}"
            if reading.stopped_on:
                break
        return reading

    async def _read_day(self, day: date, reading: _Reading, since: Cursor, http: Http) -> None:
        """Read the pages of a day. The cursor counts rows, and how many a page has is up to the server."""
        rows, total = 0, 1
        seen: set[tuple[ExternalId, int | None]] = set()
        while rows < total:
            if len(reading.listings) >= MAX_PAGES:
                reading.stopped_on = day
                reading.trouble = f"The postings from {day} on are read next time: {MAX_PAGES} pages are enough for one"
                return
            known = since.etag if day == since.batch_on and rows == 0 else None
            response = await self._get_page(day, rows, known, http)
            if response.is_not_modified:
                reading.is_any_unchanged, reading.etag = True, response.etag or known
                return
            listing = read_listing(response.body, self.name)
            reading.etag = response.etag if rows == 0 else None
            keys = {(posting.paper.ids[0], posting.paper.version) for posting in listing.postings}
            # An empty page before the end is the end, and so is one that came already.
            is_end = not listing.entries or bool(keys and keys <= seen)
            if not (is_end and listing.entries):
                reading.listings.append(listing)
                rows, seen = rows + listing.entries, seen | keys
            due = listing.total or 0
            total = rows if is_end else max(due, rows)
            reading.lacking += [day] if is_end and rows < due else []
            reading.total += max(rows, due) if rows >= total else 0

    async def _get_page(self, day: date, rows: int, etag: str | None, http: Http) -> Response:
        params = {} if self._subject == ALL else {"category": self._subject}
        return await http.get(f"{self._api_url}/{self._server}/{day}/{day}/{rows}", params=params, etag=etag)

    async def _read_feed(self, error: SourceError, first: date, since: Cursor, http: Http) -> Sighting:
        """Take what the feed has while the API is out. Raises the API's error if the feed is out too."""
        try:
            response = await http.get(self._feed_url, params={"subject": self._subject})
            parsed = parse_feed(response.body, self.name)
        except SourceError:
            raise error from None
        said = f"{error}; the feed's newest {len(parsed.papers)} preprints were taken instead"
        return Sighting(parsed=parsed, unchanged_ids=since.batch_ids, trouble=said, position=str(first))

    def _sum_up(self, reading: _Reading, since: Cursor, today: date) -> Sighting:
        parsed = join_listings(reading.listings, self.name, reading.total)
        return Sighting(
            parsed=None if reading.is_any_unchanged and not reading.listings else parsed,
            etag=reading.etag,
            unchanged_ids=since.batch_ids if reading.is_any_unchanged else frozenset(),
            trouble=reading.trouble,
            position=_write_position(reading, since, today),
        )


def days_to_read(since: Cursor, today: date) -> list[date]:
    """Give the days to read, oldest first: from the one that was not over or not whole when it was read."""
    wanted = min(_first_unread(since) or today - FIRST_REACH, today - REREAD)
    first = max(wanted, today - LONGEST_REACH)
    return [first + number * _ONE_DAY for number in range((today - first).days + 1)]


def parse_capture(body: bytes) -> Parsed:
    """Read an answer of the API, or a feed. Raises SourceChanged."""
    is_feed = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    return parse_feed(body) if is_feed else parse_details(body)


def is_biorxiv(start: bytes) -> bool:
    """Whether the beginning of a file looks like an answer or a feed of bioRxiv or medRxiv."""
    first = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"<":
        return any(mark in start[:4000] for mark in _RSS)
    return first == b"{" and b'"messages"' in start and (b'"collection"' in start or b"no posts found" in start)


def make_sources(settings: SourceSettings) -> list[BiorxivSource]:
    """Make a source for each subject of either server in the settings."""
    wanted = {"biorxiv": settings.biorxiv, "medrxiv": settings.medrxiv}
    read = {server: read_subjects(server, names) for server, names in wanted.items()}
    check([fault for _, faults in read.values() for fault in faults])
    return [BiorxivSource(server, subject) for server, (subjects, _) in read.items() for subject in subjects]


def _first_unread(since: Cursor) -> date | None:
    stated = _read_position(since)
    return stated[0] if stated else since.batch_on


def _write_position(reading: _Reading, since: Cursor, today: date) -> str:
    """Say from which day on to read next time, and since when that day is known to lack something, if it does."""
    known = dict([_read_position(since) or (today, None)])
    for day in reading.lacking:
        noticed_on = known.get(day) or today
        if today - noticed_on <= DOUBTED_FOR:
            return f"{day} lacking since {noticed_on}"
    return str(reading.stopped_on or today)


def _read_position(since: Cursor) -> tuple[date, date | None] | None:
    found = _POSITION.fullmatch(since.position)
    try:
        return (date.fromisoformat(found[1]), date.fromisoformat(found[2]) if found[2] else None) if found else None
    except ValueError:
        return None
