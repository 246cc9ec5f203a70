"""arXiv's daily feeds, one per archive or category, and OAI-PMH for what a feed cannot give.

Fetching here; what the bytes mean is in `arxiv_feed`, and what was announced on a missed day in `arxiv_gaps`.
"""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Final

from digest.errors import ConfigurationError, SourceChanged, SourceError
from digest.model import Batch, Cursor, Parsed, RunState
from digest.settings import SourceSettings
from digest.sources import Source
from digest.sources.arxiv.calendar import RHYTHM
from digest.sources.arxiv.categories import CATEGORY, set_of, split_query
from digest.sources.arxiv.feed import FEED_LIMIT, NAME, parse_announcements
from digest.sources.arxiv.harvest import OAI_URL, Archive, fetch_days
from digest.sources.arxiv.layout import read_arxiv_feed
from digest.sources.arxiv.oai import MOST_DAYS, SET, ArxivOaiSource
from digest.sources.arxiv.past import Past
from digest.sources.arxiv.queries import API_URL, AUTHOR, AUTHOR_ID, ArxivSearchSource
from digest.sources.arxiv.records import parse_oai
from digest.sources.arxiv.search import is_search_answer, parse_search
from digest.sources.http.client import Http
from digest.sources.http.response import Response
from digest.sources.judgement import Sighting, find_batch_day, find_missed, judge, judge_batch
from digest.sources.plausibility import is_oddly_empty
from digest.sources.rhythm import Rhythm

__all__ = ["BASE_URL", "RHYTHM", "ArxivSource", "is_arxiv", "is_oai", "make_sources", "parse_capture"]

BASE_URL: Final = "https://rss.arxiv.org/rss/"

# A feed that is late by less may only be late; OAI-PMH is not asked before.
STAND_IN_AFTER: Final = timedelta(hours=1)

# A day of which OAI-PMH knows nothing is asked for again for so long; then it was a holiday that nobody announced.
DOUBTED_FOR: Final = timedelta(days=3)

_BAD_REQUEST: Final = 400  # arXiv explains it in a feed of the usual layout
_MARK = re.compile(rb"arxiv\.org", re.IGNORECASE)
_FEED = re.compile(rb"<(?:rss|feed|rdf:RDF)\b", re.IGNORECASE)
_OAI = re.compile(rb"<(?:[\w-]+:)?OAI-PMH\b")
_FILLED: Final = "filled:"
_LONGEST_MEMORY: Final = 40  # days


@dataclass(frozen=True, slots=True)
class _Filling:
    """What OAI-PMH brought for days that the feed did not: the days it has, those it owes, and why."""

    read: Parsed = field(default_factory=Parsed)
    days: frozenset[date] = frozenset()
    owed: frozenset[date] = frozenset()
    trouble: str = ""


class ArxivSource:
    """The announcements of one archive or category, or of several joined with `+` as arXiv's feeds allow.

    Elsewhere than at arXiv (a mirror, a test), OAI-PMH and the search API are asked only where an address is given.
    """

    def __init__(self, category: str, base_url: str = BASE_URL, oai_url: str = "", api_url: str = "") -> None:
        self._category = category
        self._base_url = base_url
        self._oai_url = oai_url or (OAI_URL if base_url == BASE_URL else "")
        self._api_url = api_url or API_URL

    @property
    def name(self) -> str:
        """Give `arxiv:cs.CL`."""
        return f"{NAME}:{self._category}"

    @property
    def rhythm(self) -> Rhythm:
        """Give arXiv's announcement days."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read the feed, and by OAI-PMH what days or entries it lacks. Raises SourceError."""
        try:
            response = await self._ask(since, http)
            parsed = None if response.is_not_modified else self._read(response, RHYTHM.day_of(now))
        except SourceError as error:
            return await self._stand_in(error, since, http, now)
        filled = _read_filled(since)
        missed = frozenset(find_missed(parsed, since, now, RHYTHM)[-MOST_DAYS:])
        filling = await self._fill(
            missed - filled, _days_lacking(parsed, since, now) - filled, http, parsed or Parsed()
        )
        filling = _doubt_nothing(filling, missed - filled, since, now)
        filled |= filling.days | (_own_day(parsed, since, now) if filling.owed else frozenset())
        sighting = Sighting(
            parsed=_complete(parsed, is_filled=RHYTHM.day_of(now) in filled),
            etag=response.etag,
            last_modified=response.last_modified,
            extra=filling.read,
            filled=filled & missed,
            owed=filling.owed,
            trouble=filling.trouble,
            position=_write_filled(filled, since),
        )
        return judge_batch(self.name, sighting, since, now, RHYTHM)

    async def backfill(self, first: date, last: date, http: Http, now: datetime) -> AsyncIterator[Batch]:
        """Read past days again, by OAI-PMH or else by the search API; the batches have no cursor. May raise."""
        archive = Archive(http, self.name, self._oai_url or OAI_URL)
        past = Past(archive, self._category, first, min(last, RHYTHM.day_of(now)), self._api_url)
        async for batch in past.read():
            yield batch

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response, be it this category's or another's. Raises SourceChanged."""
        return parse_capture(body)

    async def _ask(self, since: Cursor, http: Http) -> Response:
        return await http.named(self.name).get(
            self._base_url + self._category,
            etag=since.etag,
            last_modified=since.last_modified,
            accept=frozenset({_BAD_REQUEST}),
        )

    def _read(self, response: Response, today: date) -> Parsed:
        parsed = parse_announcements(read_arxiv_feed(response.body, self.name), self._category, today)
        if response.status == _BAD_REQUEST:
            raise SourceChanged(self.name, f"arXiv answered {_BAD_REQUEST} and gave no reason")
        return parsed

    async def _fill(self, missed: frozenset[date], lacking: frozenset[date], http: Http, present: Parsed) -> _Filling:
        """Ask OAI-PMH for what days have beyond the feed.

        Missed days are owed if it fails; for today's, the feed itself goes on being asked.
        """
        days = missed | lacking
        if not days or not self._oai_url:
            return _Filling()
        try:
            read = await self._fetch_days(days, http)
        except SourceError as error:
            return _Filling(owed=missed, trouble=str(error) if missed else "")
        brought = {made.announced_on for made in read.announcements}
        more = _subtract(read, present)
        said = f"{len(more.papers)} paper{'s' * (len(more.papers) != 1)} of {_say_days(days)} came by OAI-PMH"
        # A day that is past has no more than OAI-PMH knows; today's may only be late there too.
        return _Filling(replace(more, warnings=(*more.warnings, said)), missed | (lacking & brought))

    async def _stand_in(self, error: SourceError, since: Cursor, http: Http, now: datetime) -> Batch:
        """Take from OAI-PMH what the feed would have brought. Raises the feed's own error if it has nothing either."""
        filled = _read_filled(since)
        days = _days_due(since, now) - filled
        filling = await self._fill(frozenset(), days, http, Parsed())
        if not filling.read.papers:
            raise error
        return Batch(
            source=self.name,
            # A changed format wants an operator, whoever else has the papers.
            state=RunState.BROKEN if isinstance(error, SourceChanged) else RunState.PARTIAL,
            papers=filling.read.papers,
            announcements=filling.read.announcements,
            cursor=replace(since, fetched_at=now, position=_write_filled(filled | filling.days, since)),
            warnings=(str(error), *filling.read.warnings),
        )

    async def _fetch_days(self, days: frozenset[date], http: Http) -> Parsed:
        sets = tuple(map(set_of, split_query(self._category)))
        return await fetch_days(Archive(http, self.name, self._oai_url), self._category, sets, days)


def parse_capture(body: bytes) -> Parsed:
    """Read any answer of arXiv's: daily feeds of today and of before 2024, the search API, author pages, OAI-PMH."""
    if is_oai(body[:2_000]):
        return parse_oai(body)
    feed = read_arxiv_feed(body, NAME)
    return parse_search(feed) if is_search_answer(feed) else parse_announcements(feed)


def is_arxiv(start: bytes) -> bool:
    """Whether the beginning of a file looks like one of arXiv's feeds."""
    return bool(_FEED.search(start) and _MARK.search(start))


def is_oai(start: bytes) -> bool:
    """Whether the beginning of a file looks like OAI-PMH, arXiv's or another archive's."""
    return bool(_OAI.search(start[:2_000]))


def make_sources(settings: SourceSettings) -> list[Source]:
    """Make one source for each category, search and set in the settings. Raises ConfigurationError."""
    faults = [*_check_categories(settings.arxiv), *_check_searches(settings.arxiv_searches), *_check_sets(settings)]
    if faults:
        raise ConfigurationError(faults)
    feeds = [ArxivSource(category) for category in dict.fromkeys(settings.arxiv)]
    searches = [ArxivSearchSource(query) for query in dict.fromkeys(settings.arxiv_searches)]
    sets = [ArxivOaiSource(oai_set) for oai_set in dict.fromkeys(settings.arxiv_oai)]
    return [*feeds, *searches, *sets]


def _check_categories(names: Iterable[str]) -> list[str]:
    wrong = [name for name in names if not all(map(CATEGORY.fullmatch, name.split("+")))]
    return [f"sources.arxiv: “{name}” is not an arXiv archive or category such as cs or cs.CL" for name in wrong]


def _check_searches(queries: Iterable[str]) -> list[str]:
    authors = [query for query in queries if query.startswith(AUTHOR)]
    wrong = [query for query in authors if not AUTHOR_ID.fullmatch(query.removeprefix(AUTHOR))]
    hint = "is no author page such as author:warner_s_1 or author:0000-0002-7970-7855"
    return [f"sources.arxiv_searches: “{query}” {hint}" for query in wrong]


def _check_sets(settings: SourceSettings) -> list[str]:
    wrong = [name for name in settings.arxiv_oai if not SET.fullmatch(name)]
    return [f"sources.arxiv_oai: “{name}” is not a set such as cs:cs:CL or physics:hep-th" for name in wrong]


def _days_due(since: Cursor, now: datetime) -> frozenset[date]:
    """Give the days that are not known to have come whole, if nothing at all can be had from the feed."""
    expected = RHYTHM.latest_expected(now - STAND_IN_AFTER)
    days = {*find_missed(None, since, now, RHYTHM)[-MOST_DAYS:], *([expected] if expected else [])}
    return frozenset(day for day in days if since.complete_on is None or day > since.complete_on)


def _days_lacking(parsed: Parsed | None, since: Cursor, now: datetime) -> frozenset[date]:
    """Give today if its feed is at the limit of entries, or has been stale for long enough."""
    today = RHYTHM.day_of(now)
    is_late = RHYTHM.latest_expected(now - STAND_IN_AFTER) == today
    is_stale = is_late and judge(Sighting(parsed=parsed), since, now, RHYTHM).state is RunState.STALE
    return frozenset({today}) if is_stale or (parsed and _is_capped(parsed)) else frozenset()


def _own_day(parsed: Parsed | None, since: Cursor, now: datetime) -> frozenset[date]:
    """Give the day of the batch in the feed if it has come whole, so that it is not taken for missed later."""
    expected = RHYTHM.latest_expected(now)
    is_whole = judge(Sighting(parsed=parsed), since, now, RHYTHM).state is RunState.FRESH
    return (
        frozenset({min(expected, find_batch_day(parsed, since, now, RHYTHM))}) if is_whole and expected else frozenset()
    )


def _doubt_nothing(filling: _Filling, missed: frozenset[date], since: Cursor, now: datetime) -> _Filling:
    """Owe days of which OAI-PMH knows nothing where there always is something, for some days: it may be late itself."""
    owed = frozenset(day for day in missed & filling.days if RHYTHM.day_of(now) - day <= DOUBTED_FOR)
    if filling.read.announcements or not owed or not is_oddly_empty(since.history):
        return filling
    said = f"OAI-PMH has nothing of {_say_days(owed)} yet"
    return replace(filling, days=filling.days - owed, owed=filling.owed | owed, trouble=filling.trouble or said)


def _subtract(read: Parsed, present: Parsed) -> Parsed:
    """Leave out what the feed itself has."""
    held = {(made.paper, made.kind, made.detail) for made in present.announcements}
    announcements = tuple(made for made in read.announcements if (made.paper, made.kind, made.detail) not in held)
    named = {made.paper for made in announcements}
    return replace(read, announcements=announcements, papers=tuple(p for p in read.papers if p.ids[0] in named))


def _is_capped(parsed: Parsed) -> bool:
    return len(parsed.papers) + parsed.skipped >= FEED_LIMIT


def _complete(parsed: Parsed | None, *, is_filled: bool) -> Parsed | None:
    """Count a feed at the limit as whole once OAI-PMH has given the rest of the day."""
    return replace(parsed, is_truncated=False) if parsed and is_filled and _is_capped(parsed) else parsed


def _read_filled(since: Cursor) -> frozenset[date]:
    """Give the days that were read by OAI-PMH already."""
    if not since.position.startswith(_FILLED):
        return frozenset()
    try:
        return frozenset(map(date.fromisoformat, since.position.removeprefix(_FILLED).split(",")))
    except ValueError:
        return frozenset()


def _write_filled(days: frozenset[date], since: Cursor) -> str:
    kept = sorted(day for day in days if since.complete_on is None or day > since.complete_on)[-_LONGEST_MEMORY:]
    return _FILLED + ",".join(day.isoformat() for day in kept) if kept else ""


def _say_days(days: Iterable[date]) -> str:
    ordered = sorted(days)
    return str(ordered[0]) if len(ordered) == 1 else f"{ordered[0]} to {ordered[-1]}"
