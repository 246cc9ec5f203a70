"""Which bounces, complaints and requests have been taken: the same one comes twice, by another way or sent again."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from subscribers.lifecycle_tables import ReportRow
from subscribers.store.rows import changed, insert_unless_there


def note_report(session: Session, key: str, now: datetime) -> bool:
    """Note a report by the hash of what identifies it (64 characters); False if it was noted before."""
    return insert_unless_there(session, ReportRow, {"key": key, "created_at": now})


def is_noted(session: Session, key: str) -> bool:
    """Whether a report was noted before."""
    return session.scalar(select(ReportRow.key).where(ReportRow.key == key)) is not None


def drop_old_reports(session: Session, before: datetime) -> int:
    """Forget what was noted before a moment; give how many rows went."""
    return changed(session.execute(delete(ReportRow).where(ReportRow.created_at < before)))
