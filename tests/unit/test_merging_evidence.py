"""When two records are one work, and when they only look like it."""

from datetime import timedelta
from typing import Any

import pytest

from digest.evidence import (
    find_agreement,
    find_contradiction,
    find_twin_evidence,
    is_preprint_doi,
    is_published_doi,
    merge_key,
)
from digest.model import ExternalId, IdScheme, Paper
from digest.storage.ledger import is_same_person
from tests.factories import NOON, paper

ARXIV, DOI, OPENALEX, S2, URL = IdScheme.ARXIV, IdScheme.DOI, IdScheme.OPENALEX, IdScheme.S2, IdScheme.URL
ONE, OTHER = ["Ada Lovelace", "Furu Wei"], ["Grace Hopper", "Alan Turing"]


def ids(*known: str) -> tuple[ExternalId, ...]:
    return tuple(ExternalId(IdScheme(scheme), value) for scheme, _, value in (each.partition(":") for each in known))


def record(title: str, *known: str, authors: list[str] | None = None, **fields: Any) -> Paper:
    return paper(ids=ids(*(known or ("doi:10.1000/x",))), title=title, authors=authors or ONE, **fields)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Erdos Graphs: A Survey of the Field", r"Erd\H{o}s graphs --- \emph{a survey} of the field"),
        (r"On the $\alpha$-decay of heavy nuclei", "On the α-decay of heavy nuclei"),
        (r"Training with $\mu$P at scale", "Training with µP at scale"),
        (r"Schr\"{o}dinger operators on graphs", "Schrödinger Operators on Graphs."),
        ("<i>In vivo</i> imaging of H$_2$O", "In Vivo Imaging of H2O"),
        ("Learning & forgetting in networks", "Learning and Forgetting in Networks"),
    ],
)
def test_case_tex_accents_and_punctuation_do_not_change_the_merge_key(one: str, other: str) -> None:
    assert merge_key(record(one)) == merge_key(record(other)) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (r"On the $\alpha$ decay of heavy nuclei", r"On the $\beta$ decay of heavy nuclei"),
        ("Rare decays of the K^+ meson", "Rare decays of the K^- meson"),
        ("Findings of the 2023 shared task", "Findings of the 2024 shared task"),
        ("Gauge theory on graphs. I", "Gauge theory on graphs. II"),
        ("Sparse experts learn fast", "Reply to: Sparse experts learn fast"),
    ],
)
def test_titles_of_different_works_have_different_merge_keys(one: str, other: str) -> None:
    assert merge_key(record(one)) != merge_key(record(other))


@pytest.mark.parametrize(
    "title",
    ["Introduction", "Deep learning", "Editorial: the year in review", "Table of Contents, volume seven", "$$$", ""],
)
def test_a_title_that_many_works_have_is_no_merge_key(title: str) -> None:
    assert merge_key(record(title)) is None


def test_a_paper_without_authors_has_no_merge_key() -> None:
    assert merge_key(paper(authors=[])) is None


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ("arxiv:2611.00001", "arxiv:2611.00002", "arXiv id 2611.00001 is not arXiv id 2611.00002"),
        ("doi:10.1101/a", "doi:10.1101/b", "DOI 10.1101/a is not DOI 10.1101/b"),
        ("doi:10.1101/a", "doi:10.1000/b", ""),
        ("doi:10.1000/a", "doi:10.1000/b", ""),
        ("openalex:W1", "openalex:W2", ""),
        ("arxiv:2611.00001", "doi:10.1000/b", ""),
    ],
)
def test_ids_that_archives_give_once_contradict_each_other(one: str, other: str, why: str) -> None:
    assert find_contradiction(ids(one), ids(other)) == why


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("Sparse Experts Learn Fast", "Sparse experts learn fast", "same title"),
        ("Sparse Experts Learn Fast", "Sparse Expert Learns Fast", "same first author, titles that differ in spelling"),
        ("Sparse Experts Learn Fast", "Sparse Experts Learn Fast: A Study of Routing", "same first author, one title"),
        ("Sparse Experts Learn Very Fast", "Sparse Experts Learn Without Labels", "same first author, titles that sh"),
        ("Sparse Experts Learn Fast", "Dense Models Forget", ""),
        ("Sparse Experts Learn Fast", "Reply to “Sparse Experts Learn Fast”", ""),
        ("Sparse Experts Learn Fast", "Erratum: Sparse Experts Learn Fast", ""),
        ("Sparse Experts Learn Fast", "Sparse Experts Learn Fast, Part II", ""),
        ("Sparse Experts Learn Fast in 2023", "Sparse Experts Learn Fast in 2024", ""),
        ("Sparse Experts, Part I", "Sparse Experts, Part II", ""),
    ],
)
def test_linked_records_agree_if_their_titles_do(one: str, other: str, agreement: str) -> None:
    found = find_agreement(record(one), record(other), is_same_person)

    assert found.startswith(agreement)
    assert bool(found) is bool(agreement)


def test_titles_that_are_merely_alike_need_the_same_first_author() -> None:
    one, other = record("Sparse Experts Learn Fast"), record("Sparse Experts Learn Fast: A Study", authors=OTHER)

    assert find_agreement(one, other, is_same_person) == ""


def test_an_equal_title_and_first_author_make_a_twin() -> None:
    found = find_twin_evidence(paper(), record("Sparse experts learn fast."), is_same_person)

    assert found == "same title and first author; no id in common"


@pytest.mark.parametrize(
    ("authors", "is_twin"),
    [
        (["Lovelace, Ada", "Furu Wei"], True),
        (["A. Lovelace", "F. Wei"], True),
        (["Lovelace A", "Wei F"], True),
        (["A. Lovelace", "Grace Hopper"], False),  # an initial, and nobody who bears it out
        (["A. Lovelace"], False),
        (["Augusta Lovelace", "Furu Wei"], False),
        (OTHER, False),
    ],
)
def test_a_first_author_printed_differently_needs_a_second_who_fits(authors: list[str], *, is_twin: bool) -> None:
    other = record("Sparse experts learn fast", authors=authors)

    assert bool(find_twin_evidence(paper(), other, is_same_person)) is is_twin


@pytest.mark.parametrize(
    ("one", "other", "is_twin"),
    [
        (("arxiv:2611.00001",), ("doi:10.1000/x",), True),
        (("arxiv:2611.00001",), ("arxiv:2611.00002",), False),
        (("doi:10.1101/x",), ("doi:10.1000/x",), True),  # a preprint and what was published
        (("doi:10.1000/x",), ("doi:10.1000/y",), False),
        (("url:https://a.example/1",), ("url:https://a.example/2",), False),
        (("openalex:W1",), ("openalex:W2",), False),
        (("openalex:W1", "arxiv:2611.00001"), ("openalex:W2", "doi:10.1000/x"), True),  # a split record
        (("s2:aa",), ("openalex:W2",), True),
    ],
)
def test_a_title_alone_joins_no_records_whose_ids_differ(
    one: tuple[str, ...], other: tuple[str, ...], *, is_twin: bool
) -> None:
    title = "Sparse Experts Learn Fast"
    found = find_twin_evidence(record(title, *one), record(title, *other), is_same_person)

    assert bool(found) is is_twin


def test_the_same_title_years_later_is_another_work() -> None:
    early = paper(submitted_at=NOON)
    late = record(early.title, submitted_at=NOON + timedelta(days=5 * 365))

    assert find_twin_evidence(early, late, is_same_person) == ""


def test_preprint_servers_are_known_by_their_dois() -> None:
    (preprint, published, other) = ids("doi:10.64898/2025.12.01.1", "doi:10.1000/x", "pmid:10")

    assert (is_preprint_doi(preprint), is_published_doi(preprint)) == (True, False)
    assert (is_preprint_doi(published), is_published_doi(published)) == (False, True)
    assert (is_preprint_doi(other), is_published_doi(other)) == (False, False)
