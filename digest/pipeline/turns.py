"""Acts: lets all processes on one database take turns at a host. When to ask is decided in `storage.lanes`."""

import asyncio
import uuid
from datetime import timedelta
from typing import Final

from digest.sources.http.pacing import Closed
from digest.storage import lanes
from subscribers.db import Database
from subscribers.faults import DatabaseBusy

BUSY: Final = timedelta(seconds=1)


class SharedTurns:
    """Turns over the database. Each of these is a holder of its own, and holds a lane once at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._holder = uuid.uuid4().hex

    async def claim(self, lane: str, host: str, pause: timedelta, lease: timedelta) -> timedelta:
        """Try to take a lane; give how long to wait before trying again, zero if it is ours. Raises Closed."""
        try:
            claim = await asyncio.to_thread(self._claim, lane, host, pause, lease)
        except DatabaseBusy:  # somebody writes for long: a reason to wait, not to give a source up
            return BUSY
        if claim.is_closed:
            raise Closed(claim.wait)
        return claim.wait

    async def release(self, lane: str, pause: timedelta) -> None:
        """Give the lane back. Where the database is busy for too long the lease ends by itself."""
        try:
            await asyncio.to_thread(self._release, lane, pause)
        except DatabaseBusy:
            return

    async def close(self, host: str, wait: timedelta) -> None:
        """Let nobody ask the host for a while. Where the database is busy this process alone remembers it."""
        try:
            await asyncio.to_thread(self._close, host, wait)
        except DatabaseBusy:
            return

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
