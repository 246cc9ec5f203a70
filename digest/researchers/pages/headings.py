"""The line above each paper of an author's page: `CLApr 24, 2022Code`. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from digest.researchers.pages.categories import CATEGORIES

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEADING = re.compile(
    rf"(?P<mark>[A-Z]{{2}})(?P<month>{'|'.join(_MONTHS)}) (?P<day>\d{{1,2}})(?:, (?P<year>\d{{4}}))?(?P<code>Code)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What such a line says. `on` is None where there is no such date."""

    mark: str
    on: date | None
    has_code: bool

    @property
    def category(self) -> str | None:
        """Give arXiv's category, or None if the mark is none of arXiv's."""
        return CATEGORIES.get(self.mark)


def read_heading(line: str, as_of: date) -> Heading | None:
    """Read such a line; a date without a year is of the year of capture."""
    found = _HEADING.fullmatch(line.strip())
    if found is None:
        return None
    year = int(found["year"] or as_of.year)
    try:
        on = date(year, _MONTHS.index(found["month"]) + 1, int(found["day"]))
    except ValueError:
        on = None
    return Heading(found["mark"], on, bool(found["code"]))
