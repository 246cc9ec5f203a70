"""The bot's name and some words, typed into any chat."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from digest.bot.incoming import Asked
from digest.bot.inline import Inline
from digest.bot.updates import BotListener
from digest.bot.workers import Workers
from subscribers.db import Database
from tests.bots import listening, make_app, until
from tests.factories import NOON, paper
from tests.people import announce
from tests.servers.telegram_chats import ChatServer

pytestmark = pytest.mark.anyio


async def ask(server: ChatServer, words: str, offset: str = "") -> dict[str, Any]:
    query = server.type(words, offset=offset)
    await until(lambda: query in server.glimpses)
    return server.glimpses[query]


def titles(answer: dict[str, Any]) -> list[str]:
    return [each["title"] for each in answer["results"]]


async def test_words_bring_papers_and_their_cards(database: Database, server: ChatServer) -> None:
    announce(database, paper("2611.00001", title="Sparse <Experts> $\\alpha$", authors=["Ada Lovelace", "Bo Li"]))
    announce(database, paper("2611.00002", title="Bridges Over Rivers", abstract="Steel."))
    async with listening(make_app(database, server)):
        answer = await ask(server, "experts")

    assert titles(answer) == ["Sparse <Experts> α"]
    (shown,) = answer["results"]
    assert shown["description"].startswith("Ada Lovelace et al. · ")
    assert "Sparse &lt;Experts&gt; α" in shown["input_message_content"]["message_text"]
    assert "reply_markup" not in shown
    assert (answer["next"], answer["button"]) == ("", None)


@pytest.mark.parametrize("words", ["2611.00002", "https://arxiv.org/abs/2611.00002v2", "see 10.48550/arXiv.2611.00002"])
async def test_an_address_brings_its_paper(words: str, database: Database, server: ChatServer) -> None:
    announce(database, paper("2611.00001"), paper("2611.00002", title="Bridges Over Rivers"))
    async with listening(make_app(database, server)):
        assert titles(await ask(server, words)) == ["Bridges Over Rivers"]


async def test_without_words_come_those_that_people_like(database: Database, server: ChatServer) -> None:
    for number, upvotes in enumerate((None, 3, 40), start=1):
        announce(database, paper(f"2611.0000{number}", title=f"Paper {number}", upvotes=upvotes))
    async with listening(make_app(database, server)):
        assert titles(await ask(server, "")) == ["Paper 3", "Paper 2", "Paper 1"]


async def test_more_come_page_by_page_and_each_once(database: Database, server: ChatServer) -> None:
    announce(database, *(paper(f"2611.{number:05}", title=f"Experts {number}") for number in range(1, 24)))
    async with listening(make_app(database, server)):
        pages, offset = [], ""
        while True:
            answer = await ask(server, "experts", offset)
            pages.append(titles(answer))
            offset = answer["next"]
            if not offset:
                break

    assert [len(page) for page in pages] == [10, 10, 3]
    assert len({title for page in pages for title in page}) == 23


@pytest.mark.parametrize("words", ["nothing of this kind", "(broken AND", "2611.99999", "x" * 5_000])
async def test_where_nothing_is_found_a_button_leads_to_the_bot(
    words: str, database: Database, server: ChatServer
) -> None:
    announce(database, paper("2611.00001"))
    async with listening(make_app(database, server)):
        answer = await ask(server, words)

    assert answer["results"] == []
    assert answer["button"] == {"text": "No paper found. Open the bot", "start_parameter": "inline"}


async def test_only_the_latest_words_of_somebody_who_types_are_looked_up(
    database: Database, server: ChatServer
) -> None:
    asked: list[str] = []

    class Listed(Inline):
        async def _answer(self, question: Asked) -> None:
            asked.append(question.words)
            if len(asked) == 1:  # they go on typing meanwhile
                for words in ("ex", "exp", "expe"):
                    await self.take(Asked(update_id=1, query_id="q", user_id=7, words=words, offset=""))

    app, workers = make_app(database, server), Workers()
    listener = BotListener(app)
    inline = Listed(app, listener._bot, workers, listener._conversation.try_to)
    await inline.take(Asked(update_id=1, query_id="q", user_id=7, words="e", offset=""))
    workers.shut_down()

    assert asked == ["e", "expe"]


async def test_a_question_that_fails_leaves_the_one_that_waits_to_be_answered(
    database: Database, server: ChatServer
) -> None:
    asked: list[str] = []

    class Failing(Inline):
        async def _answer(self, question: Asked) -> None:
            asked.append(question.words)
            if len(asked) == 1:
                await self.take(replace(question, words="sparse experts"))
                raise LookupError

    app, workers = make_app(database, server), Workers()
    listener = BotListener(app)
    inline = Failing(app, listener._bot, workers, listener._conversation.try_to)
    with capture_logs() as logs:
        await inline.take(Asked(update_id=1, query_id="q", user_id=7, words="sparse", offset=""))
    workers.shut_down()

    assert asked == ["sparse", "sparse experts"]
    assert [(each["event"], each["error"]) for each in logs] == [("bot_crashed", "LookupError")]


async def test_what_somebody_types_is_in_no_log(
    database: Database, server: ChatServer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    announce(database, paper("2611.00001"), now=NOON)
    async with listening(make_app(database, server)):
        await ask(server, "my secret disease")

    assert "secret disease" not in caplog.text + "".join(capsys.readouterr())
