"""Acts: finds out whose papers the new ones are. Evidence is weighed by `researchers`; what people said stands.

A paper is judged when it is announced, against the records its authors may be, and again when its authors change. A
record is judged against all stored papers when it is new, and again when somebody said something about it or a service
told of it. One at a time judges (`begin_judging`), in whatever process.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import structlog
from sqlalchemy.orm import Session

from digest.model import AnnouncementId, Authorship, Paper, PaperId, ResearcherId, Standing
from digest.pipeline.corrections import note_corrections
from digest.researchers.imprint import LONGEST_LIST
from digest.researchers.keys import author_key, keys_of, keys_of_author, probe_keys
from digest.researchers.profile import Profile, begin, dump, load
from digest.researchers.roster import Found, Roster
from digest.researchers.settling import settle_claims
from digest.researchers.study import Study, to_authorship
from digest.storage import announcements, authorships, bylines, marks, papers, researchers
from digest.storage.marks import Stage
from subscribers.db import Database

log = structlog.get_logger()

CHUNK = 300  # papers judged in one transaction
PREPARED_AT_ONCE = 50  # records
MOST_COMPATIBLE = 3_000  # papers a record is judged against; those with a known co-author first, then the newest
MOST_COAUTHORS = 2_000  # whose other papers are looked for


@dataclass(slots=True)
class AttributeReport:
    """How many papers and records were looked at, and how many authorships found."""

    papers: int = 0
    records: int = 0
    found: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a record: its papers before and after."""

    before: frozenset[PaperId]
    after: frozenset[PaperId]

    @property
    def lost(self) -> frozenset[PaperId]:
        """The papers that were the researcher's and are no more."""
        return self.before - self.after


def attribute_new(database: Database, now: datetime) -> AttributeReport:
    """Judge new records against the stored papers, and new papers against the records. Running it twice is harmless."""
    report = AttributeReport()
    while _judge_again_some(database, now, report):
        pass
    while _prepare_some(database, now, report):
        pass
    while _attribute_some(database, now, report):
        pass
    if report.papers or report.records:
        log.info("attributed", papers=report.papers, records=report.records, found=report.found)
    return report


def begin_judging(session: Session) -> None:
    """Wait until nobody else is judging, and let nobody begin until this transaction ends.

    A record that is made while papers are judged would miss those that are not committed yet, and the papers it. Call
    it before anything is read or locked: whoever judges tells readers of corrections, and so waits for locks on them.
    Who stores papers too locks the stream before.
    """
    marks.lock_mark(session, Stage.ATTRIBUTE)


def attribute_papers(session: Session, found: Mapping[PaperId, Paper], now: datetime) -> int:
    """Judge some papers against all records that their authors may be; give how many authorships were found."""
    begin_judging(session)
    keys = {key for paper in found.values() for author in paper.authors for key in keys_of_author(author)}
    profiles = _load_profiles(session, researchers.find_by_keys(session, keys))
    roster = Roster(profiles.items())
    known = authorships.list_of_papers(session, found)
    changed: list[Authorship] = []
    taught: dict[ResearcherId, list[tuple[Paper, int]]] = {}
    for paper_id, paper in found.items():
        before = {each.researcher_id: each for each in known.get(paper_id, ())}
        claims = list(_settle(paper_id, roster.find(paper), before))
        for each in claims:
            if each.standing.is_theirs and not _was_theirs(before.get(each.researcher_id)):
                taught.setdefault(each.researcher_id, []).append((paper, each.position))
        changed += claims
        for who in _list_outdated(before, claims):
            authorships.drop(session, who, paper_id)
    authorships.save_authorships(session, changed, now)
    grown = {who: dump(profiles[who].learn_all(theirs)) for who, theirs in taught.items()}
    researchers.save_profiles(session, grown)
    return len(changed)


def attribute_researcher(session: Session, researcher_id: ResearcherId, now: datetime) -> Judged:
    """Judge a record against all stored papers that may be theirs, from what ids and people have settled.

    Readers who were sent a paper as theirs that turns out not to be are told with their next digest.
    """
    begin_judging(session)
    researcher = researchers.load_researchers(session, [researcher_id])[researcher_id]
    history = authorships.list_of_researchers(session, [researcher_id])[researcher_id]
    researchers.save_keys(session, researcher_id, keys_of(researcher.names, researcher.ids))
    settled = [each for each in history if each.standing.is_settled]
    probes = {key for name in researcher.names for key in probe_keys(name)}
    known = {each.paper_id for each in history if each.standing.is_theirs or each.standing.is_settled}
    stored = papers.load_papers(session, known)
    compatible = _choose_compatible(session, probes, [stored[each] for each in known & stored.keys()])
    stored |= papers.load_papers(session, set(compatible) - stored.keys())
    rivals = _list_rivals(session, researcher_id, stored)
    study = Study(researcher_id, stored, rivals, begin(researcher))
    found = study.judge(settled)
    authorships.drop_unsettled(session, researcher_id)
    authorships.save_authorships(session, found, now)
    researchers.save_profiles(session, {researcher_id: dump(study.profile)})
    after = frozenset(each.paper_id for each in (*settled, *found) if each.standing.is_theirs)
    judged = Judged(frozenset(each.paper_id for each in history if each.standing.is_theirs), after)
    if judged.lost:
        note_corrections(session, researcher_id, judged.lost, now)
    return judged


def _judge_again_some(database: Database, now: datetime, report: AttributeReport) -> bool:
    """Judge some papers whose authors changed, or that came unannounced; False if there are none.

    A record that a paper was surely of, and by what is known now may not be, is to be prepared anew.
    """
    with database.writing() as session:
        begin_judging(session)
        paper_ids, is_any = bylines.take_unjudged(session, CHUNK)
        found = papers.load_papers(session, paper_ids)
        report.found += attribute_papers(session, found, now)
        doubted = _list_doubted(session, found)
        researchers.save_profiles(session, dict.fromkeys(doubted))
    report.papers += len(found)
    return is_any


def _list_doubted(session: Session, found: Mapping[PaperId, Paper]) -> set[ResearcherId]:
    """Give the records of which evidence alone says that one of these papers is theirs, and no longer does."""
    sure = [
        each
        for group in authorships.list_of_papers(session, found).values()
        for each in group
        if each.standing is Standing.SURE
    ]
    roster = Roster(_load_profiles(session, {each.researcher_id for each in sure}).items())
    again = {
        (each.researcher_id, paper_id, each.position)
        for paper_id in {each.paper_id for each in sure}
        for each in roster.find(found[paper_id])
        if each.weighing.standing is Standing.SURE
    }
    return {each.researcher_id for each in sure if (each.researcher_id, each.paper_id, each.position) not in again}


def _load_profiles(session: Session, people: Iterable[ResearcherId]) -> dict[ResearcherId, Profile]:
    return {who: load(profile) for who, profile in researchers.load_profiles(session, people).items()}


def _prepare_some(database: Database, now: datetime, report: AttributeReport) -> bool:
    """Judge some records that are new; False if there are none."""
    with database.writing() as session:
        begin_judging(session)
        papers.fill_block_keys(session)
        waiting = researchers.list_unprepared(session, PREPARED_AT_ONCE)
        for researcher_id in waiting:
            report.found += len(attribute_researcher(session, researcher_id, now).after)
    report.records += len(waiting)
    return bool(waiting)


def _attribute_some(database: Database, now: datetime, report: AttributeReport) -> bool:
    """Judge the papers of some announcements that follow the mark; False if there are none."""
    with database.writing() as session:
        after = marks.lock_mark(session, Stage.ATTRIBUTE)
        end = min(announcements.latest_announcement(session), AnnouncementId(after + CHUNK))
        if end <= after:
            return False
        candidates = announcements.list_candidates(session, after, end)
        found = {candidate.paper_id: candidate.paper for candidate in candidates}
        report.found += attribute_papers(session, found, now)
        report.papers += len(found)
        marks.move_mark(session, Stage.ATTRIBUTE, end)
    return True


def _settle(
    paper_id: PaperId, found: Sequence[Found], before: Mapping[ResearcherId, Authorship]
) -> Iterable[Authorship]:
    """Give what is new to say of a paper: nothing about records for which ids or people have spoken."""
    held = {each.position: each.standing for each in before.values() if each.standing.is_theirs}
    standing = {researcher_id: each.standing for researcher_id, each in before.items()}
    done = {who for who, each in standing.items() if each.is_theirs or each.is_settled}
    claims = (to_authorship(paper_id, each) for each in found if each.researcher_id not in done)
    return settle_claims(claims, held)


def _choose_compatible(session: Session, probes: Collection[str], known: Iterable[Paper]) -> Sequence[PaperId]:
    """Give the papers with an author who may be a person: of a name that thousands have, those that may tell most.

    These are the ones with somebody who stands beside the person on a `known` paper, then the newest.
    """
    compatible = authorships.find_compatible_papers(session, probes)
    if len(compatible) <= MOST_COMPATIBLE:
        return compatible
    names = (author.name for paper in known for author in paper.authors[:LONGEST_LIST])
    keys = {author_key(name) for name in islice(names, MOST_COAUTHORS)} - set(probes)
    near = set(authorships.find_compatible_papers(session, keys))
    return sorted(compatible, key=lambda paper_id: (paper_id in near, paper_id))[-MOST_COMPATIBLE:]


def _list_outdated(before: Mapping[ResearcherId, Authorship], claims: Iterable[Authorship]) -> set[ResearcherId]:
    """Give who was thought to have written a paper possibly, and is thought so no more."""
    possible = {who for who, each in before.items() if each.standing is Standing.POSSIBLE}
    return possible - {each.researcher_id for each in claims}


def _list_rivals(
    session: Session, researcher_id: ResearcherId, paper_ids: Iterable[PaperId]
) -> dict[tuple[PaperId, int], Standing]:
    """Give the authors' places that are other records' already."""
    return {
        (paper_id, each.position): each.standing
        for paper_id, group in authorships.list_of_papers(session, paper_ids).items()
        for each in group
        if each.researcher_id != researcher_id and each.standing.is_theirs
    }


def _was_theirs(before: Authorship | None) -> bool:
    return before is not None and before.standing.is_theirs
