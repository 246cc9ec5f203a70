"""One request and its answer: redirects followed by hand, raw bytes counted, one deadline over all of it."""

import asyncio
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from digest.sources.http.guard import Forbidden, Guard, host_of
from digest.sources.http.inflation import Damaged, Inflater, TooLarge, UnknownEncoding
from digest.sources.http.pacing import LONGEST_QUEUE, Closed, Crowded, Pacing
from digest.sources.http.wording import UNTOUCHED, say_closed, say_trouble

MAX_REDIRECTS: Final = 5

# All that follows a redirect to another host. What a caller adds besides may be a key, whatever its name.
_FOLLOWING: Final = frozenset(
    {"host", "user-agent", "accept", "accept-encoding", "accept-language", "connection"}
    | {"content-type", "content-length", "transfer-encoding", "if-none-match", "if-modified-since"}
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large an answer may be, and the statuses whose body is read."""

    timeout: timedelta
    max_bytes: int
    wanted: frozenset[int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is read and decoded only for the statuses asked for."""

    url: str
    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class _Hop:
    """One answer, what it redirects to, and the seconds it took."""

    answer: Answer
    following: httpx.Request | None
    took: float


class Exchange:
    """Runs requests: guarded, in turn, and under limits."""

    def __init__(self, client: httpx.AsyncClient, pacing: Pacing, guard: Guard, limits: Limits) -> None:
        self._client = client
        self._pacing = pacing
        self._guard = guard
        self._limits = limits

    async def run(self, request: httpx.Request, source: str) -> Answer:
        """Send, follow redirects, read. Raises SourceUnavailable, SourceRefused or SourceChanged."""
        host = request.url.host
        try:
            return await self._follow(request, source)
        except TimeoutError as error:
            said = f"{host} did not answer within {self._limits.timeout.total_seconds():g} seconds"
            raise SourceUnavailable(source, f"{said}; {UNTOUCHED}") from error
        except (TooLarge, Damaged, UnknownEncoding) as error:
            raise _body_fault(source, host, error) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise SourceChanged(source, f"{host} redirects to something that is no address") from error
        except (httpx.HTTPError, httpx.StreamError, ssl.SSLError, OSError) as error:
            raise SourceUnavailable(source, f"{host} {say_trouble(error)}; {UNTOUCHED}") from error

    async def _follow(self, request: httpx.Request, source: str) -> Answer:
        left = self._limits.timeout.total_seconds()
        asked = request
        for _ in range(MAX_REDIRECTS + 1):
            try:
                hop = await self._take_turn(asked, left)
            except Forbidden as error:
                where = "" if asked is request else f"{request.url.host} redirects to where nothing is fetched: "
                raise SourceChanged(source, f"{where}{error}") from error
            except (Closed, Crowded) as error:
                raise _turn_fault(source, host_of(asked.url), error) from error
            left -= hop.took
            if hop.following is None:
                return hop.answer
            asked = hop.following
        raise SourceChanged(source, f"{request.url.host} redirects more than {MAX_REDIRECTS} times")

    async def _take_turn(self, request: httpx.Request, left: float) -> _Hop:
        """Ask once, when it is our turn. The waiting for it does not count: the deadline is about the server."""
        self._guard.check(request.url)
        async with self._pacing.turn(host_of(request.url), self._limits.timeout):
            started = time.monotonic()
            async with asyncio.timeout(left):
                answer, following = await self._send(request)
            return _Hop(answer, following, time.monotonic() - started)

    async def _send(self, request: httpx.Request) -> tuple[Answer, httpx.Request | None]:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        following = response.next_request
        try:
            is_wanted = following is None and response.status_code in self._limits.wanted
            body = await self._read(response) if is_wanted else b""
        finally:
            await response.aclose()
        if following and not _is_same_place(request.url, following.url):
            _drop_secrets(following)
        answer = Answer(str(request.url), host_of(request.url), response.status_code, response.headers, body)
        return answer, following

    async def _read(self, response: httpx.Response) -> bytes:
        inflater = Inflater(response.headers.get("content-encoding", ""), self._limits.max_bytes)
        pieces = [inflater.feed(chunk) async for chunk in response.aiter_raw()]
        inflater.finish()
        return b"".join(pieces)


def _is_same_place(old: httpx.URL, new: httpx.URL) -> bool:
    """Whether what was meant for one address may go to the other: the same host, and never from https to http."""
    if host_of(old) != host_of(new):
        return False
    is_upgrade = (old.scheme, new.scheme) == ("http", "https") and old.port is None and new.port is None
    return is_upgrade or (old.scheme, old.port) == (new.scheme, new.port)


def _drop_secrets(request: httpx.Request) -> None:
    for name in set(request.headers) - _FOLLOWING:
        del request.headers[name]


def _turn_fault(source: str, host: str, error: Closed | Crowded) -> SourceError:
    if isinstance(error, Closed):
        return SourceRefused(source, say_closed(f"{host} asked us to wait", error.wait), retry_after=error.wait)
    said = f"another process of ours was asking {host} all the time; {UNTOUCHED}"
    return SourceUnavailable(source, said, retry_after=LONGEST_QUEUE)


def _body_fault(source: str, host: str, error: ValueError) -> SourceError:
    # A broken body may come whole next time; the others will not change by themselves.
    if isinstance(error, TooLarge):
        return SourceChanged(source, f"{host} sent {error}, which is more than is accepted (DIGEST_HTTP__MAX_BYTES)")
    if isinstance(error, UnknownEncoding):
        return SourceChanged(source, f"{host} sent {error}")
    return SourceUnavailable(source, f"{host} sent {error}; {UNTOUCHED}")
