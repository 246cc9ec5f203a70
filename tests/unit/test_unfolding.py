"""How an abstract is split and where the rest of it has room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.card import Card
from digest.rendering.telegram import TEXT_LIMIT, pack
from digest.rendering.unfolding import LONGEST_LEAD, split_abstract, unfold

SENTENCE = "We measure how much of a digest is read on a phone. "


def card(abstract: str, excerpt: str = "something") -> Card:
    return Card(
        title="T",
        url=None,
        authors=(),
        more_authors=0,
        why="",
        excerpt=excerpt,
        is_excerpt_by_ai=False,
        categories=(),
        organization="",
        labels=(),
        links=(),
        abstract=abstract,
    )


def test_a_long_abstract_is_first_sentences_and_the_rest_of_it() -> None:
    lead, rest = split_abstract(card((SENTENCE * 12).strip()))

    assert len(lead) <= LONGEST_LEAD
    assert f"{lead} {rest}" == (SENTENCE * 12).strip()


def test_a_sentence_that_is_cut_goes_on_behind_the_cut() -> None:
    lead, rest = split_abstract(card("word " * 200))

    assert lead.endswith("…")
    assert rest.startswith("…word")
    assert lead[:-1].split() + rest[1:].split() == ["word"] * 200


@pytest.mark.parametrize(
    ("shown", "lead"),
    [
        (card("Short.", "Short."), "Short."),
        (card("x" * (LONGEST_LEAD + 40), "x"), "x" * (LONGEST_LEAD + 40)),
        (card("", "A summary by a machine."), "A summary by a machine."),
        (card("Left out.", ""), ""),
        (card("", ""), ""),
    ],
)
def test_what_is_short_or_left_out_has_no_rest(shown: Card, lead: str) -> None:
    assert split_abstract(shown) == (lead, "")


@given(st.lists(st.tuples(st.integers(1, TEXT_LIMIT), st.integers(0, 2 * TEXT_LIMIT)), min_size=1, max_size=30))
def test_no_message_more_is_needed_for_longer_forms(sizes: list[tuple[int, int]]) -> None:
    pieces = ["x" * size for size, _ in sizes]
    longer = ["y" * (size + more) if more else "" for size, more in sizes]

    chosen = unfold(pieces, longer)

    assert len(pack(chosen)) == len(pack(pieces))
    assert all(each in (piece, form) for each, piece, form in zip(chosen, pieces, longer, strict=True))


def test_the_first_papers_get_the_room() -> None:
    assert unfold(["a" * 3_000, "b" * 900], ["A" * 3_190, "B" * 1_100]) == ["A" * 3_190, "b" * 900]
