"""Descriptions: what publishers pack beside, in front of and instead of an abstract."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.feeds.text import Description, parse_description

ELSEVIER = (
    "<p>Publication date: Available online 10 November 2021</p><p><b>Source:</b> Tides, Volume 166</p>"
    "<p>Author(s): Ada Lovelace, Furu Wei</p>"
)
PENSOFT = """<p>TideKeys 76: 151-182</p><p>DOI: 10.3897/t.1</p><p>Authors: Ada Lovelace, Furu Wei</p>
<p>Abstract: We count tides. Source: the sea.</p><p><a href="x">HTML</a></p><p><a href="y">XML</a></p><p>PDF</p>"""
PUBMED = """<div><p style="color: #4aa564;">J Tides. 2021 Nov 5;7(1):3. doi: 10.1007/t1. Online ahead of print.</p>
<p><b>ABSTRACT</b></p><p>BACKGROUND: Tides come.</p><p>CONCLUSIONS: Tides go.</p>
<p>PMID:<a href="x">34739692</a> | DOI:<a href="y">10.1007/t1</a></p></div>"""
APS = """Author(s): Ada Lovelace and Furu Wei<br /><p>Tides are counted again.</p><br /><img src="x" />
<br />[Phys. Rev. Tides 1, 011001] Published Fri Nov 20, 2026"""
NATURE = '<p>Tides, Published online: 20 November 2026; <a href="x">doi:10.1038/t2</a></p>Tides rise with the moon.'


@pytest.mark.parametrize(
    ("text", "abstract", "authors", "place", "doi"),
    [
        (ELSEVIER, "", "Ada Lovelace, Furu Wei", "Tides, Volume 166", None),
        (PENSOFT, "We count tides. Source: the sea.", "Ada Lovelace, Furu Wei", "TideKeys 76: 151-182", "10.3897/t.1"),
        (PUBMED, "BACKGROUND: Tides come. CONCLUSIONS: Tides go.", "", "J Tides. 2021 Nov 5;7(1):3", "10.1007/t1"),
        (APS, "Tides are counted again.", "Ada Lovelace and Furu Wei", "", None),
        (NATURE, "Tides rise with the moon.", "", "", "10.1038/t2"),
        ("Ada LI;Furu WEI;</br>Tides are long waves...", "Tides are long waves...", "Ada LI;Furu WEI;", "", None),
        ('<div class="boxTitle">Abstract</div>Tides are <i>long</i> waves.', "Tides are long waves.", "", "", None),
        ("<div><cite>Journal of Tides</cite></div><div>DOI: 10.1021/t3</div>", "", "", "", "10.1021/t3"),
        ("Tides are long.<br>See figure.", "Tides are long. See figure.", "", "", None),
        ("Abstract: Tides are long waves.", "Tides are long waves.", "", "", None),
        ("<p>Abstract Tides are long waves</p><p><a>www.example.org</a></p>", "Tides are long waves", "", "", None),
    ],
)  # fmt: skip
def test_each_layout_is_taken_apart(text: str, abstract: str, authors: str, place: str, doi: str | None) -> None:
    read = parse_description(text)

    assert (read.abstract, read.authors, read.place) == (abstract, authors, place)
    assert [own.value for own in read.ids] == ([doi] if doi else [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<p>N/A</p>",
        "<div></div>",
        "TAXON, EarlyView. ",
        "Journal of Tides, Ahead of Print.",
        "Volume 70, Issue 1, July 2021, Page 1-31<br/>. <br/>",
        "No abstract available",
        "</br><正>~",
        ". <br/>",
        "Abstract",
        "https://example.org/paper",
    ],
)
def test_what_is_no_abstract_is_none(text: str) -> None:
    assert parse_description(text).abstract == ""


def test_only_a_whole_date_is_a_day() -> None:
    assert parse_description(ELSEVIER).published_on == date(2021, 11, 10)
    assert parse_description("<p>Publication date: November 2021</p>").published_on is None
    assert parse_description("<p>Publication date: 31 February 2021</p>").published_on is None


def test_the_doi_of_another_paper_is_not_ours() -> None:
    assert parse_description("<p>DOI of original article: 10.1234/other</p>").ids == ()
    assert parse_description("<p>DOI: Correction to 10.1234/other</p>").ids == ()
    assert parse_description("<p>We go on from doi:10.1234/other and count tides.</p>").ids == ()


def test_the_word_abstract_may_begin_a_sentence() -> None:
    said = "Abstract Interpretation is a theory of approximation."

    assert parse_description(said).abstract == said


def test_labels_inside_an_abstract_are_text() -> None:
    read = parse_description("<p>Abstract: We count.</p><p>Source: the sea</p><p>Authors: are many</p>")

    assert read == Description(abstract="We count. Source: the sea Authors: are many")


@pytest.mark.parametrize(
    "unit", ["a.", "Abstract: ", "<p>DOI: ", "doi: 10.1/", "2021 ", "[x] Published ", "x, ", "1:1-"]
)
def test_hostile_descriptions_end(unit: str) -> None:
    assert len(parse_description(unit * 40_000).abstract) <= 200_000


@given(
    st.text(max_size=200) | st.lists(st.sampled_from([ELSEVIER, PENSOFT, PUBMED, APS, NATURE]), max_size=3).map("".join)
)
def test_any_text_is_taken_apart(text: str) -> None:
    assert "<p>" not in parse_description(text).abstract
