"""OpenReview: the submissions of a person. Fetching here; what the bytes mean is in `openreview_notes`."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from digest.errors import ConfigurationError, SourceRefused
from digest.model import Batch, Cursor, Parsed, PersonScheme
from digest.researchers.ids import read_person_id
from digest.settings import SourceSettings
from digest.sources.http.client import Http, Response
from digest.sources.http.retry_after import parse_wait
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.novelty import is_first, keep_news
from digest.sources.openreview_notes import NAME, parse_notes, read_notes
from digest.sources.rhythm import Pattern, Rhythm
from digest.sources.works import Page, Pages, fetch_pages, join_pages

BASE_URL: Final = "https://api2.openreview.net"
PAGE: Final = 1_000  # the most notes the API gives at a time
MAX_PAGES: Final = 3  # nobody has more submissions

RHYTHM: Final = Rhythm(pattern=Pattern.ROLLING, every=timedelta(hours=12), patience=timedelta(days=3))

_FORBIDDEN: Final = 403
REFUSALS: Final = frozenset({401, _FORBIDDEN})
_CHALLENGE: Final = b"ChallengeRequiredError"


class OpenReviewSource:
    """The submissions that name one profile among their authors."""

    def __init__(self, profile: str, base_url: str = BASE_URL, token: str = "") -> None:
        self._profile = profile
        self._base_url = base_url
        self._token = token

    @property
    def name(self) -> str:
        """Give `openreview:~First_Last1`."""
        return f"{NAME}:{self._profile}"

    @property
    def rhythm(self) -> Rhythm:
        """Say that submissions appear whenever a venue shows them."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read all submissions and announce those that were not there before. Raises SourceError."""
        asking = http.named(self.name)
        first = await self._get_page(0, since.etag, asking, now)
        if first.is_not_modified:
            return judge_batch(self.name, Sighting(parsed=None, etag=first.etag), since, now, RHYTHM)
        read = await self._read_pages(first, asking, now)
        parsed = join_pages(read, self.name, is_first=is_first(since))
        sighting = Sighting(
            parsed=keep_news(parsed, since, RHYTHM.day_of(now)), etag=first.etag if len(read.pages) == 1 else None
        )
        return judge_batch(self.name, sighting, since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response. Raises SourceChanged."""
        return parse_notes(body, self.name)

    async def _read_pages(self, first: Response, http: Http, now: datetime) -> Pages:
        async def get(offset: str) -> Page:
            response = await self._get_page(int(offset), None, http, now) if int(offset) else first
            page = read_notes(response.body, self.name)
            # A page that is not full is the last.
            return replace(page, next=str(int(offset) + PAGE) if page.entries >= PAGE else "")

        return await fetch_pages(get, "0", MAX_PAGES)

    async def _get_page(self, offset: int, etag: str | None, http: Http, now: datetime) -> Response:
        params = {"content.authorids": self._profile, "sort": "tcdate:desc", "limit": str(PAGE), "count": "true"}
        response = await http.get(
            f"{self._base_url}/notes",
            params=params | ({"offset": str(offset)} if offset else {}),
            headers={"Authorization": f"Bearer {self._token}"} if self._token else {},
            etag=etag,
            accept=REFUSALS,
        )
        if response.status in REFUSALS:
            said = explain_refusal(response, has_token=bool(self._token))
            raise SourceRefused(self.name, said, retry_after=parse_wait(response.headers, now))
        return response


def is_openreview(start: bytes) -> bool:
    """Whether the beginning of a file looks like notes of OpenReview, or a table of one of its venues."""
    first = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if first == b"{":
        return b'"notes"' in start[:2_000] and (b'"count"' in start or b'"content"' in start)
    return first == b"[" and b'"authorids"' in start and b"openreview.net/forum" in start


def make_sources(settings: SourceSettings) -> list[OpenReviewSource]:
    """Make one source for each profile in the settings."""
    profiles = {name: read_profile(name) for name in settings.openreview}
    if wrong := [" ".join(name.split())[:80] for name, profile in profiles.items() if profile is None]:
        raise ConfigurationError(
            [
                f"sources.openreview: “{name}” is not a profile such as ~First_Last1; it stands in the address of the "
                f"person's page, openreview.net/profile?id=~First_Last1"
                for name in wrong
            ]
        )
    token = settings.openreview_token.get_secret_value().strip()
    return [OpenReviewSource(profile, token=token) for profile in dict.fromkeys(filter(None, profiles.values()))]


def read_profile(text: str) -> str | None:
    """Read the id of a profile, or the address of its page."""
    person = read_person_id(PersonScheme.OPENREVIEW, text)
    return person.value if person else None


def explain_refusal(response: Response, *, has_token: bool) -> str:
    """Say why OpenReview does not answer, and what to do."""
    option = "DIGEST_SOURCES__OPENREVIEW_TOKEN"
    if has_token:
        return f"OpenReview does not accept the token; tokens end after a week at most, so renew {option}"
    if _CHALLENGE in response.body:
        return f"OpenReview asks whoever is not logged in to solve a challenge in a browser; set {option}"
    return f"OpenReview does not answer whoever is not logged in (status {response.status}); set {option}"
