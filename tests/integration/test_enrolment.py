"""Taking in a list of subscribers: who agreed is subscribed, who did not is asked, who left stays away."""

import json
from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from digest.model import PersonId, PersonScheme
from digest.pipeline.confirming import confirm
from digest.pipeline.enrol import Enrolled, Intake, enrol_list
from digest.pipeline.enrol_acts import PACE
from digest.pipeline.enrolment import Outcome
from digest.pipeline.following import PersonWanted, Terms, follow_institution, follow_paper, follow_person
from digest.pipeline.roll import list_everybody
from digest.researchers.places import Institution
from digest.storage import papers
from digest.storage.letters import claim_letters, count_letters
from subscribers import exclusions, preferences, service, store
from subscribers.db import Database
from subscribers.lists import Defaults, read_subscribers, write_csv, write_json
from subscribers.model import (
    EventKind,
    FollowEvent,
    InterestWish,
    Position,
    Schedule,
    SubscriberStatus,
    SubscriberView,
    SuppressionReason,
    Timing,
    UnknownSubscriber,
)
from subscribers.store.suppressions import find_suppression, suppress
from subscribers.tables import SubscriberEventRow
from tests.factories import NOON, paper
from tests.people import announce, subscribe

USUAL = Defaults(schedule=Schedule("UTC", time(8)))
AGREED = "consent_by,consent_at"
BY_THE_LAB = "lab,2024-01-02T03:04:05Z"


def take_in(database: Database, *lines: str, **fields: Any) -> list[Enrolled]:
    entries = read_subscribers("\n".join(lines).encode(), USUAL).entries
    return enrol_list(database, entries, Intake(source="list.csv", **fields), NOON)


def outcomes(done: Sequence[Enrolled]) -> list[Outcome]:
    return [each.outcome for each in done]


def find(database: Database, address: str) -> SubscriberView | None:
    with database.reading() as session:
        try:
            return service.get_subscriber(session, address)
        except UnknownSubscriber:
            return None


def events(database: Database, view: SubscriberView, kind: EventKind) -> list[dict[str, Any]]:
    row = SubscriberEventRow
    with database.reading() as session:
        query = select(row.detail).where(row.subscriber_id == view.id, row.kind == kind.value)
        return list(session.scalars(query))


def test_who_agreed_is_subscribed_and_the_evidence_is_kept(database: Database) -> None:
    done = take_in(database, f"email,name,interests,{AGREED}", f"ada@example.org,Ada,cat:cs.CL; diffusion,{BY_THE_LAB}")
    ada = find(database, "ada@example.org")

    assert ada is not None
    assert (outcomes(done), ada.status, len(ada.interests)) == ([Outcome.SUBSCRIBED], SubscriberStatus.CONFIRMED, 2)
    (evidence,) = events(database, ada, EventKind.CONFIRMED)
    assert (evidence["given_by"], evidence["by"], evidence["at"]) == ("import", "lab", "2024-01-02T03:04:05+00:00")
    assert events(database, ada, EventKind.IMPORTED) == [{"list": "list.csv", "line": 2, "status": "confirmed"}]


def test_the_word_of_the_operator_is_evidence_for_every_line(database: Database) -> None:
    take_in(database, "email", "ada@example.org", statement="Signed the list at the seminar of 2 May")
    ada = find(database, "ada@example.org")

    assert ada is not None
    (evidence,) = events(database, ada, EventKind.CONFIRMED)
    assert (evidence["by"], evidence["text"]) == ("operator", "Signed the list at the seminar of 2 May")


def test_without_evidence_people_are_asked_one_after_another(database: Database) -> None:
    done = take_in(database, "email,interests", "ada@example.org,cat:cs.CL", "bob@example.org,cat:cs.CL")

    assert outcomes(done) == [Outcome.ASKED, Outcome.ASKED]
    assert (find(database, "ada@example.org"), find(database, "bob@example.org")) == (None, None)
    with database.writing() as session:
        (first,) = claim_letters(session, NOON, timedelta(minutes=1), 10)
        (second,) = claim_letters(session, NOON + PACE, timedelta(minutes=1), 10)
    assert (first.address, second.address) == ("ada@example.org", "bob@example.org")


def test_who_says_yes_is_in_with_everything_the_list_said(database: Database) -> None:
    take_in(
        database, "email,name,interests,exclusions,follows,plain", "ada@example.org,Ada,cat:cs.CL,survey,Furu Wei,yes"
    )
    with database.writing() as session:
        (letter,) = claim_letters(session, NOON, timedelta(minutes=1), 10)
    confirm(database, NOON, letter.about["request"], "192.0.2.0/24")
    ada = find(database, "ada@example.org")

    assert ada is not None
    assert (ada.name, ada.interests, ada.exclusions) == ("Ada", ("cat:cs.CL",), ("survey",))
    assert ([wish.name for wish in ada.follows], ada.channels[0].is_plain) == (["Furu Wei"], True)
    (listed,) = list_everybody(database)
    assert (listed.consent.by, listed.consent.network, listed.consent.is_enough) == (
        "double opt-in",
        "192.0.2.0/24",
        True,
    )


def test_the_same_list_again_asks_nobody_twice(database: Database) -> None:
    lines = ("email", "ada@example.org")
    take_in(database, *lines)

    assert outcomes(take_in(database, *lines, is_rehearsal=True)) == [Outcome.ALREADY]
    assert outcomes(take_in(database, *lines)) == [Outcome.ALREADY]
    with database.reading() as session:
        assert sum(count_letters(session).values()) == 1


def test_a_list_may_not_name_folders_of_this_machine(database: Database) -> None:
    (done,) = take_in(database, "kind,address", "file,/etc/cron.d", statement="they agreed")

    assert (done.outcome, "folder on this machine" in done.why) == (Outcome.REFUSED, True)


def test_a_chat_cannot_be_asked(database: Database) -> None:
    (done,) = take_in(database, "kind,address", "telegram,42")

    assert (done.outcome, "only a single email address can be asked" in done.why) == (Outcome.REFUSED, True)


def test_who_left_is_not_brought_back_by_a_list(database: Database) -> None:
    ada = subscribe(database, "ada@example.org")
    with database.writing() as session:
        service.unsubscribe(session, NOON, ada.id)
    (done,) = take_in(database, f"email,{AGREED}", f"Ada@example.org,{BY_THE_LAB}")

    assert (done.outcome, "left" in done.why) == (Outcome.REFUSED, True)
    still = find(database, "ada@example.org")
    assert still is not None
    assert still.status is SubscriberStatus.UNSUBSCRIBED


@pytest.mark.parametrize("reason", list(SuppressionReason))
def test_a_suppressed_address_is_refused_with_the_reason(database: Database, reason: SuppressionReason) -> None:
    with database.writing() as session:
        suppress(session, "email", "ada@example.org", reason, NOON)
    (done,) = take_in(database, f"email,{AGREED}", f"ada@example.org,{BY_THE_LAB}", statement="they agreed")

    assert (done.outcome, "suppressed because" in done.why) == (Outcome.REFUSED, True)
    assert find(database, "ada@example.org") is None


def test_who_is_subscribed_stays_unchanged(database: Database) -> None:
    before = subscribe(database, "ada@example.org", "cat:cs.CL")
    (done,) = take_in(database, f"email,interests,{AGREED}", f"ada@example.org,robots,{BY_THE_LAB}")

    assert (done.outcome, find(database, "ada@example.org")) == (Outcome.ALREADY, before)


def test_an_address_that_stands_there_twice_counts_once(database: Database) -> None:
    done = take_in(database, f"email,{AGREED}", f"ada@example.org,{BY_THE_LAB}", f"ADA@example.org,{BY_THE_LAB}")

    assert outcomes(done) == [Outcome.SUBSCRIBED, Outcome.BROKEN]


def test_who_left_on_one_line_is_not_subscribed_by_another(database: Database) -> None:
    lines = (f"email,status,{AGREED}", f"ada@example.org,,{BY_THE_LAB}", f"ADA@Example.org,unsubscribed,{BY_THE_LAB}")
    done = take_in(database, *lines)

    assert outcomes(done) == [Outcome.BROKEN, Outcome.KEPT_AWAY]
    ada = find(database, "ada@example.org")
    assert ada is not None
    assert ada.status is SubscriberStatus.UNSUBSCRIBED


def test_who_agrees_in_the_future_has_not_agreed(database: Database) -> None:
    lines = (f"email,{AGREED}", "ada@example.org,lab,2031-01-01T00:00:00Z")
    assert outcomes(take_in(database, *lines)) == [Outcome.ASKED]


@pytest.mark.parametrize(
    ("until", "status"),
    [
        ("2026-11-01", SubscriberStatus.CONFIRMED),
        ("2026-12-01", SubscriberStatus.PAUSED),
        ("", SubscriberStatus.PAUSED),
    ],
)
def test_a_pause_that_is_over_by_now_is_no_pause(database: Database, until: str, status: SubscriberStatus) -> None:
    take_in(database, f"email,status,paused_until,{AGREED}", f"ada@example.org,paused,{until},{BY_THE_LAB}")

    ada = find(database, "ada@example.org")
    assert ada is not None
    assert (ada.status, ada.paused_until is not None) == (status, until == "2026-12-01")


@pytest.mark.parametrize("hostile", ["institution: \ud800 Lab", "institution: A\0 Lab", "Furu \ud800\0 Wei", "\0"])
def test_a_follow_that_no_database_can_store_stops_nobody(database: Database, hostile: str) -> None:
    people = [{"email": "ada@example.org", "follows": [hostile]}, {"email": "bob@example.org"}]
    entries = read_subscribers(json.dumps(people).encode(), USUAL).entries
    done = enrol_list(database, entries, Intake(source="list.json", statement="they agreed"), NOON)

    assert done[1].outcome is Outcome.SUBSCRIBED
    with database.reading() as session:
        names = [wish.name for view in store.list_subscribers(session, 10) for wish in view.follows]
    assert not {"\0", "\ud800"} & set("".join(names))


def test_a_broken_line_leaves_nothing_behind_and_stops_nobody_else(database: Database) -> None:
    done = take_in(
        database,
        f"email,interests,follows,{AGREED}",
        f"ada@example.org,cat:cs.CL AND (,,{BY_THE_LAB}",
        f"bob@example.org,cat:cs.CL,IceCube Collaboration,{BY_THE_LAB}",
        f"nobody,,,{BY_THE_LAB}",
        f"eve@example.org,cat:cs.CL,Furu Wei,{BY_THE_LAB}",
    )

    assert outcomes(done) == [Outcome.BROKEN, Outcome.BROKEN, Outcome.BROKEN, Outcome.SUBSCRIBED]
    with database.reading() as session:
        assert [view.name for view in store.list_subscribers(session, 10)] == ["eve@example.org"]


def test_who_is_suppressed_or_has_left_elsewhere_is_remembered_here(database: Database) -> None:
    listmonk = ["email,name,attributes,status", "ada@example.org,Ada,{},blocklisted", "bob@example.org,Bob,{},disabled"]
    assert outcomes(take_in(database, *listmonk)) == [Outcome.KEPT_AWAY, Outcome.KEPT_AWAY]

    again = take_in(database, "email", "ada@example.org", "bob@example.org", statement="they all agreed")
    assert outcomes(again) == [Outcome.REFUSED, Outcome.REFUSED]
    with database.reading() as session:
        assert find_suppression(session, "email", "ada@example.org") is SuppressionReason.BOUNCED


def test_a_list_does_not_put_out_who_is_subscribed_here(database: Database) -> None:
    before = subscribe(database, "ada@example.org", "cat:cs.CL")
    (done,) = take_in(database, "email,status", "ada@example.org,unsubscribed")

    assert (done.outcome, find(database, "ada@example.org")) == (Outcome.REFUSED, before)


def test_a_rehearsal_says_the_same_and_changes_nothing(database: Database) -> None:
    lines = (
        f"email,interests,status,{AGREED}",
        f"ada@example.org,cat:cs.CL,,{BY_THE_LAB}",
        "bob@example.org,cat:cs.CL,,,",
        f"eve@example.org,cat:cs.CL AND (,,{BY_THE_LAB}",
        "joe@example.org,,bounced,,",
    )
    rehearsed = take_in(database, *lines, is_rehearsal=True)
    with database.reading() as session:
        assert (store.list_subscribers(session, 10), count_letters(session)) == ([], {})

    assert rehearsed == take_in(database, *lines)


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_an_export_brings_everybody_into_an_empty_database(database: Database, write: Any) -> None:
    _populate(database)
    before = list(list_everybody(database))
    text = "".join(write(before))
    _empty(database)
    done = enrol_list(database, read_subscribers(text.encode(), USUAL).entries, Intake(source="export"), NOON)

    assert outcomes(done) == [Outcome.SUBSCRIBED, Outcome.SUBSCRIBED, Outcome.KEPT_AWAY, Outcome.KEPT_AWAY]
    after = list(list_everybody(database))
    assert [_comparable(each) for each in after] == [_comparable(each) for each in before[:3]]
    with database.reading() as session:
        assert find_suppression(session, "email", "joe@example.org") is SuppressionReason.COMPLAINED


def _populate(database: Database) -> None:
    """Put in somebody with every kind of wish, a group that pauses, somebody who left and somebody who complained."""
    announce(database, paper("2611.00001"))
    ada = subscribe(database, "ada@example.org", '"state space" cat:cs.LG', "a;b", timezone="Europe/Berlin")
    lab = subscribe(database, "lab@example.org", "-survey cat:cs.CL")
    bob, joe = subscribe(database, "bob@example.org"), subscribe(database, "joe@example.org")
    with database.writing() as session:
        preferences.rename(session, NOON, ada.id, '=Ada; "the" Countess')
        preferences.set_plain(session, NOON, ada.channels[0].id, is_plain=True)
        preferences.set_repeats(session, NOON, ada.channels[0].id, repeats=True)
        preferences.set_pictures(session, NOON, ada.channels[0].id, has_pictures=True)
        preferences.set_previews(session, NOON, ada.channels[0].id, has_previews=True)
        exclusions.add_exclusion(session, NOON, ada.id, InterestWish(text="survey", canonical="survey"))
        wei = PersonWanted(name="Furu Wei", fields=("cs.CL",), ids=(PersonId(PersonScheme.S2, "49807919"),))
        terms = Terms(timing=Timing.NOW, position=Position.FIRST_OR_LAST, events=(FollowEvent.FEATURED,))
        follow_person(session, NOON, ada.id, wei, terms)
        follow_institution(session, NOON, ada.id, Institution(name="MPI for Intelligent Systems", ror="04fq9j139"))
        known = papers.find_paper(session, paper("2611.00001").ids[0])
        assert known is not None
        follow_paper(session, NOON, ada.id, known)
        preferences.pause_until(session, NOON, lab.id, NOON + timedelta(days=9))
        service.unsubscribe(session, NOON, bob.id)
        suppress(session, "email", "joe@example.org", SuppressionReason.COMPLAINED, NOON)
        store.close_channel(session, joe.channels[0].id, "complained", NOON)


def _empty(database: Database) -> None:
    with database.writing() as session:
        for view in store.list_subscribers(session, 10):
            service.erase(session, view.id)


def _comparable(each: Any) -> tuple[object, ...]:
    who = (each.name, each.kind, each.language, each.status, each.paused_until, each.channels)
    consent = None if each.status is SubscriberStatus.UNSUBSCRIBED else each.consent  # of those who left none is needed
    return (*who, each.interests, each.exclusions, set(each.follows), consent)
