"""Text as words: the one tokeniser that queries and papers share, and what it means for one to contain the other.

A *compound* is what is written without a space (`pre-training`); its *parts* are `pre` and `training`. Words that are
hyphenated match as a phrase of their parts and as one closed word alike: `pre-training` is found by “pre training”,
“pre-training” and “pretraining”. docs/interests.md tells readers what matches what.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from anyascii import anyascii

from digest.matching.plurals import singular
from digest.matching.tex import GREEK, untex

# Longer chains (DNA, serial numbers, lists joined by dashes) are only their parts: every join of them is noise.
MAX_JOINED_PARTS = 4

# Latin letters that no decomposition takes apart: ø, ł, đ, æ, ı … (Latin-1 to Latin Extended-B, IPA, Additional).
_LATIN = {
    chr(code): anyascii(chr(code)).lower()
    for block in (range(0xC0, 0x2B0), range(0x1E00, 0x1F00))
    for code in block
    if chr(code).isalpha()
}
_LETTERS = str.maketrans(_LATIN | GREEK)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d", "-"))  # not the em dash
_MARKS = re.compile("[\u0300-\u036f]")
# Soft hyphen, zero-width and directional characters, byte-order mark, trade mark signs: invisible or no part of a word.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u2122\u2120]")
# Scripts written without spaces: every character is a word, and a run of them a phrase.
_IDEOGRAPH = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_IDEOGRAPHS = re.compile(f"[{_IDEOGRAPH}]")
_BETWEEN_IDEOGRAPHS = re.compile(f"(?<=[{_IDEOGRAPH}]) (?=[{_IDEOGRAPH}])")
_POSSESSIVE = re.compile(r"(?<=\w)['’ʼ]s(?!\w)")
_APOSTROPHE = re.compile(r"(?<=\w)['’ʼ](?=\w)")
# A word, `3.5` and `v1.5b` in one piece, `c++` and `c#`; joined by hyphens (`--` is TeX's en dash, `---` a break).
_WORD = r"(?:(?<!\w)[a-z](?:\+\+|\#)(?![\w+\#]) | [^\W_]+ (?: (?<=\d)\.(?=\d) [^\W_]+ )*)"
_COMPOUND = re.compile(rf"{_WORD} (?: -{{1,2}} {_WORD} )*", re.VERBOSE)
_HYPHENS = re.compile("-+")


def fold(text: str) -> str:
    """Give the text without TeX, case, accents, ligatures and look-alikes; Greek letters become their names."""
    text = untex(text)
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold()
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    text = unicodedata.normalize("NFKC", text).translate(_LETTERS).translate(_DASHES)
    return _IDEOGRAPHS.sub(r" \g<0> ", text)


def split_compounds(text: str) -> list[tuple[str, ...]]:
    """Give the compounds of a text in order, each as its parts."""
    folded = fold(text)
    if "'" in folded or "’" in folded or "ʼ" in folded:
        folded = _APOSTROPHE.sub("", _POSSESSIVE.sub("", folded))
    return [tuple(_HYPHENS.split(found)) if "-" in found else (found,) for found in _COMPOUND.findall(folded)]


def normalise(text: str) -> str:
    """Spell a term so that spellings that match the same are equal: `Language-Models` is `language-model`."""
    spelled = " ".join("-".join(map(singular, parts)) for parts in split_compounds(text))
    return _BETWEEN_IDEOGRAPHS.sub("", spelled)


@dataclass(frozen=True, slots=True)
class Words:
    """A text as its parts, in order; `joined` gives, by place, the closed words that start there and where they end.

    `line` and `closed` say the same again for speed: the parts between spaces, and the closed words.
    """

    parts: tuple[str, ...]
    joined: Mapping[int, tuple[tuple[str, int], ...]]
    line: str
    closed: frozenset[str]

    def edges(self, place: int) -> tuple[tuple[str, int], ...]:
        """Give the words that start at a place, each with the place after it."""
        if place >= len(self.parts):
            return ()
        return ((self.parts[place], place + 1), *self.joined.get(place, ()))

    def vocabulary(self) -> set[str]:
        """Give every word that can be found in it."""
        return {*self.parts, *self.closed}


def words_of(text: str) -> Words:
    """Read a text as words."""
    parts: list[str] = []
    joined: dict[int, tuple[tuple[str, int], ...]] = {}
    for compound in split_compounds(text):
        start = len(parts)
        parts.extend(map(singular, compound))
        if 1 < len(compound) <= MAX_JOINED_PARTS:
            for place in range(start, len(parts) - 1):
                joined[place] = tuple(
                    (singular("".join(parts[place:end])), end) for end in range(place + 2, len(parts) + 1)
                )
    closed = frozenset(word for ends in joined.values() for word, _ in ends)
    return Words(tuple(parts), joined, f" {' '.join(parts)} ", closed)


def contains(text: Words, term: Words) -> bool:
    """Whether the term's words stand in the text in a row, however either hyphenates them."""
    if term.line in text.line:
        return True
    if not term.joined and text.closed.isdisjoint(term.parts):
        return False
    starts = {word for word, _ in term.edges(0)}
    return any(_reads(text, term, place) for place in _places(text, starts))


def _places(text: Words, starts: set[str]) -> Iterator[int]:
    for place, part in enumerate(text.parts):
        if part in starts or any(word in starts for word, _ in text.joined.get(place, ())):
            yield place


def _reads(text: Words, term: Words, start: int) -> bool:
    """Walk both at once from `start`; a state is (place in the term, place in the text)."""
    pending, seen, end = [(0, start)], {(0, start)}, len(term.parts)
    while pending:
        in_term, in_text = pending.pop()
        if in_term == end:
            return True
        for state in _steps(term.edges(in_term), text.edges(in_text)):
            if state not in seen:
                seen.add(state)
                pending.append(state)
    return False


def _steps(wanted: tuple[tuple[str, int], ...], found: tuple[tuple[str, int], ...]) -> Iterator[tuple[int, int]]:
    for word, after_word in wanted:
        for other, after_other in found:
            if word == other:
                yield after_word, after_other
