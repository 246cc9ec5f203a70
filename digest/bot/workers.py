"""Threads for database work, so that nothing else waits for it; what reads many papers has one of its own."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from subscribers.faults import DatabaseBusy

# Threads of our own: a slow database must not take those from which the loop looks up host names, or serves pages.
QUICK: Final = 4
ATTEMPTS: Final = 3  # while another transaction is in the way, which is waited for each time

Result = TypeVar("Result")


class Workers:
    """Runs what waits for the database. Slow work is done one after another, and holds up no quick work."""

    def __init__(self) -> None:
        self._quick = ThreadPoolExecutor(QUICK, thread_name_prefix="bot")
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="bot-slow")

    async def run(self, act: Callable[[], Result], *, is_slow: bool = False) -> Result:
        """Give what an act gives; it is tried again if another transaction was in the way.

        The language that is spoken goes along.
        """
        loop, threads = asyncio.get_running_loop(), self._slow if is_slow else self._quick
        for _ in range(ATTEMPTS - 1):
            try:
                return await loop.run_in_executor(threads, contextvars.copy_context().run, act)
            except DatabaseBusy:
                continue
        return await loop.run_in_executor(threads, contextvars.copy_context().run, act)

    def shut_down(self) -> None:
        """Begin nothing new, and wait for nothing."""
        for threads in (self._quick, self._slow):
            threads.shutdown(wait=False, cancel_futures=True)
