"""Puts researchers, follows and authorships into a test's database, and reads the alerts that came of them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from digest.model import (
    Authorship,
    ChannelId,
    DeliveryKind,
    Edition,
    Paper,
    PaperId,
    Researcher,
    ResearcherId,
    Standing,
    SubscriberId,
)
from digest.storage import answers, authorships, marks, papers, researchers
from digest.storage.announcements import latest_announcement
from digest.storage.answers import Answer
from digest.storage.editions import from_payload
from digest.storage.marks import Stage
from digest.storage.tables import DeliveryRow
from subscribers import store
from subscribers.db import Database
from subscribers.model import FollowWish, SubscriberView, Timing
from tests.factories import NOON
from tests.people import announce, subscribe

LATER = NOON + timedelta(hours=1)


def add_person(database: Database, name: str = "Furu Wei") -> ResearcherId:
    with database.writing() as session:
        return researchers.add_researcher(session, Researcher(name=name), NOON)


def add_reader(
    database: Database, *people: ResearcherId, address: str = "ada@example.org", **wish: Any
) -> SubscriberView:
    view = subscribe(database, address)
    for number in people:
        add_follow(database, view, number, **wish)
    return view


def add_follow(database: Database, view: SubscriberView, target_id: int, **fields: Any) -> None:
    since = fields.pop("since", NOON)
    wish = FollowWish(target_id=target_id, name=f"P{target_id}", **({"timing": Timing.NOW} | fields))
    with database.writing() as session:
        store.add_follow(session, view.id, wish, since)


def add_paper(
    database: Database, paper: Paper, *people: ResearcherId, standing: Standing = Standing.SURE, **fields: Any
) -> PaperId:
    """Announce a paper whose first authors are these people, and let the announcement be attributed."""
    announce(database, paper, now=LATER, **fields)
    with database.writing() as session:
        paper_id = papers.find_paper(session, paper.ids[0])
        assert paper_id is not None
        found = [
            Authorship(
                researcher_id=number,
                paper_id=paper_id,
                position=place,
                standing=standing,
                probability=0.9,
                evidence=("same ORCID iD",),
            )
            for place, number in enumerate(people, start=1)
        ]
        authorships.save_authorships(session, found, LATER)
    attribute(database)
    return paper_id


def attribute(database: Database) -> None:
    """Say that everything announced has been attributed."""
    with database.writing() as session:
        marks.lock_mark(session, Stage.ATTRIBUTE)
        marks.move_mark(session, Stage.ATTRIBUTE, latest_announcement(session))


def say(database: Database, view: SubscriberView, person: ResearcherId, paper_id: PaperId, *, is_theirs: bool) -> None:
    said = Answer(
        subscriber_id=SubscriberId(view.id),
        researcher_id=person,
        paper_id=paper_id,
        position=1,
        is_theirs=is_theirs,
        answered_at=LATER,
    )
    with database.writing() as session:
        answers.save_answer(session, said)


def list_alerts(database: Database, view: SubscriberView | None = None) -> list[Edition]:
    """Give the alerts queued for a reader, or for everybody, oldest first."""
    with database.reading() as session:
        rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)).all()
    mine = {channel.id for channel in view.channels} if view else {row.channel_id for row in rows}
    return [
        from_payload(row.payload, name=row.edition, channel_id=ChannelId(row.channel_id))
        for row in rows
        if row.kind == DeliveryKind.ALERT and row.channel_id in mine
    ]
