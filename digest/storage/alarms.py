"""What the operator has been told about: opened once and closed once, whoever looks and however often."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.model.watch import Alarm, OpenAlarm
from digest.storage.tables import SourceAlarmRow
from subscribers.store.rows import changed, insert_unless_there


def list_alarms(session: Session) -> tuple[OpenAlarm, ...]:
    """Give the open alarms, by name: those of sources, and those of notifiers (`notifier:email`)."""
    rows = session.scalars(select(SourceAlarmRow).order_by(SourceAlarmRow.source))
    return tuple(OpenAlarm(name=row.source, since=row.since, cause=row.cause, raised_at=row.raised_at) for row in rows)


def open_alarms(session: Session, alarms: Collection[Alarm], now: datetime) -> tuple[Alarm, ...]:
    """Open alarms; give those that nobody had opened. Always in the same order, so that two processes never lock."""
    return tuple(alarm for alarm in sorted(alarms, key=lambda each: each.name) if _open(session, alarm, now))


def close_alarms(session: Session, alarms: Collection[OpenAlarm]) -> tuple[OpenAlarm, ...]:
    """Close alarms; give those that nobody had closed meanwhile."""
    return tuple(alarm for alarm in sorted(alarms, key=lambda each: each.name) if _close(session, alarm))


def _open(session: Session, alarm: Alarm, now: datetime) -> bool:
    values = {"source": alarm.name, "since": alarm.since, "raised_at": now, "cause": alarm.cause}
    return insert_unless_there(session, SourceAlarmRow, values)


def _close(session: Session, alarm: OpenAlarm) -> bool:
    is_same = (SourceAlarmRow.source == alarm.name) & (SourceAlarmRow.raised_at == alarm.raised_at)
    return changed(session.execute(delete(SourceAlarmRow).where(is_same))) == 1
