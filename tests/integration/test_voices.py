"""Whose answers count for everybody: readers who follow the person, are who they say, and not the same one twice."""

import pytest

from digest.model import Standing
from digest.pipeline.answering import decide_for_all, take_back
from digest.pipeline.attribute import attribute_new
from digest.pipeline.following import follow_researcher, unfollow
from digest.pipeline.reshaping import merge_researchers
from digest.storage import authorships
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import ChannelWish, Consent, FollowKind, Registration, Schedule, SubscriberKind, SubscriberView
from tests.factories import NOON, paper
from tests.integration.test_answering import answer, ask, by_wei, settle_in
from tests.namesakes import row_of, standings
from tests.people import announce, subscribe
from tests.records import add_record, attribute

SEEN = by_wei(1, "Ann Kim")
KEY = "2611.30001"


def sign_up_group(database: Database) -> SubscriberView:
    wish = ChannelWish(kind="telegram", address="-1001234567890", schedule=Schedule("UTC", NOON.time()), cap=9)
    group = Registration(name="Reading group", channels=(wish,), kind=SubscriberKind.GROUP)
    with database.writing() as session:
        return service.subscribe(session, NOON, group, start_after=0, consent=Consent(given_by="operator")).subscriber


def test_answers_of_readers_who_do_not_follow_the_person_count_for_nobody_else(database: Database) -> None:
    wei, _ = settle_in(database, "ada@example.org")
    announce(database, SEEN)
    attribute_new(database, NOON)
    strangers = [subscribe(database, f"{number}@example.org") for number in range(4)]
    done = [answer(database, each, wei, SEEN, is_theirs=True) for each in strangers]

    assert {each.settled for each in done} == {None}
    assert standings(database, wei) == {KEY: "possible"}


def test_who_stops_following_takes_their_voice_along(database: Database) -> None:
    wei, (ada, bob, cy) = settle_in(database, "ada@example.org", "bob@example.org", "cy@example.org")
    announce(database, SEEN)
    attribute_new(database, NOON)
    answer(database, ada, wei, SEEN, is_theirs=True)
    with database.writing() as session:
        unfollow(session, NOON, ada.id, FollowKind.RESEARCHER, wei)
    second = answer(database, bob, wei, SEEN, is_theirs=True)
    third = answer(database, cy, wei, SEEN, is_theirs=True)

    assert (second.settled, third.settled) == (None, Standing.CONFIRMED)


def test_a_group_is_no_second_voice_of_one_of_its_members(database: Database) -> None:
    wei, (ada,) = settle_in(database, "ada@example.org")
    group = sign_up_group(database)
    with database.writing() as session:
        follow_researcher(session, NOON, group.id, wei)
    announce(database, SEEN)
    attribute_new(database, NOON)
    answer(database, ada, wei, SEEN, is_theirs=False)
    done = answer(database, group, wei, SEEN, is_theirs=False)

    assert done.settled is None
    assert done.question.answer is False
    assert standings(database, wei) == {KEY: "possible"}


def test_an_address_that_nobody_has_verified_or_that_is_closed_has_no_voice(database: Database) -> None:
    wei, (ada, bob) = settle_in(database, "ada@example.org", "bob@example.org")
    announce(database, SEEN)
    attribute_new(database, NOON)
    with database.writing() as session:
        store.close_channel(session, bob.channels[0].id, "mailbox is gone", NOON)
    answer(database, ada, wei, SEEN, is_theirs=True)
    assert answer(database, bob, wei, SEEN, is_theirs=True).settled is None


def test_who_followed_a_record_that_was_merged_keeps_their_voice(database: Database) -> None:
    wei, (ada, bob) = settle_in(database, "ada@example.org", "bob@example.org")
    other = add_record(database, "Wei Zhang")
    with database.writing() as session:
        follow_researcher(session, NOON, ada.id, other)
        merge_researchers(session, wei, other, "the same", NOON)
        service.unfollow(session, NOON, ada.id, FollowKind.RESEARCHER, wei)  # the follow of `other` stays behind
    announce(database, SEEN)
    attribute_new(database, NOON)
    answer(database, ada, wei, SEEN, is_theirs=True)
    assert answer(database, bob, wei, SEEN, is_theirs=True).settled is Standing.CONFIRMED


@pytest.mark.parametrize("said", [Standing.CONFIRMED, Standing.REJECTED])
def test_readers_do_not_overrule_the_operator(database: Database, said: Standing) -> None:
    wei, readers = settle_in(database, "ada@example.org", "bob@example.org", "cy@example.org")
    announce(database, SEEN)
    attribute_new(database, NOON)
    with database.writing() as session:
        decide_for_all(session, wei, row_of(database, SEEN), said, NOON)
    done = [answer(database, each, wei, SEEN, is_theirs=not said.is_theirs) for each in readers]

    assert {each.settled for each in done} == {None}
    assert standings(database, wei) == {KEY: said.value}


def test_what_an_id_states_is_still_stated_after_readers_agreed_and_took_it_back(database: Database) -> None:
    peng = add_record(database, "Wei Zhang")
    readers = [subscribe(database, f"{number}@example.org") for number in range(3)]
    with database.writing() as session:
        for each in readers:
            follow_researcher(session, NOON, each.id, peng)
    announce(database, SEEN)
    row = row_of(database, SEEN)
    attribute(database, peng, [row], Standing.STATED, 1, ("listed by ORCID",))
    for each in readers:
        answer(database, each, peng, SEEN, is_theirs=True)
    take_back(database, NOON, ask(database, readers[0], peng, SEEN))
    take_back(database, NOON, ask(database, readers[1], peng, SEEN))

    with database.reading() as session:
        known = authorships.find_authorship(session, peng, row)
    assert known is not None
    assert (known.standing, known.evidence) == (Standing.STATED, ("listed by ORCID",))


def test_two_papers_that_become_one_join_the_voices_on_them(database: Database) -> None:
    wei, (ada, bob) = settle_in(database, "ada@example.org", "bob@example.org")
    announce(database, SEEN)
    attribute_new(database, NOON)
    answer(database, ada, wei, SEEN, is_theirs=True)
    announce(database, paper("2611.30001", version=2, title=SEEN.title, authors=["Wei Zhang", "Ann Kim"]))

    assert answer(database, bob, wei, SEEN, is_theirs=True).settled is Standing.CONFIRMED
