"""Hugging Face Daily Papers: one list a day. Fetching here; what the bytes mean is in `huggingface_papers`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from digest.errors import SourceChanged
from digest.model import Announcement, Batch, Cursor, Paper, Parsed
from digest.settings import SourceSettings
from digest.sources.http.client import Http, Response
from digest.sources.huggingface_papers import NAME, parse_papers
from digest.sources.judgement import Rhythm, Sighting, judge_batch

BASE_URL: Final = "https://huggingface.co/api/daily_papers"
PAGE: Final = 100  # the most entries the API gives at a time
MAX_PAGES: Final = 5  # a day had up to about 100 entries so far

# Lists grow through the day and beyond midnight, so yesterday's is read again; after an outage, up to a month's.
REREAD: Final = timedelta(days=1)
LONGEST_REACH: Final = timedelta(days=30)
# Nothing is listed at weekends: whoever starts on a Sunday or Monday should see Friday's list.
FIRST_REACH: Final = timedelta(days=3)

RHYTHM: Final = Rhythm(ZoneInfo("UTC"), is_reread=True, reach=LONGEST_REACH)

_BAD_REQUEST: Final = 400  # a day that has not begun at Hugging Face
_MARKS: Final = (b'"submittedOnDailyAt"', b'"discussionId"', b'"paper"')
_PAGE_MARK: Final = b"huggingface.co"


@dataclass(frozen=True, slots=True)
class _Day:
    """The list of one day: None if it is the same as last time, or has not begun."""

    on: date
    parsed: Parsed | None
    etag: str | None = None


class HuggingFaceSource:
    """The papers people featured on huggingface.co."""

    def __init__(self, base_url: str = BASE_URL) -> None:
        self._base_url = base_url

    @property
    def name(self) -> str:
        """Give `huggingface`."""
        return NAME

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read the lists of the days since the cursor, yesterday's and today's among them. Raises SourceError."""
        asking = http.named(NAME)
        days = [await self._fetch_day(day, since, asking, now) for day in days_to_read(since.batch_on, now)]
        return judge_batch(NAME, _sum_up(days, since), since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response. Raises SourceChanged."""
        return parse_papers(body)

    async def _fetch_day(self, day: date, since: Cursor, http: Http, now: datetime) -> _Day:
        pages: list[Parsed] = []
        etag: str | None = None
        for number in range(MAX_PAGES):
            known = since.etag if day == since.batch_on and number == 0 else None
            response = await self._get_page(day, number, known, http)
            etag = response.etag if number == 0 else etag
            if response.is_not_modified:
                return _Day(day, None, response.etag or known)
            if response.status == _BAD_REQUEST:
                return _unbegun(day, now)
            pages.append(parse_papers(response.body, day))
            if len(pages[-1].papers) + pages[-1].skipped < PAGE:
                break
        return _Day(day, _join(pages), etag if len(pages) == 1 else None)

    async def _get_page(self, day: date, number: int, etag: str | None, http: Http) -> Response:
        params = {"date": day.isoformat(), "limit": str(PAGE)} | ({"p": str(number)} if number else {})
        return await http.get(self._base_url, params=params, etag=etag, accept=frozenset({_BAD_REQUEST}))


def days_to_read(last: date | None, now: datetime) -> list[date]:
    """Give the days whose lists are read, oldest first. All in UTC, as Hugging Face counts them."""
    today = now.astimezone(UTC).date()
    wanted = min(last, today - REREAD) if last else today - FIRST_REACH
    first = max(wanted, today - LONGEST_REACH)
    return [first + timedelta(days=number) for number in range((today - first).days + 1)]


def is_huggingface(start: bytes) -> bool:
    """Whether the beginning of a file looks like a list, a paper or a page of Hugging Face."""
    first = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"<":
        return _PAGE_MARK in start
    return first in (b"[", b"{") and any(mark in start for mark in _MARKS)


def make_sources(settings: SourceSettings) -> list[HuggingFaceSource]:
    """Make the source if the settings want it."""
    return [HuggingFaceSource()] if settings.huggingface else []


def _unbegun(day: date, now: datetime) -> _Day:
    """Let only today be unknown: clocks differ, and Hugging Face refuses days that have not begun."""
    if day < now.astimezone(UTC).date():
        raise SourceChanged(NAME, f"Hugging Face refused the list of {day}, which it used to give")
    return _Day(day, None)


def _sum_up(days: list[_Day], since: Cursor) -> Sighting:
    """Make one sighting of all lists; the validator is that of the last day, which is asked for again next time."""
    changed = [day.parsed for day in days if day.parsed is not None]
    is_all = len(changed) == len(days)
    return Sighting(
        parsed=_join(changed) if changed else None,
        etag=days[-1].etag,
        unchanged_ids=frozenset() if is_all else since.batch_ids,
    )


def _join(parts: list[Parsed]) -> Parsed:
    papers: dict[object, Paper] = {paper.ids[0]: paper for part in parts for paper in part.papers}
    announced: dict[object, Announcement] = {
        (made.paper, made.detail): made for part in parts for made in part.announcements
    }
    return Parsed(
        papers=tuple(papers.values()),
        announcements=tuple(announced.values()),
        warnings=tuple(warning for part in parts for warning in part.warnings),
        source=NAME,
        skipped=sum(part.skipped for part in parts),
    )
