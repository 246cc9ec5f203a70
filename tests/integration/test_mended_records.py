"""Records that are merged, split and corrected again and again: each word reaches those it concerns, once."""

from datetime import timedelta

from digest.model import (
    Affiliation,
    Edition,
    ExternalId,
    IdScheme,
    PersonId,
    PersonScheme,
    Researcher,
    ResearcherId,
)
from digest.pipeline.answering import take_back
from digest.pipeline.attribute import attribute_new
from digest.pipeline.compose import compose_due
from digest.pipeline.following import PersonWanted, follow_person
from digest.pipeline.records import apply_record
from digest.pipeline.reshaping import merge_researchers, part_researcher, split_merge
from digest.pipeline.signup import export_everything, get_subscriber
from digest.sources.people import PersonRecord
from digest.storage import people_merges, researchers
from subscribers.db import Database
from tests.factories import NOON, paper
from tests.integration.test_answering import MORNING, answer, ask, settle_in
from tests.integration.test_bylines import store
from tests.integration.test_reshaping import follows_of, two_records
from tests.namesakes import row_of
from tests.people import announce
from tests.records import KEY, add_record, follower

INGRID = "Ingrid Bakkerud"
SEEN = paper("2611.40001", title="Bridges Over Wide Rivers", authors=[INGRID, "Ann Kim"])
DAY = timedelta(days=1)


def editions(database: Database, day: int) -> dict[str, Edition]:
    """Give the digests of a morning on which there is something to tell."""
    announce(database, paper(f"2611.4100{day}", title=f"On day {day}", authors=[INGRID, "Ann Kim"]))
    report = compose_due(database, MORNING + day * DAY)
    return {each.channel.address: each.edition for each in report.composed if each.edition}


def merge(database: Database, one: ResearcherId, other: ResearcherId) -> int:
    with database.writing() as session:
        number = merge_researchers(session, one, other, "looked alike", NOON)
    assert number is not None
    return number


def unmerge(database: Database, number: int) -> None:
    with database.writing() as session:
        assert split_merge(session, number, NOON) is not None


def load(database: Database, who: ResearcherId) -> Researcher:
    with database.reading() as session:
        return researchers.load_researchers(session, [who])[who]


def living(database: Database, who: ResearcherId) -> ResearcherId | None:
    with database.reading() as session:
        return researchers.find_living(session, who)


def test_what_is_theirs_after_all_is_not_corrected(database: Database) -> None:
    ingrid, (ada, bob) = settle_in(database, "ada@example.org", "bob@example.org", wanted=PersonWanted(name=INGRID))
    announce(database, SEEN)
    compose_due(database, MORNING)
    for reader in (ada, bob):
        answer(database, reader, ingrid, SEEN, is_theirs=False)
    for reader in (ada, bob):
        take_back(database, NOON, ask(database, reader, ingrid, SEEN))

    assert editions(database, 1)["ada@example.org"].corrections == ()


def test_who_says_that_it_is_theirs_is_not_told_otherwise(database: Database) -> None:
    addresses = [f"{number}@example.org" for number in range(4)]
    ingrid, readers = settle_in(database, *addresses, wanted=PersonWanted(name=INGRID))
    announce(database, SEEN)
    compose_due(database, MORNING)
    answer(database, readers[0], ingrid, SEEN, is_theirs=True)
    for reader in readers[1:]:
        answer(database, reader, ingrid, SEEN, is_theirs=False)
    told = {address: bool(each.corrections) for address, each in editions(database, 1).items()}

    assert told == {"0@example.org": False, "1@example.org": True, "2@example.org": True, "3@example.org": True}


def test_who_followed_a_record_that_was_merged_since_is_told_too(database: Database) -> None:
    kept = add_record(database, "I. Bakkerud")
    other, _ = settle_in(database, "ada@example.org", wanted=PersonWanted(name=INGRID))
    announce(database, SEEN)
    compose_due(database, MORNING)
    merge(database, kept, other)
    with database.writing() as session:
        done = part_researcher(session, kept, [row_of(database, SEEN)], None, NOON)

    assert done.corrections == 1
    assert len(editions(database, 1)["ada@example.org"].corrections) == 1


def test_a_paper_that_was_sent_before_it_was_merged_is_corrected_too(database: Database) -> None:
    ingrid, _ = settle_in(database, "ada@example.org", wanted=PersonWanted(name=INGRID))
    doi = ExternalId(IdScheme.DOI, "10.1000/xyz")
    older = paper("2611.40009", title="On Gauges", authors=[INGRID])
    store(database, older)  # nobody is sent it
    announce(database, paper(ids=(doi,), title="On Gauges", authors=[INGRID], categories=(), version=None))
    compose_due(database, MORNING)
    announce(database, paper(ids=(*older.ids, doi), title="On Gauges", authors=[INGRID], categories=(), version=None))
    attribute_new(database, NOON)
    with database.writing() as session:
        done = part_researcher(session, ingrid, [row_of(database, older)], None, NOON)

    assert done.corrections == 1


def test_a_follower_who_goes_with_the_papers_has_nothing_to_be_told(database: Database) -> None:
    kept = add_record(database, "I. Bakkerud")
    other, (ada,) = settle_in(database, "ada@example.org", wanted=PersonWanted(name=INGRID))
    announce(database, SEEN)
    attribute_new(database, NOON)
    number = merge(database, kept, other)
    compose_due(database, MORNING)
    unmerge(database, number)

    assert follows_of(database, ada) == [other]
    assert editions(database, 1)["ada@example.org"].corrections == ()


def test_a_split_gives_back_names_and_places_that_came_with_the_merge(database: Database) -> None:
    bonn, oslo = Affiliation(name="Bonn", source="reader"), Affiliation(name="Oslo", source="reader")
    one = add_record(database, "Peng Fu", variants=("P. Fu",), affiliations=(bonn,), fields=("cs.CL",))
    other = add_record(
        database, "Pengfei Fu", affiliations=(oslo, bonn), fields=("eess.IV",), homepage="https://a.example"
    )
    before = load(database, one), load(database, other)
    number = merge(database, one, other)
    assert "Pengfei Fu" in load(database, one).variants
    unmerge(database, number)

    assert (load(database, one), load(database, other)) == before


def test_the_first_of_two_merges_can_be_taken_back(database: Database) -> None:
    zero = add_record(database, "Peng Fu")
    one, other, ada, bob = two_records(database)
    first = merge(database, one, other)
    second = merge(database, zero, one)
    unmerge(database, first)

    assert (living(database, one), living(database, other)) == (zero, other)
    assert (follows_of(database, ada), follows_of(database, bob)) == ([zero], [other])
    unmerge(database, second)
    assert follows_of(database, ada) == [one]
    with database.reading() as session:
        assert people_merges.are_distinct(session, one, other)
        assert people_merges.are_distinct(session, zero, other)


def test_the_last_of_two_merges_can_be_taken_back_and_the_first_still_holds(database: Database) -> None:
    zero = add_record(database, "Peng Fu")
    one, other, ada, bob = two_records(database)
    first = merge(database, one, other)
    second = merge(database, zero, one)
    unmerge(database, second)

    assert (living(database, one), living(database, other)) == (one, one)
    assert follows_of(database, ada) == follows_of(database, bob) == [one]
    unmerge(database, first)
    assert (follows_of(database, ada), follows_of(database, bob)) == ([one], [other])


def test_ids_of_two_records_that_cannot_both_be_theirs_stop_no_refresh(database: Database) -> None:
    bare = add_record(database, "Peng Fu")
    openalex, s2 = PersonId(PersonScheme.OPENALEX, "A5034688833"), PersonId(PersonScheme.S2, "1741101")
    add_record(database, "Peng Fu", ids=(openalex, PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")))
    add_record(database, "Peng Fu", ids=(s2, PersonId(PersonScheme.ORCID, "0000-0001-5109-3700")))
    told = Researcher(name="Peng Fu", ids=(openalex, s2))
    with database.writing() as session:
        kept = apply_record(session, bare, PersonRecord(researcher=told), NOON)

    assert openalex in load(database, kept).ids
    assert s2 not in load(database, kept).ids


def test_corrections_are_exported(database: Database) -> None:
    ingrid, (ada,) = settle_in(database, "ada@example.org", wanted=PersonWanted(name=INGRID))
    announce(database, SEEN)
    compose_due(database, MORNING)
    with database.writing() as session:
        part_researcher(session, ingrid, [row_of(database, SEEN)], None, NOON)

    (told,) = export_everything(database, get_subscriber(database, str(ada.id)), KEY)["corrections"]
    assert (told["researcher_id"], told["paper_id"]) == (ingrid, row_of(database, SEEN))


def test_a_wish_by_name_is_not_given_the_record_of_somebody_certain(database: Database) -> None:
    certain = add_record(database, INGRID, ids=(PersonId(PersonScheme.ORCID, "0000-0002-1825-0097"),))
    reader = follower(database, certain)
    with database.writing() as session:
        target = follow_person(session, NOON, reader.id, PersonWanted(name=INGRID)).target_id

    assert target != certain
