"""OpenAlex: each field, the abstract put back together, and what is left out."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from digest.errors import SourceChanged
from digest.model import Author, ExternalId, IdScheme, Paper, PersonId, PersonScheme
from digest.sources.openalex_works import MOST_WORDS, parse_page, parse_works, read_abstract
from tests.apis import dump, openalex_list, openalex_work

ROR = "https://ror.org/05dxps055"
FULL: dict[str, Any] = {
    "id": "https://openalex.org/W42",
    "doi": "https://doi.org/10.1038/ABC",
    "title": "Tides &amp; <i>Memory</i>",
    "ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/34012082"},
    "primary_location": {
        "source": {"display_name": "Nature", "type": "journal"},
        "landing_page_url": "https://nature.example/abc",
    },
    "locations": [
        {"landing_page_url": "https://nature.example/abc", "pdf_url": None},
        {"landing_page_url": "http://arxiv.org/abs/2611.00001v2", "pdf_url": "https://x.example/p.pdf"},
    ],
    "authorships": [
        {
            "author": {"id": "https://openalex.org/A1", "display_name": "A. Lovelace"},
            "institutions": [
                {"display_name": "Guessed", "ror": ROR},
                {"ror": "https://ror.org/05dxps054"},
                {"ror": ROR},
            ],
            "raw_author_name": "Ada Lovelace",
            "raw_affiliation_strings": ["Analytical Engines, London"],
        }
    ],
    "biblio": {"volume": "44", "issue": "2", "first_page": "294", "last_page": "311"},
    "abstract_inverted_index": {"tides.": [2], "We": [0], "study": [1], "Code:": [3], "github.com/a/b": [4]},
}


def only(**changes: Any) -> Paper:
    (paper,) = parse_works(openalex_list(openalex_work(**changes))).papers
    return paper


def test_a_work_gives_every_field_it_carries() -> None:
    assert only(**FULL) == Paper(
        ids=(
            ExternalId(IdScheme.OPENALEX, "W42"),
            ExternalId(IdScheme.DOI, "10.1038/abc"),
            ExternalId(IdScheme.ARXIV, "2611.00001"),
            ExternalId(IdScheme.PMID, "34012082"),
        ),
        title="Tides & Memory",
        abstract="We study tides. Code: github.com/a/b",
        authors=(
            Author(
                "Ada Lovelace",
                affiliations=("Analytical Engines, London",),
                ids=(PersonId(PersonScheme.OPENALEX, "A1"),),
                institutions=("05dxps055",),
            ),
        ),
        submitted_at=datetime(2026, 11, 18, tzinfo=UTC),
        abstract_url="https://arxiv.org/abs/2611.00001",
        pdf_url="https://arxiv.org/pdf/2611.00001",
        code_url="https://github.com/a/b",
        journal_ref="Nature 44(2), 294–311 (2026)",
    )


@pytest.mark.parametrize("known", ["https://openalex.org/A9999999999", "https://openalex.org/W1", "A", "", None, 7])
def test_an_author_openalex_cannot_tell_has_no_id(known: object) -> None:
    (author,) = only(authorships=[{"author": {"id": known}, "raw_author_name": "Ada Lovelace"}]).authors

    assert author == Author("Ada Lovelace")


def test_a_work_is_announced_when_it_came_out() -> None:
    (made,) = parse_works(openalex_list(openalex_work()), "openalex:author:A1").announcements

    assert (str(made.paper), made.kind, made.detail, made.source) == ("openalex:W1", "new", "", "openalex:author:A1")
    assert made.announced_on == date(2026, 11, 18)


def test_a_date_in_the_future_gives_way_to_the_day_openalex_knew_it() -> None:
    body = openalex_list(openalex_work(publication_date="2028-01-01", created_date="2026-11-19"))

    parsed = parse_works(body)

    assert parsed.papers[0].submitted_at == datetime(2026, 11, 19, tzinfo=UTC)
    assert [made.announced_on for made in parsed.announcements] == [date(2026, 11, 19)]


def test_a_work_without_any_date_is_kept_and_not_announced() -> None:
    parsed = parse_works(openalex_list(openalex_work(publication_date=None, created_date="soon")))

    assert (len(parsed.papers), parsed.announcements, parsed.papers[0].submitted_at) == (1, (), None)


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ({"b": [1], "a": [0, 2]}, "a b a"),
        ({"late": [7], "early": [3]}, "early late"),
        ({"a": [0], "second": [0]}, "a"),
        ({"a": [-1, 0, True, "1", None, 2.0, MOST_WORDS, 10**30]}, "a"),
        ({"a": "0", "b": None, "c": {"0": 1}, "d": [0]}, "d"),
        ({"<jats:p>We": [0], "study</jats:p>": [1]}, "We study"),
        (None, ""),
        ([["a", 0]], ""),
        ({}, ""),
    ],
)
def test_an_abstract_is_put_back_in_order(index: object, text: str) -> None:
    assert read_abstract(index) == text


def test_a_hostile_index_stays_small() -> None:
    index: dict[str, list[int]] = {"x" * 1_000_000: list(range(MOST_WORDS)), "y": [0] * 1_000_000}

    assert len(read_abstract(index)) <= MOST_WORDS * 101


def test_only_the_deposited_orcid_is_taken() -> None:
    inferred = {"display_name": "A. L.", "orcid": "https://orcid.org/0000-0002-1825-0097"}
    deposited = {"raw_author_name": "Grace Hopper", "raw_orcid": "https://orcid.org/0000-0001-5109-3700"}

    authors = only(authorships=[{"raw_author_name": "Ada Lovelace", "author": inferred}, deposited]).authors

    assert [author.orcid for author in authors] == [None, "0000-0001-5109-3700"]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Lovelace, Ada", "Ada Lovelace"),
        ("Martin King, Jr.", "Martin King, Jr."),
        ("Ada Lovelace, Ph.D", "Ada Lovelace, Ph.D"),
        (None, "A. L."),
    ],
)
def test_names_are_those_printed_in_the_usual_order(printed: str | None, name: str) -> None:
    authorship = {"raw_author_name": printed, "author": {"display_name": "A. L."}}

    assert [author.name for author in only(authorships=[authorship, {}, {"author": None}]).authors] == [name]


def test_institutions_stand_in_for_a_missing_affiliation() -> None:
    authorship = {"raw_author_name": "A B", "institutions": [{"display_name": "MIT"}, {}]}

    assert only(authorships=[authorship]).authors[0].affiliations == ("MIT",)


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "preprint"},
        {"primary_location": {"source": {"display_name": "arXiv (Cornell University)", "type": "repository"}}},
        {"primary_location": {"source": {"display_name": "arXiv", "type": "journal"}}},
        {"primary_location": {"source": None}},
        {"primary_location": None},
    ],
)
def test_what_lies_in_a_repository_is_not_published(changes: dict[str, Any]) -> None:
    assert only(**(FULL | changes)).journal_ref is None


def test_without_a_doi_the_page_is_where_it_lies() -> None:
    assert only(doi=None, primary_location=FULL["primary_location"]).abstract_url == "https://nature.example/abc"
    assert only(doi=None, primary_location={"landing_page_url": "javascript:x"}).abstract_url == (
        "https://openalex.org/W1"
    )


def test_a_retracted_work_is_withdrawn_and_no_news() -> None:
    parsed = parse_works(openalex_list(openalex_work(is_retracted=True)))

    assert (parsed.papers[0].is_withdrawn, parsed.announcements) == (True, ())


def test_what_is_no_paper_is_left_out_and_counted() -> None:
    parsed = parse_works(openalex_list(openalex_work(1), openalex_work(2, type="paratext"), openalex_work(3, type="?")))

    assert (len(parsed.papers), parsed.skipped) == (2, 0)
    assert parsed.warnings == ("1 of 3 entries are no papers (reviews, data, notices) and were left out",)


@pytest.mark.parametrize("entry", [None, 7, [], {}, {"id": "https://openalex.org/A1", "title": "An author"}])
def test_an_entry_without_id_or_title_is_skipped_and_counted(entry: object) -> None:
    parsed = parse_works(openalex_list(openalex_work(), entry, openalex_work(2)))

    assert (len(parsed.papers), parsed.skipped) == (2, 1)
    assert parsed.warnings == ("1 of 3 entries have no id or no title and were skipped",)


def test_one_work_may_come_alone() -> None:
    assert len(parse_works(dump(openalex_work(7))).papers) == 1


def test_the_last_page_is_the_one_without_a_cursor() -> None:
    assert parse_page(openalex_list(openalex_work(), cursor="abc", count=7)).next == "abc"
    assert parse_page(openalex_list(openalex_work(), cursor=None)).next == ""
    assert parse_page(openalex_list(cursor="abc")).next == ""


def test_an_error_is_told_in_openalex_s_words() -> None:
    body = dump({"error": "Invalid query parameters error.", "message": "no_such is not a valid field"})

    with pytest.raises(SourceChanged, match=r"OpenAlex answered with an error: no_such is not a valid field"):
        parse_works(body)
