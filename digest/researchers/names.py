"""Printed names as values that can be compared and indexed: whatever the layout, accents or script."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import product, zip_longest

from anyascii import anyascii
from pylatexenc.latex2text import LatexNodes2Text

from digest.researchers.layouts import divide, divide_ideographic
from digest.researchers.tex import replace_tex
from digest.researchers.variants import variants_of

LONGEST_KEPT = 80  # characters of a name that is remembered: a stranger may type names of hundreds
_COLLECTIVE_WORDS = """
    collaboration collaborations consortium group team project society committee initiative network experiment survey
    university institute laboratory laboratories foundation anonymous
"""
_COLLECTIVE = re.compile(rf"\b(?:{'|'.join(_COLLECTIVE_WORDS.split())}|et al)\b", re.IGNORECASE)
# Programs that people have put among the authors. Claude and Gemini are names of people too: only alone, or with a
# maker or a version, are they none.
_PROGRAM = re.compile(
    r"(?:open\s?ai |anthropic |google |deepmind |meta |microsoft )?"
    r"(?:chat\s?gpt|gpt|gpt-?\d\w*|claude|gemini|bard|copilot|llama|deepseek|qwen|mistral|grok|perplexity"
    r"|bing chat|codex)"
    r"(?:[ -](?:\d[\w.]*|v\d[\w.]*|ai|turbo|mini|pro|ultra|flash|opus|sonnet|haiku|code|plus|large|small|r1|chat))*"
    r"|(?:openai|anthropic|deepmind|an? ai|ai assistant|large language model|language model)",
    re.IGNORECASE,
)
# `Ann Kim for the IceCube Collaboration`; `Ann Kim (Bonn)`; `William "Bill" Gates`; `Jim Gray 0001` (dblp's homonyms).
_ON_BEHALF = re.compile(r"\s(?:for|on behalf of)\s.*", re.IGNORECASE)
_ASIDES = re.compile(r"\([^)]*\)|\[[^\]]*\]|[\"“][^\"”]*[\"”]|\b\d{4}$")
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]")
_HYPHENS = re.compile("[\u00ad\u2010-\u2015\u2212-]+")
_NOT_LETTERS = re.compile("[^a-z]+")
# As most names are printed: `Furu Wei`, `Ji-Hoon Kim`, `Jörg B. Müller`. No particle, suffix or capitals among them.
_LATIN = "".join(char for char in map(chr, range(0x180)) if unicodedata.is_normalized("NFKC", char) and char.isalpha())
_UPPER, _LOWER = "".join(filter(str.isupper, _LATIN)), "".join(filter(str.islower, _LATIN))
_PLAIN_WORD = rf"[{_UPPER}][{_LOWER}]+(?:-[{_LATIN}][{_LOWER}]+)*"
_PLAIN = re.compile(rf"{_PLAIN_WORD} (?:[A-Z]\. )*{_PLAIN_WORD}")
_JOINTS = str.maketrans("", "", ".-")
_NO_NAMES = frozenset(f"{_COLLECTIVE_WORDS} al jr sr dr prof professor phd mr mrs".split())
# German and Nordic letters that passports and keyboards spell with two: Jörg is printed Jorg, and Joerg too.
_SPELLINGS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_SPELL_OUT = str.maketrans(_SPELLINGS | {letter.upper(): two.title() for letter, two in _SPELLINGS.items()})


class Likeness(StrEnum):
    """How two printed names agree; every value but NO means that they may name one person."""

    SAME = "same"  # the same full name, however it is divided
    SWAPPED = "swapped"  # the same with family and given names exchanged
    SHORTER = "shorter"  # the same first and family name; a middle name is left out or abbreviated
    VARIANT = "variant"  # the same family name, and another form of the first given name (Chris, Christopher)
    INITIALS = "initials"  # the same family name, and initials that fit
    SPELLED_OUT = "spelled out"  # any of these once ä, ö, ü, ø, å are written with two letters
    ROMANISED = "romanised"  # one in Chinese, Japanese or Korean script that reads like the other
    SINGLE = "single"  # the same, and one of them a single word
    NO = "no"


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name taken apart, in small Latin letters. A hyphenated given name is one word (`xiaoming`).

    `native` is the name as printed if that is in Chinese, Japanese or Korean script; two such are compared by it.
    `spelled_out` is the same name with `oe` for ö and so on, if it has such letters.
    """

    given: tuple[str, ...]
    family: str
    suffix: str = ""
    native: str = ""
    spelled_out: "PersonName | None" = None

    @property
    def spelled(self) -> str:
        """Give the letters, given names first, without divisions."""
        return "".join((*self.given, self.family))

    @property
    def swapped(self) -> str:
        """Give the letters, family name first."""
        return "".join((self.family, *self.given))

    @property
    def is_full(self) -> bool:
        """Whether the first given name is written out."""
        return bool(self.given) and len(self.given[0]) > 1


def fold(name: str) -> str:
    """Give a name in small Latin letters and single spaces: without accents, hyphens, dots, from any script."""
    return " ".join(filter(None, map(_letters, _clean(name).split())))


def parse_name(text: str) -> PersonName | None:
    """Take a printed name apart; None if it names no person (a collaboration, or nothing)."""
    return _remember(text) if len(text) <= LONGEST_KEPT else _parse(text)


def _parse(text: str) -> PersonName | None:
    printed = _clean(text)
    name = _divide(printed)
    spelled_out = printed.translate(_SPELL_OUT)
    return name if name is None or spelled_out == printed else replace(name, spelled_out=_divide(spelled_out))


_remember = lru_cache(maxsize=100_000)(_parse)


def _divide(printed: str) -> PersonName | None:
    if not printed or _COLLECTIVE.search(printed) or _PROGRAM.fullmatch(printed):
        return None
    is_ideographic = _IDEOGRAPH.search(printed) is not None
    divided = divide_ideographic(printed) if is_ideographic else divide(printed)
    given = list(filter(None, map(_letters, divided.given)))
    family = "".join(map(_letters, divided.family))
    if not family and given:  # `, Plato`
        *given, family = given
    if not family:
        return None
    native = "".join(printed.split()).casefold() if is_ideographic else ""
    return PersonName(tuple(given), family, divided.suffix, native)


def name_key(text: str) -> str:
    """Give a key that is the same for every order of the parts of a name; empty for no person."""
    if _PLAIN.fullmatch(text):  # the same key in a tenth of the time, unless a word is none of a name
        folded = anyascii(text).lower()
        if _NO_NAMES.isdisjoint(folded.replace("-", " ").split()):
            return " ".join(sorted(folded.translate(_JOINTS).split()))
    name = parse_name(text)
    return " ".join(sorted((*name.given, name.family))) if name else ""


def block_keys(name: PersonName) -> frozenset[str]:
    """Give keys of which two names share at least one if they may name one person (`compare` is not NO)."""
    firsts = variants_of(name.given[0]) | {name.given[0]} if name.given else {""}
    others = block_keys(name.spelled_out) if name.spelled_out else ()
    return frozenset({*(f"{name.family} {first[:1]}" for first in firsts), name.spelled, name.swapped, *others})


def compare(one: PersonName, other: PersonName) -> Likeness:
    """Say how two names agree, whichever comes first."""
    likeness = _compare_printed(one, other)
    if likeness is not Likeness.NO:
        return likeness
    spellings = product(filter(None, (one, one.spelled_out)), filter(None, (other, other.spelled_out)))
    is_like = any(_compare_printed(first, second) is not Likeness.NO for first, second in spellings)
    return Likeness.SPELLED_OUT if is_like else Likeness.NO


def _compare_printed(one: PersonName, other: PersonName) -> Likeness:
    if one.suffix and other.suffix and one.suffix != other.suffix:
        return Likeness.NO
    if one.native and other.native:
        is_same = one.native == other.native
        return (Likeness.SAME if one.given else Likeness.SINGLE) if is_same else Likeness.NO
    likeness = _compare_letters(one, other)
    if not (one.native or other.native) or likeness in {Likeness.NO, Likeness.INITIALS}:
        return likeness
    return Likeness.ROMANISED


def _compare_letters(one: PersonName, other: PersonName) -> Likeness:
    if not one.given or not other.given:
        return Likeness.SINGLE if one.spelled == other.spelled else Likeness.NO
    if one.is_full and other.is_full:
        if one.spelled == other.spelled:
            return Likeness.SAME
        if one.spelled == other.swapped or other.spelled == one.swapped:
            return Likeness.SWAPPED
    if one.family != other.family:
        return Likeness.NO
    if not _fits(one.given, other.given):
        return Likeness.VARIANT if _are_variants(one.given, other.given) else Likeness.NO
    return Likeness.SHORTER if one.is_full and other.is_full else Likeness.INITIALS


def _fits(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether given names agree one by one, an initial with any name it begins; what one leaves out fits."""
    return all(
        first == second or (min(len(first), len(second)) <= 1 and (first + second)[:1] == (second + first)[:1])
        for first, second in zip_longest(one, other, fillvalue="")
    )


def _are_variants(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether the first given names are forms of one name, and the others fit."""
    return other[0] in variants_of(one[0]) and _fits(one[1:], other[1:])


def _clean(text: str) -> str:
    """Drop TeX, asides and what follows “for the … Collaboration”; plain hyphens and spaces."""
    if "\\" in text:
        text = replace_tex(LatexNodes2Text(strict_latex_spaces=True), text)
    text = unicodedata.normalize("NFKC", text).replace("_", " ")
    text = _ASIDES.sub(" ", _ON_BEHALF.sub("", text.strip()))
    return " ".join(_HYPHENS.sub("-", text).split())


def _letters(word: str) -> str:
    return _NOT_LETTERS.sub("", anyascii(word).lower())
