"""What OpenAlex, Semantic Scholar, Crossref and ORCID really sent: every file is read, and nothing in it is lost."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from digest.errors import SourceChanged
from digest.model import Author, IdScheme, Paper, Parsed, PersonId, PersonScheme
from digest.sources.crossref import is_crossref
from digest.sources.crossref_works import NO_PAPERS
from digest.sources.crossref_works import parse_works as parse_crossref
from digest.sources.huggingface import is_huggingface
from digest.sources.openalex import is_openalex
from digest.sources.openalex_works import parse_works as parse_openalex
from digest.sources.orcid import is_orcid
from digest.sources.orcid_works import parse_record as parse_orcid
from digest.sources.semantic_scholar import is_semantic_scholar
from digest.sources.semantic_scholar_papers import parse_papers as parse_s2

Parse = Callable[[bytes], Parsed]
PARSERS: dict[str, Parse] = {
    "openalex": parse_openalex,
    "semantic_scholar": parse_s2,
    "crossref": parse_crossref,
    "orcid": parse_orcid,
}
RECOGNISERS = {
    "openalex": is_openalex,
    "semantic_scholar": is_semantic_scholar,
    "crossref": is_crossref,
    "orcid": is_orcid,
    "hf": is_huggingface,
}

# Papers, and of them with authors, abstract, DOI, arXiv id, day; then what is no paper. Counted with plain `json`.
FILES = {
    "openalex/openalex_works": (2, 2, 0, 2, 0, 2, 0),
    "semantic_scholar/Author": (60, 60, 34, 32, 0, 33, 0),
    "semantic_scholar/s2_search_transformer": (5, 5, 5, 4, 5, 4, 0),
    "semantic_scholar/test_empty_paginated_results.0": (0, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_get_author_papers.0": (100, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_get_author_papers.1": (100, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_get_author_papers.2": (100, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_get_paper.0": (1, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_get_recommended_papers.0": (100, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_search_paper_bulk_retrieval_next_page.0": (1000, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_search_paper_bulk_retrieval_next_page.1": (1000, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_search_paper_publication_date_or_year.0": (77, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_search_paper_publication_date_or_year.1": (79, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_search_paper_publication_date_or_year.2": (100, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_search_paper_publication_date_or_year.3": (100, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_search_paper_publication_date_or_year.4": (100, 0, 0, 0, 0, 0, 0),
    "semantic_scholar/test_search_paper_publication_date_or_year.5": (100, 0, 0, 0, 0, 0, 0),
    "crossref/cr_works_email_works.0": (20, 20, 2, 20, 0, 19, 0),
    "crossref/crossref_valid": (1, 1, 1, 1, 0, 1, 0),
    "crossref/test_cursor_max.0": (17, 13, 1, 17, 0, 14, 3),
    "crossref/test_cursor_max.1": (17, 12, 2, 17, 0, 13, 3),
    "crossref/test_cursor_max.2": (19, 16, 0, 19, 0, 13, 1),
    "crossref/test_cursor_max.3": (17, 13, 1, 17, 0, 14, 3),
    "crossref/test_cursor_max.4": (17, 12, 2, 17, 0, 13, 3),
    "crossref/test_journals_works.0": (20, 20, 20, 20, 0, 20, 0),
    "crossref/test_journals_works.1": (20, 20, 16, 20, 0, 20, 0),
    "crossref/test_works_field_queries.0": (19, 19, 15, 19, 0, 18, 1),
    "crossref/test_workscontainer_with_cursor.0": (4, 3, 2, 4, 0, 2, 1),
    "crossref/test_workscontainer_with_cursor.1": (5, 5, 0, 5, 0, 3, 0),
    "crossref/test_workscontainer_with_cursor.2": (5, 5, 3, 5, 0, 5, 0),
    "crossref/test_workscontainer_with_cursor.3": (5, 5, 2, 5, 0, 5, 0),
    "orcid/works.1": (0, 0, 0, 0, 0, 0, 0),
}
PERSON = "The answer is a person's record, and tells of no works"
WITHOUT_PAPERS = {
    "semantic_scholar/test_get_author.0": "The answer tells of an author, and of no papers",
    "semantic_scholar/test_get_authors.0": "The answer tells of 3 authors, and of no papers",
    "semantic_scholar/test_get_authors_not_found_warning.0": "The answer tells of 3 authors, and of no papers",
    "semantic_scholar/test_search_author.0": "The answer tells of 59 authors, and of no papers",
    "orcid/orcid_search.0": "The answer is a search for people, and tells of no works",
    "orcid/orcid_id_keywords_data.0": PERSON,
    "orcid/works.0": PERSON,
    "orcid/works.2": PERSON,
} | {f"orcid/orcid_search.{number}": PERSON for number in range(1, 6)}
REFUSED = {
    "semantic_scholar/PaperWithNullValues": "None of the 1 entries has both an id and a title",
    "semantic_scholar/test_bad_query_parameters.0": "Unrecognized or unsupported fields: [unknown]",
    "semantic_scholar/test_not_found.0": "Paper with id 0 not found",
    "semantic_scholar/test_not_found.1": "Author with id 0 not found",
}


def body_of(samples: Path, name: str) -> bytes:
    return (samples / f"{name}.json").read_bytes()


def parse(samples: Path, name: str) -> Parsed:
    return PARSERS[name.partition("/")[0]](body_of(samples, name))


def find(samples: Path, name: str, value: str) -> Paper:
    return next(paper for paper in parse(samples, name).papers if value in {known.value for known in paper.ids})


def count(papers: tuple[Paper, ...], has: Callable[[Paper], object]) -> int:
    return sum(bool(has(paper)) for paper in papers)


def test_every_file_of_the_four_is_in_these_tests(samples: Path) -> None:
    files = {
        f"{folder}/{path.name.removesuffix('.json')}"
        for folder in PARSERS
        for path in (samples / folder).glob("*.json")
        if not path.name.endswith(".meta.json")
    }

    assert files == {*FILES, *WITHOUT_PAPERS, *REFUSED}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_whole(samples: Path, name: str) -> None:
    parsed = parse(samples, name)

    papers, (total, *filled, left_out) = parsed.papers, FILES[name]
    assert (len(papers), parsed.skipped, parsed.is_truncated, len(parsed.warnings)) == (total, 0, False, bool(left_out))
    assert [
        count(papers, lambda paper: paper.authors),
        count(papers, lambda paper: paper.abstract),
        count(papers, lambda paper: paper.id_of(IdScheme.DOI)),
        count(papers, lambda paper: paper.id_of(IdScheme.ARXIV)),
        count(papers, lambda paper: paper.submitted_at),
    ] == filled
    assert all(warning.startswith(f"{left_out} of ") for warning in parsed.warnings)
    assert all("</" not in paper.title and "  " not in paper.title for paper in papers)


@pytest.mark.parametrize("name", WITHOUT_PAPERS)
def test_an_answer_about_people_says_so(samples: Path, name: str) -> None:
    parsed = parse(samples, name)

    assert (parsed.papers, parsed.warnings) == ((), (WITHOUT_PAPERS[name],))


@pytest.mark.parametrize("name", REFUSED)
def test_an_error_is_told_in_words(samples: Path, name: str) -> None:
    with pytest.raises(SourceChanged) as caught:
        parse(samples, name)

    assert REFUSED[name] in str(caught.value)


def test_null_lists_are_empty_ones(samples: Path) -> None:
    entry = json.loads(body_of(samples, "semantic_scholar/PaperWithNullValues")) | {"title": "T"}

    (paper,) = parse_s2(json.dumps(entry).encode()).papers

    assert (paper.authors, paper.abstract) == ((), "")


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("crossref/")])
def test_a_work_of_crossref_loses_nothing(samples: Path, name: str) -> None:
    message = json.loads(body_of(samples, name))["message"]
    items: list[dict[str, Any]] = message.get("items", [message])

    works = [item for item in items if item["type"] not in NO_PAPERS]
    for item, paper in zip(works, parse(samples, name).papers, strict=True):
        assert paper.ids[0].value == item["DOI"].lower()
        assert [author.name.split()[-1] for author in paper.authors] == [
            (known.get("suffix") or known["family"]).split()[-1]
            for known in item.get("author", [])
            if "family" in known
        ]
        confirmed = [known["ORCID"][-19:] for known in item.get("author", []) if known.get("authenticated-orcid")]
        assert [author.orcid for author in paper.authors if author.orcid] == confirmed
        assert (item.get("volume", "null") == "null") or item["volume"] in (paper.journal_ref or "")
        assert paper.is_withdrawn is False


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("semantic_scholar/")])
def test_a_paper_of_semantic_scholar_loses_nothing(samples: Path, name: str) -> None:
    value = json.loads(body_of(samples, name))
    rows = next((value[key] for key in ("data", "papers", "recommendedPapers") if key in value), [value])

    for row, paper in zip([row for row in rows if "paperId" in row], parse(samples, name).papers, strict=True):
        assert (paper.ids[0].value, paper.id_of(IdScheme.ARXIV)) == (
            row["paperId"],
            (row.get("externalIds") or {}).get("ArXiv"),
        )
        assert [author.name for author in paper.authors] == [known["name"] for known in row.get("authors", [])]
        assert (paper.submitted_at.date().isoformat() if paper.submitted_at else None) == row.get("publicationDate")


def test_openalex_in_every_field(samples: Path) -> None:
    paper = find(samples, "openalex/openalex_works", "W3161425918")

    assert paper.title == "In vivo CRISPR base editing of PCSK9 durably lowers cholesterol in primates"
    assert [str(known) for known in paper.ids] == ["openalex:W3161425918", "doi:10.1038/s41586-021-03534-y"]
    assert (len(paper.authors), sum(author.orcid is not None for author in paper.authors)) == (42, 9)
    assert paper.authors[5] == Author(
        "Caroline W. Reiss",
        ("Verve Therapeutics, Cambridge, MA, USA",),
        orcid="0000-0002-6385-1879",
        ids=(PersonId(PersonScheme.OPENALEX, "A5056028144"),),
        institutions=("02f7f9m65",),
    )
    assert all(author.ids and author.institutions for author in paper.authors)
    assert len(paper.authors[0].affiliations) == 3
    assert (paper.submitted_at, paper.journal_ref) == (datetime(2021, 5, 19, tzinfo=UTC), "Nature (2021)")
    assert (paper.abstract_url, paper.pdf_url) == ("https://doi.org/10.1038/s41586-021-03534-y", None)


def test_semantic_scholar_in_every_field(samples: Path) -> None:
    paper = find(samples, "semantic_scholar/s2_search_transformer", "2103.14030")

    assert [str(known) for known in paper.ids] == [
        "s2:c8b25fab5608c3e033d34b4483ec47e68ba109b7",
        "arxiv:2103.14030",
        "doi:10.1109/iccv48922.2021.00986",
        "dblp:conf/iccv/LiuL00W0LG21",
    ]
    assert paper.title == "Swin Transformer: Hierarchical Vision Transformer using Shifted Windows"
    assert ([author.name for author in paper.authors][:1], len(paper.authors)) == (["Ze Liu"], 8)
    assert all(author.ids[0].scheme is PersonScheme.S2 for author in paper.authors)
    assert (paper.code_url, paper.submitted_at) == ("https://github.com/microsoft/Swin-Transformer", None)
    review = find(samples, "semantic_scholar/Author", "10.1080/01611194.2019.1650846")
    assert (review.journal_ref, review.abstract_url) == (
        "Cryptologia 44, 82–86 (2020)",
        "https://doi.org/10.1080/01611194.2019.1650846",
    )


def test_crossref_in_every_field(samples: Path) -> None:
    name = "crossref/test_journals_works.0"
    paper = next(each for each in parse(samples, name).papers if each.ids[0].value == "10.7717/peerj.3162")

    assert paper.title.startswith("The genomic sequence of Exiguobacterium chiriqhucha str. N139 reveals")
    assert [str(known) for known in paper.ids] == ["doi:10.7717/peerj.3162", "doi:10.7287/peerj.preprints.2512"]
    assert paper.abstract.startswith("We report the genome sequence of Exiguobacterium")
    assert (paper.journal_ref, paper.license_url) == (
        "PeerJ 5, e3162 (2017)",
        "http://creativecommons.org/licenses/by/4.0/",
    )
    assert paper.submitted_at == datetime(2017, 4, 19, tzinfo=UTC)


def test_crossref_dates_without_a_day_are_narrowed_by_the_register(samples: Path) -> None:
    parsed = parse(samples, "crossref/cr_works_email_works.0")

    days = {made.paper.value: made.announced_on for made in parsed.announcements}
    assert days["10.1016/j.acha.2016.05.001"] == date(2016, 5, 13)
    preprint = find(samples, "crossref/cr_works_email_works.0", "10.1002/essoar.10504562.1")
    assert ([known.value for known in preprint.ids[1:]], preprint.journal_ref) == (["10.1029/2020ms002386"], None)


def test_each_file_is_known_by_its_own_source_only(samples: Path) -> None:
    for path in samples.rglob("*.json"):
        own = path.parent.name if path.parent.name in RECOGNISERS else ""
        wanted = [own] if own and not path.name.endswith(".meta.json") else []
        start = path.read_bytes()[:64_000]
        assert [name for name, is_ours in RECOGNISERS.items() if is_ours(start)] == wanted, path.name
