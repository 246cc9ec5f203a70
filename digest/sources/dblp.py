"""dblp: the publications of a person. Fetching here; what the bytes mean is in `dblp_records`."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from digest.errors import ConfigurationError, SourceUnavailable
from digest.model import Batch, Cursor, Parsed, PersonScheme
from digest.researchers.ids import read_person_id
from digest.settings import SourceSettings
from digest.sources.dblp_records import NAME, parse_person, parse_records
from digest.sources.http.client import Http, Response
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.novelty import is_first, keep_news
from digest.sources.rhythm import Pattern, Rhythm
from digest.sources.works import Pages, join_pages

# The second is the same service under the name of the university that began it; it answered when the first did not.
BASE_URLS: Final = ("https://dblp.org", "https://dblp.uni-trier.de")

RHYTHM: Final = Rhythm(pattern=Pattern.ROLLING, every=timedelta(days=1), patience=timedelta(days=3))


class DblpSource:
    """The publications dblp lists for one person. `base_urls` are asked in turn until one answers."""

    def __init__(self, pid: str, *base_urls: str) -> None:
        self._pid = pid
        self._base_urls = base_urls or BASE_URLS

    @property
    def name(self) -> str:
        """Give `dblp:64/4311`."""
        return f"{NAME}:{self._pid}"

    @property
    def rhythm(self) -> Rhythm:
        """Say that a person's list grows whenever it likes."""
        return RHYTHM

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Read the person's page and announce what was not on it before. Raises SourceError."""
        response = await self._ask(since, http.named(self.name))
        parsed = None if response.is_not_modified else self._read(response, since, now)
        sighting = Sighting(parsed=parsed, etag=response.etag, last_modified=response.last_modified)
        return judge_batch(self.name, sighting, since, now, RHYTHM)

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response, be it this person's or another's. Raises SourceChanged."""
        return parse_records(body, self.name)

    def _read(self, response: Response, since: Cursor, now: datetime) -> Parsed:
        pid, page, flaw = parse_person(response.body, self.name)
        parsed = join_pages(Pages((page,)), self.name, is_first=is_first(since))
        moved = f"dblp knows this person as {pid} now; put that into sources.dblp" if pid not in ("", self._pid) else ""
        warnings = (*parsed.warnings, *filter(None, (flaw, moved)))
        whole = replace(parsed, warnings=warnings, is_truncated=bool(flaw) or parsed.is_truncated)
        return keep_news(whole, since, RHYTHM.day_of(now))

    async def _ask(self, since: Cursor, http: Http) -> Response:
        return await ask_mirrors(self._base_urls, lambda base_url: self._get(base_url, since, http))

    async def _get(self, base_url: str, since: Cursor, http: Http) -> Response:
        return await http.get(f"{base_url}/pid/{self._pid}.xml", etag=since.etag, last_modified=since.last_modified)


async def ask_mirrors(base_urls: Sequence[str], ask: Callable[[str], Awaitable[Response]]) -> Response:
    """Ask the second host if the first is down; one that refuses us speaks for both. Raises SourceError."""
    first, *others = base_urls
    try:
        return await ask(first)
    except SourceUnavailable:
        for base_url in others:
            with suppress(SourceUnavailable):
                return await ask(base_url)
        raise


def is_dblp(start: bytes) -> bool:
    """Whether the beginning of a file looks like a person's page or a search answer of dblp."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<"):
        return b"<dblpperson" in text[:2_000] or b"<dblp>" in text[:2_000]
    return text.startswith(b"{") and b'"result"' in text[:2_000] and b'"hits"' in text and b"dblp.org/rec" in text


def make_sources(settings: SourceSettings) -> list[DblpSource]:
    """Make one source for each person in the settings."""
    pids = {name: read_pid(name) for name in settings.dblp}
    if wrong := [name for name, pid in pids.items() if pid is None]:
        shown = (" ".join(name.split())[:80] for name in wrong)
        raise ConfigurationError(
            [
                f"sources.dblp: “{name}” is not the id of a person such as 64/4311; it stands in the address of the "
                f"person's page, dblp.org/pid/64/4311"
                for name in shown
            ]
        )
    return [DblpSource(pid) for pid in dict.fromkeys(filter(None, pids.values()))]


def read_pid(text: str) -> str | None:
    """Read an id, or the address of a person's page."""
    person = read_person_id(PersonScheme.DBLP, text)
    return person.value if person else None
