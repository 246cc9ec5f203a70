"""Which letter answers a request."""

import pytest

from digest.model import LetterKind
from digest.pipeline.request_letters import choose_letter
from subscribers.model import RequestKind


@pytest.mark.parametrize(
    ("kind", "is_subscribed", "letter"),
    [
        (RequestKind.SIGNUP, False, LetterKind.CONFIRM),
        (RequestKind.SIGNUP, True, LetterKind.ALREADY),
        (RequestKind.MANAGE, True, LetterKind.MANAGE),
        (RequestKind.MANAGE, False, None),
        (RequestKind.ADD_ADDRESS, True, LetterKind.CONFIRM_ADDRESS),
        (RequestKind.ADD_ADDRESS, False, None),
        (RequestKind.MOVE_ADDRESS, True, LetterKind.CONFIRM_ADDRESS),
        (RequestKind.MOVE_ADDRESS, False, None),
    ],
)
def test_each_request_has_its_letter(kind: RequestKind, is_subscribed: bool, letter: LetterKind | None) -> None:
    assert choose_letter(kind, 0, 1, is_subscribed=is_subscribed) is letter


@pytest.mark.parametrize("kind", RequestKind)
def test_an_address_that_had_its_letters_of_the_day_gets_none(kind: RequestKind) -> None:
    assert [choose_letter(kind, written, 2, is_subscribed=True) is None for written in (1, 2, 3)] == [False, True, True]
