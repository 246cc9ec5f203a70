"""Telegram posts what the bot is told: whose posts are taken, and that they are answered like all others."""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from digest.bootstrap import App, Roster
from digest.bot.updates import BotListener
from digest.errors import ConfigurationError
from digest.notifiers.telegram_door import find_door, make_secret
from digest.web.app import make_web
from digest.web.telegram_hook import HEADER, LARGEST_UPDATE
from subscribers.db import Database
from tests.bots import listening, make_app, until
from tests.servers.telegram import TOKEN, Answer, Refused
from tests.servers.telegram_chats import ChatServer, private_chat
from tests.talks import sent_to

pytestmark = pytest.mark.anyio

KEY = "a-key-of-enough-length-for-anybody-0123456789"
PERSON = {"id": 4242, "is_bot": False, "first_name": "Ada"}
PLACE = {"public_url": "https://digest.example.org", "secret_key": SecretStr(KEY), "web_port": 8000}


@pytest.fixture
def app(database: Database, server: ChatServer) -> App:
    return with_webhook(make_app(database, server, **PLACE))


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_web(app, Roster(app)))
    async with httpx.AsyncClient(transport=transport, base_url="https://digest.example.org") as opened:
        yield opened


def with_webhook(app: App) -> App:
    telegram = app.settings.telegram.model_copy(update={"webhook": True})
    return replace(app, settings=app.settings.model_copy(update={"telegram": telegram}))


def update(number: int, text: str) -> dict[str, Any]:
    message = {"message_id": number, "date": 1_790_000_000, "chat": private_chat(), "from": PERSON, "text": text}
    return {"update_id": number, "message": message}


async def post(client: httpx.AsyncClient, content: object, secret: str | None) -> int:
    headers = {} if secret is None else {HEADER: secret}
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return (await client.post("/hooks/telegram", content=body, headers=headers)).status_code


async def test_a_post_of_telegram_is_answered_in_the_chat_in_order_and_once(
    app: App, server: ChatServer, client: httpx.AsyncClient
) -> None:
    secret = make_secret(app.settings)
    async with listening(app):
        await until(lambda: server.webhook)
        await until(lambda: find_door(app.settings)._take is not None)
        for number, text in ((1, "/start"), (2, "/today"), (3, "/interests")):
            assert await post(client, update(number, text), secret) == 200
        assert await post(client, update(1, "/start"), secret) == 200
        await until(lambda: len(sent_to(server, 4242)) >= 4)

    begun, _, today, topics = sent_to(server, 4242)
    assert "This chat gets it from now on" in begun.text
    assert today.text.startswith("Nothing yet")
    assert topics.text.startswith("There are no topics yet")
    assert server.count("getUpdates") == 0
    assert server.webhook["url"] == "https://digest.example.org/hooks/telegram"
    assert server.webhook["secret_token"] == secret
    assert "inline_query" in server.webhook["allowed_updates"]


@pytest.mark.parametrize("secret", [None, "", "wrong", KEY, TOKEN, "é" * 64])
async def test_a_post_without_the_secret_is_refused_unread(secret: str | None, client: httpx.AsyncClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    headers = {} if secret is None else {HEADER.encode(): secret.encode()}
    answer = await client.post("/hooks/telegram", content=body(), headers=headers)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"update_id": "1"}', 400),
        (b'{"update_id": true}', 400),
        (b"[" * 100_000, 400),
        (b"x" * (LARGEST_UPDATE + 1), 413),
        (b'{"update_id": 7}', 503),
    ],
)
async def test_what_is_no_update_is_refused_and_what_nobody_takes_comes_again(
    body: bytes, status: int, app: App, client: httpx.AsyncClient
) -> None:
    assert await post(client, body, make_secret(app.settings)) == status


async def test_an_update_that_cannot_be_read_stops_no_other(
    app: App, server: ChatServer, client: httpx.AsyncClient
) -> None:
    secret = make_secret(app.settings)
    async with listening(app):
        await until(lambda: find_door(app.settings)._take is not None)
        assert await post(client, {"update_id": 1, "message": {"chat": 7}}, secret) == 200
        assert await post(client, update(2, "/help"), secret) == 200
        await until(lambda: sent_to(server, 4242))


async def test_where_it_is_not_asked_for_there_is_nothing(database: Database, server: ChatServer) -> None:
    app = make_app(database, server, **PLACE)
    transport = httpx.ASGITransport(make_web(app, Roster(app)))
    async with httpx.AsyncClient(transport=transport, base_url="https://digest.example.org") as client:
        assert await post(client, update(1, "/start"), make_secret(app.settings)) == 404


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ({"public_url": "http://digest.example.org"}, "https://"),
        ({"secret_key": SecretStr("")}, "DIGEST_SECRET_KEY"),
        ({"web_port": 0}, "DIGEST_WEB_PORT"),
    ],
)
def test_what_is_missing_is_said_before_it_begins(
    place: dict[str, Any], fault: str, database: Database, server: ChatServer
) -> None:
    app = with_webhook(make_app(database, server, **(PLACE | place)))
    with pytest.raises(ConfigurationError, match=fault):
        BotListener(app)


async def test_who_asks_again_removes_the_webhook_of_this_service_and_no_other(
    database: Database, server: ChatServer
) -> None:
    app = make_app(database, server, **PLACE)
    server.webhook = {"url": "https://elsewhere.example.org/hooks/telegram"}
    async with listening(app):
        await until(lambda: server.count("getWebhookInfo") >= 2)
        assert server.webhook
        server.webhook = {"url": "https://digest.example.org/hooks/telegram"}
        await until(lambda: not server.webhook)
        server.say(private_chat(), "/help")
        await until(lambda: sent_to(server, 4242))


async def test_telegram_is_asked_again_until_it_agrees(app: App, server: ChatServer) -> None:
    agreed = server.methods["setwebhook"]
    refusals = [Answer(502, body=b"<html>"), Answer(429, "Too Many Requests: retry after 0", {"retry_after": 0})]

    def refuse(parameters: dict[str, str]) -> Any:
        if refusals:
            raise Refused(refusals.pop())
        return agreed(parameters)

    server.methods["setwebhook"] = refuse
    async with listening(app):
        await until(lambda: server.webhook)


async def test_neither_the_secret_nor_the_token_nor_words_reach_a_log(
    app: App, server: ChatServer, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    secret = make_secret(app.settings)
    with capture_logs() as logs:
        async with listening(app):
            await until(lambda: find_door(app.settings)._take is not None)
            assert await post(client, update(1, "dear diary"), secret) == 200
            await until(lambda: sent_to(server, 4242))

    told = caplog.text + str(logs)
    assert not any(each in told for each in (secret, TOKEN, "dear diary"))
