"""Telegram's limits on a message, how to count against them, and how to split at borders. Knows nothing of papers."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

# "1-4096 characters after entities parsing" (Bot API, sendMessage). Offsets are counted in UTF-16 code units
# (core.telegram.org/api/entities); the server was seen to count code points, of which there are never more.
TEXT_LIMIT: Final = 4096
# Further entities are silently ignored (tdlib/telegram-bot-api#820); the server adds some itself, for addresses in the
# text, so not all are ours to use.
ENTITY_LIMIT: Final = 90
# All entities together may take about 9,500 bytes (ENTITIES_TOO_LONG, tdlib/telegram-bot-api#165), addresses included.
ENTITY_BYTES_LIMIT: Final = 8_000
_BYTES_OF_ENTITY: Final = 16

SEPARATOR: Final = "\n\n"

_TAG = re.compile(r"<(/?)([a-z]+)(?:\s[^>]*)?>")
_HREF = re.compile(r'<a href="([^"]*)">')
_TOKEN = re.compile(r"\S+")
# What Telegram turns into a mention, a hashtag, a cashtag, a bot command or a link by itself: @name #tag $TAG /go cs.AI
_TRIGGER = re.compile(r"(?<![\w/<>:.])([@#$/])(?=[^\W\d])|(?<=\w)(\.)(?=[^\W\d])")
_WORD_JOINER: Final = "\u2060"


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a message's limits a piece of Telegram HTML takes."""

    units: int = 0
    entities: int = 0
    entity_bytes: int = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(self.units + other.units, self.entities + other.entities, self.entity_bytes + other.entity_bytes)

    @property
    def fits(self) -> bool:
        """Whether one message may hold this."""
        return self.units <= TEXT_LIMIT and self.entities <= ENTITY_LIMIT and self.entity_bytes <= ENTITY_BYTES_LIMIT


def measure(piece: str) -> Size:
    """Count as Telegram does: UTF-16 code units of the text left once tags and character references are parsed."""
    entities = sum(not closing for closing, _ in _TAG.findall(piece))
    addresses = sum(len(html.unescape(address).encode()) for address in _HREF.findall(piece))
    text = html.unescape(_TAG.sub("", piece))
    return Size(len(text.encode("utf-16-le")) // 2, entities, entities * _BYTES_OF_ENTITY + addresses)


_GAP: Final = measure(SEPARATOR)


def pack(blocks: Iterable[str]) -> tuple[str, ...]:
    """Put blocks, each of which fits a message, into as few messages as their order allows; none is ever cut."""
    known = list(blocks)
    return tuple(join(known[place] for place in part) for part in divide(known))


def join(blocks: Iterable[str]) -> str:
    """Give the message that holds these blocks."""
    return SEPARATOR.join(blocks)


def divide(blocks: Iterable[str]) -> tuple[tuple[int, ...], ...]:
    """Say which blocks, by their place, come into which message."""
    return divide_sizes(measure(block) for block in blocks)


def divide_sizes(sizes: Iterable[Size]) -> tuple[tuple[int, ...], ...]:
    """Say the same of blocks whose sizes are known."""
    parts: list[list[int]] = []
    filled = Size()
    for place, size in enumerate(sizes):
        if parts and (filled + _GAP + size).fits:
            parts[-1].append(place)
            filled = filled + _GAP + size
        else:
            parts.append([place])
            filled = size
    return tuple(map(tuple, parts))


def inert(text: str) -> str:
    """Keep text from becoming something to tap or a notification: mentions, commands, and `cs.AI` as a web address.

    An invisible word joiner breaks the pattern. Whole addresses (`https://…`) stay: what is tapped is what is seen.
    """
    return _TOKEN.sub(_make_token_inert, text)


def _make_token_inert(found: re.Match[str]) -> str:
    token = found.group()
    return token if "://" in token else _TRIGGER.sub(lambda trigger: trigger.group() + _WORD_JOINER, token)
