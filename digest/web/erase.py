"""Being forgotten: a page that says plainly what goes and what is kept, and a button behind a box to tick."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from digest.pipeline.erasing import forget
from digest.settings import Settings
from digest.web.owners import Owners
from digest.web.pages import BAD_REQUEST, OK, BadForm, Pages, read_form
from subscribers.addresses import EMAIL, is_given_up
from subscribers.db import Database
from subscribers.model import SubscriberView, UnknownSubscriber

BOX, TICKED = "sure", "yes"


class Erase:
    """Answers the page and the button. Afterwards the link is one of nobody's."""

    def __init__(self, database: Database, owners: Owners, clock: Callable[[], datetime], settings: Settings) -> None:
        self._database = database
        self._owners = owners
        self._clock = clock
        self._key = settings.secret_key.get_secret_value()
        self._pages = Pages(settings.title)

    async def ask(self, request: Request) -> Response:
        """Say what would be deleted; opening the page deletes nothing."""
        view = await self._owners.find(request.path_params["token"])
        return self._pages.unknown() if view is None else self._ask(view)

    async def act(self, request: Request) -> Response:
        """Delete everything, if the box is ticked."""
        view = await self._owners.find(request.path_params["token"])
        if view is None:
            return self._pages.unknown()
        try:
            form = await read_form(request)
        except BadForm as error:
            return self._pages.say("Nothing was deleted", str(error), status=error.status)
        if form.get(BOX, [""])[-1] != TICKED:
            return self._ask(view, is_unticked=True)
        return await asyncio.to_thread(self._forget, view)

    def _forget(self, view: SubscriberView) -> Response:
        try:
            forget(self._database, self._clock(), view.id, key=self._key)
        except UnknownSubscriber:  # by another click, a moment ago
            return self._pages.unknown()
        return self._pages.say(
            "You are forgotten",
            "Everything about you has been deleted. This page is the last you hear from us, unless a message was just "
            "on its way.",
            "All links in our mails to you have stopped working, but for those to unsubscribe, which have nothing left "
            "to do.",
            "You are welcome to subscribe again at any time; we will ask for a confirmation, as the first time.",
        )

    def _ask(self, view: SubscriberView, *, is_unticked: bool = False) -> Response:
        channels = [(channel.kind, channel.address) for channel in view.channels if not is_given_up(channel.address)]
        return self._pages.show(
            "erase.html",
            BAD_REQUEST if is_unticked else OK,
            heading="Delete everything about you",
            name=view.name,
            channels=channels,
            has_mail=any(kind == EMAIL for kind, _ in channels),
            is_unticked=is_unticked,
        )
