"""Channels through the service: added, removed, opened again, and sent to at another hour."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from subscribers import service, store
from subscribers.db import Database
from subscribers.model import (
    AlreadySubscribed,
    ChannelStatus,
    InvalidAddress,
    InvalidSchedule,
    InvalidWish,
    Schedule,
    SubscriberStatus,
    UnknownChannel,
    UnknownSubscriber,
)
from subscribers.tables import ChannelRow, SubscriberEventRow
from tests.subscriptions import EIGHT_IN_BERLIN, NOON, OPERATOR, channel_wish, subscribed, telegram_wish

LATER = NOON + timedelta(days=3)


def last_event(database: Database, subscriber_id: int) -> tuple[str, dict[str, object]]:
    row = SubscriberEventRow
    with database.reading() as session:
        query = select(row.kind, row.detail).where(row.subscriber_id == subscriber_id).order_by(row.id.desc())
        kind, detail = session.execute(query.limit(1)).one()
        return kind, detail


# ── adding and removing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_channel_starts_at_the_newest_announcement(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, start_after=10)
        added = service.add_channel(session, LATER, ada.id, telegram_wish(), start_after=77, consent=OPERATOR)

    assert (added.is_changed, added.channel.verified_at) == (True, LATER)
    with database.reading() as session:
        due = store.list_due_channels(session, LATER + timedelta(days=2), 10)
    assert [(each.kind, each.watermark) for each in due] == [("email", 10), ("telegram", 77)]


def test_a_channel_without_consent_waits_for_it_and_the_others_go_on(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        wish = channel_wish("ada@work.example.org")
        added = service.add_channel(session, NOON, ada.id, wish, start_after=0, consent=None)
        due = store.list_due_channels(session, LATER, 10)

    assert added.channel.verified_at is None
    assert [each.id for each in due] == [ada.channels[0].id]


def test_consent_for_one_channel_confirms_who_was_pending(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, consent=None)
        service.add_channel(session, NOON, ada.id, telegram_wish(), start_after=0, consent=OPERATOR)
        view = store.view_subscriber(session, ada.id)

    assert view.status is SubscriberStatus.CONFIRMED
    assert [each.verified_at for each in view.channels] == [None, NOON]


def test_an_address_of_somebody_else_is_refused_even_after_they_left(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        bob = subscribed(session, channel_wish("bob@example.org"), name="Bob")
        service.unsubscribe(session, NOON, bob.id)

    for address in ("ada@example.org", "BOB@example.org"):
        with database.writing() as session, pytest.raises(AlreadySubscribed, match="is already a channel of"):
            service.add_channel(session, NOON, ada.id, channel_wish(address), start_after=0, consent=OPERATOR)


def test_a_removed_channel_can_be_added_again_and_keeps_its_id(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, channel_wish(), telegram_wish())
        removed = service.remove_channel(session, NOON, ada.channels[1].id)
        view = store.view_subscriber(session, ada.id)
        again = service.add_channel(session, LATER, ada.id, telegram_wish(), start_after=0, consent=OPERATOR)

    assert (removed.is_changed, removed.channel.status, removed.channel.closed_reason) == (
        True,
        ChannelStatus.CLOSED,
        "removed",
    )
    assert view.status is SubscriberStatus.CONFIRMED
    assert (again.channel.id, again.channel.status, again.channel.closed_reason) == (
        ada.channels[1].id,
        ChannelStatus.OPEN,
        "",
    )


def test_a_closed_channel_of_a_running_subscription_opens_again_by_subscribing(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, channel_wish(), telegram_wish())
        service.remove_channel(session, NOON, ada.channels[0].id)
        again = subscribed(session, channel_wish(), now=LATER, name="Somebody")

    assert (again.id, again.name, again.status) == (ada.id, "Ada", SubscriberStatus.CONFIRMED)
    assert again.channels[0].status is ChannelStatus.OPEN


def test_removing_twice_keeps_the_first_reason(database: Database) -> None:
    with database.writing() as session:
        channel_id = subscribed(session).channels[0].id
        service.remove_channel(session, NOON, channel_id, "first")
        again = service.remove_channel(session, NOON, channel_id, "second")

    assert (again.is_changed, again.channel.closed_reason) == (False, "first")


def test_who_has_left_must_subscribe_again_before_adding_channels(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.unsubscribe(session, NOON, ada.id)

    with database.writing() as session, pytest.raises(UnknownSubscriber, match="has left; subscribe again"):
        service.add_channel(session, NOON, ada.id, telegram_wish(), start_after=0, consent=OPERATOR)


def test_bad_input_is_refused_and_changes_nothing(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
    channel_id = ada.channels[0].id

    with database.writing() as session:
        with pytest.raises(InvalidAddress):
            service.add_channel(session, NOON, ada.id, channel_wish("ada@"), start_after=0, consent=OPERATOR)
        with pytest.raises(UnknownSubscriber):
            service.add_channel(session, NOON, 99, telegram_wish(), start_after=0, consent=OPERATOR)
        with pytest.raises(UnknownChannel):
            service.remove_channel(session, NOON, 99)
        with pytest.raises(InvalidSchedule):
            service.set_schedule(session, NOON, channel_id, Schedule("Mars/Olympus", time(8)))
        with pytest.raises(UnknownChannel):
            service.set_schedule(session, NOON, 99, EIGHT_IN_BERLIN)
        with pytest.raises(InvalidWish):
            service.set_cap(session, NOON, channel_id, 0)
    with database.reading() as session:
        assert store.view_subscriber(session, ada.id) == ada


# ── another hour ─────────────────────────────────────────────────────────────────────────────────────────────────────


def serve(database: Database) -> int:
    """Subscribe somebody to 08:00 in Berlin who has had their digest of 20 November."""
    with database.writing() as session:
        channel = subscribed(session, now=NOON - timedelta(days=5)).channels[0]
        tomorrow = datetime.fromisoformat("2026-11-21T07:00Z")
        assert store.claim_due_channel(session, channel.id, (channel.next_due_at, 0), tomorrow, 5)
    return channel.id


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (Schedule("Europe/Berlin", time(18)), "2026-11-21T17:00Z"),
        (Schedule("Europe/Berlin", time(7)), "2026-11-21T06:00Z"),
        (Schedule("America/New_York", time(8)), "2026-11-21T13:00Z"),
        (Schedule("Pacific/Auckland", time(8)), "2026-11-20T19:00Z"),
    ],
)
def test_another_hour_or_zone_after_todays_digest_counts_from_the_next_local_date(
    database: Database, schedule: Schedule, expected: str
) -> None:
    channel_id = serve(database)

    with database.writing() as session:
        result = service.set_schedule(session, NOON, channel_id, schedule)

    assert result.before == EIGHT_IN_BERLIN
    assert result.channel.next_due_at == datetime.fromisoformat(expected)
    with database.reading() as session:
        stored = session.get_one(ChannelRow, channel_id)
        assert (stored.send_at, stored.next_due_at) == (schedule.send_at, datetime.fromisoformat(expected))


def test_a_new_subscriber_may_still_choose_an_hour_of_today(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        result = service.set_schedule(session, NOON, ada.channels[0].id, Schedule("Europe/Berlin", time(18)))

    assert result.channel.next_due_at == datetime.fromisoformat("2026-11-20T17:00Z")
    kind, detail = last_event(database, ada.id)
    assert (kind, detail["channel"]) == ("schedule_changed", ada.channels[0].id)
    assert detail["before"] == "every day at 08:00 (Europe/Berlin)"
    assert detail["after"] == "every day at 18:00 (Europe/Berlin)"


def test_the_same_schedule_again_changes_nothing(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        result = service.set_schedule(session, LATER, ada.channels[0].id, EIGHT_IN_BERLIN)

    assert result.channel == ada.channels[0]
    assert last_event(database, ada.id)[0] == "confirmed"


def test_another_cap_is_kept_and_logged_once(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        first = service.set_cap(session, NOON, ada.channels[0].id, 5)
        again = service.set_cap(session, NOON, ada.channels[0].id, 5)

    assert (first.channel.cap, first.is_changed, again.is_changed) == (5, True, False)
    assert last_event(database, ada.id) == (
        "cap_changed",
        {"channel": ada.channels[0].id, "before": 25, "after": 5},
    )
