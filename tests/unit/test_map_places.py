"""Where authors of one list stand in another list of the same work."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Author, PersonId, PersonScheme
from digest.researchers.bylines import map_places

ORCID = "0000-0002-1825-0097"


def authors(*names: str) -> list[Author]:
    return [Author(name) for name in names]


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [
        (("Ann Kim", "Bo Li"), ("Bo Li", "Ann Kim"), {1: 2, 2: 1}),
        (("Ann Kim", "Bo Li"), ("Cy Young", "Bo Li"), {2: 2}),
        (("A. Kim", "Bo Li"), ("Bo Li", "Cy Young", "Ann Kim"), {1: 3, 2: 1}),
        (("Kim Ann",), ("Bo Li", "Ann Kim"), {1: 2}),
        (("Wei Zhang", "Bo Li", "Wei Zhang"), ("Bo Li", "Wei Zhang", "Wei Zhang"), {1: 2, 2: 1, 3: 3}),
        (("Wei Zhang",), ("Wei Zhang", "Wei Zhang"), {}),
        (("W. Zhang",), ("Wei Zhang", "Wen Zhang"), {}),
        (("ATLAS Collaboration", "Ann Kim"), ("Ann Kim", "ATLAS Collaboration"), {1: 2, 2: 1}),
        ((), ("Ann Kim",), {}),
        (("Ann Kim",), (), {}),
    ],
)
def test_an_author_is_found_again_by_name(
    before: tuple[str, ...], after: tuple[str, ...], moves: dict[int, int]
) -> None:
    assert map_places(authors(*before), authors(*after)) == moves


def test_an_id_tells_namesakes_apart() -> None:
    mine = Author("W. Zhang", orcid=ORCID)
    other = Author("Wei Zhang", ids=(PersonId(PersonScheme.S2, "1741101"),))

    assert map_places([mine], [other, Author("Wei Zhang", orcid=ORCID)]) == {1: 2}


@given(st.permutations([f"Ann{'abcdefghij'[n]} Kim{'klmnopqrst'[n]}" for n in range(10)]))
def test_whoever_is_on_both_lists_is_found_in_any_order(names: list[str]) -> None:
    known = authors(*sorted(names))
    moves = map_places(known, authors(*names))

    assert {known[old - 1].name: names[new - 1] for old, new in moves.items()} == {name: name for name in names}
