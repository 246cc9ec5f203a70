"""Unsubscribing: a page that asks, and a POST that acts, from the page's buttons or from a mail provider (RFC 8058).

The link works for ever, and can only make mails fewer. Whatever a provider posts, and however often, is answered alike,
also for somebody who has been erased since.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.pipeline.leaving import Fewer, Leaver, find_leaver, find_recent, leave, list_fewer, take_fewer
from digest.rendering.leaving import name_place, name_places, say_when
from digest.web.farewell import Farewell, read_button
from digest.web.pages import BAD_REQUEST, BadForm, Pages
from digest.web.readers import Readers
from subscribers.db import Database
from subscribers.tokens import Purpose, TokenSubject

LEAVE, EVERYTHING = "leave", "everything"
OFFERS: Final = {
    Fewer.WEEKLY: ("One digest a week", "On Mondays, with what came in the week."),
    Fewer.ALERTS: ("Only alerts", "No digest; a message when somebody you follow has a new paper."),
    Fewer.TWO_WEEKS: ("Pause for two weeks", "Then one digest with what came meanwhile."),
    Fewer.MONTH: ("Pause for a month", "Then one digest with what came meanwhile."),
}


class Leaving:
    """Answers unsubscribe links. A token names one channel and works for ever; without keys every token is unknown."""

    def __init__(self, database: Database, readers: Readers, clock: Callable[[], datetime], farewell: Farewell) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock
        self._farewell = farewell
        self._pages: Pages = farewell.pages

    async def ask(self, request: Request) -> Response:
        """Show a page with one main button. Link scanners open every link, so this changes nothing."""
        subject = self._read(request)
        if subject is None:
            return self._pages.unknown()
        leaver = await asyncio.to_thread(self._find, subject)
        return self._farewell.gone() if leaver is None else self._ask(leaver)

    async def leave(self, request: Request) -> Response:
        """Close the channel at once, or do what another button says."""
        subject = self._read(request)
        if subject is None:
            return self._pages.unknown()
        try:
            button = await read_button(request)
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        return await asyncio.to_thread(self._act, subject, button)

    def _act(self, subject: TokenSubject, button: str) -> Response:
        if not button:
            leave(self._database, self._clock(), subject)
            return self._farewell.gone()
        if button in (LEAVE, EVERYTHING):
            return self._leave(subject, everything=button == EVERYTHING)
        return self._lessen(subject, Fewer(button)) if button in list(Fewer) else self._farewell.puzzled()

    def _leave(self, subject: TokenSubject, *, everything: bool) -> Response:
        leaver, now = self._find(subject), self._clock()
        left = leave(self._database, now, subject, everything=everything)
        # Whoever clicks twice sees the second answer.
        left_at = left.at or find_recent(self._database, now, subject)
        if left_at is None:
            return self._farewell.gone()
        still = name_places(leaver.others) if leaver and not everything and leaver.others else ""
        return self._farewell.say(subject, left_at, still=still)

    def _lessen(self, subject: TokenSubject, wanted: Fewer) -> Response:
        if not take_fewer(self._database, self._clock(), subject, wanted):
            return self._pages.say(
                "Nothing was changed",
                "You get no more than that already, or this address has been unsubscribed.",
                status=BAD_REQUEST,
            )
        leaver = self._find(subject)
        return self._pages.say("You get fewer mails", *_say_fewer(leaver, wanted))

    def _ask(self, leaver: Leaver) -> Response:
        offers = [(each.value, *OFFERS[each]) for each in list_fewer(leaver, self._clock())]
        return self._pages.show(
            "unsubscribe.html",
            heading="Unsubscribe",
            place=name_place(leaver.channel.kind, leaver.channel.address),
            others=name_places(leaver.others),
            offers=offers,
        )

    def _read(self, request: Request) -> TokenSubject | None:
        return self._readers.read(Purpose.UNSUBSCRIBE, request.path_params["token"])

    def _find(self, subject: TokenSubject) -> Leaver | None:
        with self._database.reading() as session:
            return find_leaver(session, subject)


def _say_fewer(leaver: Leaver | None, wanted: Fewer) -> tuple[str, ...]:
    """Say what was changed and what comes next."""
    back = "To change that, use the link to your preferences in any mail of ours."
    if leaver is None:
        return (back,)
    schedule = leaver.channel.schedule
    if wanted is Fewer.ALERTS:
        return ("There is no digest any more. You hear from us when somebody you follow has a new paper.", back)
    if wanted is Fewer.WEEKLY:
        return (f"The next digest comes on {say_when(leaver.channel.next_due_at, schedule.timezone)}.", back)
    until = leaver.view.paused_until
    when = f" until {say_when(until, schedule.timezone)}" if until else ""
    return (f"Nothing is sent to you{when}. Then one digest tells what came meanwhile.", back)
