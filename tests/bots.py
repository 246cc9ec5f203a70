"""A bot that listens, in front of a Bot API server on loopback, and readers whose chats it knows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from digest.bootstrap import App
from digest.bot.polling import Pace
from digest.bot.updates import BotListener
from digest.model import PaperId, ResearcherId
from digest.pipeline.following import follow_researcher
from digest.pipeline.presentation import Presenter
from digest.pipeline.signup import sign_up
from digest.settings import Settings, TelegramSettings
from digest.storage import answers
from subscribers.db import Database
from subscribers.model import ChannelWish, Registration, Schedule, SubscriberKind, SubscriberView
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.people import OPERATOR
from tests.records import add_record, possible_paper
from tests.servers.telegram import TOKEN, Tap
from tests.servers.telegram_chats import ChatServer, Keyboard, private_chat

# A call that waits for news ends at once when there is some; a test that stops is not held up by one that waits.
PACE = Pace(
    poll=timedelta(seconds=20),
    conflict=timedelta(seconds=0.05),
    first=timedelta(seconds=0.01),
    longest=timedelta(seconds=0.05),
)
NEVER = timedelta(hours=1)


def make_app(database: Database, server: ChatServer, **settings: Any) -> App:
    telegram = TelegramSettings(token=SecretStr(TOKEN), base_url=server.base_url)
    options = Settings(telegram=telegram, **settings)
    return App(settings=options, database=database, clock=FixedClock(NOON), presenter=Presenter(options, None))


@asynccontextmanager
async def listening(app: App, patience: timedelta = NEVER, pace: Pace = PACE) -> AsyncIterator[BotListener]:
    """Run the bot, and stop it as the service does."""
    listener = BotListener(app, pace, patience)
    running = asyncio.create_task(listener.run_until_stopped())
    yield listener
    listener.stop()
    await asyncio.wait_for(running, 30)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 -- the server runs in threads and keeps plain lists
            await asyncio.sleep(0.01)


async def notice_of(server: ChatServer, query: str) -> str:
    await until(lambda: query in server.notices)
    return server.notices[query]


def add_reader(
    database: Database, address: str, *follows: ResearcherId, kind: SubscriberKind = SubscriberKind.PERSON
) -> SubscriberView:
    wish = ChannelWish(kind="telegram", address=address, schedule=Schedule("UTC", NOON.time()), cap=25)
    registration = Registration(name=f"Reader at {address}", channels=(wish,), kind=kind)
    view = sign_up(database, registration, (), (), OPERATOR, NOON).subscriber
    with database.writing() as session:
        for each in follows:
            follow_researcher(session, NOON, view.id, each)
    return view


def question_row(
    researcher_id: ResearcherId, paper_id: PaperId, number: int = 7, name: str = "Peng Fu"
) -> tuple[Tap, ...]:
    about = f"{researcher_id}:{paper_id}"
    return (Tap(f"✔ {number}. {name}", f"is:y:{about}"), Tap(f"✖ {number}. not them", f"is:n:{about}"))


@dataclass(frozen=True, slots=True)
class Scene:
    """Ada, who follows Peng Fu, and a message in her chat that asks whether a paper is theirs."""

    database: Database
    server: ChatServer
    app: App
    fu: ResearcherId
    unsure: PaperId
    ada: SubscriberView
    message: dict[str, Any]

    def data(self, said: str) -> str:
        return f"is:{said}:{self.fu}:{self.unsure}"

    def post(self, chat: dict[str, Any], **fields: Any) -> dict[str, Any]:
        return self.server.post(chat, (question_row(self.fu, self.unsure),), **fields)

    def labels(self) -> list[list[str]]:
        return labels(self.server.keyboard_of(self.message))

    def answers(self, view: SubscriberView | None = None) -> list[bool]:
        asked = view or self.ada
        with self.database.reading() as session:
            return [each.is_theirs for each in answers.list_answers_of(session, [asked.id])[asked.id]]


def make_scene(database: Database, server: ChatServer, **settings: Any) -> Scene:
    fu = add_record(database)
    unsure = possible_paper(database, fu)
    message = server.post(private_chat(), (question_row(fu, unsure),))
    return Scene(
        database, server, make_app(database, server, **settings), fu, unsure, add_reader(database, "4242", fu), message
    )


def labels(keyboard: Keyboard) -> list[list[str]]:
    return [[tap.text for tap in row] for row in keyboard]
