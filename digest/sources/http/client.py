"""The one HTTP client: polite, bounded, and with one clear sentence for everything that can go wrong.

It never logs. httpx itself logs every full URL at INFO; silencing the loggers `httpx` and `httpcore` is up to whoever
configures logging.
"""

import asyncio
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Self

import httpx
import stamina

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from digest.settings import HttpSettings
from digest.sources.http.exchange import SCHEMES, UNTOUCHED, Answer, Exchange
from digest.sources.http.pacing import PACE, Pacing, Sleep
from digest.sources.http.retry_after import parse_wait

PACKAGE: Final = "daily-paper-digest"

# A stated wait up to this is sat out within one fetch; a longer one ends the run and is handed to the caller.
SHORT_WAIT: Final = timedelta(seconds=10)
# arXiv says 429 without a Retry-After when all of it is busy, for minutes to hours: see docs/sources.md.
UNSTATED_WAIT: Final = timedelta(minutes=15)

LONGEST_VALIDATOR: Final = 250

_NOT_MODIFIED: Final = 304
_TOO_MANY: Final = 429
_REFUSALS: Final = frozenset({401, 403, _TOO_MANY})
_TROUBLES: Final = frozenset({408, 425, *range(500, 600)})
_SUCCESSES: Final = frozenset(range(200, 300))


class Headers(Mapping[str, str]):
    """Response headers, found whatever their case."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        """Give one header."""
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        """Walk over the names in lower case."""
        return iter(self._values)

    def __len__(self) -> int:
        """Count the headers."""
        return len(self._values)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer: the URL it came from in the end, and the decoded body (empty when not modified)."""

    url: str
    status: int
    headers: Headers
    body: bytes
    is_not_modified: bool = False

    @property
    def etag(self) -> str | None:
        """Give the validator for the next `If-None-Match`."""
        return self._validator("etag")

    @property
    def last_modified(self) -> str | None:
        """Give the validator for the next `If-Modified-Since`."""
        return self._validator("last-modified")

    def _validator(self, name: str) -> str | None:
        # It is stored, and sent back as it came: only what a header may hold.
        value = self.headers.get(name, "")
        return value if value.isascii() and value.isprintable() and 0 < len(value) <= LONGEST_VALIDATOR else None


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


class Http:
    """Asks servers. Open it with `async with`, and ask through `named(source)`, so that errors name the source."""

    def __init__(
        self,
        settings: HttpSettings,
        *,
        pace: Mapping[str, timedelta] = PACE,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = settings
        self._pacing = Pacing(pace, sleep)
        self._now = now
        self._source = "http"
        self._client = httpx.AsyncClient(
            headers={"User-Agent": user_agent(settings.contact), "Accept-Encoding": "gzip, deflate"},
            timeout=settings.timeout.total_seconds(),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # nobody tracks an operator through us
        )

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close every connection."""
        await self._client.aclose()

    def named(self, source: str) -> "Http":
        """Give the same client, whose errors are about this source."""
        view = copy.copy(self)
        view._source = source  # noqa: SLF001 -- it is a copy of ourselves
        return view

    async def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> Response:
        """Fetch one URL. Raises SourceUnavailable, SourceRefused or SourceChanged, nothing else.

        Unanswered requests and 5xx are tried again. A status that is no success raises, unless it is in `accept`:
        some servers explain a 400 in the format one came for.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        stated = {name: value for name, value in conditions.items() if value}
        request = self._build_request(url, params, {**(headers or {}), **stated})
        retries = stamina.retry_context(
            on=may_retry, attempts=self._settings.attempts, timeout=None, wait_initial=0.5, wait_max=5.0
        )
        async for attempt in retries:
            with attempt:
                return await self._attempt(request, accept, is_conditional=bool(stated))
        raise AssertionError  # stamina either returns or raises

    def _build_request(self, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str]) -> httpx.Request:
        fault = SourceChanged(self._source, f"“{' '.join(url[:200].split())}” is not an address that can be fetched")
        try:
            request = self._client.build_request("GET", url, params=params, headers=headers)
        except (httpx.InvalidURL, ValueError) as error:
            raise fault from error
        if request.url.scheme not in SCHEMES or not request.url.host:
            raise fault
        return request

    async def _attempt(self, request: httpx.Request, accept: frozenset[int], *, is_conditional: bool) -> Response:
        host = request.url.host
        if closure := self._pacing.find_closure(host):
            raise self._refusal(f"{host} asked us to wait", closure)
        exchange = Exchange(self._client, self._pacing, self._settings, _SUCCESSES | accept)
        answer = await exchange.run(request, self._source)
        if answer.status == _NOT_MODIFIED and is_conditional:
            return Response(answer.url, answer.status, Headers(answer.headers), b"", is_not_modified=True)
        if answer.status not in _SUCCESSES | accept:
            raise self._fault(answer)
        return Response(answer.url, answer.status, Headers(answer.headers), answer.body)

    def _fault(self, answer: Answer) -> SourceError:
        wait = parse_wait(Headers(answer.headers), self._now())
        if answer.status == _TOO_MANY:
            wait = wait or UNSTATED_WAIT
        if wait and (wait > SHORT_WAIT or answer.status == _TOO_MANY):
            self._pacing.close(answer.host, wait)
        said = f"{answer.host} answered {answer.status}{_phrase(answer.status)}"
        if answer.status in _REFUSALS:
            return self._refusal(said, wait)
        if answer.status in _TROUBLES:
            return SourceUnavailable(self._source, f"{said}; {UNTOUCHED}", retry_after=wait)
        return SourceChanged(self._source, f"{said}, which is not what this address used to answer")

    def _refusal(self, said: str, wait: timedelta | None) -> SourceRefused:
        then = f"it will not be asked again for {say_wait(wait)}" if wait else UNTOUCHED
        return SourceRefused(self._source, f"{said}; {then}", retry_after=wait)


def _phrase(status: int) -> str:
    """Say what the status means in the standard's words; the server's own are not ours to repeat."""
    try:
        return f" ({HTTPStatus(status).phrase.lower()})"
    except ValueError:
        return ""


def may_retry(error: Exception) -> bool | timedelta:
    """Say whether asking again at once makes sense, or after which short wait."""
    if not isinstance(error, SourceUnavailable):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= SHORT_WAIT else False


def say_wait(wait: timedelta) -> str:
    """Say a wait in words: `42 seconds`, `15 minutes`, `3 hours`."""
    seconds = max(1, round(wait.total_seconds()))
    for name, size in (("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {name}s"
    return f"{seconds} second{'s' if seconds > 1 else ''}"


def user_agent(contact: str) -> str:
    """Say honestly who is asking and whom to write to."""
    try:
        name = f"{PACKAGE}/{version(PACKAGE)}"
    except PackageNotFoundError:  # run from a folder, not installed
        name = PACKAGE
    printable = "".join(char for char in contact if " " <= char <= "~" and char not in "()\\").strip()
    return f"{name} (+{printable})" if printable else name
