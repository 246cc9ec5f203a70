"""Pages with a form: their headers, the friendly page for links that lead nowhere, and reading what a form sends."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from digest.rendering.environment import web_environment

# Nobody frames our pages, and nothing on them is loaded or run.
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PRIVATE: Final = {"Cache-Control": "no-store"}
PUBLIC: Final = {"Cache-Control": "public, max-age=60"}

LARGEST_FORM: Final = 10_000  # bytes
MOST_FIELDS: Final = 50
_FORM: Final = "application/x-www-form-urlencoded"

OK: Final = 200
BAD_REQUEST: Final = 400
NOT_FOUND: Final = 404
GONE: Final = 410
TOO_LARGE: Final = 413
WRONG_TYPE: Final = 415

Form = Mapping[str, list[str]]


class BadForm(Exception):
    """This form cannot be read."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Pages:
    """Renders pages under the name of the service."""

    def __init__(self, title: str) -> None:
        self._title = title

    def show(self, template: str, status: int = OK, caching: Mapping[str, str] = PRIVATE, **values: object) -> Response:
        """Render a page."""
        html = web_environment().get_template(f"web/{template}").render(title=self._title, **values)
        return HTMLResponse(html, status, headers={**HEADERS, **caching})

    def say(self, heading: str, *sentences: str, status: int = OK) -> Response:
        """Render a page of a few sentences."""
        return self.show("message.html", status, heading=heading, sentences=sentences)

    def unknown(self) -> Response:
        """Say that a link was never ours, has run out, or is for something else, without saying which."""
        return self.say(
            "Unknown link",
            "This link is not one of ours, was cut off, or is too old.",
            "Open the link in the newest mail again, or reply to it.",
            status=NOT_FOUND,
        )


async def read_form(request: Request, largest: int = LARGEST_FORM, most_fields: int = MOST_FIELDS) -> Form:
    """Read the fields of a form, each with its values. Raises BadForm for what no form of ours sends."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > largest:
                raise BadForm(TOO_LARGE, "This is more than any form of ours sends.")
    except ClientDisconnect as error:
        raise BadForm(BAD_REQUEST, "The connection ended before the whole form had come.") from error
    kind = request.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
    if body and kind != _FORM:
        raise BadForm(WRONG_TYPE, f"A form is sent as {_FORM}.")
    try:
        return parse_qs(bytes(body).decode("ascii", "replace"), max_num_fields=most_fields, errors="replace")
    except ValueError as error:
        raise BadForm(BAD_REQUEST, "This has more fields than any form of ours.") from error
