"""ORCID, dblp, OpenReview, arXiv and Hugging Face: people as they describe them."""

from pathlib import Path
from typing import Any

import pytest

from digest.errors import SourceChanged
from digest.model import Affiliation, PersonId, PersonScheme, Researcher
from digest.sources.people import arxiv, dblp, huggingface, openreview, orcid
from digest.sources.people.pages import find_homepage, find_people
from tests.apis import dump
from tests.people_answers import (
    DBLP_ARTICLE,
    ORCID,
    arxiv_page,
    dblp_authors,
    dblp_page,
    openreview_profile,
    orcid_record,
)

ADA = PersonId(PersonScheme.ORCID, ORCID)
DBLP = PersonId(PersonScheme.DBLP, "64/4311")
ARXIV = PersonId(PersonScheme.ARXIV, "lovelace_a_1")


def test_a_record_of_orcid_gives_every_field() -> None:
    record = orcid.parse_record(orcid_record())

    assert record.researcher == Researcher(
        name="Ada Lovelace",
        variants=("Augusta Ada King",),
        ids=(ADA, DBLP, PersonId(PersonScheme.S2, "1")),
        affiliations=(Affiliation(name="Caltech", ror="05dxps055", since=2019, source="orcid"),),
        homepage="https://ada.example/",
        topics=("engines", "looms"),
    )
    assert [str(paper.ids[0]) for paper in record.papers] == ["doi:10.5555/o.1"]


def test_the_addresses_in_records_are_not_read() -> None:
    records = (orcid.parse_record(orcid_record()), openreview.parse_profile(openreview_profile()))

    assert all("secret.example" not in repr(record) and "@" not in repr(record) for record in records)


def test_a_record_of_orcid_without_a_name_goes_by_its_id() -> None:
    assert orcid.parse_record(orcid_record(name=None, other_names=None)).researcher.name == ORCID


def test_the_name_a_person_wants_to_be_credited_by_comes_first() -> None:
    name = {"given-names": {"value": "Augusta"}, "family-name": {"value": "King"}, "credit-name": {"value": "Ada"}}

    assert orcid.parse_record(orcid_record(name=name)).researcher.names == ("Ada", "Augusta King", "Augusta Ada King")


def test_a_search_of_orcid_gives_names_and_places() -> None:
    hit = {
        "orcid-id": ORCID,
        "given-names": "Ada",
        "family-names": "Lovelace",
        "credit-name": None,
        "other-name": ["Augusta King"],
        "email": ["ada@secret.example"],
        "institution-name": ["Caltech", "Caltech"],
    }

    (record,) = orcid.parse_search(dump({"expanded-result": [hit, {"orcid-id": ORCID}, {}], "num-found": 3}))

    assert record.researcher == Researcher(
        name="Ada Lovelace",
        variants=("Augusta King",),
        ids=(ADA,),
        affiliations=(Affiliation(name="Caltech", source="orcid"),),
    )
    assert orcid.parse_search(dump({"expanded-result": None, "num-found": 0})) == ()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"[]", b'{"response-code":404,"user-message":"no record"}'])
def test_what_is_no_answer_of_orcid_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        orcid.parse_record(body)
    with pytest.raises(SourceChanged):
        orcid.parse_search(body)


@pytest.mark.parametrize("number", range(1, 6))
def test_captured_people_of_orcid_are_read(samples: Path, number: int) -> None:
    record = orcid.parse_record((samples / "orcid" / f"orcid_search.{number}.json").read_bytes())

    assert record.researcher.id_of(PersonScheme.ORCID)
    assert " " in record.researcher.name


def test_a_captured_person_of_orcid_has_a_homepage_and_topics(samples: Path) -> None:
    person = orcid.parse_record((samples / "orcid" / "orcid_id_keywords_data.0.json").read_bytes()).researcher

    assert (person.name, person.homepage) == ("Carl Boettiger", "http://www.carlboettiger.info")
    assert person.topics[:2] == ("Ecology", "Evolution")
    assert "@" not in repr(person)


def test_a_page_of_dblp_gives_every_field() -> None:
    notes = (
        '<note type="affiliation">Caltech, Pasadena, USA</note><note type="affiliation" label="former">Old Place</note>'
        '<note type="affiliation" label="1999-2008">Engine Works</note>'
        '<note type="affiliation" label="since 2009">Loom Lab</note><note type="uname">x</note>'
    )

    record = dblp.parse_profile(dblp_page(DBLP_ARTICLE, notes=notes))

    assert record.researcher == Researcher(
        name="Ada Lovelace",
        variants=("Augusta Ada King",),
        ids=(DBLP, ADA),
        affiliations=(
            Affiliation(name="Caltech, Pasadena, USA", source="dblp"),
            Affiliation(name="Engine Works", since=1999, until=2008, source="dblp"),
            Affiliation(name="Loom Lab", since=2009, source="dblp"),
        ),
        homepage="https://ada.example/",
    )
    assert record.papers[0].authors[0].ids == (DBLP,)


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>503</body></html>",
        b"not XML",
        b"",
        b'<dblpperson name="A" pid="64/4311"></dblpperson>',
        dblp_page(pid="no pid"),
    ],
)
def test_what_is_no_page_of_dblp_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        dblp.parse_profile(body)


def test_a_search_of_dblp_gives_names_and_places() -> None:
    one = {
        "author": "Ada Lovelace 0002",
        "url": "https://dblp.org/pid/64/4311",
        "aliases": {"alias": "Augusta Ada King"},
        "notes": {"note": {"@type": "affiliation", "text": "Bell &amp; Co"}},
    }
    other = {
        "author": "Ada Lovelace",
        "url": "https://dblp.org/pid/1/2",
        "notes": {"note": [{"@type": "award", "text": "Prize"}, {"@type": "affiliation", "text": "Caltech"}]},
    }

    first, second = dblp.parse_authors(dblp_authors(one, other, {"author": "Nobody"}, {}))

    assert first.researcher == Researcher(
        name="Ada Lovelace",
        variants=("Augusta Ada King",),
        ids=(DBLP,),
        affiliations=(Affiliation(name="Bell & Co", source="dblp"),),
    )
    assert [place.name for place in second.researcher.affiliations] == ["Caltech"]
    assert dblp.parse_authors(dblp_authors()) == ()
    with pytest.raises(SourceChanged):
        dblp.parse_authors(b"{}")


def test_a_profile_of_openreview_gives_every_field() -> None:
    record = openreview.parse_profile(openreview_profile())

    assert record is not None
    assert record.researcher == Researcher(
        name="Ada Lovelace",
        variants=("Augusta King",),
        ids=(
            PersonId(PersonScheme.OPENREVIEW, "~Ada_Lovelace1"),
            PersonId(PersonScheme.OPENREVIEW, "~Augusta_King1"),
            ADA,
            DBLP,
        ),
        affiliations=(
            Affiliation(name="Caltech", since=2019, source="openreview"),
            Affiliation(name="engine.example", since=2011, until=2012, source="openreview"),
        ),
        homepage="https://ada.example/",
        topics=("engines",),
    )


def test_a_profile_that_is_not_there_is_none() -> None:
    assert openreview.parse_profile(b'{"profiles":[],"count":0}') is None
    with pytest.raises(SourceChanged, match="no luck"):
        openreview.parse_profile(b'{"name":"Error","message":"no luck"}')
    with pytest.raises(SourceChanged):
        openreview.parse_profile(b"<html>")


def test_an_author_page_of_arxiv_puts_the_id_on_the_author() -> None:
    record = arxiv.parse_author_page(arxiv_page(), ARXIV)

    assert record.researcher == Researcher(name="Ada Lovelace", ids=(ARXIV,), fields=("cs.DS",))
    assert [author.ids for author in record.papers[0].authors] == [(ARXIV,), ()]


def test_an_author_page_by_orcid_puts_the_orcid_on_the_author() -> None:
    record = arxiv.parse_author_page(arxiv_page(authors="A. Lovelace, Grace Hopper"), ADA)

    assert [author.orcid for author in record.papers[0].authors] == [ORCID, None]


def test_two_authors_who_may_be_meant_get_no_id() -> None:
    record = arxiv.parse_author_page(arxiv_page(authors="A. Lovelace, Ada Lovelace"), ARXIV)

    assert [author.ids for author in record.papers[0].authors] == [(), ()]


def test_a_page_without_a_title_is_named_after_its_papers() -> None:
    assert arxiv.parse_author_page(arxiv_page(title="arXiv Query"), ARXIV).researcher.name == "Ada Lovelace"
    with pytest.raises(SourceChanged):
        arxiv.parse_author_page(arxiv_page(title="arXiv Query", authors="Grace Hopper, Bob"), ARXIV)


def test_a_user_of_hugging_face_has_a_name() -> None:
    user = {"_id": "1", "user": "Ada-L", "fullname": "Ada Lovelace", "numPapers": 3, "type": "user"}

    assert huggingface.parse_user(dump(user)).researcher == Researcher(
        name="Ada Lovelace", ids=(PersonId(PersonScheme.HF, "ada-l"),)
    )
    assert huggingface.parse_user(dump(user | {"fullname": ""})).researcher.name == "ada-l"


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"error":"This user does not exist"}', b'{"user":"a b"}'])
def test_what_is_no_user_of_hugging_face_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        huggingface.parse_user(body)


@pytest.mark.parametrize(
    ("links", "homepage"),
    [
        (["https://github.com/ada", "https://ada.github.io/"], "https://ada.github.io/"),
        (["https://scholar.google.de/citations?user=x", "https://en.wikipedia.org/wiki/Ada"], None),
        (["javascript:alert(1)", "", "http://ada.example/~ada"], "http://ada.example/~ada"),
    ],
)
def test_a_homepage_is_on_no_site_that_shows_many_people(links: list[str], homepage: str | None) -> None:
    assert find_homepage(links) == homepage


def test_pages_of_services_are_ids_and_malformed_ones_are_passed_over() -> None:
    links: list[Any] = [f"https://orcid.org/{ORCID}", "https://orcid.org/0000-0002-1825-0098", "~Ada_Lovelace1", ""]

    assert find_people(links) == (ADA,)
