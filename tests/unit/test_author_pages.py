"""Captured pages about researchers, in the layouts we know; every other page is refused as a whole."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InvalidPage
from digest.model import Author, ClaimLevel
from digest.researchers.pages import AuthorPage, PageLayout, PageRecord, read_page, to_paper

CAPTURED = date(2026, 6, 29)

PROFILE = """Researcher profile

Ada Tide

Ada Tide contributes to research discovery and scholarly infrastructure.

Researcher profile

Ada Tide

Ada Tide contributes to research discovery and scholarly infrastructure.

ResearcherAffiliation not importedOpen to collaborate

Trust snapshot

Trust 21 - EmergingVerification L1Unclaimed author
2works
0followers
4topics
4close collaborators

Follow researcher0

Published work

2 published item(s)

preprint2026arXiv

Tides and μP: A Study

We study tides \\textbf{closely}.

journal-article2020Tidal Letters

Moons

We look at moons.

And at two of them."""

AUTHOR = """Ada Tide

LG
h-index39
2papers
1,273citations
Novelty49%
AI Score56

2 Papers

CLJun 4Code
Tides: Token-Wise Tides

Bo Ek, Ada Tide, Cy Fox et al. · cmu, tidal-research

We study tides.

MLSep 19, 2022
Moons on a Graph

Ada Tide, Wei Lin

We look at moons."""

LISTING = """CLApr 24, 2022Code
Learning Tides in BERT TransferBo Ek, Ada Tide, Cy Fox et al. · pku, tides
We study tides.
IVJun 2
Moons of JupiterAda Tide
We look at moons."""


def read(text: str) -> AuthorPage:
    return read_page(text.encode(), as_of=CAPTURED)


def person_of(page: AuthorPage) -> tuple[str, tuple[str, ...], int | None, int | None, int | None]:
    assert page.person is not None
    (metrics,) = page.person.metrics
    assert (metrics.source, metrics.as_of) == ("page", CAPTURED)
    return page.person.name, page.person.fields, metrics.works, metrics.citations, metrics.h_index


def test_a_profile_gives_the_person_and_works_with_years() -> None:
    page = read(PROFILE)

    assert (page.layout, page.warnings) == (PageLayout.PROFILE, ())
    assert person_of(page) == ("Ada Tide", (), 2, None, None)
    assert [(each.title, each.year, each.kind, each.venue) for each in page.records] == [
        ("Tides and μP: A Study", 2026, "preprint", "arXiv"),
        ("Moons", 2020, "journal-article", "Tidal Letters"),
    ]
    assert [each.abstract for each in page.records] == [
        "We study tides \\textbf{closely}.",
        "We look at moons. And at two of them.",
    ]


@pytest.mark.parametrize(
    ("words", "level"),
    [
        ("Unclaimed author", ClaimLevel.UNCLAIMED),
        ("Claimed author", ClaimLevel.CLAIMED),
        ("Verified author", ClaimLevel.VERIFIED),
        ("", ClaimLevel.UNCLAIMED),
    ],
)
def test_the_page_says_whether_somebody_claimed_it(words: str, level: ClaimLevel) -> None:
    page = read(PROFILE.replace("Unclaimed author", words))

    assert page.person is not None
    assert page.person.claim is level
    assert page.claim == (f"Verification L1, {words}" if words else "")


def test_an_affiliation_is_read_where_there_is_one() -> None:
    page = read(PROFILE.replace("Affiliation not imported", "University of Oslo"))

    assert page.person is not None
    assert [(each.name, each.source) for each in page.person.affiliations] == [("University of Oslo", "page")]
    unknown = read(PROFILE).person
    assert unknown is not None
    assert unknown.affiliations == ()


def test_an_authors_page_gives_figures_authors_organisations_and_code() -> None:
    page = read(AUTHOR)
    tides, moons = page.records

    assert (page.layout, page.warnings) == (PageLayout.AUTHOR, ())
    assert person_of(page) == ("Ada Tide", ("cs.LG",), 2, 1_273, 39)
    assert (tides.authors, tides.is_cut, tides.organizations) == (
        ("Bo Ek", "Ada Tide", "Cy Fox"),
        True,
        ("cmu", "tidal-research"),
    )
    assert (tides.category, tides.published_on, tides.has_code) == ("cs.CL", date(2026, 6, 4), True)
    assert (moons.authors, moons.is_cut, moons.organizations) == (("Ada Tide", "Wei Lin"), False, ())
    assert (moons.category, moons.published_on, moons.has_code) == ("stat.ML", date(2022, 9, 19), False)


def test_a_list_cut_out_of_a_page_names_no_person_and_is_taken_apart() -> None:
    page = read(LISTING)
    tides, moons = page.records

    assert (page.layout, page.person, page.warnings) == (PageLayout.LISTING, None, ())
    assert (tides.title, tides.authors, tides.is_cut) == (
        "Learning Tides in BERT Transfer",
        ("Bo Ek", "Ada Tide", "Cy Fox"),
        True,
    )
    assert (moons.title, moons.authors, moons.is_cut) == ("Moons of Jupiter", ("Ada Tide",), False)
    assert (tides.organizations, moons.category) == (("pku", "tides"), "eess.IV")
    assert tides.raw == "\n".join(LISTING.split("\n")[:3])


def test_the_end_of_the_file_may_be_a_line_feed_or_of_windows() -> None:
    for text in (PROFILE, AUTHOR, LISTING):
        assert read(f"{text}\n\n").records == read(text).records
        assert read(text.replace("\n", "\r\n")).records == read(text).records


def test_a_number_of_papers_that_is_not_found_is_a_warning() -> None:
    for text in (PROFILE.replace("2works", "7works"), AUTHOR.replace("2 Papers", "7 Papers")):
        assert read(text).warnings == ("the page declares 7 papers, and 2 were found on it",)


def test_a_record_that_lacks_something_is_kept_with_a_warning() -> None:
    text = AUTHOR.replace("MLSep 19, 2022", "QQFeb 30, 2022").replace("\nAda Tide, Wei Lin\n\nWe look at moons.", "")
    page = read(text)

    assert page.records[1].title == "Moons on a Graph"
    assert page.records[1].published_on is None
    assert [warning.partition(": ")[2] for warning in page.warnings] == [
        "“QQ” is no mark of an arXiv category",
        "there is no such date as in “QQFeb 30, 2022”",
        "the authors could not be told from the title",
        "the paper has no abstract",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is empty."),
        ("\n \n", "it is empty."),
        ("A page about tides", "it is neither a researcher's profile nor an author's page as we know them."),
        (
            "new\n\nDaily Papers\n\nbyAK and the research community\n\nJun 29\n\nA title",
            "it lists papers of many people, and is about none of them.",
        ),
        (
            "Researcher profile\n\nAda Tide\n\n0 published item(s)",
            "it has the form of a researcher's page, but there is no paper on it; was it captured whole?",
        ),
        (
            "Ada Tide\n\nLG\nh-index3\n",
            "it has the form of a researcher's page, but there is no paper on it; was it captured whole?",
        ),
        ("%PDF-1.4", "it is not text; save what the browser shows as plain text."),
    ],
)
def test_any_other_page_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(InvalidPage) as refused:
        read(text)

    assert refused.value.why == why


def test_a_record_is_a_paper() -> None:
    paper = to_paper(read(AUTHOR).records[0])

    assert paper.title == "Tides: Token-Wise Tides"
    assert paper.authors == (Author("Bo Ek"), Author("Ada Tide"), Author("Cy Fox"))
    assert (paper.categories, paper.submitted_at) == (("cs.CL",), datetime(2026, 6, 4, tzinfo=UTC))
    assert paper.organization == "cmu, tidal-research"
    assert to_paper(read(PROFILE).records[0]).submitted_at is None


def test_one_title_is_one_paper_however_it_was_captured() -> None:
    one = PageRecord(line=1, title="On the $\\mu$P of Tides and Moons", abstract="a")
    other = PageRecord(line=9, title="On the μP of  tides and moons", abstract="b", year=2020)

    assert to_paper(one).ids == to_paper(other).ids
    assert to_paper(one).ids[0].value.startswith("author-page#")


def test_two_papers_of_one_short_title_are_two() -> None:
    one, other = (PageRecord(line=1, title="Moons", abstract=text) for text in ("We look.", "We listen."))

    assert to_paper(one).ids != to_paper(other).ids


@given(st.data())
def test_any_page_is_read_or_refused(data: st.DataObject) -> None:
    pieces = [*PROFILE.split("\n"), *AUTHOR.split("\n"), *LISTING.split("\n"), "9" * 5_000 + "papers", "QQFeb 30", ""]
    drawn = data.draw(st.lists(st.sampled_from(pieces) | st.text(max_size=20), max_size=40))
    try:
        page = read_page("\n".join(drawn).encode(errors="replace"), as_of=CAPTURED)
    except InvalidPage:
        return
    assert page.records
    assert all(to_paper(record).ids for record in page.records)
