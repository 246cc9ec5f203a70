"""The outbox in front of a Bot API server with Telegram's limits: nothing dropped, nothing twice, nobody held up."""

import asyncio
import json
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text, update

from digest.bot.connection import make_bot
from digest.model import (
    Address,
    ChatMessage,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Message,
    MessageForm,
    Paper,
    PaperId,
    Progress,
    Receipt,
    RetryPolicy,
)
from digest.notifiers import Journal
from digest.notifiers.telegram import TelegramNotifier
from digest.pipeline.deliver import DeliveryReport, Outbox, deliver_due
from digest.pipeline.presentation import Presenter
from digest.settings import Settings, TelegramSettings
from digest.storage import deliveries
from digest.storage.progress import record_progress
from digest.storage.tables import DeliveryRow, PaperRow
from subscribers.db import Database
from subscribers.tables import ChannelRow
from tests.factories import NOON, edition, paper
from tests.fakes import FixedClock, RecordingNotifier
from tests.people import announce, channel_of, subscribe
from tests.records import add_papers
from tests.servers import telegram as api
from tests.servers.telegram import TOKEN, Answer
from tests.servers.telegram_limits import LimitedServer, Limits
from tests.telegrams import make_swift_turns

LEASE = timedelta(minutes=10)
ROOT = Path(__file__).parents[2]
BAD_GATEWAY, TOPIC_MISSING = Answer(502, "Bad Gateway"), Answer(400, "Bad Request: message thread not found")
PARTS = ("<b>one</b>", "<b>two</b>", "<b>three</b>")
GROUP = "-1001234567890"

pytestmark = pytest.mark.anyio


@pytest.fixture
def server() -> Iterator[LimitedServer]:
    with LimitedServer(_without_limits()) as running:
        yield running


def _without_limits() -> Limits:
    class Unlimited(Limits):
        def find_wait(self, chat: str, now: float, messages: int = 1) -> float:
            return 0.0

    return Unlimited()


def render(delivery: Delivery, _papers: dict[PaperId, Paper], _form: MessageForm) -> Message:
    return ChatMessage(message_id=f"{delivery.id}@example.org", parts=PARTS)


class Desk:
    """An outbox with a digest of three parts for each of some chats."""

    def __init__(self, database: Database, server: LimitedServer, *chats: str) -> None:
        self.database, self.clock, self.server = database, FixedClock(NOON), server
        self.render: Any = render  # a dict is all the papers it needs
        settings = TelegramSettings(token=SecretStr(TOKEN), base_url=server.base_url)
        self.notifier = TelegramNotifier(settings, timeout=timedelta(seconds=5), turns=make_swift_turns())
        announce(database, paper("2611.00001"))
        self._channels = {chat: channel_of(subscribe(database, chat, kind="telegram")) for chat in chats}
        for chat in chats:
            self.queue(chat)

    def queue(self, chat: str, name: str = "2026-11-20") -> None:
        with self.database.writing() as session:
            queued = edition(1, channel_id=self._channels[chat], name=name)
            deliveries.add_delivery(session, queued, DeliveryKind.DIGEST, self.clock())

    async def deliver(self, notifier: Any = None) -> DeliveryReport:
        outbox = Outbox(
            database=self.database,
            notifiers={"telegram": notifier or self.notifier},
            render=self.render,
            clock=self.clock,
            policy=RetryPolicy(first_delay=timedelta(minutes=1), max_attempts=6),
            lease=LEASE,
        )
        return await deliver_due(outbox)

    def got(self) -> Counter[tuple[str, str]]:
        return Counter((chat, text) for (chat, _), text in self.server.texts.items())

    def rows(self) -> list[DeliveryRow]:
        with self.database.reading() as session:
            return list(session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)))


def all_parts(*chats: str) -> Counter[tuple[str, str]]:
    return Counter((chat, text) for chat in chats for text in ("one", "two", "three"))


async def test_a_digest_of_three_parts_arrives_in_order_with_every_number(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "41", "42", GROUP)
    await desk.deliver()

    assert desk.got() == all_parts("41", "42", GROUP)
    for chat in ("41", "42", GROUP):
        assert [sent.text for sent in server.sent if sent.chat_id == chat] == ["one", "two", "three"]
    numbers = {row.detail for row in desk.rows()}
    assert "message 1, 2, 3" in numbers, "a supergroup counts for itself"


async def test_a_flood_pause_holds_up_one_chat_to_the_second_and_is_no_failed_attempt(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "41", "42", "43")
    server.refusals["42"] = api.flood(35)
    await desk.deliver()

    _, flooded, _ = desk.rows()
    assert desk.got() == all_parts("41", "43")
    assert (flooded.state, flooded.attempts) == (DeliveryState.PENDING, 0)
    assert flooded.next_attempt_at == NOON + timedelta(seconds=35)


async def test_what_is_queued_for_a_chat_that_is_to_wait_waits_too_also_after_a_restart(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "41", "42")
    server.refusals["42"] = api.flood(35)
    await desk.deliver()
    until = NOON + timedelta(seconds=35)
    for second in (1, 34, 35):
        now = NOON + timedelta(seconds=second)
        with database.writing() as session:
            alerts = [edition(1, channel_id=row.channel_id, name=f"new-{second}") for row in desk.rows()[:2]]
            deliveries.add_deliveries(session, alerts, DeliveryKind.ALERT, now)
        assert [row.next_attempt_at for row in desk.rows()[-2:]] == [now, max(now, until)]


async def test_a_half_sent_digest_goes_on_with_the_part_that_is_missing(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "42")
    server.script.extend([None, api.flood(1)])
    await desk.deliver()
    (row,) = desk.rows()
    assert (row.parts_sent, "[arrived as 1]" in row.detail) == (1, True)

    await asyncio.sleep(1)
    desk.clock.advance(timedelta(seconds=1))
    await desk.deliver()

    assert desk.got() == all_parts("42")
    assert [row.detail for row in desk.rows()] == ["message 1, 2, 3"]


async def test_a_database_that_goes_away_between_two_parts_repeats_none(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "42")

    def rename(name: str, other: str) -> None:
        with database.writing() as session:
            session.execute(text(f"ALTER TABLE {name} RENAME TO {other}"))

    back = threading.Timer(0.5, rename, ("mislaid", "deliveries"))

    class Interrupted(TelegramNotifier):
        def _count(self, *args: Any) -> Any:
            rename("deliveries", "mislaid")
            back.start()
            return super()._count(*args)

    settings = TelegramSettings(token=SecretStr(TOKEN), base_url=server.base_url)
    await desk.deliver(Interrupted(settings, turns=make_swift_turns()))
    back.join()
    (row,) = desk.rows()
    assert (row.state, row.parts_sent, row.attempts) == (DeliveryState.PENDING, 1, 0)
    assert "The database is away" in row.detail

    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver()
    assert desk.got() == all_parts("42")


@pytest.mark.parametrize("grows", [True, False])
async def test_papers_that_change_between_two_parts_come_once_each_all_the_same(
    grows: bool, database: Database, server: LimitedServer
) -> None:
    """The digest is rendered anew for the second attempt, and is longer or shorter by then."""
    many = [paper(f"2611.000{n}", title=f"Paper {n}", abstract="What we found. " * 40) for n in range(10, 40)]
    view = subscribe(database, "42", kind="telegram")
    shown = edition(*add_papers(database, *many), channel_id=channel_of(view))
    with database.writing() as session:
        deliveries.add_delivery(session, shown, DeliveryKind.DIGEST, NOON)
    desk, settings = Desk(database, server), Settings()
    desk.render = Presenter(settings, None).render
    server.script.extend([None, None, api.flood(1)])
    await desk.deliver()
    (row,) = desk.rows()
    assert (row.parts_sent, "; papers 1 2 3" in row.detail) == (2, True)

    title, abstract = ("A Longer Title, " * 8, "Even more. " * 80) if grows else ("Short", "No more.")
    with database.writing() as session:
        session.execute(update(PaperRow).values(title=title + "Paper", abstract=abstract))
    desk.clock.advance(timedelta(seconds=5))
    await desk.deliver()

    numbers = [int(found) for sent in server.sent for found in re.findall(r"^(\d+)\. ", sent.text, re.MULTILINE)]
    assert sorted(numbers) == list(range(1, 31))
    assert desk.rows()[0].state == DeliveryState.SENT


async def test_a_fault_of_ours_between_two_parts_repeats_none(database: Database, server: LimitedServer) -> None:
    desk = Desk(database, server, "42")

    class Faulty(TelegramNotifier):
        def _find_newest(self, target: Any, progress: Any) -> int:
            if progress.parts_sent == 2:
                raise LookupError("a fault")
            return super()._find_newest(target, progress)

    settings = TelegramSettings(token=SecretStr(TOKEN), base_url=server.base_url)
    await desk.deliver(Faulty(settings, turns=make_swift_turns()))
    (row,) = desk.rows()
    assert row.detail.startswith("LookupError: a fault [arrived as 1")

    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver()
    assert desk.got() == all_parts("42")


async def test_a_bot_whose_token_is_refused_forgets_nothing_of_a_half_sent_digest(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "42", "43")
    server.script.extend([None, api.flood(1)])
    await desk.deliver()
    desk.clock.advance(timedelta(seconds=5))
    settings = TelegramSettings(token=SecretStr("1:unknown"), base_url=server.base_url)
    await desk.deliver(TelegramNotifier(settings, turns=make_swift_turns()))
    desk.clock.advance(timedelta(minutes=10))
    await desk.deliver()

    assert desk.got() == all_parts("42", "43")


@pytest.mark.parametrize("chat", ["42", "-4242", GROUP])
async def test_a_part_whose_answer_was_lost_is_found_and_not_sent_again(
    chat: str, database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "7", chat)
    await desk.deliver()
    desk.queue(chat, "2026-11-21")
    server.lost.append(chat)
    await desk.deliver()
    assert "in doubt" in desk.rows()[-1].detail

    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver()

    assert desk.got() == all_parts("7", chat, chat)
    assert {row.state for row in desk.rows()} == {DeliveryState.SENT}


async def test_a_part_that_never_set_out_is_sent_after_a_look_for_it(database: Database, server: LimitedServer) -> None:
    desk = Desk(database, server, "42")
    server.script.extend([None, api.DROP])
    await desk.deliver()
    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver()

    assert desk.got() == all_parts("42")
    assert server.count("editMessageText") > 0


async def test_where_nothing_could_be_reached_nothing_is_looked_for(database: Database, server: LimitedServer) -> None:
    desk = Desk(database, server, "42")
    settings = TelegramSettings(token=SecretStr(TOKEN), base_url="http://127.0.0.1:9/bot")
    await desk.deliver(TelegramNotifier(settings, turns=make_swift_turns()))
    (row,) = desk.rows()
    assert (row.attempts, "in doubt" in row.detail) == (1, False)


async def test_who_takes_over_from_a_dead_worker_goes_on_where_that_died(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "42")
    with database.writing() as session:
        (dead,) = deliveries.claim_deliveries(session, ["telegram"], NOON, LEASE, 10)
    progress = Progress()
    async with desk.notifier as notifier:
        for text in PARTS[:2]:  # the second arrives too, but nobody lives to write that down
            with database.writing() as session:
                assert record_progress(session, dead, replace(progress, is_doubtful=True, newest=progress.parts_sent))
            receipt = await notifier.send(ChatMessage(message_id="1", parts=(text,)), Address("telegram", "42"))
            number = int(receipt.detail.removeprefix("message "))
            progress = Progress(parts_sent=1, numbers=(number,))

    desk.clock.advance(LEASE)
    await desk.deliver()

    assert desk.got() == all_parts("42")
    assert [row.detail for row in desk.rows()] == ["message 1, 2, 3"]


async def test_a_slow_worker_that_was_overtaken_sends_nothing_more(database: Database, server: LimitedServer) -> None:
    desk = Desk(database, server, "42")

    class Overtaken(TelegramNotifier):
        async def send_parts(self, message: Message, address: Address, progress: Progress, journal: Journal) -> Receipt:
            desk.clock.advance(LEASE)
            with database.writing() as session:
                assert deliveries.claim_deliveries(session, ["telegram"], desk.clock(), LEASE, 10)
            return await super().send_parts(message, address, progress, journal)

    settings = TelegramSettings(token=SecretStr(TOKEN), base_url=server.base_url)
    await desk.deliver(Overtaken(settings, turns=make_swift_turns()))

    assert server.sent == []
    assert [row.state for row in desk.rows()] == [DeliveryState.SENDING]


async def test_two_messages_to_one_chat_are_never_on_their_way_together(
    database: Database, server: LimitedServer
) -> None:
    class Crowded(RecordingNotifier):
        at_once = 8

        def __init__(self) -> None:
            super().__init__("telegram")
            self.on_their_way: Counter[str] = Counter()
            self.most = 0

        async def send_parts(self, message: Message, address: Address, progress: Progress, journal: Journal) -> Receipt:
            self.on_their_way[address.value] += 1
            assert self.on_their_way[address.value] == 1
            self.most = max(self.most, self.on_their_way.total())
            await asyncio.sleep(0.01)
            self.on_their_way[address.value] -= 1
            return await self.send(message, address)

    desk = Desk(database, server, *map(str, range(1, 21)))
    for chat in range(1, 21):
        desk.queue(str(chat), "2026-11-21")
    crowded = Crowded()
    await desk.deliver(crowded)

    assert Counter(address for address, _ in crowded.sent) == {str(chat): 2 for chat in range(1, 21)}
    assert 1 < crowded.most <= Crowded.at_once


async def test_a_worker_that_is_told_to_stop_hands_back_what_it_has_not_begun(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, *map(str, range(1, 10)))
    outbox = Outbox(
        database=database,
        notifiers={"telegram": desk.notifier},
        render=render,  # type: ignore[arg-type]
        clock=desk.clock,
        policy=RetryPolicy(),
    )
    await deliver_due(outbox, is_stopping=lambda: bool(server.sent))
    await desk.deliver()

    assert desk.got() == all_parts(*map(str, range(1, 10)))


def test_a_broadcast_whose_worker_is_killed_brings_every_part_exactly_once() -> None:
    command = [sys.executable, "-m", "benchmarks.broadcast", "--chats", "60", "--lease", "2", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)

    assert (figures["missing"], figures["twice"], figures["unwanted"]) == (0, 0, 0)
    assert figures["states"] == {"sent": 59, "failed": 1}


async def test_a_topic_that_is_gone_for_good_is_left_for_general_and_that_is_said(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, f"{GROUP}/17")
    missing = Answer(400, "Bad Request: message thread not found")
    for wait in (1, 2):
        server.script.append(missing)
        await desk.deliver()
        assert server.sent == []
        desk.clock.advance(timedelta(minutes=wait))
    server.script.append(missing)
    await desk.deliver()

    assert [(sent.chat_id, sent.thread_id) for sent in server.sent] == [(GROUP, None)] * 3
    (row,) = desk.rows()
    assert "The topic to which this came is gone" in row.payload["notes"][0]


async def fail(desk: Desk, server: LimitedServer, answer: Answer, times: int) -> None:
    for _ in range(times):
        server.script.append(answer)
        await desk.deliver()
        desk.clock.advance(timedelta(hours=7))


def address_of(database: Database) -> str:
    with database.reading() as session:
        return session.scalars(select(ChannelRow.address)).one()


async def test_a_group_that_has_moved_is_followed_whatever_failed_before(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "-4242")
    await fail(desk, server, BAD_GATEWAY, 4)
    await fail(desk, server, api.migrated(-1009), 1)
    await desk.deliver()

    assert address_of(database) == "-1009"
    assert desk.got() == all_parts("-1009")


async def test_a_topic_counts_as_gone_only_where_it_was_missing_several_times_in_a_row(
    database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, f"{GROUP}/17")
    await fail(desk, server, BAD_GATEWAY, 2)
    await fail(desk, server, TOPIC_MISSING, 1)
    await fail(desk, server, BAD_GATEWAY, 1)
    await fail(desk, server, TOPIC_MISSING, 1)
    await desk.deliver()

    assert address_of(database) == f"{GROUP}/17"
    assert desk.rows()[0].state == DeliveryState.SENT


@pytest.mark.parametrize("has_arrived", [True, False])
async def test_a_part_in_doubt_is_not_looked_for_among_what_the_bot_has_answered(
    has_arrived: bool, database: Database, server: LimitedServer
) -> None:
    desk = Desk(database, server, "42")
    await desk.deliver()
    settings = TelegramSettings(token=SecretStr(TOKEN), base_url=server.base_url)
    bot, requests = make_bot(settings)
    answer = await bot.send_message("42", "You follow Wei Chen.")
    desk.notifier._turns.note_number(answer.message_id)
    desk.queue("42", "2026-11-21")
    if has_arrived:
        server.lost.append("42")
    else:
        server.script.append(api.DROP)
    await desk.deliver()
    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver()
    for request in requests:
        await request.shutdown()

    assert desk.got() == all_parts("42", "42") + Counter({("42", "You follow Wei Chen."): 1})


async def test_a_topic_that_was_only_unwell_keeps_its_digest(database: Database, server: LimitedServer) -> None:
    desk = Desk(database, server, f"{GROUP}/17")
    server.script.append(Answer(400, "Bad Request: message thread not found"))
    await desk.deliver()
    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver()

    assert {sent.thread_id for sent in server.sent} == {17}
