"""Which letter answers a request. Pure.

Whoever asks sees the same page whatever the address is: only who reads its mail learns more.
"""

from collections.abc import Mapping
from typing import Final

from digest.model import LetterKind
from subscribers.model import RequestKind

# Together at most `signup.per_address` in a day: these come because somebody typed an address.
ASKED_FOR: Final = (LetterKind.CONFIRM, LetterKind.ALREADY, LetterKind.MANAGE, LetterKind.CONFIRM_ADDRESS)
# After these the request waits for an answer; the other letters are the answer.
WAITING: Final = frozenset({LetterKind.CONFIRM, LetterKind.CONFIRM_ADDRESS})

# By whether the digest comes to the address; for a further address, whether it comes to whoever named it.
_LETTERS: Final[Mapping[tuple[RequestKind, bool], LetterKind]] = {
    (RequestKind.SIGNUP, False): LetterKind.CONFIRM,
    (RequestKind.SIGNUP, True): LetterKind.ALREADY,
    (RequestKind.MANAGE, True): LetterKind.MANAGE,
    (RequestKind.ADD_ADDRESS, True): LetterKind.CONFIRM_ADDRESS,
    (RequestKind.MOVE_ADDRESS, True): LetterKind.CONFIRM_ADDRESS,
}


def choose_letter(kind: RequestKind, written: int, most: int, *, is_subscribed: bool) -> LetterKind | None:
    """Choose the letter; None where there is nobody to answer, or the address has had its letters of the day."""
    return None if written >= most else _LETTERS.get((kind, is_subscribed))
