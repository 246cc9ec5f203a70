"""Beginning, topics, settings and pauses in private chats, as conversations: somebody says or taps, the bot shows."""

from datetime import timedelta
from typing import Any

import pytest

from digest.bot.commands import beginning, papers, pausing, people, reception, topics
from digest.languages import LANGUAGES
from digest.pipeline.attribute import attribute_new
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import (
    Cadence,
    ChannelWish,
    EventKind,
    Registration,
    Schedule,
    SubscriberStatus,
    SubscriberView,
    UnknownSubscriber,
)
from tests.bots import add_reader, listening, make_app, until
from tests.factories import NOON, paper
from tests.people import OPERATOR, announce
from tests.records import add_record
from tests.servers.telegram_chats import ChatServer, private_chat
from tests.talks import Talk

pytestmark = pytest.mark.anyio

PAGES: dict[str, Any] = {"public_url": "https://digest.example.org", "secret_key": "k" * 40}


def find(database: Database, who: str = "4242") -> SubscriberView:
    with database.reading() as session:
        return service.get_subscriber(session, who)


def follows(database: Database) -> list[str]:
    return [each.name for each in find(database).follows]


# ── beginning ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_start_subscribes_with_evidence_and_invites(database: Database, server: ChatServer, talk: Talk) -> None:
    async with listening(make_app(database, server, title="Papers <& more>", default_timezone="Europe/Berlin")):
        said = await talk.say("/start", 2)
        again = await talk.say("/start")

    assert "Papers <& more> watches" in said
    assert "every day at 08:00 (Europe/Berlin)" in said
    assert "Which fields do you read?" in server.sent[1].text
    assert again.startswith("This chat gets Papers <& more>")
    view = find(database)
    assert (view.name, view.status, view.kind.value) == ("Ada", SubscriberStatus.CONFIRMED, "person")
    with database.reading() as session:
        ((_, _, consent),) = store.list_events(session, view.id, [EventKind.CONFIRMED], NOON - timedelta(days=1))
    assert consent["given_by"] == "telegram"
    assert (consent["chat"], consent["user"], consent["text"]) == ("4242", "4242", beginning.CONSENT_TEXT)


async def test_a_link_to_a_stranger_asks_once_then_subscribes_and_follows(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    fu = add_record(database, "Peng <Fu>")
    async with listening(make_app(database, server)):
        assert "Shall I follow Peng <Fu> here?" in await talk.say(f"/start follow_{fu}")
        with pytest.raises(UnknownSubscriber):
            find(database)
        await talk.tap("Get the digest here")
        assert "You now follow Peng <Fu>" in talk.text
        await talk.press(f"c:go:{fu}")  # again changes nothing
        assert "You follow Peng <Fu> already" in await talk.say(f"/start follow_{fu}")
        assert await Talk(server, private_chat(7), 7).say("/start follow_999") == "There is no researcher 999."

    assert follows(database) == ["Peng <Fu>"]


async def test_who_left_may_come_back_by_start(database: Database, server: ChatServer, talk: Talk) -> None:
    async with listening(make_app(database, server)):
        await talk.say("/start", 2)
        await talk.say("/add sign language")
        await talk.say("/stop")
        await talk.tap("Yes")
        await talk.say("/start", 2)

    view = find(database)
    assert (view.status, view.interests) == (SubscriberStatus.CONFIRMED, ("sign language",))


async def test_a_chat_that_waits_to_be_somebody_elses_is_left_alone(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    with database.writing() as session:
        view = service.subscribe(
            session,
            NOON,
            registration_at("bo@example.org"),
            start_after=0,
            consent=OPERATOR,
        ).subscriber
        wish = ChannelWish(kind="telegram", address="4242", schedule=Schedule("UTC", NOON.time()), cap=5)
        service.add_channel(session, NOON, view.id, wish, start_after=0, consent=None)
    async with listening(make_app(database, server)):
        assert await talk.say("/start") == beginning.TAKEN


def registration_at(address: str) -> Registration:
    wish = ChannelWish(kind="email", address=address, schedule=Schedule("UTC", NOON.time()), cap=5)
    return Registration(name="Bo", channels=(wish,))


@pytest.mark.parametrize(
    "text",
    ["/add x", "/remove x", "/interests", "/follow Ada Lovelace", "/settings", "/pause", "/why x", "/today", "/stop"],
)
async def test_a_stranger_is_told_how_to_begin(database: Database, server: ChatServer, talk: Talk, text: str) -> None:
    async with listening(make_app(database, server)):
        assert await talk.say(text) == reception.NOT_SUBSCRIBED


@pytest.mark.parametrize("text", ["mixture of experts", "Ada Lovelace", "", "0000-0002-1825-0097"])
async def test_a_stranger_who_just_writes_is_told_what_this_is(
    database: Database, server: ChatServer, talk: Talk, text: str
) -> None:
    photo: dict[str, Any] = {} if text else {"sticker": None, "dice": {"emoji": "🎲", "value": 3}}
    async with listening(make_app(database, server)):
        assert "Send /start to get it here." in await talk.say(text, **photo)


async def test_help_lists_every_command_that_telegram_is_told_of(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    menus = 2 * len(LANGUAGES)
    async with listening(make_app(database, server)):
        said = await talk.say("/help")
        await until(lambda: len(server.menus) == menus)
    async with listening(make_app(database, server)):
        await talk.say("/nonsense")
        await until(lambda: server.count("getMyCommands") == 2 * menus)

    private = server.menus['{"type": "all_private_chats"}', ""]
    group = server.menus['{"type": "all_chat_administrators"}', ""]
    assert all(f"/{each['command']} · {each['description']}" in said for each in private)
    assert len(group) < len(private)
    assert server.count("setMyCommands") == menus  # only where they had changed
    assert server.menus['{"type": "all_private_chats"}', "de"][0]["description"] == "den Digest hier bekommen"
    assert server.sent[-1].text.startswith("I know no command /nonsense.")


# ── topics ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_topics_are_added_listed_and_removed_and_each_can_be_undone(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    announce(database, paper("2611.00001"), paper("2611.00002", title="On Whales", abstract="They sing."))
    attribute_new(database, NOON)
    async with listening(make_app(database, server)):
        said = await talk.say("/add mixture of experts")
        assert "“mixture of experts” come from now on" in said
        assert "it would have found 1 paper." in said
        assert "found nothing" in await talk.say('/add "sign language"')
        await talk.tap("Undo")
        assert find(database).interests == ("mixture of experts",)

        assert "• mixture of experts" in await talk.say("/interests")
        await talk.tap("Remove some")
        await talk.tap("✖ mixture of experts")
        assert find(database).interests == ()
        await talk.tap("Undo")
        assert find(database).interests == ("mixture of experts",)
        assert "come no more" in await talk.say("/remove MIXTURE of  experts")
        assert topics.NOT_HERE in await talk.say("/remove mixture of experts")
        assert await talk.say("/interests") == "There are no topics yet. Add one: /add mixture of experts"


async def test_what_is_excluded_is_no_topic_and_the_other_way_round(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        await talk.say("/add survey")
        assert "It is no topic any more." in await talk.say("/exclude survey")
        assert "left out: survey" in await talk.say("/interests")
        assert "left out already" in await talk.say("/exclude survey")
        assert "left out no longer" in await talk.say("/remove survey")
        await talk.tap("Undo")
        assert find(database).exclusions == ("survey",)
        assert "They are left out no longer." in await talk.say("/add survey")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/add", "What do you want to read about?"),
        ("/exclude", "What shall be left out?"),
        ("/remove", topics.NOTHING_LEFT_OUT),
        ("/remove whales", topics.NOT_HERE),
        ('/add "unclosed', "is never closed"),
        ("/add NOT cats", "only says what you do not want"),
        ("/exclude (", "is never closed"),
        ("/add " + "x" * 4_000, "may have 2,000"),
        ("/add <b>&amp; \u202egnp\x00", "<b>"),
        ("/follow", "Whom shall I follow?"),
        ("/unfollow", people.NOBODY_FOLLOWED),
        ("/unfollow Nobody", people.NOT_FOLLOWED),
        ("/following", people.NOBODY_FOLLOWED),
        ("/follow 2310.012345", "is not a person's name"),
        ("/follow 0000-0002-1825-0098", "cannot be followed"),
        ("/author", "Whom do you look for?"),
        ("/author Nobody Known", "I know nobody called"),
        ("/pause yesterday", "is not a day I understand"),
        ("/pause 2020-01-01", "That day has begun already"),
        ("/pause 2099-01-01", "more than two years away"),
        ("/resume", pausing.NOT_PAUSED),
        ("/settings now", "is not a time zone"),
        ("/settings 25:00", "is not a time of day"),
        ("/settings 0 papers", "holds 1 to 200 papers"),
        ("/settings <i>", "is not a time zone"),
        ("/why", "Which paper?"),
        ("/why 2310.01234", "We have never seen a paper"),
        ("/paper", "Which paper?"),
        ("/paper hello there", "no id or address of a paper"),
        ("/paper 2310.01234", papers.UNKNOWN),
        ("/paper https://arxiv.org/abs/2310.01234", papers.UNKNOWN),
        ("/search", "What do you look for?"),
        ("/search )", "closes nothing"),
        ("/search whales", "No paper since"),
        ("/today", papers.NOTHING_WAITS),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(
    database: Database, server: ChatServer, talk: Talk, text: str, said: str
) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        answer = await talk.say(text)

    assert said in answer or said in answer.replace("\u2060", "")


# ── when and how much ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_settings_are_changed_by_buttons_and_by_words(database: Database, server: ChatServer, talk: Talk) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server, **PAGES)):
        assert "every day at 12:00 (UTC)" in await talk.say("/settings")
        assert "/manage/" in str(server.sent[-1].entities)
        for way, choice in (("How often", "Every Monday"), ("Hour", "07"), ("Time zone", "Berlin"), ("How many", "10")):
            await talk.tap(way)
            await talk.tap(choice)
        assert "every Monday at 07:00 (Europe/Berlin)" in talk.text
        await talk.tap("How often")
        await talk.tap("‹ Back")
        assert "at 06:30" in await talk.say("/settings 6:30")
        assert "(Asia/Tokyo)" in await talk.say("/settings asia/tokyo")
        assert "At most 40 papers" in await talk.say("/settings 40 papers")

    (channel,) = find(database).channels
    assert (channel.schedule.cadence, channel.schedule.weekday, channel.cap) == (Cadence.WEEKLY, 0, 40)
    assert (channel.schedule.timezone, f"{channel.schedule.send_at:%H:%M}") == ("Asia/Tokyo", "06:30")


async def test_what_messages_show_is_turned_on_and_off_and_again_changes_nothing(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        await talk.say("/settings")
        await talk.tap("What it shows")
        assert talk.buttons == ["– Pictures of the papers", "– Preview of the first paper’s page", "‹ Back"]
        assert await talk.tap("– Pictures") == "Saved."
        await talk.press("c:sg:p:1")
        await talk.tap("– Preview")
        assert talk.buttons[:2] == ["✓ Pictures of the papers", "✓ Preview of the first paper’s page"]
        for made_up in ("c:sg:p:2", "c:sg:x:1", "c:sg"):
            assert "too old" in await talk.press(made_up)
        await talk.tap("✓ Preview")

    (channel,) = find(database).channels
    assert (channel.has_pictures, channel.has_previews, channel.repeats) == (True, False, False)


async def test_a_pause_has_an_end_or_none_and_can_be_ended(database: Database, server: ChatServer, talk: Talk) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        assert "until Thursday, 24 December 2026" in await talk.say("/pause until 2026-12-24")
        assert "until Friday, 4 December 2026" in await talk.say("/pause 2 weeks")
        assert "until you send /resume" in await talk.say("/pause")
        await talk.tap("For 4 weeks")
        assert "18 December 2026" in talk.text
        assert find(database).status is SubscriberStatus.PAUSED
        await talk.tap("Go on now")
        assert talk.text == pausing.RESUMED
        assert await talk.say("/resume") == pausing.NOT_PAUSED

    assert find(database).status is SubscriberStatus.CONFIRMED
