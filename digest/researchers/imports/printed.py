"""Whether a text is the name of one person, and the name without what stands around it. Pure."""

import re
from typing import Final

from digest.intake import clean_text
from digest.researchers.imports.wishes import Unusable
from digest.researchers.names import parse_name

LONGEST_NAME: Final = 100
MOST_WORDS: Final = 6
SENTENCE: Final = "This reads like a sentence, not a name."

_AROUND: Final = ' \t,;:|."“”„«»`*_…–—-'
_HOMONYM = re.compile(r"\s\d{4}$")  # `Jim Gray 0001`, as dblp numbers namesakes
# In small letters, as they stand in sentences; `in 't Veld` is a name.
_SENTENCE = re.compile(
    r"\b(?:the|of|to|for|is|are|was|how|what|from|your|on|by|at|an|a|not|this|that|we|in(?! ['’]))\b"
)
_NO_NAME_SIGNS = re.compile(r"[:<>=/\\{}|^~$%&+#!?*\[\]@…]|\.\.\.|://")
_DIGIT = re.compile(r"\d")
_SEVERAL = re.compile(r"\s(?:and|und|et|y|&|with)\s|;", re.IGNORECASE)
_INSTITUTION = re.compile(
    r"\b(?:universit\w*|institut\w*|college|school|laborator\w+|labs?|department|dept|faculty|cent(?:er|re)|academy|inc|"
    r"corp\w*|ltd|llc|gmbh|research|hospital|polytechnic\w*|hochschule|ETH|EPFL|MIT|CNRS|INRIA|Google|Microsoft|Meta|"
    r"NVIDIA|IBM|Amazon|Apple|OpenAI|DeepMind)\b",
    re.IGNORECASE,
)
_UPPER_CASE = re.compile(r"\b[A-Z]{3,}\b")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)
_PARTICLE = re.compile(r"(?:van|von|de|da|di|del|della|der|den|dos|du|la|le|el|al|ter|ten|bin|ibn)\s", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[^\W\d_](?:\.|\s|-|$)\s?)+")


def read_name(text: str) -> str:
    """Give the name that a text is. Raises Unusable if it is none, or of more than one person."""
    name = clean_text(text, LONGEST_NAME * 2).strip(_AROUND)
    if name.endswith((" Jr", " Sr")) or re.search(r"\s[^\W\d_]$", name):
        name += "."
    if fault := _find_fault(name):
        raise Unusable(fault)
    return name


def _find_fault(name: str) -> str:
    bare = _HOMONYM.sub("", name)
    checks = (
        (not name, "There is no name on this line."),
        (len(name) > LONGEST_NAME, "This is too long for a name."),
        (_DIGIT.search(bare), "A name has no digits; if this is an id, write whose it is in front, like “s2:1741101”."),
        (_NO_NAME_SIGNS.search(bare), "This has signs that no name has."),
        (_SEVERAL.search(bare), "This seems to name several people; put each on a line of its own."),
        (sum(char.isalpha() for char in bare) < 2, "There is no name on this line."),  # noqa: PLR2004 -- `Li`
        (_reads_like_sentence(bare), SENTENCE),
    )
    if fault := next((why for is_so, why in checks if is_so), ""):
        return fault
    return "" if parse_name(name) else "This names a group and not a person."


def _reads_like_sentence(text: str) -> bool:
    return bool(_SENTENCE.search(text)) or sum(len(word.strip(".")) > 1 for word in text.split()) > MOST_WORDS


def divide_name(text: str, *, is_family_first: bool) -> tuple[str, str]:
    """Divide `Family, Given`, `Name, affiliation` or `Name (affiliation)` into name and affiliation, as printed.

    What two words and a comma mean depends on the list: `García Márquez, Gabriel` where it puts families first.
    """
    text = " ".join(text.split())
    if text.endswith(")") and (at := text.rfind(" (")) > 0:
        name, _ = divide_name(text[:at], is_family_first=is_family_first)
        return name, text[at + 2 : -1].strip()
    first, *rest = [part.strip() for part in text.split(",") if part.strip()] or [""]
    if not rest:
        return first, ""
    if _SUFFIX.fullmatch(rest[0]):
        suffix, *rest = rest
        name, affiliation = (f"{rest[0]} {first}", rest[1:]) if rest and _is_given(rest[0]) else (first, rest)
        return f"{name} {suffix}", ", ".join(affiliation)
    if _is_family(first, rest[0], is_family_first=is_family_first):
        return f"{rest[0]} {first}", ", ".join(rest[1:])
    if len(rest) > 1 and all(_is_whole_name(part) for part in (first, *rest)):
        raise Unusable("This seems to name several people; put each on a line of its own.")
    return first, ", ".join(rest)


def is_doubtful(name: str, affiliation: str) -> bool:
    """Whether what was taken for an affiliation may be a given name: `García Márquez, Gabriel`."""
    return len(affiliation.split()) == 1 and len(name.split()) > 1 and _is_given(affiliation)


def is_inverted(text: str) -> bool:
    """Whether a line is `Family, Given` beyond doubt: one word, a comma, and given names."""
    family, comma, given = text.partition(",")
    return bool(comma) and len(family.split()) == 1 and _is_given(given.strip())


def _is_family(first: str, second: str, *, is_family_first: bool) -> bool:
    """Whether a family name stands before the comma, and given names behind it."""
    if not _is_given(second):
        return False
    is_one_word = len(first.split()) == 1
    return is_one_word or is_family_first or bool(_PARTICLE.match(first)) or bool(_INITIALS.fullmatch(f"{second} "))


def _is_given(text: str) -> bool:
    """Whether a text may be given names: up to three words, none of an institution or in capitals."""
    words = text.split()
    if not 1 <= len(words) <= 3 or _DIGIT.search(text) or _INSTITUTION.search(text):  # noqa: PLR2004 -- `Mary Ann B.`
        return False
    return len(words) == 1 or not _UPPER_CASE.search(text)


def _is_whole_name(text: str) -> bool:
    return 2 <= len(text.split()) <= 3 and not _INSTITUTION.search(text)  # noqa: PLR2004 -- given, middle and family
