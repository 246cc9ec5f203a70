"""The captures of bioRxiv, dblp, OpenReview and Hugging Face: every file is read, and nothing in it is lost.

The numbers here were counted in the files themselves, with other tools than ours.
"""

import html
import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digest.errors import SourceChanged
from digest.model import AnnouncementKind, Author, IdScheme, PersonId, PersonScheme
from digest.sources.biorxiv import is_biorxiv
from digest.sources.biorxiv import parse_capture as parse_biorxiv
from digest.sources.dblp import is_dblp
from digest.sources.dblp_records import parse_records
from digest.sources.huggingface import is_huggingface
from digest.sources.huggingface_papers import parse_papers
from digest.sources.openreview import is_openreview
from digest.sources.openreview_notes import parse_notes
from digest.sources.replay import START

BIORXIV = "biorxiv/biorxiv_details.json"
DBLP = "dblp/tp2_search_publ_api.json"
OPENREVIEW = "openreview/alt2025.json"
HUGGINGFACE = {
    "hf/hf_daily_papers_2026-07-31.json": 30,
    "hf/hf_daily_papers_2026-08-01.json": 5,
    "hf/paper_page_2509.24002.PaperContent.json": 1,
    "hf/paper_page_2509.24002.html": 1,
}
# Tables and a page's text: data for benchmarks and for the identity of authors, no answer of the API.
NO_ANSWERS = {"author", "category", "organization", "paper", "paper_author", "paper_category", "paper_organization"}


def fold(text: str) -> str:
    return " ".join(text.split())


def load(samples: Path, name: str) -> Any:
    return json.loads((samples / name).read_bytes())


def test_every_file_of_the_four_sources_is_in_these_tests(samples: Path) -> None:
    held = {
        f"{folder}/{path.name}"
        for folder in ("biorxiv", "dblp", "openreview", "hf")
        for path in (samples / folder).iterdir()
    }

    tables = {f"hf/{name}.csv.gz" for name in NO_ANSWERS}
    assert held == {BIORXIV, DBLP, OPENREVIEW, *HUGGINGFACE, *tables, "hf/papers_page_listing.txt"}


@pytest.mark.parametrize(
    ("recognise", "wanted"),
    [
        (is_biorxiv, {BIORXIV}),
        (is_dblp, {DBLP}),
        (is_openreview, {OPENREVIEW}),
        (is_huggingface, set(HUGGINGFACE)),
    ],
)
def test_each_source_knows_its_own_files_among_all_of_them(
    samples: Path, recognise: Callable[[bytes], bool], wanted: set[str]
) -> None:
    found = set()
    for path in samples.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                if recognise(file.read(START)):
                    found.add(str(path.relative_to(samples)))

    assert found == wanted


def test_a_row_of_biorxiv_loses_nothing(samples: Path) -> None:
    parsed = parse_biorxiv((samples / BIORXIV).read_bytes())

    assert (len(parsed.papers), parsed.announced_count, parsed.skipped, parsed.warnings) == (3, 3, 0, ())
    assert parsed.source == "biorxiv:all"
    for row, paper in zip(load(samples, BIORXIV)["collection"], parsed.papers, strict=True):
        assert (paper.id_of(IdScheme.DOI), paper.title, paper.abstract) == (row["doi"], row["title"], row["abstract"])
        assert [_turn_back(author.name) for author in paper.authors] == row["authors"].split("; ")
        assert (str(paper.version), paper.categories) == (row["version"], (row["category"],))
        assert paper.updated_at is not None
        assert paper.updated_at.date().isoformat() == row["date"]
        assert paper.abstract_url == f"https://www.biorxiv.org/content/{row['doi']}v{row['version']}"
        assert paper.license_url == f"https://creativecommons.org/licenses/{row['license'][3:].replace('_', '-')}/4.0/"
        placed = [author.affiliations[0] for author in paper.authors if author.affiliations]
        assert placed == [row["author_corresponding_institution"]]


def _turn_back(name: str) -> str:
    """Write a name as the row has it; these have one family name each."""
    *given, family = name.split()
    return f"{family}, {' '.join(given)}"


def test_a_version_of_biorxiv_is_announced_as_what_it_is(samples: Path) -> None:
    announced = parse_biorxiv((samples / BIORXIV).read_bytes()).announcements

    assert [(made.kind, made.detail, made.version) for made in announced] == [
        (AnnouncementKind.NEW, "", 1),
        (AnnouncementKind.NEW, "", 1),
        (AnnouncementKind.REPLACEMENT, "v3", 3),
    ]
    assert {made.announced_on for made in announced} == {date(2026, 7, 15)}
    assert [author.name for author in parse_biorxiv((samples / BIORXIV).read_bytes()).papers[0].authors] == [
        "T. Ghafari",
        "A. J. Quinn",
        "O. Jensen",
    ]


def test_a_hit_of_dblp_loses_nothing(samples: Path) -> None:
    parsed = parse_records((samples / DBLP).read_bytes())
    hits = [hit["info"] for hit in load(samples, DBLP)["result"]["hits"]["hit"]]

    assert (len(parsed.papers), parsed.skipped, parsed.warnings, parsed.source) == (30, 0, (), "dblp")
    for info, paper in zip(hits, parsed.papers, strict=True):
        names = info["authors"]["author"]
        assert [author.name for author in paper.authors] == ([names] if isinstance(names, str) else names)
        assert f"{paper.title}." == html.unescape(info["title"])
        assert (paper.id_of(IdScheme.DBLP), paper.id_of(IdScheme.DOI)) == (
            info["key"],
            info.get("doi", "").lower() or None,
        )
        assert paper.journal_ref is None or paper.journal_ref.startswith(info["venue"])
        assert paper.journal_ref is None or paper.journal_ref.endswith(f"({info['year']})")


def test_dblp_in_figures(samples: Path) -> None:
    papers = parse_records((samples / DBLP).read_bytes()).papers

    assert sum(paper.id_of(IdScheme.DOI) is not None for paper in papers) == 23
    assert sum(paper.journal_ref is None for paper in papers) == 3
    assert next(paper.title for paper in papers if "'" in paper.title).endswith(
        "injection de fautes et le test passif)"
    )
    assert sum(len(paper.authors) for paper in papers) == 73
    assert sum(len(paper.authors) == 1 for paper in papers) == 9
    assert not any(re.search(r"\d{4}$", author.name) for paper in papers for author in paper.authors)


def test_a_row_of_openreviews_export_loses_nothing(samples: Path) -> None:
    parsed = parse_notes((samples / OPENREVIEW).read_bytes())

    assert (len(parsed.papers), parsed.skipped, parsed.warnings, parsed.announcements) == (51, 0, (), ())
    for row, paper in zip(load(samples, OPENREVIEW), parsed.papers, strict=True):
        assert (paper.id_of(IdScheme.OPENREVIEW), paper.abstract_url) == (row["id"], row["site"])
        assert (paper.title, paper.abstract) == (fold(row["title"]), fold(row["abstract"]))
        assert [author.name for author in paper.authors] == [fold(name) for name in row["author"].split(";")]
        assert [author.orcid or "" for author in paper.authors] == row["orcid"].split(";")
        assert ["+".join(author.affiliations) for author in paper.authors] == row["aff"].split(";")


def test_openreview_in_figures(samples: Path) -> None:
    papers = parse_notes((samples / OPENREVIEW).read_bytes()).papers

    assert {paper.journal_ref for paper in papers} == {"36th International Conference on Algorithmic Learning Theory"}
    assert papers[2].authors[0] == Author(
        "Valentino Delle Rose",
        ('University of Roma "La Sapienza"',),
        orcid="0000-0002-7701-0026",
        ids=(PersonId(PersonScheme.OPENREVIEW, "~Valentino_Delle_Rose1"),),
    )
    assert sum(len(paper.authors) for paper in papers) == 155
    assert sum(author.orcid is not None for paper in papers for author in paper.authors) == 25
    # Five are listed by their addresses, of which the domains are kept.
    assert sum(len(author.ids) for paper in papers for author in paper.authors) == 150
    assert sum(author.email_domain is not None for paper in papers for author in paper.authors) == 5
    assert not any(paper.is_withdrawn or paper.id_of(IdScheme.ARXIV) for paper in papers)


@pytest.mark.parametrize("name", HUGGINGFACE)
def test_hugging_face_dates_a_paper_by_its_listing_and_never_by_the_entry(samples: Path, name: str) -> None:
    parsed = parse_papers((samples / name).read_bytes())

    assert {made.detail for made in parsed.announcements} == {"2026-07-31" if "daily" in name else "2025-10-01"}
    assert len(parsed.announcements) == len(parsed.papers) == HUGGINGFACE[name]


def test_the_tables_of_hugging_face_are_no_format_of_the_api(samples: Path) -> None:
    for name in (*(f"{table}.csv.gz" for table in NO_ANSWERS), "papers_page_listing.txt"):
        with pytest.raises(SourceChanged):
            parse_papers((samples / "hf" / name).read_bytes())


def test_hugging_face_in_figures(samples: Path) -> None:
    papers = parse_papers((samples / "hf/hf_daily_papers_2026-07-31.json").read_bytes()).papers
    fields = ("code_url", "project_url", "organization", "ai_summary")

    assert [sum(bool(getattr(paper, field)) for paper in papers) for field in fields] == [19, 11, 15, 0]
    assert sum(paper.upvotes or 0 for paper in papers) == 1182
    assert sum(len(paper.authors) for paper in papers) == 238
    assert sum(author.hf_user is not None for paper in papers for author in paper.authors) == 36
