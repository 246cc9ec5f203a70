"""JSON from a stranger: every field may be missing, null, or of another type, and is then simply absent. Pure."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from digest.errors import SourceChanged
from digest.intake import clean_text, clean_url
from digest.sources.formats.dates import parse_instant

_LARGEST_COUNT: Final = 2**31 - 1  # what an INTEGER column of PostgreSQL holds
_LONGEST: Final = 100_000


def read_json(body: bytes | str, source: str) -> Any:
    """Decode JSON. Raises SourceChanged."""
    try:
        return json.loads(body, parse_constant=lambda _: None)
    except RecursionError as error:
        raise SourceChanged(source, "The answer is nested too deeply") from error
    except ValueError as error:  # malformed, undecodable, or an integer of thousands of digits
        raise SourceChanged(source, "The answer is not the JSON that was expected, or it breaks off") from error


class Record:
    """A JSON object, read field by field. Anything that is no object reads like an empty one."""

    def __init__(self, value: object) -> None:
        self._fields: dict[str, Any] = value if isinstance(value, dict) else {}

    def __contains__(self, key: str) -> bool:
        """Whether the field is there and not null."""
        return self._fields.get(key) is not None

    def text(self, key: str, limit: int = _LONGEST) -> str:
        """Give a string with clean white space, or an empty one."""
        value = self._fields.get(key)
        return clean_text(value, limit) if isinstance(value, str) else ""

    def count(self, key: str) -> int | None:
        """Give a number of things."""
        value = self._fields.get(key)
        is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_COUNT
        return value if is_count else None

    def flag(self, key: str) -> bool:
        """Whether the field is true."""
        return self._fields.get(key) is True

    def link(self, key: str) -> str | None:
        """Give a web address."""
        value = self._fields.get(key)
        return clean_url(value) if isinstance(value, str) else None

    def instant(self, key: str) -> datetime | None:
        """Give a point in time, in UTC."""
        return parse_instant(self.text(key))

    def raw(self, key: str) -> object:
        """Give a field as it came, of whatever type; None if it is not there."""
        return self._fields.get(key)

    def record(self, key: str) -> "Record":
        """Give a nested object."""
        return Record(self._fields.get(key))

    def records(self, key: str) -> "Iterator[Record]":
        """Walk over a list of objects."""
        return (Record(value) for value in self._list(key) if isinstance(value, dict))

    def entries(self, key: str) -> "list[Record] | None":
        """Give a list with all that is in it, odd things like empty objects; None if there is no list."""
        value = self._fields.get(key)
        return [Record(entry) for entry in value] if isinstance(value, list) else None

    def texts(self, key: str, limit: int = _LONGEST) -> tuple[str, ...]:
        """Give a list of strings, without the empty ones."""
        return tuple(text for value in self._list(key) if isinstance(value, str) and (text := clean_text(value, limit)))

    def links(self, key: str) -> tuple[str, ...]:
        """Give a list of web addresses."""
        return tuple(url for value in self._list(key) if isinstance(value, str) and (url := clean_url(value)))

    def _list(self, key: str) -> list[Any]:
        value = self._fields.get(key)
        return value if isinstance(value, list) else []
