"""What a text is about, as a bundle of its telling words. Pure; how telling a word is was counted beforehand."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from math import log, log1p, sqrt

_WORD = re.compile(r"[a-z][a-z0-9]{2,}")
_LONGEST_TEXT = 6_000  # characters; abstracts have 1,500
_MOST_WORDS = 100
_UNKNOWN = 3  # in so many texts stands a word that is not in the table
_EVERYWHERE = 0.15  # words in a larger part of all texts tell nothing
_PLURAL_LENGTH = 4


def split_words(text: str) -> list[str]:
    """Give the words of a text in small letters, plurals cut: `networks` is `network`."""
    return [_singular(word) for word in _WORD.findall(text[:_LONGEST_TEXT].lower())]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > _PLURAL_LENGTH and word[-1] == "s" and word[-2] not in "sui" else word


@lru_cache(maxsize=1)
def _load() -> tuple[Mapping[str, float], float]:
    """Give how telling each word of the table is (0 for the most frequent), and any other word."""
    table = json.loads(files("digest.researchers").joinpath("data", "words.json").read_text(encoding="utf-8"))
    texts = table["texts"]
    known = {word: 0.0 if count > _EVERYWHERE * texts else log(texts / count) for word, count in table["words"].items()}
    return known, log(texts / _UNKNOWN)


def known_words() -> list[str]:
    """Give the words of the table."""
    return list(_load()[0])


def weigh_word(word: str) -> float:
    """Say how telling a word is: the logarithm of one in how many texts has it."""
    known, unknown = _load()
    return known.get(word, unknown)


def direct(counts: Mapping[str, float]) -> dict[str, float]:
    """Give scaled weights of words that stand in so many of several texts."""
    known, unknown = _load()
    return scale({word: known.get(word, unknown) * log1p(count) for word, count in counts.items()})


def describe(text: str) -> dict[str, float]:
    """Give the most telling words of a text with weights whose squares add up to 1, the heaviest first."""
    known, unknown = _load()
    weights = {word: known.get(word, unknown) for word in dict.fromkeys(split_words(text))}
    heaviest = sorted(((word, weight) for word, weight in weights.items() if weight), key=lambda each: -each[1])
    return scale(dict(heaviest[:_MOST_WORDS]))


def scale(weights: Mapping[str, float]) -> dict[str, float]:
    """Give the same weights, so that their squares add up to 1."""
    length = sqrt(sum(weight * weight for weight in weights.values()))
    return {word: weight / length for word, weight in weights.items()} if length else {}


def closeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Give the cosine of two scaled bundles of words, between 0 and 1."""
    if len(one) > len(other):
        one, other = other, one
    find = other.get
    return sum(weight * find(word, 0.0) for word, weight in one.items())
