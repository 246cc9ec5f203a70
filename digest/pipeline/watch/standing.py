"""Says how each source stands, in plain words for readers and in full for operators. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Final

from digest.intake import clean_text
from digest.model import RunState, SourceRun
from digest.model.watch import Alarm, SourceRecord
from digest.pipeline.notes import name_source
from digest.pipeline.watch.trouble import judge_alarm
from digest.rendering.digest import count_papers, long_date
from digest.sources.rhythm import Pattern, Rhythm

MAX_REMARK: Final = 300
_ONE_DAY: Final = timedelta(days=1)

_FAILURES: Final = {
    RunState.UNREACHABLE: "it cannot be reached",
    RunState.REFUSED: "it would not answer us",
    RunState.BROKEN: "it answers with something unreadable",
    RunState.PARTIAL: "it was read only in part",
    RunState.STALE: "it still shows what it showed before",
}


class Standing(StrEnum):
    """How a source stands, in one word."""

    WELL = "well"
    LATE = "late"
    TROUBLED = "in trouble"
    UNREAD = "not read yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """A source as people look at it. `alarm` says that it has been bad for longer than its rhythm explains."""

    record: SourceRecord
    standing: Standing
    sentence: str
    late_since: datetime | None = None
    alarm: Alarm | None = None
    alarm_raised_at: datetime | None = None

    @property
    def name(self) -> str:
        """Give its name in settings: `arxiv:cs.CL`."""
        return self.record.source

    @property
    def title(self) -> str:
        """Give its name for readers: `arXiv cs.CL`."""
        return name_source(self.record.source)

    @property
    def due_at(self) -> datetime | None:
        """Give when it is asked next; None if at once."""
        return self.record.last.due_at if self.record.last else None


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, and the zone in which times are said."""

    now: datetime
    zone: tzinfo = UTC


def judge_status(
    rhythm: Rhythm, record: SourceRecord, at: Moment, *, alarm_raised_at: datetime | None = None
) -> SourceStatus:
    """Judge how a source stands."""
    late_since = rhythm.ready_moment(record.missing_on) if record.missing_on else None
    alarm = judge_alarm(rhythm, record, at.now)
    return SourceStatus(
        record=record,
        standing=_judge(record, late_since, alarm),
        sentence=_describe(rhythm, record, late_since, at),
        late_since=late_since,
        alarm=alarm,
        alarm_raised_at=alarm_raised_at,
    )


def say_time(at: datetime, moment: Moment) -> str:
    """Say when, as short as it is clear: `06:00`, `tomorrow at 05:15`, `Monday, 23 November at 05:15`."""
    local = at.astimezone(moment.zone)
    days = (local.date() - moment.now.astimezone(moment.zone).date()).days
    day = {-1: "yesterday at ", 0: "", 1: "tomorrow at "}.get(days, f"{_short_date(local.date())} at ")
    return f"{day}{local:%H:%M}"


def say_due(due_at: datetime | None, moment: Moment) -> str:
    """Say when a source is asked next."""
    return "now" if due_at is None or due_at <= moment.now else say_time(due_at, moment)


def say_remarks(run: SourceRun) -> str:
    """Give what a run remarked, on one line and not too long: much of it comes from servers."""
    return clean_text(run.detail, MAX_REMARK)


def dump_status(status: SourceStatus) -> dict[str, Any]:
    """Give everything as plain values, the runs oldest first."""
    record, last = status.record, status.record.last
    return {
        "name": status.name,
        "title": status.title,
        "standing": status.standing.value,
        "sentence": status.sentence,
        "state": last.state.value if last else None,
        "papers": last.papers if last else None,
        "new": last.announcements if last else None,
        "announced_count": last.announced_count if last else None,
        "remarks": say_remarks(last) if last else "",
        "last_run_at": last.ended_at if last else None,
        "last_answer_at": record.last_answer_at,
        "last_fresh_at": record.last_fresh.ended_at if record.last_fresh else None,
        "complete_on": record.complete_on,
        "late_since": status.late_since,
        "due_at": status.due_at,
        "alarm_since": status.alarm.since if status.alarm else None,
        "alarm_raised_at": status.alarm_raised_at,
        "runs": [_dump_run(run) for run in record.runs],
    }


def _dump_run(run: SourceRun) -> dict[str, Any]:
    return {
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "state": run.state.value,
        "papers": run.papers,
        "new": run.announcements,
        "announced_count": run.announced_count,
        "due_at": run.due_at,
        "remarks": say_remarks(run),
    }


def _judge(record: SourceRecord, late_since: datetime | None, alarm: Alarm | None) -> Standing:
    if record.last is None:
        return Standing.UNREAD
    if alarm is not None:
        return Standing.TROUBLED
    return Standing.LATE if late_since is not None or not record.is_good else Standing.WELL


def _describe(rhythm: Rhythm, record: SourceRecord, late_since: datetime | None, at: Moment) -> str:
    last = record.last
    if last is None:
        return "has not been read yet"
    again = f"we look again {_at(say_due(last.due_at, at))}"
    why = _FAILURES.get(last.state)
    if late_since is not None and record.missing_on is not None:
        late = f"{_name_batch(rhythm, record.missing_on, at)} has been late since {say_time(late_since, at)}"
        return f"{late}: {why}; {again}" if why else f"{late}; {again}"
    if why and record.bad_since is not None:
        return f"{why}, since {say_time(record.bad_since, at)}; {again}"
    return _describe_good(rhythm, record, last, at)


def _describe_good(rhythm: Rhythm, record: SourceRecord, last: SourceRun, at: Moment) -> str:
    if rhythm.pattern is Pattern.ROLLING or record.complete_on is None:
        return f"up to date, as of {say_time(last.ended_at, at)}"
    if rhythm.pattern is Pattern.LISTS and not rhythm.is_rest(at.now):
        return f"today's list is read as it grows, last {_at(say_time(last.ended_at, at))}"
    if record.complete_on == rhythm.day_of(at.now):
        return f"{_name_batch(rhythm, record.complete_on, at)} is in{_count(rhythm, record)}"
    coming = rhythm.next_ready_at(at.now)
    following = f"; the next is expected {_at(say_time(coming, at))}" if coming else ""
    return f"{_name_batch(rhythm, record.complete_on, at)} is in{_count(rhythm, record)}{following}"


def _count(rhythm: Rhythm, record: SourceRecord) -> str:
    """Say how many papers the last batch had, where the last fresh run was all of it."""
    fresh = record.last_fresh
    is_its = fresh is not None and rhythm.pattern is Pattern.BATCH and rhythm.day_of(fresh.started_at) >= _day(record)
    return f" ({count_papers(fresh.papers)})" if fresh and is_its else ""


def _day(record: SourceRecord) -> date:
    return record.complete_on or date.max


def _name_batch(rhythm: Rhythm, day: date, at: Moment) -> str:
    what = "list" if rhythm.pattern is Pattern.LISTS else "batch"
    return f"today's {what}" if day == rhythm.day_of(at.now) else f"the {what} of {_short_date(day)}"


def _short_date(day: date) -> str:
    """Write a date without its year: `Friday, 20 November`."""
    return long_date(day).rpartition(" ")[0]


def _at(time: str) -> str:
    return time if " at " in time or time == "now" else f"at {time}"
