"""Reads text into pieces of TeX: characters, commands, groups, formulas. Decides what is TeX; writes nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

LONGEST_FORMULA: Final = 1_000  # characters
LONGEST_WORDY_FORMULA: Final = 3  # words, where nothing else speaks for a formula
DEEPEST: Final = 24  # groups inside groups

_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|https?://[^\s\\{}$]+|[{}^_~$]|(?:(?!https?://)[^\\{}^_~$])+|\\", re.DOTALL)
_CLOSERS: Final = {"$$": "$$", "$": "$", r"\(": r"\)", r"\[": r"\]"}
_TO_DOLLAR = re.compile(r"(?:[^$\\]|\\.)*+(?=\$)", re.DOTALL)
_PRICE = re.compile(r"\d[\d.,]*\s?(?:[kKMB]\b|million\b|billion\b|trillion\b)?")
_WORD = re.compile(r"\b[^\W\d_]{2,}")
_COMMAND_OR_GROUP = re.compile(r"\\(?:[A-Za-z]+|.)|\{[^{}]*\}", re.DOTALL)
_SIGN_OF_MATH = re.compile(r"[\\^_{=<>]")


class Kind(Enum):
    """What a node is. In brackets what its `value` holds."""

    CHARS = auto()  # the characters
    COMMAND = auto()  # the name, without backslash
    BRACE = auto()  # { or }; gone once the tree is built
    GROUP = auto()  # the source between the braces
    FORMULA = auto()  # the source between the dollars
    SCRIPT = auto()  # ^ or _
    TIE = auto()  # ~


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of TeX; only a group has something `inside`."""

    kind: Kind
    value: str
    inside: tuple["Node", ...] = ()


def parse_tex(text: str, *, is_math: bool) -> tuple[Node, ...]:
    """Read text into nodes, in linear time. A brace without its partner, or too deep, is a character."""
    tokens = list(_read_tokens(text, is_math=is_math))
    partners = _match_braces([token for token, _ in tokens])
    levels: list[list[Node]] = [[]]
    starts: list[int] = []
    for index, (token, place) in enumerate(tokens):
        if token.kind is not Kind.BRACE:
            levels[-1].append(token)
        elif index not in partners:
            levels[-1].append(Node(Kind.CHARS, token.value))
        elif token.value == "{":
            levels.append([])
            starts.append(place + 1)
        else:
            inside = tuple(levels.pop())
            levels[-1].append(Node(Kind.GROUP, text[starts.pop() : place], inside))
    return tuple(levels[0])


def _match_braces(tokens: list[Node]) -> set[int]:
    """Give the places of the braces that have a partner and are not too deep."""
    opened: list[int] = []
    pairs: set[int] = set()
    for index, token in enumerate(tokens):
        if token.kind is not Kind.BRACE:
            continue
        if token.value == "{":
            opened.append(index)
        elif opened:
            partner = opened.pop()
            if len(opened) < DEEPEST:
                pairs |= {partner, index}
    return pairs


def _read_tokens(text: str, *, is_math: bool) -> Iterator[tuple[Node, int]]:
    """Give each token with the place it starts at."""
    at = 0
    while found := _TOKEN.match(text, at):
        place, at = found.span()
        formula = None if is_math else _find_formula(text, place)
        if formula is None:
            yield _classify(found.group()), place
        else:
            body, at = formula
            yield Node(Kind.FORMULA, body.strip()), place


def _find_formula(text: str, place: int) -> tuple[str, int] | None:
    """Give the formula that opens here and where it ends, if one does."""
    opener = text[place : place + 2]
    opener = opener if opener in _CLOSERS else opener[:1]
    closer = _CLOSERS.get(opener)
    if closer is None:
        return None
    start = place + len(opener)
    end = _find_closer(text, closer, start)
    body = text[start:end]
    if end < 0 or not body.strip() or (opener == "$" and not _is_formula(body, text[end + 1 : end + 2])):
        return None
    return body, end + len(closer)


def _find_closer(text: str, closer: str, start: int) -> int:
    if closer != "$":
        return text.find(closer, start, start + LONGEST_FORMULA)
    found = _TO_DOLLAR.match(text, start, start + LONGEST_FORMULA)
    return found.end() if found else -1


def _is_formula(body: str, after: str) -> bool:
    """Tell `$n$` from `$5 and $`: Pandoc's rules for dollars, loosened for what looks like a command."""
    words = _WORD.findall(_COMMAND_OR_GROUP.sub(" ", body))
    price = _PRICE.match(body)
    if price and _WORD.search(_COMMAND_OR_GROUP.sub(" ", body[price.end() :])):
        return False
    has_signs = _SIGN_OF_MATH.search(body) is not None or not any(letter.isalnum() for letter in body)
    if body[0].isspace() or body[-1].isspace():
        return has_signs and not price
    return has_signs or not (after.isdigit() or len(words) > LONGEST_WORDY_FORMULA)


def _classify(piece: str) -> Node:
    if piece in "{}":
        return Node(Kind.BRACE, piece)
    if piece in "^_":
        return Node(Kind.SCRIPT, piece)
    if piece == "~":
        return Node(Kind.TIE, piece)
    if piece.startswith("\\") and len(piece) > 1:
        return Node(Kind.COMMAND, piece[1:])
    return Node(Kind.CHARS, piece)
