"""A day is complete when everything came and went, and never before its last batch is expected."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.model.watch import SourceRecord
from digest.pipeline.watch.complete_day import DayFacts, find_obstacles, is_day_complete
from digest.sources.rhythm import Pattern, Rhythm

FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)
THURSDAY = date(2026, 11, 19)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BATCH = Rhythm(pattern=Pattern.BATCH, is_working=lambda day: day.weekday() < 5, ready_at=time(5))
LISTS = replace(BATCH, pattern=Pattern.LISTS)
ROLLING = Rhythm()


def facts(rhythm: Rhythm = BATCH, complete_on: date | None = FRIDAY, answered: timedelta = timedelta()) -> DayFacts:
    record = SourceRecord(source="arxiv:cs.CL", complete_on=complete_on, last_answer_at=NOW - answered)
    return DayFacts(records={record.source: record}, rhythms={record.source: rhythm})


def obstacles(known: DayFacts, day: date = FRIDAY) -> list[str]:
    return list(find_obstacles(known, day, UTC, NOW))


def test_a_day_whose_batch_is_in_is_complete() -> None:
    assert is_day_complete(facts(), FRIDAY, UTC, NOW)


@pytest.mark.parametrize("now", [NOW, NOW.replace(hour=0, minute=1)])
def test_a_day_is_not_complete_before_its_batch_is_in_nor_before_it_is_expected(now: datetime) -> None:
    early = facts(complete_on=THURSDAY)

    assert list(find_obstacles(early, FRIDAY, UTC, now)) == ["the batch of 2026-11-20 of arxiv:cs.CL is not in"]


def test_a_day_of_rest_needs_no_batch_of_its_own_but_that_of_the_day_before() -> None:
    assert obstacles(facts(complete_on=FRIDAY), SATURDAY) == []
    assert obstacles(facts(complete_on=THURSDAY), SATURDAY) != []


def test_a_list_belongs_to_the_day_on_which_it_should_be_whole() -> None:
    assert obstacles(facts(LISTS, complete_on=THURSDAY)) == []
    assert obstacles(facts(LISTS, complete_on=THURSDAY), SATURDAY) != []


def test_the_day_is_the_operators_and_not_the_sources() -> None:
    late = replace(BATCH, ready_at=time(20))  # 20:00 UTC of Friday is 05:00 of Saturday in Tokyo
    known = facts(late, complete_on=THURSDAY)

    assert is_day_complete(known, FRIDAY, ZoneInfo("Asia/Tokyo"), NOW)
    assert not is_day_complete(known, SATURDAY, ZoneInfo("Asia/Tokyo"), NOW)


def test_a_source_without_batches_must_have_answered_within_a_day() -> None:
    assert obstacles(facts(ROLLING, None, timedelta(hours=24))) == []
    assert obstacles(facts(ROLLING, None, timedelta(hours=25))) == ["arxiv:cs.CL has not answered for a day"]


def test_a_source_that_was_never_whole_and_no_source_at_all_are_no_complete_day() -> None:
    assert obstacles(facts(complete_on=None)) == ["arxiv:cs.CL has not been read whole yet"]
    assert obstacles(DayFacts(records={}, rhythms={})) == ["no source is configured"]


def test_what_was_not_composed_what_waits_and_open_alarms_stand_in_the_way() -> None:
    waiting = replace(facts(), uncomposed=2, oldest_pending_at=NOW - timedelta(minutes=61), alarms=("notifier:email",))

    assert obstacles(waiting) == [
        "2 digests are due and not composed",
        "a message has been waiting for over an hour",
        "notifier:email has an open alarm",
    ]
    assert obstacles(replace(facts(), oldest_pending_at=NOW - timedelta(minutes=59))) == []
