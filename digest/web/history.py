"""Looking back: the last digests and alerts of a reader, and each with its papers as they were sent."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from digest.pipeline.history import list_editions, open_edition
from digest.web.owners import Owners, read_number
from digest.web.pages import NOT_FOUND, Pages
from subscribers.db import Database


class History:
    """Answers the pages of past editions; nobody but their reader gets at them."""

    def __init__(self, database: Database, owners: Owners, title: str) -> None:
        self._database = database
        self._owners = owners
        self._title = title
        self._pages = Pages(title)

    async def list(self, request: Request) -> Response:
        """Show a page of what was sent, newest first."""
        view = await self._owners.find(request.path_params["token"])
        if view is None:
            return self._pages.unknown()
        before = read_number(request.query_params.get("before", ""))
        page = await asyncio.to_thread(list_editions, self._database, view.id, before)
        return self._pages.show(
            "editions.html",
            heading="What you were sent",
            token=request.path_params["token"],
            page=page,
            is_first=before is None,
        )

    async def open(self, request: Request) -> Response:
        """Show one digest or alert with its papers."""
        view = await self._owners.find(request.path_params["token"])
        if view is None:
            return self._pages.unknown()
        number = read_number(request.path_params["number"])
        opened = None
        if number is not None:
            opened = await asyncio.to_thread(open_edition, self._database, self._title, view.id, number)
        if opened is None:
            return self._pages.say(
                "There is no such digest",
                "It is not one of yours, or has been deleted.",
                status=NOT_FOUND,
            )
        return self._pages.show("edition.html", heading=opened.line.heading, opened=opened)
