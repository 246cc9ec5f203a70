"""A fresh link to the preferences by mail, for readers who have none at hand."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.bootstrap import App
from digest.rendering.text import clean
from digest.web.joining.form import TRAP, is_trapped
from digest.web.joining.page import FORBIDDEN, UNPROCESSABLE, WEB_FORM, turn_away
from digest.web.pages import OK, BadForm, Pages, read_form
from digest.web.reception import Reception
from subscribers.addresses import MAX_ADDRESS, shown
from subscribers.model import InvalidAddress, RequestKind, TooManyRequests
from subscribers.store.requests import Ask

HEADING: Final = "Your preferences"


class FreshLinks:
    """Answers readers who want a link. Strangers see the same, and get none."""

    def __init__(self, app: App, reception: Reception) -> None:
        self._app = app
        self._reception = reception
        self._pages = Pages(app.settings.title)

    async def ask(self, _request: Request) -> Response:
        """Show a form with one field."""
        return self._show() if self._reception.can_answer else self._closed()

    async def act(self, request: Request) -> Response:
        """Note that a link is wanted; a letter answers it, if the digest goes there."""
        if not self._reception.can_answer:
            return self._closed()
        try:
            form = await read_form(request)
        except BadForm as error:
            return self._pages.say("Nothing was sent", str(error), status=error.status)
        address = form.get("address", [""])[-1].strip()[: MAX_ADDRESS + 1]
        if is_trapped(form):
            return self._asked(shown(address))
        ask = Ask(kind=RequestKind.MANAGE, address=address, evidence={"how": WEB_FORM})
        try:
            await asyncio.to_thread(self._reception.take, ask, self._reception.find_network(request))
        except InvalidAddress as error:
            return self._show(address, str(error))
        except TooManyRequests as error:
            return turn_away(self._pages, self._app, error)
        return self._asked(shown(address))

    def _show(self, address: str = "", fault: str = "") -> Response:
        status = UNPROCESSABLE if fault else OK
        return self._pages.show(
            "ask_link.html", status, heading=HEADING, address=clean(address), fault=clean(fault), trap=TRAP
        )

    def _asked(self, address: str) -> Response:
        most = self._app.settings.signup.per_address
        return self._pages.show("asked.html", heading="Look into your mail", address=address, most=most)

    def _closed(self) -> Response:
        return self._pages.say(
            "No link can be sent from here",
            "Open the link in the newest mail you got, or reply to it.",
            status=FORBIDDEN,
        )
