"""Semantic Scholar: each field, each kind of answer, and what can be configured."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from digest.errors import ConfigurationError, SourceChanged
from digest.model import Author, ExternalId, IdScheme, Paper, PersonId, PersonScheme
from digest.settings import SourceSettings
from digest.sources.semantic_scholar import is_semantic_scholar, make_sources
from digest.sources.semantic_scholar_papers import parse_page, parse_papers
from tests.apis import dump, openalex_list, openalex_work, s2_list, s2_paper

FULL: dict[str, Any] = {
    "externalIds": {
        "ArXiv": "2611.00001",
        "DOI": "10.1109/ABC.2026",
        "PubMed": "34012082",
        "DBLP": "conf/iccv/LiuL00W0LG21",
        "MAG": "31",
        "CorpusId": 7,
    },
    "abstract": "We study <i>tides</i>.\nCode: https://github.com/a/b.",
    "authors": [{"authorId": "1", "name": "Ada Lovelace"}, {"authorId": None, "name": ""}, {"name": "G. Hopper"}],
    "journal": {"name": "J. Tides", "volume": "44", "pages": "82 - 86"},
    "openAccessPdf": {"url": "https://x.example/a.pdf"},
}


def only(**changes: Any) -> Paper:
    (paper,) = parse_papers(s2_list(s2_paper(**changes))).papers
    return paper


def test_a_paper_gives_every_field_it_carries() -> None:
    assert only(**FULL) == Paper(
        ids=(
            ExternalId(IdScheme.S2, f"{1:040x}"),
            ExternalId(IdScheme.ARXIV, "2611.00001"),
            ExternalId(IdScheme.DOI, "10.1109/abc.2026"),
            ExternalId(IdScheme.PMID, "34012082"),
            ExternalId(IdScheme.DBLP, "conf/iccv/LiuL00W0LG21"),
        ),
        title="Tidal Memory in Networks, part 1",
        abstract="We study tides. Code: https://github.com/a/b.",
        authors=(Author("Ada Lovelace", ids=(PersonId(PersonScheme.S2, "1"),)), Author("G. Hopper")),
        submitted_at=datetime(2026, 11, 18, tzinfo=UTC),
        abstract_url="https://arxiv.org/abs/2611.00001",
        pdf_url="https://arxiv.org/pdf/2611.00001",
        code_url="https://github.com/a/b",
        journal_ref="J. Tides 44, 82–86 (2026)",
    )


def test_an_arxiv_doi_is_the_arxiv_id() -> None:
    paper = only(externalIds={"DOI": "10.48550/arXiv.2611.00001"})

    assert [str(known) for known in paper.ids[1:]] == ["arxiv:2611.00001"]


def test_every_list_may_be_null() -> None:
    changes = dict.fromkeys(("externalIds", "authors", "journal", "openAccessPdf", "abstract", "publicationDate"))

    assert only(**changes).abstract_url == f"https://www.semanticscholar.org/paper/{1:040x}"


def test_a_journal_called_arxiv_is_no_publication() -> None:
    assert only(journal={"name": "ArXiv", "volume": "abs/2012.07436"}).journal_ref is None
    assert only(journal={"name": "", "volume": ""}, venue="NeurIPS").journal_ref == "NeurIPS (2026)"


def test_a_year_alone_is_no_day() -> None:
    parsed = parse_papers(s2_list(s2_paper(publicationDate=None, year=2025)))

    assert parsed.papers[0].submitted_at is None
    assert [made.announced_on for made in parsed.announcements] == [date(2025, 1, 1)]


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (s2_list(s2_paper()), 1),
        (dump({"total": 0, "offset": 0}), 0),
        (dump([s2_paper(1), None, s2_paper(2)]), 2),
        (dump([None]), 0),
        (dump([]), 0),
        (dump({"recommendedPapers": [s2_paper()]}), 1),
        (dump({"total": 9, "token": "abc", "data": [s2_paper()]}), 1),
        (dump({"authorId": "1", "name": "A", "papers": [s2_paper(1), s2_paper(2)]}), 2),
        (dump(s2_paper()), 1),
    ],
)
def test_papers_come_in_many_shapes(body: bytes, count: int) -> None:
    parsed = parse_papers(body)

    assert (len(parsed.papers), parsed.warnings, parsed.skipped) == (count, (), 0)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"authorId": "1", "name": "A"}, "an author"),
        ([None, {"authorId": "1"}, {"authorId": "2"}], "2 authors"),
        ({"total": 2, "offset": 0, "data": [{"authorId": "1"}, {"authorId": "2"}]}, "2 authors"),
    ],
)
def test_authors_are_understood_though_they_are_no_papers(value: object, said: str) -> None:
    assert parse_papers(dump(value)).warnings == (f"The answer tells of {said}, and of no papers",)
    with pytest.raises(SourceChanged):
        parse_page(dump(value))


def test_the_last_page_is_the_one_without_a_next() -> None:
    assert parse_page(s2_list(s2_paper(), following=100)).next == "100"
    assert parse_page(s2_list(s2_paper())).next == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": "Author with id 0 not found"}, "answered with an error: Author with id 0 not found"),
        ({"message": "Too Many Requests.\nPlease wait", "code": "429"}, "an error: Too Many Requests. Please wait"),
        ({"data": None}, "holds no papers"),
        ({"data": [{"paperId": "1", "title": "x"}, {"paperId": f"{1:040x}"}]}, "None of the 2 entries has both"),
    ],
)
def test_what_holds_no_papers_is_refused_in_one_sentence(body: object, said: str) -> None:
    with pytest.raises(SourceChanged, match=said):
        parse_papers(dump(body))


def test_authors_are_configured_by_number_or_page() -> None:
    page = "https://www.semanticscholar.org/author/Ada-Lovelace/1741101"
    sources = make_sources(SourceSettings(semantic_scholar=("1741101", page, "12")))

    assert [source.name for source in sources] == ["semantic_scholar:1741101", "semantic_scholar:12"]
    with pytest.raises(ConfigurationError, match="“Ada” is not an author id such as 1741101"):
        make_sources(SourceSettings(semantic_scholar=("Ada",)))


def test_files_are_known_by_their_beginning() -> None:
    for value in ({"total": 0, "offset": 0}, {"error": "Paper with id 0 not found"}, [{"authorId": "1"}]):
        assert is_semantic_scholar(dump(value))
    assert is_semantic_scholar(s2_list(s2_paper()))
    assert not is_semantic_scholar(openalex_list(openalex_work()))
    assert not is_semantic_scholar(b'{"error": "Invalid date"}')
    assert not is_semantic_scholar(b'<html>"paperId":')
