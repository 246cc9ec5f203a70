"""Past days of arXiv, read again from OAI-PMH, or from the search API when that is down. Acts."""

from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from digest.errors import SourceError
from digest.model import Batch, Paper, RunState
from digest.sources.arxiv.calendar import working_days
from digest.sources.arxiv.categories import set_of, split_query
from digest.sources.arxiv.gaps import list_announced
from digest.sources.arxiv.harvest import Archive, anchor_of
from digest.sources.arxiv.queries import API_URL, fetch_range
from digest.sources.arxiv.records import ArxivRecord, Version

# Records read before that help to place the next ones: five pages.
_REMEMBERED: Final = 10_000
# The search API knows when papers were submitted; moderation holds few of them longer than this.
_LONGEST_HOLD: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Past:
    """The days to read, of which archives and categories, and where."""

    archive: Archive
    query: str
    first: date
    last: date
    api_url: str = API_URL

    async def read(self) -> AsyncIterator[Batch]:
        """Read everything page by page, OAI-PMH first. The batches have no cursor of their own. Raises SourceError."""
        for part in split_query(self.query):
            try:
                async for batch in self._judge(self._harvest(part)):
                    yield batch
            except SourceError as error:
                try:
                    async for batch in self._judge(self._search(part)):
                        yield replace(batch, warnings=(*batch.warnings, f"{error}; read from the search API instead"))
                except SourceError:
                    raise error from None

    async def _judge(self, pages: AsyncIterator[tuple[list[ArxivRecord], tuple[str, ...]]]) -> AsyncIterator[Batch]:
        """Make a batch of what was announced in each page."""
        days, known = frozenset(working_days(self.first, self.last)), deque[ArxivRecord](maxlen=_REMEMBERED)
        async for records, warnings in pages:
            announcements = list_announced(records, self.query, self.archive.source, days, known)
            named = {made.paper for made in announcements}
            known.extend(map(_lighten, records))
            yield Batch(
                source=self.archive.source,
                state=RunState.FRESH if announcements else RunState.QUIET,
                papers=tuple(record.paper for record in records if record.paper.ids[0] in named),
                announcements=tuple(announcements),
                warnings=warnings,
            )

    async def _harvest(self, part: str) -> AsyncIterator[tuple[list[ArxivRecord], tuple[str, ...]]]:
        # Without an end: what was touched since bears a later date.
        async for page in self.archive.fetch_set(set_of(part), anchor_of(self.first)):
            yield list(page.records), page.warnings

    async def _search(self, part: str) -> AsyncIterator[tuple[list[ArxivRecord], tuple[str, ...]]]:
        http = self.archive.http.named(self.archive.source)
        async for page in fetch_range(part, self.first - _LONGEST_HOLD, self.last, http, self.api_url):
            yield list(_make_records(page.papers)), page.warnings


def _make_records(papers: Iterable[Paper]) -> Iterable[ArxivRecord]:
    """Give papers of the search API as records: it states the first version's date and the latest one's."""
    for paper in papers:
        if paper.submitted_at:
            first = Version(1, paper.submitted_at)
            is_later = (paper.version or 1) > 1 and paper.updated_at
            later = (Version(paper.version or 1, paper.updated_at),) if is_later and paper.updated_at else ()
            yield ArxivRecord(paper=paper, versions=(first, *later))


def _lighten(record: ArxivRecord) -> ArxivRecord:
    """Keep of a record only what places others."""
    paper = Paper(ids=record.paper.ids[:1], title="")
    return ArxivRecord(paper=paper, versions=record.versions, touched_on=record.touched_on)
