"""Acts: finds the people a name may mean: records, groups of stored papers that hang together, and services' answers.

So that the right one is chosen, each comes with affiliations, topics, recent papers and co-authors.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from digest.model import Author, Authorship, Metrics, Paper, PaperId, PersonId, Researcher, ResearcherId, Standing
from digest.pipeline.following import PersonWanted, Seed
from digest.pipeline.records import find_position
from digest.researchers.coherence import group
from digest.researchers.keys import keys_of, probe_keys
from digest.researchers.names import Likeness, compare, parse_name
from digest.sources.people import PersonRecord
from digest.storage import authorships, papers, researchers

MOST_CANDIDATES = 20
MOST_SHOWN = 3  # recent papers, co-authors, topics
MOST_GROUPED = 1_000  # papers by compatible names that are sorted into people; the newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One person a name may mean. `count` is the number of papers known here or, of a service, stated by it.

    `researcher_id` is the record, if there is one; `seeds` are stored papers by which the person can be followed.
    """

    name: str
    count: int
    researcher_id: ResearcherId | None = None
    ids: tuple[PersonId, ...] = ()
    seeds: tuple[Seed, ...] = ()
    affiliations: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    recent: tuple[str, ...] = ()
    coauthors: tuple[str, ...] = ()
    metrics: tuple[Metrics, ...] = ()

    @property
    def wanted(self) -> PersonWanted:
        """Give the wish to follow exactly this person."""
        return PersonWanted(name=self.name, ids=self.ids, seeds=self.seeds)


def find_local_candidates(session: Session, name: str) -> tuple[Candidate, ...]:
    """Give the people of a name who are known here, those with the most papers first."""
    known = _list_records(session, name)
    taken = {(each.paper_id, each.position) for candidate in known for each in candidate.seeds}
    grouped = _group_papers(session, name, taken)
    ranked = sorted((*known, *grouped), key=lambda each: -each.count)
    return tuple(ranked[:MOST_CANDIDATES])


def to_candidate(record: PersonRecord) -> Candidate:
    """Give a person whom a service names."""
    researcher = record.researcher
    placed = [(paper, find_position(paper, researcher)) for paper in record.papers]
    works = max((each.works or 0 for each in researcher.metrics), default=0)
    return Candidate(
        name=researcher.name,
        count=max(works, len(record.papers)),
        ids=researcher.ids,
        affiliations=tuple(place.name for place in researcher.affiliations[:MOST_SHOWN]),
        topics=researcher.topics[:MOST_SHOWN] or researcher.fields[:MOST_SHOWN],
        recent=tuple(paper.title for paper in record.papers[:MOST_SHOWN]),
        coauthors=_count_coauthors([(paper, position) for paper, position in placed if position]),
        metrics=researcher.metrics,
    )


def join_services(local: Sequence[Candidate], records: Iterable[PersonRecord]) -> tuple[Candidate, ...]:
    """Add the people services name to those known here; who has an id of a record here is that one."""
    ids = {known for candidate in local for known in candidate.ids}
    more = [to_candidate(record) for record in records if ids.isdisjoint(record.researcher.ids)]
    return tuple([*local, *more][:MOST_CANDIDATES])


def _list_records(session: Session, name: str) -> list[Candidate]:
    found = researchers.find_by_keys(session, keys_of([name]))
    people = researchers.load_researchers(session, found)
    alike = {who: each for who, each in people.items() if any(_is_alike(name, own) for own in each.names)}
    theirs = authorships.list_of_researchers(session, alike, [each for each in Standing if each.is_theirs])
    stored = papers.load_papers(session, {each.paper_id for group_of in theirs.values() for each in group_of})
    return [_from_record(who, each, theirs.get(who, ()), stored) for who, each in alike.items()]


def _from_record(
    researcher_id: ResearcherId, researcher: Researcher, theirs: Sequence[Authorship], stored: Mapping[PaperId, Paper]
) -> Candidate:
    seeds = tuple(Seed(paper_id=each.paper_id, position=each.position) for each in theirs)
    own = _newest([(stored[seed.paper_id], seed.position) for seed in seeds if seed.paper_id in stored])
    return Candidate(
        name=researcher.name,
        count=len(seeds),
        researcher_id=researcher_id,
        ids=researcher.ids,
        seeds=seeds,
        affiliations=tuple(place.name for place in researcher.affiliations[:MOST_SHOWN]) or _count_places(own),
        topics=researcher.fields[:MOST_SHOWN] or _count_fields(own),
        recent=tuple(paper.title for paper, _ in own[:MOST_SHOWN]),
        coauthors=_count_coauthors(own),
        metrics=researcher.metrics,
    )


def _group_papers(session: Session, name: str, taken: Collection[tuple[PaperId, int]]) -> Iterable[Candidate]:
    """Sort the stored papers with such an author that are no record's into likely people."""
    rows = authorships.find_compatible_papers(session, probe_keys(name))[-MOST_GROUPED:]
    placed = [
        (row, paper, position)
        for row, paper in papers.load_papers(session, rows).items()
        for position, author in enumerate(paper.authors, 1)
        if (row, position) not in taken and _is_alike(name, author.name)
    ]
    for members in group([(paper, position) for _, paper, position in placed]).groups:
        own = [placed[at] for at in members]
        yield _from_papers([Seed(paper_id=row, position=position) for row, _, position in own], own)


def _from_papers(seeds: Sequence[Seed], own: Sequence[tuple[PaperId, Paper, int]]) -> Candidate:
    works = _newest([(paper, position) for _, paper, position in own])
    authors = [paper.authors[position - 1] for paper, position in works]
    name = Counter(author.name for author in authors).most_common(1)[0][0]
    return Candidate(
        name=name,
        count=len(own),
        ids=tuple(dict.fromkeys(known for author in authors for known in author.person_ids)),
        seeds=tuple(seeds),
        affiliations=_count_places(works),
        topics=_count_fields(works),
        recent=tuple(paper.title for paper, _ in works[:MOST_SHOWN]),
        coauthors=_count_coauthors(works),
    )


def _newest(works: Sequence[tuple[Paper, int]]) -> list[tuple[Paper, int]]:
    return sorted(works, key=lambda work: (work[0].submitted_at is not None, work[0].submitted_at), reverse=True)


def _count_places(works: Iterable[tuple[Paper, int]]) -> tuple[str, ...]:
    return _most_common(place for paper, position in works for place in _author(paper, position).affiliations)


def _count_fields(works: Iterable[tuple[Paper, int]]) -> tuple[str, ...]:
    return _most_common(paper.categories[0] for paper, _ in works if paper.categories)


def _count_coauthors(works: Iterable[tuple[Paper, int]]) -> tuple[str, ...]:
    return _most_common(
        author.name for paper, position in works for at, author in enumerate(paper.authors[:50], 1) if at != position
    )


def _most_common(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(value for value, _ in Counter(values).most_common(MOST_SHOWN))


def _author(paper: Paper, position: int) -> Author:
    return paper.authors[position - 1]


def _is_alike(name: str, other: str) -> bool:
    first, second = parse_name(name), parse_name(other)
    return first is not None and second is not None and compare(first, second) is not Likeness.NO
