"""Two processes that let the same person go, or take them back, at the same moment: neither waits for ever."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from digest.model import ChannelId, DeliveryKind, DeliveryState
from digest.pipeline.leaving import leave
from digest.storage import deliveries, objections
from digest.storage.cancellations import queue_again
from digest.storage.tables import DeliveryRow
from subscribers import leaving, service, store
from subscribers.chats import close_chat, move_chat
from subscribers.db import Database
from subscribers.model import Cadence, Schedule, SubscriberView, UnknownChannel
from subscribers.silence import silence
from subscribers.tokens import TokenSubject
from tests.factories import NOON, edition, paper
from tests.people import OPERATOR, announce, subscribe
from tests.subscriptions import telegram_wish

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


def store_view(database: Database, ada: SubscriberView) -> SubscriberView:
    with database.reading() as session:
        return store.view_subscriber(session, ada.id)


def silence_for_chat(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        silence(session, NOON, ada.channels[0].id, ada.channels[1].id)


def leave_chat(session: Session, ada: SubscriberView) -> object:
    return leaving.leave(session, LATER, ada.id, ada.channels[1].id)


def block(session: Session, _: SubscriberView) -> object:
    return close_chat(session, 42, "", "bot was blocked by the user", LATER)


def migrate(session: Session, _: SubscriberView) -> object:
    return move_chat(session, 42, 43, LATER)


def confirm(session: Session, ada: SubscriberView) -> object:
    with suppress(UnknownChannel):
        service.confirm(session, LATER, ada.channels[1].id, OPERATOR)
    return None


def erase(session: Session, ada: SubscriberView) -> object:
    return leaving.erase_with_suppression(session, LATER, ada.id)


@pytest.mark.parametrize("act", [block, migrate, confirm, erase])
def test_what_happens_to_a_chat_does_not_wait_for_who_leaves_and_waits_for_it(
    act: Callable[[Session, SubscriberView], object], database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        service.add_channel(session, NOON, ada.id, telegram_wish("42"), start_after=0, consent=OPERATOR)
    ada = store_view(database, ada)
    silence_for_chat(database, ada)

    def happen() -> str:
        with database.writing() as session:
            act(session, ada)
        return "done"

    with database.writing() as session:
        store.get_subscriber(session, ada.id)
        other = Other(happen)
        other.wait_until_it_waits(database)
        left = leaving.leave(session, LATER, ada.id, ada.channels[1].id)

    assert left.woken == (ada.channels[0].id,)
    assert other.join() == "done"


@pytest.mark.parametrize("act", [block, leave_chat])
def test_who_wakes_mail_by_leaving_the_chat_does_not_cross_with_who_composes(
    act: Callable[[Session, SubscriberView], object], database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        service.add_channel(session, NOON, ada.id, telegram_wish("42"), start_after=0, consent=OPERATOR)
    ada = store_view(database, ada)
    silence_for_chat(database, ada)

    def happen() -> str:
        with database.writing() as session:
            act(session, ada)
        return "done"

    mail, chat = (channel.id for channel in ada.channels)
    with database.writing() as session:
        store.lock_channels(session, [mail])
        other = Other(happen)
        other.wait_until_it_waits(database)
        store.lock_channels(session, [mail, chat])

    assert other.join() == "done"
