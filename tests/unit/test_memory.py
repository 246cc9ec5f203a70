"""What is kept in memory of queries: a stranger neither pushes out what readers wish nor leaves much behind."""

import pytest

from digest.errors import InvalidQuery
from digest.matching import plurals
from digest.matching.memory import FOR_READERS, FOR_STRANGERS, passing, remember
from digest.matching.query import parse
from digest.researchers import names


class Counted:
    """Counts how often it really has to answer."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, text: str) -> str:
        self.calls += 1
        return text.upper()


def test_what_readers_wish_stays_whatever_strangers_ask() -> None:
    counted = Counted()
    recall = remember(counted)
    assert recall("experts") == "EXPERTS"
    with passing():
        for number in range(FOR_READERS + 1):
            recall(f"stranger {number}")
    asked = counted.calls
    recall("experts")

    assert counted.calls == asked


def test_a_stranger_who_asks_again_is_answered_from_memory_until_others_have_asked() -> None:
    counted = Counted()
    recall = remember(counted)
    with passing():
        recall("experts")
        recall("experts")
        assert counted.calls == 1
        for number in range(FOR_STRANGERS):
            recall(str(number))
        recall("experts")

    assert counted.calls == FOR_STRANGERS + 2


def test_what_a_stranger_asks_ends_with_them_also_when_it_fails() -> None:
    counted = Counted()
    recall = remember(counted)

    def fail() -> None:
        with passing():
            recall("experts")
            parse("(")

    with pytest.raises(InvalidQuery):
        fail()
    recall("experts")
    recall("experts")

    assert counted.calls == 2


def test_queries_are_kept_for_readers_and_forgotten_of_strangers() -> None:
    reader = parse("a reader of this test")
    with passing():
        stranger = parse("a stranger of this test")
        for number in range(FOR_STRANGERS):
            parse(f"stranger{number}")
        again = parse("a stranger of this test")

    assert (again == stranger, again is stranger) == (True, False)
    assert parse("a reader of this test") is reader


def test_very_long_words_and_names_are_read_and_not_kept() -> None:
    word, name = "x" * 2_000 + "s", f"Ada {'Lovelace' * 30}"
    before = plurals._remember.cache_info().currsize, names._remember.cache_info().currsize

    assert plurals.singular(word) == word[:-1]
    assert names.parse_name(name) is not None
    assert (plurals._remember.cache_info().currsize, names._remember.cache_info().currsize) == before
