"""Acts: lets all processes on one database take turns, at hosts and at tasks. `storage.lanes` decides whose it is."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Final

from digest.sources.http.pacing import Closed
from digest.storage import lanes
from subscribers.db import Database
from subscribers.faults import DatabaseBusy, DatabaseUnavailable

BUSY: Final = timedelta(seconds=1)
# How long a task may take. What a killed process was at is left alone for so long; what takes longer may come twice.
TASK_LEASE: Final = timedelta(minutes=15)
_NO_PAUSE: Final = timedelta()


class SharedTurns:
    """Turns over the database. Each of these is a holder of its own, and holds a lane once at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = uuid.uuid4().hex

    async def claim(self, lane: str, host: str, pause: timedelta, lease: timedelta) -> timedelta:
        """Try to take a lane; give how long to wait before trying again, zero if it is ours. Raises Closed."""
        claiming = asyncio.ensure_future(asyncio.to_thread(self._claim, lane, host, pause, lease))
        try:
            claim = await asyncio.shield(claiming)
        except DatabaseBusy:  # somebody writes for long: a reason to wait, not to give a source up
            return BUSY
        except asyncio.CancelledError:  # but the thread goes on, and nobody would give back what it takes
            with suppress(DatabaseUnavailable):
                if not (await claiming).wait:
                    await self.release(lane, pause)
            raise
        if claim.is_closed:
            raise Closed(claim.wait)
        return claim.wait

    async def release(self, lane: str, pause: timedelta) -> None:
        """Give the lane back. Where the database is busy for too long the lease ends by itself."""
        try:
            await asyncio.shield(asyncio.to_thread(self._release, lane, pause))
        except DatabaseBusy:
            return

    async def close(self, host: str, wait: timedelta) -> None:
        """Let nobody ask the host for a while. Where the database is busy this process alone remembers it."""
        try:
            await asyncio.to_thread(self._close, host, wait)
        except DatabaseBusy:
            return

    @asynccontextmanager
    async def hold(self, task: str) -> AsyncIterator[bool]:
        """Take it upon this process to do a task; False if another one is at it, or the database is busy."""
        is_ours = not await self.claim(task, task, _NO_PAUSE, TASK_LEASE)
        try:
            yield is_ours
        finally:
            if is_ours:
                await self.release(task, _NO_PAUSE)

    def _claim(self, lane: str, host: str, pause: timedelta, lease: timedelta) -> lanes.Claim:
        with self._database.writing() as session:
            if closed := lanes.find_closure(session, host):
                return lanes.Claim(closed, is_closed=True)
            return lanes.claim_lane(session, lane, self._holder, pause, lease)

    def _release(self, lane: str, pause: timedelta) -> None:
        with self._database.writing() as session:
            lanes.release_lane(session, lane, self._holder, pause)

    def _close(self, host: str, wait: timedelta) -> None:
        with self._database.writing() as session:
            lanes.close_host(session, host, wait)
