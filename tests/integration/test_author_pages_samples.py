"""The captured pages of four authors: every record is found, and nothing is left over."""

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digest.errors import InvalidPage
from digest.researchers.pages import AuthorPage, PageLayout, read_page, to_paper
from digest.researchers.pages.fused import split_fused

CAPTURED = date(2026, 6, 29)
PAGES = {
    "xuezhe_ma_profile": (PageLayout.PROFILE, "Xuezhe Ma", 7),
    "peng_fu_papers": (PageLayout.LISTING, None, 34),
    "xuyang_zhao": (PageLayout.AUTHOR, "Xuyang Zhao", 15),
    "zewen_chi": (PageLayout.AUTHOR, "Zewen Chi", 36),
}
# Of lines that are real titles and authors put together; without a list of known names.
WELL_SPLIT = 0.996


def capture(samples: Path, name: str) -> AuthorPage:
    return read_page((samples / "author_pages" / f"{name}.txt").read_bytes(), as_of=CAPTURED)


def read_fused(samples: Path) -> list[dict[str, Any]]:
    with gzip.open(samples / "author_pages" / "fused_title_authors.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", PAGES)
def test_every_record_of_a_page_is_read(samples: Path, name: str) -> None:
    layout, person, count = PAGES[name]
    page = capture(samples, name)

    assert (page.layout, page.person.name if page.person else None) == (layout, person)
    assert (len(page.records), page.warnings) == (count, ())
    assert all(each.title and each.abstract and each.year for each in page.records)
    assert len({to_paper(each).ids for each in page.records}) == count


@pytest.mark.parametrize("name", PAGES)
def test_nothing_behind_the_first_record_is_left_over(samples: Path, name: str) -> None:
    text = (samples / "author_pages" / f"{name}.txt").read_text(encoding="utf-8")
    page = capture(samples, name)
    behind = text.split("\n")[page.records[0].line - 1 :]

    assert "".join("".join(each.raw.split()) for each in page.records) == "".join("".join(behind).split())


def test_pages_with_authors_show_three_at_most_and_say_when_there_are_more(samples: Path) -> None:
    for name in ("peng_fu_papers", "xuyang_zhao", "zewen_chi"):
        for each in capture(samples, name).records:
            assert 1 <= len(each.authors) <= 3
            assert each.category
            assert each.published_on
            assert not each.is_cut or len(each.authors) == 3


def test_the_counts_of_the_pages_are_as_known(samples: Path) -> None:
    listing, chi = capture(samples, "peng_fu_papers").records, capture(samples, "zewen_chi").records
    lines = (samples / "author_pages" / "peng_fu_papers.txt").read_text(encoding="utf-8").split("\n")

    assert sum(", 20" not in lines[each.line - 1] for each in listing) == 7
    assert sum(each.has_code for each in listing) == 5
    assert sum(bool(each.organizations) for each in listing) == 7
    assert sum("Zewen Chi" in each.authors for each in chi) == 22
    assert all("Xuyang Zhao" in each.authors for each in capture(samples, "xuyang_zhao").records)


def test_figures_are_those_of_the_page(samples: Path) -> None:
    person = capture(samples, "zewen_chi").person

    assert person is not None
    assert person.fields == ("cs.CL",)
    assert [(each.works, each.citations, each.h_index) for each in person.metrics] == [(36, 8_769, 41)]


def test_titles_and_authors_stuck_together_are_nearly_always_taken_apart_rightly(samples: Path) -> None:
    rows = read_fused(samples)
    right = sum(split_fused(row["line"]) == (row["title"], tuple(row["authors"][:3])) for row in rows)

    assert right / len(rows) >= WELL_SPLIT


def test_with_the_names_known_they_always_are(samples: Path) -> None:
    for row in read_fused(samples):
        assert split_fused(row["line"], row["authors"]) == (row["title"], tuple(row["authors"][:3]))


def test_a_listing_of_many_peoples_papers_is_refused(samples: Path) -> None:
    with pytest.raises(InvalidPage, match="papers of many people"):
        read_page((samples / "hf" / "papers_page_listing.txt").read_bytes(), as_of=CAPTURED)
