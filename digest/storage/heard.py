"""Which updates of Telegram's have been handled, so that one that comes again changes and says nothing."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.storage.bot_tables import HeardUpdateRow
from subscribers.store.rows import changed, insert_missing


def is_heard(session: Session, bot_id: int, update_id: int) -> bool:
    """Whether an update was handled before."""
    row = HeardUpdateRow
    known = select(row.update_id).where(row.bot_id == bot_id, row.update_id == update_id)
    return session.scalar(known) is not None


def note_heard(session: Session, bot_id: int, update_ids: Iterable[int], now: datetime) -> None:
    """Note that updates were handled."""
    rows = [{"bot_id": bot_id, "update_id": each, "heard_at": now} for each in sorted(update_ids)]
    insert_missing(session, HeardUpdateRow, rows)


def forget_heard(session: Session, before: datetime) -> int:
    """Forget what was handled before a time; give how many updates. Telegram itself keeps them for a day."""
    return changed(session.execute(delete(HeardUpdateRow).where(HeardUpdateRow.heard_at < before)))
