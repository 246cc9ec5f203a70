"""Unsubscribing: a page that asks, and a POST that acts, from the page's button or from a mail provider (RFC 8058)."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from digest.rendering.environment import web_environment
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import BadToken
from subscribers.tokens import Purpose, Tokens, TokenSubject

# Nobody frames our pages, and nothing on them is loaded or run.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NOT_FOUND = 404


class Leaving:
    """Answers unsubscribe links. A token names one channel and works for ever; without keys every token is unknown."""

    def __init__(self, database: Database, tokens: Tokens | None, clock: Callable[[], datetime], title: str) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._title = title

    async def ask(self, request: Request) -> Response:
        """Show a page with one button. Link scanners open every link, so this changes nothing."""
        subject = self._read(request)
        if subject is None:
            return self._unknown()
        address = await asyncio.to_thread(self._find_address, subject)
        if address is None:
            return self._gone()
        return self._page("unsubscribe.html", heading="Unsubscribe", address=address)

    async def leave(self, request: Request) -> Response:
        """Close the channel at once: no cookie, no redirect, and the same answer however often it is asked."""
        subject = self._read(request)
        if subject is None:
            return self._unknown()
        await asyncio.to_thread(self._unsubscribe, subject)
        return self._gone()

    def _read(self, request: Request) -> TokenSubject | None:
        if self._tokens is None:
            return None
        try:
            return self._tokens.read(Purpose.UNSUBSCRIBE, request.path_params["token"], self._clock())
        except BadToken:
            return None

    def _find_address(self, subject: TokenSubject) -> str | None:
        """Give the address the digest still goes to; None if it goes there no more."""
        with self._database.reading() as session:
            if not store.is_deliverable(session, subject.channel_id):
                return None
            return store.view_channel(store.get_channel(session, subject.channel_id)).address

    def _unsubscribe(self, subject: TokenSubject) -> None:
        with self._database.writing() as session:
            service.unsubscribe(session, self._clock(), subject.subscriber_id, subject.channel_id)

    def _gone(self) -> Response:
        sentences = (
            "No further digest will be sent to this address.",
            "It may take a minute if one is just on its way.",
        )
        return self._page("message.html", heading="You are unsubscribed", sentences=sentences)

    def _unknown(self) -> Response:
        sentences = (
            "This link is not one of ours, or was cut off.",
            "Open the link in the mail again, or reply to it.",
        )
        return self._page("message.html", _NOT_FOUND, heading="Unknown link", sentences=sentences)

    def _page(self, template: str, status: int = 200, **values: object) -> Response:
        html = web_environment().get_template(f"web/{template}").render(title=self._title, **values)
        return HTMLResponse(html, status, headers=_HEADERS)
