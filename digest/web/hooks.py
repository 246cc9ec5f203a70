"""Where mail providers post their reports. Nothing is done before a post is known to be theirs, and little is said.

Where a provider is not set up there is nothing: 404. A post that is not signed as it should be gets 403 without a
reason. While the database is away it gets 503, as every page does, and comes again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from digest.bootstrap import App
from digest.errors import ReportRefused, SourceError
from digest.pipeline.postbox import take_post
from digest.pipeline.sns_certificates import Ask, SnsCertificates, ask_sns
from digest.postbox.findings import Incoming
from digest.postbox.providers import mailgun, postmark, sendgrid, ses, sns

log = structlog.get_logger()

LARGEST_POST: Final = 2_000_000  # bytes; SNS sends 256 KB at most, SendGrid batches of some hundred KB
RETRY_AFTER: Final = {"Retry-After": "60"}


class Hooks:
    """Answers the posts of mail providers. `ask` replaces the way SNS is asked for its certificates."""

    def __init__(self, app: App, ask: Ask | None = None) -> None:
        """Read the keys. Raises ConfigurationError for one that is none."""
        self._app = app
        self._settings = app.settings.bounces
        self._postbox = app.make_postbox()
        self._certificates = SnsCertificates(ask or self._ask_sns)
        self._ask = ask or self._ask_sns
        key = self._settings.sendgrid_key.get_secret_value()
        self._sendgrid_key = sendgrid.read_key(key) if key else None

    async def ses(self, request: Request) -> Response:
        """Take a message of SNS: a report of SES, or the question whether reports are wanted."""
        return await self._answer(request, self._take_ses, is_set_up=bool(self._settings.ses_topics))

    async def postmark(self, request: Request) -> Response:
        """Take a report of Postmark."""
        secret = self._settings.postmark_secret.get_secret_value()
        return await self._answer(request, self._take_postmark, is_set_up=bool(secret))

    async def sendgrid(self, request: Request) -> Response:
        """Take a batch of reports of SendGrid."""
        return await self._answer(request, self._take_sendgrid, is_set_up=self._sendgrid_key is not None)

    async def mailgun(self, request: Request) -> Response:
        """Take a report of Mailgun."""
        key = self._settings.mailgun_key.get_secret_value()
        return await self._answer(request, self._take_mailgun, is_set_up=bool(key))

    async def _answer(
        self, request: Request, take: Callable[[Request, bytes], Awaitable[None]], *, is_set_up: bool
    ) -> Response:
        if not is_set_up:
            return PlainTextResponse("Not found", 404)
        body = await read_post(request)
        if body is None:
            return PlainTextResponse("Too large", 413)
        try:
            await take(request, body)
        except ReportRefused:
            log.warning("report_refused", path=request.url.path)
            return PlainTextResponse("Refused", 403)
        except SourceError as error:
            log.warning("report_deferred", path=request.url.path, error=str(error))
            return PlainTextResponse("Try again", 503, headers=RETRY_AFTER)
        return PlainTextResponse("Taken")

    async def _take_ses(self, _request: Request, body: bytes) -> None:
        now = self._app.clock()
        message = sns.read_message(body, self._settings.ses_topics, now)
        await self._certificates.check(message, now)
        if message.type == sns.CONFIRMATION:
            await self._ask(message.subscribe_url)
            log.info("ses_topic_confirmed", topic=message.fields["TopicArn"])
            return
        await self._take(await asyncio.to_thread(ses.read_events, message.fields.get("Message", ""), self._keys))

    async def _take_postmark(self, request: Request, body: bytes) -> None:
        secret = self._settings.postmark_secret.get_secret_value()
        postmark.check_password(request.headers.get("authorization", ""), secret)
        await self._take(postmark.read_events(body))

    async def _take_sendgrid(self, request: Request, body: bytes) -> None:
        assert self._sendgrid_key is not None
        signature = request.headers.get(sendgrid.SIGNATURE, "")
        timestamp = request.headers.get(sendgrid.TIMESTAMP, "")
        sendgrid.verify(body, signature, timestamp, self._sendgrid_key, self._app.clock())
        await self._take(await asyncio.to_thread(sendgrid.read_events, body))  # a large batch takes seconds

    async def _take_mailgun(self, _request: Request, body: bytes) -> None:
        token = mailgun.verify(body, self._settings.mailgun_key.get_secret_value(), self._app.clock())
        await self._take(mailgun.read_events(body, self._keys), token)

    @property
    def _keys(self) -> Sequence[str]:
        return self._postbox.signatures.keys

    async def _take(self, events: Sequence[Incoming], token: str = "") -> None:
        await asyncio.to_thread(take_post, self._postbox, events, token)

    async def _ask_sns(self, url: str) -> bytes:
        async with self._app.make_http() as http:
            return await ask_sns(http, url)


async def read_post(request: Request, largest: int = LARGEST_POST) -> bytes | None:
    """Read a post; None for more bytes than anybody sends."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > largest:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)
