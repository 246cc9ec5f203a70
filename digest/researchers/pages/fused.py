"""Titles and authors that a page printed without anything between them. Pure.

`Deal: Towards Robust ModelsYuanxin Liu, Fandong Meng, Zheng Lin et al.`: the page shows three names at most, and says
“et al.” if there are more.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from digest.researchers.names import fold

MOST_SHOWN: Final = 3
_AND_OTHERS: Final = " et al."
_MOST_WORDS: Final = 5
_LONGEST_NAME: Final = 100

# A name begins with a capital right behind something that is no space. Hyphens and apostrophes stand inside of names.
_BEFORE = r"(?<=[^\s\-‐‑'’(\[{/])"
_BEGINS = re.compile(rf"{_BEFORE}(?=[^\W\d_](?:[^\W\d_]|\.))")
# `ReenactmentMD Wahiduzzaman Khan`, `ImageryY Huynh`: initials without points, of which the usual rule sees nothing.
_INITIALS = re.compile(r"(?<=[a-zß-öø-ÿ)!?])(?=[A-Z]{1,2}[\s-])")
_ANY_START = re.compile(r"(?<=\S)(?=[^\W\d_])")
_LOWER_START = re.compile(r"(?:and|or|of|for|in|to|the|a|an|with|by|from|on|as|at|via)\s")


class Fused(NamedTuple):
    """A line taken apart."""

    title: str
    authors: tuple[str, ...]


def split_fused(text: str, known: Collection[str] = ()) -> Fused | None:
    """Take title and authors apart; None if no place is found where the names may begin.

    `known` are names of which one is preferred as the first author. `text` is without organisations.
    """
    names_to_come, is_cut = text.removesuffix(_AND_OTHERS), text.endswith(_AND_OTHERS)
    parts = names_to_come.split(", ")
    folded = {fold(name) for name in known}
    for count in (MOST_SHOWN,) if is_cut else range(MOST_SHOWN, 0, -1):
        head, tail = ", ".join(parts[: len(parts) - count + 1]), parts[len(parts) - count + 1 :]
        if len(parts) < count or not all(map(_is_whole_name, tail)):
            continue
        at = _find_known(head, folded) or _find_start(head, is_sure=bool(tail))
        if at:
            return Fused(head[:at].rstrip(), (head[at:], *tail))
    return None


def _is_whole_name(part: str) -> bool:
    """Whether a part between commas is one name, rather than a part of a title with a name stuck to it."""
    if not 1 <= _count_words(part) <= _MOST_WORDS or len(part) > _LONGEST_NAME or _LOWER_START.match(part):
        return False
    return not any(map(_is_stuck, part.split()))


def _is_stuck(word: str) -> bool:
    """Whether a word looks like two: `ItRandhir`, not `McDonald`, `MeiLing` or `DaSilva`."""
    return bool(re.fullmatch(r"[a-z]{2,}[A-Z][a-z]+", word))


def _count_words(part: str) -> int:
    """Count the words of a name; of initials (`L. D. M. S. Sai Teja`) there may be any number."""
    words = part.split()
    return sum(len(word.strip(".")) > 1 for word in words) or min(len(words), 1)


def _find_known(head: str, folded: Collection[str]) -> int | None:
    """Give where a name that is known begins; the longest one, if one ends with another."""
    begin = max(len(head) - _LONGEST_NAME, 1)
    places = (match.start() for match in _ANY_START.finditer(head, begin)) if folded else ()
    return next((at for at in places if fold(head[at:]) in folded), None)


def _find_start(head: str, *, is_sure: bool) -> int | None:
    """Give the last place where a name of two to five words may begin; of one word if other names follow it."""
    starts = list(_list_starts(head))
    for at in reversed(starts):
        if len(head[at:].split()) > 1 and _count_words(head[at:]) <= _MOST_WORDS:
            return at
    if not is_sure:
        return None
    return next((at for at in reversed(starts) if len(head[at:].split()) == 1), None)


def _list_starts(head: str) -> Iterator[int]:
    """Give every place where a name may begin, in order, of the last words alone: a name is not longer."""
    begin = max(len(head) - _LONGEST_NAME, 1)
    found = (match.start() for match in _BEGINS.finditer(head, begin))
    usual = [at for at in found if head[at].isupper() and (head[at + 1].islower() or head[at + 1] == ".")]
    initials = [match.start() for match in _INITIALS.finditer(head, begin)]
    yield from sorted({*usual, *initials})
