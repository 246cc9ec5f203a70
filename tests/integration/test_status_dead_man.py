"""The dead-man URL: asked once after each complete day, never otherwise, and again while it does not answer."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from digest.model import RunState
from digest.model.watch import Alarm
from digest.pipeline.compose import compose_due
from digest.pipeline.watch.dead_man import close_day, settle_day
from digest.settings import HttpSettings, OperatorSettings
from digest.sources import Source
from digest.sources.http.client import Http
from digest.sources.rhythm import Rhythm
from digest.storage import alarms, complete_days
from digest.storage.tables import CompleteDayRow, DeliveryRow
from subscribers.db import Database
from subscribers.tables import ChannelRow, SubscriberRow
from tests.factories import paper
from tests.fakes import FixedClock
from tests.people import announce, subscribe
from tests.servers.web import Asked, Reply, WebServer
from tests.sightings import NamedSource, record_run

pytestmark = pytest.mark.anyio
CL = NamedSource("arxiv:cs.CL")
FRIDAY = date(2026, 11, 20)
MORNING = datetime(2026, 11, 20, 5, 20, tzinfo=UTC)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    settings = HttpSettings(allowed_hosts=("127.0.0.1",), attempts=1, timeout=timedelta(seconds=5))
    async with Http(settings, pace={}) as opened:
        yield opened


@pytest.fixture
def complete(database: Database) -> Database:
    """Friday's batch came at twenty past five."""
    record_run(database, CL.name, RunState.FRESH, MORNING, complete_on=FRIDAY)
    return database


async def close(database: Database, http: Http, url: str, now: datetime, *sources: Source) -> bool:
    return await close_day(database, sources or (CL,), http, OperatorSettings(ping_url=SecretStr(url)), FixedClock(now))


def days(database: Database) -> list[date]:
    with database.reading() as session:
        return list(session.scalars(select(CompleteDayRow.day)))


def answering(*statuses: int) -> Callable[[Asked], Reply]:
    left = list(statuses)
    return lambda _asked: Reply(left.pop(0) if left else 200)


async def test_a_complete_day_is_told_once_however_often_one_looks(complete: Database, http: Http) -> None:
    with WebServer(answering()) as server:
        told = [await close(complete, http, f"{server.url}/s3cret", MORNING + n * timedelta(hours=1)) for n in range(9)]

    assert told == [True, *[False] * 8]
    assert [asked.path for asked in server.asked] == ["/s3cret"]
    with complete.reading() as session:
        assert complete_days.find_complete_day(session, FRIDAY) == complete_days.CompleteDay(FRIDAY, MORNING, MORNING)


async def test_two_processes_at_once_tell_it_once(complete: Database, http: Http) -> None:
    with WebServer(answering()) as server:
        told = await asyncio.gather(*(close(complete, http, server.url, MORNING) for _ in range(4)))

    assert (sum(told), len(server.asked), days(complete)) == (1, 1, [FRIDAY])


async def test_a_url_that_does_not_answer_is_asked_again_at_later_ticks(complete: Database, http: Http) -> None:
    with WebServer(answering(500, 404)) as server:
        told = [await close(complete, http, server.url, MORNING + n * timedelta(minutes=1)) for n in range(13)]

    assert [minute for minute, done in enumerate(told) if done] == [10]
    assert len(server.asked) == 3


async def test_a_url_that_is_not_there_is_no_crash(complete: Database, http: Http) -> None:
    assert not await close(complete, http, "http://127.0.0.1:1/x", MORNING)
    assert not await close(complete, http, "", MORNING)


async def test_a_day_that_never_completes_is_never_told(database: Database, http: Http) -> None:
    record_run(database, CL.name, RunState.FRESH, MORNING - timedelta(days=1), complete_on=date(2026, 11, 19))
    start = datetime(2026, 11, 20, tzinfo=UTC)
    with WebServer(answering()) as server:
        for hour in range(24):
            assert not await close(database, http, server.url, start + timedelta(hours=hour))

    assert (server.asked, days(database)) == ([], [])


async def test_each_day_is_told_anew_and_days_of_rest_too(complete: Database, http: Http) -> None:
    with WebServer(answering()) as server:
        told = [await close(complete, http, server.url, MORNING + n * timedelta(days=1)) for n in range(4)]

    assert told == [True, True, True, False]  # on Monday the batch is missing


def test_the_day_is_that_of_the_operators_zone(complete: Database) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")

    assert settle_day(complete, [CL], MORNING, tokyo) == FRIDAY
    assert settle_day(complete, [CL], MORNING + timedelta(hours=10), tokyo) == date(2026, 11, 21)


def test_what_happens_after_a_day_was_complete_does_not_undo_it(complete: Database) -> None:
    assert settle_day(complete, [CL], MORNING, UTC) == FRIDAY
    with complete.writing() as session:
        alarms.open_alarms(session, [Alarm(name=CL.name, since=MORNING, cause="x")], MORNING)

    assert settle_day(complete, [CL], MORNING, UTC) == FRIDAY


def test_an_open_alarm_stands_in_the_way_unless_its_source_is_gone(complete: Database) -> None:
    with complete.writing() as session:
        alarms.open_alarms(session, [Alarm(name="huggingface", since=MORNING, cause="x")], MORNING)
    assert settle_day(complete, [CL], MORNING, UTC) == FRIDAY

    with complete.writing() as session:
        alarms.open_alarms(session, [Alarm(name="notifier:email", since=MORNING, cause="x")], MORNING)
    assert settle_day(complete, [NamedSource(CL.name)], MORNING + timedelta(days=1), UTC) is None


def test_a_source_without_batches_must_have_answered_lately(complete: Database) -> None:
    journal = NamedSource("feed:journal", Rhythm())
    record_run(complete, "feed:journal", RunState.QUIET, MORNING - timedelta(hours=30))
    record_run(complete, "feed:journal", RunState.UNREACHABLE, MORNING)

    assert settle_day(complete, [CL, journal], MORNING, UTC) is None
    record_run(complete, "feed:journal", RunState.QUIET, MORNING)
    assert settle_day(complete, [CL, journal], MORNING, UTC) == FRIDAY


def queue_digest(database: Database, queued_at: datetime) -> None:
    subscribe(database, "ada@example.org", "experts", now=MORNING)
    announce(database, paper(), now=MORNING)
    compose_due(database, MORNING, is_forced=True)
    set_all(database, DeliveryRow, created_at=queued_at)
    record_run(database, CL.name, RunState.FRESH, MORNING, complete_on=FRIDAY)  # announcing moved its cursor


def set_all(database: Database, row: type[ChannelRow | DeliveryRow | SubscriberRow], **values: Any) -> None:
    with database.writing() as session:
        session.execute(update(row).values(values))


def test_a_digest_that_was_not_composed_stands_in_the_way_for_as_long(complete: Database) -> None:
    subscribe(complete, "ada@example.org", "experts")
    set_all(complete, ChannelRow, next_due_at=MORNING - timedelta(minutes=11))
    assert settle_day(complete, [CL], MORNING, UTC) is None

    set_all(complete, ChannelRow, next_due_at=MORNING - timedelta(minutes=9))
    assert settle_day(complete, [CL], MORNING, UTC) == FRIDAY


def test_a_message_that_waits_for_over_an_hour_stands_in_the_way(complete: Database) -> None:
    queue_digest(complete, queued_at=MORNING - timedelta(minutes=61))
    assert settle_day(complete, [CL], MORNING, UTC) is None

    set_all(complete, DeliveryRow, state="sent")
    assert settle_day(complete, [CL], MORNING, UTC) == FRIDAY


def test_somebody_who_pauses_does_not_keep_days_from_being_complete(complete: Database) -> None:
    queue_digest(complete, queued_at=MORNING - timedelta(days=3))
    set_all(complete, SubscriberRow, status="paused")
    set_all(complete, ChannelRow, next_due_at=MORNING - timedelta(days=3))

    assert settle_day(complete, [CL], MORNING, UTC) == FRIDAY
