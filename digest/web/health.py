"""Whether the service works, for a monitor: 200 while the database answers, 503 when not. No numbers, no names."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable

RETRY_AFTER = "60"  # seconds


class Health:
    """Answers monitors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def show(self, _request: Request) -> Response:
        """Say `ok`, or why not, without any detail that a stranger should not see."""
        try:
            await asyncio.to_thread(self._database.check)
        except DatabaseUnavailable:
            return JSONResponse({"status": "database unavailable"}, 503, headers={"Retry-After": RETRY_AFTER})
        return JSONResponse({"status": "ok"})
