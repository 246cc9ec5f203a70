"""Dates as sources write them: RFC 822, ISO 8601, and whatever cannot be believed. Pure."""

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Final

# Nobody announced papers online before 1991: 1970 is a zero that somebody took for a date, and 9999 a maximum.
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2200


def parse_instant(text: str) -> datetime | None:
    """Give the instant in UTC, or None. A time without a zone is taken for UTC."""
    stated = _parse(text)
    if stated is None:
        return None
    aware = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
    return aware.astimezone(UTC)


def parse_day(text: str) -> date | None:
    """Give the day as written, in the writer's own zone, or None."""
    stated = _parse(text)
    return stated.date() if stated else None


def _parse(text: str) -> datetime | None:
    text = text.strip()[:60]
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            stated = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if _FIRST_YEAR < stated.year < _LAST_YEAR:
            return stated
    return None
