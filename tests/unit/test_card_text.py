"""Cutting text: at words and sentences, never within a letter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.text import clean, excerpt, isolate, shorten

SENTENCES = (
    "We ask a question. We answer it, e.g. with data from Dr. Wei et al. and others. The answer is 4.2. Nobody asked."
)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (200, SENTENCES),
        (60, "We ask a question. We answer it, e.g. with data from Dr…"),
        (90, "We ask a question. We answer it, e.g. with data from Dr. Wei et al. and others."),
        (105, "We ask a question. We answer it, e.g. with data from Dr. Wei et al. and others. The answer is 4.2."),
    ],
)
def test_an_excerpt_is_whole_sentences_where_they_fit(limit: int, expected: str) -> None:
    assert excerpt(SENTENCES, limit) == expected


def test_a_first_sentence_that_is_too_long_is_cut_at_a_word() -> None:
    assert excerpt("word " * 100, 50) == "word word word word word word word word word word…"


def test_sentences_without_spaces_are_found() -> None:
    assert excerpt("我们提出一种方法。" * 10, 30) == "我们提出一种方法。" * 3


@given(st.text(max_size=300), st.integers(2, 120))
def test_shortened_text_fits_and_begins_as_before(text: str, limit: int) -> None:
    text = clean(text)

    short = shorten(text, limit)

    assert len(short) <= limit
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


@pytest.mark.parametrize("text", ["aaaa👩\u200d🔬b", "aaaae\u0323\u0302bb"])
def test_a_letter_keeps_its_marks_or_goes(text: str) -> None:
    for limit in range(2, len(text)):
        kept = shorten(text, limit)[:-1]
        assert text[len(kept)] not in "\u200d\u0302\u0323\U0001f52c"


def test_stacked_marks_are_thinned_out() -> None:
    assert clean("Z" + "\u0335" * 100) == "Z" + "\u0335" * 4


@pytest.mark.parametrize(("text", "is_isolated"), [("abc é 中", False), ("שלום", True), ("a ب c", True), ("", False)])
def test_only_right_to_left_text_is_isolated(text: str, *, is_isolated: bool) -> None:
    assert isolate(text) == (f"\u2068{text}\u2069" if is_isolated else text)
