"""OpenAlex: the works of an author, an institution or a search. Fetching here; what it says is in `openalex_works`.

A key is needed since February 2026, and a call costs a little of its daily budget: so it is asked twice a day, for the
last 90 days only. Dates of publication are no filter for what is new, so the ids of two answers are compared.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from digest.errors import ConfigurationError
from digest.identifiers.orcid_ids import read_orcid
from digest.model import Batch, Cursor, Parsed
from digest.settings import SourceSettings
from digest.sources.http.client import Http
from digest.sources.json_api import Api, open_answer
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.novelty import is_first, keep_news
from digest.sources.openalex_works import NAME, parse_page, parse_works
from digest.sources.rhythm import Pattern, Rhythm
from digest.sources.works import Page, fetch_pages, join_pages

BASE_URL: Final = "https://api.openalex.org/works"
PAGE: Final = 100  # the most works OpenAlex gives at a time
MAX_PAGES: Final = 50
WINDOW: Final = timedelta(days=90)

RHYTHM: Final = Rhythm(pattern=Pattern.ROLLING, every=timedelta(hours=12), patience=timedelta(days=3))

KEY_OPTION: Final = "DIGEST_SOURCES__OPENALEX_KEY"
NO_KEY: Final = f"OpenAlex answers only with a key; get a free one at openalex.org and set {KEY_OPTION}"
SELECT: Final = (
    "id,doi,title,display_name,publication_date,created_date,type,authorships,primary_location,locations,ids,biblio,"
    "abstract_inverted_index,is_retracted"
)
# An institution's `lineage` holds itself and what it belongs to, so works of its departments are found as well.
FILTERS: Final[Mapping[str, str]] = {
    "author": "authorships.author.id",
    "orcid": "authorships.author.orcid",
    "institution": "authorships.institutions.lineage",
}

LONGEST_SEARCH: Final = 80  # the source's name holds it

_ENTITY = re.compile(
    r"(?:https?://(?:api\.)?openalex\.org/(?:[a-z]+/)?)?(?P<id>[A-Z]\d{1,15})/?", re.IGNORECASE | re.ASCII
)
_KINDS: Final[Mapping[str, str]] = {"A": "author", "I": "institution"}
_EXAMPLES: Final = "author:A5034688833, orcid:0000-0002-1825-0097, institution:I107606265 or search:words"
_MARKS = re.compile(rb'"id"\s*:\s*"https://openalex\.org/W\d|"abstract_inverted_index"\s*:|"group_by"\s*:\s*\[')


@dataclass(frozen=True, slots=True)
class Query:
    """Whose works are asked for: `author` A…, `orcid`, `institution` I…, or `search` for words."""

    kind: str
    value: str

    @property
    def params(self) -> dict[str, str]:
        """Give what asks for it, but for the days."""
        return {"search": self.value} if self.kind == "search" else {"filter": f"{FILTERS[self.kind]}:{self.value}"}


class OpenAlexSource:
    """The works of the last 90 days that one query finds."""

    def __init__(self, query: Query, key: str, base_url: str = BASE_URL) -> None:
        self._query = query
        self._key = key
        self._base_url = base_url
        self._api = Api(source=self.name, title="OpenAlex", key_option=KEY_OPTION, key_refusals=frozenset({401}))

    @property
    def name(self) -> str:
        """Give `openalex:author:A5034688833`."""
        return f"{NAME}:{self._query.kind}:{self._query.value}"

    @property
    def rhythm(self) -> Rhythm:
        """Ask twice a day."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read all works of the window, and announce those that were not there before. Raises SourceError."""
        asking = http.named(self.name)
        today = now.astimezone(UTC).date()
        params = self._make_params(f"from_publication_date:{today - WINDOW}")

        async def get(cursor: str) -> Page:
            response = await asking.get(self._base_url, params={**params, "cursor": cursor}, accept=self._api.accepted)
            return parse_page(open_answer(response, self._api, now), self.name)

        read = await fetch_pages(get, "*", MAX_PAGES)
        parsed = keep_news(join_pages(read, self.name, is_first=is_first(since)), since, today)
        return judge_batch(self.name, Sighting(parsed=parsed), since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured answer. Raises SourceChanged."""
        return parse_works(body, self.name)

    def _make_params(self, window: str) -> dict[str, str]:
        asked = self._query.params
        return {
            **asked,
            "filter": ",".join(filter(None, (asked.get("filter"), window))),
            "sort": "publication_date:desc",
            "per_page": str(PAGE),
            "select": SELECT,
            "api_key": self._key,
        }


def read_query(text: str) -> Query:
    """Read a query of the settings; ids may be given as URLs, and then say themselves what they are of.

    Raises ConfigurationError.
    """
    if orcid := read_orcid(text):
        return Query("orcid", orcid)
    if found := _ENTITY.fullmatch(text.strip()):
        return _read_entity(text, _KINDS.get(found["id"][0].upper(), ""), found["id"])
    kind, _, value = (part.strip() for part in text.partition(":"))
    if kind.lower() == "search" and value:
        return _read_search(value)
    found = _ENTITY.fullmatch(value)
    if found and kind.lower() in _KINDS.values():
        return _read_entity(text, kind.lower(), found["id"])
    raise ConfigurationError([f"sources.openalex: {_explain(text, kind.lower())}"])


def is_openalex(start: bytes) -> bool:
    """Whether the beginning of a file looks like works of OpenAlex."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and bool(_MARKS.search(start))


def make_sources(settings: SourceSettings) -> list[OpenAlexSource]:
    """Make one source for each query in the settings. Raises ConfigurationError."""
    key = settings.openalex_key.get_secret_value().strip()
    if settings.openalex and not key:
        raise ConfigurationError([f"sources.openalex: {NO_KEY}"])
    queries: list[Query] = []
    faults: list[str] = []
    for text in settings.openalex:
        try:
            queries.append(read_query(text))
        except ConfigurationError as error:
            faults.extend(error.faults)
    if faults:
        raise ConfigurationError(faults)
    return [OpenAlexSource(query, key) for query in dict.fromkeys(queries)]


def _read_entity(text: str, kind: str, value: str) -> Query:
    if not kind or _KINDS.get(value[0].upper()) != kind:
        fault = (
            f"“{_show(text)}” is no {kind or 'author or institution'}: authors' ids begin with A, institutions' with I"
        )
        raise ConfigurationError([f"sources.openalex: {fault}"])
    return Query(kind, value.upper())


def _read_search(words: str) -> Query:
    folded = " ".join(words.split())
    if len(folded) > LONGEST_SEARCH:
        fault = f"sources.openalex: the search “{folded[:40]}…” is longer than {LONGEST_SEARCH} characters; shorten it"
        raise ConfigurationError([fault])
    return Query("search", folded)


def _explain(text: str, kind: str) -> str:
    if kind == "orcid":
        return f"“{_show(text)}” is no ORCID iD, or has a wrong check digit; copy it from the person's page"
    return f"“{_show(text)}” is not a query such as {_EXAMPLES}"


def _show(text: str) -> str:
    return " ".join(text.split())[:80]
