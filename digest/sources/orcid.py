"""ORCID: the works in a person's public record. Fetching here; what it says is in `orcid_works`."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from digest.identifiers.orcid_ids import read_orcids
from digest.model import Batch, Cursor, Parsed
from digest.settings import SourceSettings
from digest.sources.http.client import Http
from digest.sources.json_api import Api, open_answer
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.novelty import is_first, keep_news
from digest.sources.orcid_works import API, NAME, find_owner, parse_page, parse_record
from digest.sources.rhythm import Pattern, Rhythm
from digest.sources.works import Pages, join_pages

TOKEN_OPTION: Final = "DIGEST_SOURCES__ORCID_TOKEN"  # noqa: S105 -- the name of the option, not a token

RHYTHM: Final = Rhythm(pattern=Pattern.ROLLING, every=timedelta(hours=12), patience=timedelta(days=3))

_ID: Final = rb"\d{4}-\d{4}-\d{4}-\d{3}[\dX]"
_MARKS = re.compile(
    rb'"orcid-identifier"\s*:|"work-summary"\s*:|"num-found"\s*:|"path"\s*:\s*"/?' + _ID + rb'(?:/(?:works|person))?"'
)


class OrcidSource:
    """The works of one person, as they or services they trust have listed them."""

    def __init__(self, orcid: str, token: str = "", base_url: str = API) -> None:
        self._orcid = orcid
        self._token = token
        self._base_url = base_url
        refusals = frozenset({401, 403}) if token else frozenset[int]()
        self._api = Api(source=self.name, title="ORCID", key_option=TOKEN_OPTION, key_refusals=refusals)

    @property
    def name(self) -> str:
        """Give `orcid:0000-0002-1825-0097`."""
        return f"{NAME}:{self._orcid}"

    @property
    def rhythm(self) -> Rhythm:
        """Ask twice a day."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read all works of the record, and announce those that were not there before. Raises SourceError."""
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {self._token}"} if self._token else {})
        url = f"{self._base_url}/{self._orcid}/works"
        response = await http.named(self.name).get(url, headers=headers, accept=self._api.accepted)
        body = open_answer(response, self._api, now)
        read = Pages((parse_page(body, self.name),))
        parsed = keep_news(join_pages(read, self.name, is_first=is_first(since)), since, now.astimezone(UTC).date())
        warnings = (*parsed.warnings, *self._warn_of_move(body))
        return judge_batch(self.name, Sighting(parsed=replace(parsed, warnings=warnings)), since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured answer. Raises SourceChanged."""
        return parse_record(body, self.name)

    def _warn_of_move(self, body: bytes) -> list[str]:
        owner = find_owner(body, self.name)
        is_moved = owner is not None and owner != self._orcid
        return [f"The record has been merged into {owner}; put that iD into sources.orcid"] if is_moved else []


def is_orcid(start: bytes) -> bool:
    """Whether the beginning of a file looks like an answer of ORCID."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and bool(_MARKS.search(start))


def make_sources(settings: SourceSettings) -> list[OrcidSource]:
    """Make one source for each person in the settings. Raises ConfigurationError."""
    token = settings.orcid_token.get_secret_value().strip()
    return [OrcidSource(orcid, token) for orcid in read_orcids(settings.orcid, "sources.orcid")]
