"""How far in the announcement stream each stage has come."""

from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.model import AnnouncementId
from digest.storage.people_tables import StreamMarkRow
from subscribers.store.rows import insert_unless_there


class Stage(StrEnum):
    """What works off the stream in order, once for everybody."""

    ATTRIBUTE = "attribute"
    ALERT = "alert"


def lock_mark(session: Session, stage: Stage) -> AnnouncementId:
    """Give how far a stage has come, and keep others from going on with it until this transaction ends."""
    insert_unless_there(session, StreamMarkRow, {"stage": stage.value, "announcement_id": 0})
    query = select(StreamMarkRow).where(StreamMarkRow.stage == stage.value).with_for_update()
    return AnnouncementId(session.scalars(query.execution_options(populate_existing=True)).one().announcement_id)


def find_mark(session: Session, stage: Stage) -> AnnouncementId:
    """Give how far a stage has come."""
    row = session.get(StreamMarkRow, stage.value, populate_existing=True)
    return AnnouncementId(0 if row is None else row.announcement_id)


def move_mark(session: Session, stage: Stage, to: AnnouncementId) -> None:
    """Write down that everything up to an announcement is done; only who holds the mark's lock does."""
    session.get_one(StreamMarkRow, stage.value).announcement_id = to
    session.flush()
