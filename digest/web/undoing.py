"""Taking a leaving back, and saying why one left: both with the token on the page that was shown to whoever left."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from digest.pipeline.leaving import note_reason, take_back
from digest.rendering.leaving import name_place, say_when
from digest.web.farewell import BUTTON, Farewell
from digest.web.pages import GONE, BadForm, Form, Pages, read_form
from digest.web.readers import Readers
from subscribers import store
from subscribers.db import Database
from subscribers.leaving import LeaveReason, Returned
from subscribers.model import ChannelStatus, ChannelView
from subscribers.tokens import Purpose, TokenSubject

REASON, TEXT = "reason", "text"


class Undoing:
    """Answers the undo links: they work for an hour, and take back what was left in the second they were made."""

    def __init__(self, database: Database, readers: Readers, clock: Callable[[], datetime], farewell: Farewell) -> None:
        self._database = database
        self._readers = readers
        self._clock = clock
        self._farewell = farewell
        self._pages: Pages = farewell.pages

    async def ask(self, request: Request) -> Response:
        """Show the button; opening the link changes nothing."""
        if self._read(request) is None:
            return self._pages.unknown()
        return self._pages.show("undo.html", heading="Take it back?")

    async def act(self, request: Request) -> Response:
        """Take the leaving back, or note the reason for it. Again changes nothing."""
        subject = self._read(request)
        if subject is None or subject.issued_at is None:
            return self._pages.unknown()
        try:
            form = await read_form(request)
        except BadForm as error:
            return self._pages.say("Nothing was changed", str(error), status=error.status)
        match form.get(BUTTON, [""])[-1]:
            case "return":
                return await asyncio.to_thread(self._return, subject, subject.issued_at)
            case "because":
                return await asyncio.to_thread(self._explain, request, subject, form)
            case _:
                return self._farewell.puzzled()

    def _return(self, subject: TokenSubject, left_at: datetime) -> Response:
        returned = take_back(self._database, self._clock(), subject.subscriber_id, left_at)
        if returned is None:
            return self._pages.say(
                "There is nothing to take back any more",
                "You have left again since, the address cannot be written to, or all about you has been deleted.",
                "You are welcome to subscribe again.",
                status=GONE,
            )
        return self._pages.say(*_say_returned(returned, self._list_open(subject)))

    def _explain(self, request: Request, subject: TokenSubject, form: Form) -> Response:
        said = _read_reason(form)
        if said is None or subject.issued_at is None:
            return self._farewell.puzzled()
        is_noted = note_reason(self._database, self._clock(), subject, subject.issued_at, said)
        return self._farewell.thank(request.path_params["token"], is_noted=is_noted)

    def _read(self, request: Request) -> TokenSubject | None:
        return self._readers.read(Purpose.UNDO, request.path_params["token"])

    def _list_open(self, subject: TokenSubject) -> list[ChannelView]:
        with self._database.reading() as session:
            views = store.list_matching_subscribers(session, [subject.subscriber_id])
        return [each for view in views for each in view.channels if each.status is ChannelStatus.OPEN]


def _read_reason(form: Form) -> tuple[LeaveReason, str] | None:
    """Read which reason was chosen, with the words beside it; words alone are a reason too."""
    text = form.get(TEXT, [""])[-1].strip()
    chosen = form.get(REASON, [LeaveReason.OTHER.value if text else ""])[-1]
    return (LeaveReason(chosen), text) if chosen in list(LeaveReason) else None


def _say_returned(returned: Returned, channels: list[ChannelView]) -> tuple[str, ...]:
    """Say what is as it was, and what comes next."""
    if returned.leaving.is_of_alerts:
        return ("You get alerts again", "Everything is as it was before.")
    back = [each for each in channels if each.id in returned.leaving.channels]
    lines = [
        f"The next digest for {name_place(each.kind, each.address)} comes on "
        f"{say_when(each.next_due_at, each.schedule.timezone)}, or in a few minutes if that has passed."
        for each in back
    ]
    return ("You are subscribed again", "Everything is as it was before, and nothing was missed.", *lines)
