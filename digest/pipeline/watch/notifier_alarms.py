"""Acts: tells the operator, by the ways that still work, of a kind of channel to which nothing can be sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from digest.intake import clean_text
from digest.model import Address
from digest.model.watch import Alarm, Note, OpenAlarm, Stuck
from digest.pipeline.watch.alarm_notes import MAX_FAULT, make_stuck_note, make_unstuck_note
from digest.pipeline.watch.alarms import NOTIFIER
from digest.storage import alarms, notices, undelivered
from subscribers.db import Database

log = structlog.get_logger()

STUCK_AFTER: Final = timedelta(hours=1)


def raise_notifier_alarms(database: Database, targets: Sequence[Address], now: datetime) -> tuple[str, ...]:
    """Tell of each kind of channel whose notifier failed for over an hour, once, and once when it works again.

    Every target is told, the broken way too: what goes there arrives late. Gives the kinds that are stuck.
    """
    with database.reading() as session:
        stuck = {each.kind: each for each in undelivered.list_stuck(session, now - STUCK_AFTER)}
        known = {alarm.name: alarm for alarm in alarms.list_alarms(session) if alarm.name.startswith(NOTIFIER)}
    new = [_alarm_of(each) for kind, each in stuck.items() if NOTIFIER + kind not in known]
    over = [alarm for name, alarm in known.items() if name.removeprefix(NOTIFIER) not in stuck]
    if new or over:
        _write(database, new, over, stuck, targets, now)
    return tuple(stuck)


def _write(
    database: Database,
    new: Sequence[Alarm],
    over: Sequence[OpenAlarm],
    stuck: dict[str, Stuck],
    targets: Sequence[Address],
    now: datetime,
) -> None:
    with database.writing() as session:
        raised, ended = alarms.open_alarms(session, new, now), alarms.close_alarms(session, over)
        notes: list[Note] = [make_stuck_note(alarm, stuck[_kind(alarm)], now) for alarm in raised]
        notes += [make_unstuck_note(alarm, _kind(alarm), now) for alarm in ended]
        for note in notes:
            for target in targets:
                notices.add_notice(session, note, target, now)
    for alarm in raised:
        log.warning("notifier_alarm", kind=_kind(alarm), since=alarm.since.isoformat(), fault=alarm.cause)
    for alarm in ended:
        log.info("notifier_well", kind=_kind(alarm))


def _alarm_of(stuck: Stuck) -> Alarm:
    return Alarm(name=NOTIFIER + stuck.kind, since=stuck.since, cause=clean_text(stuck.fault, MAX_FAULT))


def _kind(alarm: Alarm) -> str:
    return alarm.name.removeprefix(NOTIFIER)
