"""Where a printed name divides into given names, family name and suffix: one tolerant reader for every layout.

Layouts seen in the wild: `Furu Wei`, `Wei, Furu`, `Wei F`, `F. Wei`, `WEI Furu`, `J-P Serre`, `Ludwig van der Berg`,
`Kim, Jr., Ann`, `魏福如`. Case is the only hint for some, so it works on the name as printed.
"""

import re
from typing import NamedTuple

_PARTICLE_WORDS = """
    al bin da das de del della den der di do dos du el ibn la le los st ten ter van ver vom von zu zum zur
"""
_PARTICLES = frozenset(_PARTICLE_WORDS.split())
_SUFFIX = re.compile(r"(?:[JS]r|[js]r|JR)\.?|I{2,3}|IV")
_TITLE = re.compile(r"(?:dr|prof|professor|phd|ph\.d|mr|mrs)\.?", re.IGNORECASE)
# Two or three capitals are initials (`Smith JA`), unless they spell a family name in capitals (`Wei LI`).
_SHORT_FAMILY_WORDS = """
    AI AN BAI BAO BI BO CAI CAO CHO CHU CUI DAI DAO DIN DU FAN FEI FU GAO GE GU GUO HA HAN HE HO HOU HSU HU HUI IM JI
    JIA JIN KIM KO LAI LAM LAU LE LEE LEI LI LIN LIU LU LUO MA MAO MEI MO NA NG NI OH PAN PEI QI QIN QIU RAO REN ROY RU
    SEN SHI SIM SU SUN TAN TAO TU VO VU WAN WEI WEN WU XI XIA XIE XU XUE YAN YAO YE YI YIN YOO YU YUE ZHU ZOU
"""
_SHORT_FAMILIES = frozenset(_SHORT_FAMILY_WORDS.split())
_MOST_INITIALS = 3
# Family names of two characters; every other Chinese family name has one.
_DOUBLE_FAMILY_WORDS = "欧阳 歐陽 司马 司馬 诸葛 諸葛 上官 司徒 东方 東方 夏侯 皇甫 南宫 尉迟 慕容"
_DOUBLE_FAMILIES = frozenset(_DOUBLE_FAMILY_WORDS.split())


class Divided(NamedTuple):
    """The words of a name by role, as printed; initials are taken apart."""

    given: list[str]
    family: list[str]
    suffix: str = ""


def divide(printed: str) -> Divided:
    """Divide a name in a script with letters."""
    before, comma, after = printed.partition(",")
    words, suffix = _take_suffix(before, names=1)
    if not comma:
        return _divide_plain(words, suffix)
    rest, later = _take_suffix(after, names=0)
    if not rest:  # `Ann Kim, Jr.`
        return _divide_plain(words, suffix or later)
    return Divided(_split_initials(rest), words, suffix or later)


def divide_ideographic(printed: str) -> Divided:
    """Divide a Chinese, Japanese or Korean name: the family name comes first, with or without a space."""
    first, *rest = printed.replace("·", " ").replace(",", " ").split()
    if not rest:
        cut = 2 if first[:2] in _DOUBLE_FAMILIES else 1
        first, rest = first[:cut], [first[cut:]]
    return Divided(rest, [first])


def _divide_plain(words: list[str], suffix: str) -> Divided:
    """Divide a name without a comma: the family name is last, unless initials follow it or capitals mark it."""
    end = len(words)
    while end > 1 and _are_initials(words[end - 1], words[: end - 1]):
        end -= 1
    if end < len(words):
        return Divided([letter for word in words[end:] for letter in _letters(word)], words[:end], suffix)
    if len(words) > 1 and _is_capital_family(words[0], words[1:]):
        return Divided(_split_initials(words[1:]), words[:1], suffix)
    start = max(len(words) - 1, 0)
    while start > 1 and words[start - 1].strip(".").lower() in _PARTICLES:
        start -= 1
    return Divided(_split_initials(words[:start]), words[start:], suffix)


def _are_initials(last: str, before: list[str]) -> bool:
    """Whether the last word is initials: `Wei F`, `Smith JA`; not the family name of `Wei LI` or of `FURU WEI`."""
    letters = _letters(last)
    if len(letters) == 1:
        return len(_letters(before[0])) > 1
    return _look_like_initials(letters) and not any(_is_capital(word) for word in before)


def _is_capital_family(first: str, rest: list[str]) -> bool:
    """Whether the first word alone is in capitals and a family name: `WEI Furu`, not `JA Smith`."""
    return _is_capital(first) and not _look_like_initials(_letters(first)) and not any(map(_is_capital, rest))


def _is_capital(word: str) -> bool:
    return "." not in word and len(_letters(word)) > 1 and word.isupper()


def _look_like_initials(letters: str) -> bool:
    return letters.isupper() and len(letters) <= _MOST_INITIALS and letters not in _SHORT_FAMILIES


def _split_initials(words: list[str]) -> list[str]:
    """Take `J.R.R.`, `J.-P.`, `J-P` and `JA` apart; `Jean-Pierre` stays one."""
    parts: list[str] = []
    for word in words:
        if "." in word:
            parts += filter(None, (piece.strip("-") for piece in word.split(".")))
        elif _is_capital(word) and len(_letters(word)) < _MOST_INITIALS and _look_like_initials(_letters(word)):
            parts += _letters(word)
        else:
            parts.append(word)
    return parts


def _take_suffix(text: str, names: int) -> tuple[list[str], str]:
    """Give the words without titles and suffix, and the suffix; the first `names` words are never one."""
    words = [word for word in text.replace(",", " ").split() if not _TITLE.fullmatch(word)]
    suffixes = [word for word in words[names:] if _SUFFIX.fullmatch(word)]
    rest = words[:names] + [word for word in words[names:] if not _SUFFIX.fullmatch(word)]
    return rest, suffixes[0].strip(".").lower() if suffixes else ""


def _letters(word: str) -> str:
    return word.replace(".", "").replace("-", "")
