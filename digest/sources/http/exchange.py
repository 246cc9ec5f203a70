"""One request and its answer: redirects followed by hand, raw bytes counted, one deadline over all of it."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from digest.errors import SourceChanged, SourceError, SourceUnavailable
from digest.settings import HttpSettings
from digest.sources.http.inflation import Damaged, Inflater, TooLarge, UnknownEncoding
from digest.sources.http.pacing import Pacing

MAX_REDIRECTS: Final = 5
SCHEMES: Final = frozenset({"http", "https"})
UNTOUCHED: Final = "what is stored is kept and the next run tries again"

# The first that fits is said; anything else httpx or TLS raises “could not be read”.
_TROUBLES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpx.ConnectTimeout, "did not let us connect in time"),
    (httpx.TimeoutException, "did not answer in time"),
    (httpx.ConnectError, "could not be reached"),
    (httpx.ProxyError, "could not be reached through the proxy"),
    (httpx.RemoteProtocolError, "broke off its answer"),
    (httpx.NetworkError, "broke off its answer"),
    (httpx.UnsupportedProtocol, "is not at a web address"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is read and decoded only for the statuses asked for."""

    url: str
    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Exchange:
    """Runs requests under the limits of the settings. `wanted` are the statuses whose body is read."""

    def __init__(
        self, client: httpx.AsyncClient, pacing: Pacing, settings: HttpSettings, wanted: frozenset[int]
    ) -> None:
        self._client = client
        self._pacing = pacing
        self._settings = settings
        self._wanted = wanted

    async def run(self, request: httpx.Request, source: str) -> Answer:
        """Send, follow redirects, read. Raises SourceUnavailable or SourceChanged."""
        try:
            return await self._follow(request, source)
        except TimeoutError as error:
            said = f"{request.url.host} did not answer within {self._settings.timeout.total_seconds():g} seconds"
            raise SourceUnavailable(source, f"{said}; {UNTOUCHED}") from error
        except (TooLarge, Damaged, UnknownEncoding) as error:
            raise _body_fault(source, request.url.host, error) from error
        except httpx.InvalidURL as error:
            raise SourceChanged(source, f"{request.url.host} redirects to something that is no address") from error
        except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError) as error:
            raise SourceUnavailable(source, f"{request.url.host} {_say(error)}; {UNTOUCHED}") from error

    async def _follow(self, request: httpx.Request, source: str) -> Answer:
        left = self._settings.timeout.total_seconds()
        following: httpx.Request | None = request
        for _ in range(MAX_REDIRECTS + 1):
            assert following is not None
            if following.url.scheme not in SCHEMES:
                raise SourceChanged(source, f"{request.url.host} redirects to a {following.url.scheme}: address")
            # Waiting for one's turn does not count: the deadline is about the server.
            async with self._pacing.turn(following.url.host):
                started = time.monotonic()
                async with asyncio.timeout(left):
                    answer, following = await self._hop(following)
                left -= time.monotonic() - started
            if following is None:
                return answer
        raise SourceChanged(source, f"{request.url.host} redirects more than {MAX_REDIRECTS} times")

    async def _hop(self, request: httpx.Request) -> tuple[Answer, httpx.Request | None]:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            is_wanted = response.next_request is None and response.status_code in self._wanted
            body = await self._read(response) if is_wanted else b""
        finally:
            await response.aclose()
        answer = Answer(str(request.url), request.url.host, response.status_code, response.headers, body)
        return answer, response.next_request

    async def _read(self, response: httpx.Response) -> bytes:
        inflater = Inflater(response.headers.get("content-encoding", ""), self._settings.max_bytes)
        pieces = [inflater.feed(chunk) async for chunk in response.aiter_raw()]
        inflater.finish()
        return b"".join(pieces)


def _body_fault(source: str, host: str, error: ValueError) -> SourceError:
    # A broken body may come whole next time; the others will not change by themselves.
    if isinstance(error, TooLarge):
        return SourceChanged(source, f"{host} sent {error}, which is more than is accepted (DIGEST_HTTP__MAX_BYTES)")
    if isinstance(error, UnknownEncoding):
        return SourceChanged(source, f"{host} sent {error}")
    return SourceUnavailable(source, f"{host} sent {error}; {UNTOUCHED}")


def _say(error: Exception) -> str:
    what = next((words for kind, words in _TROUBLES if isinstance(error, kind)), "could not be read")
    why = " ".join(str(error).split())[:160]
    return f"{what} ({why})" if why else what
