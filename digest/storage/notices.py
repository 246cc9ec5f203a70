"""The operator's outbox: notices queued once per address, claimed by conditional update, settled once."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from digest.model import Address
from digest.model.watch import Note, Notice
from digest.storage.tables import NoticeRow
from subscribers.store.rows import changed, insert_unless_there

MAX_DETAIL = 500


def add_notice(session: Session, note: Note, address: Address, now: datetime) -> bool:
    """Queue a note for an address; False if that address has it already."""
    values = {
        "target": f"{address.kind}:{address.value}",
        "key": note.key,
        "subject": note.subject,
        "text": note.text,
        "created_at": now,
        "next_attempt_at": now,
        "attempts": 0,
        "claim": 0,
        "is_sent": False,
        "detail": "",
    }
    return insert_unless_there(session, NoticeRow, values)


def has_due_notices(session: Session, now: datetime) -> bool:
    """Whether any notice is due, whatever its kind."""
    return session.scalar(select(NoticeRow.id).where(_is_due(now)).limit(1)) is not None


def claim_notices(session: Session, kind: str, now: datetime, lease: timedelta, limit: int) -> list[Notice]:
    """Take up to `limit` due notices to addresses of a kind, for as long as the lease.

    The growing `claim` fences off a worker that was only slow; one that died is followed by another.
    """
    is_ours = NoticeRow.target.startswith(f"{kind}:", autoescape=True)
    due = select(NoticeRow.id).where(_is_due(now), is_ours).order_by(NoticeRow.id).limit(limit)
    # By itself first, as with deliveries: PostgreSQL may run a subquery of the update more than once.
    found = session.scalars(due.with_for_update(skip_locked=True)).all()
    taken = update(NoticeRow).where(NoticeRow.id.in_(found), _is_due(now))
    values = {"claim": NoticeRow.claim + 1, "next_attempt_at": now + lease}
    ids = session.scalars(taken.values(values).returning(NoticeRow.id)).all()
    query = select(NoticeRow).where(NoticeRow.id.in_(ids)).order_by(NoticeRow.id)
    return [_from_row(row) for row in session.scalars(query.execution_options(populate_existing=True))]


def record_end(session: Session, notice: Notice, detail: str, now: datetime, *, is_sent: bool) -> bool:
    """Write down that a notice was accepted or is given up; False if another worker has taken it over meanwhile."""
    return _settle(session, notice, {"settled_at": now, "is_sent": is_sent, "detail": detail})


def record_retry(session: Session, notice: Notice, detail: str, at: datetime) -> bool:
    """Write down that a notice is to be tried again at a moment; False if another worker has taken it over."""
    return _settle(session, notice, {"next_attempt_at": at, "attempts": notice.attempts + 1, "detail": detail})


def drop_old_notices(session: Session, before: datetime, now: datetime) -> int:
    """Give up what was queued before a moment and could not be sent, unless somebody is sending it right now."""
    waits = _is_due(now) & (NoticeRow.created_at < before)
    return changed(session.execute(update(NoticeRow).where(waits).values(settled_at=now)))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return NoticeRow.settled_at.is_(None) & (NoticeRow.next_attempt_at <= now)


def _settle(session: Session, notice: Notice, values: dict[str, Any]) -> bool:
    mine = (NoticeRow.id == notice.id) & (NoticeRow.claim == notice.claim) & NoticeRow.settled_at.is_(None)
    values["detail"] = str(values["detail"])[:MAX_DETAIL]
    return changed(session.execute(update(NoticeRow).where(mine).values(values))) == 1


def _from_row(row: NoticeRow) -> Notice:
    kind, _, value = row.target.partition(":")
    return Notice(
        id=row.id,
        key=row.key,
        subject=row.subject,
        text=row.text,
        address=Address(kind, value),
        created_at=row.created_at,
        attempts=row.attempts,
        claim=row.claim,
    )
