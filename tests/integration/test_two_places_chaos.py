"""A reader in two places, and whatever may happen there in some days: each paper is shown once, nothing is lost."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Self

import pytest

from digest.bot.membership import BLOCKED
from digest.errors import NotifierError, NotYet
from digest.model import (
    Address,
    ChatMessage,
    Delivery,
    Message,
    MessageForm,
    Paper,
    PaperId,
    Progress,
    Receipt,
    RetryPolicy,
    write_progress,
)
from digest.notifiers import Journal
from digest.pipeline.deliver import Outbox, deliver_due
from digest.pipeline.leaving import take_back
from digest.pipeline.signup import sign_up
from digest.storage.announcements import latest_announcement
from subscribers import leaving, linking
from subscribers.addresses import EMAIL
from subscribers.chats import close_chat
from subscribers.db import Database
from subscribers.model import AlreadySubscribed, ChannelWish, Registration, Schedule
from subscribers.service import get_subscriber, pause, resume
from subscribers.store.leavings import LEFT
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.integration.test_two_places import CHAT, announce_experts, compose, subscribe_twice
from tests.people import OPERATOR

HOURS = 24 * 9
LONG = timedelta(days=90)  # the clock runs faster than those who send


class Messenger:
    """Brings messages part by part, and notes what has arrived; now and then something comes in between."""

    def __init__(self, kind: str, chance: random.Random) -> None:
        self.kind = kind
        self.form = MessageForm.CHAT
        self.at_once = 4
        self.arrived = Counter[str]()
        self.is_blocked = False
        self.is_calm = False
        self._chance = chance

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def send(self, message: Message, address: Address) -> Receipt:
        raise NotImplementedError

    async def send_parts(self, message: Message, _address: Address, progress: Progress, journal: Journal) -> Receipt:
        assert isinstance(message, ChatMessage)
        for place in range(progress.parts_sent, len(message.parts)):
            if fault := self._find_fault():
                fault.parts_sent, fault.memo = place - progress.parts_sent, write_progress("", _so_far(message, place))
                raise fault
            self.arrived[message.parts[place]] += 1
        return Receipt("ok")

    def _find_fault(self) -> NotifierError | None:
        if self.is_blocked:
            return NotifierError(BLOCKED, permanent=True)
        if self.is_calm or self._chance.random() < 0.6:
            return None
        if self.kind == EMAIL or self._chance.random() < 0.5:  # mail is not given up: nothing could stand in for it
            return NotYet("flood", retry_after=timedelta(minutes=self._chance.choice([1, 90, 600])))
        return NotifierError("no answer")


def _so_far(message: ChatMessage, parts: int) -> Progress:
    return Progress(parts_sent=parts, numbers=tuple(range(1, parts + 1)), shown=message.papers[:parts])


def render(delivery: Delivery, papers: dict[PaperId, Paper], _form: MessageForm) -> Message:
    """Give each paper a part of its own: those that have begun stay where they were."""
    begun = [numbers[0] for numbers in delivery.progress.shown]
    rest = [entry.paper_id for entry in delivery.edition.entries if entry.paper_id not in begun]
    order = [PaperId(each) for each in (*begun, *rest)]
    titles = tuple(papers[each].title for each in order)
    return ChatMessage(message_id=f"{delivery.id}", parts=titles, papers=tuple((each,) for each in order))


class Life:
    """What may happen to Ada, who reads by mail and in a chat."""

    def __init__(self, database: Database, chance: random.Random) -> None:
        self.database, self.chance = database, chance
        chat = chance.randrange(12)  # mostly before mail, so that it is the chat that shows the papers
        self.ada = subscribe_twice(database, cap=100, hours=(chance.choice([chat, chat + 2, chat + 9]), chat))
        self.mail, self.chat = Messenger("email", chance), Messenger("telegram", chance)
        self.now, self.count = NOON, 0
        self._left_at: datetime | None = None

    async def pass_by(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        compose(self.database, self.now)
        for _ in range(self.chance.randrange(3)):
            await self.deliver()

    async def deliver(self, lease: timedelta = timedelta(minutes=10)) -> None:
        outbox = Outbox(
            database=self.database,
            notifiers={"email": self.mail, "telegram": self.chat},
            render=render,  # type: ignore[arg-type]  # a dict is all the papers it needs
            clock=FixedClock(self.now),
            policy=RetryPolicy(max_attempts=3, first_delay=timedelta(minutes=30)),
            lease=lease,
        )
        await deliver_due(outbox)

    def announce(self) -> None:
        self.count += 1
        announce_experts(self.database, self.count, now=self.now)

    def block(self) -> None:
        self.chat.is_blocked = True
        if self.chance.random() < 0.5:  # else it shows when something is sent
            with self.database.writing() as session:
                close_chat(session, 42, "", BLOCKED, self.now)

    def start(self) -> None:
        """Send /start in the chat, where the bot was blocked, or a new code, where it was left."""
        self.chat.is_blocked = False
        with self.database.writing() as session:
            chat = get_subscriber(session, str(self.ada.id)).channels[CHAT]
            if chat.closed_reason == LEFT:
                code = linking.issue_codes(session, self.now, self.ada.id).private
                start = latest_announcement(session)
                linking.use_code(session, self.now, code, linking.Chat("telegram", "42"), start_after=start)
        if chat.closed_reason == BLOCKED:
            wish = ChannelWish(kind="telegram", address="42", schedule=Schedule("UTC", time(8)), cap=100)
            sign_up(self.database, Registration(name="Ada", channels=(wish,)), (), (), OPERATOR, self.now)

    def leave(self) -> None:
        with self.database.writing() as session:
            done = leaving.leave(session, self.now, self.ada.id, self.ada.channels[CHAT].id)
        self._left_at = done.at or self._left_at

    def undo(self) -> None:
        if self._left_at is not None:
            take_back(self.database, self.now, self.ada.id, self._left_at)

    def pause(self) -> None:
        with self.database.writing() as session:
            pause(session, self.now, self.ada.id)

    def resume(self) -> None:
        with self.database.writing() as session:
            resume(session, self.now, self.ada.id)

    async def end_well(self) -> None:
        self.chat.is_calm = self.mail.is_calm = True
        self.resume()
        self.start()
        for _ in range(3):
            self.now += timedelta(hours=13)
            compose(self.database, self.now)
            for _ in range(3):
                await self.deliver()

    def check(self) -> None:
        """See that each paper was shown once."""
        shown = self.mail.arrived + self.chat.arrived
        assert {title: count for title, count in shown.items() if count > 1} == {}
        assert {f"Experts in Case {number}" for number in range(1, self.count + 1)} - set(shown) == set()


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_each_paper_is_shown_once(seed: int, database: Database) -> None:
    chance = random.Random(seed)
    life = Life(database, chance)
    acts: list[Callable[[], None]] = [
        *[life.announce] * 7,
        *(life.block, life.leave, life.undo, life.pause, *[life.resume] * 3, *[life.start] * 6),
    ]
    while life.now < NOON + timedelta(hours=HOURS):
        chance.choice(acts)()
        await life.pass_by(chance.choice([0.25, 2, 5]))
    await life.end_well()

    life.check()


def repeat(act: Callable[[], None], pause: float, is_over: threading.Event, faults: list[Exception]) -> None:
    """Do something again and again, until it is over; what is tripped over is kept."""
    while not is_over.wait(random.random() * pause):
        try:
            act()
        except AlreadySubscribed:  # two who begin at once
            pass
        except Exception as error:  # noqa: BLE001 -- whatever a thread trips over is shown at the end
            faults.append(error)


def test_who_acts_while_digests_are_composed_and_sent_waits_for_nobody_who_waits_for_them(database: Database) -> None:
    chance = random.Random(7)
    life, faults, is_over = Life(database, chance), list[Exception](), threading.Event()
    acts = [life.block, life.leave, life.undo, life.pause, *[life.resume] * 3, *[life.start] * 8]

    def happen() -> None:
        chance.choice(acts)()

    working = [(lambda: asyncio.run(life.deliver(LONG)), 0.02), (lambda: compose(database, life.now), 0.05)]
    threads = [threading.Thread(target=repeat, args=(*each, is_over, faults)) for each in [*working, (happen, 0.1)] * 2]
    for each in threads:
        each.start()
    for _ in range(25):
        life.announce()
        life.now += timedelta(hours=chance.choice([0.25, 2, 5]))
        is_over.wait(0.1)
    is_over.set()
    for each in threads:
        each.join()
    asyncio.run(life.end_well())

    assert faults == []
    life.check()
