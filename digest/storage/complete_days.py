"""The operator's complete days, each written down once, and who asks the dead-man URL about them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from digest.model.watch import CLOCK_SLACK
from digest.storage.tables import CompleteDayRow
from subscribers.store.rows import changed, insert_unless_there


@dataclass(frozen=True, slots=True)
class CompleteDay:
    """A day on which everything came, since when that is known, and when the dead-man URL was told."""

    day: date
    completed_at: datetime
    pinged_at: datetime | None


def find_complete_day(session: Session, day: date) -> CompleteDay | None:
    """Give a day if it is complete."""
    row = session.get(CompleteDayRow, day)
    return CompleteDay(row.day, row.completed_at, row.pinged_at) if row else None


def add_complete_day(session: Session, day: date, now: datetime) -> bool:
    """Write down that a day is complete; False if it stands there already."""
    return insert_unless_there(session, CompleteDayRow, {"day": day, "completed_at": now})


def claim_ping(session: Session, day: date, now: datetime, pause: timedelta) -> bool:
    """Take it upon us to ask the URL; False if it was told, the day is not complete, or somebody asked just now."""
    row = CompleteDayRow
    is_of_the_future = row.asked_at > now + CLOCK_SLACK  # a clock was put back
    is_free = or_(row.asked_at.is_(None), row.asked_at <= now - pause, is_of_the_future)
    claimed = update(row).where(row.day == day, row.pinged_at.is_(None), is_free).values(asked_at=now)
    return changed(session.execute(claimed)) == 1


def record_ping(session: Session, day: date, now: datetime) -> None:
    """Write down that the URL was told."""
    session.execute(update(CompleteDayRow).where(CompleteDayRow.day == day).values(pinged_at=now))
