"""Commands in groups: who may change what, what a linked group is not shown, and what is not heard at all."""

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from digest.bot import rating_words, wording
from digest.bot.commands import beginning, leaving, reception
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import ChannelWish, SubscriberKind, SubscriberStatus, SubscriberView, UnknownSubscriber
from tests.bots import add_reader, listening, make_app, notice_of, until
from tests.factories import NOON
from tests.people import OPERATOR
from tests.records import add_record
from tests.servers import telegram as api
from tests.servers.telegram import TOKEN
from tests.servers.telegram_chats import ANONYMOUS, ChatServer, group_chat, private_chat
from tests.talks import Talk

pytestmark = pytest.mark.anyio

GROUP = "-1001234567890"
ADMINISTRATOR, MEMBER = 7, 99
CHANGES = ("/add x", "/remove x", "/exclude x", "/unfollow x", "/follow x", "/pause", "/resume", "/settings", "/stop")


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with ChatServer() as running:
        running.administrators[GROUP] = [ADMINISTRATOR]
        yield running


@pytest.fixture
def lab(server: ChatServer) -> Talk:
    """What an administrator says in a group."""
    return Talk(server, group_chat(), ADMINISTRATOR)


def find(database: Database, who: str = GROUP) -> SubscriberView:
    with database.reading() as session:
        return service.get_subscriber(session, who)


async def test_an_administrator_subscribes_a_group_and_no_other_member_does(
    database: Database, server: ChatServer, lab: Talk
) -> None:
    async with listening(make_app(database, server)):
        assert await Talk(server, group_chat(), MEMBER).say("/start") == wording.NOT_ALLOWED
        with pytest.raises(UnknownSubscriber):
            find(database)
        begun = await lab.say("/start@digest_test_bot")
        assert "This chat gets it from now on" in begun
        assert "/add diffusion models" in begun  # plain words are not read in a group
        assert "This chat gets" in await Talk(server, group_chat(), MEMBER).say("/start")

    view = find(database)
    assert (view.kind, view.name) == (SubscriberKind.GROUP, "Lab")


async def test_an_anonymous_administrator_subscribes_the_topic_it_is_said_in(
    database: Database, server: ChatServer
) -> None:
    talk = Talk(server, group_chat(), ANONYMOUS)
    fields: dict[str, Any] = {"sender_chat": group_chat(), "is_topic_message": True, "message_thread_id": 17}
    async with listening(make_app(database, server)):
        await talk.say("/start", **fields)

    assert find(database, f"{GROUP}/17").kind is SubscriberKind.GROUP
    assert server.sent[0].thread_id == 17


@pytest.mark.parametrize("text", CHANGES)
async def test_what_changes_something_is_for_administrators(
    database: Database, server: ChatServer, lab: Talk, text: str
) -> None:
    add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    before = find(database)
    async with listening(make_app(database, server)):
        assert await Talk(server, group_chat(), MEMBER).say(text) == wording.NOT_ALLOWED
        assert find(database) == before
        assert await lab.say(text) != wording.NOT_ALLOWED


async def test_buttons_of_commands_are_for_administrators_too(
    database: Database, server: ChatServer, lab: Talk
) -> None:
    add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    async with listening(make_app(database, server)):
        await lab.say("/add whales")
        assert await lab.tap("Undo", MEMBER, changes=False) == wording.NOT_ALLOWED
        assert find(database).interests == ("whales",)
        await lab.tap("Undo")
        assert find(database).interests == ()
        await lab.say("/stop")
        assert await lab.tap("Yes", MEMBER, changes=False) == wording.NOT_ALLOWED
        await lab.tap("Yes")
        assert find(database).status is SubscriberStatus.UNSUBSCRIBED
        assert await lab.tap("Undo", MEMBER, changes=False) == wording.NOT_ALLOWED
        await lab.tap("Undo")
        assert find(database).status is SubscriberStatus.CONFIRMED


async def test_who_lost_the_rank_is_refused_once_that_is_known(
    database: Database, server: ChatServer, lab: Talk
) -> None:
    add_reader(database, GROUP, kind=SubscriberKind.GROUP)

    def refuse(_: dict[str, str]) -> None:
        raise api.Refused(api.KICKED)

    server.methods["getchatadministrators"] = refuse
    async with listening(make_app(database, server)):
        assert await lab.say("/add x") == wording.ADMINISTRATORS_UNKNOWN

    assert find(database).interests == ()


async def test_members_may_read(database: Database, server: ChatServer) -> None:
    add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    member = Talk(server, group_chat(), MEMBER)
    async with listening(make_app(database, server)):
        for text in ("/help", "/interests", "/following", "/today", "/why x", "/paper 2310.01234", "/search whales"):
            assert await member.say(text) != wording.NOT_ALLOWED


@pytest.mark.parametrize(
    "text", ["/interests", "/following", "/add x", "/pause", "/unfollow", "/saved", "/why x", "/start follow_1"]
)
async def test_a_group_that_one_person_has_linked_neither_sees_nor_changes_what_is_theirs(
    database: Database, server: ChatServer, lab: Talk, text: str
) -> None:
    view = add_reader(database, "4242")
    _link(database, view)
    async with listening(make_app(database, server, public_url="https://digest.example.org", secret_key="k" * 40)):
        assert await lab.say(text) == reception.OF_A_PERSON
        await lab.say("/settings")
        assert not [entity for entity in server.sent[-1].entities if entity.url]


async def test_a_made_up_tap_in_a_linked_group_follows_nobody_for_the_person(
    database: Database, server: ChatServer, lab: Talk
) -> None:
    view, somebody = add_reader(database, "4242"), add_record(database, "Bo Li")
    _link(database, view)
    async with listening(make_app(database, server)):
        await lab.say("/help")
        assert await lab.press(f"fo:y:{somebody}") == rating_words.OF_A_PERSON

    assert find(database, "4242").follows == ()


@pytest.mark.parametrize("data", ["c:li", "c:lf", "sv:n:1"])
async def test_a_made_up_tap_does_not_put_a_list_in_place_of_what_a_group_was_sent(
    database: Database, server: ChatServer, lab: Talk, data: str
) -> None:
    add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    async with listening(make_app(database, server)):
        shown = await lab.say("/settings")
        made_up = server.tap({"message_id": lab.last, "date": 1_790_000_000, "chat": lab.chat}, data, MEMBER)
        assert await notice_of(server, made_up) == wording.TOO_OLD
        assert await lab.press(data, MEMBER, keyboard=()) == wording.TOO_OLD, "nor of a message without any buttons"

    assert (server.edits, lab.text) == (0, shown)


async def test_in_a_channel_which_strangers_read_only_administrators_see_lists(
    database: Database, server: ChatServer
) -> None:
    add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    channel = Talk(server, {"id": int(GROUP), "type": "channel", "title": "Papers"}, MEMBER, last=5)
    async with listening(make_app(database, server)):
        assert await channel.press("c:li") == wording.NOT_ALLOWED

    assert server.edits == 0


async def test_a_linked_group_ends_the_digest_for_itself_alone(
    database: Database, server: ChatServer, lab: Talk
) -> None:
    view = add_reader(database, "4242")
    _link(database, view)
    async with listening(make_app(database, server)):
        await lab.say("/stop")
        assert await lab.press("c:sa")
        await until(lambda: "nothing is sent here" in lab.text)

    after = find(database, "4242")
    assert after.status is SubscriberStatus.CONFIRMED
    assert [each.status.value for each in after.channels] == ["open", "closed"]


async def test_a_group_does_not_inherit_what_one_person_had_linked(
    database: Database, server: ChatServer, lab: Talk
) -> None:
    view = add_reader(database, "4242")
    _link(database, view)
    with database.writing() as session:
        service.unsubscribe(session, NOON, view.id)
    async with listening(make_app(database, server)):
        assert await lab.say("/start") == beginning.TAKEN_OUT
        assert await lab.tap("Begin anew", 99, changes=False) == wording.NOT_ALLOWED
        await lab.tap("Begin anew")

    anew = find(database, GROUP)
    assert (anew.kind, anew.follows, anew.interests) == (SubscriberKind.GROUP, (), ())
    with database.reading() as session:
        _, agreed = store.list_consents(session, [anew.id])[anew.id]
    assert agreed["chat"] == GROUP
    assert len(agreed["user"]) == 64, "a hash, and not the number of the administrator"


@pytest.mark.parametrize("text", ["/export", "/forget"])
async def test_what_is_about_one_person_is_not_for_groups(
    database: Database, server: ChatServer, lab: Talk, text: str
) -> None:
    add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    async with listening(make_app(database, server)):
        assert await lab.say(text) == reception.PRIVATE_ONLY
        assert await lab.press("c:er:1") == reception.PRIVATE_ONLY

    assert leaving.ASK_FORGET not in [sent.text for sent in server.sent]


async def test_what_is_no_command_of_ours_is_not_heard(database: Database, server: ChatServer, lab: Talk) -> None:
    add_reader(database, GROUP, kind=SubscriberKind.GROUP)
    async with listening(make_app(database, server)):
        for text in ("sign language", "https://arxiv.org/abs/2310.01234", "/ban", "/add@another_bot x"):
            server.say(group_chat(), text, ADMINISTRATOR)
        await lab.say("/help")

    assert len(server.sent) == 1
    assert find(database).interests == ()


async def test_neither_words_nor_names_nor_the_token_reach_the_log(database: Database, server: ChatServer) -> None:
    talk = Talk(server, private_chat())
    with capture_logs() as logs:
        async with listening(make_app(database, server)):
            await talk.say("/start", 2)
            for text in ("/add dear diary", "/remove dear diary", "dear diary", "/follow Dear Diary"):
                await talk.say(text)
            await talk.tap("Follow the name")

    assert [entry["command"] for entry in logs if entry["event"] == "bot_command_taken"][-1] == "fn"
    for secret in (TOKEN, "diary", "Diary", "Ada", "ada_l"):
        assert secret not in str(logs)


def _link(database: Database, view: SubscriberView) -> None:
    wish = ChannelWish(kind="telegram", address=GROUP, schedule=view.channels[0].schedule, cap=5)
    with database.writing() as session:
        service.add_channel(session, NOON, view.id, wish, start_after=0, consent=OPERATOR)
