"""TeX in a bibliography as plain text. Pure."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from pylatexenc.latex2text import LatexNodes2Text

from digest.intake import clean_text
from digest.researchers.tex import replace_tex

LONGEST: Final = 2_000
# The parser of TeX goes down once for each brace; nothing that is meant has so many.
_DEEPEST: Final = 20
_BRACE = re.compile(r"[{}]")
# Nearly all TeX in names is accents, and reading those alone takes a hundredth of the time.
_ACCENT_SIGNS: Final = dict(
    zip(
        "\"'`^~=.uvHcdbkr",
        map(chr, (776, 769, 768, 770, 771, 772, 775, 774, 780, 779, 807, 803, 817, 808, 778)),
        strict=True,
    )
)
_ACCENT = re.compile(
    r"\\(?:(?P<sign>[\"'`^~=.])\s*|(?P<letter>[uvHcdbkr])(?:\s+|(?=\{)))(?:\{\\?(?P<braced>[A-Za-z])\}|\\?(?P<bare>[A-Za-z]))"
)
_to_text = LatexNodes2Text(strict_latex_spaces=False, math_mode="verbatim")


@lru_cache(maxsize=20_000)
def to_text(value: str) -> str:
    r"""Give what `{\"o}`, `\'{e}` and `{BERT}` stand for; what is too deep is given without its braces and commands."""
    value = value[:LONGEST].replace("~", " ")
    if "\\" in value:
        value = _ACCENT.sub(_put_accent, value)
    if "\\" in value:
        value = replace_tex(_to_text, value) if _depth(value) <= _DEEPEST else value.replace("\\", " ")
    return clean_text(_BRACE.sub("", value.replace("\\", " ")), LONGEST)


def _put_accent(found: re.Match[str]) -> str:
    sign, letter = found["sign"] or found["letter"], found["braced"] or found["bare"]
    return unicodedata.normalize("NFC", f"{letter}{_ACCENT_SIGNS[sign]}")


def _depth(value: str) -> int:
    """Give how deep braces, dollars and environments may lie in each other, or more."""
    deepest = depth = 0
    for brace in _BRACE.findall(value):
        depth += 1 if brace == "{" else -1
        deepest = max(deepest, depth)
    return deepest + value.count(r"\begin") + value.count("\\[") + value.count("\\(") + value.count("$") // 20
