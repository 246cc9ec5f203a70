"""A month of daily runs against a local server, with each fault that real months had: nothing lost, nothing twice."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from digest.model import RunState
from digest.pipeline.fetch import Reading, fetch_all
from digest.pipeline.readiness import list_due, list_late
from digest.settings import HttpSettings
from digest.sources import Source
from digest.sources.arxiv.source import ArxivSource
from digest.sources.http.client import Http
from digest.sources.huggingface import HuggingFaceSource
from digest.storage.tables import AnnouncementRow, PaperIdRow, PaperRow
from subscribers.db import Database
from tests.fakes import FixedClock
from tests.servers.web import Asked, Reply, WebServer
from tests.world import CATEGORIES, EASTERN, Fault, World, eastern

FIRST, DAYS = date(2026, 11, 2), 30
STEP = timedelta(hours=1)


@dataclass
class Month:
    """What was recorded: the states of each source on each of its days, and who was late at eight in New York."""

    states: dict[tuple[str, int], list[RunState]] = field(default_factory=lambda: defaultdict(list))
    late: dict[int, tuple[str, ...]] = field(default_factory=dict)


def make_faults(world: World) -> list[Fault]:
    def feed(**how: object) -> Callable[[Asked], Reply]:
        return lambda asked: world.feed(asked, asked.path.rpartition("/")[2], **({"day": world.today} | how))  # type: ignore[arg-type]

    def yesterdays(day: int) -> Callable[[Asked], Reply]:
        return feed(day=date(2026, 11, day))

    def half(asked: Asked) -> Reply:
        body = feed()(asked).body
        return Reply(200, {"ETag": '"half"'}, body[: len(body) // 2])

    return [
        Fault("/", eastern(10, 0), eastern(10, 14), lambda _: Reply(429, body=b"Rate exceeded.")),
        Fault("/rss/cs.LG", eastern(11, 0), eastern(11, 16), yesterdays(10)),
        Fault("/rss/cs.CL", eastern(13, 0), eastern(13, 10), half),
        Fault("/rss/", eastern(16, 0), eastern(16, 12), feed(creator=False)),
        Fault("/rss/", eastern(23, 0), eastern(23, 9), lambda _: Reply(200, body=b"<html><body>Sorry</body></html>")),
        Fault("/rss/", eastern(24, 0), eastern(24, 11), feed(limit=0)),
        Fault("/rss/cs.CL", eastern(25, 0), eastern(26, 0), yesterdays(24)),
        Fault("/", eastern(30, 0), eastern(30, 12), lambda _: Reply(503)),
    ]


def is_away(now: datetime) -> bool:
    """Whether our own service is down: three days."""
    return eastern(17, 0) <= now < eastern(20, 0)


async def live(database: Database, world: World, url: str) -> Month:
    sources: list[Source] = [
        *(ArxivSource(category, f"{url}/rss/", f"{url}/oai") for category in CATEGORIES),
        HuggingFaceSource(f"{url}/hf"),
    ]
    month = Month()
    end = world.clock.now + timedelta(days=DAYS)
    while world.clock.now < end:
        if not is_away(world.clock.now):
            await tick(database, sources, world.clock, month)
        world.clock.advance(STEP)
    return month


async def tick(database: Database, sources: list[Source], clock: FixedClock, month: Month) -> None:
    settings = HttpSettings(attempts=1, allowed_hosts=("127.0.0.1",))
    if due := list_due(database, sources, clock.now):
        async with Http(settings, pace={}, now=clock) as http:
            report = await fetch_all(Reading(database=database, http=http, clock=clock), due)
        rhythms = {source.name: source.rhythm for source in sources}
        for run in report.runs:
            states = month.states[run.source, rhythms[run.source].day_of(clock.now).day]
            if states[-1:] != [run.state]:
                states.append(run.state)
    at = clock.now.astimezone(EASTERN)
    if (at.hour, at.minute) == (8, 0):
        month.late[at.day] = list_late(database, sources, clock.now)


def test_a_month(database: Database) -> None:
    world = World(FixedClock(eastern(2, 0)), FIRST, DAYS)
    world.faults = make_faults(world)
    with WebServer(world.answer) as server:
        month = asyncio.run(live(database, world, server.url))

    seen = list_announced(database)
    assert len(seen) == len(set(seen))
    assert set(seen) == world.announced() | world.featured()
    assert count_papers(database) == len(world.papers)
    assert month.states == expect_states(world)
    assert month.late == expect_late()


def list_announced(database: Database) -> list[tuple[str, str, str]]:
    """Give (arXiv id, kind, detail) of everything that was announced."""
    query = select(PaperIdRow.value, AnnouncementRow.kind, AnnouncementRow.detail)
    joined = query.join(PaperIdRow, PaperIdRow.paper_id == AnnouncementRow.paper_id)
    with database.reading() as session:
        rows = session.execute(joined.where(PaperIdRow.scheme == "arxiv"))
        return [(number, kind, detail) for number, kind, detail in rows]


def count_papers(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(PaperRow)) or 0


def expect_states(world: World) -> dict[tuple[str, int], list[RunState]]:
    """Say what each day really was; the outage has no runs at all, and what was missed then came by OAI-PMH."""
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    present = [day for day in days if not is_away(datetime(day.year, day.month, day.day, 12, tzinfo=EASTERN))]
    expected = {
        (f"arxiv:{category}", day.day): [RunState.FRESH if (category, day) in world.batches else RunState.HOLIDAY]
        for category in CATEGORIES
        for day in present
    }
    lists = [RunState.FRESH, RunState.QUIET] * 2
    # The list of a day goes by UTC: that of the 17th had begun when the outage came.
    listed = [*present, date(2026, 11, 17)]
    expected |= {("huggingface", day.day): lists if day in world.lists else [RunState.HOLIDAY] for day in listed}
    return expected | FAULTY


FAULTY = {
    ("arxiv:cs.CL", 10): [RunState.REFUSED, RunState.FRESH],
    ("arxiv:cs.LG", 10): [RunState.REFUSED, RunState.FRESH],
    ("huggingface", 10): [RunState.FRESH, RunState.QUIET, RunState.REFUSED, RunState.FRESH, RunState.QUIET],
    ("arxiv:cs.LG", 11): [RunState.STALE, RunState.FRESH],
    ("arxiv:cs.CL", 13): [RunState.PARTIAL, RunState.FRESH],
    # The same papers again, with their authors this time: nothing new is announced.
    ("arxiv:cs.CL", 16): [RunState.BROKEN, RunState.QUIET],
    ("arxiv:cs.LG", 16): [RunState.BROKEN, RunState.QUIET],
    ("huggingface", 17): [RunState.FRESH, RunState.QUIET],
    ("arxiv:cs.CL", 23): [RunState.BROKEN, RunState.FRESH],
    ("arxiv:cs.LG", 23): [RunState.BROKEN, RunState.FRESH],
    ("arxiv:cs.CL", 24): [RunState.STALE, RunState.FRESH],
    ("arxiv:cs.LG", 24): [RunState.STALE, RunState.FRESH],
    # It never turned that day; its papers came by OAI-PMH, and the feed was stale all the same.
    ("arxiv:cs.CL", 25): [RunState.STALE],
    ("arxiv:cs.CL", 30): [RunState.UNREACHABLE, RunState.FRESH],
    ("arxiv:cs.LG", 30): [RunState.UNREACHABLE, RunState.FRESH],
    ("huggingface", 30): [RunState.FRESH, RunState.QUIET, RunState.UNREACHABLE, RunState.FRESH, RunState.QUIET],
}


def expect_late() -> dict[int, tuple[str, ...]]:
    """Say who was late at eight in the morning in New York."""
    both = ("arxiv:cs.CL", "arxiv:cs.LG")
    late = {10: both, 11: both[1:], 13: both[:1], 16: both, 23: both, 24: both, 25: both[:1], 30: both}
    return {day: late.get(day, ()) for day in (*range(2, 17), *range(20, 31), 1)}
