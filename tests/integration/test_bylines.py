"""Authors who change with a new version or another source: words about them move along, and they are judged again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.languages.phrases import BY_OPERATOR
from digest.model import (
    Author,
    Batch,
    ExternalId,
    IdScheme,
    Paper,
    PersonId,
    PersonScheme,
    ResearcherId,
    RunState,
    Standing,
)
from digest.pipeline.answering import find_question
from digest.pipeline.attribute import attribute_new
from digest.pipeline.following import PersonWanted
from digest.storage import authorships, corrections, runs
from digest.storage.splits import split
from subscribers.db import Database
from tests.factories import NOON, paper
from tests.integration.test_answering import answer, by_wei, compose, settle_in
from tests.integration.test_attribution import ORCID, follow, follow_linguist
from tests.namesakes import language, row_of, standings
from tests.people import announce, channel_of, subscribe
from tests.records import add_record, attribute

INGRID = "Ingrid Bakkerud"
MORNING = NOON.replace(hour=8) + timedelta(days=1)

DOI = ExternalId(IdScheme.DOI, "10.1000/xyz")


def by_ingrid(*authors: str | Author, **fields: object) -> Paper:
    return paper("2611.00009", **({"title": "Bridges Over Wide Rivers", "authors": authors} | fields))


GAUGES = by_ingrid("Ann Kim", "Bo Li", INGRID, title="On Gauges")


def place_of(database: Database, who: ResearcherId, seen: Paper) -> int | None:
    with database.reading() as session:
        found = authorships.find_authorship(session, who, row_of(database, seen))
    return None if found is None else found.position


def test_a_new_version_with_one_more_author_keeps_everybody_in_place(database: Database) -> None:
    ingrid = follow(database, PersonWanted(name=INGRID))
    announce(database, by_ingrid("Ann Kim", INGRID, "Bo Li"))
    attribute_new(database, NOON)
    revised = by_ingrid("Cy Young", "Ann Kim", "Bo Li", INGRID, version=2)
    announce(database, revised, detail="v2")
    attribute_new(database, NOON)

    assert place_of(database, ingrid, revised) == 4
    assert standings(database, ingrid) == {"2611.00009": "sure"}


@pytest.mark.parametrize("standing", [Standing.CONFIRMED, Standing.STATED, Standing.REJECTED])
def test_what_is_settled_moves_with_the_author_too(database: Database, standing: Standing) -> None:
    peng = add_record(database, INGRID)
    announce(database, by_ingrid("Ann Kim", INGRID))
    attribute(database, peng, [row_of(database, by_ingrid())], standing, 2, (BY_OPERATOR,))
    revised = by_ingrid("B. Li", "A. Kim", "Ingrid Bakkerud", version=2)
    announce(database, revised, detail="v2")
    attribute_new(database, NOON)

    assert place_of(database, peng, revised) == 3
    assert standings(database, peng) == {"2611.00009": standing.value}


def test_who_is_no_author_of_the_new_version_has_not_written_it_and_readers_are_told(database: Database) -> None:
    ada = subscribe(database)
    ingrid = follow(database, PersonWanted(name=INGRID), ada)
    announce(database, by_ingrid("Ann Kim", "Bo Li", INGRID))
    compose(database)
    announce(database, by_ingrid("Ann Kim", version=2), detail="v2")
    attribute_new(database, NOON)

    assert standings(database, ingrid) == {}
    with database.reading() as session:
        (told,) = corrections.list_untold(session, [channel_of(ada)]).values()
    assert [each.researcher_id for each in told] == [ingrid]


def test_an_answer_moves_with_the_author_it_is_about(database: Database) -> None:
    wei, (ada, bob) = settle_in(database, "ada@example.org", "bob@example.org")
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    answer(database, ada, wei, by_wei(1), is_theirs=True)
    answer(database, bob, wei, by_wei(1), is_theirs=False)
    revised = paper("2611.30001", title="Subject number 1", authors=["Ann Kim", "Wei Zhang"], version=2)
    announce(database, revised, detail="v2")
    attribute_new(database, NOON)

    for reader, said in ((ada, True), (bob, False)):
        question = find_question(database, reader.id, wei, row_of(database, revised))  # type: ignore[arg-type]
        assert question is not None
        assert (question.position, question.answer) == (2, said)


def test_a_shorter_author_list_stops_nothing(database: Database) -> None:
    wei, readers = settle_in(database, "ada@example.org", "bob@example.org")
    announce(database, by_wei(1), paper("2611.30002", title="On Another", authors=["Ann", "Bo Li", "Wei Zhang"]))
    attribute_new(database, NOON)
    second = paper("2611.30002")
    for reader in readers:
        answer(database, reader, wei, second, is_theirs=False)
    announce(database, paper("2611.30002", title="On Another", authors=["Ann"], version=2), detail="v2")
    attribute_new(database, NOON)
    for reader in readers:
        answer(database, reader, wei, by_wei(1), is_theirs=True)

    assert standings(database, wei) == {"2611.30001": "confirmed", "2611.30002": "rejected"}


def test_an_id_that_another_source_adds_proves_a_possible_paper(database: Database) -> None:
    wei = follow(database, PersonWanted(name="Wei Zhang", ids=(PersonId(PersonScheme.ORCID, ORCID),)))
    announce(database, by_wei(1, "Ann Kim"))
    attribute_new(database, NOON)
    assert standings(database, wei).get("2611.30001") in {None, "possible"}
    store(
        database, paper("2611.30001", title="Subject number 1", authors=[Author("Wei Zhang", orcid=ORCID), "Ann Kim"])
    )
    attribute_new(database, NOON)

    assert standings(database, wei) == {"2611.30001": "stated"}


def test_an_id_of_somebody_else_takes_a_sure_paper_away(database: Database) -> None:
    ada = subscribe(database)
    wanted = PersonWanted(name=INGRID, ids=(PersonId(PersonScheme.ORCID, ORCID),))
    ingrid = follow(database, wanted, ada)
    announce(database, by_ingrid("Ann Kim", INGRID))
    compose(database)
    assert standings(database, ingrid) == {"2611.00009": "sure"}
    store(database, by_ingrid("Ann Kim", Author(INGRID, orcid="0000-0001-5109-3700")))
    attribute_new(database, NOON)

    assert standings(database, ingrid) == {}
    with database.reading() as session:
        assert len(corrections.list_untold(session, [channel_of(ada)])[channel_of(ada)]) == 1


def test_a_paper_that_comes_unannounced_is_judged_too(database: Database) -> None:
    peng = follow_linguist(database)
    store(database, language(1))
    report = attribute_new(database, NOON)

    assert report.papers >= 1
    assert standings(database, peng)["2611.10001"] == "sure"
    assert attribute_new(database, NOON).papers == 0


def merge_into_another(database: Database) -> ResearcherId:
    """Store a preprint, and the same in a journal with one author more, until a third source links the two."""
    ingrid = follow(database, PersonWanted(name=INGRID))
    announce(database, GAUGES)
    journal = {"ids": (DOI,), "categories": (), "version": None, "title": GAUGES.title}
    announce(database, by_ingrid("Ann Kim", INGRID, **journal))
    attribute_new(database, NOON)
    assert place_of(database, ingrid, GAUGES) == 3
    announce(database, replace(GAUGES, ids=(*GAUGES.ids, DOI), categories=(), version=None))
    attribute_new(database, NOON)
    return ingrid


def test_papers_that_become_one_keep_the_place_of_the_author_on_the_one_that_stays(database: Database) -> None:
    ingrid = merge_into_another(database)

    with database.reading() as session:
        (known,) = authorships.list_of_researchers(session, [ingrid])[ingrid]
    assert (known.paper_id, known.position) == (row_of(database, GAUGES), 3)


def test_papers_that_are_split_are_each_judged(database: Database) -> None:
    ingrid = merge_into_another(database)
    with database.writing() as session:
        assert split(session, 1, NOON) is not None
    attribute_new(database, NOON)

    with database.reading() as session:
        found = authorships.list_of_researchers(session, [ingrid])[ingrid]
    assert sorted((each.standing, each.position) for each in found) == [(Standing.SURE, 2), (Standing.SURE, 3)]


def store(database: Database, seen: Paper) -> None:
    """Store a paper as a source that announces nothing does."""
    with database.writing() as session:
        runs.save_batch(session, Batch(source="openalex", state=RunState.FRESH, papers=(seen,)), NOON)
