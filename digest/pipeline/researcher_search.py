"""Acts: finds the researchers a name may mean, for the search page: records, and papers by that name without one."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from digest.model import IdScheme, Paper, PaperId, ResearcherId
from digest.pipeline.candidates import Candidate, find_local_candidates
from digest.rendering.researcher import sort_places
from digest.rendering.search import Found
from digest.researchers.names import parse_name
from digest.storage import authorships, papers, publications, researchers
from subscribers.db import Database

MOST_FOUND: Final = 30
KEPT_FOR: Final = timedelta(minutes=5)
MOST_KEPT: Final = 200


@dataclass(frozen=True, slots=True)
class _Kept:
    at: datetime
    found: tuple[Found, ...]


class SearchReader:
    """Searches. What was asked a moment ago is answered from memory."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def find(self, wanted: str, now: datetime) -> tuple[Found, ...]:
        """Give the people a name may mean, or whose name has these words in it; nobody for an empty query."""
        key = " ".join(wanted.casefold().split())
        if not key or "\0" in key:
            return ()
        kept = self._kept.get(key)
        if kept is None or not timedelta() <= now - kept.at < KEPT_FOR:
            with self._database.reading() as session:
                kept = _Kept(now, _search(session, key, " ".join(wanted.split())))
            self._kept[key] = kept
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return kept.found


def _search(session: Session, key: str, name: str) -> tuple[Found, ...]:
    candidates = find_local_candidates(session, name) if parse_name(name) is not None else ()
    known = {each.researcher_id for each in candidates}
    others = [each for each in publications.find_by_words(session, key.split(), MOST_FOUND) if each not in known]
    seeds = [each.seeds[0].paper_id for each in candidates if each.researcher_id is None and each.seeds]
    stored = papers.load_papers(session, seeds)
    found = [_from_candidate(each, stored) for each in candidates]
    return (*found, *_list_others(session, others))[:MOST_FOUND]


def _from_candidate(each: Candidate, stored: dict[PaperId, Paper]) -> Found:
    return Found(
        name=each.name,
        papers=each.count,
        researcher_id=each.researcher_id,
        affiliations=each.affiliations,
        topics=each.topics,
        recent=each.recent,
        coauthors=each.coauthors,
        reference="" if each.researcher_id is not None else _refer(each, stored),
    )


def _refer(each: Candidate, stored: dict[PaperId, Paper]) -> str:
    """Say by which words a person without a record can be followed: `author 3 of 2310.01234`."""
    for seed in each.seeds[:1]:
        number = stored[seed.paper_id].id_of(IdScheme.ARXIV) if seed.paper_id in stored else None
        if number:
            return f"author {seed.position} of {number}"
    return ""


def _list_others(session: Session, researcher_ids: Sequence[ResearcherId]) -> list[Found]:
    counts = authorships.count_theirs(session, researcher_ids)
    people = researchers.load_researchers(session, researcher_ids)
    return [
        Found(
            name=person.name,
            papers=counts.get(researcher_id, 0),
            researcher_id=researcher_id,
            affiliations=tuple(place.name for place in sort_places(person.affiliations)[:3]),
            topics=(person.topics or person.fields)[:3],
        )
        for researcher_id, person in people.items()
    ]
