"""Acts: tells the operator of sources that stay bad, once, and once more when they are well. `trouble` decides."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

import structlog
from sqlalchemy.orm import Session

from digest.model import Address
from digest.model.watch import Alarm, Note, OpenAlarm, SourceRecord
from digest.pipeline.watch.alarm_notes import make_alarm_note, make_recovery_note
from digest.pipeline.watch.records import read_records
from digest.pipeline.watch.trouble import GATHER, find_losses, gather_alarms, is_well
from digest.sources import Source
from digest.sources.rhythm import Rhythm
from digest.storage import alarms, notices, run_history
from subscribers.db import Database

log = structlog.get_logger()

# However much goes wrong one after the other: what comes within this of the last alarm is told together.
ALARM_EVERY: Final = timedelta(hours=1)
# Alarms of this prefix are about notifiers (`notifier_alarms`), not about sources.
NOTIFIER: Final = "notifier:"


@dataclass(frozen=True, slots=True)
class AlarmReport:
    """What one look changed: alarms raised, sources well again, alarms dropped with their source."""

    raised: tuple[Alarm, ...] = ()
    recovered: tuple[OpenAlarm, ...] = ()
    dropped: tuple[OpenAlarm, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sight:
    """What a look at the sources saw."""

    records: Mapping[str, SourceRecord]
    rhythms: Mapping[str, Rhythm]
    known: tuple[OpenAlarm, ...]


def raise_alarms(
    database: Database, sources: Sequence[Source], targets: Sequence[Address], now: datetime, *, zone: tzinfo = UTC
) -> AlarmReport:
    """Open and close alarms, each with its notice to every target in one transaction. Looking twice says nothing twice.

    With no targets the alarms are opened all the same: the status page and `digest status` show them.
    """
    sight = _look(database, sources, now)
    to_raise = () if _is_too_soon(sight.known, now) else _gather(sight, now)
    to_close = _gather_well(sight, now)
    to_drop = [alarm for alarm in sight.known if alarm.name not in sight.records]
    if not (to_raise or to_close or to_drop):
        return AlarmReport()
    with database.writing() as session:
        dropped = alarms.close_alarms(session, to_drop)
        recovered = _close(session, to_close, sight, targets, now)
        raised = alarms.open_alarms(session, to_raise, now)
        if raised:
            _queue(session, make_alarm_note(raised, sight.records, now, zone), targets, now)
    _log(raised, recovered)
    return AlarmReport(raised, recovered, dropped)


def _look(database: Database, sources: Sequence[Source], now: datetime) -> _Sight:
    with database.reading() as session:
        known = tuple(alarm for alarm in alarms.list_alarms(session) if not alarm.name.startswith(NOTIFIER))
        records = read_records(session, sources, now)
    return _Sight(records, {source.name: source.rhythm for source in sources}, known)


def _gather(sight: _Sight, now: datetime) -> tuple[Alarm, ...]:
    return gather_alarms(sight.records, sight.rhythms, [alarm.name for alarm in sight.known], now)


def _is_too_soon(known: Collection[OpenAlarm], now: datetime) -> bool:
    return any(now - alarm.raised_at < ALARM_EVERY for alarm in known)


def _gather_well(sight: _Sight, now: datetime) -> list[OpenAlarm]:
    """Give the alarms to close: at once if all are over, else when the first has been well for a while."""
    known = [alarm for alarm in sight.known if alarm.name in sight.records]
    well = [alarm for alarm in known if is_well(sight.rhythms[alarm.name], sight.records[alarm.name], now)]
    if len(well) == len(known):
        return well
    first = min((_well_since(sight, alarm, now) for alarm in well), default=now)
    return well if now - first >= GATHER else []


def _well_since(sight: _Sight, alarm: Alarm, now: datetime) -> datetime:
    return sight.records[alarm.name].streak_since or now


def _close(
    session: Session, to_close: Sequence[OpenAlarm], sight: _Sight, targets: Sequence[Address], now: datetime
) -> tuple[OpenAlarm, ...]:
    closed = alarms.close_alarms(session, to_close)
    if closed:
        recovered = [
            (alarm, _well_since(sight, alarm, now), find_losses(_list_remarks(session, alarm))) for alarm in closed
        ]
        names = {alarm.name for alarm in to_close}
        still_bad = [alarm.name for alarm in sight.known if alarm.name in sight.records and alarm.name not in names]
        _queue(session, make_recovery_note(recovered, sight.records, still_bad=still_bad), targets, now)
    return closed


def _list_remarks(session: Session, alarm: Alarm) -> list[str]:
    return run_history.list_remarks(session, alarm.name, alarm.since)


def _queue(session: Session, note: Note, targets: Sequence[Address], now: datetime) -> None:
    for target in targets:
        notices.add_notice(session, note, target, now)


def _log(raised: Sequence[Alarm], recovered: Sequence[OpenAlarm]) -> None:
    for alarm in raised:
        log.warning("source_alarm", source=alarm.name, since=alarm.since.isoformat(), cause=alarm.cause)
    for alarm in recovered:
        log.info("source_well", source=alarm.name, since=alarm.since.isoformat())
