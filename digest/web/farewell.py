"""The pages after leaving: that it is done, why if somebody likes to say, and the one button that takes it back."""

from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.rendering.leaving import REASONS
from digest.web.pages import BAD_REQUEST, OK, Pages, read_form
from subscribers.leaving import LONGEST_TEXT
from subscribers.tokens import Purpose, Tokens, TokenSubject

BUTTON: Final = "do"
_ONE_CLICK: Final = "List-Unsubscribe"  # the name of the only field that a provider posts (RFC 8058 §3.1)
_FORM: Final = "application/x-www-form-urlencoded"


class Farewell:
    """Shows what comes after leaving. Only here an undo token is given away, to whoever has just left by our page."""

    def __init__(self, tokens: Tokens | None, pages: Pages) -> None:
        self._tokens = tokens
        self.pages = pages

    def say(self, subject: TokenSubject, left_at: datetime, *, still: str = "", is_of_alerts: bool = False) -> Response:
        """Show that a channel (or its alerts) was left, with the way back and the question why."""
        return self.pages.show(
            "left.html",
            heading="No more alerts" if is_of_alerts else "You are unsubscribed",
            still=still,
            is_of_alerts=is_of_alerts,
            undo=self._sign(Purpose.UNDO, subject, left_at),
            leave=self._sign(Purpose.UNSUBSCRIBE, subject, left_at) if is_of_alerts else None,
            reasons=REASONS,
            longest=LONGEST_TEXT,
        )

    def gone(self) -> Response:
        """Say that nothing is sent: the answer to a provider, the same each time and whoever it was."""
        return self.pages.say(
            "You are unsubscribed",
            "No further digest will be sent to this address.",
            "It may take a minute if one is just on its way.",
        )

    def puzzled(self) -> Response:
        """Say that a form names a button which does not exist."""
        sentence = "The form names something that cannot be chosen; open the link in the mail again."
        return self.pages.say("Nothing was changed", sentence, status=BAD_REQUEST)

    def thank(self, token: str, *, is_noted: bool) -> Response:
        """Say that a reason was kept, or that there is one already."""
        sentence = "Thank you; that helps." if is_noted else "There is a reason from you already; thank you."
        return self.pages.show("thanks.html", OK, heading="You are unsubscribed", sentence=sentence, undo=token)

    def _sign(self, purpose: Purpose, subject: TokenSubject, at: datetime) -> str | None:
        return None if self._tokens is None else self._tokens.issue(purpose, subject, at)


async def read_button(request: Request) -> str:
    """Give which button was pressed; nothing if none was: that is how providers post, in one click.

    RFC 8058 lets them send a form in either encoding, and some send none at all. Only our own pages name a button, and
    they never use another encoding than the usual one. Raises BadForm for what is bigger than any form.
    """
    kind = request.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
    if kind != _FORM:
        return ""
    form = await read_form(request)
    return "" if _ONE_CLICK in form else form.get(BUTTON, [""])[-1]
