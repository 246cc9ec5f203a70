"""Acts: gathers what a researcher's page shows, in a bounded number of bounded reads, whatever is known of them."""

from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest
from math import log1p
from typing import Any, Final

from sqlalchemy.orm import Session

from digest.model import Authorship, Paper, PaperId, Researcher, ResearcherId, Standing
from digest.pipeline.coherence import look_together
from digest.rendering.researcher_facts import Coherence, Companion, Facts, Voices, Work
from digest.researchers.vocabulary import weigh_word
from digest.storage import authorships, papers, publications, researchers
from digest.storage.publications import Publication, Version
from subscribers import store
from subscribers.db import Database
from subscribers.model import FollowKind

PER_PAGE: Final = 50
MOST_POSSIBLE: Final = 20
MOST_COMPANIONS: Final = 40
MOST_TERMS: Final = 15
COMPARED: Final = 300  # the newest papers, to see whether they hang together
KEPT_FOR: Final = timedelta(minutes=10)
MOST_KEPT: Final = 500
THEIRS: Final = tuple(standing for standing in Standing if standing.is_theirs)


@dataclass(frozen=True, slots=True)
class Moved:
    """The record was merged into another: look there."""

    to: ResearcherId


@dataclass(frozen=True, slots=True)
class _Summary:
    """What takes long to find out, and holds until something is judged anew."""

    version: Version
    at: datetime
    coherence: Coherence | None
    companions: tuple[Companion, ...]


class PageReader:
    """Reads pages. Strangers may ask for the same one again and again, so what takes long is kept for a while."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[ResearcherId, _Summary] = OrderedDict()

    def read(self, researcher_id: ResearcherId, page: int, now: datetime) -> Facts | Moved | None:
        """Give a page, the record it was merged into, or None if there never was one. Pages past the end are empty."""
        with self._database.reading() as session:
            living = researchers.find_living(session, researcher_id)
            if living is None:
                return None
            return self._gather(session, living, page, now) if living == researcher_id else Moved(living)

    def _gather(self, session: Session, researcher_id: ResearcherId, page: int, now: datetime) -> Facts:
        researcher = researchers.load_researchers(session, [researcher_id])[researcher_id]
        listed = publications.list_publications(session, researcher_id, THEIRS)
        unsure = publications.list_publications(session, researcher_id, (Standing.POSSIBLE,))
        summary = self._summarise(session, researcher_id, listed, now)
        profiles = researchers.load_profiles(session, [researcher_id])
        yes, no = publications.count_answers(session, researcher_id)
        return Facts(
            researcher_id=researcher_id,
            researcher=researcher,
            refreshed_at=researchers.find_refresh(session, researcher_id)[0],
            works=_load_works(session, researcher_id, listed[(page - 1) * PER_PAGE : page * PER_PAGE]),
            years=count_years(listed),
            page=page,
            pages=max(1, -(-len(listed) // PER_PAGE)),
            possible=_load_possible(session, researcher_id, unsure),
            possible_count=len(unsure),
            companions=summary.companions,
            terms=choose_terms(researcher, profiles.get(researcher_id, {})),
            coherence=summary.coherence,
            voices=Voices(settled=publications.count_words(session, researcher_id), yes=yes, no=no),
            followers=store.count_followers(session, FollowKind.RESEARCHER, [researcher_id]).get(researcher_id, 0),
        )

    def _summarise(
        self, session: Session, researcher_id: ResearcherId, listed: Sequence[Publication], now: datetime
    ) -> _Summary:
        version = publications.find_version(session, researcher_id)
        kept = self._kept.get(researcher_id)
        if kept is not None and kept.version == version and timedelta() <= now - kept.at < KEPT_FOR:
            return kept
        found = publications.list_collaborators(session, researcher_id, MOST_COMPANIONS)
        companions = tuple(
            Companion(name=each.name, papers=each.papers, researcher_id=each.researcher_id) for each in found
        )
        works = _load_works(session, researcher_id, listed[:COMPARED])
        summary = _Summary(version, now, look_together(works), companions)
        self._kept[researcher_id] = summary
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return summary


def count_years(listed: Sequence[Publication]) -> tuple[tuple[int | None, int, int], ...]:
    """Give the years in the order they are listed in, how many papers each has, and the page it begins on."""
    counts = Counter(each.year for each in listed)
    begins: dict[int | None, int] = {}
    for place, each in enumerate(listed):
        begins.setdefault(each.year, place // PER_PAGE + 1)
    return tuple((year, counts[year], page) for year, page in begins.items())


def choose_terms(researcher: Researcher, profile: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the words that tell most of what the papers are about, without those that are stated topics anyway."""
    stated = " ".join(researcher.topics).lower().split()
    counts: Mapping[str, float] = profile.get("terms", {})
    worth = {word: weigh_word(word) * log1p(count) for word, count in counts.items() if word not in stated}
    return tuple(nlargest(MOST_TERMS, worth, key=worth.__getitem__))


def _load_possible(session: Session, researcher_id: ResearcherId, unsure: Sequence[Publication]) -> tuple[Work, ...]:
    """Give the likeliest of the papers that may be theirs."""
    known = authorships.list_of_researchers(session, [researcher_id], (Standing.POSSIBLE,))[researcher_id]
    likely = {each.paper_id for each in nlargest(MOST_POSSIBLE, known, key=lambda each: each.probability)}
    works = _load_works(session, researcher_id, [each for each in unsure if each.paper_id in likely])
    return tuple(sorted(works, key=lambda work: -work.authorship.probability))


def _load_works(session: Session, researcher_id: ResearcherId, listed: Sequence[Publication]) -> tuple[Work, ...]:
    dates = {each.paper_id: each.on for each in listed}
    loaded = papers.load_papers(session, dates)
    known = authorships.list_of_papers(session, dates)
    return tuple(
        Work(paper=loaded[paper_id], authorship=mine, on=dates[paper_id], people=_link_people(known[paper_id]))
        for paper_id in dates
        if (mine := _find_mine(known, loaded, paper_id, researcher_id)) is not None
    )


def _find_mine(
    known: Mapping[PaperId, Sequence[Authorship]],
    loaded: Mapping[PaperId, Paper],
    paper_id: PaperId,
    researcher_id: ResearcherId,
) -> Authorship | None:
    """Give what links a paper to the researcher; None if it points beyond a list of authors that has changed."""
    mine = next((each for each in known.get(paper_id, ()) if each.researcher_id == researcher_id), None)
    if mine is None or paper_id not in loaded or not 1 <= mine.position <= len(loaded[paper_id].authors):
        return None
    return mine


def _link_people(known: Sequence[Authorship]) -> Mapping[int, ResearcherId]:
    """Give whose record stands at which place of the list of authors; none where two claim it."""
    people: dict[int, set[ResearcherId]] = {}
    for each in known:
        if each.standing.is_theirs:
            people.setdefault(each.position, set()).add(each.researcher_id)
    return {position: next(iter(found)) for position, found in people.items() if len(found) == 1}
