"""What several services say of one person, put together; and what institutions are called."""

from datetime import date
from typing import Any

import pytest

from digest.errors import SourceChanged
from digest.model import Affiliation, Author, ExternalId, IdScheme, Metrics, PersonId, PersonScheme, Researcher
from digest.researchers.ids import InstitutionRef, InstitutionScheme
from digest.sources.people import PersonRecord
from digest.sources.people.institutions import InstitutionRecord, join_institutions, parse_openalex, parse_ror
from digest.sources.people.joining import is_alike, join, join_candidates, join_papers, may_be_one
from digest.sources.people.registry import rank_candidates
from tests.factories import paper
from tests.people_answers import openalex_institution, ror_organization

TODAY = date(2026, 11, 20)
ADA = PersonId(PersonScheme.ORCID, "0000-0002-1825-0097")
A1, S1, D1 = (
    PersonId(PersonScheme.OPENALEX, "A1"),
    PersonId(PersonScheme.S2, "1"),
    PersonId(PersonScheme.DBLP, "64/4311"),
)


def record(name: str, *ids: PersonId, works: int | None = None, **fields: Any) -> PersonRecord:
    metrics = () if works is None else (Metrics(source="x", as_of=TODAY, works=works),)
    return PersonRecord(researcher=Researcher(name=name, ids=ids, metrics=metrics, **fields))


def test_each_service_adds_what_it_knows() -> None:
    first = record("Ada Lovelace", ADA, works=3, affiliations=(Affiliation(name="Caltech", source="orcid"),))
    second = record(
        "A. Lovelace",
        A1,
        ADA,
        works=5,
        affiliations=(
            Affiliation(name="CALTECH", ror="05dxps055", since=2019, source="openalex"),
            Affiliation(name="Engine Works", source="openalex"),
        ),
        homepage="https://ada.example/",
        topics=("Engines",),
    )

    joined = join([first, second]).researcher

    assert (joined.names, joined.ids) == (("Ada Lovelace", "A. Lovelace"), (ADA, A1))
    assert [(place.name, place.since) for place in joined.affiliations] == [("CALTECH", 2019), ("Engine Works", None)]
    assert (joined.homepage, joined.topics, len(joined.metrics)) == ("https://ada.example/", ("Engines",), 2)


def test_a_paper_that_two_services_have_comes_once_with_what_both_attach() -> None:
    doi = ExternalId(IdScheme.DOI, "10.1/x")
    bare = paper(ids=(doi,), categories=(), authors=[])
    told = paper(
        ids=(ExternalId(IdScheme.S2, "0" * 40), doi), categories=(), authors=[Author("Ada Lovelace", ids=(S1,))]
    )

    (joined,) = join_papers([bare, told])

    assert (len(joined.ids), joined.authors[0].ids) == (2, (S1,))
    assert len(join_papers([bare, paper("2611.00009")])) == 2


def test_candidates_who_share_an_id_are_one_person() -> None:
    found = join_candidates(
        [record("Ada Lovelace", A1, ADA), record("Ada Lovelace", S1), record("A. Lovelace", ADA, D1)]
    )

    assert [each.researcher.ids for each in found] == [(A1, ADA, D1), (S1,)]


def test_candidates_of_other_names_are_dropped_and_those_with_most_works_come_first() -> None:
    found = rank_candidates(
        "Ada Lovelace",
        [
            record("Lovelace Award", A1, works=900),
            record("A. Lovelace", S1, works=2),
            record("Ada Lovelace", D1, works=40),
            record("Augusta King", ADA, variants=("Ada Lovelace",)),
        ],
    )

    assert [each.researcher.ids[0] for each in found] == [D1, S1, ADA]


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        ("Ada Lovelace", "A. Lovelace", True),
        ("Lovelace, Ada", "Ada Lovelace", True),
        ("Ada Lovelace", "Grace Hopper", False),
        ("Ada Lovelace", "IceCube Collaboration", False),
        ("0000-0002-1694-233X", "Ada Lovelace", True),
    ],
)
def test_names_that_may_be_one_persons(one: str, other: str, *, may_be: bool) -> None:
    assert is_alike(one, other) is may_be


def test_one_spelling_that_fits_is_enough() -> None:
    known = Researcher(name="Augusta King", variants=("Ada Lovelace",))

    assert may_be_one(Researcher(name="A. Lovelace"), known)
    assert not may_be_one(Researcher(name="Grace Hopper"), known)


def test_an_organisation_of_ror_gives_every_field() -> None:
    assert parse_ror(ror_organization()) == InstitutionRecord(
        name="California Institute of Technology",
        names=("Caltech",),
        acronyms=("CIT",),
        ror="05dxps055",
        homepage="https://www.caltech.edu/",
        country="US",
        domains=("caltech.edu",),
    )


def test_a_withdrawn_organisation_says_what_it_became() -> None:
    heir = {"type": "successor", "label": "Stanford University", "id": "https://ror.org/00f54p054"}

    gone = parse_ror(ror_organization(status="withdrawn", relationships=[heir]))
    split = parse_ror(ror_organization(status="withdrawn", relationships=[heir, heir]))

    assert gone.moved_to == InstitutionRef(InstitutionScheme.ROR, "00f54p054")
    assert split.moved_to is None


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"errors":["not found"]}', b'{"id":"https://ror.org/05dxps055"}'])
def test_what_is_no_institution_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged):
        parse_ror(body)
    with pytest.raises(SourceChanged):
        parse_openalex(body)


def test_two_services_add_up_to_one_institution() -> None:
    joined = join_institutions(parse_ror(ror_organization()), parse_openalex(openalex_institution()))

    assert (joined.name, joined.names) == ("California Institute of Technology", ("Caltech", "Cal Tech"))
    assert (joined.ror, joined.openalex, joined.acronyms) == ("05dxps055", "I122411786", ("CIT",))
    assert joined.homepage == "https://www.caltech.edu/"
