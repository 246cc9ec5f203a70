"""Stopping the alerts of one channel: what the unsubscribe link of an alert leads to. The digest goes on."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from digest.pipeline.leaving import Leaver, find_leaver, find_recent, stop_alerts
from digest.rendering.leaving import name_place
from digest.web.farewell import Farewell, read_button
from digest.web.pages import BadForm, Pages
from digest.web.readers import Readers
from subscribers.db import Database
from subscribers.model import Cadence
from subscribers.tokens import Purpose, TokenSubject

STOP = "stop"


class Stopping:
    """Answers the links by which alerts are stopped. They work for ever, and only stop alerts."""

    def __init__(self, database: Database, readers: Readers, clock: Callable[[], datetime], farewell: Farewell) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock
        self._farewell = farewell
        self._pages: Pages = farewell.pages

    async def ask(self, request: Request) -> Response:
        """Show the button, and the way to leave altogether; opening the link changes nothing."""
        subject = self._read(request)
        if subject is None:
            return self._pages.unknown()
        leaver = await asyncio.to_thread(self._find, subject)
        if leaver is None or not _gets_alerts(leaver):
            return self._gone()
        return self._pages.show(
            "stop_alerts.html",
            heading="No more alerts?",
            place=name_place(leaver.channel.kind, leaver.channel.address),
            has_digest=leaver.channel.schedule.cadence is not Cadence.ALERTS,
            leave=self._readers.sign(Purpose.UNSUBSCRIBE, subject),
        )

    async def stop(self, request: Request) -> Response:
        """Stop the alerts at once: the same answer however often a provider asks."""
        subject = self._read(request)
        if subject is None:
            return self._pages.unknown()
        try:
            button = await read_button(request)
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        return await asyncio.to_thread(self._act, subject, button)

    def _act(self, subject: TokenSubject, button: str) -> Response:
        if button not in ("", STOP):
            return self._farewell.puzzled()
        left = stop_alerts(self._database, self._clock(), subject)
        if not button:
            return self._gone()
        left_at = left.at or find_recent(self._database, self._clock(), subject)
        return self._gone() if left_at is None else self._farewell.say(subject, left_at, is_of_alerts=True)

    def _read(self, request: Request) -> TokenSubject | None:
        return self._readers.read(Purpose.STOP_ALERTS, request.path_params["token"])

    def _find(self, subject: TokenSubject) -> Leaver | None:
        with self._database.reading() as session:
            return find_leaver(session, subject)

    def _gone(self) -> Response:
        return self._pages.say(
            "No more alerts",
            "No further alert will be sent to this address.",
            "It may take a minute if one is just on its way.",
        )


def _gets_alerts(leaver: Leaver) -> bool:
    return leaver.channel.takes_alerts or leaver.channel.schedule.cadence is Cadence.ALERTS
