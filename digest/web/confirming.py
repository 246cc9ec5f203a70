"""Confirming and cancelling what was asked for at an address: pages that ask, and POSTs that act. Without scripts.

The links are opened by scanners and previews within seconds of sending; opening them changes nothing. A link that was
never ours, has run out, was cancelled or belongs to something else leads to the same page.
"""

import asyncio
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.bootstrap import App
from digest.pipeline.confirming import Confirmed, Question, cancel, confirm, find_question, move_back
from digest.rendering.digest import long_date
from digest.rendering.leaving import name_place
from digest.rendering.text import clean, shorten
from digest.web.pages import BadForm, Pages, read_form
from digest.web.readers import Readers
from digest.web.reception import Reception
from subscribers.addresses import EMAIL
from subscribers.model import AlreadySubscribed, Cadence, ChannelView, RequestKind, UnknownRequest
from subscribers.schedule import zone_of
from subscribers.schedule_words import describe_schedule
from subscribers.tokens import Purpose, TokenSubject

CONFLICT: Final = 409
LONGEST_SHOWN: Final = 300  # characters of a topic or name

_ASKS: Final = {
    RequestKind.SIGNUP: ("Start your digest?", "Yes, send me this digest"),
    RequestKind.ADD_ADDRESS: ("Send the digest here too?", "Yes, send it here too"),
    RequestKind.MOVE_ADDRESS: ("Send the digest here instead?", "Yes, send it here"),
}
_DONE: Final = {
    RequestKind.SIGNUP: "You are subscribed",
    RequestKind.ADD_ADDRESS: "The digest comes here too",
    RequestKind.MOVE_ADDRESS: "The digest comes here now",
}


class Confirming:
    """Answers the links of confirmation mails."""

    def __init__(self, app: App, readers: Readers, reception: Reception) -> None:
        self._database = app.database
        self._clock = app.clock
        self._readers = readers
        self._reception = reception
        self._pages = Pages(app.settings.title)

    async def ask(self, request: Request) -> Response:
        """Show exactly what would be sent where, and one button; afterwards, how it stands."""
        number = self._read(request, Purpose.CONFIRM)
        if number is None:
            return self._pages.unknown()
        try:
            question = await asyncio.to_thread(find_question, self._database, self._clock(), number)
        except UnknownRequest:
            return self._pages.unknown()
        if question.done is not None:
            return self._show_done(Confirmed(question.request, question.done, is_new=False))
        return self._show_question(question)

    async def act(self, request: Request) -> Response:
        """Begin; again changes nothing and is answered alike."""
        number = self._read(request, Purpose.CONFIRM)
        if number is None:
            return self._pages.unknown()
        network = self._reception.find_network(request)
        try:
            done = await asyncio.to_thread(confirm, self._database, self._clock(), number, network)
        except UnknownRequest:
            return self._pages.unknown()
        except AlreadySubscribed:
            return self._pages.say(
                "This address belongs to another subscription",
                "It gets digests of its own, or once did, so it cannot be added here. Nothing was changed.",
                status=CONFLICT,
            )
        return self._show_done(done)

    async def ask_cancel(self, request: Request) -> Response:
        """Show one button that ends what was asked for."""
        number = self._read(request, Purpose.CANCEL)
        if number is None:
            return self._pages.unknown()
        try:
            question = await asyncio.to_thread(find_question, self._database, self._clock(), number)
        except UnknownRequest:
            return self._cancelled()
        return self._pages.show(
            "cancel.html",
            heading="Stop mail to this address?" if question.done else "Was it not you?",
            address=question.request.address,
            is_running=question.done is not None,
        )

    async def act_cancel(self, request: Request) -> Response:
        """End it at once, from the button or as mail providers post (RFC 8058); again, or later, is no error."""
        number = self._read(request, Purpose.CANCEL)
        if number is None:
            return self._pages.unknown()
        try:
            await read_form(request)
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        await asyncio.to_thread(cancel, self._database, self._clock(), number)
        return self._cancelled()

    async def ask_back(self, request: Request) -> Response:
        """Show one button that keeps the digest at the address it came to, or brings it back."""
        if self._read(request, Purpose.MOVE_BACK) is None:
            return self._pages.unknown()
        return self._pages.show("move_back.html", heading="Was it not you?")

    async def act_back(self, request: Request) -> Response:
        """Bring it back; again changes nothing and is answered alike."""
        number = self._read(request, Purpose.MOVE_BACK)
        if number is None:
            return self._pages.unknown()
        try:
            await read_form(request)
            channel = await asyncio.to_thread(move_back, self._database, self._clock(), number)
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        except UnknownRequest:
            return self._pages.unknown()
        if channel is None:
            sentence = "Something else has this address by now. Reply to the mail; whoever runs the service can help."
            return self._pages.say("It cannot be brought back", sentence, status=CONFLICT)
        manage_token = self._sign(Purpose.MANAGE, TokenSubject(channel.id, channel.subscriber_id))
        return self._pages.show("moved_back.html", heading="The digest stays with you", manage_token=manage_token)

    def _read(self, request: Request, purpose: Purpose) -> int | None:
        subject = self._readers.read(purpose, request.path_params["token"])
        return None if subject is None else subject.about[0]

    def _show_question(self, question: Question) -> Response:
        request, wishes = question.request, question.wishes
        heading, button = _ASKS[request.kind]
        return self._pages.show(
            "confirm.html",
            heading=heading,
            button=button,
            address=request.address,
            before=name_place(EMAIL, question.before) if question.before else "",
            wishes=wishes,
            topics=[_short(each.text) for each in wishes.interests] if wishes else [],
            exclusions=[_short(each.text) for each in wishes.exclusions] if wishes else [],
            people=[_short(each.name) for each in wishes.follows] if wishes else [],
            name=_short(wishes.name) if wishes else "",
            schedule=describe_schedule(wishes.schedule) if wishes else "",
            cancel_token=self._sign(Purpose.CANCEL, TokenSubject(0, 0, (request.id,))),
        )

    def _show_done(self, done: Confirmed) -> Response:
        channel = done.channel
        return self._pages.show(
            "confirmed.html",
            heading=_DONE[done.request.kind],
            address=channel.address,
            when=say_first(channel, self._clock()),
            manage_token=self._sign(Purpose.MANAGE, TokenSubject(channel.id, channel.subscriber_id)),
        )

    def _cancelled(self) -> Response:
        return self._pages.say(
            "Nothing more will be sent because of this",
            "What was asked for at this address is cancelled.",
            "If somebody types it in again, it is asked again, at most once a day.",
        )

    def _sign(self, purpose: Purpose, subject: TokenSubject) -> str | None:
        return self._readers.sign(purpose, subject, *subject.about)


def say_first(channel: ChannelView, now: datetime) -> str:
    """Say when the next digest of a channel comes."""
    schedule = channel.schedule
    if schedule.cadence is Cadence.ALERTS:
        return "There is no digest, as you wished: you hear of new papers by the people you follow, once they are out."
    if schedule.cadence is Cadence.BATCH:
        return "The first digest comes within the hour after new papers for you are in."
    due = max(channel.next_due_at, now).astimezone(zone_of(schedule.timezone))
    place = schedule.timezone.replace("_", " ")
    return f"The next digest comes on {long_date(due.date())} at {due:%H:%M} ({place}), if there are papers for you."


def _short(text: str) -> str:
    return shorten(clean(text), LONGEST_SHOWN)
