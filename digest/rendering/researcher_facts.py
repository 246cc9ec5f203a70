"""Everything a researcher's page is made of, as values: what the database holds, before anything is put in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from digest.model import Authorship, Paper, Researcher, ResearcherId, Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A paper on the page. `people` gives the records of its authors, by position from 1, where there are any."""

    paper: Paper
    authorship: Authorship
    on: date | None = None
    people: Mapping[int, ResearcherId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A name beside the researcher's on so many papers, and the record of that person, if there is one."""

    name: str
    papers: int
    researcher_id: ResearcherId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Papers that hang together, in words: what they share, and how many there are."""

    papers: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coherence:
    """How sure it is that the page is one person, between 0 and 1, and why; looked at in so many papers."""

    confidence: float
    words: str
    clusters: tuple[Cluster, ...]
    papers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """What people said: papers settled, by word and who said it, and readers' single answers."""

    settled: Mapping[tuple[Standing, str], int] = field(default_factory=dict)
    yes: int = 0
    no: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A researcher's page. `works` are those of page `page` (from 1) of `pages`, `years` count all of them.

    `years` are newest first, with the page on which each begins; None is a year that nobody knows. `possible` are the
    likeliest of `possible_count` papers that may be theirs. `terms` are telling words of their papers.
    """

    researcher_id: ResearcherId
    researcher: Researcher
    refreshed_at: datetime | None = None
    works: tuple[Work, ...] = ()
    years: tuple[tuple[int | None, int, int], ...] = ()
    page: int = 1
    pages: int = 1
    possible: tuple[Work, ...] = ()
    possible_count: int = 0
    companions: tuple[Companion, ...] = ()
    terms: tuple[str, ...] = ()
    coherence: Coherence | None = None
    voices: Voices = Voices()
    followers: int = 0

    @property
    def papers(self) -> int:
        """Give how many papers are theirs."""
        return sum(count for _, count, _ in self.years)
