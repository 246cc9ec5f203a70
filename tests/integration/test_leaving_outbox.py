"""What becomes of the outbox when somebody leaves and comes back: nothing is lost, and nothing comes twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from digest.model import (
    Address,
    ChannelId,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Message,
    PaperId,
    Receipt,
    Settlement,
)
from digest.pipeline.deliver import deliver_due
from digest.pipeline.leaving import leave, take_back
from digest.pipeline.settlement import withdraw
from digest.storage import deliveries, objections
from subscribers import service
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.tokens import Purpose, TokenSubject
from tests.factories import NOON, edition
from tests.fakes import RecordingNotifier
from tests.leaving import ONE_CLICK, Site, open_site, undo_link
from tests.people import subscribe
from tests.subscriptions import OPERATOR, registration

DAY = timedelta(days=1)
CANCELLED, PENDING, SENT = DeliveryState.CANCELLED, DeliveryState.PENDING, DeliveryState.SENT
pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


async def press(site: Site, view: SubscriberView, purpose: Purpose, do: str) -> str:
    """Press a button of the page; give the link that takes it back."""
    page = await site.client.post(f"/{purpose.value}/{site.token(view, purpose)}", data={"do": do})
    return undo_link(page)


async def test_papers_of_a_digest_that_was_cancelled_do_not_count_as_sent(site: Site, ada: SubscriberView) -> None:
    before = site.watermark(ada)
    site.announce("2611.00001", "2611.00002")
    site.compose()
    assert len(site.sent_papers(ada)) == 2
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)

    assert await site.deliver() == []
    assert (site.states(), site.sent_papers(ada), site.watermark(ada)) == ([CANCELLED], set(), before)


async def test_who_subscribes_again_gets_what_was_cancelled_and_nothing_twice(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    site.announce("2611.00001")
    site.compose()
    first = await site.deliver()
    site.clock.advance(DAY)
    site.announce("2611.00002")
    site.compose()
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)
    await site.deliver()
    with database.writing() as session:
        service.subscribe(session, site.clock(), registration(), start_after=1, consent=OPERATOR)
    site.clock.advance(DAY)
    site.announce("2611.00003")
    site.compose()

    assert first == ["Experts number 2611.00001"]
    assert sorted(await site.deliver()) == ["Experts number 2611.00002", "Experts number 2611.00003"]


async def test_undo_sends_what_was_cancelled_once_and_the_next_digest_goes_on_behind_it(
    site: Site, ada: SubscriberView
) -> None:
    site.announce("2611.00001")
    site.compose()
    place = site.watermark(ada)
    link = await press(site, ada, Purpose.UNSUBSCRIBE, "leave")
    assert (await site.deliver(), site.states()) == ([], [CANCELLED])

    await site.client.post(link, data={"do": "return"})
    assert (site.states(), site.watermark(ada), site.sent_papers(ada)) == ([PENDING], place, {PaperId(1)})
    assert await site.deliver() == ["Experts number 2611.00001"]
    site.clock.advance(DAY)
    site.announce("2611.00002")
    site.compose()
    assert await site.deliver() == ["Experts number 2611.00002"]


async def test_undo_before_anything_was_cancelled_leaves_it_waiting(site: Site, ada: SubscriberView) -> None:
    site.announce("2611.00001")
    site.compose()
    link = await press(site, ada, Purpose.UNSUBSCRIBE, "leave")
    await site.client.post(link, data={"do": "return"})

    assert await site.deliver() == ["Experts number 2611.00001"]


async def test_a_digest_due_while_somebody_was_away_comes_when_they_are_back(site: Site, ada: SubscriberView) -> None:
    link = await press(site, ada, Purpose.UNSUBSCRIBE, "leave")
    site.announce("2611.00001")
    assert site.compose() == 0
    await site.client.post(link, data={"do": "return"})
    site.compose()

    assert await site.deliver() == ["Experts number 2611.00001"]


async def test_several_cancelled_digests_are_given_back_to_where_the_first_began(
    site: Site, ada: SubscriberView
) -> None:
    before = site.watermark(ada)
    for number in ("2611.00001", "2611.00002"):
        site.announce(number)
        site.compose()
        site.clock.advance(DAY)
    link = await press(site, ada, Purpose.UNSUBSCRIBE, "leave")
    await site.deliver()
    assert (site.states(), site.watermark(ada), site.sent_papers(ada)) == ([CANCELLED] * 2, before, set())

    await site.client.post(link, data={"do": "return"})
    assert await site.deliver() == ["Experts number 2611.00001", "Experts number 2611.00002"]
    assert site.watermark(ada) > before


async def test_what_was_sent_after_a_cancelled_digest_stays_sent(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    site.announce("2611.00001")
    site.compose()
    (waiting,) = claim(site)
    site.clock.advance(DAY)
    site.announce("2611.00002")
    site.compose()
    with database.writing() as session:
        deliveries.record_settlement(session, waiting, _put_off(site), site.clock())
    assert await site.deliver() == ["Experts number 2611.00002"]
    place = site.watermark(ada)
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)
    await site.deliver()

    assert (site.states(), site.watermark(ada), site.sent_papers(ada)) == ([CANCELLED, SENT], place, {PaperId(2)})


async def test_a_chat_message_of_which_a_part_arrived_keeps_its_papers(site: Site, database: Database) -> None:
    view = subscribe(database, "42", "experts", kind="telegram")
    site.announce("2611.00001", "2611.00002")
    site.compose()
    (claimed,) = claim(site, "telegram")
    with database.writing() as session:
        half = deliveries.record_settlement(session, claimed, _put_off(site, parts=1), site.clock())
        service.unsubscribe(session, NOON, view.id)
    await site.deliver()

    assert (half, site.states(), len(site.sent_papers(view))) == (True, [CANCELLED], 2)


async def test_leaving_between_claim_and_send_gives_the_papers_back_too(site: Site, database: Database) -> None:
    subscribe(database, "ada@example.org", "experts")
    bob = subscribe(database, "bob@example.org", "experts")
    site.announce("2611.00001")
    site.compose()

    class BobLeavesMeanwhile(RecordingNotifier):
        async def send(self, message: Message, address: Address) -> Receipt:
            await site.client.post(site.leave_link(bob), data=ONE_CLICK)
            return await super().send(message, address)

    notifier = BobLeavesMeanwhile()
    await site.deliver(notifier)

    assert [address for address, _ in notifier.sent] == ["ada@example.org"]
    assert (site.states(), site.sent_papers(bob)) == ([SENT, CANCELLED], set())


async def test_nothing_is_sent_once_an_erasure_has_committed(site: Site, database: Database) -> None:
    subscribe(database, "ada@example.org", "experts")
    bob = subscribe(database, "bob@example.org", "experts")
    site.announce("2611.00001")
    site.compose()

    class BobIsErasedMeanwhile(RecordingNotifier):
        async def send(self, message: Message, address: Address) -> Receipt:
            form = {"sure": "yes"}
            assert (await site.client.post(site.manage_link(bob, "erase"), data=form)).status_code == 200
            return await super().send(message, address)

    notifier = BobIsErasedMeanwhile()
    await site.deliver(notifier)
    await site.deliver(notifier)

    assert [address for address, _ in notifier.sent] == ["ada@example.org"]
    assert site.states() == [SENT]


async def test_stopping_alerts_gives_those_that_wait_to_the_next_digest(site: Site, ada: SubscriberView) -> None:
    site.announce("2611.00001")
    site.queue(ada, 1)
    await press(site, ada, Purpose.STOP_ALERTS, "stop")
    assert (await site.deliver(), site.states(), site.sent_papers(ada)) == ([], [CANCELLED], set())

    site.compose()
    assert await site.deliver() == ["Experts number 2611.00001"]


async def test_undoing_that_sends_the_alerts_after_all(site: Site, ada: SubscriberView) -> None:
    site.announce("2611.00001")
    site.queue(ada, 1)
    link = await press(site, ada, Purpose.STOP_ALERTS, "stop")
    await site.client.post(link, data={"do": "return"})

    assert await site.deliver() == ["Experts number 2611.00001"]
    site.compose()
    assert await site.deliver() == []


async def test_undoing_does_not_send_again_what_a_digest_has_told_meanwhile(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    site.announce("2611.00001", "2611.00002", "2611.00003")
    site.queue(ada, 1)
    with database.writing() as session:
        bundle = edition(2, 3, channel_id=ChannelId(ada.channels[0].id), name="batch-1")
        deliveries.add_delivery(session, bundle, DeliveryKind.ALERT, site.clock())
    link = await press(site, ada, Purpose.STOP_ALERTS, "stop")
    with database.writing() as session:
        told = edition(1, 2, channel_id=ChannelId(ada.channels[0].id))
        deliveries.add_delivery(session, told, DeliveryKind.DIGEST, site.clock())
    told_by_digest = await site.deliver()
    await site.client.post(link, data={"do": "return"})

    assert told_by_digest == ["Experts number 2611.00001", "Experts number 2611.00002"]
    assert await site.deliver() == ["Experts number 2611.00003"]
    assert site.states() == [CANCELLED, SENT, SENT]


async def test_an_alert_that_was_being_sent_as_alerts_were_stopped_is_not_tried_again(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    site.announce("2611.00001")
    site.queue(ada, 1)
    (claimed,) = claim(site)
    await press(site, ada, Purpose.STOP_ALERTS, "stop")
    refused = Settlement(state=PENDING, detail="451 later", next_attempt_at=site.clock())
    with database.writing() as session:
        deliveries.record_settlement(session, claimed, refused, site.clock())

    assert (await site.deliver(), site.states(), site.sent_papers(ada)) == ([], [CANCELLED], set())


async def test_an_alert_that_was_claimed_but_not_sent_when_alerts_were_stopped_is_not_sent(
    site: Site, database: Database
) -> None:
    ada, bob = subscribe(database, "ada@example.org"), subscribe(database, "bob@example.org")
    site.announce("2611.00001")
    site.queue(ada, 1)
    site.queue(bob, 1)

    class BobStopsMeanwhile(RecordingNotifier):
        async def send(self, message: Message, address: Address) -> Receipt:
            await site.client.post(f"/stop-alerts/{site.token(bob, Purpose.STOP_ALERTS)}", data=ONE_CLICK)
            return await super().send(message, address)

    notifier = BobStopsMeanwhile()
    await site.deliver(notifier)

    assert [address for address, _ in notifier.sent] == ["ada@example.org"]
    assert (site.states(), site.sent_papers(bob)) == ([SENT, CANCELLED], set())


@pytest.mark.parametrize("kind", DeliveryKind)
async def test_who_comes_back_before_a_worker_has_written_down_that_they_left_loses_nothing(
    site: Site, database: Database, ada: SubscriberView, kind: DeliveryKind
) -> None:
    site.announce("2611.00001")
    site.queue(ada, 1, kind)
    (claimed,) = claim(site)
    link = await press(site, ada, Purpose.UNSUBSCRIBE, "leave")
    with database.reading() as session:
        why = objections.find_objection(session, claimed)
    await site.client.post(link, data={"do": "return"})
    with database.writing() as session:
        deliveries.record_settlement(session, claimed, withdraw(claimed, why), site.clock())

    assert why
    assert (site.states(), site.sent_papers(ada)) == ([PENDING], {PaperId(1)})
    assert await site.deliver() == ["Experts number 2611.00001"]


async def test_a_pause_between_claim_and_send_makes_a_message_wait_and_cancels_nothing(
    site: Site, database: Database
) -> None:
    subscribe(database, "ada@example.org", "experts")
    bob = subscribe(database, "bob@example.org", "experts")
    site.announce("2611.00001")
    site.compose()

    class BobPausesMeanwhile(RecordingNotifier):
        async def send(self, message: Message, address: Address) -> Receipt:
            await site.client.post(site.leave_link(bob), data={"do": "two-weeks"})
            return await super().send(message, address)

    notifier = BobPausesMeanwhile()
    await site.deliver(notifier)
    assert ([address for address, _ in notifier.sent], site.states()) == (["ada@example.org"], [SENT, PENDING])

    with database.writing() as session:
        service.resume(session, site.clock(), bob.id)
    assert await site.deliver() == ["Experts number 2611.00001"]


async def test_leaving_and_returning_while_digests_are_composed_and_sent_loses_and_doubles_nothing(
    site: Site, database: Database
) -> None:
    views = [subscribe(database, f"reader{number}@example.org", "experts") for number in range(12)]
    site.announce("2611.00001")
    notifier = RecordingNotifier()

    def come_and_go(view: SubscriberView) -> None:
        for _ in range(3):
            left = leave(database, site.clock(), TokenSubject(view.channels[0].id, view.id))
            if left.at is not None:
                take_back(database, site.clock(), view.id, left.at)

    async def work() -> None:
        for _ in range(3):
            await asyncio.to_thread(site.compose)
            await deliver_due(site.outbox(notifier))

    await asyncio.gather(work(), *(asyncio.to_thread(come_and_go, view) for view in views))
    for _ in range(2):
        site.clock.advance(DAY)
        site.compose()
        await deliver_due(site.outbox(notifier))

    assert sorted(address for address, _ in notifier.sent) == sorted(view.channels[0].address for view in views)


def claim(site: Site, kind: str = "email") -> list[Delivery]:
    with site.database.writing() as session:
        return deliveries.claim_deliveries(session, [kind], site.clock(), timedelta(minutes=10), 10)


def _put_off(site: Site, parts: int = 0) -> Settlement:
    at = site.clock() + 2 * DAY
    return Settlement(state=PENDING, detail="451 later", next_attempt_at=at, parts_sent=parts)
