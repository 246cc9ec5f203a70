"""Researchers: records of people one can follow, what is known of them, and which papers are theirs."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from digest.model.ids import PaperId, ResearcherId
from digest.model.people import PersonId, PersonScheme


class ClaimLevel(StrEnum):
    """Whether the person behind a record has spoken: nobody, somebody who says so, somebody who proved it."""

    UNCLAIMED = "unclaimed"
    CLAIMED = "claimed"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Affiliation:
    """A place a researcher works or worked at. `since` and `until` are years; None is not known, or (`until`) ongoing.

    `source` is the service that says so (`openalex`), or `paper` where it was printed on one.
    """

    name: str
    ror: str | None = None
    since: int | None = None
    until: int | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What one service counts of a researcher, on one day. None is not stated."""

    source: str
    as_of: date
    works: int | None = None
    citations: int | None = None
    h_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Researcher:
    """A person one can follow: names, ids, places and figures as services and papers state them.

    `variants` are further spellings of `name`; `fields` are category prefixes (`cs`, `cs.CL`), `topics` words that
    services give. Papers and co-authors are authorships, not part of the record.
    """

    name: str
    variants: tuple[str, ...] = ()
    ids: tuple[PersonId, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    homepage: str | None = None
    fields: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    metrics: tuple[Metrics, ...] = ()
    claim: ClaimLevel = ClaimLevel.UNCLAIMED

    @property
    def names(self) -> tuple[str, ...]:
        """Give every spelling, the one to show first."""
        return (self.name, *(each for each in self.variants if each != self.name))

    def id_of(self, scheme: PersonScheme) -> str | None:
        """Give the first id in one scheme, or None: services split people, so there may be several."""
        return next((known.value for known in self.ids if known.scheme is scheme), None)


class Standing(StrEnum):
    """How it stands between a paper and a researcher.

    `stated`: an id says so, or a service lists it. `confirmed` and `rejected`: readers agreed, or an operator said so.
    `sure`, `possible` and `unlikely` are what the evidence gave; the last is kept only for what was shown once.
    """

    STATED = "stated"
    CONFIRMED = "confirmed"
    SURE = "sure"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"
    REJECTED = "rejected"

    @property
    def is_theirs(self) -> bool:
        """Whether the paper counts as the researcher's own: it is shown on the page, and teaches the profile."""
        return self in (Standing.STATED, Standing.CONFIRMED, Standing.SURE)

    @property
    def is_settled(self) -> bool:
        """Whether ids or people have spoken, so that evidence does not change it any more."""
        return self in (Standing.STATED, Standing.CONFIRMED, Standing.REJECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """A paper that is, or may be, a researcher's. `position` counts from 1; `probability` is between 0 and 1.

    `evidence` says in words what speaks for and against it, the strongest first.
    """

    researcher_id: ResearcherId
    paper_id: PaperId
    position: int
    standing: Standing
    probability: float
    evidence: tuple[str, ...] = field(default=())
