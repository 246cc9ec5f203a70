"""Whose turn it is: one request at a time to a host, a pause between two, silence after a refusal.

Within this process `Pacing` knows; over all processes, `Turns` does.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Protocol

Sleep = Callable[[float], Awaitable[None]]

ANY_HOST: Final = "*"

# The pause between two requests to a domain, all its subdomains together. Keys that are no domain: `ANY_HOST`.
PACE: Final[Mapping[str, timedelta]] = {
    # "no more than one request every three seconds, and limit requests to a single connection at a time", over RSS,
    # OAI-PMH and the search API together: https://info.arxiv.org/help/api/tou.html
    "arxiv.org": timedelta(seconds=3),
    # 1 a second with a key, a pool shared by everybody without: https://www.semanticscholar.org/product/api
    "semanticscholar.org": timedelta(seconds=1),
    # "at least one or two second between two consecutive requests": https://dblp.org/faq/1474706.html
    "dblp.org": timedelta(seconds=2),
    # 5 a second and one at a time for anonymous callers, by the headers x-rate-limit-limit and x-concurrency-limit:
    # https://www.crossref.org/documentation/retrieve-metadata/rest-api/access-and-authentication/
    "api.crossref.org": timedelta(seconds=0.35),
    # 100 a second; the daily budget is what binds: https://developers.openalex.org/api-reference/authentication
    "api.openalex.org": timedelta(seconds=0.1),
    # 8 or 24 a second, by figures of earlier versions; it states none for this one.
    "orcid.org": timedelta(seconds=0.1),
    # States none, and its site turns away whoever hurries.
    "biorxiv.org": timedelta(seconds=1),
    # States none for anonymous callers.
    "openreview.net": timedelta(seconds=1),
    # 500 calls in 5 minutes for anonymous callers: https://huggingface.co/docs/hub/rate-limits
    "huggingface.co": timedelta(seconds=0.6),
    # "make requests serially instead of concurrently", and 60 an hour for anonymous callers:
    # https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
    "api.github.com": timedelta(seconds=1),
    ANY_HOST: timedelta(seconds=1),
}
# Domains of one and the same service.
_SAME_SERVICE: Final = {"dblp.uni-trier.de": "dblp.org", "medrxiv.org": "biorxiv.org"}

LONGEST_CLOSURE: Final = timedelta(days=1)  # OpenAlex asks for up to 15 hours; more is a mistake or a joke
LONGEST_QUEUE: Final = timedelta(minutes=10)
SLACK: Final = timedelta(seconds=10)  # between a request's deadline and the end of a lease that a dead process holds


class Closed(Exception):
    """The host asked for a pause that is not over yet."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


class Crowded(Exception):
    """Other processes never let us have a turn."""


class Turns(Protocol):
    """Turns that processes share. Whoever holds a lane is the only one who asks there.

    A lane may be shared by several hosts of a service; a refusal closes the one host that spoke it.
    """

    async def claim(self, lane: str, host: str, pause: timedelta, lease: timedelta) -> timedelta:
        """Try to take a lane until the lease ends; give how long to wait before trying again, zero if it is ours.

        Raises Closed if the host is.
        """
        ...

    async def release(self, lane: str, pause: timedelta) -> None:
        """Give the lane back; it is free after the pause."""
        ...

    async def close(self, host: str, wait: timedelta) -> None:
        """Let nobody ask the host for a while."""
        ...


class OwnTurns:
    """Turns of a process that is alone: whatever `Pacing` itself allows."""

    async def claim(self, lane: str, host: str, pause: timedelta, lease: timedelta) -> timedelta:
        """Take it at once."""
        return timedelta()

    async def release(self, lane: str, pause: timedelta) -> None:
        """Do nothing."""

    async def close(self, host: str, wait: timedelta) -> None:
        """Do nothing."""


@dataclass(slots=True)
class _Lane:
    """What this process knows of a lane, in its own monotonic time: no jump of the clock shortens a pause."""

    free_at: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Pacing:
    """Hands out turns per host. `is_own` says which hosts are the operator's; `ANY_HOST` is not meant for them."""

    def __init__(
        self,
        pace: Mapping[str, timedelta],
        sleep: Sleep,
        turns: Turns,
        is_own: Callable[[str], bool] = lambda _host: False,
    ) -> None:
        self._pace = pace
        self._sleep = sleep
        self._turns = turns
        self._is_own = is_own
        self._lanes: defaultdict[str, _Lane] = defaultdict(_Lane)
        self._closed_until: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, host: str, longest: timedelta) -> AsyncIterator[None]:
        """Wait for this host's turn and hold it, not longer than said. Raises Closed or Crowded."""
        name, pause = self._find_lane(host)
        lane = self._lanes[name]
        async with lane.lock:
            await self._wait(name, _tidy(host), pause, longest + SLACK)
            try:
                yield
            finally:
                lane.free_at = time.monotonic() + pause.total_seconds()
                await self._turns.release(name, pause)

    async def close(self, host: str, wait: timedelta) -> None:
        """Remember that the host wants no request for a while."""
        host, wait = _tidy(host), min(wait, LONGEST_CLOSURE)
        until = time.monotonic() + wait.total_seconds()
        self._closed_until[host] = max(self._closed_until.get(host, 0.0), until)
        await self._turns.close(host, wait)

    async def _wait(self, name: str, host: str, pause: timedelta, lease: timedelta) -> None:
        self._raise_if_closed(host)
        if (seconds := self._lanes[name].free_at - time.monotonic()) > 0:
            await self._sleep(seconds)
            self._raise_if_closed(host)
        waited = timedelta()
        while wait := await self._turns.claim(name, host, pause, lease):
            waited += wait
            if waited > LONGEST_QUEUE:
                raise Crowded
            await self._sleep(wait.total_seconds())

    def _find_lane(self, host: str) -> tuple[str, timedelta]:
        """Give the name of the host's lane, which is the domain that has a pace or else the host, and the pause."""
        labels = _tidy(host).split(".")
        for start in range(len(labels)):
            domain = ".".join(labels[start:])
            domain = _SAME_SERVICE.get(domain, domain)
            if domain in self._pace:
                return domain, self._pace[domain]
        return ".".join(labels), timedelta() if self._is_own(host) else self._pace.get(ANY_HOST, timedelta())

    def _raise_if_closed(self, host: str) -> None:
        if (left := self._closed_until.get(host, 0.0) - time.monotonic()) > 0:
            raise Closed(timedelta(seconds=left))


def _tidy(host: str) -> str:
    return host.lower().removesuffix(".")
