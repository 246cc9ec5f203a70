"""A text as it was pasted: what clings to it taken off, and a web address taken apart. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from digest.intake import clean_text

LONGEST: Final = 500

# What sentences, mails and Markdown put around an id. A tilde or an @ in front belongs to it.
_CLINGING: Final = " <>\"'“”‘’«»`,;"
_BRACKETS: Final = {"(": ")", "[": "]", "{": "}"}
# Dashes that a word processor makes of hyphens.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
_WITHOUT_SCHEME = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}/", re.IGNORECASE | re.ASCII)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """A web address: the host without `www.`, the parts of its path, the values of its query."""

    host: str
    parts: tuple[str, ...]
    query: Mapping[str, str]

    @property
    def path(self) -> str:
        """Give the path without slashes around it."""
        return "/".join(self.parts)


def tidy(text: str) -> str:
    """Give what was meant; an empty text if it is too long to be any id."""
    bare = clean_text(text, LONGEST + 1).translate(_DASHES).lstrip(_CLINGING).rstrip(f"{_CLINGING}.:")
    if (closing := _BRACKETS.get(bare[:1])) and bare.endswith(closing):
        bare = bare[1:-1].strip(_CLINGING)
    return bare if len(bare) <= LONGEST else ""


def read_address(text: str) -> Address | None:
    """Take an address apart, with or without `https://`; None if the text is none."""
    if _WITHOUT_SCHEME.match(text):
        text = f"https://{text}"
    if not _SCHEME.match(text) or " " in text:
        return None
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    path = tuple(filter(None, unquote(parts.path).split("/")))
    return Address(host, path, dict(parse_qsl(parts.query)))


def split_prefix(text: str) -> tuple[str, str]:
    """Cut `s2: 1741101` into what it says it is, in small letters, and the rest; no prefix is an empty one."""
    prefix, colon, rest = text.partition(":")
    return (prefix.strip().casefold(), rest.strip()) if colon else ("", text)
