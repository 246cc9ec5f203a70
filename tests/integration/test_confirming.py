"""Saying yes at an address: who is in then, with which wishes, on what evidence; once, whoever says it how often."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from digest.model import LetterKind, PaperId, ResearcherId
from digest.pipeline.compose import compose_due
from digest.pipeline.confirming import cancel, confirm, find_question
from digest.pipeline.following import PersonWanted, Seed
from digest.pipeline.joining import forget_requests
from digest.pipeline.signup import read_interest
from digest.pipeline.signup_wishes import FollowChoice
from subscribers import service, store
from subscribers.bounces import Standing
from subscribers.db import Database
from subscribers.model import (
    AlreadySubscribed,
    Cadence,
    ChannelStatus,
    ChannelWish,
    Consent,
    EventKind,
    RequestKind,
    RequestState,
    Schedule,
    SubscriberStatus,
    SuppressionReason,
    UnknownRequest,
)
from subscribers.store.bounces import find_standing, save_standing
from subscribers.store.suppressions import find_suppression, suppress
from subscribers.tables import SubscriberEventRow
from tests.factories import NOON, paper
from tests.joining import ADA, WISHES, ask_and_answer, letters_of, reader_at, request_of, state_of
from tests.people import announce, subscribe
from tests.records import add_record

NETWORK = "198.51.100.0/24"
LATER = NOON + timedelta(hours=1)
WEI = FollowChoice(text="Furu Wei", name="Furu Wei", person=PersonWanted(name="Furu Wei"))


def events_of(database: Database, subscriber_id: int, kind: EventKind) -> list[dict[str, object]]:
    row = SubscriberEventRow
    query = select(row.detail).where(row.subscriber_id == subscriber_id, row.kind == kind.value).order_by(row.id)
    with database.reading() as session:
        return list(session.scalars(query))


def test_whoever_confirms_is_in_with_everything_they_wished(database: Database) -> None:
    fu = add_record(database, "Peng Fu")
    wishes = replace(
        WISHES,
        name="Ada",
        schedule=Schedule("Asia/Tokyo", time(6), None, Cadence.WEEKLY, 4),
        exclusions=(read_interest("survey"),),
        follows=(WEI, FollowChoice(text="researcher 1", name="Peng Fu", researcher_id=fu)),
        is_plain=True,
    )
    number = ask_and_answer(database, wishes=wishes)
    done = confirm(database, LATER, number, NETWORK)
    view = reader_at(database)

    assert done.is_new
    assert (view.name, view.status, view.language) == ("Ada", SubscriberStatus.CONFIRMED, "de")
    assert (view.interests, view.exclusions) == (("experts",), ("survey",))
    assert [follow.name for follow in view.follows] == ["Furu Wei", "Peng Fu"]
    (channel,) = view.channels
    assert (channel.schedule, channel.cap, channel.is_plain) == (wishes.schedule, 10, True)
    assert (channel.verified_at, channel.status) == (LATER, ChannelStatus.OPEN)
    assert channel.next_due_at > LATER
    assert letters_of(database) == [(LetterKind.CONFIRM, ADA), (LetterKind.WELCOME, ADA)]


def test_the_evidence_says_who_asked_and_confirmed_when_and_from_which_networks(database: Database) -> None:
    number = ask_and_answer(database)
    confirm(database, LATER, number, NETWORK)
    (evidence,) = events_of(database, reader_at(database).id, EventKind.CONFIRMED)

    assert {name: value for name, value in evidence.items() if name != "channels"} == {
        "given_by": "double opt-in",
        "how": "web form",
        "text": "2026-11",
        "request": str(number),
        "asked_at": NOON.isoformat(),
        "asked_from": "192.0.2.0/24",
        "confirmed_at": LATER.isoformat(),
        "confirmed_from": NETWORK,
    }


def test_the_first_digest_reaches_a_day_back(database: Database) -> None:
    announce(database, paper(), now=NOON - timedelta(hours=20))
    confirm(database, NOON, ask_and_answer(database), NETWORK)
    (composed,) = compose_due(database, NOON + timedelta(hours=20)).composed

    assert composed.edition is not None
    assert len(composed.edition.entries) == 1


def test_saying_yes_again_changes_nothing_and_is_answered_alike(database: Database) -> None:
    number = ask_and_answer(database)
    first = confirm(database, NOON, number, NETWORK)
    again = confirm(database, LATER, number, NETWORK)

    assert again.channel == first.channel
    assert letters_of(database).count((LetterKind.WELCOME, ADA)) == 1
    assert len(events_of(database, first.channel.subscriber_id, EventKind.CONFIRMED)) == 1


def test_two_who_say_yes_at_once_are_one(database: Database) -> None:
    numbers = [ask_and_answer(database), ask_and_answer(database)]
    barrier = Barrier(4)

    def say_yes(number: int) -> int:
        barrier.wait()
        return confirm(database, NOON, number, NETWORK).channel.id

    with ThreadPoolExecutor(4) as pool:
        channels = {future.result() for future in [pool.submit(say_yes, number) for number in numbers * 2]}

    assert len(channels) == 1
    assert letters_of(database).count((LetterKind.WELCOME, ADA)) == 1


def test_an_older_request_of_a_reader_replaces_nothing(database: Database) -> None:
    older = ask_and_answer(database, wishes=replace(WISHES, interests=(read_interest("diffusion"),)))
    newer = ask_and_answer(database)
    confirm(database, NOON, newer, NETWORK)
    again = confirm(database, LATER, older, NETWORK)

    assert not again.is_new
    assert reader_at(database).interests == ("experts",)


def test_who_left_starts_over_under_the_same_number_without_the_wishes_of_before(database: Database) -> None:
    before = subscribe(database, ADA, "diffusion", "cat:cs.CV", follows=(PersonWanted(name="Peng Fu"),))
    with database.writing() as session:
        service.unsubscribe(session, NOON, before.id)
    confirm(database, LATER, ask_and_answer(database), NETWORK)
    view = reader_at(database)

    assert (view.id, view.status, view.created_at) == (before.id, SubscriberStatus.CONFIRMED, before.created_at)
    assert (view.interests, view.follows) == (("experts",), ())
    assert [channel.id for channel in view.channels] == [before.channels[0].id]


def test_who_bounced_or_complained_is_let_in_again_with_a_clean_slate(database: Database) -> None:
    channel = subscribe(database, ADA).channels[0]
    with database.writing() as session:
        store.get_subscriber(session, channel.subscriber_id).status = SubscriberStatus.SUPPRESSED.value
        store.close_channel(session, channel.id, "complained", NOON)
        save_standing(session, channel.id, Standing(3.0, NOON))
        suppress(session, "email", ADA, SuppressionReason.COMPLAINED, NOON)
    confirm(database, LATER, ask_and_answer(database), NETWORK)

    with database.reading() as session:
        assert find_suppression(session, "email", ADA) is None
        assert find_standing(session, channel.id) is None
        assert store.is_deliverable(session, channel.id)


def test_an_address_taken_out_of_a_running_subscription_comes_back_into_it(database: Database) -> None:
    view = subscribe(database, ADA, "diffusion")
    with database.writing() as session:
        wish = ChannelWish(kind="telegram", address="123", schedule=WISHES.schedule, cap=5)
        service.add_channel(session, NOON, view.id, wish, start_after=0, consent=Consent("operator"))
        service.remove_channel(session, NOON, view.channels[0].id)
    confirm(database, LATER, ask_and_answer(database), NETWORK)
    after = reader_at(database)

    assert (after.id, after.status) == (view.id, SubscriberStatus.CONFIRMED)
    assert sorted(after.interests) == ["diffusion", "experts"]
    assert {channel.status for channel in after.channels} == {ChannelStatus.OPEN}


def test_a_person_whose_record_is_gone_does_not_keep_the_rest_out(database: Database) -> None:
    gone = FollowChoice(text="researcher 99", name="Peng Fu", researcher_id=ResearcherId(99))
    confirm(database, NOON, ask_and_answer(database, wishes=replace(WISHES, follows=(gone, WEI))), NETWORK)

    assert [follow.name for follow in reader_at(database).follows] == ["Furu Wei"]


@pytest.mark.parametrize("after", [timedelta(hours=48), timedelta(days=400)])
def test_what_has_run_out_cannot_be_confirmed(database: Database, after: timedelta) -> None:
    number = ask_and_answer(database)
    for act in (
        lambda: confirm(database, NOON + after, number, NETWORK),
        lambda: find_question(database, NOON + after, number),
    ):
        with pytest.raises(UnknownRequest):
            act()

    assert letters_of(database) == [(LetterKind.CONFIRM, ADA)]


def test_a_link_used_before_brings_nobody_back_who_has_left_since(database: Database) -> None:
    number = ask_and_answer(database)
    view = confirm(database, NOON, number, NETWORK).channel
    with database.writing() as session:
        service.unsubscribe(session, NOON, view.subscriber_id)

    with pytest.raises(UnknownRequest):
        confirm(database, LATER, number, NETWORK)
    assert reader_at(database).status is SubscriberStatus.UNSUBSCRIBED


def test_cancelling_what_was_confirmed_stops_it(database: Database) -> None:
    number = ask_and_answer(database)
    channel = confirm(database, NOON, number, NETWORK).channel
    for _ in range(2):
        cancel(database, LATER, number)

    assert state_of(database, number) is RequestState.CONFIRMED
    assert reader_at(database).status is SubscriberStatus.UNSUBSCRIBED
    with database.reading() as session:
        assert not store.is_deliverable(session, channel.id)


def test_cancelling_what_is_not_there_is_no_error(database: Database) -> None:
    number = ask_and_answer(database)
    cancel(database, NOON, number + 1)

    assert state_of(database, number) is RequestState.ASKED


def test_a_further_address_gets_the_digest_too_at_the_same_hour(database: Database) -> None:
    view = subscribe(database, ADA, cap=7, timezone="Asia/Tokyo", send_at=time(6))
    number = ask_and_answer(database, "more@example.org", kind=RequestKind.ADD_ADDRESS, about_id=view.id)
    assert find_question(database, NOON, number).wishes is None
    done = confirm(database, LATER, number, NETWORK)

    assert (done.channel.subscriber_id, done.channel.cap) == (view.id, 7)
    assert done.channel.schedule == view.channels[0].schedule
    assert [channel.address for channel in reader_at(database).channels] == [ADA, "more@example.org"]
    assert events_of(database, view.id, EventKind.CONFIRMED)[-1]["confirmed_from"] == NETWORK


def test_a_channel_moves_to_the_address_that_says_yes(database: Database) -> None:
    view = subscribe(database, ADA)
    number = ask_and_answer(database, "new@example.org", kind=RequestKind.MOVE_ADDRESS, about_id=view.channels[0].id)
    assert find_question(database, NOON, number).before == ADA
    done = confirm(database, LATER, number, NETWORK)
    after = reader_at(database, "new@example.org")

    assert (done.channel.id, done.channel.address, done.channel.verified_at) == (
        view.channels[0].id,
        "new@example.org",
        LATER,
    )
    assert (after.id, after.name, len(after.channels)) == (view.id, "new@example.org", 1)
    assert events_of(database, view.id, EventKind.CHANNEL_MOVED)[0]["before"] == ADA
    assert events_of(database, view.id, EventKind.CONFIRMED)[-1]["confirmed_from"] == NETWORK
    assert confirm(database, LATER, number, NETWORK).channel == done.channel


@pytest.mark.parametrize("kind", [RequestKind.ADD_ADDRESS, RequestKind.MOVE_ADDRESS])
def test_an_address_that_is_somebody_elses_by_now_stays_theirs(database: Database, kind: RequestKind) -> None:
    view = subscribe(database, ADA)
    about = view.id if kind is RequestKind.ADD_ADDRESS else view.channels[0].id
    number = ask_and_answer(database, "new@example.org", kind=kind, about_id=about)
    other = subscribe(database, "new@example.org")

    with pytest.raises(AlreadySubscribed):
        confirm(database, LATER, number, NETWORK)
    assert reader_at(database, "new@example.org").id == other.id
    assert [(each.address, each.status) for each in reader_at(database).channels] == [(ADA, ChannelStatus.OPEN)]
    assert request_of(database, number).state is RequestState.ASKED


@pytest.mark.parametrize("kind", [RequestKind.ADD_ADDRESS, RequestKind.MOVE_ADDRESS])
def test_a_further_address_of_somebody_who_left_meanwhile_gets_nothing(database: Database, kind: RequestKind) -> None:
    view = subscribe(database, ADA)
    about = view.id if kind is RequestKind.ADD_ADDRESS else view.channels[0].id
    number = ask_and_answer(database, "new@example.org", kind=kind, about_id=about)
    with database.writing() as session:
        service.unsubscribe(session, NOON, view.id)

    for act in (lambda: confirm(database, LATER, number, NETWORK), lambda: find_question(database, LATER, number)):
        with pytest.raises(UnknownRequest):
            act()


def test_a_paper_that_is_gone_does_not_keep_whoever_was_chosen_by_it_out(database: Database) -> None:
    seeds = (Seed(paper_id=PaperId(4711), position=1),)
    chosen = replace(WEI, person=PersonWanted(name="Furu Wei", seeds=seeds))
    confirm(database, LATER, ask_and_answer(database, wishes=replace(WISHES, follows=(chosen,))), NETWORK)

    assert [follow.name for follow in reader_at(database).follows] == ["Furu Wei"]


def test_cancelling_a_month_after_it_was_confirmed_still_stops_it(database: Database) -> None:
    asked = ask_and_answer(database)
    confirm(database, NOON, asked, NETWORK)
    much_later = NOON + timedelta(days=400)
    assert forget_requests(database, much_later) == 0
    cancel(database, much_later, asked)

    assert reader_at(database).status is SubscriberStatus.UNSUBSCRIBED
    assert forget_requests(database, much_later) == 1
