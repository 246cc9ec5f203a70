"""The one HTTP client: polite, guarded, bounded, and with one clear sentence for everything that can go wrong.

It never logs. httpx itself logs every full URL at INFO; silencing the loggers `httpx` and `httpcore` is up to whoever
configures logging.
"""

import asyncio
import copy
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Self

import httpx
import stamina

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from digest.settings import HttpSettings
from digest.sources.http.exchange import Answer, Exchange, Limits
from digest.sources.http.guard import SCHEMES, Guard, Resolver, resolve
from digest.sources.http.pacing import PACE, OwnTurns, Pacing, Sleep, Turns
from digest.sources.http.response import Headers, Response
from digest.sources.http.retry_after import parse_wait
from digest.sources.http.transport import GuardedTransport
from digest.sources.http.wording import UNTOUCHED, say_closed, say_status, say_wait

__all__ = ["Headers", "Http", "Response", "find_mail_address", "may_retry", "say_wait", "user_agent"]

PACKAGE: Final = "daily-paper-digest"

# A stated wait up to this is sat out within one fetch; a longer one ends the run and is handed to the caller.
SHORT_WAIT: Final = timedelta(seconds=10)
# arXiv says 429 without a Retry-After when all of it is busy, for minutes to hours: see docs/sources.md.
UNSTATED_WAIT: Final = timedelta(minutes=15)

_NOT_MODIFIED: Final = 304
_TOO_MANY: Final = 429
_REFUSALS: Final = frozenset({401, 403, _TOO_MANY})
_TROUBLES: Final = frozenset({408, 425, *range(500, 600)})
_SUCCESSES: Final = frozenset(range(200, 300))

_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


class Http:
    """Asks servers. Open it with `async with`, and ask through `named(source)`, so that errors name the source.

    `turns` are shared by all processes that ask the same hosts; without any, this process takes itself to be alone.
    """

    def __init__(
        self,
        settings: HttpSettings,
        *,
        pace: Mapping[str, timedelta] = PACE,
        turns: Turns | None = None,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], datetime] = utc_now,
        resolver: Resolver = resolve,
    ) -> None:
        self._settings = settings
        self._guard = Guard(settings.allowed_hosts, resolver)
        self._pacing = Pacing(pace, sleep, turns or OwnTurns(), self._guard.is_own)
        self._now = now
        self._source = "http"
        self._client = httpx.AsyncClient(
            headers={"User-Agent": user_agent(settings.contact), "Accept-Encoding": "gzip, deflate"},
            timeout=settings.timeout.total_seconds(),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # nobody tracks an operator through us
            transport=GuardedTransport(self._guard, settings.proxy.get_secret_value()),
            trust_env=False,  # neither proxies nor passwords (.netrc) that nobody gave us
        )

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close every connection."""
        await self._client.aclose()

    @property
    def contact_address(self) -> str | None:
        """Give the mail address among the contact, for services that want `mailto=`; None if it is a web page."""
        return find_mail_address(self._settings.contact)

    def named(self, source: str) -> "Http":
        """Give the same client, whose errors are about this source."""
        view = copy.copy(self)
        view._source = source  # noqa: SLF001 -- it is a copy of ourselves
        return view

    async def get(  # noqa: PLR0913 -- each is one line of the request, and most calls give one or two
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: frozenset[int] = frozenset(),
        max_bytes: int | None = None,
    ) -> Response:
        """Fetch one URL. Raises SourceUnavailable, SourceRefused or SourceChanged, nothing else.

        Unanswered requests and 5xx are tried again. A status that is no success raises, unless it is in `accept`:
        some servers explain a 400 in the format one came for. `max_bytes` lowers the limit of the settings. Headers
        given here, such as keys, do not follow a redirect to another host.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        stated = {name: value for name, value in conditions.items() if value}
        request = self._build_request("GET", url, params, {**(headers or {}), **stated})
        return await self._ask(request, self._limits(accept, max_bytes), is_conditional=bool(stated))

    async def post(
        self,
        url: str,
        *,
        json: object,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> Response:
        """Look something up by POST: like `get`, and tried again like it. For questions only; it may come twice."""
        request = self._build_request("POST", url, params, headers or {}, json)
        return await self._ask(request, self._limits(accept, None), is_conditional=False)

    def _limits(self, accept: frozenset[int], max_bytes: int | None) -> Limits:
        largest = self._settings.max_bytes
        return Limits(self._settings.timeout, min(max_bytes or largest, largest), _SUCCESSES | accept)

    def _build_request(
        self, method: str, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str], json: object = None
    ) -> httpx.Request:
        for name, value in headers.items():
            if not (value.isascii() and value.isprintable()):  # h11 would quote the value, and it may be a key
                raise SourceChanged(self._source, f"the value of {name} has characters no header may have; correct it")
        fault = SourceChanged(self._source, f"“{' '.join(url[:200].split())}” is not an address that can be fetched")
        try:
            request = self._client.build_request(method, url, params=params, headers=headers, json=json)
        except (httpx.InvalidURL, ValueError) as error:
            raise fault from error
        if request.url.scheme not in SCHEMES or not request.url.host:
            raise fault
        return request

    async def _ask(self, request: httpx.Request, limits: Limits, *, is_conditional: bool) -> Response:
        retries = stamina.retry_context(
            on=may_retry, attempts=self._settings.attempts, timeout=None, wait_initial=0.5, wait_max=5.0
        )
        async for attempt in retries:
            with attempt:
                return await self._attempt(request, limits, is_conditional=is_conditional)
        raise AssertionError  # stamina either returns or raises

    async def _attempt(self, request: httpx.Request, limits: Limits, *, is_conditional: bool) -> Response:
        exchange = Exchange(self._client, self._pacing, self._guard, limits)
        answer = await exchange.run(request, self._source)
        if answer.status == _NOT_MODIFIED and is_conditional:
            return Response(answer.url, answer.status, Headers(answer.headers), b"", is_not_modified=True)
        if answer.status not in limits.wanted:
            raise await self._note_fault(answer)
        return Response(answer.url, answer.status, Headers(answer.headers), answer.body)

    async def _note_fault(self, answer: Answer) -> SourceError:
        """Close the host for the wait it asks for; give the error to raise."""
        wait = parse_wait(Headers(answer.headers), self._now())
        if answer.status == _TOO_MANY:
            wait = wait or UNSTATED_WAIT
        if wait and (wait > SHORT_WAIT or answer.status == _TOO_MANY):
            await self._pacing.close(answer.host, wait)
        return self._fault(answer, wait)

    def _fault(self, answer: Answer, wait: timedelta | None) -> SourceError:
        said = say_status(answer.host, answer.status)
        if answer.status in _REFUSALS:
            return SourceRefused(self._source, say_closed(said, wait), retry_after=wait)
        if answer.status in _TROUBLES:
            return SourceUnavailable(self._source, f"{said}; {UNTOUCHED}", retry_after=wait)
        return SourceChanged(self._source, f"{said}, which is not what this address used to answer")


def may_retry(error: Exception) -> bool | timedelta:
    """Say whether asking again at once makes sense, or after which short wait."""
    if not isinstance(error, SourceUnavailable):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= SHORT_WAIT else False


def user_agent(contact: str) -> str:
    """Say honestly who is asking and whom to write to."""
    try:
        name = f"{PACKAGE}/{version(PACKAGE)}"
    except PackageNotFoundError:  # run from a folder, not installed
        name = PACKAGE
    printable = "".join(char for char in contact if " " <= char <= "~" and char not in "()\\").strip()
    return f"{name} (+{printable})" if printable else name


def find_mail_address(contact: str) -> str | None:
    """Give the address of `ada@example.org`, `mailto:ada@example.org` or `Ada <ada@example.org>`; None otherwise."""
    address = parseaddr(contact.strip().removeprefix("mailto:"))[1]
    return address if _MAIL_ADDRESS.fullmatch(address) else None
