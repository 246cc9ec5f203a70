"""BibTeX that LaTeX reads without an error, whatever the papers hold."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import ExternalId, IdScheme, Paper
from digest.rendering.bibtex import write_bibtex
from tests.factories import paper

HOSTILE = st.text(max_size=60) | st.text('{}\\"$%&#_~^@,= \nand', max_size=60)
FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
COMMAND = re.compile(r"\\(?:text(?:backslash|braceleft|braceright|asciitilde|asciicircum)\{\}|[$&#%_])")


def fields(written: str) -> dict[str, str]:
    return dict(FIELD.findall(written))


def write(**values: Any) -> str:
    return write_bibtex([paper(**values)])


def test_a_preprint_is_an_entry_with_its_archive() -> None:
    written = write(submitted_at=datetime(2026, 11, 3, tzinfo=UTC))

    assert written.startswith("@misc{lovelace2026sparse,\n")
    assert fields(written) == {
        "title": "{Sparse Experts Learn Fast}",
        "author": "Ada Lovelace and Furu Wei",
        "year": "2026",
        "eprint": "2611.00001",
        "archiveprefix": "arXiv",
        "primaryclass": "cs.CL",
        "url": "https://arxiv.org/abs/2611.00001",
    }


def test_a_published_paper_is_an_article_with_its_doi() -> None:
    known = (ExternalId(IdScheme.DOI, "10.1162/coli_a_00512"),)
    written = write(ids=known, journal_ref="Computational Linguistics 52 (2026) 1–40", is_withdrawn=True)

    assert written.startswith("@article{")
    found = fields(written)
    assert (found["doi"], found["journal"]) == ("10.1162/coli_a_00512", "Computational Linguistics 52 (2026) 1–40")
    assert found["note"] == "Withdrawn"
    assert "eprint" not in found


@pytest.mark.parametrize(
    ("title", "written"),
    [
        (r"$\beta$-VAE at 50\% & More_", "{β-VAE at 50\\% \\& More\\_}"),
        ("C# and ~user^2", "{C\\# and \\textasciitilde{}user\\textasciicircum{}2}"),
        ("Unbalanced { here", "{Unbalanced \\textbraceleft{} here}"),
        ("", "{(untitled)}"),
    ],
)
def test_what_means_something_to_tex_is_escaped(title: str, written: str) -> None:
    assert fields(write(title=title))["title"] == written


@pytest.mark.parametrize(
    ("names", "author"),
    [
        ((r"Andr\'e Lef\`evre", "魏福如"), "André Lefèvre and 魏福如"),
        (("ATLAS Collaboration",), "{ATLAS Collaboration}"),
        (("Smith, Jr., J.",), "{Smith, Jr., J.}"),
        (("Salt and Pepper Group",), "{Salt and Pepper Group}"),
        ((), None),
    ],
)
def test_no_name_is_read_as_two(names: tuple[str, ...], author: str | None) -> None:
    assert fields(write(authors=names)).get("author") == author


def test_of_thousands_of_authors_the_rest_are_others() -> None:
    author = fields(write(authors=tuple(f"Member Number{n}" for n in range(3_000))))["author"]

    assert author.endswith(" and others")
    assert author.count(" and ") == 500


def test_no_two_entries_have_one_key() -> None:
    keys = re.findall(r"^@misc\{(.*),$", write_bibtex([paper()] * 3), flags=re.MULTILINE)

    assert keys == ["lovelace2026sparse", "lovelace2026sparse-2", "lovelace2026sparse-3"]


@pytest.mark.parametrize("title", ["The Art of Looms", "  of the  ", "深度学习", "!!!"])
def test_a_key_is_plain_letters_and_figures(title: str) -> None:
    (key,) = re.findall(r"^@misc\{(.*),$", write(title=title, authors=("Łukasz Żaba",)), flags=re.MULTILINE)

    assert re.fullmatch(r"zaba2026[a-z0-9]+", key)


@given(st.lists(st.tuples(HOSTILE, HOSTILE, HOSTILE), max_size=3))
def test_nothing_ends_a_field_or_runs_a_command(papers: list[tuple[str, str, str]]) -> None:
    made: list[Paper] = [
        paper(f"2611.{n:05d}", title=title, authors=(name, "Ada Lovelace"), journal_ref=said, categories=(said,))
        for n, (title, name, said) in enumerate(papers)
    ]
    written = write_bibtex(made)

    assert len(re.findall(r"^@(?:misc|article)\{[a-z0-9-]+,$", written, flags=re.MULTILINE)) == len(made)
    for _, value in FIELD.findall(written):
        depth = 0
        for sign in value:
            depth += (sign == "{") - (sign == "}")
            assert depth >= 0
        assert depth == 0
        assert not re.search(r"[\\$&%]|#", COMMAND.sub("", value))
    assert written.count("{") == written.count("}")
