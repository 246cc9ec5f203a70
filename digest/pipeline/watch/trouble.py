"""Decides when a source has been bad for longer than its rhythm explains, and when it is well again. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from digest.intake import clean_text
from digest.model import RunState
from digest.model.watch import Alarm, SourceRecord
from digest.sources.rhythm import Pattern, Rhythm

# A source is asked when it is due, give or take a busy hour; later than that, the silence is ours.
ALLOWANCE: Final = timedelta(hours=1)
# Runs of earlier versions do not say when the next one is due.
UNSTATED_PAUSE: Final = timedelta(hours=6)
# What will be an alarm within this is told with the one that is: five feeds of one server make one message.
GATHER: Final = timedelta(minutes=30)
# Sources that stopped being reachable within this of each other have one cause, and it is probably the network.
TOGETHER: Final = timedelta(hours=1)
MAX_CAUSE: Final = 200
_ONE_DAY: Final = timedelta(days=1)
_LONGEST_GAP: Final = 60  # days; no source rests longer
# What `sources.judgement` remarks on days that are gone for good.
_LOSS = re.compile(r"Nothing was read from [^;]+; what was announced then is missing")


def judge_alarm(rhythm: Rhythm, record: SourceRecord, now: datetime) -> Alarm | None:
    """Give the alarm if a source has been bad for longer than its rhythm's patience, else None.

    It counts from the moment the source should have been good: the batch's hour, when we first asked in vain. Days of
    rest explain silence. A source that never was good counts from its first run. While nobody asks, nothing is judged.
    """
    since = find_trouble(rhythm, record, now)
    if since is None or now - since <= rhythm.patience or not is_watched(record, now):
        return None
    return Alarm(name=record.source, since=since, cause=say_cause(record))


def find_trouble(rhythm: Rhythm, record: SourceRecord, now: datetime) -> datetime | None:
    """Give since when a source owes something that its rhythm does not explain."""
    since = (record.missing_since, _find_unexplained(rhythm, record, now))
    return min((at for at in since if at is not None), default=None)


def is_well(rhythm: Rhythm, record: SourceRecord, now: datetime) -> bool:
    """Whether a source has recovered: its last run was good, and nothing is overdue beyond patience."""
    is_overdue = record.missing_since is not None and now - record.missing_since > rhythm.patience
    return record.is_good and not is_overdue


def is_watched(record: SourceRecord, now: datetime) -> bool:
    """Whether the last run still says something: a service that was down learns more when it has asked again."""
    if record.last is None:
        return False
    return now <= (record.last.due_at or record.last.ended_at + UNSTATED_PAUSE) + ALLOWANCE


def find_missing_day(rhythm: Rhythm, complete_on: date | None) -> date | None:
    """Give the first day with a batch of its own after the last complete one; it may still be to come."""
    if rhythm.pattern is Pattern.ROLLING or complete_on is None:
        return None
    days = (complete_on + number * _ONE_DAY for number in range(1, _LONGEST_GAP))
    return next(filter(rhythm.is_working, days), None)


def gather_alarms(
    records: Mapping[str, SourceRecord], rhythms: Mapping[str, Rhythm], known: Iterable[str], now: datetime
) -> tuple[Alarm, ...]:
    """Give the alarms to raise now: those that are due and, in the same breath, who fails together with them."""
    told = set(known)
    new = {name: record for name, record in records.items() if name not in told}
    due = [alarm for name, record in new.items() if (alarm := judge_alarm(rhythms[name], record, now))]
    if not due:
        return ()
    soon = {alarm.name for name, each in new.items() if (alarm := judge_alarm(rhythms[name], each, now + GATHER))}
    cut_off = [records[alarm.name].bad_since for alarm in due if _is_unreachable(records[alarm.name])]
    for name, record in new.items():
        if _is_unreachable(record) and any(_is_together(record.bad_since, since) for since in cut_off):
            soon.add(name)
    return tuple(_alarm_of(rhythms[name], new[name], now) for name in sorted(soon | {alarm.name for alarm in due}))


def find_losses(remarks: Iterable[str]) -> tuple[str, ...]:
    """Pick the sentences about days that could not be read any more from what runs remarked."""
    return tuple(dict.fromkeys(found for remark in remarks for found in _LOSS.findall(remark)))


def say_cause(record: SourceRecord) -> str:
    """Say in one line what is wrong: the last run's state and remark, and the batch that is missing."""
    last = record.last
    state = f"{last.state.value}: {last.detail}" if last and last.detail else str(last.state.value if last else "")
    missing = f"the batch of {record.missing_on} is not complete" if record.missing_on else ""
    said = f"{missing}; last run {state}" if missing else state
    return clean_text(said, MAX_CAUSE)


def _find_unexplained(rhythm: Rhythm, record: SourceRecord, now: datetime) -> datetime | None:
    """Give since when bad runs matter although no batch is overdue."""
    if record.bad_since is None:
        return None
    if rhythm.pattern is Pattern.ROLLING or record.last_good_at is None or record.complete_on is None:
        return record.bad_since
    if rhythm.pattern is Pattern.LISTS and not rhythm.is_rest(now):  # today's list is read while it grows
        return max(record.bad_since, _start_of_work(rhythm, record.bad_since, now))
    return None


def _start_of_work(rhythm: Rhythm, since: datetime, now: datetime) -> datetime:
    """Give the midnight at which the working days began that today belongs to, looking back as far as `since`."""
    day = rhythm.day_of(now)
    while day > rhythm.day_of(since) and rhythm.is_working(day - _ONE_DAY):
        day -= _ONE_DAY
    return datetime.combine(day, time(0), rhythm.zone).astimezone(UTC)


def _alarm_of(rhythm: Rhythm, record: SourceRecord, now: datetime) -> Alarm:
    since = find_trouble(rhythm, record, now) or record.bad_since or now
    return Alarm(name=record.source, since=since, cause=say_cause(record))


def _is_unreachable(record: SourceRecord) -> bool:
    return record.last is not None and record.last.state is RunState.UNREACHABLE


def _is_together(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= TOGETHER
