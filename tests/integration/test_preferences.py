"""What subscribers change about themselves and their channels, against both databases, with the event log."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from subscribers import preferences, service, store
from subscribers.db import Database
from subscribers.model import InvalidSchedule, InvalidWish, SubscriberStatus, SubscriberView, UnknownSubscriber
from tests.managing import list_events
from tests.subscriptions import NOON, subscribed

WEEK = timedelta(days=7)


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    with database.writing() as session:
        return subscribed(session)


def now(database: Database, view: SubscriberView) -> SubscriberView:
    with database.reading() as session:
        return store.view_subscriber(session, view.id)


CHANGES: dict[str, tuple[Callable[[Session, SubscriberView], Any], str, Callable[[SubscriberView], object]]] = {
    "name": (
        lambda session, view: preferences.rename(session, NOON, view.id, " Ada  Lovelace "),
        "renamed",
        lambda view: view.name == "Ada Lovelace",
    ),
    "language": (
        lambda session, view: preferences.set_language(session, NOON, view.id, "pt-BR"),
        "language_changed",
        lambda view: view.language == "pt-BR",
    ),
    "plain": (
        lambda session, view: preferences.set_plain(session, NOON, view.channels[0].id, is_plain=True),
        "channel_changed",
        lambda view: view.channels[0].is_plain,
    ),
    "alerts": (
        lambda session, view: preferences.set_takes_alerts(session, NOON, view.channels[0].id, takes_alerts=False),
        "channel_changed",
        lambda view: not view.channels[0].takes_alerts,
    ),
    "pause": (
        lambda session, view: preferences.pause_until(session, NOON, view.id, NOON + WEEK),
        "paused",
        lambda view: (view.status, view.paused_until) == (SubscriberStatus.PAUSED, NOON + WEEK),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_kept_and_logged_once(database: Database, ada: SubscriberView, what: str) -> None:
    change, kind, holds = CHANGES[what]
    for _ in range(2):
        with database.writing() as session:
            change(session, ada)

    assert holds(now(database, ada))
    assert list_events(database, ada.id)[2:] == [kind]


def test_a_pause_gets_another_end_and_none_and_going_on_forgets_it(database: Database, ada: SubscriberView) -> None:
    for until in (NOON + WEEK, NOON + 2 * WEEK, None):
        with database.writing() as session:
            preferences.pause_until(session, NOON, ada.id, until)
        assert now(database, ada).paused_until == until
    with database.writing() as session:
        preferences.pause_until(session, NOON, ada.id, NOON + WEEK)
        service.resume(session, NOON, ada.id)

    assert (now(database, ada).status, now(database, ada).paused_until) == (SubscriberStatus.CONFIRMED, None)
    assert list_events(database, ada.id)[2:] == ["paused"] * 4 + ["resumed"]


def test_a_pause_that_ends_in_the_past_is_refused_and_who_has_left_is_not_paused(
    database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session, pytest.raises(InvalidSchedule, match="begun already"):
        preferences.pause_until(session, NOON, ada.id, NOON)
    with database.writing() as session:
        service.unsubscribe(session, NOON, ada.id)
        done = preferences.pause_until(session, NOON, ada.id, None)

    assert done.before is done.after is SubscriberStatus.UNSUBSCRIBED
    assert now(database, ada).status is SubscriberStatus.UNSUBSCRIBED


def test_what_cannot_be_kept_is_refused(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        for name in ("", "\x00", "a" * 201):
            with pytest.raises(InvalidWish):
                preferences.rename(session, NOON, ada.id, name)
        for tag in ("", "English", "e", "en_US", "en-" + "x" * 9):
            with pytest.raises(InvalidWish):
                preferences.set_language(session, NOON, ada.id, tag)
        with pytest.raises(UnknownSubscriber):
            preferences.rename(session, NOON, 999, "Eve")

    assert list_events(database, ada.id)[2:] == []
