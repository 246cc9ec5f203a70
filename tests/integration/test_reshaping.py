"""Records merge and split without losing a follower, and readers are told what moved."""

from datetime import timedelta

import pytest

from digest.model import PersonId, PersonScheme, Researcher, ResearcherId
from digest.pipeline.attribute import attribute_new
from digest.pipeline.compose import compose_due
from digest.pipeline.following import PersonWanted, Seed, follow_person
from digest.pipeline.reshaping import CannotMerge, merge_researchers, part_researcher, split_merge
from digest.storage import people_merges, researchers
from subscribers import store
from subscribers.db import Database
from subscribers.model import FollowKind, SubscriberView
from tests.factories import NOON, paper
from tests.namesakes import NAME, ears, language, records, row_of, standings
from tests.people import announce, subscribe

MORNING = NOON.replace(hour=8) + timedelta(days=1)


def follow_by(database: Database, reader: SubscriberView, seen: object, *ids: PersonId) -> ResearcherId:
    seed = Seed(paper_id=row_of(database, seen), position=2)  # type: ignore[arg-type]
    wanted = PersonWanted(name=NAME, seeds=(seed,), ids=ids)
    with database.writing() as session:
        return ResearcherId(follow_person(session, NOON, reader.id, wanted).target_id)


def follows_of(database: Database, reader: SubscriberView) -> list[int]:
    with database.reading() as session:
        return [each.wish.target_id for each in store.list_follows(session, [reader.id])[reader.id]]


def two_records(database: Database) -> tuple[ResearcherId, ResearcherId, SubscriberView, SubscriberView]:
    announce(database, language(0), ears(0))
    ada, bob = subscribe(database, "ada@example.org"), subscribe(database, "bob@example.org")
    return follow_by(database, ada, language(0)), follow_by(database, bob, ears(0)), ada, bob


def orcid(value: str) -> PersonId:
    return PersonId(PersonScheme.ORCID, value)


def test_a_merge_keeps_every_paper_id_and_follower(database: Database) -> None:
    one, other, ada, bob = two_records(database)
    with database.writing() as session:
        number = merge_researchers(session, one, other, "the same person, says their page", NOON)

    assert number is not None
    assert records(database) == [one]
    assert {key for key, standing in standings(database, one).items() if standing == "confirmed"} == {
        "2611.10000",
        "2611.20000",
    }
    assert follows_of(database, ada) == follows_of(database, bob) == [one]
    with database.reading() as session:
        assert researchers.find_living(session, other) == one
        (merge,) = people_merges.list_merges(session, 10)
    assert (merge.researcher_id, merge.absorbed_id, merge.evidence) == (one, other, "the same person, says their page")


def test_a_merge_can_be_taken_back_and_is_never_made_again(database: Database) -> None:
    one, other, ada, bob = two_records(database)
    with database.writing() as session:
        number = merge_researchers(session, one, other, "looked alike", NOON)
    with database.writing() as session:
        assert number is not None
        done = split_merge(session, number, NOON)
        assert split_merge(session, number, NOON) is None

    assert done is not None
    assert (done.researcher_id, done.parted_id) == (one, other)
    assert standings(database, one)["2611.10000"] == "confirmed"
    assert standings(database, other)["2611.20000"] == "confirmed"
    assert (follows_of(database, ada), follows_of(database, bob)) == ([one], [other])
    with database.writing() as session, pytest.raises(CannotMerge, match="two people"):
        merge_researchers(session, one, other, "again", NOON)


def test_who_follows_both_records_follows_the_one_they_become_and_both_again_after_a_split(database: Database) -> None:
    one, other, ada, _ = two_records(database)
    follow_by(database, ada, ears(0))
    with database.writing() as session:
        number = merge_researchers(session, one, other, "looked alike", NOON)
    with database.reading() as session:
        assert store.count_followers(session, FollowKind.RESEARCHER, [one])[one] == 2
    with database.writing() as session:
        assert number is not None
        split_merge(session, number, NOON)

    assert sorted(follows_of(database, ada)) == [one, other]


def test_two_orcids_speak_against_a_merge_and_a_record_is_one_with_itself(database: Database) -> None:
    announce(database, language(0), ears(0))
    ada = subscribe(database, "ada@example.org")
    one = follow_by(database, ada, language(0), orcid("0000-0002-1825-0097"))
    other = follow_by(database, ada, ears(0), orcid("0000-0001-5109-3700"))
    with database.writing() as session:
        with pytest.raises(CannotMerge, match="0000-0001-5109-3700"):
            merge_researchers(session, one, other, "looked alike", NOON)
        assert merge_researchers(session, one, one, "itself", NOON) is None
        with pytest.raises(CannotMerge, match="no researcher 99"):
            merge_researchers(session, one, ResearcherId(99), "nobody", NOON)


def test_papers_of_a_mixed_record_become_a_record_of_their_own_and_readers_are_told(database: Database) -> None:
    ingrid = "Ingrid Bakkerud"
    ada = subscribe(database, "ada@example.org")
    with database.writing() as session:
        mixed = ResearcherId(follow_person(session, NOON, ada.id, PersonWanted(name=ingrid)).target_id)
    first = paper("2611.40001", title="Bridges Over Wide Rivers", authors=[ingrid, "Ann Kim"])
    second = paper("2611.40002", title="Birds Of The North Sea", authors=[ingrid, "Bo Li"])
    announce(database, first, second)
    compose_due(database, MORNING)
    assert standings(database, mixed) == {"2611.40001": "sure", "2611.40002": "sure"}

    with database.writing() as session:
        done = part_researcher(session, mixed, [row_of(database, second)], None, NOON)
    announce(database, paper("2611.40003", title="Bridges And Their Birds", authors=[ingrid, "Ann Kim"]))
    (composed,) = compose_due(database, MORNING + timedelta(days=1)).composed

    assert done.corrections == 1
    assert standings(database, mixed)["2611.40002"] == "rejected"
    assert standings(database, done.parted_id)["2611.40002"] == "confirmed"
    assert follows_of(database, ada) == [mixed]
    assert composed.edition is not None
    (correction,) = composed.edition.corrections
    assert ingrid in correction
    assert "Birds Of The North Sea" in correction


def test_a_correction_is_told_on_each_channel_that_brought_the_paper_and_on_no_other(database: Database) -> None:
    one, _, ada, _ = two_records(database)
    attribute_new(database, NOON)
    with database.writing() as session:
        done = part_researcher(session, one, [row_of(database, language(0))], "Peng Fu (another)", NOON)
        people = researchers.load_researchers(session, [done.parted_id])

    assert done.corrections == 0  # nobody was sent it yet
    assert people[done.parted_id] == Researcher(name="Peng Fu (another)")
    assert follows_of(database, ada) == [one]
