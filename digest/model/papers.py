"""Papers, and the announcements of their appearing."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from digest.model.ids import AnnouncementId, PaperId
from digest.model.people import PersonId, PersonScheme


class IdScheme(StrEnum):
    """Who gave a paper an id. `url` is the last resort of feeds that give none; `pmid` is PubMed's number."""

    ARXIV = "arxiv"
    DOI = "doi"
    HF = "hf"
    OPENALEX = "openalex"
    S2 = "s2"
    OPENREVIEW = "openreview"
    DBLP = "dblp"
    PMID = "pmid"
    URL = "url"


@dataclass(frozen=True, slots=True, order=True)
class ExternalId:
    """An id a paper is known by, normalised: arXiv without version, DOI in lower case without resolver."""

    scheme: IdScheme
    value: str

    def __str__(self) -> str:
        """Give `arxiv:2310.01234`."""
        return f"{self.scheme}:{self.value}"


@dataclass(frozen=True, slots=True)
class Author:
    """A name as printed on a paper, with what the source attached to it.

    `ids` are those of other services than the two with a field of their own; `institutions` are ROR ids, bare
    (`05a28rw58`); `email_domain` is of an address printed on the paper (`cs.example.edu`).
    """

    name: str
    affiliations: tuple[str, ...] = ()
    hf_user: str | None = None
    orcid: str | None = None
    ids: tuple[PersonId, ...] = ()
    institutions: tuple[str, ...] = ()
    email_domain: str | None = None

    @property
    def person_ids(self) -> tuple[PersonId, ...]:
        """Give every id the source attached, of whatever service."""
        orcid = (PersonId(PersonScheme.ORCID, self.orcid),) if self.orcid else ()
        user = (PersonId(PersonScheme.HF, self.hf_user.casefold()),) if self.hf_user else ()
        return (*orcid, *user, *self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A work as one source shows it, or as several sightings merged show it.

    Text is as the source sent it (TeX kept, white space folded, control characters dropped) and is hostile until
    rendered. `categories` starts with the primary one. `ai_*` is machine-written text and must be labelled as such.
    """

    ids: tuple[ExternalId, ...]
    title: str
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    categories: tuple[str, ...] = ()
    version: int | None = None
    submitted_at: datetime | None = None
    updated_at: datetime | None = None
    abstract_url: str | None = None
    pdf_url: str | None = None
    code_url: str | None = None
    project_url: str | None = None
    thumbnail_url: str | None = None
    media_urls: tuple[str, ...] = ()
    journal_ref: str | None = None
    comment: str | None = None
    is_withdrawn: bool = False
    license_url: str | None = None
    organization: str | None = None
    upvotes: int | None = None
    comment_count: int | None = None
    github_stars: int | None = None
    ai_summary: str | None = None
    ai_summary_model: str | None = None
    ai_keywords: tuple[str, ...] = ()

    @property
    def primary_category(self) -> str | None:
        """The category the authors filed the paper under."""
        return self.categories[0] if self.categories else None

    def id_of(self, scheme: IdScheme) -> str | None:
        """Give the id in one scheme, or None."""
        return next((known.value for known in self.ids if known.scheme is scheme), None)


class AnnouncementKind(StrEnum):
    """How a paper appears."""

    NEW = "new"
    CROSS_LIST = "cross_list"
    REPLACEMENT = "replacement"
    FEATURED = "featured"
    CODE_RELEASED = "code_released"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    UPVOTED = "upvoted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A paper appearing in a source. `detail` tells apart appearances of one kind: a category, `v2`, a day, a URL.

    A paper has at most one announcement for each (kind, detail), however often and wherever it is seen. `changes` says
    what a replacement changed, where that is known: `title`, `authors`, `abstract`.
    """

    paper: ExternalId
    kind: AnnouncementKind
    detail: str = ""
    source: str
    announced_on: date
    version: int | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnnouncement:
    """An announcement with its place in the stream."""

    id: AnnouncementId
    paper_id: PaperId
    kind: AnnouncementKind
    detail: str
    source: str
    announced_on: date
    seen_at: datetime
    version: int | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored paper together with its announcements in the window that is being composed, oldest first."""

    paper_id: PaperId
    paper: Paper
    announcements: tuple[StoredAnnouncement, ...] = ()
