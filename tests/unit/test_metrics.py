"""Figures that cannot be true, and what is said about them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Metrics
from digest.researchers.metrics import doubt


def figures(works: int | None = None, citations: int | None = None, h_index: int | None = None) -> Metrics:
    return Metrics(source="a page", as_of=date(2026, 11, 20), works=works, citations=citations, h_index=h_index)


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (
            figures(15, 273, 39),
            "not reliable: an h-index of 39 needs at least 39 papers and 1,521 citations; the page counts 15 and 273",
        ),
        (
            figures(100, 273, 39),
            "not reliable: an h-index of 39 needs at least 39 papers and 1,521 citations; the page counts 100 and 273",
        ),
        (
            figures(None, 3, 2),
            "not reliable: an h-index of 2 needs at least 2 papers and 4 citations; the page counts 3 citations",
        ),
        (
            figures(0, None, 1),
            "not reliable: an h-index of 1 needs at least 1 paper and 1 citation; the page counts 0 papers",
        ),
        (figures(0, 7), "not reliable: there are 7 citations, and no papers they could be of"),
        (figures(-1, 7, 1), "not reliable: nothing can be counted below zero, and the page says papers -1"),
    ],
)
def test_impossible_figures_are_told_with_the_reason(metrics: Metrics, said: str) -> None:
    assert doubt(metrics) == said


@pytest.mark.parametrize(
    "metrics", [figures(), figures(36, 8_769, 36), figures(2, 4, 2), figures(None, None, 80), figures(0, 0, 0)]
)
def test_figures_that_may_be_true_are_not_doubted(metrics: Metrics) -> None:
    assert doubt(metrics) is None


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_the_figures_of_any_list_of_papers_are_believed(citations: list[int]) -> None:
    ranked = sorted(citations, reverse=True)
    h_index = sum(cited >= rank for rank, cited in enumerate(ranked, start=1))

    assert doubt(figures(len(citations), sum(citations), h_index)) is None
