"""The operator hears of a source that stays bad once, and once again when it recovers, whoever looks how often."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from digest.model import Address, RunState
from digest.pipeline.watch.alarms import AlarmReport, raise_alarms
from digest.sources.arxiv.source import RHYTHM as ARXIV
from digest.sources.huggingface import RHYTHM as HUGGINGFACE
from digest.storage import alarms
from digest.storage.tables import NoticeRow
from subscribers.db import Database
from tests.sightings import NamedSource, record_run

OPS = Address("email", "ops@example.org")
PHONE = Address("telegram", "123456")
CL = NamedSource("arxiv:cs.CL")
THURSDAY, FRIDAY = date(2026, 11, 19), date(2026, 11, 20)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def look(database: Database, now: datetime, *sources: NamedSource, targets: Sequence[Address] = (OPS,)) -> AlarmReport:
    return raise_alarms(database, sources or (CL,), targets, now)


def subjects(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(NoticeRow.subject).order_by(NoticeRow.id)))


def texts(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(NoticeRow.text).order_by(NoticeRow.id)))


@pytest.fixture
def late(database: Database) -> Database:
    """Thursday's batch came, and Friday's did not."""
    record_run(database, CL.name, RunState.FRESH, at(19, 5, 10), complete_on=THURSDAY)
    record_run(database, CL.name, RunState.STALE, at(20, 5, 10), detail="The batch is still the last one")
    return database


def test_a_late_batch_is_told_once_however_often_one_looks(late: Database) -> None:
    assert look(late, at(20, 13, 10)) == AlarmReport()

    for minute in (11, 12, 59):
        look(late, at(20, 13, minute), targets=(OPS, PHONE))

    assert subjects(late) == ["arxiv:cs.CL has owed its batch of 2026-11-20 for 8 hours"] * 2
    with late.reading() as session:
        assert {row.key for row in session.scalars(select(NoticeRow))} == {
            "source:arxiv:cs.CL:2026-11-20T05:10:00+00:00"
        }


def test_two_processes_that_look_at_the_same_moment_tell_it_once(late: Database) -> None:
    record_run(late, "huggingface", RunState.BROKEN, at(18))
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: look(late, at(20, 14), CL, NamedSource("huggingface")), range(4)))

    assert sorted(len(report.raised) for report in reports) == [0, 0, 0, 2]
    assert len(subjects(late)) == 1


def test_recovery_is_told_once_with_how_long_it_took(late: Database) -> None:
    look(late, at(20, 13, 30))
    record_run(late, CL.name, RunState.FRESH, at(20, 14, 10), complete_on=FRIDAY)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: look(late, at(20, 14, 11)), range(4)))

    assert subjects(late)[1:] == ["arxiv:cs.CL is well again"]
    assert texts(late)[1] == "arxiv:cs.CL is well again after 9 hours; nothing is missing."
    with late.reading() as session:
        assert alarms.list_alarms(session) == ()


def test_recovery_names_the_days_that_are_gone_for_good(late: Database) -> None:
    look(late, at(20, 13, 30))
    lost = "Nothing was read from 2026-11-20; what was announced then is missing"
    record_run(late, CL.name, RunState.FRESH, at(23, 5, 10), complete_on=date(2026, 11, 23), detail=f"x; {lost}")
    look(late, at(23, 5, 11))

    assert f"but not all came: {lost}." in texts(late)[1]


def test_a_failed_run_at_the_weekend_is_no_recovery_and_no_second_alarm(late: Database) -> None:
    look(late, at(20, 13, 30))
    record_run(late, CL.name, RunState.UNREACHABLE, at(21, 9))
    for hour in range(9, 23):
        look(late, at(21, hour))

    assert len(subjects(late)) == 1


def test_the_next_failure_after_a_recovery_is_told_again(late: Database) -> None:
    look(late, at(20, 13, 30))
    record_run(late, CL.name, RunState.FRESH, at(20, 14), complete_on=FRIDAY)
    look(late, at(20, 14, 1))
    record_run(late, CL.name, RunState.STALE, at(23, 5, 10))
    look(late, at(23, 14))

    assert subjects(late)[2] == "arxiv:cs.CL has owed its batch of 2026-11-23 for 9 hours"


def test_a_network_that_is_down_is_one_notice_and_its_return_one_more(database: Database) -> None:
    sources = [NamedSource(f"arxiv:{number}") for number in range(12)]
    for number, source in enumerate(sources):
        record_run(database, source.name, RunState.FRESH, at(19, 5, 10), complete_on=THURSDAY)
        record_run(database, source.name, RunState.UNREACHABLE, at(20, 5, 10 + number), detail="DNS")
    for minute in range(0, 60, 3):
        look(database, at(20, 13, minute), *sources)

    assert subjects(database) == ["None of the 12 sources can be reached: is the network down?"]
    for number, source in enumerate(sources):
        record_run(database, source.name, RunState.FRESH, at(20, 15, number), complete_on=FRIDAY)
        look(
            database,
            at(
                20,
                15,
                number,
            ),
            *sources,
        )
    assert subjects(database)[1:] == ["arxiv:0, arxiv:1 and 10 more are well again"]


def test_a_source_that_recovers_alone_is_told_after_a_while_with_those_that_did_not(database: Database) -> None:
    sources = [CL, NamedSource("arxiv:cs.LG")]
    for source in sources:
        record_run(database, source.name, RunState.UNREACHABLE, at(20, 5))
    look(database, at(20, 14), *sources)
    record_run(database, CL.name, RunState.FRESH, at(20, 15), complete_on=FRIDAY)

    assert look(database, at(20, 15, 29), *sources).recovered == ()
    assert [each.name for each in look(database, at(20, 15, 30), *sources).recovered] == [CL.name]
    assert "Still in trouble: arxiv:cs.LG." in texts(database)[1]


def test_alarms_that_follow_each_other_are_told_together_an_hour_later(database: Database) -> None:
    sources = [NamedSource(f"arxiv:{number}") for number in range(3)]
    for number, source in enumerate(sources):
        record_run(database, source.name, RunState.BROKEN, at(20, 5) + number * timedelta(minutes=35))
    for minute in range(0, 180, 5):
        look(database, at(20, 13) + timedelta(minutes=minute), *sources)

    assert [subject.partition(" ")[0] for subject in subjects(database)] == ["arxiv:0", "2"]


def test_a_source_taken_out_of_the_configuration_closes_its_alarm_silently(late: Database) -> None:
    look(late, at(20, 14))
    report = look(late, at(20, 14, 1), NamedSource("huggingface"))

    assert [each.name for each in report.dropped] == [CL.name]
    assert len(subjects(late)) == 1


def test_without_a_target_the_alarm_is_open_all_the_same(late: Database) -> None:
    look(late, at(20, 14), targets=())

    with late.reading() as session:
        (alarm,) = alarms.list_alarms(session)
    assert (alarm.name, alarm.since, alarm.raised_at) == (CL.name, at(20, 5, 10), at(20, 14))


def test_a_service_that_was_down_for_days_does_not_cry_before_it_has_asked(late: Database) -> None:
    record_run(late, CL.name, RunState.STALE, at(20, 5, 40), due_at=at(20, 6, 10))

    assert look(late, at(23, 9)) == AlarmReport()


def test_a_fortnight_in_which_all_is_as_it_should_be_is_a_silent_one(database: Database) -> None:
    arxiv, listed = NamedSource("arxiv:cs.CL", ARXIV), NamedSource("huggingface", HUGGINGFACE)
    now = at(9)
    while now < at(23):
        for source in (arxiv, listed):
            due = source.rhythm.latest_expected(now)
            state = RunState.HOLIDAY if source.rhythm.is_rest(now) else RunState.FRESH
            record_run(database, source.name, state, now, complete_on=due, due_at=now + timedelta(hours=3))
        assert look(database, now + timedelta(minutes=1), arxiv, listed) == AlarmReport()
        now += timedelta(hours=3)
