"""What services say of a person makes a record better, and does not make namesakes of a machine's list theirs."""

from dataclasses import replace
from datetime import date

from digest.model import (
    Affiliation,
    Author,
    ExternalId,
    IdScheme,
    Metrics,
    Paper,
    PersonId,
    PersonScheme,
    Researcher,
    ResearcherId,
    Standing,
)
from digest.pipeline.following import PersonWanted, Seed, find_by_id, follow_person
from digest.pipeline.records import apply_record, find_position
from digest.sources.people import PersonRecord
from digest.storage import announcements, authorships, researchers
from subscribers.db import Database
from tests.factories import NOON, paper
from tests.namesakes import NAME, ears, language, records, row_of, standings
from tests.people import announce, subscribe

ORCID = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")
S2 = PersonId(PersonScheme.S2, "1741101")
PENG = Researcher(
    name=NAME,
    variants=("P. Fu",),
    ids=(S2,),
    affiliations=(Affiliation(name="Institute of Information Engineering", since=2018, source="semantic_scholar"),),
    topics=("language models",),
    metrics=(Metrics(source="semantic_scholar", as_of=date(2026, 11, 20), works=36, citations=900, h_index=12),),
)


def listed(seen: Paper, person: PersonId = S2) -> Paper:
    """Give a paper as a service lists it, with the person's id on the author."""
    authors = [Author(each.name, ids=(person,)) if each.name == NAME else each for each in seen.authors]
    return paper(ids=seen.ids, title=seen.title, abstract=seen.abstract, authors=authors, categories=seen.categories)


def follow(database: Database, wanted: PersonWanted) -> ResearcherId:
    ada = subscribe(database)
    with database.writing() as session:
        return ResearcherId(follow_person(session, NOON, ada.id, wanted).target_id)


def follow_linguist(database: Database) -> ResearcherId:
    announce(database, language(0))
    return follow(database, PersonWanted(name=NAME, seeds=(Seed(paper_id=row_of(database, language(0)), position=2),)))


def take_up(database: Database, who: ResearcherId, *papers: Paper, researcher: Researcher = PENG) -> ResearcherId:
    with database.writing() as session:
        return apply_record(session, who, PersonRecord(researcher=researcher, papers=papers), NOON)


def test_names_ids_places_and_figures_are_taken_up(database: Database) -> None:
    peng = follow_linguist(database)
    take_up(database, peng)

    with database.reading() as session:
        known = researchers.load_researchers(session, [peng])[peng]
    assert (known.name, known.variants, known.ids) == (NAME, ("P. Fu",), (S2,))
    assert known.affiliations == PENG.affiliations
    assert (known.topics, known.metrics) == (PENG.topics, PENG.metrics)


def test_listed_papers_are_stored_without_being_announced(database: Database) -> None:
    peng = follow_linguist(database)
    take_up(database, peng, listed(language(1)), listed(language(2)))

    with database.reading() as session:
        assert announcements.count_announcements(session) == 1
    assert standings(database, peng) == {
        "2611.10000": "confirmed",
        "2611.10001": "stated",
        "2611.10002": "stated",
    }


def test_of_a_list_that_a_machine_sorted_a_namesakes_papers_are_not_believed(database: Database) -> None:
    peng = follow_linguist(database)
    take_up(database, peng, *(listed(language(number)) for number in range(3)), listed(ears(0)), listed(ears(1)))

    found = standings(database, peng)
    assert {found[key] for key in ("2611.10001", "2611.10002")} == {"stated"}
    with database.reading() as session:
        ear = authorships.find_authorship(session, peng, row_of(database, ears(0)))
    assert ear is None or not ear.standing.is_theirs or ear.evidence[0].startswith("Semantic Scholar")


def test_of_a_list_that_people_keep_everything_is_believed(database: Database) -> None:
    peng = follow_linguist(database)
    own = Researcher(name=NAME, ids=(ORCID,))
    by_orcid = [
        paper(ids=seen.ids, title=seen.title, authors=[Author(NAME, orcid=ORCID.value), "Somebody Else"])
        for seen in (language(1), ears(0))
    ]
    take_up(database, peng, *by_orcid, researcher=own)

    found = standings(database, peng)
    assert (found["2611.10001"], found["2611.20000"]) == ("stated", "stated")


def test_two_records_that_turn_out_to_share_an_id_become_one(database: Database) -> None:
    peng = follow_linguist(database)
    bob = subscribe(database, "bob@example.org")
    with database.writing() as session:
        wanted = PersonWanted(name="P. Fu", ids=(S2,))
        other = ResearcherId(follow_person(session, NOON, bob.id, wanted).target_id)
    assert other != peng
    living = take_up(database, peng)

    assert living == peng
    assert records(database) == [peng]
    with database.reading() as session:
        assert find_by_id(session, S2) == peng


def test_an_id_of_somebody_with_another_orcid_is_left_where_it_is(database: Database) -> None:
    peng = follow_linguist(database)
    take_up(database, peng, researcher=Researcher(name=NAME, ids=(ORCID,)))
    bob = subscribe(database, "bob@example.org")
    other_orcid = PersonId(PersonScheme.ORCID, "0000-0001-5109-3700")
    with database.writing() as session:
        wanted = PersonWanted(name=NAME, ids=(other_orcid, S2))
        other = ResearcherId(follow_person(session, NOON, bob.id, wanted).target_id)
    take_up(database, peng)

    assert sorted(records(database)) == sorted([peng, other])
    with database.reading() as session:
        assert find_by_id(session, S2) == other


def test_what_a_reader_rejected_is_not_stated_again(database: Database) -> None:
    peng = follow_linguist(database)
    take_up(database, peng, listed(language(1)))
    with database.writing() as session:
        known = authorships.find_authorship(session, peng, row_of(database, language(1)))
        assert known is not None
        authorships.save_authorships(session, [replace(known, standing=Standing.REJECTED)], NOON)
    take_up(database, peng, listed(language(1)))

    assert standings(database, peng)["2611.10001"] == "rejected"


def test_a_persons_place_among_the_authors_is_found_by_id_or_by_the_only_name_that_fits() -> None:
    by_id = paper(authors=["Peng Fu", Author("P. Fu", ids=(S2,))])
    twice = paper(authors=["Peng Fu", "Peng Fu"])

    assert find_position(by_id, PENG) == 2
    assert find_position(paper(authors=["Ann Kim", "Fu, Peng"]), PENG) == 2
    assert find_position(twice, PENG) is None
    assert find_position(paper(authors=["Ann Kim"]), PENG) is None


def test_a_paper_without_an_id_is_not_stored(database: Database) -> None:
    peng = follow_linguist(database)
    take_up(database, peng, paper(ids=(), authors=[NAME]))

    assert list(standings(database, peng)) == ["2611.10000"]


def test_ids_alone_make_a_record_that_waits_for_its_name(database: Database) -> None:
    who = follow(database, PersonWanted(name=ORCID.value, ids=(ORCID,)))
    living = take_up(
        database,
        who,
        paper(ids=(ExternalId(IdScheme.DOI, "10.1000/x"),), authors=[Author(NAME, orcid=ORCID.value)]),
        researcher=Researcher(name=NAME, ids=(ORCID,)),
    )

    with database.reading() as session:
        known = researchers.load_researchers(session, [living])[living]
    assert known.name == NAME
    assert standings(database, living) == {"10.1000/x": "stated"}
