"""Puts papers that were sent, and what readers said of them, into a test's database."""

from datetime import datetime, timedelta

from digest.model import (
    AnnouncementId,
    DeliveryKind,
    Edition,
    Feedback,
    FeedbackKind,
    Match,
    Paper,
    PaperId,
    Reason,
    ReasonKind,
    SubscriberId,
)
from digest.pipeline.feedback import give_feedback, take_back
from digest.storage import deliveries, feedback
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.tokens import Purpose
from tests.factories import NOON
from tests.people import channel_of
from tests.records import add_papers, token_for

MORE, LESS, SAVED = FeedbackKind.MORE, FeedbackKind.LESS, FeedbackKind.SAVED


def send(database: Database, view: SubscriberView, *paper_ids: PaperId, reasons: tuple[Reason, ...] = ()) -> None:
    """Let a digest hold these papers, for these reasons."""
    why = reasons or (Reason(kind=ReasonKind.WORD, subject="expert", where=("title",), interest="expert"),)
    edition = Edition(
        name=f"2026-11-{1 + min(paper_ids) % 28:02}",
        channel_id=channel_of(view),
        entries=tuple(Match(paper_id=paper_id, score=1.0, reasons=why) for paper_id in paper_ids),
        more=0,
        covers_after=AnnouncementId(0),
        covers_to=AnnouncementId(9),
    )
    with database.writing() as session:
        deliveries.add_delivery(session, edition, DeliveryKind.DIGEST, NOON)


def add_sent(
    database: Database, view: SubscriberView, *papers: Paper, reasons: tuple[Reason, ...] = ()
) -> list[PaperId]:
    paper_ids = add_papers(database, *papers)
    send(database, view, *paper_ids, reasons=reasons)
    return paper_ids


def say(database: Database, view: SubscriberView, kind: FeedbackKind, *paper_ids: PaperId, at: datetime = NOON) -> None:
    for place, paper_id in enumerate(paper_ids):
        assert give_feedback(database, at + timedelta(seconds=place), SubscriberId(view.id), paper_id, kind)


def unsay(database: Database, view: SubscriberView, kind: FeedbackKind, *paper_ids: PaperId) -> None:
    for paper_id in paper_ids:
        assert take_back(database, NOON, SubscriberId(view.id), paper_id, [kind])


def said_of(database: Database, view: SubscriberView, paper_id: PaperId) -> set[FeedbackKind]:
    with database.reading() as session:
        return set(feedback.find_feedback(session, SubscriberId(view.id), paper_id))


def everything_said(database: Database, view: SubscriberView) -> list[tuple[PaperId, FeedbackKind]]:
    with database.reading() as session:
        found: list[Feedback] = feedback.list_feedback(session, SubscriberId(view.id), set(FeedbackKind), 1_000)
    return [(each.paper_id, each.kind) for each in found]


def feedback_link(view: SubscriberView, paper_id: int) -> str:
    return f"/feedback/{token_for(view, Purpose.FEEDBACK, paper_id)}"


def saved_link(view: SubscriberView, suffix: str = "") -> str:
    return f"/manage/{token_for(view, Purpose.MANAGE)}/saved{suffix}"
