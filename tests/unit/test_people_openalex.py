"""OpenAlex and Semantic Scholar: people as they describe them, and answers with anything missing."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceChanged
from digest.model import Affiliation, Metrics, PersonId, PersonScheme, Researcher
from digest.researchers.metrics import doubt
from digest.sources.people import PersonRecord, note_move, openalex, semantic_scholar
from tests.apis import dump, s2_paper
from tests.people_answers import ORCID, openalex_author, openalex_authors, s2_author

TODAY = date(2026, 11, 20)
ADA = PersonId(PersonScheme.ORCID, ORCID)


def only(**changes: Any) -> Researcher:
    return openalex.parse_author(dump(openalex_author(**changes)), TODAY).researcher


def test_a_person_of_openalex_gives_every_field() -> None:
    assert only() == Researcher(
        name="Ada Lovelace",
        variants=("A. Lovelace", "Augusta Ada King"),
        ids=(PersonId(PersonScheme.OPENALEX, "A1"), ADA),
        affiliations=(
            Affiliation(name="Caltech", ror="05dxps055", since=2019, source="openalex"),
            Affiliation(name="Engine Works", since=2011, until=2012, source="openalex"),
        ),
        topics=("Analytical Engines",),
        metrics=(Metrics(source="openalex", as_of=TODAY, works=15, citations=273, h_index=9),),
    )


def test_what_is_missing_at_openalex_is_not_made_up() -> None:
    bare = openalex.parse_author(dump({"id": "https://openalex.org/A1", "display_name": "Ada"}), TODAY)

    assert bare == PersonRecord(researcher=Researcher(name="Ada", ids=(PersonId(PersonScheme.OPENALEX, "A1"),)))


@pytest.mark.parametrize("years", [None, "2019", [], ["2019"], [99_999, True]])
def test_years_that_are_none_are_unknown(years: object) -> None:
    places = [{"institution": {"id": "x", "display_name": "Caltech"}, "years": years}]

    assert only(affiliations=places).affiliations == (Affiliation(name="Caltech", source="openalex"),)


def test_a_search_of_openalex_gives_everybody_it_can_read() -> None:
    body = openalex_authors(openalex_author(1), {"id": "https://openalex.org/A2"}, 7, openalex_author(3))

    found = openalex.parse_authors(body, TODAY)

    assert [record.researcher.ids[0].value for record in found] == ["A1", "A3"]
    assert openalex.parse_authors(openalex_authors(), TODAY) == ()


@pytest.mark.parametrize(
    "body", [b"<html>Sign in</html>", b"{}", b"[]", b'{"id":"https://openalex.org/W1","display_name":"x"}', b""]
)
def test_what_is_no_person_of_openalex_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        openalex.parse_author(body, TODAY)
    with pytest.raises(SourceChanged):
        openalex.parse_authors(body, TODAY)


def test_the_reason_openalex_gives_is_told() -> None:
    with pytest.raises(SourceChanged, match="no such filter"):
        openalex.parse_authors(dump({"error": "Invalid query", "message": "no such filter"}), TODAY)


def test_a_person_of_semantic_scholar_gives_every_field() -> None:
    record = semantic_scholar.parse_author(dump(s2_author(papers=[s2_paper(1), s2_paper(2)])), TODAY)

    assert record.researcher == Researcher(
        name="A. Lovelace",
        variants=("Ada Lovelace",),
        ids=(PersonId(PersonScheme.S2, "1"), ADA),
        affiliations=(Affiliation(name="Caltech", source="semantic_scholar"),),
        homepage="https://ada.example/",
        metrics=(Metrics(source="semantic_scholar", as_of=TODAY, works=14, citations=250, h_index=8),),
    )
    assert [paper.authors[0].ids for paper in record.papers] == [(PersonId(PersonScheme.S2, "1"),)] * 2


def test_the_newest_papers_of_a_candidate_come_first_and_are_few() -> None:
    papers = [s2_paper(day, publicationDate=f"2026-11-{day:02}") for day in range(1, 21)]

    record = semantic_scholar.parse_author(dump(s2_author(papers=[*papers, s2_paper(99, publicationDate=None)])), TODAY)

    days = [paper.submitted_at.day for paper in record.papers if paper.submitted_at]
    assert days == list(range(20, 10, -1))


def test_a_search_of_semantic_scholar_that_finds_nobody_has_no_list() -> None:
    assert semantic_scholar.parse_authors(b'{"total":0,"offset":0}', TODAY) == ()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'{"error":"Author with id 0 not found"}'])
def test_what_is_no_person_of_semantic_scholar_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        semantic_scholar.parse_author(body, TODAY)
    with pytest.raises(SourceChanged):
        semantic_scholar.parse_authors(body, TODAY)


@given(
    st.dictionaries(
        st.sampled_from([*openalex_author(), *s2_author()]),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=2), max_leaves=4
        ),
    )
)
def test_fields_of_other_types_are_absent_or_refused(changes: dict[str, Any]) -> None:
    for parse, built in ((openalex.parse_author, openalex_author()), (semantic_scholar.parse_author, s2_author())):
        try:
            record = parse(dump(built | changes), TODAY)
        except SourceChanged:
            continue
        assert record.researcher.name


def test_a_record_that_was_merged_says_where_it_went_and_keeps_the_old_id() -> None:
    old, new = (PersonId(PersonScheme.OPENALEX, value) for value in ("A9", "A1"))

    moved = note_move(openalex.parse_author(dump(openalex_author(1)), TODAY), old)

    assert (moved.moved_to, moved.researcher.ids) == (new, (new, ADA, old))


def test_a_record_that_answers_to_an_id_of_another_service_has_not_moved() -> None:
    asked = note_move(openalex.parse_author(dump(openalex_author(1, orcid=None)), TODAY), ADA)

    assert (asked.moved_to, asked.researcher.ids) == (None, (ADA, PersonId(PersonScheme.OPENALEX, "A1")))


def test_a_captured_person_of_semantic_scholar_is_read(samples: Path) -> None:
    record = semantic_scholar.parse_author((samples / "semantic_scholar" / "Author.json").read_bytes(), TODAY)

    (metrics,) = record.researcher.metrics
    assert (metrics.works, metrics.citations, metrics.h_index, doubt(metrics)) == (60, 12_415, 23, None)
    assert (str(record.researcher.ids[0]), record.researcher.variants) == ("s2:2262347", ("Alan M. Turing",))
    assert len(record.papers) == 10


def test_a_captured_search_of_semantic_scholar_is_read_whole(samples: Path) -> None:
    body = (samples / "semantic_scholar" / "test_search_author.0.json").read_bytes()

    assert len(semantic_scholar.parse_authors(body, TODAY)) == 59


def test_a_captured_refusal_of_semantic_scholar_is_told(samples: Path) -> None:
    body = (samples / "semantic_scholar" / "test_not_found.0.json").read_bytes()

    with pytest.raises(SourceChanged, match="not found"):
        semantic_scholar.parse_author(body, TODAY)
