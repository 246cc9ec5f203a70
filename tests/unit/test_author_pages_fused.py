"""Titles and authors that a page printed without anything between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.researchers.pages.fused import split_fused


@pytest.mark.parametrize(
    ("title", "authors"),
    [
        ("Moons of Jupiter", "Ada Tide"),
        ("Moons of Jupiter", "Ada Tide, Bo Ek"),
        ("Moons of Jupiter", "Ada Tide, Bo Ek, Cy Fox"),
        ("Moons of Jupiter", "Ada Tide, Bo Ek, Cy Fox et al."),
        ("Moons, Tides, and the Rest", "Ada Tide"),
        ("Moons, Tides, and the Rest", "Ada Tide, Bo Ek"),
        ("Do Moons Matter?", "Ada Tide, Bo Ek, Cy Fox et al."),
        ("Tides in DiSCoL", "Ada B. Tide, Bo Ek, Cy Fox et al."),
        ("Tides in VQA", "Qi Si, Bo Ek, Cy Fox et al."),
        ("Tides of 2026", "Tazro Ohta, Nomi L. Harris, Seth Carbon"),
        ("Diffusion of Tides", "Chia-Ming Lee, Ming-Ching Chang, Xin Li et al."),
        ("On Face Reenactment", "MD Wahid Khan, Mingshan Jia, Bo Ek et al."),
        ("On Extra Imagery", "Y Huynh, Duc Thanh Nguyen, Bo Ek et al."),
        ("On Latent World Models", "Yuanruyi, Yue Cao, Haojia Gao et al."),
        ("On Visual Unlearning", "Ashok Urlana, L. D. M. S. Sai Teja, Bo Ek et al."),
        ("On Medical Imaging", "Sidi Mohamed Sid'El Moctar, Nicolas Vitry, Hélène Bouvrais"),
        ("On Tides", "Ángel Ruiz, Łukasz Nowak"),
    ],
)
def test_the_line_is_cut_where_the_names_begin(title: str, authors: str) -> None:
    fused = split_fused(f"{title}{authors}")

    assert fused == (title, tuple(authors.removesuffix(" et al.").split(", ")))


def test_a_name_that_is_known_is_preferred() -> None:
    line = "Prompt Compression for Question AnsweringJungMin Yun, YoungBin Kim"
    team = "A World Simulator for Robot LearningBWM Team"

    assert split_fused(line, ["JungMin Yun"]) == (
        "Prompt Compression for Question Answering",
        ("JungMin Yun", "YoungBin Kim"),
    )
    assert split_fused(team) is None
    assert split_fused(team, ["BWM Team"]) == ("A World Simulator for Robot Learning", ("BWM Team",))


@pytest.mark.parametrize("line", ["", "Moons", "moons and tides", "A title without anybody", ", , ", " et al."])
def test_a_line_without_names_is_not_cut(line: str) -> None:
    assert split_fused(line) is None


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_nothing_of_a_line_is_lost(line: str, known: list[str]) -> None:
    fused = split_fused(line, known)

    if fused is not None:
        ending = " et al." if line.endswith(" et al.") else ""
        kept = f"{fused.title}{', '.join(fused.authors)}{ending}"
        assert "".join(kept.split()) == "".join(line.split())
        assert fused.authors
