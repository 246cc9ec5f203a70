"""The bot is added, put out, blocked; a group becomes a supergroup; a channel posts; an update comes again."""

import pytest

from digest.storage.heard import forget_heard, is_heard, note_heard
from subscribers.chats import close_chat
from subscribers.db import Database
from subscribers.model import ChannelStatus
from subscribers.tables import ChannelRow
from tests.bots import listening, make_app, until
from tests.factories import NOON
from tests.people import subscribe
from tests.servers.telegram_chats import ChatServer, group_chat, private_chat
from tests.talks import Talk, sent_to

pytestmark = pytest.mark.anyio

LAB, NEW = -1001234567890, -1009876543210


def standing(database: Database) -> dict[str, tuple[ChannelStatus, str]]:
    """Give how each channel stands."""
    with database.reading() as session:
        return {row.address: (ChannelStatus(row.status), row.closed_reason) for row in session.query(ChannelRow)}


def add_reader(database: Database, address: str) -> None:
    subscribe(database, address, "experts", kind="telegram")


async def settle(server: ChatServer) -> None:
    """Wait until everything that happened so far was heard and handled."""
    talk = Talk(server, private_chat(99), user_id=99)
    await talk.say("/help")


async def test_who_blocks_the_bot_gets_nothing_more_and_start_opens_it_again(
    database: Database, server: ChatServer
) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        server.change_member(private_chat(), "member", "kicked")
        await until(lambda: standing(database)["4242"][0] is ChannelStatus.CLOSED)
        assert standing(database)["4242"][1] == (
            "Telegram will not deliver here: Forbidden: bot was blocked by the user"
        )
        server.change_member(private_chat(), "kicked", "member")
        await settle(server)
        assert standing(database)["4242"][0] is ChannelStatus.CLOSED
        await Talk(server).say("/start")
        assert standing(database)["4242"][0] is ChannelStatus.OPEN


async def test_a_group_that_puts_the_bot_out_closes_every_topic_and_no_other_group(
    database: Database, server: ChatServer
) -> None:
    for address in (str(LAB), f"{LAB}/17", f"{LAB}1", "@lab_papers/3", "@labxpapers"):
        add_reader(database, address)
    async with listening(make_app(database, server)):
        server.change_member(group_chat(username="lab_papers"), "member", "kicked")
        await until(lambda: standing(database)[str(LAB)][0] is ChannelStatus.CLOSED)

    closed = {address for address, (status, _) in standing(database).items() if status is ChannelStatus.CLOSED}
    assert closed == {str(LAB), f"{LAB}/17", "@lab_papers/3"}


async def test_a_group_that_adds_the_bot_is_told_how_to_begin_once(database: Database, server: ChatServer) -> None:
    async with listening(make_app(database, server)):
        server.change_member(group_chat(), "left", "member")
        server.change_member(group_chat(), "member", "administrator")
        await settle(server)

    (greeting,) = sent_to(server, LAB)
    assert "An administrator begins with /start" in greeting.text


async def test_a_group_that_had_a_digest_is_told_so(database: Database, server: ChatServer) -> None:
    add_reader(database, str(LAB))
    async with listening(make_app(database, server)):
        server.change_member(group_chat(), "member", "left")
        server.change_member(group_chat(), "left", "member")
        await until(lambda: bool(sent_to(server, LAB)))

    assert "opens it again with /start" in sent_to(server, LAB)[0].text


async def test_who_takes_the_right_to_write_is_told_and_the_group_when_it_is_back(
    database: Database, server: ChatServer
) -> None:
    add_reader(database, f"{LAB}/17")
    group = group_chat(title="Lab <b>")
    async with listening(make_app(database, server)):
        server.change_member(group, "member", "restricted", user_id=77)
        await settle(server)
        (told,) = sent_to(server, 77)
        assert "I may no longer write in “Lab <b>”" in told.text
        assert standing(database)[f"{LAB}/17"][0] is ChannelStatus.OPEN, "sending may show that it is not so"

        with database.writing() as session:
            close_chat(session, LAB, "", "Telegram will not deliver here: have no rights to send a message", NOON)
        server.change_member(group, "restricted", "member", user_id=77)
        await settle(server)

    assert len(sent_to(server, 77)) == 1
    (greeting,) = sent_to(server, LAB)
    assert "opens it again with /start" in greeting.text


async def test_in_a_channel_whoever_gives_or_takes_the_right_to_post_is_told(
    database: Database, server: ChatServer
) -> None:
    add_reader(database, str(LAB))
    channel = {"id": LAB, "type": "channel", "title": "Lab papers"}
    async with listening(make_app(database, server)):
        server.change_member(channel, "administrator", "administrator", user_id=77, posts=(True, False))
        await settle(server)
        with database.writing() as session:
            close_chat(session, LAB, "", "Telegram will not deliver here: need administrator rights", NOON)
        server.change_member(channel, "administrator", "administrator", user_id=77, posts=(False, True))
        await settle(server)

    lost, regained = (each.text for each in sent_to(server, 77))
    assert "I may no longer write in “Lab papers”" in lost
    assert "I may write in “Lab papers” again." in regained
    assert sent_to(server, LAB) == []


@pytest.mark.parametrize("by", [77, 1087968824])
async def test_rights_in_a_group_without_a_digest_or_taken_by_nobody_in_particular_are_no_news(
    by: int, database: Database, server: ChatServer
) -> None:
    if by != 77:
        add_reader(database, str(LAB))
    async with listening(make_app(database, server)):
        server.change_member(group_chat(), "member", "restricted", user_id=by)
        server.change_member(group_chat(), "restricted", "member", user_id=by)
        await settle(server)

    assert sent_to(server, by) == sent_to(server, LAB) == []


async def test_a_group_that_becomes_a_supergroup_keeps_its_digest_whoever_says_so_first(
    database: Database, server: ChatServer
) -> None:
    add_reader(database, "-4242")
    old, new = group_chat(-4242, type="group"), group_chat(NEW)
    async with listening(make_app(database, server)):
        for _ in range(2):
            server.say(new, "", migrate_from_chat_id=-4242)
            server.say(old, "", migrate_to_chat_id=NEW)
        await until(lambda: str(NEW) in standing(database))
        await settle(server)

    assert standing(database) == {str(NEW): (ChannelStatus.OPEN, "")}


async def test_where_the_new_group_has_begun_by_itself_that_stays(database: Database, server: ChatServer) -> None:
    add_reader(database, "-4242")
    add_reader(database, str(NEW))
    async with listening(make_app(database, server)):
        server.say(group_chat(NEW), "", migrate_from_chat_id=-4242)
        await until(lambda: standing(database)["-4242"][0] is ChannelStatus.CLOSED)

    assert standing(database)[str(NEW)][0] is ChannelStatus.OPEN


async def test_a_post_in_a_channel_subscribes_it_for_only_administrators_post(
    database: Database, server: ChatServer
) -> None:
    channel = {"id": LAB, "type": "channel", "title": "Lab papers"}
    async with listening(make_app(database, server)):
        server.give(channel_post={"message_id": 5, "date": 1_790_000_000, "chat": channel, "text": "/start"})
        server.give(channel_post={"message_id": 6, "date": 1_790_000_000, "chat": channel, "text": "Good morning"})
        await until(lambda: bool(sent_to(server, LAB)))
        await settle(server)

    assert standing(database) == {str(LAB): (ChannelStatus.OPEN, "")}
    assert len(sent_to(server, LAB)) == 1


async def test_an_update_that_comes_again_after_a_crash_says_and_changes_nothing(
    database: Database, server: ChatServer
) -> None:
    async with listening(make_app(database, server)):
        await Talk(server).say("/start", 2)
        again = dict(server.last_update)
    async with listening(make_app(database, server)):  # it begins at offset 0, as after a crash
        server.updates.append(again)
        await settle(server)

    assert len(sent_to(server, 4242)) == 2


def test_what_was_heard_is_remembered_for_one_bot_and_forgotten_in_time(database: Database) -> None:
    with database.writing() as session:
        for _ in range(2):
            note_heard(session, 1, [77], NOON)
        note_heard(session, 2**40, [2**40], NOON)
        assert is_heard(session, 1, 77)
        assert is_heard(session, 2**40, 2**40)
        assert not is_heard(session, 2, 77)
        assert not is_heard(session, 1, 78)
        assert forget_heard(session, NOON) == 0
        assert forget_heard(session, NOON.replace(hour=13)) == 2
