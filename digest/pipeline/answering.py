"""Acts: takes readers' answers to “is this them?”: they count for the reader at once, for all once readers agree."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from digest.errors import DigestError
from digest.languages.phrases import BY_OPERATOR, BY_READERS
from digest.model import Authorship, Paper, PaperId, Researcher, ResearcherId, Standing, SubscriberId
from digest.pipeline.attribute import attribute_researcher, begin_judging
from digest.pipeline.corrections import note_corrections
from digest.pipeline.records import find_position
from digest.researchers.settling import settle_voices
from digest.storage import answers, authorships, papers, researchers
from digest.storage.answers import Answer
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import EventKind, FollowKind, StoredFollow


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """“Is this them?”: a paper, the researcher, what the evidence says, and what the reader has answered so far.

    `position` counts from 1; `answer` is None until there is one.
    """

    subscriber_id: SubscriberId
    researcher_id: ResearcherId
    researcher: Researcher
    paper_id: PaperId
    paper: Paper
    position: int
    evidence: tuple[str, ...]
    standing: Standing | None
    answer: bool | None
    is_followed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What an answer changed: the question as it stands now, the answer before, and what all readers have settled.

    `turned_to` is the record that the reader's follow was turned to: they said that its paper is by whom they follow.
    """

    question: Question
    before: bool | None
    settled: Standing | None
    turned_to: ResearcherId | None = None


def find_question(
    database: Database, subscriber_id: SubscriberId, researcher_id: ResearcherId, paper_id: PaperId
) -> Question | None:
    """Give the question, or None if reader, researcher or paper are gone or nothing links the two."""
    with database.reading() as session:
        return _find_question(session, subscriber_id, researcher_id, paper_id)


def give_answer(database: Database, now: datetime, question: Question, *, is_theirs: bool) -> Answered:
    """Keep a reader's answer; the same again changes nothing."""
    with database.writing() as session:
        begin_judging(session)
        store.get_subscriber(session, question.subscriber_id)  # locked: two answers of one reader do not cross
        given = Answer(
            subscriber_id=question.subscriber_id,
            researcher_id=question.researcher_id,
            paper_id=question.paper_id,
            position=question.position,
            is_theirs=is_theirs,
            answered_at=now,
        )
        before = answers.save_answer(session, given)
        if before is None or before.is_theirs is not is_theirs:
            _record(session, question, now, "yes" if is_theirs else "no")
        turned_to = _turn_follow(session, question, now) if is_theirs else None
        settled = _settle(session, question, now)
        return replace(_conclude(session, question, before, settled), turned_to=turned_to)


def take_back(database: Database, now: datetime, question: Question) -> Answered:
    """Forget a reader's answer."""
    with database.writing() as session:
        begin_judging(session)
        store.get_subscriber(session, question.subscriber_id)
        before = answers.find_answer(session, question.subscriber_id, question.researcher_id, question.paper_id)
        if before is not None:
            answers.remove_answer(session, question.subscriber_id, question.researcher_id, question.paper_id)
            _record(session, question, now, "taken back")
        settled = _settle(session, question, now)
        return _conclude(session, question, before, settled)


def decide_for_all(
    session: Session, researcher_id: ResearcherId, paper_id: PaperId, standing: Standing, now: datetime
) -> None:
    """Take the operator's word for whether a paper is a researcher's. Raises DigestError if no author may be them."""
    begin_judging(session)
    researcher = researchers.load_researchers(session, [researcher_id])[researcher_id]
    paper = papers.load_papers(session, [paper_id])[paper_id]
    known = authorships.find_authorship(session, researcher_id, paper_id)
    position = known.position if known else find_position(paper, researcher)
    if position is None:
        raise DigestError(f"“{paper.title[:80]}” has no author who may be {researcher.name}.")
    _decide(session, _say(researcher_id, paper_id, position, standing, BY_OPERATOR), now)


def _decide(session: Session, said: Authorship, now: datetime) -> Standing:
    """Settle for everybody whether a paper is a researcher's, and judge the others anew by that."""
    before = authorships.find_authorship(session, said.researcher_id, said.paper_id)
    authorships.save_authorships(session, [said], now)
    attribute_researcher(session, said.researcher_id, now)
    if before is not None and before.standing.is_theirs and not said.standing.is_theirs:
        note_corrections(session, said.researcher_id, [said.paper_id], now)
    return said.standing


def _say(researcher_id: ResearcherId, paper_id: PaperId, position: int, standing: Standing, by: str) -> Authorship:
    return Authorship(
        researcher_id=researcher_id,
        paper_id=paper_id,
        position=position,
        standing=standing,
        probability=1.0 if standing.is_theirs else 0.0,
        evidence=(by,),
    )


def _find_question(
    session: Session, subscriber_id: SubscriberId, researcher_id: ResearcherId, paper_id: PaperId
) -> Question | None:
    living = researchers.find_living(session, researcher_id)
    row = papers.find_living(session, paper_id)
    if living is None or row is None or not store.list_matching_subscribers(session, [subscriber_id]):
        return None
    authorship = authorships.find_authorship(session, living, row)
    answer = answers.find_answer(session, subscriber_id, living, row)
    paper = papers.load_papers(session, [row]).get(row)
    position = authorship.position if authorship else answer.position if answer else None
    if paper is None or position is None or position > len(paper.authors):
        return None
    return Question(
        subscriber_id=subscriber_id,
        researcher_id=living,
        researcher=researchers.load_researchers(session, [living])[living],
        paper_id=row,
        paper=paper,
        position=position,
        evidence=authorship.evidence if authorship else (),
        standing=authorship.standing if authorship else None,
        answer=None if answer is None else answer.is_theirs,
        is_followed=_find_follow(session, subscriber_id, living) is not None,
    )


def _settle(session: Session, question: Question, now: datetime) -> Standing | None:
    """Let the readers' voices on a paper count, once they agree; a majority that is gone settles nothing any more.

    The operator's word stands against any number of them.
    """
    voices = answers.list_voices(session, question.researcher_id, question.paper_id)
    agreeing = sum(1 for voice in voices if voice.is_theirs)
    known = authorships.find_authorship(session, question.researcher_id, question.paper_id)
    before = known.standing if known else None
    if known is not None and known.evidence == (BY_OPERATOR,):
        return None
    settled = settle_voices(agreeing, len(voices) - agreeing, before)
    if settled is Standing.CONFIRMED and before is Standing.STATED:  # they agree with what is known by an id
        return settled
    if settled is not None and settled is not before:
        of = (question.researcher_id, question.paper_id, question.position)
        return _decide(session, _say(*of, settled, BY_READERS), now)
    if settled is None and known is not None and known.evidence == (BY_READERS,):
        authorships.drop(session, question.researcher_id, question.paper_id)
        attribute_researcher(session, question.researcher_id, now)
    return settled


def _turn_follow(session: Session, question: Question, now: datetime) -> ResearcherId | None:
    """Let the reader follow the record whose paper this is already, in place of one that is only a name."""
    owner = next(
        (
            each.researcher_id
            for each in authorships.list_of_papers(session, [question.paper_id])[question.paper_id]
            if each.position == question.position
            and each.standing.is_theirs
            and each.researcher_id != question.researcher_id
        ),
        None,
    )
    follow = _find_follow(session, question.subscriber_id, question.researcher_id)
    has_papers = question.researcher_id in authorships.count_theirs(session, [question.researcher_id])
    if owner is None or follow is None or has_papers or question.researcher.ids:
        return None
    wish = replace(follow.wish, target_id=owner)
    service.unfollow(session, now, question.subscriber_id, FollowKind.RESEARCHER, question.researcher_id)
    service.follow(session, now, question.subscriber_id, wish)
    return owner


def _conclude(session: Session, question: Question, before: Answer | None, settled: Standing | None) -> Answered:
    found = _find_question(session, question.subscriber_id, question.researcher_id, question.paper_id)
    answer = None if before is None else before.is_theirs
    return Answered(question=found or question, before=answer, settled=settled)


def _record(session: Session, question: Question, now: datetime, answer: str) -> None:
    detail = {"researcher": question.researcher_id, "paper": question.paper_id, "answer": answer}
    store.record_event(session, question.subscriber_id, EventKind.ANSWERED, now, detail)


def _find_follow(session: Session, subscriber_id: int, researcher_id: ResearcherId) -> StoredFollow | None:
    return store.find_follow(session, subscriber_id, FollowKind.RESEARCHER, researcher_id)
