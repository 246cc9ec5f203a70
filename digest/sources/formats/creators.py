r"""Authors written as one string: `Paulo Andr\'e Lima, A. B. Smith (CERN, MIT)`. Pure.

Commas outside of parentheses separate; parentheses hold an affiliation; TeX accents become letters.
"""

import html
import re
from collections.abc import Iterator
from typing import Final

from pylatexenc.latex2text import LatexNodes2Text

from digest.model import Author

_TAG = re.compile(r"<[^<>]*>")
_SUFFIX = re.compile(r"(?:Jr|Sr)\.?|I{2,3}|IV", re.IGNORECASE)
_MARKER = re.compile(r"[\d\s,*†‡§]*")  # "(1,2)" points to a list of institutes that is not here
_COLLABORATION = re.compile(r"(.*\bcollaborations?)\s*:\s*(.+)", re.IGNORECASE | re.DOTALL)
_LONGEST_NAME: Final = 300
_TEX = LatexNodes2Text(keep_comments=True, math_mode="verbatim")


def parse_creators(text: str) -> tuple[Author, ...]:
    """Read all authors, in order."""
    plain = html.unescape(_TAG.sub("", text)) if "<" in text else text
    pieces: list[str] = []
    for piece in _split(plain):
        if pieces and _SUFFIX.fullmatch(piece):
            pieces[-1] = f"{pieces[-1]}, {piece}"
        else:
            pieces.extend(_split_collaboration(piece))
    return tuple(author for piece in pieces if (author := _read_author(piece)).name)


def decode_tex(text: str) -> str:
    r"""Turn TeX accents into letters (`Andr\'e` into `André`); other text stays as it is."""
    if not ("\\" in text or "{" in text) or len(text) > _LONGEST_NAME:
        return text
    return " ".join(str(_TEX.latex_to_text(text)).split()) or text


def _split(text: str) -> Iterator[str]:
    """Cut at the commas (or semicolons) that are in no parentheses; with unbalanced parentheses, at all of them."""
    is_balanced = text.count("(") == text.count(")")
    depth, start = 0, 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")" and depth > 0)
        if char in ",;" and (depth == 0 or not is_balanced):
            yield text[start:at].strip()
            start = at + 1
    yield text[start:].strip()


def _split_collaboration(piece: str) -> tuple[str, ...]:
    found = _COLLABORATION.fullmatch(piece)
    return (found[1], found[2]) if found else (piece,)


def _read_author(piece: str) -> Author:
    name, _, rest = piece.partition("(")
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
