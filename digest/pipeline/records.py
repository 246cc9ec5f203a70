"""Acts: takes up what services say of a person: names, ids, places, figures, and which papers are theirs.

Services that people keep themselves (ORCID, dblp, OpenReview …) are believed. Those that sort papers by machine
(OpenAlex, Semantic Scholar) merge namesakes, so of their lists only what hangs together is.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from digest.languages.phrases import LISTED
from digest.model import (
    Authorship,
    Batch,
    Paper,
    PaperId,
    PersonId,
    PersonScheme,
    Researcher,
    ResearcherId,
    RunState,
    Standing,
)
from digest.pipeline.attribute import attribute_researcher, begin_judging
from digest.pipeline.reshaping import CannotMerge, find_contradiction, merge_researchers
from digest.researchers.coherence import group
from digest.researchers.names import Likeness, compare, parse_name
from digest.sources.people import PersonRecord
from digest.sources.people.joining import join
from digest.storage import authorships, papers, researchers, runs
from digest.storage.announcements import lock_stream

log = structlog.get_logger()

SOURCE = "people"
# Who sorts by machine, and may have put namesakes together.
SORTED_BY_MACHINE = frozenset({PersonScheme.OPENALEX, PersonScheme.S2})
MOST_PAPERS = 3_000


def apply_record(session: Session, researcher_id: ResearcherId, record: PersonRecord, now: datetime) -> ResearcherId:
    """Make a record richer by what services say; give the row that stands for the person now.

    An id that is another record's makes the two one, unless something speaks against it.
    """
    lock_stream(session)
    begin_judging(session)
    known = researchers.load_researchers(session, [researcher_id])[researcher_id]
    joined = join([record, PersonRecord(researcher=known)]).researcher
    joined, twins = _take_ids(session, researcher_id, replace(joined, claim=known.claim))
    researchers.rewrite_researcher(session, researcher_id, joined, now)
    _save_papers(session, researcher_id, joined, record.papers[:MOST_PAPERS], now)
    for twin, shared in twins.items():
        try:
            merge_researchers(session, researcher_id, twin, f"the same id: {shared}", now)
        except CannotMerge as error:  # what one twin brought speaks against the next
            log.info("researchers_not_merged", one=researcher_id, other=twin, why=str(error))
    living = researchers.find_living(session, researcher_id) or researcher_id
    attribute_researcher(session, living, now)
    return living


def find_position(paper: Paper, researcher: Researcher) -> int | None:
    """Give the place (from 1) of a researcher among the authors: by id, else the only one of a compatible name."""
    ids = set(researcher.ids)
    for position, author in enumerate(paper.authors, 1):
        if ids.intersection(author.person_ids):
            return position
    names = [name for name in map(parse_name, researcher.names) if name is not None]
    alike = [
        position
        for position, author in enumerate(paper.authors, 1)
        if (printed := parse_name(author.name)) and any(compare(name, printed) is not Likeness.NO for name in names)
    ]
    return alike[0] if len(alike) == 1 else None


def _take_ids(
    session: Session, researcher_id: ResearcherId, joined: Researcher
) -> tuple[Researcher, Mapping[ResearcherId, PersonId]]:
    """Give the record with the ids it may have, and the records that share one and are to be merged with it."""
    owners = researchers.find_by_ids(session, joined.ids)
    others = {known: owner for known, owner in owners.items() if owner != researcher_id}
    people = researchers.load_researchers(session, set(others.values()))
    twins: dict[ResearcherId, PersonId] = {}
    for known, owner in others.items():
        if not find_contradiction(session, researcher_id, owner, joined, people[owner]):
            twins.setdefault(owner, known)
    return replace(joined, ids=tuple(each for each in joined.ids if each not in others)), twins


def _save_papers(
    session: Session, researcher_id: ResearcherId, researcher: Researcher, listed: Iterable[Paper], now: datetime
) -> None:
    """Store the papers a service lists, without announcing them, and write down which are the person's."""
    batch = Batch(source=SOURCE, state=RunState.FRESH, papers=tuple(paper for paper in listed if paper.ids))
    runs.save_batch(session, batch, now, keeps_cursor=True)
    placed: dict[PaperId, tuple[Paper, int]] = {}
    for paper in batch.papers:
        row = papers.find_paper(session, paper.ids[0])
        position = find_position(paper, researcher)
        if row is not None and position is not None:
            placed[row] = (paper, position)
    before = {each.paper_id: each for each in authorships.list_of_researchers(session, [researcher_id])[researcher_id]}
    stored = papers.load_papers(session, placed)
    trusted = _choose_trusted(placed, {row for row, each in before.items() if each.standing.is_theirs}, researcher)
    stated = [
        Authorship(
            researcher_id=researcher_id,
            paper_id=row,
            position=position,
            standing=Standing.STATED,
            probability=1.0,
            evidence=(LISTED.format(service=trusted[row]),),
        )
        for row, (paper, position) in placed.items()
        if row in trusted and _is_at(stored.get(row), position, paper) and not _has_spoken(before.get(row))
    ]
    authorships.save_authorships(session, stated, now)


def _choose_trusted(
    placed: Mapping[PaperId, tuple[Paper, int]], theirs: Collection[PaperId], researcher: Researcher
) -> dict[PaperId, str]:
    """Give the papers whose listing is believed, each with who lists it.

    Of a list that a machine sorted, the largest group is believed, and every group with a paper that is known to be
    theirs. The others are judged as any paper is.
    """
    rows = list(placed)
    groups = group([placed[row] for row in rows]).groups
    known = {at for at, row in enumerate(rows) if row in theirs}
    believed = {
        rows[at] for number, each in enumerate(groups) for at in each if number == 0 or known.intersection(each)
    }
    trusted: dict[PaperId, str] = {}
    for row, (paper, position) in placed.items():
        ids = [each for each in paper.authors[position - 1].person_ids if each in researcher.ids]
        kept = [each.scheme for each in ids if each.scheme not in SORTED_BY_MACHINE]
        if kept or row in believed:
            trusted[row] = _NAMES.get(next(iter((*kept, *(each.scheme for each in ids))), None), "a service")
    return trusted


def _is_at(stored: Paper | None, position: int, paper: Paper) -> bool:
    """Whether the stored paper has the same author in that place as the service's has."""
    return stored is not None and position <= len(stored.authors) and len(stored.authors) == len(paper.authors)


def _has_spoken(before: Authorship | None) -> bool:
    return before is not None and before.standing in (Standing.CONFIRMED, Standing.REJECTED)


_NAMES: Mapping[PersonScheme | None, str] = {
    PersonScheme.ORCID: "ORCID",
    PersonScheme.OPENALEX: "OpenAlex",
    PersonScheme.S2: "Semantic Scholar",
    PersonScheme.DBLP: "dblp",
    PersonScheme.OPENREVIEW: "OpenReview",
    PersonScheme.ARXIV: "arXiv",
    PersonScheme.HF: "Hugging Face",
}
