"""The outbox in a real database: claimed once, fenced, retried, cancelled, settled."""

import asyncio
from datetime import timedelta
from typing import Self

import pytest
from sqlalchemy import event

from digest.errors import AddressChanged, NotifierError, NotifierUnusable
from digest.model import (
    Address,
    ChatMessage,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Message,
    Receipt,
    RetryPolicy,
    Settlement,
)
from digest.pipeline.deliver import DeliveryReport, Outbox, deliver_due
from digest.pipeline.health import find_worries, read_health
from digest.storage import deliveries
from subscribers import service
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable
from subscribers.model import ChannelStatus, SubscriberView
from tests.factories import NOON, edition, paper
from tests.fakes import FixedClock, RecordingNotifier, render_plainly
from tests.people import announce, channel_of, subscribe

LEASE = timedelta(minutes=10)
pytestmark = pytest.mark.anyio


class BreaksConnections(RecordingNotifier):
    """Sends, and leaves the next transaction that writes in the lurch: once, as a server that restarts does."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._engine = database.engine

    async def send(self, message: Message, address: Address) -> Receipt:
        event.listen(self._engine, "before_cursor_execute", _fail, once=True)
        return await super().send(message, address)


def _fail(*_: object) -> None:
    raise DatabaseUnavailable("The connection broke.")


class Desk:
    """A database with one subscriber, one paper and one delivery that is due."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock = database, FixedClock(NOON)
        announce(database, paper("2611.00001"))
        self.ada = subscribe(database, "ada@example.org", "experts")
        self.queue(self.ada)

    def queue(self, view: SubscriberView, name: str = "2026-11-20") -> None:
        with self.database.writing() as session:
            queued = edition(1, channel_id=channel_of(view), name=name)
            deliveries.add_delivery(session, queued, DeliveryKind.DIGEST, self.clock())

    async def deliver(self, *notifiers: RecordingNotifier, max_attempts: int = 3) -> DeliveryReport:
        outbox = Outbox(
            database=self.database,
            notifiers={each.kind: each for each in notifiers},
            render=render_plainly,  # type: ignore[arg-type]  # a dict is all the papers it needs
            clock=self.clock,
            policy=RetryPolicy(first_delay=timedelta(minutes=1), max_attempts=max_attempts),
            lease=LEASE,
        )
        return await deliver_due(outbox)

    def states(self) -> dict[DeliveryState, int]:
        with self.database.reading() as session:
            return deliveries.count_deliveries(session)

    def view(self) -> SubscriberView:
        with self.database.reading() as session:
            return service.get_subscriber(session, str(self.ada.id))


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_a_due_delivery_is_sent_once(desk: Desk) -> None:
    notifier = RecordingNotifier()
    await desk.deliver(notifier)
    await desk.deliver(notifier)

    assert [address for address, _ in notifier.sent] == ["ada@example.org"]
    assert desk.states() == {DeliveryState.SENT: 1}


async def test_a_delivery_waits_for_a_notifier_of_its_kind(desk: Desk) -> None:
    await desk.deliver(RecordingNotifier("telegram"))

    assert desk.states() == {DeliveryState.PENDING: 1}


async def test_an_unsubscribe_after_queueing_wins(desk: Desk) -> None:
    with desk.database.writing() as session:
        service.unsubscribe(session, NOON, desk.ada.id)
    notifier = RecordingNotifier()
    report = await desk.deliver(notifier)

    assert (notifier.sent, report.cancelled, desk.states()) == ([], 1, {DeliveryState.CANCELLED: 1})


async def test_a_pause_makes_what_is_queued_wait_and_loses_nothing(desk: Desk) -> None:
    with desk.database.writing() as session:
        service.pause(session, NOON, desk.ada.id)
    notifier = RecordingNotifier()
    await desk.deliver(notifier)
    assert (notifier.sent, desk.states()) == ([], {DeliveryState.PENDING: 1})

    with desk.database.writing() as session:
        service.resume(session, NOON, desk.ada.id)
    await desk.deliver(notifier)
    assert len(notifier.sent) == 1


async def test_an_unsubscribe_between_claim_and_send_wins(desk: Desk) -> None:
    bob = subscribe(desk.database, "bob@example.org")
    desk.queue(bob)

    class BobLeavesMeanwhile(RecordingNotifier):
        async def send(self, message: Message, address: Address) -> Receipt:
            with desk.database.writing() as session:
                service.unsubscribe(session, NOON, bob.id)
            return await super().send(message, address)

    notifier = BobLeavesMeanwhile()
    await desk.deliver(notifier)

    assert [address for address, _ in notifier.sent] == ["ada@example.org"]
    assert desk.states() == {DeliveryState.SENT: 1, DeliveryState.CANCELLED: 1}


async def test_a_temporary_error_is_tried_again_when_it_is_due(desk: Desk) -> None:
    notifier = RecordingNotifier(outcomes=[NotifierError("451 later")])
    await desk.deliver(notifier)
    await desk.deliver(notifier)
    assert notifier.sent == []

    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver(notifier)
    assert (len(notifier.sent), desk.states()) == (1, {DeliveryState.SENT: 1})


async def test_a_permanent_error_closes_the_channel_with_the_reason(desk: Desk) -> None:
    await desk.deliver(RecordingNotifier(outcomes=[NotifierError("550 no such user", permanent=True)]))

    (channel,) = desk.view().channels
    assert (channel.status, channel.closed_reason) == (ChannelStatus.CLOSED, "550 no such user")


async def test_what_was_given_up_is_a_worry_for_two_days_and_not_for_ever(desk: Desk) -> None:
    await desk.deliver(RecordingNotifier(outcomes=[NotifierError("550 no such user", permanent=True)]))
    health = read_health(desk.database)

    (worry,) = find_worries(health, NOON + timedelta(days=1), ())
    assert worry.startswith("1 message could not be delivered")
    assert find_worries(health, NOON + timedelta(days=2), ()) == ()


async def test_a_moved_address_is_stored_and_used(desk: Desk) -> None:
    notifier = RecordingNotifier(outcomes=[AddressChanged("new@example.org")])
    await desk.deliver(notifier)

    assert [address for address, _ in notifier.sent] == ["new@example.org"]
    assert desk.view().channels[0].address == "new@example.org"


async def test_an_unusable_notifier_stops_its_run_and_loses_nothing(desk: Desk) -> None:
    desk.queue(subscribe(desk.database, "bob@example.org"), "2026-11-20")
    notifier = RecordingNotifier(outcomes=[NotifierUnusable("wrong password")])
    report = await desk.deliver(notifier)

    assert (report.unusable, notifier.sent) == ({"email": "wrong password"}, [])
    desk.clock.advance(timedelta(minutes=5))
    await desk.deliver(notifier)
    assert desk.states() == {DeliveryState.SENT: 2}


async def test_one_notifier_that_fails_does_not_stop_another(desk: Desk) -> None:
    desk.queue(subscribe(desk.database, "42", kind="telegram"))
    chat = RecordingNotifier("telegram")
    await desk.deliver(RecordingNotifier(outcomes=[NotifierUnusable("wrong password")]), chat)

    assert len(chat.sent) == 1


async def test_a_pass_that_fails_does_not_leave_another_one_running(desk: Desk) -> None:
    desk.queue(subscribe(desk.database, "42", kind="telegram"))

    class Broken(RecordingNotifier):
        async def __aenter__(self) -> Self:
            raise OSError("no socket")

    class Slow(RecordingNotifier):
        async def send(self, message: Message, address: Address) -> Receipt:
            await asyncio.sleep(0.2)
            return await super().send(message, address)

    chat = Slow("telegram")
    with pytest.raises(OSError, match="no socket"):
        await desk.deliver(Broken(), chat)

    assert (len(chat.sent), desk.states()[DeliveryState.SENT]) == (1, 1)


async def test_a_message_that_was_sent_while_the_database_was_away_is_written_down_when_it_is_back(desk: Desk) -> None:
    notifier = BreaksConnections(desk.database)
    await desk.deliver(notifier)

    assert (len(notifier.sent), desk.states()) == (1, {DeliveryState.SENT: 1})


async def test_a_poison_row_is_given_up_and_the_others_are_sent(desk: Desk) -> None:
    desk.queue(subscribe(desk.database, "bob@example.org"))
    notifier = RecordingNotifier(outcomes=[ValueError("NaN"), None, ValueError("NaN")])
    await desk.deliver(notifier, max_attempts=2)
    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver(notifier, max_attempts=2)

    assert desk.states() == {DeliveryState.SENT: 1, DeliveryState.FAILED: 1}


async def test_parts_that_arrived_are_not_sent_again(desk: Desk) -> None:
    announce(desk.database, paper("2611.00002", title="Another Fine Paper"))
    view = subscribe(desk.database, "42", kind="telegram")
    with desk.database.writing() as session:
        queued = edition(1, 2, channel_id=channel_of(view))
        deliveries.add_delivery(session, queued, DeliveryKind.DIGEST, NOON)
    chat = RecordingNotifier("telegram", [NotifierError("timeout", parts_sent=1)])
    await desk.deliver(chat)
    desk.clock.advance(timedelta(minutes=1))
    await desk.deliver(chat)

    ((_, message),) = chat.sent
    assert isinstance(message, ChatMessage)
    assert message.parts == ("Another Fine Paper",)


def test_a_claim_that_expired_is_taken_over_and_the_slow_worker_is_fenced_off(desk: Desk) -> None:
    slow = claim(desk)
    desk.clock.advance(LEASE)
    quick = claim(desk)

    sent = Settlement(state=DeliveryState.SENT)
    with desk.database.writing() as session:
        assert not deliveries.record_settlement(session, slow, sent, NOON)
        assert deliveries.record_settlement(session, quick, sent, NOON)
    assert quick.attempts == slow.attempts + 1


def test_what_is_claimed_is_not_claimed_again_during_its_lease(desk: Desk) -> None:
    claim(desk)
    with desk.database.writing() as session:
        assert deliveries.claim_deliveries(session, ["email"], NOON, LEASE, 10) == []


async def test_a_delivery_that_kills_its_workers_is_given_up(desk: Desk) -> None:
    for _ in range(3):
        claim(desk)
        desk.clock.advance(LEASE)
    notifier = RecordingNotifier()
    await desk.deliver(notifier)

    assert (notifier.sent, desk.states()) == ([], {DeliveryState.FAILED: 1})


def claim(desk: Desk) -> Delivery:
    with desk.database.writing() as session:
        (claimed,) = deliveries.claim_deliveries(session, ["email"], desk.clock(), LEASE, 10)
        return claimed
