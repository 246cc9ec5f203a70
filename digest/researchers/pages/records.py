"""What a captured page says: the person, and a record for each paper. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from digest.evidence import MIN_KEY, read_title
from digest.model import Author, ExternalId, IdScheme, Paper, Researcher

_ID_PREFIX: Final = "author-page#"
_ID_LENGTH: Final = 32
_OPENING: Final = 200  # letters of an abstract that tell two papers of one short title apart


class PageLayout(StrEnum):
    """The layouts that are read, by what they show."""

    PROFILE = "a researcher's profile"
    AUTHOR = "an author's page"
    LISTING = "a list of papers"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRecord:
    """A paper as a page lists it. `line` is where its heading stands, counted from 1.

    `authors` are those shown, at most three; `is_cut` says that there are more. `category` is arXiv's (`cs.CL`).
    `month` and `day` may be missing, and on some pages so are the authors. `raw` is the record as captured.
    """

    line: int
    title: str
    abstract: str = ""
    authors: tuple[str, ...] = ()
    is_cut: bool = False
    organizations: tuple[str, ...] = ()
    category: str | None = None
    year: int | None = None
    month: int | None = None
    day: int | None = None
    has_code: bool = False
    kind: str = ""
    venue: str = ""
    raw: str = ""

    @property
    def published_on(self) -> date | None:
        """Give the date, if the page states a day."""
        return date(self.year, self.month, self.day) if self.year and self.month and self.day else None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorPage:
    """A captured page. A list cut out of a page names no person.

    The site attributes all records to the person, who is often not among the authors shown. `claim` is what the page
    says of whether somebody has claimed it. `warnings` are sentences about what does not add up.
    """

    layout: PageLayout
    person: Researcher | None
    records: tuple[PageRecord, ...]
    claim: str = ""
    warnings: tuple[str, ...] = ()


def to_paper(record: PageRecord) -> Paper:
    """Give the paper of a record.

    Pages give no ids, so it is known by one made of its title, in small Latin letters without spaces: the same title
    captured twice is one paper. To a title too short to tell (under 16 letters) the beginning of the abstract is added.
    A record with its year alone has no `submitted_at`, since no day of that year would be true.
    """
    day = record.published_on
    return Paper(
        ids=(ExternalId(IdScheme.URL, f"{_ID_PREFIX}{_digest(record)}"),),
        title=record.title,
        abstract=record.abstract,
        authors=tuple(map(Author, record.authors)),
        categories=(record.category,) if record.category else (),
        submitted_at=datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None,
        organization=", ".join(record.organizations) or None,
    )


def check_counts(declared: set[int], found: int) -> Iterator[str]:
    """Say where the numbers of papers that a page declares are not the number found."""
    for count in sorted(declared - {found}):
        yield f"the page declares {count:,} papers, and {found:,} were found on it"


def _digest(record: PageRecord) -> str:
    key = read_title(record.title).key or record.title.casefold()
    if len(key) < MIN_KEY:
        key = f"{key} {read_title(record.abstract[: _OPENING * 4]).key[:_OPENING]}"
    return sha256(key.encode()).hexdigest()[:_ID_LENGTH]
