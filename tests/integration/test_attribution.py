"""Whose a new paper is: found when it is announced, learnt from, settled by ids, and never twice."""

import pytest

from digest.model import Author, ExternalId, IdScheme, PaperId, PersonId, PersonScheme, ResearcherId
from digest.pipeline.attribute import attribute_new
from digest.pipeline.following import PersonWanted, Seed, follow_person
from digest.storage import authorships, marks, papers, researchers
from digest.storage.marks import Stage
from digest.storage.tables import PaperAuthorRow
from subscribers.db import Database
from subscribers.model import SubscriberView
from tests.factories import NOON, paper
from tests.namesakes import LINGUISTS, NAME, ears, language, records, row_of, standings
from tests.people import announce, subscribe

ORCID = "0000-0002-1825-0097"


def follow(database: Database, wanted: PersonWanted, view: SubscriberView | None = None) -> ResearcherId:
    reader = view or subscribe(database)
    with database.writing() as session:
        return ResearcherId(follow_person(session, NOON, reader.id, wanted).target_id)


def seed_of(database: Database, arxiv_id: str, position: int = 2) -> Seed:
    with database.reading() as session:
        row = papers.find_paper(session, ExternalId(IdScheme.ARXIV, arxiv_id))
    assert row is not None
    return Seed(paper_id=row, position=position)


def follow_linguist(database: Database) -> ResearcherId:
    announce(database, language(0))
    return follow(database, PersonWanted(name=NAME, seeds=(seed_of(database, "2611.10000"),)))


def test_papers_that_were_there_before_the_follow_are_found_at_once(database: Database) -> None:
    announce(database, language(0), language(1), ears(0))
    peng = follow(database, PersonWanted(name=NAME, seeds=(seed_of(database, "2611.10000"),)))

    found = standings(database, peng)
    assert found["2611.10000"] == "confirmed"
    assert found["2611.10001"] == "sure"
    assert found.get("2611.20000") in {None, "possible"}


def test_a_new_paper_with_the_same_coauthors_is_surely_theirs_and_a_namesakes_is_not(database: Database) -> None:
    peng = follow_linguist(database)
    announce(database, language(1), ears(0))
    attribute_new(database, NOON)

    found = standings(database, peng)
    assert found["2611.10001"] == "sure"
    assert found.get("2611.20000") in {None, "possible"}


def test_the_evidence_is_kept_in_words(database: Database) -> None:
    peng = follow_linguist(database)
    announce(database, language(1))
    attribute_new(database, NOON)

    with database.reading() as session:
        found = authorships.find_authorship(session, peng, row_of(database, language(1)))
    assert found is not None
    assert found.position == 2
    assert any("shared co-authors" in words for words in found.evidence)


def test_attributing_again_changes_nothing_and_the_mark_stands_at_the_end(database: Database) -> None:
    peng = follow_linguist(database)
    announce(database, language(1))
    first = attribute_new(database, NOON)
    before = standings(database, peng)
    again = attribute_new(database, NOON)

    assert (first.papers, again.papers) == (2, 0)
    assert standings(database, peng) == before
    with database.reading() as session:
        assert marks.find_mark(session, Stage.ATTRIBUTE) == 2


def test_each_paper_that_is_theirs_teaches_who_they_write_with(database: Database) -> None:
    peng = follow_linguist(database)
    announce(database, language(1, others=("Zheng Lin", "Yuanxin Liu", "Kaja Thorvaldsdottir")))
    attribute_new(database, NOON)
    announce(database, language(2, others=("Kaja Thorvaldsdottir", "Ann Other")))
    attribute_new(database, NOON)

    assert standings(database, peng)["2611.10002"] == "sure"


def test_an_equal_id_is_proof_and_another_orcid_is_somebody_else(database: Database) -> None:
    peng = follow(database, PersonWanted(name=NAME, ids=(PersonId(PersonScheme.ORCID, ORCID),)))
    theirs = ears(0, Author(NAME, orcid=ORCID), others=LINGUISTS)
    other = language(0, Author(NAME, orcid="0000-0001-5109-3700"))
    announce(database, theirs, other)
    attribute_new(database, NOON)

    assert standings(database, peng) == {"2611.20000": "stated"}


def test_ids_of_any_service_are_kept_with_the_author(database: Database) -> None:
    known = (PersonId(PersonScheme.OPENALEX, "A5034688833"), PersonId(PersonScheme.S2, "1741101"))
    printed = Author(NAME, ("Tsinghua",), ids=known, institutions=("03cve4549",), email_domain="tsinghua.edu.cn")
    announce(database, language(0, printed))

    with database.reading() as session:
        (stored,) = papers.load_papers(session, [row_of(database, language(0))]).values()
    assert stored.authors[1] == printed


def test_a_record_whose_name_few_have_needs_no_more_than_the_name(database: Database) -> None:
    ingrid = follow(database, PersonWanted(name="Ingrid Bakkerud"))
    announce(database, paper("2611.00009", authors=["Ann Kim", "Ingrid Bakkerud"]))
    attribute_new(database, NOON)

    assert standings(database, ingrid) == {"2611.00009": "sure"}


def test_a_common_name_alone_is_at_most_possible(database: Database) -> None:
    wei = follow(database, PersonWanted(name="Wei Zhang"))
    announce(database, paper("2611.00009", authors=["Ann Kim", "Wei Zhang"]))
    attribute_new(database, NOON)

    assert set(standings(database, wei).values()) <= {"possible"}


def test_who_follows_by_a_paper_of_a_known_record_follows_that_record(database: Database) -> None:
    peng = follow_linguist(database)
    announce(database, language(1))
    attribute_new(database, NOON)
    bob = subscribe(database, "bob@example.org")

    again = follow(database, PersonWanted(name=NAME, seeds=(seed_of(database, "2611.10001"),)), bob)

    assert again == peng
    assert records(database) == [peng]


def test_namesakes_chosen_by_papers_are_two_records_and_neither_takes_the_others_papers(database: Database) -> None:
    announce(database, language(0), ears(0))
    linguist = follow(database, PersonWanted(name=NAME, seeds=(seed_of(database, "2611.10000"),)))
    bob = subscribe(database, "bob@example.org")
    radiologist = follow(database, PersonWanted(name=NAME, seeds=(seed_of(database, "2611.20000"),)), bob)
    announce(database, language(1), ears(1))
    attribute_new(database, NOON)

    assert linguist != radiologist
    assert standings(database, linguist)["2611.10001"] == "sure"
    assert standings(database, radiologist)["2611.20001"] == "sure"
    assert standings(database, linguist).get("2611.20001") in {None, "possible"}
    assert standings(database, radiologist).get("2611.10001") in {None, "possible"}


def test_authors_stored_before_there_were_block_keys_are_found_all_the_same(database: Database) -> None:
    announce(database, paper("2611.00009", authors=["Ann Kim", "Ingrid Bakkerud"]))
    with database.writing() as session:
        session.execute(papers.table_of(PaperAuthorRow).update().values(block_key=None))
    with database.writing() as session:
        assert papers.fill_block_keys(session) == 2
        assert papers.fill_block_keys(session) == 0

    ingrid = follow(database, PersonWanted(name="Ingrid Bakkerud"))
    assert standings(database, ingrid) == {"2611.00009": "sure"}


def test_a_record_without_a_profile_is_prepared(database: Database) -> None:
    ingrid = follow(database, PersonWanted(name="Ingrid Bakkerud"))
    announce(database, paper("2611.00009", authors=["Ann Kim", "Ingrid Bakkerud"]))
    with database.writing() as session:
        researchers.save_profiles(session, {ingrid: None})
        researchers.save_keys(session, ingrid, [])
    report = attribute_new(database, NOON)

    assert report.records == 1
    assert standings(database, ingrid) == {"2611.00009": "sure"}


def test_two_papers_that_become_one_are_one_authorship(database: Database) -> None:
    ingrid = follow(database, PersonWanted(name="Ingrid Bakkerud"))
    first = paper("2611.00009", authors=["Ann Kim", "Ingrid Bakkerud"])
    doi = ExternalId(IdScheme.DOI, "10.1000/xyz")
    second = paper("2611.00009", ids=(doi,), authors=["Ann Kim", "Ingrid Bakkerud"], title="Sparse Experts Learn Fast")
    announce(database, first)
    attribute_new(database, NOON)
    announce(database, second)
    attribute_new(database, NOON)
    announce(database, paper("2611.00009", ids=(*first.ids, doi), authors=["Ann Kim", "Ingrid Bakkerud"]))
    attribute_new(database, NOON)

    assert standings(database, ingrid) == {"2611.00009": "sure"}


@pytest.mark.parametrize("name", ["ChatGPT", "ATLAS Collaboration", "The LIGO Scientific Collaboration", "et al."])
def test_programs_and_collaborations_are_nobodys_papers(database: Database, name: str) -> None:
    peng = follow_linguist(database)
    announce(database, paper("2611.00009", authors=[name, "Ann Kim"]))
    attribute_new(database, NOON)

    assert list(standings(database, peng)) == ["2611.10000"]


def test_an_author_list_of_three_thousand_names_is_judged(database: Database) -> None:
    ingrid = follow(database, PersonWanted(name="Ingrid Bakkerud"))
    crowd = [f"Author{_letters(number)} Nobody{_letters(number)}" for number in range(3_000)]
    announce(database, paper("2611.00009", authors=[*crowd, "Ingrid Bakkerud"]))
    attribute_new(database, NOON)

    with database.reading() as session:
        found = authorships.find_authorship(session, ingrid, PaperId(1))
    assert found is not None
    assert found.position == 3_001


def _letters(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))
