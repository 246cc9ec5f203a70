"""👍 and 👎 as reactions to a message of one paper, as a Bot API server on loopback tells of them."""

from datetime import timedelta

import pytest

from digest.model import FeedbackKind
from subscribers.db import Database
from subscribers.model import SubscriberKind, SubscriberView
from tests.bots import Scene, add_reader, listening, make_scene, until
from tests.factories import paper
from tests.feedback import LESS, MORE, SAVED, everything_said, said_of, say
from tests.rated_chats import ROW, Sent, send_alert, send_digest
from tests.records import add_papers
from tests.servers.telegram_chats import ChatServer, group_chat, private_chat

pytestmark = pytest.mark.anyio

GROUP = "-1001234567890"
SPARSE, DENSE = paper("2611.00011", title="Sparse Experts"), paper("2611.00012", title="Dense Retrieval")


@pytest.fixture
def scene(database: Database, server: ChatServer) -> Scene:
    return make_scene(database, server)


@pytest.fixture
async def alerted(scene: Scene, server: ChatServer) -> Sent:
    """An alert to Ada about one paper."""
    (paper_id,) = add_papers(scene.database, SPARSE)
    return await send_alert(scene.app, server, scene.ada, private_chat(), paper_id)


async def settle(server: ChatServer) -> None:
    """Wait until everything that has happened was handled: what a chat says is answered in order."""
    before = len(server.sent)
    server.say(private_chat(), "/help")
    await until(lambda: len(server.sent) > before)


async def react(server: ChatServer, sent: Sent, before: str, after: str, user_id: int = 4242) -> None:
    server.react(sent.message, before, after, user_id)
    await settle(server)


async def test_a_reaction_counts_is_replaced_by_another_and_taken_back(
    scene: Scene, server: ChatServer, alerted: Sent
) -> None:
    said: list[set[FeedbackKind]] = []
    async with listening(scene.app):
        for before, after in (("", "👍"), ("👍", "👎"), ("👎", ""), ("", "🤔"), ("🤔", "👍")):
            await react(server, alerted, before, after)
            said.append(said_of(scene.database, scene.ada, alerted.paper_ids[0]))
        assert said == [{MORE}, {LESS}, set(), set(), {MORE}]

        await alerted.tap("💾 Save")
    assert alerted.labels() == [["👍 more like this · undo"], ["💾 saved · undo"], [ROW[1], *ROW[3:]]]


async def test_taking_a_reaction_back_leaves_another_word_and_what_is_saved(
    scene: Scene, server: ChatServer, alerted: Sent
) -> None:
    say(scene.database, scene.ada, LESS, alerted.paper_ids[0])
    say(scene.database, scene.ada, SAVED, alerted.paper_ids[0])
    async with listening(scene.app):
        await react(server, alerted, "👍", "")

    assert said_of(scene.database, scene.ada, alerted.paper_ids[0]) == {LESS, SAVED}


async def test_a_reaction_to_several_papers_or_to_something_else_says_nothing(scene: Scene, server: ChatServer) -> None:
    two = await send_digest(scene.app, server, scene.ada, private_chat(), SPARSE, DENSE)
    other = Sent(server, scene.message, ())
    async with listening(scene.app):
        for sent in (two, other):
            await react(server, sent, "", "👍")

    assert everything_said(scene.database, scene.ada) == []


async def test_nobody_reacts_for_somebody_else(scene: Scene, server: ChatServer, alerted: Sent) -> None:
    bob = add_reader(scene.database, "5353")
    bobs = Sent(server, alerted.message | {"chat": private_chat(5353)}, ())  # the same number, in another chat
    async with listening(scene.app):
        await react(server, bobs, "", "👍", user_id=5353)
        await react(server, alerted, "", "👍", user_id=5353)

    assert everything_said(scene.database, bob) + everything_said(scene.database, scene.ada) == []


@pytest.mark.parametrize("kind", list(SubscriberKind))
async def test_in_a_group_everybody_reacts_but_not_in_one_that_a_person_has_linked(
    scene: Scene, server: ChatServer, kind: SubscriberKind
) -> None:
    reader: SubscriberView = add_reader(scene.database, GROUP, kind=kind)
    shared = await send_digest(scene.app, server, reader, group_chat(), SPARSE)
    async with listening(scene.app):
        server.react(shared.message, "", "👎", user_id=98)
        if kind is SubscriberKind.GROUP:
            await until(lambda: said_of(scene.database, reader, shared.paper_ids[0]) == {LESS})
        before = len(server.sent)
        server.say(group_chat(), "/help")  # behind the reaction, in the same line
        await until(lambda: len(server.sent) > before)

    expected = [(shared.paper_ids[0], LESS)] if kind is SubscriberKind.GROUP else []
    assert everything_said(scene.database, reader) == expected


async def test_a_reaction_while_the_database_is_held_up_is_noted_afterwards(
    scene: Scene, server: ChatServer, alerted: Sent
) -> None:
    async with listening(scene.app, patience=timedelta(0)):
        with scene.database.writing():
            server.react(alerted.message, "", "👍")
        await until(lambda: said_of(scene.database, scene.ada, alerted.paper_ids[0]) == {MORE})
