"""What a request gives: the whole answer, and what its headers say about asking again. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

LONGEST_VALIDATOR: Final = 250
LONGEST_FRESH: Final = timedelta(days=1)  # arXiv's feeds are fresh until its next midnight

_MAX_AGE = re.compile(r'(?:^|,)\s*max-age\s*=\s*"?(\d{1,9})(?!\d)', re.IGNORECASE)
_ASK_ALWAYS = re.compile(r"(?:^|,)\s*(?:no-cache|no-store)\s*(?:,|$)", re.IGNORECASE)
_AGE = re.compile(r"\d{1,9}")


class Headers(Mapping[str, str]):
    """Response headers, found whatever their case."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in values.items()}

    def __getitem__(self, name: str) -> str:
        """Give one header."""
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        """Walk over the names in lower case."""
        return iter(self._values)

    def __len__(self) -> int:
        """Count the headers."""
        return len(self._values)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer: the URL it came from in the end, and the decoded body (empty when not modified)."""

    url: str
    status: int
    headers: Headers
    body: bytes
    is_not_modified: bool = False

    @property
    def etag(self) -> str | None:
        """Give the validator for the next `If-None-Match`."""
        return self._validator("etag")

    @property
    def last_modified(self) -> str | None:
        """Give the validator for the next `If-Modified-Since`."""
        return self._validator("last-modified")

    @property
    def max_age(self) -> timedelta | None:
        """Give how long asking again would give the same, at most a day; None if the server does not say."""
        control = self.headers.get("cache-control", "")
        if _ASK_ALWAYS.search(control):
            return timedelta()
        if not (stated := _MAX_AGE.search(control)):
            return None
        # RFC 9111, section 4.2: what a cache on the way kept it for is gone already.
        age = self.headers.get("age", "").strip()
        left = timedelta(seconds=int(stated[1]) - (int(age) if _AGE.fullmatch(age) else 0))
        return min(max(left, timedelta()), LONGEST_FRESH)

    def _validator(self, name: str) -> str | None:
        # It is stored, and sent back as it came: only what a header may hold.
        value = self.headers.get(name, "")
        return value if value.isascii() and value.isprintable() and 0 < len(value) <= LONGEST_VALIDATOR else None
