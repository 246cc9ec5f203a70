"""A researcher's page in words, whatever the record holds."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from digest.model import (
    Affiliation,
    Author,
    Authorship,
    ClaimLevel,
    Metrics,
    PaperId,
    PersonId,
    PersonScheme,
    Researcher,
    ResearcherId,
    Standing,
)
from digest.pipeline.coherence import describe_group, look_together
from digest.pipeline.researcher_page import choose_terms, count_years
from digest.rendering.question import Outcome, describe_subject, head, identify, say_outcome
from digest.rendering.researcher import make_researcher_view, researcher_url, say_followers
from digest.rendering.researcher_facts import Cluster, Coherence, Companion, Facts, Voices, Work
from digest.rendering.researcher_json import dump_researcher
from digest.rendering.search import Found, make_search_view
from digest.rendering.work import view_work
from digest.settings import TelegramSettings
from digest.storage.publications import Publication
from tests.factories import paper

ORCID = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")
HOSTILE = "\u202e$\\frac{<b>}{\x00}$ \x1b" + "x" * 5000


def facts(**fields: Any) -> Facts:
    known: dict[str, Any] = {"name": "Peng Fu"}
    known |= {name: fields.pop(name) for name in list(fields) if name in Researcher.__dataclass_fields__}
    return Facts(researcher_id=ResearcherId(7), researcher=Researcher(**known), **fields)


def strings_of(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | tuple | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings_of(each)


def work(position: int = 1, standing: Standing = Standing.SURE, evidence: tuple[str, ...] = (), **fields: Any) -> Work:
    of = paper(**fields)
    authorship = Authorship(
        researcher_id=ResearcherId(7),
        paper_id=PaperId(1),
        position=position,
        standing=standing,
        probability=0.61,
        evidence=evidence,
    )
    return Work(paper=of, authorship=authorship, on=date(2026, 11, 20))


def test_affiliations_stand_latest_first_and_those_without_years_last() -> None:
    places = (
        Affiliation(name="Undated"),
        Affiliation(name="Old", since=2001, until=2004),
        Affiliation(name="Present", since=2010),
        Affiliation(name="Middle", since=2003, until=2012),
        Affiliation(name="Once", since=2005, until=2005),
        Affiliation(name="Ended", until=1999),
    )
    view = make_researcher_view(facts(affiliations=places))

    assert [(each.name, each.years) for each in view.places] == [
        ("Present", "since 2010"),
        ("Middle", "2003–2012"),
        ("Once", "2005"),
        ("Old", "2001–2004"),
        ("Ended", "until 1999"),
        ("Undated", ""),
    ]


@pytest.mark.parametrize(
    ("standing", "evidence", "said"),
    [
        (Standing.STATED, ("listed by ORCID",), "Stated: listed by ORCID"),
        (Standing.STATED, (), "Stated by a service"),
        (Standing.CONFIRMED, ("readers agree",), "Confirmed: readers agree"),
        (Standing.CONFIRMED, (), "Confirmed by people"),
        (Standing.SURE, ("3 shared co-authors", "same field", "same place"), "Sure: 3 shared co-authors; same field"),
        (Standing.SURE, (), "Sure"),
    ],
)
def test_why_a_paper_is_there_is_said(standing: Standing, evidence: tuple[str, ...], said: str) -> None:
    assert view_work(work(standing=standing, evidence=evidence)).standing == said


def test_a_long_list_of_authors_shows_the_first_theirs_and_the_last() -> None:
    names = tuple(f"Author {number}" for number in range(1, 301))
    view = view_work(replace(work(position=150, authors=names), people={2: ResearcherId(9), 150: ResearcherId(7)}))

    assert [author.name.removeprefix("Author ") for author in view.authors] == [*"123456", "150", "300"]
    assert [author.is_after_gap for author in view.authors] == [False] * 6 + [True, True]
    assert [author.url for author in view.authors] == [None, "9", *[None] * 6]
    assert [author.is_theirs for author in view.authors].index(True) == 6
    assert view.more_authors == 292


def test_institutions_of_the_paper_begin_with_theirs() -> None:
    authors = (Author("Ada Lovelace", ("Engine Works",)), Author("Peng Fu", ("Tsinghua University",)))
    view = view_work(work(position=2, authors=authors, organization="Engine Works"))

    assert view.institutions == ("Tsinghua University", "Engine Works")


def test_a_code_badge_needs_a_web_address() -> None:
    with_code = view_work(work(code_url="https://github.com/a/b", github_stars=12)).code
    assert with_code is not None
    assert (with_code.url, with_code.note) == ("https://github.com/a/b", "★ 12")
    assert view_work(work(code_url="javascript:alert(1)")).code is None


def test_figures_that_cannot_be_true_say_why() -> None:
    good = Metrics(source="openalex", as_of=date(2026, 1, 1), works=50, citations=2500, h_index=20)
    bad = Metrics(source="s2", as_of=date(2026, 1, 1), works=5, citations=10, h_index=9)
    first, second = make_researcher_view(facts(metrics=(good, bad))).figures

    assert (first.source, first.citations, first.doubt) == ("OpenAlex", "2,500", "")
    assert second.doubt.startswith("not reliable")


def test_who_stands_for_the_page_is_said() -> None:
    settled = {(Standing.CONFIRMED, "readers agree"): 2, (Standing.REJECTED, "the operator"): 1}
    view = make_researcher_view(
        facts(ids=(ORCID,), claim=ClaimLevel.VERIFIED, voices=Voices(settled=settled, yes=5, no=1))
    )

    assert view.verified == (
        "Ids tie this page to ORCID (ORCID 0000-0002-1825-0097).",
        "2 papers are confirmed: readers agree.",
        "1 paper is rejected: the operator.",
        "Readers have given 6 answers: 5 yes, 1 no.",
        "The person behind this page has proved that it is about them.",
    )


def test_two_orcids_make_one_wonder() -> None:
    other = PersonId(PersonScheme.ORCID, "0000-0001-2345-6789")

    assert any("2 ORCID iDs" in said for said in make_researcher_view(facts(ids=(ORCID, other))).verified)


def test_nothing_is_ever_quite_certain() -> None:
    found = Coherence(confidence=1.0, words="all hang together.", clusters=(Cluster(papers=1, words="x"),), papers=2)
    view = make_researcher_view(facts(coherence=found, years=((2026, 5, 1),)))

    assert view.coherence is not None
    assert (view.coherence.percent, view.coherence.clusters) == ("99 %", ("1 paper: x",))
    assert view.coherence.sentence == "all hang together. (Of the newest 2 papers.)"


def test_links_between_pages_keep_the_readers_token() -> None:
    companions = (Companion(name="Ada", papers=2, researcher_id=ResearcherId(9)), Companion(name="Bob", papers=1))
    view = make_researcher_view(
        facts(companions=companions, years=((2026, 60, 1), (None, 40, 2)), page=2, pages=2), "a.b"
    )

    assert [each.url for each in view.companions] == ["9?reader=a.b", None]
    assert [each.url for each in view.years] == ["7?reader=a.b#y2026", "7?page=2&reader=a.b#undated"]
    assert (view.newer_url, view.older_url) == ("7?reader=a.b#works", None)


def test_an_address_cannot_be_broken_out_of_by_a_token() -> None:
    assert researcher_url(ResearcherId(7), 'x"&page=9#', 2) == "7?page=2&reader=x%22%26page%3D9%23"


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "Nobody follows them yet."), (1, "1 reader follows them."), (1200, "1,200 readers follow them.")],
)
def test_followers_are_a_number(count: int, said: str) -> None:
    assert say_followers(count) == said


@given(st.text(max_size=60), st.integers(min_value=-3, max_value=5))
def test_no_record_breaks_the_page_nor_its_json(text: str, position: int) -> None:
    hostile = facts(
        name=text,
        variants=(text, HOSTILE),
        affiliations=(Affiliation(name=text, ror=text, source=text),),
        homepage=text,
        topics=(text, HOSTILE),
        metrics=(Metrics(source=text, as_of=date(2026, 1, 1), h_index=-1),),
        works=(work(position, evidence=(text,), title=text, abstract=HOSTILE, authors=(text, HOSTILE)),),
        possible=(work(position, Standing.POSSIBLE, (HOSTILE,), organization=text),),
    )
    view = make_researcher_view(hostile)

    shown = "".join(strings_of(asdict(view)))
    assert len(shown) < 40_000
    assert not {"\x00", "\x1b", "\u202e"} & set(shown)
    assert not {"\x00", "\x1b", "\u202e"} & set("".join(strings_of(dump_researcher(hostile)["works"][0]["title"])))


@pytest.mark.parametrize(
    ("outcome", "heading", "said"),
    [
        ({"answer": True, "settled": None}, "it is them", "come as sure"),
        ({"answer": False, "settled": None}, "it is not them", "will not come to you as Peng Fu’s again"),
        ({"answer": None, "settled": None}, "taken back", "stands for you again as it does for everybody"),
        ({"answer": True, "settled": Standing.CONFIRMED, "agreeing": 3}, "them", "3 readers say that it is theirs"),
        ({"answer": False, "settled": Standing.REJECTED, "disagreeing": 2}, "not", "2 readers say that it is not"),
        ({"answer": True, "settled": None, "turned_to": "Peng Fu of X"}, "them", "You now follow Peng Fu of X"),
        ({"answer": True, "settled": None, "is_followed": False}, "them", "You do not follow Peng Fu"),
    ],
)
def test_an_answer_is_told_what_it_does(outcome: dict[str, Any], heading: str, said: str) -> None:
    known = Outcome(name="Peng Fu", **outcome)

    assert heading in head(known)
    assert said in " ".join(say_outcome(known))


def test_a_person_is_told_from_namesakes() -> None:
    known = Researcher(
        name="Peng Fu", affiliations=(Affiliation(name="Tsinghua University"),), topics=("$\\mu$-calculus",)
    )

    assert (identify(known), describe_subject(known)) == ("Peng Fu of Tsinghua University", "μ-calculus")
    assert (identify(Researcher(name="Peng Fu")), describe_subject(Researcher(name="Peng Fu"))) == ("Peng Fu", "")


def test_a_search_tells_records_from_mere_papers() -> None:
    found = (
        Found(name="Peng Fu", papers=1, researcher_id=ResearcherId(7), affiliations=("A", "B")),
        Found(name="Peng Fu", papers=2, reference="author 1 of 2611.00001"),
    )
    view = make_search_view(" peng\u202e  fu ", found)

    assert view.heading == "Researchers called “peng fu”"
    assert [(each.url, each.papers, each.places) for each in view.records] == [("researchers/7", "1 paper", "A · B")]
    assert [each.reference for each in view.others] == ["author 1 of 2611.00001"]
    assert make_search_view("", ()).heading == "Find a researcher"


def publication(number: int, year: int | None) -> Publication:
    on = date(year, 1, 1) if year else None
    return Publication(paper_id=PaperId(number), standing=Standing.SURE, on=on)


def test_each_year_knows_the_page_it_begins_on() -> None:
    listed = [
        publication(number, year) for year, count in ((2026, 60), (2025, 50), (None, 3)) for number in range(count)
    ]

    assert count_years(listed) == ((2026, 60, 1), (2025, 50, 2), (None, 3, 3))


def test_words_of_the_papers_are_the_telling_ones_that_are_not_stated_anyway() -> None:
    known = Researcher(name="Peng Fu", topics=("Quantum Computing",))
    profile = {"terms": {"quantum": 30, "lattice": 9, "paper": 30, "the": 40}}

    assert choose_terms(known, profile)[:1] == ("lattice",)
    assert "quantum" not in choose_terms(known, profile)
    assert choose_terms(known, {}) == ()


def test_a_group_of_papers_is_told_by_field_place_years_and_a_title() -> None:
    author = Author("Peng Fu", ("Tsinghua University",))
    works = [work(authors=(author,), title="A $\\mu$-Calculus", categories=("cs.LO",)), work(categories=())]

    assert describe_group(works) == "cs.LO · Tsinghua University · 2026 · such as “A μ-Calculus”"
    assert look_together(works[:1]) is None


def test_papers_that_stand_apart_are_named() -> None:
    ours = ("Peng Fu", "Ada Lovelace", "Bob Byte")
    together = [
        work(authors=ours, title=f"Typed Circuits {number}", abstract="Typed quantum circuits and their semantics.")
        for number in range(6)
    ]
    apart = work(authors=("Peng Fu", "Zoe Zed"), title="Glacier Fauna", abstract="Beetles live on alpine glaciers.")
    found = look_together([*together, apart])

    assert found is not None
    assert "6 of 7 papers hang together; 1 stands apart: Glacier Fauna" in found.words
    assert [each.papers for each in found.clusters] == [6, 1]
    assert 0.5 < found.confidence < 1


@pytest.mark.parametrize(("name", "known"), [("@paper_digest_bot", "paper_digest_bot"), ("", "")])
def test_the_name_of_the_bot_is_read_with_or_without_its_sign(name: str, known: str) -> None:
    assert TelegramSettings(bot_name=name).bot_name == known


@pytest.mark.parametrize("name", ["my bot", "x", "https://t.me/paper_digest_bot", '"><script>'])
def test_what_is_no_name_of_a_bot_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="is not the name of a bot"):
        TelegramSettings(bot_name=name)
