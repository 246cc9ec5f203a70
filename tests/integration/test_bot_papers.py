"""People, papers and plain words in private chats, as conversations."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from digest.bot.commands import people, reception
from digest.pipeline.attribute import attribute_new
from digest.settings import HttpSettings
from subscribers import service
from subscribers.db import Database
from subscribers.model import (
    SubscriberView,
)
from tests.bots import add_reader, listening, make_app
from tests.factories import NOON, paper
from tests.people import announce
from tests.records import add_papers, add_record, attribute
from tests.servers.telegram_chats import ChatServer
from tests.talks import Talk

pytestmark = pytest.mark.anyio

PAGES: dict[str, Any] = {"public_url": "https://digest.example.org", "secret_key": "k" * 40}


def find(database: Database, who: str = "4242") -> SubscriberView:
    with database.reading() as session:
        return service.get_subscriber(session, who)


def follows(database: Database) -> list[str]:
    return [each.name for each in find(database).follows]


# ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_name_shows_who_bears_it_and_a_tap_follows_one(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    one, other = add_record(database, "Peng Fu"), add_record(database, "Peng Fu")
    stored = add_papers(
        database, paper("2611.00001", authors=("Peng Fu", "Bo Li")), paper("2611.00002", authors=("Peng Fu",))
    )
    attribute(database, one, stored[:1])
    attribute(database, other, stored[1:])
    async with listening(make_app(database, server, **PAGES)):
        assert "Who is it?" in await talk.say("/follow Peng Fu")
        assert follows(database) == []  # never a namesake by itself
        assert talk.buttons[-1] == people.NAME_ALONE
        await talk.tap("➕ 1.")
        assert follows(database) == ["Peng Fu"]
        assert "• Peng Fu" in await talk.say("/following")
        assert "You no longer follow Peng Fu" in await talk.say("/unfollow peng  fu")
        await talk.tap("Follow again")
        assert follows(database) == ["Peng Fu"]
        await talk.say("/unfollow")
        await talk.tap("✖ Peng Fu")
        assert follows(database) == []
        assert "Researchers called Peng Fu" in await talk.say("/author Peng Fu")

    assert any(entity.url == f"https://digest.example.org/researchers/{one}" for entity in server.sent[-1].entities)


async def test_a_name_nobody_knows_can_be_followed_as_a_name(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        assert "I know no papers by Grace Hopper yet" in await talk.say("/follow Grace Hopper")
        await talk.tap(people.NAME_ALONE)
        assert "You now follow Grace Hopper" in talk.text
        await talk.say("/follow Grace Hopper")
        await talk.tap(people.NAME_ALONE)
        assert "You follow Grace Hopper already" in talk.text

    assert follows(database) == ["Grace Hopper"]


async def test_an_id_that_cannot_be_looked_up_now_is_said_to_be_so_and_nobody_is_followed(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    away = HttpSettings(proxy=SecretStr("http://127.0.0.1:9"), attempts=1)
    async with listening(make_app(database, server, http=away)):
        assert await talk.say("/follow 0000-0002-1825-0097") == reception.NOT_NOW

    assert follows(database) == []


async def test_an_author_by_place_and_a_paper_are_followed_at_once(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    add_papers(database, paper("2611.00001"))
    async with listening(make_app(database, server)):
        assert "You now follow Furu Wei" in await talk.say("/follow last author of 2611.00001")
        assert "what becomes of it comes here" in await talk.say("/follow arxiv:2611.00001")
        assert "has 2 authors" in await talk.say("/follow author 3 of 2611.00001")
        assert "paper" in await talk.say("/following")
        await talk.tap("Drop some")
        await talk.tap("✖ Sparse")
        await talk.tap("Follow again")

    assert sorted(follows(database)) == ["Furu Wei", "Sparse Experts Learn Fast"]
    (terms,) = [each for each in find(database).follows if each.kind.value == "paper"]
    assert (terms.timing.value, len(terms.events)) == ("now", 5)


# ── papers ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_today_shows_what_waits_and_marks_nothing_as_sent(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    announce(database, paper("2611.00001"), paper("2611.00002", title="On Whales", abstract="They sing."))
    attribute_new(database, NOON)
    async with listening(make_app(database, server)):
        await talk.say("/add mixture of experts")
        for _ in range(2):
            assert "So far the next digest has 1 paper." in await talk.say("/today", messages=2)
            assert "Sparse Experts Learn Fast" in server.sent[-1].text
            assert "On Whales" not in server.sent[-1].text


async def test_why_a_paper_did_not_come(database: Database, server: ChatServer, talk: Talk) -> None:
    add_reader(database, "4242")
    announce(database, paper("2611.00001", title="On <Whales>"))
    attribute_new(database, NOON)
    async with listening(make_app(database, server)):
        await talk.say("/add sign language")
        said = await talk.say("/why https://arxiv.org/abs/2611.00001")
        assert "On <Whales>" in said
        assert said == await talk.say("/why on <whales>")


@pytest.mark.parametrize(
    "text",
    [
        "/paper 2611.00001",
        "/paper https://huggingface.co/papers/2611.00001",
        "https://arxiv.org/pdf/2611.00001v2",
        "look: (https://arxiv.org/abs/2611.00001).",
    ],
)
async def test_an_address_shows_the_paper_and_its_first_and_last_author_to_follow(
    database: Database, server: ChatServer, talk: Talk, text: str
) -> None:
    add_reader(database, "4242")
    add_papers(
        database, paper("2611.00001", title="Sparse <i>Experts</i>", authors=("Ada Lovelace", "Bo Li", "Furu Wei"))
    )
    async with listening(make_app(database, server)):
        said = await talk.say(text)
        assert "Sparse <i>Experts</i>" in said
        assert "Ada Lovelace, Bo Li, Furu Wei" in said
        assert talk.buttons == ["➕ Follow Ada Lovelace", "➕ Follow Furu Wei"]
        await talk.tap("➕ Follow Furu")

    assert follows(database) == ["Furu Wei"]


async def test_a_search_lists_the_newest_first(database: Database, server: ChatServer, talk: Talk) -> None:
    announce(database, paper("2609.00001", title="Old Whales"), now=NOON - timedelta(days=50))
    for number in range(1, 13):
        at = NOON - timedelta(days=12 - number)
        announce(database, paper(f"2611.000{number:02}", title=f"Whales {number} & <co>"), now=at)
    async with listening(make_app(database, server)):
        said = await talk.say("/search whales")

    lines = [line for line in said.splitlines() if line[:1].isdigit()]
    assert (lines[0], len(lines)) == ("1. Whales 12 & <co> · Ada Lovelace et al.", 10)
    assert "Old Whales" not in said


# ── plain words ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_words_are_offered_as_a_topic_and_added_by_a_tap(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    add_reader(database, "4242")
    announce(database, paper("2611.00001"))
    attribute_new(database, NOON)
    async with listening(make_app(database, server)):
        said = await talk.say("mixture of experts")
        assert "as a topic?" in said
        assert "found 1 paper" in said
        assert find(database).interests == ()
        await talk.tap("Add as a topic")
        assert find(database).interests == ("mixture of experts",)
        long = await talk.say("a very long phrase of many words that no button of Telegram’s can ever hold in its data")
        assert "To add it, send /add a very long" in long


async def test_a_name_is_offered_as_a_person_and_as_a_topic(database: Database, server: ChatServer, talk: Talk) -> None:
    add_reader(database, "4242")
    add_papers(database, paper("2611.00001", authors=("Ada Lovelace", "Furu Wei")))
    add_record(database, "Furu Wei")
    async with listening(make_app(database, server)):
        assert "Who is it?" in await talk.say("Furu Wei")
        assert talk.buttons[-2:] == [people.NAME_ALONE, "Add as a topic"]
        assert "as a topic?" in await talk.say("Unheard Person")
        assert "Follow a person of this name" in talk.buttons
        assert "/follow 0000-0002-1825-0097" in await talk.say("0000-0002-1825-0097")
        assert "I read words only" in await talk.say("", dice={"emoji": "🎲", "value": 3})


HOSTILE = (
    "<b>bold</b> & @everyone /start cs.AI",
    "\u202eevil\u2066 \u05d0\u05d1\u05d2 \u05d3\u05d4",
    "a\x00b",
    "Z" * 10_000,
    "💥" * 2_000,
    "<" * 4_000,
    "& " * 2_000,
    "\ufffe\u2028x",
    "https://" + "a" * 3_000,
)
WITH_WORDS = ("add", "remove", "exclude", "follow", "unfollow", "author", "why", "paper", "search", "settings", "pause")


@pytest.mark.parametrize("command", ["", "/x ", *(f"/{name} " for name in WITH_WORDS)])
async def test_hostile_words_are_answered_in_one_valid_message(
    database: Database, server: ChatServer, talk: Talk, command: str
) -> None:
    add_reader(database, "4242")
    async with listening(make_app(database, server)):
        for text in HOSTILE:
            await talk.say(f"{command}{text}")

    assert len(server.sent) == len(HOSTILE)  # and the server refuses what Telegram would
    assert not {"@everyone", "/start", "cs.AI"} & {word for sent in server.sent for word in sent.text.split()}
