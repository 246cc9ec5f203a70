"""Turns over the database: one holder at a time, its pause kept, closures remembered, and no lane held for ever."""

import asyncio
import itertools
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from digest.errors import SourceRefused
from digest.pipeline.turns import SharedTurns
from digest.settings import HttpSettings
from digest.sources.http.client import Http
from digest.sources.http.pacing import Closed
from digest.storage import lanes
from digest.storage.tables import LaneRow
from subscribers.db import Database
from tests.servers.web import Asked, Reply, WebServer

ROOT = Path(__file__).parents[2]
LANE = "arxiv.org"
PAUSE = timedelta(seconds=3)
LEASE = timedelta(seconds=40)
NONE = timedelta()
LOOPBACK = HttpSettings(allowed_hosts=("127.0.0.1",), attempts=1)


def claim(database: Database, holder: str, pause: timedelta = PAUSE, lease: timedelta = LEASE) -> lanes.Claim:
    with database.writing() as session:
        return lanes.claim_lane(session, LANE, holder, pause, lease)


def release(database: Database, holder: str, pause: timedelta = PAUSE) -> None:
    with database.writing() as session:
        lanes.release_lane(session, LANE, holder, pause)


def read(database: Database) -> LaneRow:
    with database.reading() as session:
        return session.scalars(select(LaneRow).where(LaneRow.name == LANE)).one()


def find_closure(database: Database, host: str = LANE) -> timedelta | None:
    with database.writing() as session:
        return lanes.find_closure(session, host)


def set_times(database: Database, ahead: timedelta, *columns: str) -> None:
    """Move times as if the clock had jumped since they were written."""
    with database.writing() as session:
        moved = lanes.read_clock(session) + ahead
        session.execute(update(LaneRow).values(dict.fromkeys(columns, moved)))


def test_a_lane_is_taken_by_one(database: Database) -> None:
    assert claim(database, "a") == lanes.Claim()
    assert claim(database, "b") == lanes.Claim(lanes.RECHECK)
    assert claim(database, "a") == lanes.Claim(lanes.RECHECK)
    assert read(database).holder == "a"


def test_a_lane_is_free_after_its_pause(database: Database) -> None:
    claim(database, "a")
    release(database, "a")

    assert NONE < claim(database, "b").wait <= PAUSE

    set_times(database, -PAUSE, "free_at")
    assert claim(database, "b") == lanes.Claim()


def test_lanes_do_not_wait_for_each_other(database: Database) -> None:
    claim(database, "a")

    with database.writing() as session:
        assert lanes.claim_lane(session, "huggingface.co", "b", PAUSE, LEASE) == lanes.Claim()


def test_a_holder_that_lost_its_lease_changes_nothing(database: Database) -> None:
    claim(database, "a")
    set_times(database, -PAUSE, "free_at", "held_until")
    assert claim(database, "b") == lanes.Claim()

    release(database, "a", NONE)

    assert claim(database, "c") == lanes.Claim(lanes.RECHECK)
    assert read(database).holder == "b"


def test_a_closure_is_remembered_and_the_longer_one_counts(database: Database) -> None:
    with database.writing() as session:
        lanes.close_host(session, LANE, timedelta(hours=15))
        lanes.close_host(session, LANE, timedelta(minutes=1))

    found = find_closure(database)

    assert found is not None
    assert timedelta(hours=14) < found <= timedelta(hours=15)


def test_a_host_that_is_closed_leaves_others_of_its_lane_open(database: Database) -> None:
    with database.writing() as session:
        lanes.close_host(session, "rss.arxiv.org", timedelta(hours=15))

    assert find_closure(database, "oaipmh.arxiv.org") is None
    assert claim(database, "a") == lanes.Claim()


def test_no_closure_is_longer_than_a_day(database: Database) -> None:
    with database.writing() as session:
        lanes.close_host(session, LANE, timedelta(days=400))

    assert (find_closure(database) or NONE) <= timedelta(days=1)


@pytest.mark.parametrize("column", ["held_until", "free_at", "closed_until"])
def test_a_clock_that_was_set_back_holds_a_lane_no_longer_than_usual(database: Database, column: str) -> None:
    claim(database, "a", lease=LEASE)
    set_times(database, -LEASE, "held_until", "free_at")
    set_times(database, timedelta(days=365), column)

    find_closure(database)
    claim(database, "b")

    longest = {"held_until": LEASE, "free_at": PAUSE, "closed_until": lanes.LONGEST_CLOSURE}[column]
    healed = getattr(read(database), column)
    assert isinstance(healed, datetime)
    with database.reading() as session:
        assert healed <= lanes.read_clock(session) + longest


def test_a_clock_that_was_set_forward_opens_the_lane(database: Database) -> None:
    claim(database, "a")
    set_times(database, timedelta(days=-365), "held_until", "free_at")

    assert claim(database, "b") == lanes.Claim()


def test_lanes_nobody_used_for_long_are_forgotten(database: Database) -> None:
    claim(database, "a")
    set_times(database, timedelta(days=-31), "held_until", "free_at")

    with database.writing() as session:
        lanes.claim_lane(session, "new.example", "a", PAUSE, LEASE)

    with database.reading() as session:
        assert session.scalars(select(LaneRow.name)).all() == ["new.example"]


def test_the_databases_clock_is_the_worlds(database: Database) -> None:
    with database.reading() as session:
        first, second = lanes.read_clock(session), lanes.read_clock(session)

    assert first.utcoffset() == timedelta()
    assert first <= second


@pytest.mark.anyio
async def test_a_closure_outlives_the_process_that_met_it(database: Database) -> None:
    with WebServer(lambda _asked: Reply(429, {"Retry-After": "600"})) as server:
        for _ in range(2):  # each a client as after a restart
            async with Http(LOOPBACK, pace={}, turns=SharedTurns(database)) as http:
                with pytest.raises(SourceRefused) as caught:
                    await http.get(server.url)

    assert "will not be asked again for 10 minutes" in str(caught.value)
    assert len(server.asked) == 1
    with pytest.raises(Closed):
        await SharedTurns(database).claim("127.0.0.1", "127.0.0.1", PAUSE, LEASE)


class Watch:
    """Answers slowly, and notes when each answer began and ended."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []
        self._lock = threading.Lock()

    def __call__(self, _asked: Asked) -> Reply:
        began = time.monotonic()
        time.sleep(0.03)
        with self._lock:
            self.spans.append((began, time.monotonic()))
        return Reply()

    @property
    def gaps(self) -> list[float]:
        """Give the time from the end of each answer to the beginning of the next; negative where two overlap."""
        return [began - ended for (_, ended), (began, _) in itertools.pairwise(sorted(self.spans))]


@pytest.mark.anyio
async def test_clients_beside_each_other_take_turns(database: Database) -> None:
    watch, pause = Watch(), timedelta(seconds=0.1)

    async def ask(url: str) -> None:
        async with Http(LOOPBACK, pace={"127.0.0.1": pause}, turns=SharedTurns(database)) as http:
            for _ in range(3):
                await http.get(url)

    with WebServer(watch) as server:
        await asyncio.gather(*(ask(server.url) for _ in range(3)))

    assert len(watch.gaps) == 8
    assert min(watch.gaps) > 0.09


IMPORTS = """
import asyncio, sys, time
from datetime import timedelta
from digest.pipeline.turns import SharedTurns
from digest.settings import HttpSettings
from digest.sources.http.client import Http
from subscribers.db import Database
"""
ASKING = """
async def ask(database, url):
    settings = HttpSettings(allowed_hosts=("127.0.0.1",), attempts=1)
    pace = {"127.0.0.1": timedelta(seconds=0.1)}
    async with Http(settings, pace=pace, turns=SharedTurns(database)) as http:
        for _ in range(4):
            await http.get(url)

asyncio.run(ask(Database(sys.argv[1]), sys.argv[2]))
"""
HOLDING = """
turns = SharedTurns(Database(sys.argv[1]))
assert not asyncio.run(turns.claim(sys.argv[2], "x", timedelta(), timedelta(seconds=1)))
print("holding", flush=True)
time.sleep(60)
"""


def start(database: Database, script: str, argument: str) -> "subprocess.Popen[str]":
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", IMPORTS + script, url, argument]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_processes_beside_each_other_take_turns(database: Database) -> None:
    watch = Watch()
    with WebServer(watch) as server:
        processes = [start(database, ASKING, server.url) for _ in range(2)]
        for process in processes:
            process.communicate(timeout=60)

    assert [process.returncode for process in processes] == [0, 0]
    assert len(watch.gaps) == 7
    assert min(watch.gaps) > 0.09


@pytest.mark.anyio
async def test_a_lane_whose_holder_was_killed_opens_when_its_lease_ends(database: Database) -> None:
    process = start(database, HOLDING, LANE)
    assert process.stdout is not None
    assert process.stdout.readline() == "holding\n"
    process.kill()
    process.communicate()
    turns = SharedTurns(database)
    assert read(database).holder != ""

    async with asyncio.timeout(20):
        while wait := await turns.claim(LANE, "x", NONE, timedelta(seconds=1)):  # noqa: ASYNC110 -- another process's lease
            await asyncio.sleep(wait.total_seconds())

    await turns.release(LANE, NONE)
    assert read(database).holder == ""
