"""Acts: takes what readers say about papers, and takes it back. A word counts for that reader alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from digest.model import RATINGS, Feedback, FeedbackKind, Match, Paper, PaperId, SubscriberId
from digest.storage import feedback, papers
from subscribers import store
from subscribers.db import Database
from subscribers.model import EventKind

TAKEN_BACK = "taken back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A paper that a reader was sent, why it was, and what they say of it."""

    subscriber_id: SubscriberId
    paper_id: PaperId
    paper: Paper
    match: Match
    kinds: frozenset[FeedbackKind]


def find_said(database: Database, subscriber_id: SubscriberId, paper_id: PaperId) -> Said | None:
    """Give how things stand; None if the paper is gone or was never sent to this reader."""
    with database.reading() as session:
        return find_in(session, subscriber_id, paper_id)


def give_feedback(
    database: Database, now: datetime, subscriber_id: SubscriberId, paper_id: PaperId, kind: FeedbackKind
) -> Said | None:
    """Keep a reader's word on a paper; the same again changes nothing. None as with `find_said`.

    Raises UnknownSubscriber for somebody who is gone.
    """
    with database.writing() as session:
        store.get_subscriber(session, subscriber_id)  # locked: two words of one reader do not cross
        before = find_in(session, subscriber_id, paper_id)
        if before is None or kind in before.kinds:
            return before
        said = Feedback(subscriber_id=subscriber_id, paper_id=before.paper_id, kind=kind, given_at=now)
        feedback.add_feedback(session, said)
        record_word(session, before, now, kind.value)
        return find_in(session, subscriber_id, paper_id)


def take_back(
    database: Database,
    now: datetime,
    subscriber_id: SubscriberId,
    paper_id: PaperId,
    kinds: Collection[FeedbackKind],
) -> Said | None:
    """Forget a reader's word on a paper; again is no error. None as with `find_said`."""
    with database.writing() as session:
        store.get_subscriber(session, subscriber_id)
        before = find_in(session, subscriber_id, paper_id)
        if before is None or not before.kinds.intersection(kinds):
            return before
        # An earlier opposite word, said of a record that was merged into this one, must not come to light.
        gone = RATINGS.union(kinds) if RATINGS.intersection(kinds) else kinds
        feedback.remove_feedback(session, subscriber_id, before.paper_id, gone)
        for kind in sorted(before.kinds.intersection(kinds)):
            record_word(session, before, now, f"{kind.value} {TAKEN_BACK}")
        return find_in(session, subscriber_id, paper_id)


def forget_ratings(database: Database, now: datetime, subscriber_id: SubscriberId) -> list[Feedback]:
    """Forget everything a reader asked more or less of; give what counted until now."""
    with database.writing() as session:
        store.get_subscriber(session, subscriber_id)
        counted = feedback.list_ratings(session, [subscriber_id]).get(subscriber_id, [])
        if counted:
            feedback.remove_ratings(session, subscriber_id)
            detail = {"said": f"all {TAKEN_BACK}", "papers": len(counted)}
            store.record_event(session, subscriber_id, EventKind.FEEDBACK, now, detail)
        return counted


def restore_ratings(database: Database, now: datetime, ratings: Collection[Feedback]) -> int:
    """Say again what was forgotten, of papers that were sent to the reader and of which nothing was said since."""
    restored = 0
    with database.writing() as session:
        for each in ratings:
            store.get_subscriber(session, each.subscriber_id)
            standing = find_in(session, each.subscriber_id, each.paper_id)
            if standing is not None and not standing.kinds & RATINGS:
                feedback.add_feedback(session, each)
                record_word(session, standing, now, each.kind.value)
                restored += 1
    return restored


def find_in(session: Session, subscriber_id: SubscriberId, paper_id: PaperId) -> Said | None:
    """Give how things stand, within a transaction."""
    living = papers.find_living(session, paper_id)
    if living is None:
        return None
    match = feedback.find_sent(session, subscriber_id, living)
    paper = papers.load_papers(session, [living]).get(living)
    if match is None or paper is None:
        return None
    kinds = frozenset(feedback.find_feedback(session, subscriber_id, living))
    return Said(subscriber_id=subscriber_id, paper_id=living, paper=paper, match=match, kinds=kinds)


def record_word(session: Session, said: Said, now: datetime, word: str) -> None:
    """Note in the reader's history what was said of a paper."""
    store.record_event(session, said.subscriber_id, EventKind.FEEDBACK, now, {"paper": said.paper_id, "said": word})
