"""Words of what the operator is told about sources and notifiers. Pure; decides nothing."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final

from digest.intake import clean_text
from digest.model import RunState
from digest.model.watch import Alarm, Note, SourceRecord, Stuck

MOST_NAMED: Final = 20
MOST_IN_SUBJECT: Final = 2
MAX_FAULT: Final = 300

_ADJECTIVES: Final = {
    RunState.UNREACHABLE: "unreachable",
    RunState.REFUSED: "refusing to answer us",
    RunState.BROKEN: "unreadable",
    RunState.PARTIAL: "incomplete",
    RunState.STALE: "stale",
}
_AFTERWARDS: Final = "You will hear once more when {it} well again."


def make_alarm_note(alarms: Sequence[Alarm], records: Mapping[str, SourceRecord], now: datetime, zone: tzinfo) -> Note:
    """Tell of sources that have been bad for too long: one note, however many there are."""
    parts = [_tell(alarm, records[alarm.name], now, zone) for alarm in alarms[:MOST_NAMED]]
    if len(alarms) > MOST_NAMED:
        parts.append(f"… and {len(alarms) - MOST_NAMED} more.")
    one = alarms[0].name
    parts += [
        "Digests that go out meanwhile say so. What is missed comes in later ones, as far as the source still has it.",
        f"To look closer: digest status --source {one}\nTo ask it once:  digest sources test {one}",
        _AFTERWARDS.format(it="it is" if len(alarms) == 1 else "they are"),
    ]
    return Note(key=_key("source", alarms), subject=_alarm_subject(alarms, records, now), text="\n\n".join(parts))


def make_recovery_note(
    recovered: Sequence[tuple[Alarm, datetime, Sequence[str]]],
    records: Mapping[str, SourceRecord],
    *,
    still_bad: Sequence[str] = (),
) -> Note:
    """Tell of sources that are well again: since when, and what could not be read any more."""
    lines = [_tell_recovery(*each, records[each[0].name]) for each in recovered]
    if still_bad:
        lines.append(f"Still in trouble: {_list_names(still_bad, MOST_NAMED)}.")
    alarms = [alarm for alarm, _, _ in recovered]
    verb = "is" if len(alarms) == 1 else "are"
    subject = f"{_list_names([each.name for each in alarms], MOST_IN_SUBJECT)} {verb} well again"
    return Note(key=_key("well", alarms), subject=subject, text="\n\n".join(lines))


def make_stuck_note(alarm: Alarm, stuck: Stuck, now: datetime) -> Note:
    """Tell that nothing can be sent to one kind of channel."""
    messages = "1 message waits" if stuck.count == 1 else f"{stuck.count} messages wait"
    text = (
        f"Nothing could be sent by {stuck.kind} for {say_span(now - stuck.since)}; {messages}.\n\n"
        f"What was said: {clean_text(stuck.fault, MAX_FAULT)}\n\n"
        "Nothing is lost: all of it is sent once this is mended. `digest check` and `digest status` say more.\n\n"
        + _AFTERWARDS.format(it="it is")
    )
    return Note(key=_key("notifier", [alarm]), subject=f"Nothing can be sent by {stuck.kind}", text=text)


def make_unstuck_note(alarm: Alarm, kind: str, now: datetime) -> Note:
    """Tell that messages leave again."""
    text = f"Messages by {kind} are no longer held up, after {say_span(now - alarm.since)}."
    return Note(key=_key("well", [alarm]), subject=f"{kind} is well again", text=text)


def say_span(span: timedelta) -> str:
    """Say how long in words: `40 minutes`, `9 hours`, `3 days`."""
    minutes = max(1, round(span.total_seconds() / 60))
    for name, size in (("day", 24 * 60), ("hour", 60)):
        if minutes >= 2 * size:
            return f"{round(minutes / size)} {name}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"


def say_moment(at: datetime, zone: tzinfo) -> str:
    """Say when: `2026-11-20 05:15 UTC`."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _tell(alarm: Alarm, record: SourceRecord, now: datetime, zone: tzinfo) -> str:
    since = f"for {say_span(now - alarm.since)}, since {say_moment(alarm.since, zone)}"
    lines = [f"{alarm.name} {_predicate(record)} {since}.", f"What was found: {alarm.cause}."]
    if record.last_answer_at:
        lines.append(f"It last answered at {say_moment(record.last_answer_at, zone)}.")
    elif record.runs:
        lines.append("It has never answered; is it spelt as the source spells it?")
    if record.last and record.last.due_at:
        lines.append(f"We look again at {say_moment(record.last.due_at, zone)}.")
    return "\n".join(lines)


def _predicate(record: SourceRecord) -> str:
    """Say what has been true all the time: a missing batch may have been stale at first and refused later."""
    if record.missing_on:
        return f"has owed its batch of {record.missing_on}"
    return f"has been {_ADJECTIVES.get(record.last.state, 'in trouble') if record.last else 'in trouble'}"


def _alarm_subject(alarms: Sequence[Alarm], records: Mapping[str, SourceRecord], now: datetime) -> str:
    if len(alarms) == 1:
        (alarm,) = alarms
        return f"{alarm.name} {_predicate(records[alarm.name])} for {say_span(now - alarm.since)}"
    if len(alarms) == len(records) and all(_is_unreachable(each) for each in records.values()):
        return f"None of the {len(alarms)} sources can be reached: is the network down?"
    return f"{len(alarms)} sources are in trouble: {_list_names([each.name for each in alarms], MOST_IN_SUBJECT)}"


def _tell_recovery(alarm: Alarm, well_at: datetime, losses: Sequence[str], record: SourceRecord) -> str:
    said = f"{alarm.name} is well again after {say_span(well_at - alarm.since)}"
    if losses:
        return f"{said}, but not all came: {'; '.join(clean_text(each, MAX_FAULT) for each in losses)}."
    if record.complete_on is None:  # no batches: what fell off the list meanwhile cannot be counted
        return f"{said}; what it shows now has been read."
    return f"{said}; nothing is missing."


def _list_names(names: Sequence[str], most: int) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _key(kind: str, alarms: Sequence[Alarm]) -> str:
    """Name a note after what it is about: `source:arxiv:cs.CL:2026-11-20T05:15:00+00:00`."""
    first = alarms[0]
    name = first.name.removeprefix("notifier:")
    more = f"+{len(alarms) - 1}" if len(alarms) > 1 else ""
    return f"{kind}:{name}{more}:{first.since.isoformat(timespec='seconds')}"


def _is_unreachable(record: SourceRecord) -> bool:
    return record.last is not None and record.last.state is RunState.UNREACHABLE
