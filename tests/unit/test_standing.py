"""How a source stands, in the words a reader gets."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from digest.model import RunState, SourceRun
from digest.model.watch import SourceRecord
from digest.pipeline.watch.standing import Moment, Standing, dump_status, judge_status, say_remarks
from digest.sources.rhythm import Pattern, Rhythm

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
NOW = datetime(2026, 11, 20, 7, tzinfo=UTC)
BATCH = Rhythm(pattern=Pattern.BATCH, is_working=lambda day: day.weekday() < 5, ready_at=time(6))
LISTS = replace(BATCH, pattern=Pattern.LISTS)
ROLLING = Rhythm()


def run(state: RunState = RunState.FRESH, at: datetime = NOW, **fields: Any) -> SourceRun:
    given: dict[str, Any] = {"papers": 143, "due_at": NOW + timedelta(minutes=30)} | fields
    return SourceRun(source="arxiv:cs.CL", started_at=at, ended_at=at, state=state, **given)


def record(state: RunState = RunState.FRESH, complete_on: date | None = FRIDAY, **fields: Any) -> SourceRecord:
    last = run(state)
    known: dict[str, Any] = {
        "streak_since": NOW - timedelta(hours=1),
        "last_good_at": NOW - timedelta(hours=1),
        "last_fresh": run(),
    }
    return SourceRecord(source="arxiv:cs.CL", runs=(last,), complete_on=complete_on, **(known | fields))


def said(rhythm: Rhythm, known: SourceRecord, now: datetime = NOW) -> tuple[Standing, str]:
    status = judge_status(rhythm, known, Moment(now))
    return status.standing, status.sentence


def test_todays_batch_is_in() -> None:
    assert said(BATCH, record()) == (Standing.WELL, "today's batch is in (143 papers)")


def test_a_late_batch_says_since_when_and_when_we_look_again() -> None:
    late = record(RunState.QUIET, date(2026, 11, 19), missing_on=FRIDAY, missing_since=NOW)

    assert said(BATCH, late) == (Standing.LATE, "today's batch has been late since 06:00; we look again at 07:30")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (RunState.UNREACHABLE, "it cannot be reached"),
        (RunState.REFUSED, "it would not answer us"),
        (RunState.BROKEN, "it answers with something unreadable"),
        (RunState.PARTIAL, "it was read only in part"),
        (RunState.STALE, "it still shows what it showed before"),
    ],
)
def test_every_bad_state_has_its_reason(state: RunState, why: str) -> None:
    late = record(state, date(2026, 11, 19), missing_on=FRIDAY, missing_since=NOW)

    assert said(BATCH, late)[1] == f"today's batch has been late since 06:00: {why}; we look again at 07:30"
    assert said(ROLLING, record(state, None)) == (Standing.LATE, f"{why}, since 06:00; we look again at 07:30")


def test_beyond_the_patience_a_source_is_in_trouble() -> None:
    bad = record(RunState.BROKEN, None, streak_since=NOW - timedelta(days=3))

    assert said(ROLLING, bad) == (
        Standing.TROUBLED,
        "it answers with something unreadable, since Tuesday, 17 November at 07:00; we look again at 07:30",
    )


def test_on_a_day_of_rest_the_last_batch_and_the_next_are_named() -> None:
    resting = record(RunState.HOLIDAY)

    assert said(BATCH, resting, datetime(2026, 11, 21, 9, tzinfo=UTC)) == (
        Standing.WELL,
        "the batch of Friday, 20 November is in (143 papers); the next is expected Monday, 23 November at 06:00",
    )
    assert said(BATCH, resting, datetime(2026, 11, 22, 9, tzinfo=UTC))[1].endswith("expected tomorrow at 06:00")


def test_lists_grow_and_other_sources_are_up_to_date() -> None:
    assert said(LISTS, record(complete_on=date(2026, 11, 19)))[1] == "today's list is read as it grows, last at 07:00"
    assert said(ROLLING, record(complete_on=None))[1] == "up to date, as of 07:00"


def test_a_source_that_was_never_read_says_so() -> None:
    assert said(BATCH, SourceRecord(source="arxiv:cs.CL")) == (Standing.UNREAD, "has not been read yet")


def test_a_source_that_is_due_is_looked_at_now() -> None:
    assert said(ROLLING, record(RunState.STALE, None), NOW + timedelta(hours=1))[1].endswith("we look again now")


def test_everything_is_dumped_as_plain_values() -> None:
    dumped = dump_status(judge_status(BATCH, record(), Moment(NOW)))

    assert (dumped["state"], dumped["papers"], dumped["complete_on"], dumped["runs"][0]["state"]) == (
        "fresh",
        143,
        FRIDAY,
        "fresh",
    )
    assert dump_status(judge_status(BATCH, SourceRecord(source="x"), Moment(NOW)))["state"] is None


def test_remarks_are_one_clean_line_of_bounded_length() -> None:
    remarks = say_remarks(run(detail="a\n\x1b[31m\u202eb" * 1_000))

    assert len(remarks) <= 300
    assert not {"\n", "\x1b", "\u202e"} & set(remarks)
