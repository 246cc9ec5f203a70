"""Linking a chat by a code, with the real library against a Bot API server on loopback."""

from functools import partial
from typing import Any

import pytest
from structlog.testing import capture_logs

from digest.bot import wording
from digest.bot.linking import OF_ANOTHER
from subscribers import linking, store
from subscribers.db import Database
from subscribers.linking import MOST_GUESSES
from subscribers.model import ChannelView, SubscriberView
from tests.bots import add_reader, listening, make_app, until
from tests.factories import NOON
from tests.people import subscribe
from tests.servers.telegram_chats import ANONYMOUS, ChatServer, group_chat, private_chat
from tests.talks import Talk

pytestmark = pytest.mark.anyio

GROUP = -1001234567890


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", timezone="Europe/Berlin")


def code_for(database: Database, view: SubscriberView, *, for_group: bool = False) -> str:
    with database.writing() as session:
        codes = linking.issue_codes(session, NOON, view.id)
    return codes.group if for_group else codes.private


def chats(database: Database, view: SubscriberView) -> list[ChannelView]:
    with database.reading() as session:
        return [each for each in store.view_subscriber(session, view.id).channels if each.kind == "telegram"]


Saying = tuple[dict[str, Any], str, dict[str, Any]]


def has_answered(server: ChatServer, times: int) -> bool:
    return len(server.sent) >= times


async def answers(database: Database, server: ChatServer, *said: Saying) -> list[str]:
    """Let people say things, one after another, and say yes where they are asked; give what the bot shows then."""
    async with listening(make_app(database, server)):
        for number, (chat, text, fields) in enumerate(said, start=len(server.sent) + 1):
            server.say(chat, text, **fields)
            await until(partial(has_answered, server, number))
            sent = server.sent[number - 1]
            topic = {key: value for key, value in fields.items() if key != "user_id"}
            talk = Talk(server, chat, fields.get("user_id", 4242), sent.message_id, topic)
            if "Yes, add this chat" in talk.buttons:
                await talk.tap("Yes, add this chat")
    return [server.texts[each.chat_id, each.message_id] for each in server.sent]


async def test_the_link_with_a_code_adds_the_chat_and_says_what_comes_when(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    code = code_for(database, ada)
    with capture_logs() as logs:
        (answer,) = await answers(database, server, (private_chat(), f"/start link_{code}", {}))

    assert answer.startswith("This chat now gets Daily Paper Digest: every day at 08:00 (Europe/Berlin).")
    (channel,) = chats(database, ada)
    assert (channel.address, channel.verified_at, channel.schedule) == ("4242", NOON, ada.channels[0].schedule)
    assert any(entry["event"] == "bot_link_code_taken" and entry["outcome"] == "linked" for entry in logs)
    assert code not in str(logs)


async def test_a_code_typed_in_small_letters_works_too(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    said = f"/start  link_{code_for(database, ada).lower()} "
    (answer,) = await answers(database, server, (private_chat(), said, {}))
    assert answer.startswith("This chat now gets")


async def test_wrong_used_and_malformed_codes_get_one_same_sentence(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    code = code_for(database, ada)
    said = [
        f"/start link_{code}",
        f"/start link_{code}",
        "/start link_AAAABBBBCCCCDDDD",
        "/start link_",
        "/start link_é",
    ]
    found = await answers(
        database, server, *((private_chat(7 + n % 2), text, {"user_id": 7 + n % 2}) for n, text in enumerate(said))
    )

    assert found[1:] == [wording.LINK_REFUSED] * 4
    assert len(chats(database, ada)) == 1


async def test_a_chat_that_guesses_is_asked_to_wait(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    guesses: list[Saying] = [(private_chat(), f"/start link_GUESS{number}", {}) for number in range(MOST_GUESSES)]
    right: Saying = (private_chat(), f"/start link_{code_for(database, ada)}", {})

    assert (await answers(database, server, *guesses, right))[-1] == wording.LINK_TOO_MANY
    assert chats(database, ada) == []


async def test_a_group_is_linked_by_an_administrator_alone_and_topic_by_topic(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    server.administrators[str(GROUP)] = [4242]
    said = f"/start link_{code_for(database, ada, for_group=True)}"
    topic = {"message_thread_id": 42, "is_topic_message": True}
    found = await answers(
        database,
        server,
        (group_chat(is_forum=True), said, {"user_id": 99, **topic}),
        (group_chat(is_forum=True), said, topic),
    )

    assert found[0] == wording.LINK_NOT_ALLOWED
    assert found[1].startswith("This chat now gets")
    assert [each.address for each in chats(database, ada)] == [f"{GROUP}/42"]


async def test_an_anonymous_administrator_may_link_the_group(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    said = f"/start link_{code_for(database, ada, for_group=True)}"
    fields = {"user_id": ANONYMOUS, "sender_chat": group_chat()}
    (answer,) = await answers(database, server, (group_chat(), said, fields))
    assert answer.startswith("This chat now gets")


async def test_a_chat_of_another_subscription_is_told_so_and_nothing_changes(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    bob = add_reader(database, "4242")
    before = chats(database, bob)
    (answer,) = await answers(database, server, (private_chat(), f"/start link_{code_for(database, ada)}", {}))

    assert answer == OF_ANOTHER
    assert (chats(database, bob), chats(database, ada)) == (before, [])


async def test_a_chat_that_is_linked_is_told_what_it_gets_already(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    first = code_for(database, ada)
    await answers(database, server, (private_chat(), f"/start link_{first}", {}))
    second = code_for(database, ada)
    found = await answers(database, server, (private_chat(), f"/start link_{second}", {}))
    assert found[-1].startswith("This chat already gets")
    assert len(chats(database, ada)) == 1
