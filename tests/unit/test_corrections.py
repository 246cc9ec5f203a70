"""Corrections in words."""

import pytest

from digest.matching.corrections import word_corrections
from digest.model import Affiliation, Researcher

BEIJING = Affiliation(name="Beijing University of Technology", since=2020)
BONN = Affiliation(name="University of Bonn", since=2012, until=2019)
NAMESAKE = Researcher(name="Peng Fu", affiliations=(BONN, BEIJING))


@pytest.mark.parametrize(
    ("titles", "other", "sentence"),
    [
        (
            ("A", "B", "C"),
            NAMESAKE,
            (
                "3 earlier papers of yours moved to another Peng Fu (Beijing University of Technology): "
                "“A”, “B” and 1 more."
            ),
        ),
        (
            ("A",),
            NAMESAKE,
            "1 earlier paper of yours moved to another Peng Fu (Beijing University of Technology): “A”.",
        ),
        (("A", "B"), Researcher(name="Peng Fu"), "2 earlier papers of yours moved to another Peng Fu: “A” and “B”."),
        (("A",), Researcher(name="fu peng"), "1 earlier paper of yours moved to another Peng Fu: “A”."),
        (("A",), Researcher(name="Ping Fu"), "1 earlier paper of yours moved to Ping Fu: “A”."),
        (("A",), None, "1 earlier paper sent to you as Peng Fu’s is not theirs: “A”."),
        (("A", "B"), None, "2 earlier papers sent to you as Peng Fu’s are not theirs: “A” and “B”."),
    ],
)
def test_a_correction_in_words(titles: tuple[str, ...], other: Researcher | None, sentence: str) -> None:
    assert word_corrections("Peng Fu", titles, other) == sentence


def test_a_long_title_is_cut() -> None:
    assert word_corrections("Peng Fu", ["Word  " * 90], None).endswith(" Word…”.")
