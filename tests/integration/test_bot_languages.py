"""The bot speaks to each chat in its reader's language."""

from typing import Any

import pytest

from digest.languages import LANGUAGES
from subscribers import store
from subscribers.db import Database
from subscribers.preferences import set_language
from tests.bots import listening, make_app, until
from tests.factories import NOON, paper
from tests.people import announce
from tests.servers.telegram_chats import ChatServer, group_chat
from tests.talks import Talk

pytestmark = pytest.mark.anyio

GREETINGS = {
    "en": "This chat gets it from now on",
    "de": "Dieser Chat bekommt ihn von jetzt an",
    "es": "Este chat lo recibe desde ahora",
    "fr": "Cette discussion la reçoit désormais",
    "ja": "これからこのチャットに届きます",
    "zh-Hans": "从现在起发到这个聊天",
}
assert set(GREETINGS) == set(LANGUAGES)


def person(language: str, user_id: int = 4242) -> dict[str, Any]:
    return {"from": {"id": user_id, "is_bot": False, "first_name": "Ada", "language_code": language}}


def language_of(database: Database) -> str:
    with database.reading() as session:
        return store.view_subscriber(session, 1).language


@pytest.mark.parametrize(
    ("apps", "language"),
    [*((tag.partition("-")[0], tag) for tag in LANGUAGES), ("pt-br", "en"), ("zh-hant", "zh-Hans"), ("de-AT", "de")],
)
async def test_start_speaks_the_language_of_the_apps(
    apps: str, language: str, database: Database, server: ChatServer, talk: Talk
) -> None:
    async with listening(make_app(database, server)):
        begun = await talk.say("/start", 2, **person(apps))

    assert GREETINGS[language] in begun
    assert language_of(database) == language


async def test_a_reader_chooses_another_language_and_hears_it_from_then_on(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    announce(database, paper("2611.00001", title="Sparse Experts", categories=["cs.CL"]))
    async with listening(make_app(database, server)):
        await talk.say("/start", 2, **person("en"))
        await talk.say("/settings", **person("en"))
        await talk.tap("🌐 English")
        assert "✓ English" in talk.buttons
        assert await talk.tap("Español") == "Guardado."
        assert "✓ Español" in talk.buttons
        await talk.tap("‹ Atrás")
        assert "El resumen llega aquí: cada día a las 8:00" in talk.text
        assert "Hecho" not in await talk.say("/add experts", **person("en"))
        assert "«experts»" in talk.text
        assert "investigadores" in (await talk.say("/help", **person("en")))
        assert "too old" not in await talk.press("c:zz")

    assert language_of(database) == "es"


async def test_a_language_that_nobody_has_changes_nothing(database: Database, server: ChatServer, talk: Talk) -> None:
    async with listening(make_app(database, server)):
        await talk.say("/start", 2, **person("fr"))
        assert "trop ancien" in await talk.press("c:sl:tlh")
        assert "trop ancien" in await talk.press("c:sl")

    assert language_of(database) == "fr"


async def test_strangers_are_spoken_to_in_the_language_of_their_apps(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    async with listening(make_app(database, server)):
        assert "keine Digest" not in await talk.say("/today", **person("de"))
        assert "/start beginnt" in talk.text
        assert "/start で始まります" in await talk.say("/today", **person("ja"))


async def test_a_group_has_the_language_of_who_began_and_members_hear_that(
    database: Database, server: ChatServer
) -> None:
    chat = group_chat()
    server.administrators[str(chat["id"])] = [4242]
    talk = Talk(server, chat)
    async with listening(make_app(database, server)):
        await talk.say("/start", **person("fr"))
        said = await talk.say("/interests", **person("de", 77))

    assert "sujets" in said
    assert language_of(database) == "fr"


async def test_a_language_chosen_on_the_web_is_spoken_in_the_chat_too(
    database: Database, server: ChatServer, talk: Talk
) -> None:
    async with listening(make_app(database, server)):
        await talk.say("/start", 2, **person("en"))
        with database.writing() as session:
            set_language(session, NOON, 1, "zh-Hans")
        assert "不是我能看懂的日期" in await talk.say("/pause until yesterday", **person("en"))


async def test_papers_that_are_looked_for_in_any_chat_come_in_the_language_of_who_asks(
    database: Database, server: ChatServer
) -> None:
    async with listening(make_app(database, server)):
        query = server.type("nothing like it", language="ja")
        await until(lambda: query in server.glimpses)

    assert server.glimpses[query]["button"]["text"] == "論文がありません。ボットを開く"
    assert server.glimpses[query]["is_personal"] is True


@pytest.mark.parametrize(
    ("apps", "number", "pause", "until"),
    [
        ("en", "40 papers", "2 weeks", "4 December 2026"),
        ("de", "40 Artikel", "2 Wochen", "4. Dezember 2026"),
        ("de", "40 Paper", "2 Wochen", "4. Dezember 2026"),
        ("es", "40 artículos", "2 semanas", "4 de diciembre de 2026"),
        ("fr", "40 articles", "14 jours", "4 décembre 2026"),
        ("ja", "40本", "2週間", "2026年12月4日"),
        ("zh-hans", "40 篇", "14天", "2026年12月4日"),
    ],
)
async def test_numbers_and_pauses_are_understood_as_people_write_them(
    apps: str, number: str, pause: str, until: str, database: Database, server: ChatServer
) -> None:
    talk = Talk(server)
    async with listening(make_app(database, server)):
        await talk.say("/start", 2, **person(apps))
        assert "40" in await talk.say(f"/settings {number}")
        assert until in await talk.say(f"/pause {pause}")
