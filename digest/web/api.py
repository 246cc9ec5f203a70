"""The JSON API: a foretaste, and asking for the digest, under the same checks and limits as the form.

It is described at `/api/v1/openapi.json`. Only JSON is read, so that no form of another site can post here; answers
name no origin that may read them.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from digest.bootstrap import App
from digest.pipeline.signup_wishes import MOST_FOLLOWS, MOST_INTERESTS, Faults, Typed
from digest.web.joining.outlook import Outlook
from digest.web.joining.page import FORBIDDEN, TOO_MANY, UNAVAILABLE, UNPROCESSABLE, Foretastes
from digest.web.pages import BAD_REQUEST, TOO_LARGE
from digest.web.reception import Reception, describe_limit, seconds_left
from subscribers.addresses import MAX_ADDRESS, shown
from subscribers.joining import Resting
from subscribers.model import Cadence, TooManyRequests
from subscribers.schedule import WEEKDAYS
from subscribers.validation import MAX_CAP, MAX_NAME

PREFIX: Final = "/api/v1"
DESCRIPTION: Final = f"{PREFIX}/openapi.json"
LARGEST: Final = 60_000  # bytes of a request
ACCEPTED: Final = 202
MOST_FAULTS: Final = 20  # told of one request
LONGEST_TEXT: Final = 10_000  # characters of a topic; what is too long is told in the words of the form
API: Final = "JSON API"
HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
SENTENCE: Final = (
    "If all is well with this address, a mail is on its way with a link to confirm; until then nothing else."
)

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class _Strict(BaseModel):
    """What is misspelt is a fault."""

    model_config = ConfigDict(extra="forbid")


class WishesIn(_Strict):
    """What somebody wants to read, and when."""

    interests: list[Text] = Field([], max_length=MOST_INTERESTS, description="Topics, in the language of interests.")
    follows: list[Annotated[str, Field(max_length=300)]] = Field(
        [], max_length=MOST_FOLLOWS, description="People: names, ORCID iDs, or `author 3 of 2310.01234`."
    )
    cadence: Cadence = Field(Cadence.DAILY, description="How often.")
    weekday: str = Field(WEEKDAYS[0], max_length=20, description="The day of a weekly digest, such as Monday.")
    send_at: str | None = Field(None, max_length=20, description="Local hour, such as 07:30.")
    timezone: str | None = Field(None, max_length=100, description="IANA time zone, such as Europe/Berlin.")
    cap: int | None = Field(None, ge=1, le=MAX_CAP, description="Most papers in one digest.")


class SubscriptionIn(WishesIn):
    """Somebody who asks for the digest."""

    address: str = Field(max_length=MAX_ADDRESS, description="Email address; it has to confirm itself.")
    name: str = Field("", max_length=MAX_NAME, description="How to address them.")
    language: str = Field("en", max_length=35, description="BCP 47 tag.")
    plain_text: bool = Field(False, description="Mail without HTML.")


class AcceptedOut(BaseModel):
    """The answer to every request that was taken, whatever the address."""

    status: str = "accepted"
    sentence: str = SENTENCE


class WishOut(BaseModel):
    """How many papers one wish brought, and what to do about it if that is none or a flood."""

    text: str
    count: str
    warning: str


class PaperOut(BaseModel):
    """A paper, with the reason why."""

    title: str
    url: str | None
    authors: list[str]
    why: str


class ForetasteOut(BaseModel):
    """What the wishes would have brought over the last days."""

    headline: str
    sentences: list[str]
    wishes: list[WishOut]
    papers: list[PaperOut]
    more: int


class FaultsOut(BaseModel):
    """Why nothing was taken: one sentence for each fault."""

    faults: list[str]


class BoundedRoute(APIRoute):
    """Reads a body only up to its bound, before anything looks into it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap what FastAPI does with a request."""
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            body = bytearray()
            try:
                async for chunk in request.stream():
                    body += chunk
                    if len(body) > LARGEST:
                        return _refuse(TOO_LARGE, f"A request has at most {LARGEST:,} bytes.")
                return await handle(Request(request.scope, _replay(bytes(body))))
            except ClientDisconnect:
                return _refuse(BAD_REQUEST, "The connection ended before the whole request had come.")
            except HTTPException as error:  # what no parser can read
                return _refuse(error.status_code, f"{error.detail}.")

        return bounded


class Api:
    """Answers programs."""

    def __init__(self, app: App, reception: Reception, foretastes: Foretastes) -> None:
        self._app = app
        self._reception = reception
        self._foretastes = foretastes

    def make_router(self) -> APIRouter:
        """Give the routes."""
        faults: dict[int | str, dict[str, Any]] = {
            code: {"model": FaultsOut} for code in (FORBIDDEN, TOO_LARGE, UNPROCESSABLE, TOO_MANY, UNAVAILABLE)
        }
        router = APIRouter(prefix=PREFIX, route_class=BoundedRoute, responses=faults)
        router.post("/previews", response_model=ForetasteOut, summary="Show what wishes would have brought")(
            self.preview
        )
        router.post("/subscriptions", status_code=ACCEPTED, response_model=AcceptedOut, summary="Ask for the digest")(
            self.subscribe
        )
        return router

    async def preview(self, request: Request, wishes: WishesIn) -> Response:
        """Give what these wishes would have brought over the last 7 days, and how many papers to expect."""
        if not self._reception.is_open:
            return _closed()
        checked = await asyncio.to_thread(self._reception.check, self._type_out(wishes), wishes.follows)
        if checked.wishes is None:
            return _refuse(UNPROCESSABLE, *_list_faults(checked.faults))
        try:
            foretaste = await self._foretastes.give(checked.wishes, self._reception.find_network(request))
        except TooManyRequests as error:
            return self._turn_away(error)
        return JSONResponse(_write_foretaste(foretaste).model_dump(), headers=HEADERS)

    async def subscribe(self, request: Request, wanted: SubscriptionIn) -> Response:
        """Ask for the digest at an address. The answer is the same for every address; a mail asks it to confirm."""
        if not self._reception.is_open:
            return _closed()
        typed = self._type_out(wanted, name=wanted.name, language=wanted.language, is_plain=wanted.plain_text)
        checked = await asyncio.to_thread(self._reception.check, typed, wanted.follows, wanted.address)
        if checked.wishes is None:
            return _refuse(UNPROCESSABLE, *_list_faults(checked.faults))
        network = self._reception.find_network(request)
        try:
            await asyncio.to_thread(self._reception.take_signup, checked.address, checked.wishes, API, network)
        except TooManyRequests as error:
            return self._turn_away(error)
        return JSONResponse(AcceptedOut().model_dump(), ACCEPTED, headers=HEADERS)

    def _type_out(self, wishes: WishesIn, **more: Any) -> Typed:
        settings = self._app.settings
        return Typed(
            timezone=wishes.timezone or settings.default_timezone,
            send_at=wishes.send_at or f"{settings.default_send_at:%H:%M}",
            cadence=wishes.cadence.value,
            weekday=wishes.weekday,
            cap=str(wishes.cap or settings.default_cap),
            interests=wishes.interests,
            **more,
        )

    def _turn_away(self, error: TooManyRequests) -> Response:
        status = UNAVAILABLE if isinstance(error, Resting) else TOO_MANY
        answer = _refuse(status, describe_limit(error)[1])
        answer.headers["Retry-After"] = seconds_left(self._app.clock())
        return answer


async def explain_invalid(_request: Request, error: Exception) -> Response:
    """Say what is wrong with a request, a sentence for each fault, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    faults = [_explain(each) for each in error.errors()[: MOST_FAULTS + 1]]
    more = ["There is more wrong than is told here."] if len(faults) > MOST_FAULTS else []
    return _refuse(UNPROCESSABLE, *faults[:MOST_FAULTS], *more)


def _explain(fault: dict[str, Any]) -> str:
    parts = fault["loc"][1:] if fault["type"] != "json_invalid" else ()
    return f"{shown('.'.join(map(str, parts))) or 'the request'}: {fault['msg']}."


def _closed() -> Response:
    return _refuse(FORBIDDEN, "Nobody can sign up on the web here.")


def _refuse(status: int, *sentences: str) -> Response:
    return JSONResponse(FaultsOut(faults=list(sentences)).model_dump(), status, headers=HEADERS)


def _list_faults(faults: Faults) -> Sequence[str]:
    return [f"{field}: {sentence}" for field, sentences in faults.items() for sentence in sentences]


def _write_foretaste(foretaste: Outlook) -> ForetasteOut:
    cards = [item.card for section in foretaste.sections for item in section.items]
    return ForetasteOut(
        headline=foretaste.headline,
        sentences=list(foretaste.sentences),
        wishes=[WishOut(text=line.text, count=line.count, warning=line.warning) for line in foretaste.lines],
        papers=[
            PaperOut(title=card.title, url=card.url, authors=[each.name for each in card.authors], why=card.why)
            for card in cards
        ],
        more=foretaste.more,
    )


def _replay(body: bytes) -> Callable[[], Coroutine[Any, Any, dict[str, Any]]]:
    """Give a body that has been read to whoever reads it again."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
