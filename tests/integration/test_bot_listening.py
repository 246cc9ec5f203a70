"""How the bot listens: beside a slow database, through trouble with Telegram, until it is stopped."""

import asyncio
import logging
import socket
import threading
from collections.abc import MutableMapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from structlog.testing import capture_logs

from digest.bot import wording
from digest.bot.hearing import Hearing
from digest.bot.lines import MOST_PLACES
from digest.bot.updates import BotListener
from digest.bot.workers import Workers
from digest.cli.jobs import _make_companions
from digest.scheduler import Service
from subscribers import store
from subscribers.db import Database
from subscribers.model import SubscriberKind
from tests.bots import PACE, Scene, add_reader, listening, make_scene, notice_of, until
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.servers import telegram as api
from tests.servers.telegram import TOKEN, Answer
from tests.servers.telegram_chats import CONFLICT, WEBHOOK, ChatServer, group_chat, private_chat

pytestmark = pytest.mark.anyio

GROUP = "-1001234567890"
SAID_YES = [["✔ 7. you said: Peng Fu · undo"]]
AT_ONCE = timedelta(0)


@pytest.fixture
def scene(database: Database, server: ChatServer) -> Scene:
    return make_scene(database, server)


def events(logs: list[MutableMapping[str, Any]], *names: str) -> list[str]:
    return [entry["event"] for entry in logs if entry["event"] in names]


# ── beside a slow database ───────────────────────────────────────────────────────────────────────────────────────────


async def test_a_database_that_is_held_up_keeps_nobody_waiting_for_a_word(scene: Scene, server: ChatServer) -> None:
    async with listening(scene.app, patience=AT_ONCE):
        with scene.database.writing() as session:
            store.get_subscriber(session, scene.ada.id)
            first = await notice_of(server, server.tap(scene.message, scene.data("y")))
            await notice_of(server, server.tap(scene.post(private_chat(9)), scene.data("y"), user_id=9))
            await until(server.is_waiting.is_set)  # it goes on listening
            assert scene.answers() == []
        await until(lambda: scene.labels() == SAID_YES)

    assert first == wording.ONE_MOMENT
    assert scene.answers() == [True]
    assert server.count("answerCallbackQuery") == 2  # each tap once


async def test_a_database_that_is_away_is_told_to_who_tapped_and_to_the_log(scene: Scene, server: ChatServer) -> None:
    with scene.database.writing() as session:
        session.execute(text("ALTER TABLE channels RENAME TO moved_channels"))
    try:
        with capture_logs() as logs:
            async with listening(scene.app):
                assert await notice_of(server, server.tap(scene.message, scene.data("y"))) == wording.NOT_NOW
                server.say(private_chat(), "hello")
                await until(lambda: server.sent)
    finally:
        with scene.database.writing() as session:
            session.execute(text("ALTER TABLE moved_channels RENAME TO channels"))

    assert server.sent[0].text == wording.NOT_CHANGED
    assert len(events(logs, "bot_database_unavailable")) == 2


async def test_that_a_group_moved_is_noted_once_the_database_is_back(scene: Scene, server: ChatServer) -> None:
    lab = add_reader(scene.database, GROUP, kind=SubscriberKind.GROUP)
    with scene.database.writing() as session:
        session.execute(text("ALTER TABLE channels RENAME TO moved_channels"))
    with capture_logs() as logs:
        async with listening(scene.app):
            server.say(group_chat(), "", migrate_to_chat_id=-1009)
            try:
                await until(lambda: len(events(logs, "bot_database_unavailable")) > 1)
            finally:
                with scene.database.writing() as session:
                    session.execute(text("ALTER TABLE moved_channels RENAME TO channels"))
            await until(lambda: events(logs, "bot_group_moved"))

    with scene.database.reading() as session:
        assert [each.address for each in store.view_subscriber(session, lab.id).channels] == ["-1009"]


async def test_what_could_not_be_noted_as_handled_is_noted_with_the_next(database: Database) -> None:
    workers = Workers()
    hearing = Hearing(database, workers, FixedClock(NOON), 7)
    with database.writing() as session:
        session.execute(text("ALTER TABLE heard_updates RENAME TO mislaid"))
    await hearing.note(1)
    assert not await hearing.is_new(1), "while this process lives, it knows"
    assert await hearing.is_new(2)
    with database.writing() as session:
        session.execute(text("ALTER TABLE mislaid RENAME TO heard_updates"))
    await hearing.note(2)

    after_a_crash = Hearing(database, workers, FixedClock(NOON), 7)
    assert [await after_a_crash.is_new(number) for number in (1, 2, 3)] == [False, False, True]
    workers.shut_down()


async def test_a_flood_from_one_chat_is_asked_for_patience_and_others_are_served(
    scene: Scene, server: ChatServer
) -> None:
    bob = add_reader(scene.database, "5353", scene.fu)
    add_reader(scene.database, GROUP, scene.fu, kind=SubscriberKind.GROUP)
    message, bobs, released = scene.post(group_chat()), scene.post(private_chat(5353)), threading.Event()

    def wait_for_release(_: dict[str, str]) -> list[dict[str, Any]]:
        released.wait(30)
        return []

    server.methods["getchatadministrators"] = wait_for_release
    async with listening(scene.app):
        queries = [server.tap(message, scene.data("y")) for _ in range(MOST_PLACES + 5)]
        for query in queries[MOST_PLACES:]:
            assert await notice_of(server, query) == wording.ONE_MOMENT
        assert "Peng Fu" in await notice_of(server, server.tap(bobs, scene.data("n"), user_id=5353))
        released.set()
        assert await notice_of(server, queries[MOST_PLACES - 1]) == wording.ADMINISTRATORS_ONLY

    assert scene.answers(bob) == [False]


# ── trouble with Telegram ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (CONFLICT, "another program asks"),
        (WEBHOOK, "deleteWebhook"),
        (api.BAD_GATEWAY, "could not be reached"),
        (api.DROP, "could not be reached"),
        (Answer(200, body=b"<html>Please log in to the wireless network</html>"), "not that of a Bot API server"),
        (Answer(200, body=b'{"ok": true}'), "not that of a Bot API server"),
        (Answer(404, body=b"<html>Not Found</html>"), "could not be reached"),
        (Answer(429, "Too Many Requests: retry after 0", {"retry_after": 0}), "could not be reached"),
    ],
)
async def test_trouble_is_said_once_waited_out_and_its_end_is_said_too(
    scene: Scene, server: ChatServer, answer: Answer, fault: str
) -> None:
    server.polls.extend([answer] * 4)
    with capture_logs() as logs:
        async with listening(scene.app):
            await until(server.is_waiting.is_set)
            await notice_of(server, server.tap(scene.message, scene.data("y")))
            await until(lambda: events(logs, "bot_listening"))

    (said,) = [entry for entry in logs if entry["event"] == "bot_not_listening"]
    assert fault in said["fault"]
    assert scene.answers() == [True]


async def test_a_token_that_was_revoked_ends_the_listening_and_nothing_else(scene: Scene, server: ChatServer) -> None:
    with capture_logs() as logs:
        listener = BotListener(scene.app, PACE)
        running = asyncio.create_task(listener.run_until_stopped())
        await until(server.is_waiting.is_set)
        server.polls.append(api.UNAUTHORIZED)
        server.give(message={})
        await asyncio.wait_for(running, 30)
        listener.stop()  # as the service does at its end, whatever has ended before

    (said,) = [entry for entry in logs if entry["event"] == "bot_gave_up"]
    assert "check DIGEST_TELEGRAM__TOKEN" in said["fault"]
    assert server.polls == type(server.polls)()


async def test_nobody_there_is_waited_out(scene: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    telegram = scene.app.settings.telegram.model_copy(update={"base_url": f"http://127.0.0.1:{port}/bot"})
    app = replace(scene.app, settings=scene.app.settings.model_copy(update={"telegram": telegram}))
    with capture_logs() as logs:
        async with listening(app):
            await until(lambda: events(logs, "bot_not_listening"))

    assert len(events(logs, "bot_not_listening")) == 1


async def test_an_update_that_nobody_can_read_stops_no_other(scene: Scene, server: ChatServer) -> None:
    server.give(message={"text": "no message of Telegram's"})
    server.give(callback_query={"id": 3})
    server.give(poll_of_tomorrow={"x": 1})
    async with listening(scene.app):
        await notice_of(server, server.tap(scene.message, scene.data("y")))

    assert scene.answers() == [True]


async def test_a_fault_of_ours_is_logged_without_words_and_the_line_goes_on(scene: Scene, server: ChatServer) -> None:
    real = scene.app.clock
    calls = iter([True])

    def clock_that_fails_once() -> Any:
        if next(calls, False):
            raise LookupError("dear diary")
        return real()

    app = replace(scene.app, clock=clock_that_fails_once)
    with capture_logs() as logs:
        async with listening(app):
            assert await notice_of(server, server.tap(scene.message, scene.data("y"))) == wording.NOT_NOW
            assert "Peng Fu" in await notice_of(server, server.tap(scene.message, scene.data("y")))

    (crashed,) = [entry for entry in logs if entry["event"] == "bot_crashed"]
    assert crashed["error"] == "LookupError"
    assert "diary" not in str(logs)


async def test_a_pause_that_telegram_asks_for_is_made_and_the_buttons_change_then(
    scene: Scene, server: ChatServer
) -> None:
    edit, refusals = server.methods["editmessagereplymarkup"], iter([api.flood(1)])

    def refuse_once(parameters: dict[str, str]) -> object:
        for refusal in refusals:
            raise api.Refused(refusal)
        return edit(parameters)

    server.methods["editmessagereplymarkup"] = refuse_once
    async with listening(scene.app):
        server.tap(scene.message, scene.data("y"))
        await until(lambda: scene.labels() == SAID_YES)


async def test_what_cannot_be_shown_any_more_is_noted_all_the_same(scene: Scene, server: ChatServer) -> None:
    rows = server.keyboard_of(scene.message)
    server.keyboards.clear()
    with capture_logs() as logs:
        async with listening(scene.app):
            await notice_of(server, server.tap(scene.message, scene.data("y"), keyboard=rows))

    (failed,) = [entry for entry in logs if entry["event"] == "bot_reply_failed"]
    assert "essage to edit not found" in failed["fault"]
    assert scene.answers() == [True]


async def test_a_captive_portal_between_two_calls_is_no_fault_of_ours(scene: Scene, server: ChatServer) -> None:
    def log_in_first(_: dict[str, str]) -> None:
        raise api.Refused(Answer(200, body=b'{"portal": true}'))

    server.methods["answercallbackquery"] = log_in_first
    with capture_logs() as logs:
        async with listening(scene.app):
            server.tap(scene.message, scene.data("y"))
            await until(lambda: scene.labels() == SAID_YES)

    assert events(logs, "bot_reply_failed", "bot_crashed") == ["bot_reply_failed"]


# ── stopping ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_it_stops_in_the_middle_of_a_call_that_waits_for_news(scene: Scene, server: ChatServer) -> None:
    async with listening(scene.app):
        await until(server.is_waiting.is_set)

    assert {task for task in asyncio.all_tasks() if task is not asyncio.current_task() and _is_ours(task)} == set()


async def test_it_stops_while_it_waits_out_trouble(scene: Scene, server: ChatServer) -> None:
    server.polls.extend([CONFLICT] * 5)
    with capture_logs() as logs:
        async with listening(scene.app, pace=replace(PACE, conflict=timedelta(hours=1))):
            await until(lambda: events(logs, "bot_not_listening"))


async def test_what_was_heard_before_the_stop_is_finished(scene: Scene, server: ChatServer) -> None:
    held = ExitStack()
    session = held.enter_context(scene.database.writing())
    store.get_subscriber(session, scene.ada.id)
    async with listening(scene.app, patience=AT_ONCE) as listener:
        await notice_of(server, server.tap(scene.message, scene.data("y")))
        listener.stop()
        held.close()

    assert (scene.answers(), scene.labels()) == ([True], SAID_YES)


async def test_a_service_that_falls_takes_the_listener_along(scene: Scene, server: ChatServer) -> None:
    running = asyncio.create_task(BotListener(scene.app, PACE).run_until_stopped())
    await until(server.is_waiting.is_set)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize(("changes", "listeners"), [({}, 1), ({"listens": False}, 0), ({"token": SecretStr("")}, 0)])
async def test_the_service_listens_if_there_is_a_bot_and_it_is_to(
    scene: Scene, changes: dict[str, Any], listeners: int
) -> None:
    telegram = scene.app.settings.telegram.model_copy(update=changes)
    app = replace(scene.app, settings=scene.app.settings.model_copy(update={"telegram": telegram}))
    companions = list(_make_companions(app, Service(scene.app)))

    assert [type(each) for each in companions] == [BotListener] * listeners


# ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_neither_the_token_nor_what_somebody_wrote_reaches_the_log(
    scene: Scene, server: ChatServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    echo = f'{{"text": "dear diary", "url": "/bot{TOKEN}/"'.encode()
    server.polls.extend([Answer(200, body=echo), Answer(502, body=echo), None])
    server.give(message={"text": "dear diary", "chat": 3})
    with capture_logs() as logs:
        async with listening(scene.app):
            server.say(private_chat(), "dear diary")
            server.say(private_chat(9), "dear diary")
            await notice_of(server, server.tap(scene.message, scene.data("y")))
            await until(lambda: len(server.sent) == 2)

    said = caplog.text + str(logs)
    assert "bot_not_listening" in said
    for secret in (TOKEN, TOKEN.partition(":")[2], "diary", "Peng Fu", "Somebody", "ada_l"):
        assert secret not in said


def _is_ours(task: "asyncio.Task[Any]") -> bool:
    return "digest/bot" in str(task.get_coro())
