"""What the bot says when somebody writes to it, and how a link lets a chat follow a researcher."""

from dataclasses import replace
from typing import Any

import pytest

from digest.bot import wording
from digest.settings import SignupSettings
from subscribers import store
from subscribers.db import Database
from subscribers.model import FollowKind, SubscriberKind, SubscriberView
from tests.bots import Scene, add_reader, listening, make_scene, notice_of, until
from tests.records import add_record
from tests.servers.telegram import Tap
from tests.servers.telegram_chats import ANONYMOUS, ChatServer, group_chat, private_chat

pytestmark = pytest.mark.anyio

GROUP = "-1001234567890"
IN_PRIVATE = {"chat": private_chat()}
UNDO, AGAIN = wording.UNFOLLOW, wording.FOLLOW_AGAIN


@pytest.fixture
def scene(database: Database, server: ChatServer) -> Scene:
    pages = {"public_url": "https://digest.example.org", "secret_key": "k" * 40}
    return make_scene(database, server, title="Papers <& more>", **pages)


def is_following(scene: Scene, reader: SubscriberView, researcher_id: int) -> bool:
    with scene.database.reading() as session:
        return store.find_follow(session, reader.id, FollowKind.RESEARCHER, researcher_id) is not None


async def say(scene: Scene, text: str, chat_id: int = 4242) -> str:
    before = len(scene.server.sent)
    scene.server.say(private_chat(chat_id), text, user_id=chat_id)
    await until(lambda: len(scene.server.sent) > before)
    return scene.server.sent[-1].text


@pytest.mark.parametrize("text", ["/start", "/help", "/start follow_x"])
async def test_a_chat_that_is_subscribed_is_told_what_it_is(scene: Scene, server: ChatServer, text: str) -> None:
    async with listening(scene.app):
        said = await say(scene, text)

    assert "This chat gets Papers <& more>: every day at 12:00 (UTC)." in said
    assert "Find researchers" in said
    assert [entity.url for entity in server.sent[0].entities if entity.url] == [
        "https://digest.example.org/researchers"
    ]
    assert (server.sent[0].parse_mode, server.sent[0].has_preview) == ("HTML", False)


async def test_where_nobody_signs_up_by_themselves_a_chat_is_told_who_can_add_it(scene: Scene) -> None:
    settings = scene.app.settings.model_copy(update={"signup": SignupSettings(is_open=False)})
    async with listening(replace(scene.app, settings=settings)):
        for text in ("/start", f"/start follow_{scene.fu}", "Hello?"):
            assert "digest subscribe --telegram 9999" in await say(scene, text, 9999)


async def test_in_a_group_only_commands_of_ours_are_answered_and_in_their_topic(
    scene: Scene, server: ChatServer
) -> None:
    topic = {"is_topic_message": True, "message_thread_id": 17}
    async with listening(scene.app):
        for text in ("good morning", "/ban", "/help@another_bot", "/start@another_bot follow_1", "/"):
            server.say(group_chat(), text)
        server.say(group_chat(), "/help@Digest_Test_Bot", **topic)
        await until(lambda: server.sent)

    (sent,) = server.sent
    assert (sent.chat_id, sent.thread_id) == (GROUP, 17)
    assert "This chat" not in sent.text
    assert "/start" in sent.text


async def test_a_link_lets_a_chat_follow_and_buttons_undo_that_and_do_it_again(
    scene: Scene, server: ChatServer
) -> None:
    bo = add_record(scene.database, "Bo <Li>")
    async with listening(scene.app):
        assert "You now follow Bo <Li>" in await say(scene, f"/start follow_{bo}")
        assert is_following(scene, scene.ada, bo)
        assert "You follow Bo <Li> already" in await say(scene, f"/start follow_{bo}")

        message: dict[str, Any] = {"message_id": server.sent[0].message_id, "date": 1_790_000_000} | IN_PRIVATE
        for said, label in (("n", AGAIN), ("n", AGAIN), ("y", UNDO)):
            notice = await notice_of(server, server.tap(message, f"fo:{said}:{bo}"))
            assert ("no longer" in notice) is (said == "n")
            await until(lambda wanted=label: server.keyboard_of(message)[0][0].text == wanted)  # type: ignore[misc]
            assert is_following(scene, scene.ada, bo) is (said == "y")

    assert server.keyboard_of(message) == ((Tap(UNDO, f"fo:n:{bo}"),),)
    assert "You now follow Bo <Li>" in server.texts["4242", message["message_id"]]


async def test_whom_nobody_knows_is_said_to_be_gone(scene: Scene) -> None:
    async with listening(scene.app):
        assert await say(scene, "/start follow_999") == "There is no researcher 999. Nothing was changed."


@pytest.mark.parametrize(("user_id", "is_heard"), [(7, True), (ANONYMOUS, True), (99, False)])
async def test_in_a_group_only_administrators_change_whom_it_follows(
    scene: Scene, server: ChatServer, user_id: int, *, is_heard: bool
) -> None:
    group = add_reader(scene.database, GROUP, kind=SubscriberKind.GROUP)
    server.administrators[GROUP] = [7]
    as_chat = {"sender_chat": group_chat()} if user_id == ANONYMOUS else {}
    async with listening(scene.app):
        server.say(group_chat(), f"/start@digest_test_bot follow_{scene.fu}", user_id, **as_chat)
        await until(lambda: server.sent)

    assert is_following(scene, group, scene.fu) is is_heard
    assert (server.sent[0].text == wording.NOT_ALLOWED) is not is_heard


async def test_a_hostile_name_stays_text(scene: Scene, server: ChatServer) -> None:
    hostile = add_record(scene.database, 'Peng <script>alert("1")</script> & @ada /go')
    async with listening(scene.app):
        await say(scene, f"/start follow_{hostile}")

    assert "<script>" in server.sent[0].text
    assert [entity.kind for entity in server.sent[0].entities] == ["bold"]
    assert not {"@ada", "/go"} & set(server.sent[0].text.split())


async def test_bots_and_what_merely_happens_get_no_answer(scene: Scene, server: ChatServer) -> None:
    bot: dict[str, Any] = {"from": {"id": 77, "is_bot": True, "first_name": "Bot"}}
    async with listening(scene.app):
        server.say(private_chat(77), "/start", **bot)
        server.say(private_chat(), "", pinned_message={"message_id": 1, "date": 0, "chat": private_chat()})
        await say(scene, "/help")

    assert len(server.sent) == 1
