"""A code asks before it joins a chat to a subscription; then the reader says what shall come where."""

from dataclasses import replace

import pytest

from digest.bot import wording
from digest.bot.commands.joining import NOT_ADDED
from digest.bot.commands.reception import MOST_TAPS, TOO_MANY
from subscribers import linking, service, store
from subscribers.db import Database
from subscribers.linking import MOST_GUESSES
from subscribers.model import Cadence, ChannelView, SubscriberKind, SubscriberView
from tests.bots import add_reader, listening, make_app
from tests.factories import NOON
from tests.people import subscribe
from tests.servers.telegram_chats import ChatServer, group_chat, private_chat
from tests.talks import Talk

pytestmark = pytest.mark.anyio

YES = "Yes, add this chat"


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", timezone="Europe/Berlin")


def code_for(database: Database, view: SubscriberView, *, for_group: bool = False) -> str:
    with database.writing() as session:
        codes = linking.issue_codes(session, NOON, view.id)
    return codes.group if for_group else codes.private


def channels(database: Database, view: SubscriberView) -> dict[str, ChannelView]:
    with database.reading() as session:
        return {each.kind: each for each in store.view_subscriber(session, view.id).channels}


def ways(database: Database, view: SubscriberView) -> list[tuple[str, Cadence, bool]]:
    found = channels(database, view).values()
    return [(each.kind, each.schedule.cadence, each.repeats) for each in found]


async def test_it_is_asked_with_a_masked_address_and_nothing_happens_before_the_tap(
    database: Database, server: ChatServer, talk: Talk, ada: SubscriberView
) -> None:
    async with listening(make_app(database, server)):
        asked = (await talk.say(f"/start link_{code_for(database, ada)}")).replace("\u2060", "")
        assert "the subscription that goes to a•••@example.org?" in asked
        assert "ada@" not in asked
        assert list(channels(database, ada)) == ["email"]
        await talk.tap(YES)

    assert talk.text.startswith("This chat now gets Daily Paper Digest")
    assert list(channels(database, ada)) == ["email", "telegram"]


async def test_no_changes_nothing_and_asking_again_from_here_still_works(
    database: Database, server: ChatServer, talk: Talk, ada: SubscriberView
) -> None:
    said = f"/start link_{code_for(database, ada)}"
    async with listening(make_app(database, server)):
        await talk.say(said)
        await talk.tap("No")
        assert talk.text == NOT_ADDED
        await talk.say(said)
        await talk.tap(YES)

    assert "telegram" in channels(database, ada)


async def test_after_it_was_asked_a_code_works_from_no_other_chat(
    database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    code = code_for(database, ada, for_group=True)
    server.administrators[str(group_chat()["id"])] = [4242]
    server.administrators["-100777"] = [99]
    group, thief = Talk(server, group_chat()), Talk(server, private_chat(99), 99)
    another = Talk(server, group_chat(-100777), 99)
    async with listening(make_app(database, server)):
        asked = await group.say(f"/start link_{code}")
        assert "@" not in asked, "a group does not learn the address"
        assert await thief.say(f"/start link_{code}") == wording.LINK_REFUSED
        assert await another.say(f"/start link_{code}") == wording.LINK_REFUSED
        assert await group.tap(YES, 99, changes=False) == wording.NOT_ALLOWED
        await group.tap(YES)

    assert group.text.startswith("This chat now gets")
    assert group.buttons == [], "a group is no place of one person"
    assert channels(database, ada)["telegram"].address == str(group_chat()["id"])


async def test_a_second_tap_says_the_same_and_counts_as_no_guess(
    database: Database, server: ChatServer, talk: Talk, ada: SubscriberView
) -> None:
    code = code_for(database, ada)
    async with listening(make_app(database, server)):
        await talk.say(f"/start link_{code}")
        for _ in range(MOST_GUESSES + 2):
            await talk.press(f"c:lk:{code}")
        assert (await talk.say(f"/start link_{code}")).startswith("This chat already gets")

    assert len(channels(database, ada)) == 2


async def test_made_up_codes_on_buttons_are_guesses_as_others_are(
    database: Database, server: ChatServer, talk: Talk, ada: SubscriberView
) -> None:
    async with listening(make_app(database, server)):
        await talk.say("/start link_AAAABBBBCCCCDDDD")
        for _ in range(MOST_GUESSES):
            await talk.press("c:lk:AAAABBBBCCCCDDDD")
        assert await talk.say(f"/start link_{code_for(database, ada)}") == wording.LINK_TOO_MANY

    assert list(channels(database, ada)) == ["email"]


async def test_the_reader_chooses_what_comes_where_and_can_turn_it_back(
    database: Database, server: ChatServer, talk: Talk, ada: SubscriberView
) -> None:
    on_weekdays = replace(ada.channels[0].schedule, cadence=Cadence.WEEKDAYS)
    with database.writing() as session:
        service.set_schedule(session, NOON, ada.channels[0].id, on_weekdays)
    async with listening(make_app(database, server)):
        await talk.say(f"/start link_{code_for(database, ada)}")
        await talk.tap(YES)
        assert talk.buttons == ["Here, and no mail", "All of it in both places", "✓ Both, each paper once"]

        await talk.tap("Here, and no mail")
        assert "no longer by mail to a•••@example.org" in talk.text.replace("\u2060", "")
        assert ways(database, ada) == [("email", Cadence.ALERTS, False), ("telegram", Cadence.WEEKDAYS, False)]
        await talk.tap("✓ Here", changes=False)
        with database.writing() as session:
            chat = channels(database, ada)["telegram"]
            service.set_schedule(session, NOON, chat.id, ada.channels[0].schedule)

        await talk.tap("All of it in both places")
        assert ways(database, ada) == [("email", Cadence.WEEKDAYS, True), ("telegram", Cadence.DAILY, True)]
        await talk.tap("Both, each paper once")
        assert ways(database, ada) == [("email", Cadence.WEEKDAYS, False), ("telegram", Cadence.DAILY, False)]


async def test_who_had_silenced_mail_for_a_chat_and_leaves_that_is_told_that_mail_brings_the_digest_again(
    database: Database, server: ChatServer, talk: Talk, ada: SubscriberView
) -> None:
    async with listening(make_app(database, server)):
        await talk.say(f"/start link_{code_for(database, ada)}")
        await talk.tap(YES)
        await talk.tap("Here, and no mail")
        await talk.say("/stop")
        await talk.tap("Only here")
        assert "The digest comes by mail again, as often as before." in talk.text
        assert channels(database, ada)["email"].schedule.cadence is Cadence.DAILY
        await talk.tap("Undo")

    assert channels(database, ada)["email"].schedule.cadence is Cadence.ALERTS


async def test_old_and_made_up_choices_change_nothing(
    database: Database, server: ChatServer, talk: Talk, ada: SubscriberView
) -> None:
    bob = add_reader(database, "4242")
    made_up = ("c:lm:x", "c:lm", "c:lm:o:x", "c:lm:o:1-99", f"c:lm:b:{ada.channels[0].id}-4")
    async with listening(make_app(database, server)):
        await talk.say("/help")
        for data in made_up[:-1]:
            assert "too old" in await talk.press(data) or "nothing to choose" in talk.text
        await talk.press(made_up[-1])
        await talk.say("/start link_AAAABBBBCCCCDDDD")

    assert ways(database, ada) == [("email", Cadence.DAILY, False)]
    assert ways(database, bob) == [("telegram", Cadence.DAILY, False)]


async def test_very_many_taps_of_one_person_are_not_acted_on(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        await talk.say("/settings")
        for _ in range(MOST_TAPS):
            assert await talk.press("c:sp:10") == "Saved."
        assert await talk.press("c:sp:50") == TOO_MANY

    with database.reading() as session:
        assert store.view_subscriber(session, 1).channels[0].cap == 10


@pytest.mark.parametrize("refused_as", ["taken", "not an administrator", "too many"])
async def test_a_code_that_was_refused_in_a_group_works_for_no_member_who_read_it(
    refused_as: str, database: Database, server: ChatServer, ada: SubscriberView
) -> None:
    group = str(group_chat()["id"])
    server.administrators[group] = [2] if refused_as == "not an administrator" else [1]
    if refused_as == "taken":
        add_reader(database, group, kind=SubscriberKind.GROUP)
    code = ""
    async with listening(make_app(database, server)):
        there, thief = Talk(server, group_chat(), 1), Talk(server, private_chat(666), 666)
        for _ in range(MOST_GUESSES if refused_as == "too many" else 0):
            await there.say("/start link_AAAAAAAAAAAAAAAA")
        code = code_for(database, ada)
        assert "Yes" not in await there.say(f"/start link_{code}")
        assert "This code does not work" in await thief.say(f"/start link_{code}")

    assert list(channels(database, ada)) == ["email"]
