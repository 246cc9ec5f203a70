"""Dates as sources write them: RFC 822, ISO 8601, and whatever cannot be believed. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

# Nobody announced papers online before 1991: 1970 is a zero that somebody took for a date, and 9999 a maximum.
_FIRST_YEAR: Final = 1990
_LAST_YEAR: Final = 2200
# Works themselves are older: Crossref has the first volumes of journals.
_FIRST_PRINT: Final = 1600
_LONGEST_NUMBER: Final = 4
_LONGEST_DATE: Final = 60
_LAST_MILLISECOND: Final = 8_000_000_000_000  # in the year 2223


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a date may mean which states no day, or no month: `2026` is any of 365."""

    first: date
    last: date

    @property
    def day(self) -> date | None:
        """Give the day if it can be only one."""
        return self.first if self.first == self.last else None

    @property
    def instant(self) -> datetime | None:
        """Give the beginning of the day, in UTC, if it can be only one."""
        return datetime.combine(self.first, time(), UTC) if self.first == self.last else None


def make_span(year: object, month: object = None, day: object = None) -> Span | None:
    """Read a date of one to three numbers or numerals; None if there is no year, or no such day."""
    parts = [_read_number(part) for part in (year, month, day)]
    if parts[0] is None or not _FIRST_PRINT < parts[0] < _LAST_YEAR:
        return None
    first_month, last_month = (parts[1], parts[1]) if parts[1] else (1, 12)
    try:
        if parts[1] and parts[2]:
            return Span(date(parts[0], parts[1], parts[2]), date(parts[0], parts[1], parts[2]))
        last_day = monthrange(parts[0], last_month)[1]
        return Span(date(parts[0], first_month, 1), date(parts[0], last_month, last_day))
    except ValueError:
        return None


def parse_span(text: str) -> Span | None:
    """Read `2026`, `2026-11` or `2026-11-20`."""
    parts = text.strip()[:10].split("-")
    return make_span(*parts) if len(parts) <= 3 else None  # noqa: PLR2004 -- year, month, day


def narrow_span(stated: Span | None, registered: date | None) -> Span | None:
    """Give when a work came out, known as it is in a register since a day: by then it was out.

    Journals date works ahead, and registers take up old volumes; so the earlier of the two is right.
    """
    if registered is None or (stated is not None and stated.last < registered):
        return stated
    return Span(registered, registered)


def parse_milliseconds(value: object) -> datetime | None:
    """Give the instant, in UTC, of a count of milliseconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < _LAST_MILLISECOND:
        return None
    stated = datetime.fromtimestamp(value / 1000, UTC)
    return stated if _FIRST_YEAR < stated.year < _LAST_YEAR else None


def parse_instant(text: str) -> datetime | None:
    """Give the instant in UTC, or None. A time without a zone is taken for UTC."""
    stated = _parse(text.strip()[:_LONGEST_DATE])
    if stated is None:
        return None
    aware = stated if stated.tzinfo else stated.replace(tzinfo=UTC)
    return aware.astimezone(UTC)


def parse_day(text: str) -> date | None:
    """Give the day as written, in the writer's own zone, or None."""
    stated = _parse(text.strip()[:_LONGEST_DATE])
    return stated.date() if stated else None


@lru_cache(maxsize=1_000)  # a feed states its day in every entry
def _parse(text: str) -> datetime | None:
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            stated = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if _FIRST_YEAR < stated.year < _LAST_YEAR:
            return stated
    return None


def _read_number(part: object) -> int | None:
    if isinstance(part, str) and part.isascii() and part.isdigit() and len(part) <= _LONGEST_NUMBER:
        return int(part)
    return part if isinstance(part, int) and not isinstance(part, bool) else None
