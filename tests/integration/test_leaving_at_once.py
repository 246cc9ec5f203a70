"""Two processes that let the same person go, or take them back, at the same moment: neither waits for ever."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from digest.model import ChannelId, DeliveryKind, DeliveryState
from digest.pipeline.leaving import leave
from digest.storage import deliveries, objections
from digest.storage.cancellations import queue_again
from digest.storage.tables import DeliveryRow
from subscribers import leaving, service, store
from subscribers.db import Database
from subscribers.model import Cadence, Schedule, SubscriberView
from subscribers.tokens import TokenSubject
from tests.factories import NOON, edition, paper
from tests.people import announce, subscribe

LATER = NOON + timedelta(minutes=1)


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


class Other:
    """Another process, here a thread: it does one thing, and `join` gives what came of it."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._result: list[object] = []
        self._thread = threading.Thread(target=lambda: self._result.append(act()))
        self._thread.start()

    def wait_until_it_waits(self, database: Database) -> None:
        """Wait until it stands before a lock. SQLite lets one write at a time, so there it waits in any case."""
        if database.engine.dialect.name == "sqlite":
            return
        with database.engine.connect() as connection:
            while self._thread.is_alive():
                if connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
                    return
                connection.rollback()

    def join(self) -> object:
        self._thread.join(30)
        return self._result[0] if self._result else "it failed"


def test_a_worker_that_clears_the_outbox_leaves_alone_what_somebody_takes_back_at_this_moment(
    database: Database, ada: SubscriberView
) -> None:
    announce(database, paper("2611.00001"))
    channel = ada.channels[0].id
    with database.writing() as session:
        deliveries.add_delivery(session, edition(1, channel_id=ChannelId(channel)), DeliveryKind.ALERT, NOON)
    left = leave(database, NOON, TokenSubject(channel, ada.id))
    assert left.at is not None

    def clear() -> int:
        with database.writing() as session:
            return objections.cancel_unwanted(session, LATER)

    with database.writing() as session:
        assert leaving.undo(session, LATER, ada.id, left.at) is not None
        worker = Other(clear)
        worker.wait_until_it_waits(database)
        queue_again(session, [ChannelId(channel)], left.at, LATER)

    assert worker.join() == 0
    with database.reading() as session:
        assert session.get_one(DeliveryRow, 1).state == DeliveryState.PENDING


def test_stopping_alerts_and_unsubscribing_at_once_do_not_wait_for_each_other(
    database: Database, ada: SubscriberView
) -> None:
    channel = ada.channels[0]
    with database.writing() as session:
        only_alerts = Schedule(channel.schedule.timezone, channel.schedule.send_at, cadence=Cadence.ALERTS)
        service.set_schedule(session, NOON, channel.id, only_alerts)

    def stop() -> leaving.Left:
        with database.writing() as session:
            return leaving.stop_alerts(session, LATER, ada.id, channel.id)

    with database.writing() as session:
        store.get_subscriber(session, ada.id)
        other = Other(stop)
        other.wait_until_it_waits(database)
        assert service.unsubscribe(session, LATER, ada.id).closed == (channel.id,)

    assert other.join() == leaving.Left((), has_left=False)
