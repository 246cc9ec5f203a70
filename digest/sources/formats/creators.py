r"""Authors as arXiv writes them, in one string: `Paulo Andr\'e Lima, A. B. Smith (CERN, MIT)`. Pure.

Commas outside of parentheses separate; parentheses hold an affiliation; TeX accents become letters.
"""

import html
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from pylatexenc.latex2text import LatexNodes2Text

from digest.model import Author
from digest.researchers.tex import replace_tex

_TAG = re.compile(r"<[^<>]*>")
SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV", re.IGNORECASE)
_MARKER = re.compile(r"[\d\s,*†‡§]*")  # "(1,2)" points to a list of institutes that is not here
_COLLABORATION = re.compile(r"(.*\bcollaborations?)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_LONGEST_NAME: Final = 300
_LONGEST_SUFFIX: Final = 3
_TEX = LatexNodes2Text(keep_comments=True, math_mode="verbatim")
# One accented letter (`\'e`, `{\"o}`, `\v{c}`, `\'{\i}`) or one letter of its own (`{\l}`).
_ACCENT = re.compile(
    r"""\\["'`^~=.](?:[A-Za-z]|\{(?:[A-Za-z]|\\[ij])\})|\\[uvHckr]\{[A-Za-z]\}"""
    r"""|\{\\["'`^~=.][A-Za-z]\}|\{\\(?:l|L|o|O|aa|AA|ae|AE|ss|i)\}"""
)
_NOT_PLAIN = re.compile(r"[^\w .-]|_|--")  # what may mean something to TeX beyond itself


def parse_creators(text: str) -> tuple[Author, ...]:
    """Read all authors, in order."""
    plain = html.unescape(_TAG.sub("", text)) if "<" in text else text
    pieces: list[str] = []
    for piece in split_names(plain):
        if pieces and len(piece) <= _LONGEST_SUFFIX and SUFFIX.fullmatch(piece):
            pieces[-1] = f"{pieces[-1]}, {piece}"
        else:
            pieces.extend(split_collaboration(piece) if ":" in piece else (piece,))
    return tuple(author for piece in pieces if (author := read_author(piece)).name)


def decode_tex(text: str) -> str:
    r"""Turn TeX accents into letters (`Andr\'e` into `André`); other text stays as it is."""
    if not ("\\" in text or "{" in text) or len(text) > _LONGEST_NAME:
        return text
    # With nothing else for TeX in it, letters are decoded one by one: each was, once, among some thousand names.
    is_plain = not _NOT_PLAIN.search(_ACCENT.sub(" ", text))
    plain = _ACCENT.sub(lambda found: _read_tex(found[0]), text) if is_plain else replace_tex(_TEX, text)
    return " ".join(plain.split()) or text


@lru_cache(maxsize=1_000)
def _read_tex(text: str) -> str:
    return replace_tex(_TEX, text)


def split_names(text: str) -> Iterator[str]:
    """Cut at the commas (or semicolons) that are in no parentheses; with unbalanced parentheses, at all of them."""
    if "(" not in text and ")" not in text:
        yield from map(str.strip, text.replace(";", ",").split(","))
        return
    is_balanced = text.count("(") == text.count(")")
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")" and depth > 0)
        if char in ",;" and (depth == 0 or not is_balanced):
            yield text[start:at].strip()
            start = at + 1
    yield text[start:].strip()


def split_collaboration(piece: str) -> tuple[str, ...]:
    """Take `ATLAS Collaboration: G. Aad` apart."""
    found = _COLLABORATION.fullmatch(piece)
    return (found[1], found[2]) if found else (piece,)


def read_author(piece: str) -> Author:
    """Read one name, with what stands in parentheses as affiliations."""
    name, _, rest = piece.partition("(")
    if not rest:
        return Author(decode_tex(name.strip(" )")))
    affiliations = (part.strip(" ,;") for part in _groups(rest))
    return Author(
        name=decode_tex(name.strip(" )")),
        affiliations=tuple(decode_tex(part) for part in affiliations if not _MARKER.fullmatch(part)),
    )


def _groups(rest: str) -> Iterator[str]:
    """Give what stands in each outermost pair of parentheses; the first one is already open."""
    depth, group = 1, ""
    for char in rest:
        depth += (char == "(") - (char == ")")
        if depth <= 0:
            yield group
            depth, group = 0, ""
        elif not (char == "(" and depth == 1):
            group += char
    if group:
        yield group
