"""Semantic Scholar: the papers of an author, and papers by their ids. What it says is in `semantic_scholar_papers`.

There is no order by date and no filter for what is new: all of an author's papers are read, and their ids compared.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from digest.errors import ConfigurationError
from digest.model import Batch, Cursor, ExternalId, IdScheme, Parsed, PersonScheme
from digest.researchers.ids import read_person_id
from digest.settings import SourceSettings
from digest.sources.http.client import Http
from digest.sources.json_api import Api, open_answer
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.novelty import is_first, keep_news
from digest.sources.rhythm import Pattern, Rhythm
from digest.sources.semantic_scholar_papers import NAME, TITLE, parse_page, parse_papers
from digest.sources.works import Page, Pages, fetch_pages, join_pages

BASE_URL: Final = "https://api.semanticscholar.org/graph/v1"
PAGE: Final = 1_000  # the most papers at a time
MAX_PAGES: Final = 9  # offset + limit must stay below 10,000
BATCH: Final = 500  # the most ids of one request
FIELDS: Final = "title,abstract,authors,externalIds,publicationDate,year,venue,journal,openAccessPdf,url"
KEY_OPTION: Final = "DIGEST_SOURCES__SEMANTIC_SCHOLAR_KEY"

RHYTHM: Final = Rhythm(pattern=Pattern.ROLLING, every=timedelta(hours=24), patience=timedelta(days=3))

# How `POST /paper/batch` wants the ids of other services.
_PREFIXES: Final[Mapping[IdScheme, str]] = {
    IdScheme.ARXIV: "ARXIV:",
    IdScheme.DOI: "DOI:",
    IdScheme.PMID: "PMID:",
    IdScheme.S2: "",
}
_MARKS = re.compile(
    rb'"(?:paperId|authorId|recommendedPapers)"\s*:|"error"\s*:\s*"(?:(?:Paper|Author) with id |Unrecognized or )'
)
_EMPTY = re.compile(rb'\s*\{\s*(?:"total"\s*:\s*\d+\s*,\s*)?"offset"\s*:\s*\d+\s*[,}]')


class SemanticScholarSource:
    """The papers of one author, by the number in the address of the author's page."""

    def __init__(self, author: str, key: str = "", base_url: str = BASE_URL) -> None:
        self._author = author
        self._key = key
        self._base_url = base_url

    @property
    def name(self) -> str:
        """Give `semantic_scholar:1741101`."""
        return f"{NAME}:{self._author}"

    @property
    def rhythm(self) -> Rhythm:
        """Ask once a day: without a key, all of the world shares one allowance."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read all papers of the author, and announce those that were not there before. Raises SourceError."""
        asking, api = http.named(self.name), describe(self.name, self._key)
        url = f"{self._base_url}/author/{self._author}/papers"

        async def get(offset: str) -> Page:
            params = {"fields": FIELDS, "offset": offset, "limit": str(PAGE)}
            response = await asking.get(url, params=params, headers=sign(self._key), accept=api.accepted)
            return parse_page(open_answer(response, api, now), self.name)

        read = await fetch_pages(get, "0", MAX_PAGES)
        today = now.astimezone(UTC).date()
        parsed = keep_news(join_pages(read, self.name, is_first=is_first(since)), since, today)
        return judge_batch(self.name, Sighting(parsed=parsed), since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured answer. Raises SourceChanged."""
        return parse_papers(body, self.name)


async def fetch_papers(
    ids: Sequence[ExternalId], http: Http, now: datetime, *, key: str = "", base_url: str = BASE_URL
) -> Parsed:
    """Get what is known of papers by their ids, announcing nothing; unknown ones are missing. Raises SourceError."""
    asking, api = http.named(NAME), describe(NAME, key)
    names = list(dict.fromkeys(_name_ids(ids)))
    pages: list[Page] = []
    for start in range(0, len(names), BATCH):
        response = await asking.post(
            f"{base_url}/paper/batch",
            params={"fields": FIELDS},
            json={"ids": names[start : start + BATCH]},
            headers=sign(key),
            accept=api.accepted,
        )
        pages.append(parse_page(open_answer(response, api, now), NAME))
    return replace(join_pages(Pages(tuple(pages)), NAME), announcements=())


def is_semantic_scholar(start: bytes) -> bool:
    """Whether the beginning of a file looks like an answer of Semantic Scholar."""
    return bool(_MARKS.search(start) or _EMPTY.match(start)) and start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (
        b"{",
        b"[",
    )


def make_sources(settings: SourceSettings) -> list[SemanticScholarSource]:
    """Make one source for each author in the settings. Raises ConfigurationError."""
    found = {name: read_person_id(PersonScheme.S2, name) for name in settings.semantic_scholar}
    if wrong := [name for name, author in found.items() if author is None]:
        raise ConfigurationError([f"sources.semantic_scholar: {_explain(name)}" for name in wrong])
    key = settings.semantic_scholar_key.get_secret_value().strip()
    authors = dict.fromkeys(author.value for author in found.values() if author)
    return [SemanticScholarSource(author, key) for author in authors]


def describe(source: str, key: str) -> Api:
    """Say what refusals mean, with a key or without."""
    # Without a key, 401 and 403 mean something else.
    refusals = frozenset({401, 403}) if key else frozenset[int]()
    return Api(source=source, title=TITLE, key_option=KEY_OPTION, key_refusals=refusals)


def sign(key: str) -> dict[str, str]:
    """Give the header that holds the key."""
    return {"x-api-key": key} if key else {}


def _name_ids(ids: Sequence[ExternalId]) -> Iterator[str]:
    return (f"{_PREFIXES[known.scheme]}{known.value}" for known in ids if known.scheme in _PREFIXES)


def _explain(name: str) -> str:
    shown = " ".join(name.split())[:80]
    return f"“{shown}” is not an author id such as 1741101, the number in the address of the author's page"
