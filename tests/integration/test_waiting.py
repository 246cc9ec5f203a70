"""Digests that wait for the batch: at eight, or when it is complete, at eleven at the latest."""

from datetime import UTC, datetime, time

import pytest

from digest.model import Batch, Cursor, RunState, SourceRun
from digest.pipeline.compose import ComposeReport, compose_due
from digest.pipeline.readiness import list_due, list_late
from digest.sources.arxiv.source import ArxivSource
from digest.storage import runs
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import InvalidSchedule, Schedule
from subscribers.schedule import held_until, parse_schedule
from tests.factories import paper
from tests.people import announce, subscribe

CL = ArxivSource("cs.CL")
YESTERDAY = datetime(2026, 11, 19, 12, tzinfo=UTC)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 20, hour, minute, tzinfo=UTC)


@pytest.fixture
def patient(database: Database) -> Database:
    """Have one reader who gets the digest at eight and waits until eleven, UTC."""
    subscribe(database, "ada@example.org", "cat:cs.CL", now=YESTERDAY, send_at=time(8))
    announce(database, paper("2611.00001", categories=("cs.CL",)))
    with database.writing() as session:
        service.set_schedule(session, YESTERDAY, 1, Schedule("UTC", time(8), time(11)))
    return database


def complete(database: Database, day: int) -> None:
    with database.writing() as session:
        runs.save_cursor(session, CL.name, Cursor(complete_on=datetime(2026, 11, day, tzinfo=UTC).date()))


def compose(database: Database, now: datetime) -> ComposeReport:
    return compose_due(database, now, late=list_late(database, [CL], now))


def test_a_late_batch_is_waited_for(patient: Database) -> None:
    complete(patient, 19)

    report = compose(patient, at(8, 5))

    assert (report.composed, [channel.address for channel in report.held]) == ([], ["ada@example.org"])


def test_the_digest_goes_out_as_soon_as_the_batch_is_in(patient: Database) -> None:
    complete(patient, 19)
    compose(patient, at(8, 5))
    complete(patient, 20)

    assert compose(patient, at(8, 40)).queued == 1
    assert compose(patient, at(8, 41)).composed == []


def test_nobody_waits_beyond_the_latest_hour_and_the_digest_says_who_is_late(patient: Database) -> None:
    complete(patient, 19)
    with patient.writing() as session:
        runs.record_run(session, SourceRun(source=CL.name, started_at=at(9), ended_at=at(9), state=RunState.QUIET))

    assert compose(patient, at(10, 59)).composed == []
    (done,) = compose(patient, at(11)).composed

    assert done.edition is not None
    assert done.edition.notes == ("arXiv cs.CL is late today; its papers will follow.",)


def test_who_does_not_wait_is_served_at_the_hour(patient: Database) -> None:
    complete(patient, 19)
    subscribe(patient, "bob@example.org", "cat:cs.CL", now=YESTERDAY, send_at=time(8))

    report = compose(patient, at(8))

    assert [each.channel.address for each in report.composed] == ["bob@example.org"]
    assert [channel.address for channel in report.held] == ["ada@example.org"]


def test_a_forced_digest_does_not_wait(patient: Database) -> None:
    complete(patient, 19)

    assert compose_due(patient, at(8), is_forced=True, late=(CL.name,)).queued == 1


def test_a_source_that_was_never_read_is_late_and_due(database: Database) -> None:
    assert list_late(database, [CL], at(8)) == (CL.name,)
    assert list_due(database, [CL], at(8)) == [CL]


def test_a_source_is_due_when_its_time_has_come(database: Database) -> None:
    run = SourceRun(source=CL.name, started_at=at(8), ended_at=at(8), state=RunState.FRESH, due_at=at(9))
    with database.writing() as session:
        runs.record_run(session, run)

    assert list_due(database, [CL], at(8, 59)) == []
    assert list_due(database, [CL], at(9)) == [CL]


def test_a_cursor_comes_back_as_it_was(database: Database) -> None:
    batch = Batch(source=CL.name, state=RunState.FRESH, papers=(paper(),))
    cursor = Cursor(is_empty=True, complete_on=at(8).date(), position="filled:2026-11-19", etag='"x"')
    with database.writing() as session:
        runs.save_batch(session, batch, at(8))
        runs.save_cursor(session, CL.name, cursor)

    with database.reading() as session:
        assert runs.find_cursor(session, CL.name) == cursor


def test_a_wait_is_stored_shown_and_taken_back(patient: Database) -> None:
    with patient.writing() as session:
        assert store.view_channel(store.get_channel(session, 1)).schedule.wait_until == time(11)
        service.set_schedule(session, at(6), 1, Schedule("UTC", time(8)))
        assert store.view_channel(store.get_channel(session, 1)).schedule.wait_until is None


@pytest.mark.parametrize("until", ["8:00", "7", "25:00", "soon"])
def test_a_wait_that_ends_before_it_begins_is_refused(until: str) -> None:
    with pytest.raises(InvalidSchedule):
        parse_schedule("UTC", "8", until)


def test_a_wait_is_in_local_time() -> None:
    berlin = parse_schedule("Europe/Berlin", "8", "11")

    assert held_until(berlin, at(7)) == at(10)
    assert held_until(Schedule("Europe/Berlin", time(8)), at(7)) == at(7)
