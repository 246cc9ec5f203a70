"""Everything that is held about a reader, as a JSON file."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from digest.pipeline.exporting import write_everything
from digest.settings import Settings
from digest.web.owners import Owners
from digest.web.pages import HEADERS, PRIVATE, Pages
from subscribers.db import Database
from subscribers.model import SubscriberView, UnknownSubscriber
from subscribers.store.counts import count_up

MOST: Final = 10  # files for one reader in an hour
WINDOW: Final = timedelta(hours=1)
TOO_MANY: Final = 429
FILE_NAME: Final = "paper-digest-data.json"
_SCOPE: Final = "export"
_JSON: Final = "application/json"
_HEADERS: Final = {**HEADERS, **PRIVATE, "Content-Disposition": f'attachment; filename="{FILE_NAME}"'}


class Export:
    """Answers with the file; nobody but whose data it is gets it."""

    def __init__(self, database: Database, owners: Owners, clock: Callable[[], datetime], settings: Settings) -> None:
        self._database = database
        self._owners = owners
        self._clock = clock
        self._key = settings.secret_key.get_secret_value()
        self._pages = Pages(settings.title)

    async def give(self, request: Request) -> Response:
        """Give everything, so many times an hour. A HEAD reads nothing and counts for nothing."""
        view = await self._owners.find(request.path_params["token"])
        if view is None:
            return self._pages.unknown()
        if request.method == "HEAD":
            return Response(headers=_HEADERS, media_type=_JSON)
        return await asyncio.to_thread(self._give, view)

    def _give(self, view: SubscriberView) -> Response:
        with self._database.writing() as session:
            count = count_up(session, _SCOPE, str(view.id), WINDOW, self._clock())
        if count > MOST:
            return self._pages.say(
                "Not so often, please",
                f"Your data can be fetched {MOST} times an hour. Try again in an hour.",
                status=TOO_MANY,
            )
        try:
            text = write_everything(self._database, view, self._key)
        except UnknownSubscriber:  # erased at this very moment
            return self._pages.unknown()
        return StreamingResponse(text, headers=_HEADERS, media_type=_JSON)  # which reads on in other threads
