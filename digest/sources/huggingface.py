"""Hugging Face Daily Papers: one list a day. Fetching here; what the bytes mean is in `huggingface_papers`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from digest.errors import SourceChanged, SourceError
from digest.model import Batch, Cursor, Parsed
from digest.settings import SourceSettings
from digest.sources.http.client import Http, Response
from digest.sources.huggingface_days import (
    LONGEST_REACH,
    REREAD,
    Refreshing,
    Span,
    days_to_read,
    days_to_refresh,
    find_refreshing,
    find_shrunk,
    find_unfinished,
    is_of_month,
    join_lists,
    judge_past,
    leave_out,
    list_spans,
    split_known,
)
from digest.sources.huggingface_papers import NAME, parse_papers
from digest.sources.judgement import Sighting, batch_ids, judge_batch
from digest.sources.rhythm import Pattern, Rhythm

BASE_URL: Final = "https://huggingface.co/api/daily_papers"
PAGE: Final = 100  # the most entries the API gives at a time
MAX_PAGES: Final = 5  # a day had up to about 100 entries so far
MAX_MONTH_PAGES: Final = 50  # and a month about 1,200

RHYTHM: Final = Rhythm(
    pattern=Pattern.LISTS,
    zone=ZoneInfo("UTC"),
    is_working=lambda day: day.weekday() not in {5, 6},
    ready_at=time(1, 0),
    reach=LONGEST_REACH,
    every=timedelta(minutes=30),
    patience=timedelta(hours=12),
)

_BAD_REQUEST: Final = 400  # a day that has not begun at Hugging Face
_MARKS: Final = (b'"submittedOnDailyAt"', b'"discussionId"')
_PAGE_MARK: Final = b"huggingface.co"


@dataclass(frozen=True, slots=True)
class _Day:
    """The list of one day: None if it is the same as last time, or has not begun."""

    on: date
    parsed: Parsed | None
    etag: str | None = None


@dataclass(slots=True)
class _Reading:
    """The lists that could be read, and what kept the others from it."""

    days: list[_Day] = field(default_factory=list)
    trouble: str = ""

    @property
    def lists(self) -> list[Parsed]:
        """Give the lists that came and had changed."""
        return [day.parsed for day in self.days if day.parsed is not None]

    @property
    def answered(self) -> list[date]:
        """Give the days whose lists came and had changed."""
        return [day.on for day in self.days if day.parsed is not None]

    @property
    def is_all(self) -> bool:
        """Whether every list came."""
        return not self.trouble and len(self.lists) == len(self.days)


class HuggingFaceSource:
    """The papers people featured on huggingface.co."""

    def __init__(self, base_url: str = BASE_URL, token: str = "") -> None:
        self._base_url = base_url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    @property
    def name(self) -> str:
        """Give `huggingface`."""
        return NAME

    @property
    def rhythm(self) -> Rhythm:
        """Give the days that have a list."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read the lists of the days since the cursor, yesterday's and today's among them. Raises SourceError.

        Once a day, those of the week before are read again for what changes after their day: upvotes, summaries, links.
        """
        asking = http.named(NAME)
        days = days_to_read(find_unfinished(since), now)
        refreshing = find_refreshing(since, days, now)
        reading = await self._read_days(days, since, asking, now)
        again = await self._read_again(days_to_refresh(refreshing, days, now), asking, now)
        return judge_batch(NAME, _sum_up(reading, again, refreshing, since, now), since, now, RHYTHM)

    async def backfill(self, first: date, last: date, http: Http, now: datetime) -> AsyncIterator[Batch]:
        """Read the lists of past days, oldest first, a month at once where that can be had. Raises SourceError."""
        asking = http.named(NAME)
        for span in list_spans(first, min(last, RHYTHM.day_of(now))):
            month = await self._fetch_month(span, asking) if span.month else None
            if month is not None:
                yield judge_past(month, span, RHYTHM)
                continue
            for day in span.days:
                listed = await self._fetch_day(day, Cursor(), asking, now)
                yield judge_past(listed.parsed or Parsed(source=NAME), Span((day,)), RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response. Raises SourceChanged."""
        return parse_papers(body)

    async def _read_days(self, days: list[date], since: Cursor, http: Http, now: datetime) -> _Reading:
        """Read one list after the other; what arrived before something went wrong is kept."""
        reading = _Reading()
        for day in days:
            try:
                reading.days.append(await self._fetch_day(day, since, http, now))
            except SourceError as error:
                if not reading.days:
                    raise
                reading.trouble = f"Nothing could be read from the list of {day} on: {error}"
                break
        return reading

    async def _read_again(self, days: list[date], http: Http, now: datetime) -> _Reading:
        """Read older lists for their upvotes; that this fails is no reason not to read today's."""
        try:
            return await self._read_days(days, Cursor(), http, now)
        except SourceError as error:
            return _Reading(trouble=str(error))

    async def _fetch_day(self, day: date, since: Cursor, http: Http, now: datetime) -> _Day:
        pages: list[Parsed] = []
        etag: str | None = None
        for number in range(MAX_PAGES):
            known = since.etag if day == since.batch_on and number == 0 else None
            response = await self._get_page({"date": day.isoformat()}, number, known, http)
            etag = response.etag if number == 0 else etag
            if response.is_not_modified:
                return _Day(day, None, response.etag or known)
            if response.status == _BAD_REQUEST:
                return _unbegun(day, now)
            pages.append(parse_papers(response.body, day))
            if _is_last(pages[-1]):
                break
        return _Day(day, _join_pages(pages), etag if len(pages) == 1 else None)

    async def _fetch_month(self, span: Span, http: Http) -> Parsed | None:
        """Read a month's list, or give None if the answer is about something else, as it was before September 2025."""
        pages: list[Parsed] = []
        while len(pages) < MAX_MONTH_PAGES and not (pages and _is_last(pages[-1])):
            response = await self._get_page({"month": span.month}, len(pages), None, http)
            if response.status == _BAD_REQUEST:
                return None
            pages.append(parse_papers(response.body))
            if not is_of_month(pages[-1], span):
                return None
        return _join_pages(pages)

    async def _get_page(self, which: dict[str, str], number: int, etag: str | None, http: Http) -> Response:
        params = {**which, "limit": str(PAGE)} | ({"p": str(number)} if number else {})
        return await http.get(
            self._base_url, params=params, headers=self._headers, etag=etag, accept=frozenset({_BAD_REQUEST})
        )


def is_huggingface(start: bytes) -> bool:
    """Whether the beginning of a file looks like a list, a paper or a page of Hugging Face."""
    first = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"<":
        return _PAGE_MARK in start
    return first in (b"[", b"{") and any(mark in start for mark in _MARKS)


def make_sources(settings: SourceSettings) -> list[HuggingFaceSource]:
    """Make the source if the settings want it."""
    token = settings.huggingface_token.get_secret_value().strip()
    return [HuggingFaceSource(token=token)] if settings.huggingface else []


def _unbegun(day: date, now: datetime) -> _Day:
    """Let only today be unknown: clocks differ, and Hugging Face refuses days that have not begun."""
    if day < now.astimezone(UTC).date():
        raise SourceChanged(NAME, f"Hugging Face refused the list of {day}, which it used to give")
    return _Day(day, None)


def _is_last(page: Parsed) -> bool:
    return len(page.papers) + page.skipped < PAGE


def _join_pages(pages: list[Parsed]) -> Parsed:
    """Put the pages of one list together; if the last one read is full, there were more."""
    joined = join_lists(pages)
    if _is_last(pages[-1]):
        return joined
    said = f"The list goes on after {len(pages)} pages, which is the most that is read"
    return replace(joined, is_truncated=True, warnings=(*joined.warnings, said))


def _sum_up(reading: _Reading, again: _Reading, refreshing: Refreshing, since: Cursor, now: datetime) -> Sighting:
    """Make one sighting of all lists; the validator is that of the last day, which is asked for again next time.

    The papers of older lists are not judged with the others: that they come again says nothing.
    """
    today = now.astimezone(UTC).date()
    is_due = refreshing.refreshed_on < today
    late, known = split_known(join_lists(again.lists), since)
    lists = [late, *reading.lists] if late.papers else reading.lists
    parsed = join_lists(lists) if lists else None
    is_swept = is_due and again.is_all and reading.is_all
    # What is still gone after its day has been taken off for good.
    recent = [day for day in reading.answered if day >= today - REREAD]
    return Sighting(
        parsed=parsed,
        etag=None if reading.trouble else reading.days[-1].etag,
        # What is known is forgotten only when all of it has just been read.
        unchanged_ids=batch_ids(known) if is_swept else batch_ids(known) | since.batch_ids,
        extra=leave_out(known, parsed, again.trouble),
        trouble=reading.trouble or find_shrunk(join_lists(reading.lists), recent, since),
        position=str(replace(refreshing, refreshed_on=today) if not again.trouble else refreshing),
    )
