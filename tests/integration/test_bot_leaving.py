"""Leaving and being forgotten by chat, buttons that lead nowhere, long lists and floods."""

import json
from datetime import timedelta

import pytest

from digest.bot import wording
from digest.bot.commands import beginning, leaving, reception
from digest.pipeline.signup import read_interest
from digest.settings import SignupSettings
from digest.storage.bot_tables import HeardUpdateRow
from subscribers import service
from subscribers.db import Database
from subscribers.model import (
    ChannelWish,
    Schedule,
    SubscriberStatus,
    SubscriberView,
    UnknownSubscriber,
)
from tests.bots import add_reader, listening, make_app, until
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.people import OPERATOR
from tests.records import add_record
from tests.servers.telegram_chats import ChatServer, private_chat
from tests.talks import Talk

pytestmark = pytest.mark.anyio


def find(database: Database, who: str = "4242") -> SubscriberView:
    with database.reading() as session:
        return service.get_subscriber(session, who)


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_stop_asks_ends_and_is_taken_back_within_the_hour(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    app = make_app(database, server)
    assert isinstance(app.clock, FixedClock)
    async with listening(app):
        await talk.say("/stop")
        await talk.tap("No")
        assert talk.text == leaving.STAYED
        await talk.say("/stop")
        await talk.tap("Yes")
        assert find(database).status is SubscriberStatus.UNSUBSCRIBED
        undo = server.keyboards[talk.key][0][0].data
        assert await talk.say("/interests") == reception.NOT_SUBSCRIBED
        assert await talk.press(undo) == leaving.RETURNED
        assert await talk.press(undo) == leaving.RETURNED
        assert find(database).status is SubscriberStatus.CONFIRMED
        assert await talk.press(undo[:-1] + ("0" if undo[-1] != "0" else "1")) == wording.TOO_OLD
        app.clock.advance(timedelta(hours=2))
        assert await talk.press(undo) == leaving.NOT_UNDONE


async def test_stop_of_one_of_two_places_leaves_the_other(database: Database, server: ChatServer, talk: Talk) -> None:
    view = add_reader(database, "4242")
    mail = ChannelWish(kind="email", address="ada@example.org", schedule=Schedule("UTC", NOON.time()), cap=5)
    with database.writing() as session:
        service.add_channel(session, NOON, view.id, mail, start_after=0, consent=OPERATOR)
    async with listening(make_app(database, server)):
        assert "It also goes to your email" in await talk.say("/stop")
        await talk.tap("Only here")
        assert "nothing is sent here any more" in talk.text
        assert find(database, str(view.id)).status is SubscriberStatus.CONFIRMED
        await talk.tap("Undo")
        await talk.say("/stop")
        await talk.tap("Everywhere")
        assert find(database, str(view.id)).status is SubscriberStatus.UNSUBSCRIBED


async def test_a_chat_that_was_taken_out_of_a_subscription_fetches_and_deletes_nothing(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    view = add_reader(database, "4242")
    mail = ChannelWish(kind="email", address="ada@example.org", schedule=Schedule("UTC", NOON.time()), cap=5)
    with database.writing() as session:
        service.add_channel(session, NOON, view.id, mail, start_after=0, consent=OPERATOR)
        service.unsubscribe(session, NOON, view.id, view.channels[0].id)
    async with listening(make_app(database, server)):
        assert await talk.say("/export") == leaving.NOTHING_HELD
        assert await talk.press(f"c:er:{int(NOON.timestamp())}") == leaving.NOTHING_HELD
        assert await talk.press(f"c:su:{int(NOON.timestamp())}:{'0' * 16}") == wording.TOO_OLD
        assert await talk.say("/forget") == leaving.NUMBER_FORGOTTEN
        assert await talk.say("/forget") == leaving.NOTHING_HELD

    after = find(database, str(view.id))
    assert after.status is SubscriberStatus.CONFIRMED
    with database.reading() as session:
        assert "4242" not in json.dumps(service.export(session, view.id)["channels"])
        assert '"4242"' not in json.dumps(service.export(session, view.id)["events"])


def take_out(database: Database) -> SubscriberView:
    """Have a reader with mail and a chat, and then with mail alone."""
    view = add_reader(database, "4242")
    mail = ChannelWish(kind="email", address="ada@example.org", schedule=Schedule("UTC", NOON.time()), cap=5)
    with database.writing() as session:
        service.add_channel(session, NOON, view.id, mail, start_after=0, consent=OPERATOR)
        service.add_interest(session, NOON, view.id, read_interest("secret plans"))
        service.unsubscribe(session, NOON, view.id, view.channels[0].id)
    return view


async def test_a_chat_that_was_taken_out_begins_anew_and_finds_nothing_of_what_it_was_part_of(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    view = take_out(database)
    async with listening(make_app(database, server)):
        assert await talk.say("/start") == beginning.TAKEN_OUT
        assert find(database).id == view.id, "to be asked changes nothing"
        await talk.tap("Begin anew")
        assert "This chat gets it from now on" in talk.text
        anew = find(database)
        assert anew.id != view.id
        assert "secret" not in await talk.say("/interests")
        await talk.press("c:an")  # once more is no error

    assert find(database).id == anew.id
    assert [each.status.value for each in find(database, str(view.id)).channels] == ["closed", "open"]


async def test_who_begins_anew_by_a_follow_link_follows_then(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    take_out(database)
    wei = add_record(database)
    async with listening(make_app(database, server)):
        await talk.say(f"/start follow_{wei}")
        await talk.tap(beginning.FOLLOW_HERE)
        assert talk.text == beginning.TAKEN_OUT
        await talk.tap("Begin anew")
        assert "Peng Fu" in talk.text

    assert [each.target_id for each in find(database).follows] == [wei]


async def test_nothing_begins_anew_where_nobody_can_sign_up(database: Database, server: ChatServer, talk: Talk) -> None:
    view = take_out(database)
    async with listening(make_app(database, server, signup=SignupSettings(is_open=False))):
        talk.last = 1
        await talk.press("c:an")

    assert find(database).id == view.id


async def test_a_chat_that_was_removed_opens_nobodys_data_once_all_the_rest_is_left(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    view = add_reader(database, "4242")
    mail = ChannelWish(kind="email", address="ada@example.org", schedule=Schedule("UTC", NOON.time()), cap=5)
    with database.writing() as session:
        service.add_channel(session, NOON, view.id, mail, start_after=0, consent=OPERATOR)
        service.remove_channel(session, NOON, view.channels[0].id)
        service.unsubscribe(session, NOON, view.id)
    async with listening(make_app(database, server)):
        assert await talk.say("/start") == beginning.TAKEN_OUT
        assert await talk.say("/export") == leaving.NOTHING_HELD

    assert find(database, str(view.id)).status is SubscriberStatus.UNSUBSCRIBED

    assert find(database, str(view.id)).channels[0].status.value == "closed"


async def test_who_had_blocked_the_bot_comes_back_by_start(database: Database, server: ChatServer, talk: Talk) -> None:
    view = add_reader(database, "4242")
    with database.writing() as session:
        service.remove_channel(session, NOON, view.channels[0].id, "Forbidden: bot was blocked by the user")
    async with listening(make_app(database, server)):
        assert "This chat gets it from now on" in await talk.say("/start")

    assert find(database).id == view.id


async def test_export_sends_everything_as_a_file(database: Database, server: ChatServer, talk: Talk) -> None:
    async with listening(make_app(database, server)):
        await talk.say("/start", 2)
        await talk.say("/add sign language")
        assert await talk.say("/export") == leaving.EXPORTED
        await until(lambda: server.files)

    ((chat, content),) = server.files
    assert chat == "4242"
    assert json.loads(content)["interests"][0]["text"] == "sign language"


async def test_forget_asks_and_an_old_question_deletes_nobody(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    app = make_app(database, server)
    assert isinstance(app.clock, FixedClock)
    async with listening(app):
        await talk.say("/forget")
        app.clock.advance(timedelta(minutes=11))
        assert await talk.tap("Delete everything") == leaving.TOO_LATE
        assert find(database).status is SubscriberStatus.CONFIRMED
        await talk.say("/forget")
        await talk.tap("Delete everything")
        assert talk.text == leaving.FORGOTTEN
        assert await talk.say("/export") == leaving.NOTHING_HELD

    with pytest.raises(UnknownSubscriber):
        find(database)


# ── buttons that are stale or made up ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "data",
    [
        *(
            "c:zz",
            "c:rt:999",
            "c:rt:x",
            "c:rt",
            "c:rx:1:2",
            "c:fa:1:1",
            "c:fa:9999999999:1",
            "c:ff:r:1",
            "c:ff:z:1:0:0:0",
        ),
        *(
            "c:ff:i:999:0:0:0",
            "c:ff:r:1:9:0:0",
            "c:uf:7",
            "c:sm:x",
            "c:sc:hourly",
            "c:st:24",
            "c:sz:Mars/Base",
            "c:pa:0",
        ),
        *("c:pa:9999", "c:su:1:x", "c:su:x:y", "c:lr:x"),
    ],
)
async def test_buttons_that_lead_nowhere_are_said_to_be_too_old(
    database: Database, server: ChatServer, talk: Talk, data: str
) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        await talk.say("/help")
        assert await talk.press(data) == wording.TOO_OLD

    assert server.edits == 0


async def test_lists_of_hundreds_are_shown_in_pages(database: Database, server: ChatServer, talk: Talk) -> None:
    view = add_reader(database, "4242")
    with database.writing() as session:
        for number in range(40):
            service.add_interest(session, NOON, view.id, read_interest(f'"{"long " * 40}" {number}'))
    async with listening(make_app(database, server)):
        assert "(1 of 3)" in await talk.say("/interests")
        await talk.tap("More")
        await talk.tap("More")
        assert "(3 of 3)" in talk.text
        await talk.press("c:li:99")
        await talk.tap("‹ Back")
        assert "(2 of 3)" in talk.text


# ── floods ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def count_heard(database: Database) -> int:
    """Count the updates that have been handled."""
    with database.reading() as session:
        return session.query(HeardUpdateRow).count()


async def test_who_writes_too_fast_is_told_once_and_heard_again_in_a_minute(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    app = make_app(database, server)
    assert isinstance(app.clock, FixedClock)
    async with listening(app):
        for _ in range(reception.MOST_A_MINUTE):
            await talk.say("/paper")
        assert await talk.say("/paper") == reception.TOO_MANY
        for _ in range(3):
            server.say(talk.chat, "/paper")
        assert await Talk(server, private_chat(7), 7).say("/paper") != reception.TOO_MANY
        await until(lambda: count_heard(database) == reception.MOST_A_MINUTE + 5)
        app.clock.advance(timedelta(minutes=1))
        assert "Which paper?" in await talk.say("/paper")

    assert len(server.sent) == reception.MOST_A_MINUTE + 3
