"""Coming, staying and going: what the service writes and says, on both databases."""

from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import select

from subscribers import service, store
from subscribers.db import Database
from subscribers.model import (
    AddressSuppressed,
    AlreadySubscribed,
    ChannelStatus,
    EventKind,
    InvalidAddress,
    InvalidSchedule,
    Schedule,
    SubscriberKind,
    SubscriberStatus,
    SubscriberView,
    UnknownChannel,
    UnknownSubscriber,
)
from subscribers.tables import SubscriberEventRow, SubscriberRow
from tests.subscriptions import EIGHT_IN_BERLIN, NOON, OPERATOR, channel_wish, registration, subscribed, telegram_wish

CONFIRMED, PENDING, PAUSED, UNSUBSCRIBED = (
    SubscriberStatus.CONFIRMED,
    SubscriberStatus.PENDING,
    SubscriberStatus.PAUSED,
    SubscriberStatus.UNSUBSCRIBED,
)
LATER = NOON + timedelta(days=3)


def show(database: Database, subscriber_id: int) -> SubscriberView:
    with database.reading() as session:
        return store.view_subscriber(session, subscriber_id)


def events(database: Database, subscriber_id: int) -> list[str]:
    row = SubscriberEventRow
    with database.reading() as session:
        return list(session.scalars(select(row.kind).where(row.subscriber_id == subscriber_id).order_by(row.id)))


def evidence(database: Database, subscriber_id: int) -> list[dict[str, object]]:
    row = SubscriberEventRow
    confirmed = select(row.detail).where(row.subscriber_id == subscriber_id, row.kind == EventKind.CONFIRMED.value)
    with database.reading() as session:
        return list(session.scalars(confirmed.order_by(row.id)))


def put_status(database: Database, subscriber_id: int, status: SubscriberStatus) -> None:
    with database.writing() as session:
        row = session.get(SubscriberRow, subscriber_id)
        assert row is not None
        row.status = status.value


# ── coming ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_subscriber_with_channels_is_confirmed_at_once_by_an_operator(database: Database) -> None:
    wanted = registration(channel_wish("Ada@Example.org"), telegram_wish(cap=5), name="  Ada  Lovelace ")
    with database.writing() as session:
        result = service.subscribe(session, NOON, wanted, start_after=41, consent=OPERATOR)

    ada = show(database, result.subscriber.id)
    assert result.is_new
    assert result.subscriber == ada
    assert (ada.name, ada.kind, ada.status, ada.created_at) == ("Ada Lovelace", SubscriberKind.PERSON, CONFIRMED, NOON)
    assert [(each.kind, each.address, each.cap) for each in ada.channels] == [
        ("email", "ada@example.org", 25),
        ("telegram", "-1001234567890", 5),
    ]
    assert all(each.verified_at == NOON and each.schedule == EIGHT_IN_BERLIN for each in ada.channels)
    assert all(each.next_due_at == datetime.fromisoformat("2026-11-21T07:00Z") for each in ada.channels)


def test_a_group_is_a_subscriber_too(database: Database) -> None:
    with database.writing() as session:
        wanted = registration(telegram_wish("-100/7".replace("100", "1001")), kind=SubscriberKind.GROUP, language="de")
        group = service.subscribe(session, NOON, wanted, start_after=0, consent=OPERATOR).subscriber

    assert (group.kind, group.language, group.channels[0].address) == (SubscriberKind.GROUP, "de", "-1001/7")


def test_the_evidence_of_consent_is_kept_with_time_and_address(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)

    channel = {"id": ada.channels[0].id, "kind": "email", "address": "ada@example.org"}
    assert evidence(database, ada.id) == [{"given_by": "operator", "command": "subscribe", "channels": [channel]}]
    assert events(database, ada.id) == ["subscribed", "confirmed"]


def test_without_consent_nothing_is_sent_until_it_is_given(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, consent=None)
    channel_id = ada.channels[0].id
    with database.reading() as session:
        assert not store.is_deliverable(session, channel_id)

    with database.writing() as session:
        confirmed = service.confirm(session, LATER, channel_id, OPERATOR)

    assert (ada.status, ada.channels[0].verified_at) == (PENDING, None)
    assert confirmed.is_changed
    assert show(database, ada.id).status is CONFIRMED
    assert (confirmed.channel.verified_at, confirmed.channel.next_due_at) == (
        LATER,
        datetime.fromisoformat("2026-11-24T07:00Z"),
    )
    with database.reading() as session:
        assert store.is_deliverable(session, channel_id)


def test_confirming_twice_changes_nothing(database: Database) -> None:
    with database.writing() as session:
        channel_id = subscribed(session, consent=None).channels[0].id
    for is_changed in (True, False):
        with database.writing() as session:
            assert service.confirm(session, NOON, channel_id, OPERATOR).is_changed is is_changed


def test_an_old_confirmation_does_not_bring_back_who_has_left(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, consent=None)
        service.unsubscribe(session, NOON, ada.id)

    with database.writing() as session, pytest.raises(UnknownChannel, match="is closed; subscribe again"):
        service.confirm(session, NOON, ada.channels[0].id, OPERATOR)
    assert show(database, ada.id).status is UNSUBSCRIBED


def test_an_unknown_channel_cannot_be_confirmed(database: Database) -> None:
    with database.writing() as session, pytest.raises(UnknownChannel, match="no channel 99"):
        service.confirm(session, NOON, 99, OPERATOR)


@pytest.mark.parametrize("consent", [OPERATOR, None])
def test_an_address_that_is_subscribed_is_refused(database: Database, consent: object) -> None:
    with database.writing() as session:
        ada = subscribed(session)

    with (
        database.writing() as session,
        pytest.raises(AlreadySubscribed, match=f"already a channel of subscriber {ada.id}"),
    ):
        subscribed(session, channel_wish("ADA@example.org"), consent=OPERATOR if consent else None)
    assert show(database, ada.id) == ada


def test_signing_up_again_before_confirming_starts_over(database: Database) -> None:
    with database.writing() as session:
        first = subscribed(session, consent=None)
    with database.writing() as session:
        again = service.subscribe(session, LATER, registration(name="Ada L."), start_after=5, consent=None)

    assert not again.is_new
    assert (again.subscriber.id, again.subscriber.name, again.subscriber.status) == (first.id, "Ada L.", PENDING)


def test_who_left_comes_back_under_the_same_id_with_what_they_asked_for(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, start_after=10)
        service.unsubscribe(session, NOON, ada.id)
    with database.writing() as session:
        wanted = registration(channel_wish(schedule=Schedule("UTC", EIGHT_IN_BERLIN.send_at), cap=7))
        again = service.subscribe(session, LATER, wanted, start_after=99, consent=OPERATOR)

    assert not again.is_new
    assert (again.subscriber.id, again.subscriber.status) == (ada.id, CONFIRMED)
    (channel,) = again.subscriber.channels
    assert (channel.id, channel.status, channel.closed_reason, channel.cap) == (
        ada.channels[0].id,
        ChannelStatus.OPEN,
        "",
        7,
    )
    assert channel.next_due_at == datetime.fromisoformat("2026-11-24T08:00Z")
    with database.reading() as session:
        (due,) = store.list_due_channels(session, LATER + timedelta(days=2), 10)
    assert due.watermark == 99


def test_coming_back_never_goes_back_in_the_stream_of_announcements(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, start_after=50)
        service.unsubscribe(session, NOON, ada.id)
        subscribed(session, start_after=3)
        (due,) = store.list_due_channels(session, LATER, 10)

    assert due.watermark == 50


def test_leaving_and_coming_back_after_todays_digest_does_not_bring_another_today(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, now=NOON - timedelta(days=10))
        channel = ada.channels[0]
        due_at = datetime.fromisoformat("2026-11-21T07:00Z")
        assert store.claim_due_channel(session, channel.id, (channel.next_due_at, 0), due_at, 5)
        service.unsubscribe(session, NOON, ada.id)
        again = subscribed(session, channel_wish(schedule=Schedule("Europe/Berlin", NOON.time().replace(hour=20))))

    assert again.channels[0].next_due_at == datetime.fromisoformat("2026-11-21T19:00Z")


def test_a_stranger_cannot_attach_their_address_to_one_that_is_known(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.unsubscribe(session, NOON, ada.id)

    with database.writing() as session, pytest.raises(AlreadySubscribed, match=f"belongs to subscriber {ada.id}"):
        subscribed(session, channel_wish(), channel_wish("mallory@example.org"), consent=None)
    assert show(database, ada.id).status is UNSUBSCRIBED


def test_addresses_of_two_subscribers_cannot_be_signed_up_as_one(database: Database) -> None:
    with database.writing() as session:
        subscribed(session)
        subscribed(session, channel_wish("bob@example.org"), name="Bob")

    with database.writing() as session, pytest.raises(AlreadySubscribed):
        subscribed(session, channel_wish(), channel_wish("bob@example.org"))


def test_a_suppressed_address_comes_back_only_by_confirming_itself(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
    put_status(database, ada.id, SubscriberStatus.SUPPRESSED)

    with database.writing() as session, pytest.raises(AddressSuppressed, match="only come back by confirming itself"):
        subscribed(session)
    with database.writing() as session:
        again = subscribed(session, consent=None)
        service.confirm(session, LATER, again.channels[0].id, OPERATOR)
    assert show(database, ada.id).status is CONFIRMED


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        (channel_wish("ada@"), InvalidAddress, "is not an email address"),
        (channel_wish(schedule=Schedule("Berlin", EIGHT_IN_BERLIN.send_at)), InvalidSchedule, "did you mean Europe/"),
    ],
)
def test_bad_input_gets_one_sentence_and_leaves_nothing_behind(
    database: Database, wish: object, error: type[Exception], words: str
) -> None:
    assert isinstance(wish, type(channel_wish()))
    with database.writing() as session, pytest.raises(error, match=words):
        subscribed(session, channel_wish("bob@example.org"), wish)

    with database.reading() as session:
        assert store.list_subscribers(session, 10) == []


def test_of_two_who_sign_up_one_address_at_once_the_second_is_refused(database: Database) -> None:
    refusals: list[str] = []

    def sign_up() -> None:
        try:
            with database.writing() as session:
                subscribed(session, name="Second")
        except AlreadySubscribed as refusal:
            refusals.append(str(refusal))

    second = Thread(target=sign_up)
    with database.writing() as session:
        ada = subscribed(session)
        second.start()
        second.join(timeout=0.3)  # it waits for this transaction
    second.join()

    assert len(refusals) == 1
    with database.reading() as session:
        assert store.list_subscribers(session, 10) == [ada]


# ── staying ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pausing_stops_and_resuming_starts_at_the_next_slot(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, start_after=10)
        paused = service.pause(session, NOON, ada.id)
    with database.reading() as session:
        assert store.list_due_channels(session, LATER, 10) == []
    with database.writing() as session:
        resumed = service.resume(session, LATER, ada.id, start_after=30)

    assert (paused.before, paused.after) == (CONFIRMED, PAUSED)
    assert (resumed.before, resumed.after) == (PAUSED, CONFIRMED)
    assert show(database, ada.id).channels[0].next_due_at == datetime.fromisoformat("2026-11-24T07:00Z")
    assert events(database, ada.id)[-2:] == ["paused", "resumed"]
    with database.reading() as session:
        assert store.list_due_channels(session, LATER + timedelta(days=2), 10)[0].watermark == 30


def test_resuming_before_the_next_slot_keeps_it(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, start_after=10)
        service.pause(session, NOON, ada.id)
        service.resume(session, NOON, ada.id)

    assert show(database, ada.id) == ada


def test_what_is_not_running_cannot_be_paused_and_what_is_not_paused_cannot_resume(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, consent=None)
        paused = service.pause(session, NOON, ada.id)
        resumed = service.resume(session, NOON, ada.id)

    assert paused.before is paused.after is resumed.before is resumed.after is PENDING


# ── going ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_unsubscribing_closes_everything_and_again_is_no_error(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, channel_wish(), telegram_wish())
        first = service.unsubscribe(session, NOON, ada.id)
        again = service.unsubscribe(session, NOON, ada.id)

    gone = show(database, ada.id)
    assert first.closed == tuple(each.id for each in ada.channels)
    assert (first.has_left, again.has_left, again.closed) == (True, True, ())
    assert gone.status is UNSUBSCRIBED
    assert {(each.status, each.closed_reason) for each in gone.channels} == {(ChannelStatus.CLOSED, "unsubscribed")}
    assert events(database, ada.id).count("unsubscribed") == 1


def test_unsubscribing_one_channel_leaves_the_others_until_the_last(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, channel_wish(), telegram_wish())
        mail, chat = (each.id for each in ada.channels)
        first = service.unsubscribe(session, NOON, ada.id, mail)
        assert store.view_subscriber(session, ada.id).status is CONFIRMED
        second = service.unsubscribe(session, NOON, ada.id, chat)

    assert (first.closed, first.has_left) == ((mail,), False)
    assert (second.closed, second.has_left) == ((chat,), True)
    assert show(database, ada.id).status is UNSUBSCRIBED


def test_a_link_of_somebody_else_or_of_nobody_closes_nothing(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        bob = subscribed(session, channel_wish("bob@example.org"), name="Bob")
        crossed = service.unsubscribe(session, NOON, ada.id, bob.channels[0].id)
        unknown = service.unsubscribe(session, NOON, 999, 999)

    assert (crossed.closed, crossed.has_left) == ((), False)
    assert (unknown.closed, unknown.has_left) == ((), True)
    assert show(database, bob.id) == bob
    assert show(database, ada.id) == ada


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["{id}", "Ada@EXAMPLE.org", "-1001234567890", "@Ada_Reads", "ntfy://Topic"])
def test_a_subscriber_is_found_by_id_or_any_address(database: Database, who: str) -> None:
    channels = (channel_wish(), telegram_wish(), telegram_wish("@ada_reads"), channel_wish("ntfy://Topic", "ntfy"))
    with database.writing() as session:
        subscribed(session, channel_wish("bob@example.org"), name="Bob")
        ada = subscribed(session, *channels)

        assert service.get_subscriber(session, who.format(id=ada.id)).id == ada.id


@pytest.mark.parametrize("who", ["0", "99", "9" * 30, "eve@example.org", "", "a\nb", "ada", "\ud800", "a\x00b"])
def test_nobody_is_found_for_anything_else(database: Database, who: str) -> None:
    with database.writing() as session:
        subscribed(session)

    with database.reading() as session, pytest.raises(UnknownSubscriber, match="no subscriber with the id or address"):
        service.get_subscriber(session, who)


def test_showing_nobody_is_an_error(database: Database) -> None:
    with database.reading() as session, pytest.raises(UnknownSubscriber, match="no subscriber 7"):
        store.view_subscriber(session, 7)


def test_an_address_of_two_subscribers_asks_for_the_id(database: Database) -> None:
    with database.writing() as session:
        subscribed(session, channel_wish("topic", "ntfy"))
        subscribed(session, channel_wish("topic", "gotify"), name="Bob")

    with database.reading() as session, pytest.raises(UnknownSubscriber, match="subscribers 1 and 2; give the id"):
        service.get_subscriber(session, "topic")
