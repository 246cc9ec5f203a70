"""Codes that join a chat to a subscriber, against both databases: one use, minutes, and no guessing."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from subscribers import leaving, linking, service, store
from subscribers.db import Database
from subscribers.lifecycle_tables import LinkCodeRow
from subscribers.linking import ALPHABET, LENGTH, LIFETIME, MOST_GUESSES, Chat, Linked, LinkOutcome
from subscribers.model import ChannelStatus, SubscriberStatus, SubscriberView, TooManyRequests
from tests.subscriptions import NOON, channel_wish, subscribed, telegram_wish

CHAT = Chat("telegram", "4242")
LAB = Chat("telegram", "-100123", is_private=False)
LATER = NOON + timedelta(minutes=9)


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    with database.writing() as session:
        return subscribed(session, channel_wish(cap=7))


def issue(database: Database, view: SubscriberView, now: datetime = NOON, *, for_group: bool = False) -> str:
    with database.writing() as session:
        codes = linking.issue_codes(session, now, view.id)
    return codes.group if for_group else codes.private


def use(database: Database, code: str, chat: Chat = CHAT, now: datetime = LATER) -> Linked:
    with database.writing() as session:
        return linking.use_code(session, now, code, chat, start_after=12)


def channels(database: Database, view: SubscriberView) -> list[tuple[str, ChannelStatus]]:
    with database.reading() as session:
        return [(each.address, each.status) for each in store.view_subscriber(session, view.id).channels]


def test_a_code_adds_the_chat_it_came_from_confirmed_and_with_the_schedule_of_the_first_channel(
    database: Database, ada: SubscriberView
) -> None:
    code = issue(database, ada)
    linked = use(database, code)

    assert len(code) == LENGTH
    assert set(code) <= set(ALPHABET)
    assert linked.outcome is LinkOutcome.LINKED
    assert linked.channel is not None
    assert (linked.channel.subscriber_id, linked.channel.kind, linked.channel.address) == (ada.id, "telegram", "4242")
    assert (linked.channel.schedule, linked.channel.cap) == (ada.channels[0].schedule, 7)
    assert linked.channel.verified_at == LATER
    with database.reading() as session:
        assert store.get_channel(session, linked.channel.id).watermark == 12
        dumped = service.export(session, ada.id)["events"]
    assert [event["kind"] for event in dumped][-2:] == ["channel_added", "confirmed"]
    assert dumped[-1]["detail"]["given_by"] == "reader"


def test_a_code_works_once_and_for_ten_minutes(database: Database, ada: SubscriberView) -> None:
    code = issue(database, ada)
    assert use(database, code, now=NOON + LIFETIME).outcome is LinkOutcome.REFUSED
    assert use(database, code).outcome is LinkOutcome.LINKED
    assert use(database, code, Chat("telegram", "777")).outcome is LinkOutcome.REFUSED
    assert [address for address, _ in channels(database, ada)] == ["ada@example.org", "4242"]


def test_a_new_code_ends_the_one_before_and_used_ones_are_forgotten(database: Database, ada: SubscriberView) -> None:
    old, new = issue(database, ada), issue(database, ada)
    assert use(database, old).outcome is LinkOutcome.REFUSED
    assert use(database, new).outcome is LinkOutcome.LINKED

    with database.writing() as session:
        bob = subscribed(session, channel_wish("bob@example.org"), name="Bob")
    issue(database, bob)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LinkCodeRow)) == 2  # one for either kind of chat


def test_a_code_for_a_group_works_in_no_private_chat_and_is_none_the_worse_for_the_attempt(
    database: Database, ada: SubscriberView
) -> None:
    code = issue(database, ada, for_group=True)

    assert use(database, code).outcome is LinkOutcome.REFUSED
    assert use(database, code, LAB).outcome is LinkOutcome.LINKED


def test_a_code_for_a_private_chat_that_a_group_has_read_works_nowhere_any_more(
    database: Database, ada: SubscriberView
) -> None:
    code = issue(database, ada)

    assert use(database, code, LAB).outcome is LinkOutcome.REFUSED
    assert use(database, code).outcome is LinkOutcome.REFUSED


def test_of_the_two_codes_one_can_be_used(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        codes = linking.issue_codes(session, NOON, ada.id)

    assert use(database, codes.group, LAB).outcome is LinkOutcome.LINKED
    assert use(database, codes.private).outcome is LinkOutcome.REFUSED


def test_a_chat_that_guesses_is_not_listened_to_for_an_hour_and_others_are(
    database: Database, ada: SubscriberView
) -> None:
    code = issue(database, ada)
    outcomes = [use(database, f"WRONG{number}").outcome for number in range(MOST_GUESSES)]
    assert outcomes == [LinkOutcome.REFUSED] * MOST_GUESSES

    assert use(database, code).outcome is LinkOutcome.TOO_MANY
    assert use(database, code, Chat("telegram", "777")).outcome is LinkOutcome.REFUSED  # held to the chat that sent it
    assert use(database, issue(database, ada), Chat("telegram", "777")).outcome is LinkOutcome.LINKED
    again = issue(database, ada, NOON + timedelta(hours=2))
    assert use(database, again, now=NOON + timedelta(hours=2)).outcome is LinkOutcome.LINKED


def test_a_right_code_counts_as_no_guess(database: Database, ada: SubscriberView) -> None:
    for _ in range(MOST_GUESSES + 1):
        assert use(database, issue(database, ada)).outcome in (LinkOutcome.LINKED, LinkOutcome.ALREADY)


def test_asking_for_ever_more_codes_is_stopped(database: Database, ada: SubscriberView) -> None:
    for _ in range(linking.MOST_CODES):
        issue(database, ada)
    with pytest.raises(TooManyRequests):
        issue(database, ada)


def test_the_chat_of_somebody_else_stays_theirs_and_the_code_works_from_nowhere_else(
    database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        bob = subscribed(session, telegram_wish("-100123"), name="Bob")
    code = issue(database, ada, for_group=True)
    by_name = Chat("telegram", "@lab", ("-100123",), is_private=False)

    assert use(database, code, LAB).outcome is LinkOutcome.TAKEN
    assert use(database, code).outcome is LinkOutcome.REFUSED
    assert use(database, issue(database, ada, for_group=True), by_name).outcome is LinkOutcome.TAKEN
    assert channels(database, bob) == [("-100123", ChannelStatus.OPEN)]
    assert use(database, issue(database, ada)).outcome is LinkOutcome.LINKED


def test_a_chat_that_was_taken_out_of_a_subscription_joins_another_and_opens_nothing_of_the_first(
    database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        bob = subscribed(session, channel_wish("bob@example.org"), telegram_wish("4242"), name="Bob")
        service.unsubscribe(session, NOON, bob.id, bob.channels[1].id)

    linked = use(database, issue(database, ada))
    assert (linked.outcome, linked.ends) == (LinkOutcome.LINKED, ())
    assert linked.channel is not None
    assert linked.channel.subscriber_id == ada.id
    given_up = f"given-up/{bob.channels[1].id}"
    assert channels(database, bob) == [("bob@example.org", ChannelStatus.OPEN), (given_up, ChannelStatus.CLOSED)]
    with database.writing() as session:
        assert leaving.undo(session, LATER, bob.id, NOON) is None, "the chat is not Bob's any more"
        assert "4242" not in str(service.export(session, bob.id)), "nor does he know its number"


def test_what_a_chat_had_by_itself_ends_when_it_joins_another_and_that_is_told_before(
    database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        bob = subscribed(session, telegram_wish("4242"), name="Bob")
        service.unsubscribe(session, NOON, bob.id)
    code = issue(database, ada)
    with database.writing() as session:
        asked = linking.ask_code(session, LATER, code, CHAT)
        assert (asked.outcome, asked.ends) == (LinkOutcome.ASKED, (bob.id,))
        assert store.view_subscriber(session, bob.id).channels[0].address == "4242", "asking changes nothing"

    assert use(database, code).ends == (bob.id,)
    with database.reading() as session:
        assert store.list_matching_subscribers(session, [bob.id]) == []


def test_a_chat_whose_subscriber_was_stopped_by_whoever_runs_this_service_joins_no_other(
    database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        bob = subscribed(session, telegram_wish("4242"), name="Bob")
        service.unsubscribe(session, NOON, bob.id)
        store.get_subscriber(session, bob.id).status = SubscriberStatus.SUPPRESSED.value

    assert use(database, issue(database, ada)).outcome is LinkOutcome.TAKEN
    assert channels(database, bob) == [("4242", ChannelStatus.CLOSED)]


def test_a_chat_of_theirs_is_opened_again_or_has_been_linked_already(database: Database, ada: SubscriberView) -> None:
    first = use(database, issue(database, ada))
    assert use(database, issue(database, ada)) == Linked(LinkOutcome.ALREADY, first.channel)
    assert first.channel is not None
    with database.writing() as session:
        service.remove_channel(session, NOON, first.channel.id)

    again = use(database, issue(database, ada))
    assert (again.outcome, again.channel and again.channel.id) == (LinkOutcome.LINKED, first.channel.id)
    assert ("4242", ChannelStatus.OPEN) in channels(database, ada)


def test_a_chat_that_waited_for_a_yes_is_confirmed_by_its_code(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.add_channel(session, NOON, ada.id, telegram_wish("4242"), start_after=0, consent=None)
    linked = use(database, issue(database, ada))
    assert linked.outcome is LinkOutcome.LINKED
    assert linked.channel is not None
    assert linked.channel.verified_at == LATER


def test_the_code_of_somebody_who_has_left_or_was_erased_is_worth_nothing(
    database: Database, ada: SubscriberView
) -> None:
    code = issue(database, ada)
    with database.writing() as session:
        service.unsubscribe(session, NOON, ada.id)
    assert use(database, code).outcome is LinkOutcome.REFUSED
    with database.writing() as session:
        service.erase(session, ada.id)
    assert use(database, code).outcome is LinkOutcome.REFUSED
