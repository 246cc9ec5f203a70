"""Whose turn it is: one request at a time to hosts that ask for it, a pause between two, silence after a refusal."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

Sleep = Callable[[float], Awaitable[None]]

# "no more than one request every three seconds, and limit requests to a single connection at a time", over RSS, OAI-PMH
# and the search API together: https://info.arxiv.org/help/api/tou.html
PACE: Final[Mapping[str, timedelta]] = {"arxiv.org": timedelta(seconds=3)}


@dataclass(slots=True)
class _Lane:
    pause: float = 0.0
    free_at: float = 0.0
    closed_until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Pacing:
    """Hands out turns per host. A pace given for `arxiv.org` holds for all its subdomains together."""

    def __init__(self, pace: Mapping[str, timedelta], sleep: Sleep) -> None:
        self._pace = pace
        self._sleep = sleep
        self._lanes: defaultdict[str, _Lane] = defaultdict(_Lane)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for this host's turn and hold it. Hosts without a pace are not held back."""
        lane = self._lane(host)
        if not lane.pause:
            yield
            return
        async with lane.lock:
            if (wait := lane.free_at - time.monotonic()) > 0:
                await self._sleep(wait)
            try:
                yield
            finally:
                lane.free_at = time.monotonic() + lane.pause

    def close(self, host: str, wait: timedelta) -> None:
        """Remember that the host wants no request for a while."""
        lane = self._lane(host)
        lane.closed_until = max(lane.closed_until, time.monotonic() + wait.total_seconds())

    def find_closure(self, host: str) -> timedelta | None:
        """Give how long the host still wants no request, or None if it may be asked."""
        left = self._lane(host).closed_until - time.monotonic()
        return timedelta(seconds=left) if left > 0 else None

    def _lane(self, host: str) -> _Lane:
        shared = next((known for known in self._pace if host == known or host.endswith(f".{known}")), None)
        lane = self._lanes[shared or host]
        lane.pause = self._pace[shared].total_seconds() if shared else 0.0
        return lane
