"""Bylines: every layout of names that publishers were seen to use."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Author
from digest.sources.formats.bylines import read_bylines


def names(*elements: str) -> list[str]:
    return [author.name for author in read_bylines(elements)]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Plato", ["Plato"]),
        ("Inoda, Toshio", ["Toshio Inoda"]),
        ("Urquhart, A.S.", ["A.S. Urquhart"]),
        ("Gómez-Noguera, Samuel Enrique", ["Samuel Enrique Gómez-Noguera"]),
        ("de Araujo, Mayara R.", ["Mayara R. de Araujo"]),
        ("Kukla, D., Crampton, A., Wood, D.", ["D. Kukla", "A. Crampton", "D. Wood"]),
        ("\n\t\tKukla, D., Crampton, A., and Wood, D.\n", ["D. Kukla", "A. Crampton", "D. Wood"]),
        ("Kukla, D. and Wood, J.-P.", ["D. Kukla", "J.-P. Wood"]),
        ("Smith, John A., Doe, Jane B.", ["John A. Smith", "Jane B. Doe"]),
        ("Smith, John A., and Jane B. Doe", ["John A. Smith", "Jane B. Doe"]),
        ("van der Berg, Ludwig, Wei, Furu", ["Ludwig van der Berg", "Furu Wei"]),
        ("Brandão S, Saeedi H, Brandt A.", ["Brandão S", "Saeedi H", "Brandt A."]),
        ("García-Castaño J, Balao F, et al.", ["García-Castaño J", "Balao F"]),
        ("Volker Assing, Heinrich Meybohm", ["Volker Assing", "Heinrich Meybohm"]),
        ("Hannes  Hoffmann, Fabian A.  Boetzl", ["Hannes Hoffmann", "Fabian A. Boetzl"]),
        ("A. Bell, C. Dean and E. Falk", ["A. Bell", "C. Dean", "E. Falk"]),
        ("A. Bell, C. Dean, & E. Falk", ["A. Bell", "C. Dean", "E. Falk"]),
        ("Pavana, M.; Roy,  Nirupam; Kim, Jr., Ann", ["M. Pavana", "Nirupam Roy", "Ann Kim, Jr."]),
        ("Yinpeng ZHANG;Xiaolong LIU;", ["Yinpeng ZHANG", "Xiaolong LIU"]),
        ("朱弘;库伟鹏;纳迪亚·扎赫拉;", ["朱弘", "库伟鹏", "纳迪亚·扎赫拉"]),
        ("朱弘、库伟鹏，戎建涛", ["朱弘", "库伟鹏", "戎建涛"]),
        ("Charles Henry, \nVictor Monserrat, \nPeter Duelli", ["Charles Henry", "Victor Monserrat", "Peter Duelli"]),
        ("Ada Lovelace\nFuru Wei", ["Ada Lovelace", "Furu Wei"]),
        ("Martin L. King, Jr., Ada Lovelace", ["Martin L. King, Jr.", "Ada Lovelace"]),
        ("King, Jr., Martin L.", ["Martin L. King, Jr."]),
        ("by John Smith and Jane Doe", ["John Smith", "Jane Doe"]),
        ("Author(s): Tammy Iwasa-Arai, Max Rondon", ["Tammy Iwasa-Arai", "Max Rondon"]),
        ("IceCube Collaboration: R. Abbasi, M. Ackermann", ["IceCube Collaboration", "R. Abbasi", "M. Ackermann"]),
        ("H1 and ZEUS Collaborations", ["H1 and ZEUS Collaborations"]),
        ("T. Montaruli for the IceCube Collaboration", ["T. Montaruli for the IceCube Collaboration"]),
        (r"Paulo Andr\'e Lima (CERN; MIT), Ada Lovelace", ["Paulo André Lima", "Ada Lovelace"]),
        ('<a href="x">Ada L.</a>, B&eacute;la C.', ["Ada L.", "Béla C."]),
        ("Ada Lovelace1,2*, Furu Wei3", ["Ada Lovelace", "Furu Wei"]),
        ("nobody@flickr.com (Terathopius)", ["Terathopius"]),
        ("Ada Lovelace <ada@example.org>", ["Ada Lovelace"]),
    ],
)
def test_one_string_names_them_all(text: str, read: list[str]) -> None:
    assert names(text) == read


@pytest.mark.parametrize(
    ("elements", "read"),
    [
        (["García Márquez, Gabriel José", "Wagner, Leandro S."], ["Gabriel José García Márquez", "Leandro S. Wagner"]),
        (["Robi A. J.", "Udayan P.S."], ["Robi A. J.", "Udayan P.S."]),
        (["Bellanger, J.-M.", "de Dios Reyes, J."], ["J.-M. Bellanger", "J. de Dios Reyes"]),
        (["Ada Lovelace, Furu Wei, Grace Hopper", "Plato"], ["Ada Lovelace", "Furu Wei", "Grace Hopper", "Plato"]),
        (["Ada Lovelace", "Ada Lovelace"], ["Ada Lovelace"]),
    ],
)
def test_an_element_for_each(elements: list[str], read: list[str]) -> None:
    assert names(*elements) == read


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        ("BRONWYN M. AYRE", "Bronwyn M. Ayre"),
        ("LI-WEI ZHOU", "Li-Wei Zhou"),
        ("LECH KARPIŃSKI", "Lech Karpiński"),
        ("BAZARTSEREN BOLDGIV", "Bazartseren Boldgiv"),
        ("TON VAN DER BERG", "Ton van der Berg"),
        ("J.R. MCDONALD", "J.R. McDonald"),
        ("SEAN O'BRIEN", "Sean O'Brien"),
        ("HENRY FORD III", "Henry Ford III"),
        ("LI LU", "LI LU"),
        ("Wei LI", "Wei LI"),
        ("LIGO COLLABORATION", "LIGO COLLABORATION"),
    ],
)
def test_names_in_capitals_are_softened(printed: str, shown: str) -> None:
    assert names(printed) == [shown]


@pytest.mark.parametrize(
    "text", ["", " ", "admin", "http://example.org", "a@b.org", "N/A", "—", "123", "<br>", ", ; ,"]
)
def test_what_is_no_name_is_left_out(text: str) -> None:
    assert names(text) == []


def test_parentheses_hold_affiliations() -> None:
    assert read_bylines(["Ada Lovelace (CERN, MIT), Furu Wei"]) == (
        Author("Ada Lovelace", ("CERN, MIT",)),
        Author("Furu Wei"),
    )


def test_three_thousand_authors_are_kept_in_order() -> None:
    many = [f"Ada Nr{'x' * (number % 7)} Love{number}a" for number in range(3_000)]

    assert names(", ".join(many)) == many
    assert names(*many) == many


@pytest.mark.parametrize("unit", ["a,", "a;", "(", "and ", "A. ", ", Jr.", "a@b.", "\n", "a\n", "a and b, ", "x@"])
def test_hostile_bylines_end(unit: str) -> None:
    assert len(names(unit * 30_000)) <= 20_000


@given(st.lists(st.text(alphabet=st.sampled_from("abAB ,;.()&\n<>@-'1é魏") | st.characters(), max_size=60), max_size=5))
def test_any_byline_gives_names(elements: list[str]) -> None:
    assert all(author.name.strip() == author.name != "" for author in read_bylines(elements))
