"""Followed institutions are found by id and by phrase, and not by words that only resemble theirs."""

import pytest

from digest.model import Author, Paper
from digest.researchers.places import Institution, PlaceIndex, phrase_of
from tests.factories import paper

MPI = Institution(name="Max Planck Institute for Intelligent Systems", names=("MPI-IS",), ror="04fq9j139")
ETH = Institution(name="ETH", names=("ETH Zürich", "Swiss Federal Institute of Technology in Zurich"))
BONN = Institution(name="University of Bonn", names=("Universität Bonn",))
INDEX = PlaceIndex({"mpi": MPI, "eth": ETH, "bonn": BONN})


def by(*authors: Author, organization: str | None = None) -> Paper:
    return paper(authors=authors, organization=organization)


@pytest.mark.parametrize(
    ("printed", "found"),
    [
        ("Max Planck Institute for Intelligent Systems, Tübingen, Germany", {"mpi"}),
        ("MAX-PLANCK INSTITUTE OF INTELLIGENT SYSTEMS", {"mpi"}),
        ("Perceiving Systems, MPI-IS", {"mpi"}),
        ("Max Planck Institute for Informatics", set()),
        ("ETH Zurich", {"eth"}),
        ("Dept. of Computer Science, ETH", {"eth"}),
        ("Swiss Federal Institute of Technology (ETH), Zurich", {"eth"}),
        ("Eth Nam College", set()),
        ("Universitaet Bonn", set()),
        ("Universitat Bonn", {"bonn"}),
        ("Rheinische Friedrich-Wilhelms-Universität Bonn", {"bonn"}),
        ("Bonn University Hospital", set()),
        ("University of Cologne and University of Bonn", {"bonn"}),
        ("", set()),
    ],
)
def test_an_affiliation_is_a_place_if_it_has_its_words_in_their_order(printed: str, found: set[str]) -> None:
    assert set(INDEX.find(by(Author("Ann Kim", (printed,))))) == found


def test_an_id_from_a_service_is_proof_and_every_author_from_there_counts() -> None:
    authors = (Author("Ann Kim"), Author("Bo Li", institutions=("04fq9j139",)), Author("Cy Oz", ("MPI-IS",)))

    assert INDEX.find(by(*authors)) == {"mpi": (2, 3)}


def test_a_paper_may_be_from_a_place_as_a_whole() -> None:
    assert INDEX.find(by(Author("Ann Kim"), organization="ETH Zürich")) == {"eth": ()}


def test_nothing_is_looked_for_where_nobody_follows_a_place() -> None:
    assert PlaceIndex[str]({}).find(by(Author("Ann Kim", ("ETH",)))) == {}


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("University of Bonn", "university bonn"),
        ("CMU", "CMU"),
        ("cmu", None),
        ("of the", None),
        ("", None),
        ("中国科学院", "zhongguokexueyuan"),
        (" ".join(["word"] * 13), None),
    ],
)
def test_a_name_that_says_too_little_is_not_looked_for(name: str, phrase: str | None) -> None:
    assert phrase_of(name) == phrase
