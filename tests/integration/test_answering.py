"""“Is this them?”: an answer holds for its reader at once, for all once readers agree, and past errors are told."""

from datetime import timedelta

import pytest

from digest.errors import DigestError
from digest.model import Certainty, Edition, Paper, ResearcherId, Standing, SubscriberId
from digest.pipeline.answering import Answered, Question, decide_for_all, find_question, give_answer, take_back
from digest.pipeline.attribute import attribute_new
from digest.pipeline.compose import compose_due
from digest.pipeline.following import PersonWanted, Seed, follow_person, follow_researcher
from digest.pipeline.signup import export_everything, get_subscriber
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import FollowKind, InvalidWish, SubscriberView
from tests.factories import NOON, paper
from tests.namesakes import NAME, ears, language, row_of, standings
from tests.people import announce, subscribe
from tests.records import KEY

MORNING = NOON.replace(hour=8) + timedelta(days=1)
COMMON = PersonWanted(name="Wei Zhang")


def by_wei(number: int, *others: str) -> Paper:
    return paper(f"2611.3{number:04d}", title=f"Subject number {number}", authors=["Wei Zhang", *others])


def settle_in(
    database: Database, *addresses: str, wanted: PersonWanted = COMMON
) -> tuple[ResearcherId, list[SubscriberView]]:
    readers = [subscribe(database, address) for address in addresses]
    with database.writing() as session:
        targets = {follow_person(session, NOON, reader.id, wanted).target_id for reader in readers}
    (target,) = targets
    return ResearcherId(target), readers


def ask(database: Database, reader: SubscriberView, who: ResearcherId, seen: Paper) -> Question:
    found = find_question(database, SubscriberId(reader.id), who, row_of(database, seen))
    assert found is not None
    return found


def answer(database: Database, reader: SubscriberView, who: ResearcherId, seen: Paper, *, is_theirs: bool) -> Answered:
    return give_answer(database, NOON, ask(database, reader, who, seen), is_theirs=is_theirs)


def compose(database: Database, now: object = MORNING) -> dict[str, Edition]:
    report = compose_due(database, now, is_forced=False)  # type: ignore[arg-type]
    return {each.channel.address: each.edition for each in report.composed if each.edition}


def sightings(edition: Edition) -> dict[int, Certainty | None]:
    return {entry.paper_id: entry.reasons[0].certainty for entry in edition.entries}


def test_a_possible_paper_is_asked_about_with_its_evidence(database: Database) -> None:
    wei, (ada,) = settle_in(database, "ada@example.org")
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    question = ask(database, ada, wei, by_wei(1))

    assert (question.researcher.name, question.position, question.standing) == ("Wei Zhang", 1, Standing.POSSIBLE)
    assert question.evidence
    assert question.answer is None
    assert question.is_followed


def test_a_yes_holds_for_this_reader_at_once_and_for_papers_like_it(database: Database) -> None:
    wei, (ada, _) = settle_in(database, "ada@example.org", "bob@example.org")
    announce(database, by_wei(1, "Kaja Thorvaldsdottir", "Oluwaseun Adebayo"))
    attribute_new(database, NOON)
    done = answer(database, ada, wei, by_wei(1), is_theirs=True)
    announce(database, by_wei(2, "Kaja Thorvaldsdottir", "Oluwaseun Adebayo"))
    editions = compose(database)

    assert (done.before, done.settled, done.question.answer) == (None, None, True)
    first, second = row_of(database, by_wei(1)), row_of(database, by_wei(2))
    assert sightings(editions["ada@example.org"]) == {first: Certainty.SURE, second: Certainty.SURE}
    assert sightings(editions["bob@example.org"]) == {first: Certainty.POSSIBLE, second: Certainty.POSSIBLE}


def test_a_no_keeps_the_paper_away_for_good_from_this_reader_alone(database: Database) -> None:
    wei, (ada, _) = settle_in(database, "ada@example.org", "bob@example.org")
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    answer(database, ada, wei, by_wei(1), is_theirs=False)
    announce(database, by_wei(1, "Ann Kim"), detail="again")
    editions = compose(database)

    assert sightings(editions["ada@example.org"]) == {}
    assert sightings(editions["bob@example.org"]) == {row_of(database, by_wei(1)): Certainty.POSSIBLE}


def test_answering_twice_is_answering_once_and_the_last_word_counts(database: Database) -> None:
    wei, (ada,) = settle_in(database, "ada@example.org")
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    answer(database, ada, wei, by_wei(1), is_theirs=True)
    same = answer(database, ada, wei, by_wei(1), is_theirs=True)
    other = answer(database, ada, wei, by_wei(1), is_theirs=False)
    with database.reading() as session:
        events = [each for each in service.export(session, ada.id)["events"] if each["kind"] == "answered"]

    assert (same.before, other.before, other.question.answer) == (True, True, False)
    assert [event["detail"]["answer"] for event in events] == ["yes", "no"]


def test_an_answer_can_be_taken_back(database: Database) -> None:
    wei, (ada,) = settle_in(database, "ada@example.org")
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    answer(database, ada, wei, by_wei(1), is_theirs=False)
    done = take_back(database, NOON, ask(database, ada, wei, by_wei(1)))

    assert (done.before, done.question.answer) == (False, None)
    assert sightings(compose(database)["ada@example.org"]) == {row_of(database, by_wei(1)): Certainty.POSSIBLE}


def test_one_reader_cannot_change_the_record_and_two_who_agree_do(database: Database) -> None:
    wei, (ada, bob, _) = settle_in(database, "ada@example.org", "bob@example.org", "cy@example.org")
    announce(database, by_wei(1, "Ann Kim"), by_wei(2, "Bo Li"))
    attribute_new(database, NOON)
    answer(database, ada, wei, by_wei(1), is_theirs=True)
    answer(database, ada, wei, by_wei(2), is_theirs=False)
    alone = standings(database, wei)
    confirmed = answer(database, bob, wei, by_wei(1), is_theirs=True)
    rejected = answer(database, bob, wei, by_wei(2), is_theirs=False)

    assert alone == {"2611.30001": "possible", "2611.30002": "possible"}
    assert (confirmed.settled, rejected.settled) == (Standing.CONFIRMED, Standing.REJECTED)
    assert standings(database, wei) == {"2611.30001": "confirmed", "2611.30002": "rejected"}
    assert sightings(compose(database)["cy@example.org"]) == {row_of(database, by_wei(1)): Certainty.SURE}


def test_an_agreement_that_is_gone_settles_nothing_any_more(database: Database) -> None:
    wei, (ada, bob) = settle_in(database, "ada@example.org", "bob@example.org")
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    for reader in (ada, bob):
        answer(database, reader, wei, by_wei(1), is_theirs=True)
    take_back(database, NOON, ask(database, bob, wei, by_wei(1)))

    assert standings(database, wei) == {"2611.30001": "possible"}


def test_who_was_sent_a_paper_as_surely_theirs_is_told_once_that_it_is_not(database: Database) -> None:
    peng, (ada, bob) = settle_in(
        database, "ada@example.org", "bob@example.org", wanted=PersonWanted(name="Ingrid Bakkerud")
    )
    announce(database, paper("2611.40001", title="A Paper Of Somebody Else", authors=["Ingrid Bakkerud", "Ann Kim"]))
    seen = paper("2611.40001")
    assert sightings(compose(database)["ada@example.org"]) == {row_of(database, seen): Certainty.SURE}

    for reader in (ada, bob):
        answer(database, reader, peng, seen, is_theirs=False)
    announce(database, paper("2611.40002", title="On Her Own Work", authors=["Ingrid Bakkerud"]))
    corrected = compose(database, MORNING + timedelta(days=1))["ada@example.org"]
    announce(database, paper("2611.40003", title="More Of Her Own Work", authors=["Ingrid Bakkerud"]))
    after = compose(database, MORNING + timedelta(days=2))["ada@example.org"]

    assert len(corrected.corrections) == 1
    assert "Ingrid Bakkerud" in corrected.corrections[0]
    assert "A Paper Of Somebody Else" in corrected.corrections[0]
    assert after.corrections == ()


def test_a_correction_is_told_even_on_a_day_without_papers(database: Database) -> None:
    who, readers = settle_in(
        database, "ada@example.org", "bob@example.org", wanted=PersonWanted(name="Ingrid Bakkerud")
    )
    seen = paper("2611.40001", title="A Paper Of Somebody Else", authors=["Ingrid Bakkerud", "Ann Kim"])
    announce(database, seen)
    compose(database)
    for reader in readers:
        answer(database, reader, who, seen, is_theirs=False)
    corrected = compose(database, MORNING + timedelta(days=1))["ada@example.org"]
    after = compose(database, MORNING + timedelta(days=2))["ada@example.org"]

    assert (corrected.entries, len(corrected.corrections)) == ((), 1)
    assert corrected.says_something
    assert not after.says_something


def test_a_yes_to_a_paper_of_a_known_record_turns_the_follow_of_a_bare_name_to_it(database: Database) -> None:
    announce(database, language(0))
    bob = subscribe(database, "bob@example.org")
    with database.writing() as session:
        seed = Seed(paper_id=row_of(database, language(0)), position=2)
        known = ResearcherId(follow_person(session, NOON, bob.id, PersonWanted(name=NAME, seeds=(seed,))).target_id)
    bare, (ada,) = settle_in(database, "ada@example.org", wanted=PersonWanted(name=NAME))
    announce(database, language(1))
    attribute_new(database, NOON)
    assert standings(database, bare)["2611.10001"] == "possible"
    done = answer(database, ada, bare, language(1), is_theirs=True)

    assert done.turned_to == known
    with database.reading() as session:
        (follow,) = store.list_follows(session, [ada.id])[ada.id]
    assert follow.wish.target_id == known


def test_the_operator_can_say_so_for_everybody(database: Database) -> None:
    wei, _ = settle_in(database, "ada@example.org")
    announce(database, by_wei(1, "Ann Kim"), ears(0))
    attribute_new(database, NOON)
    with database.writing() as session:
        decide_for_all(session, wei, row_of(database, by_wei(1)), Standing.CONFIRMED, NOON)
    with database.writing() as session, pytest.raises(DigestError, match="has no author who may be Wei Zhang"):
        decide_for_all(session, wei, row_of(database, ears(0)), Standing.CONFIRMED, NOON)

    assert standings(database, wei) == {"2611.30001": "confirmed"}


def test_nothing_is_asked_about_strangers_gone_papers_or_what_nothing_links(database: Database) -> None:
    wei, (ada,) = settle_in(database, "ada@example.org")
    announce(database, by_wei(1, "Ann Kim"), ears(0))
    attribute_new(database, NOON)
    row = row_of(database, by_wei(1))

    assert find_question(database, SubscriberId(99), wei, row) is None
    assert find_question(database, SubscriberId(ada.id), ResearcherId(99), row) is None
    assert find_question(database, SubscriberId(ada.id), wei, row_of(database, ears(0))) is None


def test_answers_are_exported_and_erased_with_their_reader(database: Database) -> None:
    wei, (ada,) = settle_in(database, "ada@example.org")
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    answer(database, ada, wei, by_wei(1), is_theirs=True)

    exported = export_everything(database, get_subscriber(database, str(ada.id)), KEY)
    assert [(each["researcher_id"], each["is_theirs"]) for each in exported["answers"]] == [(wei, True)]
    with database.writing() as session:
        service.erase(session, ada.id)
    with database.reading() as session:
        assert store.count_followers(session, FollowKind.RESEARCHER, [wei]) == {}


def test_a_reader_without_the_follow_may_answer_too(database: Database) -> None:
    wei, _ = settle_in(database, "ada@example.org")
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    bob = subscribe(database, "bob@example.org")

    assert not ask(database, bob, wei, by_wei(1)).is_followed
    assert answer(database, bob, wei, by_wei(1), is_theirs=True).question.answer is True


def test_following_a_record_that_is_not_there_is_refused(database: Database) -> None:
    ada = subscribe(database)
    with database.writing() as session, pytest.raises(InvalidWish, match="There is no researcher 99"):
        follow_researcher(session, NOON, ada.id, ResearcherId(99))
