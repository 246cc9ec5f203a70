"""When a source has been bad for longer than its rhythm explains. Times are UTC; the batch is due at 05:00."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from digest.model import Cursor, Parsed, RunState, SourceRun
from digest.model.watch import GOOD_STATES, SourceRecord
from digest.pipeline.watch.trouble import find_losses, find_missing_day, gather_alarms, is_watched, is_well, judge_alarm
from digest.sources.judgement import Sighting, judge_batch
from digest.sources.rhythm import Pattern, Rhythm
from tests.factories import paper

FRIDAY = date(2026, 11, 20)
HOURS = timedelta(hours=1)
BATCH = Rhythm(
    pattern=Pattern.BATCH,
    is_working=lambda day: day.weekday() < 5,
    ready_at=time(5),
    patience=timedelta(hours=8),
)
LISTS = replace(BATCH, pattern=Pattern.LISTS, reach=timedelta(days=30))
ROLLING = Rhythm(patience=timedelta(days=2))


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def run(state: RunState, ended_at: datetime, **fields: Any) -> SourceRun:
    due_at = fields.pop("due_at", ended_at + timedelta(days=9))
    return SourceRun(
        source=fields.pop("source", "arxiv:cs.CL"),
        started_at=ended_at,
        ended_at=ended_at,
        state=state,
        due_at=due_at,
        **fields,
    )


def record(state: RunState, *, since: datetime, complete_on: date | None = None, **fields: Any) -> SourceRecord:
    """A source whose last run ended in `state`, as all have since a moment, and well before."""
    name = fields.pop("source", "arxiv:cs.CL")
    known: dict[str, Any] = {"last_good_at": at(19, 5, 10), "last_answer_at": at(19, 5, 10)}
    runs = (run(state, since, source=name, detail="said so"),)
    return SourceRecord(source=name, runs=runs, streak_since=since, complete_on=complete_on, **(known | fields))


def missing(state: RunState = RunState.STALE, *, since: datetime, on: date = FRIDAY, **fields: Any) -> SourceRecord:
    before = on - timedelta(days=1)
    return record(state, since=since, complete_on=before, missing_on=on, missing_since=since, **fields)


@pytest.mark.parametrize("state", [state for state in RunState if state not in GOOD_STATES])
def test_a_missing_batch_is_an_alarm_once_it_is_later_than_the_patience(state: RunState) -> None:
    owed = missing(state, since=at(20, 5, 10))

    assert judge_alarm(BATCH, owed, at(20, 13, 10)) is None
    alarm = judge_alarm(BATCH, owed, at(20, 13, 11))
    assert alarm is not None
    assert (alarm.name, alarm.since) == ("arxiv:cs.CL", at(20, 5, 10))
    assert alarm.cause == f"the batch of 2026-11-20 is not complete; last run {state.value}: said so"


def test_a_weekend_explains_silence_and_failures_when_fridays_batch_is_in() -> None:
    unreachable = record(RunState.UNREACHABLE, since=at(21, 1), complete_on=FRIDAY)

    assert [judge_alarm(BATCH, unreachable, at(21 + n)) for n in range(3)] == [None] * 3
    assert judge_alarm(LISTS, unreachable, at(22, 23)) is None


def test_a_batch_that_is_in_explains_failures_until_the_next_is_due() -> None:
    unreachable = record(RunState.UNREACHABLE, since=at(20, 6), complete_on=FRIDAY)

    assert judge_alarm(BATCH, unreachable, at(20, 23)) is None
    assert judge_alarm(ROLLING, SourceRecord(source="feed:new"), at(20, 23)) is None


def test_a_weekend_does_not_explain_that_fridays_batch_never_came() -> None:
    assert judge_alarm(BATCH, missing(since=at(20, 5, 10)), at(21, 12)) is not None


def test_a_list_that_grows_today_is_missed_before_its_day_is_over() -> None:
    monday = record(RunState.UNREACHABLE, since=at(21, 1), complete_on=FRIDAY)

    assert judge_alarm(LISTS, monday, at(23, 8)) is None
    alarm = judge_alarm(LISTS, monday, at(23, 8, 1))
    assert alarm is not None
    assert alarm.since == at(23)


def test_a_source_that_never_was_good_counts_from_its_first_run_even_at_a_weekend() -> None:
    misspelt = record(RunState.BROKEN, since=at(21, 9), last_good_at=None)

    assert judge_alarm(BATCH, misspelt, at(21, 17)) is None
    assert judge_alarm(BATCH, misspelt, at(21, 17, 1)) is not None


def test_a_source_without_batches_counts_from_its_first_bad_run() -> None:
    journal = record(RunState.PARTIAL, since=at(18, 7), source="feed:journal")

    assert judge_alarm(ROLLING, journal, at(20, 7)) is None
    assert judge_alarm(ROLLING, journal, at(20, 7, 1)) is not None


@pytest.mark.parametrize("state", sorted(GOOD_STATES))
def test_a_source_that_is_good_and_owes_nothing_is_no_alarm_however_long_ago(state: RunState) -> None:
    good = record(state, since=at(2), complete_on=FRIDAY)

    assert judge_alarm(BATCH, good, at(22)) is None
    assert judge_alarm(ROLLING, replace(good, complete_on=None), at(22)) is None


def test_a_service_that_was_down_asks_before_it_judges() -> None:
    long_ago = run(RunState.STALE, at(20, 6), due_at=at(20, 6, 30))
    owed = replace(missing(since=at(20, 5, 10)), runs=(long_ago,))

    assert judge_alarm(BATCH, owed, at(23, 9)) is None
    assert not is_watched(SourceRecord(source="new"), at(23, 9))
    assert is_watched(replace(owed, runs=(replace(long_ago, due_at=None),)), at(20, 12, 59))


def test_the_missing_day_is_the_first_working_one_after_the_last_complete() -> None:
    assert find_missing_day(BATCH, date(2026, 11, 18)) == date(2026, 11, 19)
    assert find_missing_day(BATCH, FRIDAY) == date(2026, 11, 23)
    assert find_missing_day(BATCH, None) is None
    assert find_missing_day(ROLLING, FRIDAY) is None


def test_well_is_a_good_run_and_nothing_overdue_and_never_a_failed_run_on_a_day_of_rest() -> None:
    now = at(21, 12)

    assert is_well(BATCH, record(RunState.FRESH, since=now, complete_on=FRIDAY), now)
    assert not is_well(BATCH, record(RunState.UNREACHABLE, since=now, complete_on=FRIDAY), now)
    assert not is_well(BATCH, missing(RunState.QUIET, since=at(20, 5)), now)


def gather(*records: SourceRecord, now: datetime, known: tuple[str, ...] = ()) -> list[str]:
    rhythms = {each.source: ROLLING if each.source.startswith("feed") else BATCH for each in records}
    return [alarm.name for alarm in gather_alarms({each.source: each for each in records}, rhythms, known, now)]


def test_feeds_that_are_late_within_minutes_of_each_other_are_one_alarm() -> None:
    feeds = [missing(since=at(20, 5, 10 + n), source=f"arxiv:{n}") for n in range(5)]
    later = missing(since=at(20, 6, 30), source="arxiv:later")

    assert gather(*feeds, later, now=at(20, 13, 10)) == []
    assert gather(*feeds, later, now=at(20, 13, 11)) == [f"arxiv:{n}" for n in range(5)]


def test_what_became_unreachable_together_is_told_together_whatever_its_patience() -> None:
    down = missing(RunState.UNREACHABLE, since=at(20, 5, 10))
    journal = record(RunState.UNREACHABLE, since=at(20, 5, 50), source="feed:journal")
    other = record(RunState.BROKEN, since=at(20, 5, 50), source="feed:other")
    earlier = record(RunState.UNREACHABLE, since=at(20, 1), source="feed:earlier")

    assert gather(down, journal, other, earlier, now=at(20, 13, 11)) == ["arxiv:cs.CL", "feed:journal"]
    assert gather(journal, other, now=at(20, 13, 11)) == []


def test_what_the_operator_knows_already_is_not_gathered_again() -> None:
    assert gather(missing(since=at(20, 5, 10)), now=at(21), known=("arxiv:cs.CL",)) == []


def test_days_that_are_gone_for_good_are_found_in_what_the_judgement_remarks() -> None:
    since = Cursor(batch_ids=frozenset({"x"}), batch_on=date(2026, 11, 17), fetched_at=at(17, 6))
    since = replace(since, complete_on=date(2026, 11, 17))
    batch = judge_batch("arxiv:cs.CL", Sighting(parsed=Parsed(papers=(paper(),))), since, at(20, 6), BATCH)

    losses = find_losses(["; ".join(("a thing", *batch.warnings))] * 2)

    assert losses == ("Nothing was read from 2026-11-18 to 2026-11-19; what was announced then is missing",)
    assert find_losses(["3 of 90 entries could not be read", ""]) == ()
