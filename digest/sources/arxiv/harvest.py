"""Reads arXiv's OAI-PMH: sets page by page, and the announcements of given days out of them. Acts.

https://info.arxiv.org/help/oa/index.html; what its server does beyond the standard is in docs/sources.md.
"""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from digest.errors import SourceChanged, SourceUnavailable
from digest.model import Parsed
from digest.sources.arxiv.calendar import previous_working
from digest.sources.arxiv.gaps import list_announced
from digest.sources.arxiv.records import ArxivRecord, read_records, warn_of_page
from digest.sources.formats.oai import NO_RECORDS, STALE_PAGE, OaiPage, read_oai
from digest.sources.http.client import Http

OAI_URL: Final = "https://oaipmh.arxiv.org/oai"
MAX_PAGES: Final = 500  # a million records: a year of the largest group

_PREFIX: Final = "arXivRaw"  # the only format with the dates of all versions
# Records from before the first day asked for tell which papers of that day had been held for moderation.
_ANCHOR_DAYS: Final = 2
_TOKEN: Final = "resumptionToken"  # noqa: S105 -- a parameter of the protocol, no secret


@dataclass(frozen=True, slots=True)
class Harvested:
    """The records of a page that were not on an earlier one, how many could not be read, and what is odd about it."""

    records: tuple[ArxivRecord, ...]
    skipped: int = 0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Archive:
    """An OAI-PMH server and who asks it: errors are about that source."""

    http: Http
    source: str
    url: str = OAI_URL
    most_pages: int = MAX_PAGES

    async def fetch_set(self, oai_set: str, first: date) -> AsyncIterator[Harvested]:
        """Read every record touched since a day (UTC), page by page. Raises SourceError.

        Pages may overlap, and a token may expire: then the set is read again from the day that had been reached.
        """
        params, seen, is_again = _first_page(oai_set, first), _Seen(first), False
        tokens: set[str] = set()
        for _ in range(self.most_pages):
            page = await self._fetch_page(params)
            if page.error == NO_RECORDS:
                return
            if page.error != STALE_PAGE:
                yield seen.keep_new(page)
            if page.error == STALE_PAGE or page.flaw:
                if is_again:
                    raise SourceUnavailable(self.source, "The OAI-PMH server breaks off its list again and again")
                params, is_again = _first_page(oai_set, seen.reached), True
            elif not page.token:
                return
            elif page.token in tokens:
                raise SourceUnavailable(self.source, "The OAI-PMH server sends the same pages again and again")
            else:
                tokens.add(page.token)
                params = {"verb": "ListRecords", _TOKEN: page.token}  # nothing else may be said with it
        raise SourceUnavailable(
            self.source, f"The OAI-PMH list has more than {self.most_pages} pages; ask for fewer days"
        )

    async def _fetch_page(self, params: dict[str, str]) -> OaiPage:
        response = await self.http.named(self.source).get(self.url, params=params)
        page = read_oai(response.body, self.source)
        if page.error not in {"", NO_RECORDS} and not (page.error == STALE_PAGE and _TOKEN in params):
            said = f"The OAI-PMH server refused: {page.message or page.error} ({page.error})"
            raise SourceChanged(self.source, said)
        return page


async def fetch_days(archive: Archive, query: str, sets: Sequence[str], days: Collection[date]) -> Parsed:
    """Read what was announced on these days to the archives and categories of a query. Raises SourceError."""
    first = anchor_of(min(days))
    pages = [page for oai_set in sets async for page in archive.fetch_set(oai_set, first)]
    records = {record.paper.ids[0]: record for page in pages for record in page.records}
    announcements = list_announced(list(records.values()), query, archive.source, days)
    named = {made.paper for made in announcements}
    return Parsed(
        papers=tuple(record.paper for known, record in records.items() if known in named),
        announcements=tuple(announcements),
        warnings=tuple(warning for page in pages for warning in page.warnings),
        source=archive.source,
        skipped=sum(page.skipped for page in pages),
    )


def anchor_of(first: date) -> date:
    """Give the day from which records are needed to tell what was announced on another."""
    for _ in range(_ANCHOR_DAYS):
        first = previous_working(first)
    return first


class _Seen:
    """What has come so far, and the last day (UTC) that was reached."""

    def __init__(self, first: date) -> None:
        self.reached = first
        self._keys: set[tuple[str, int | None, date | None]] = set()

    def keep_new(self, page: OaiPage) -> Harvested:
        """Give what an earlier page did not have."""
        read, skipped = read_records(page)
        records = tuple(record for record in read if self._key(record) not in self._keys)
        self._keys.update(map(self._key, records))
        self.reached = max([self.reached, *(record.touched_on for record in records if record.touched_on)])
        return Harvested(records, skipped, tuple(warn_of_page(page, skipped)))

    @staticmethod
    def _key(record: ArxivRecord) -> tuple[str, int | None, date | None]:
        return record.paper.ids[0].value, record.paper.version, record.touched_on


def _first_page(oai_set: str, first: date) -> dict[str, str]:
    return {"verb": "ListRecords", "metadataPrefix": _PREFIX, "set": oai_set, "from": first.isoformat()}
