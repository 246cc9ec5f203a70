"""Times alerts on a fresh SQLite database: a day's announcements against everybody's follows.

Run: python -m benchmarks.alert --papers 3000 --readers 20000 --json

Each reader follows ten of as many researchers as there are readers; every paper is surely by two of them. `--now` says
which share of the follows is told at once, the others in the digest.
"""

import argparse
import json
import platform
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digest.logs import configure_logs
from digest.model import (
    Announcement,
    AnnouncementKind,
    Author,
    Authorship,
    Batch,
    ExternalId,
    IdScheme,
    Paper,
    PaperId,
    Researcher,
    ResearcherId,
    RunState,
    Standing,
)
from digest.pipeline.alert import alert_due
from digest.settings import Settings
from digest.storage import authorships, marks, researchers, runs, schema
from digest.storage.announcements import latest_announcement
from digest.storage.marks import Stage
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import ChannelWish, Consent, FollowEvent, FollowWish, Registration, Schedule, Timing

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=1)
SCHEDULE = Schedule("UTC", datetime(2026, 1, 1, 5, 0, tzinfo=UTC).time())
FOLLOWS, AUTHORS, KNOWN = 10, 6, 2


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--papers", type=int, default=3000)
    parser.add_argument("--readers", type=int, default=2000)
    parser.add_argument("--now", type=float, default=0.1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    configure_logs(Settings())  # to standard error: standard output is for the figures
    figures = measure(options.papers, options.readers, options.now)
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for name, figure in figures.items():
        print(f"{name:24} {figure}")


def measure(papers: int, readers: int, share: float) -> dict[str, object]:
    """Fill a database and alert once; the second run has nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'alert.db'}")
        schema.upgrade(database)
        people = _add_people(database, readers)
        _add_readers(database, readers, people, share)
        _add_papers(database, papers, people)
        started = time.perf_counter()
        report = alert_due(database, NOW)
        alerted = time.perf_counter()
        alert_due(database, NOW)
        again = time.perf_counter()
        database.close()
    return {
        "papers": papers,
        "follows": readers * FOLLOWS,
        "share_told_at_once": share,
        "alerts": report.queued,
        "alert_seconds": round(alerted - started, 2),
        "again_seconds": round(again - alerted, 4),
        "python": platform.python_version(),
    }


def _add_people(database: Database, count: int) -> list[ResearcherId]:
    with database.writing() as session:
        return [researchers.add_researcher(session, Researcher(name=f"Person {n}"), BEFORE) for n in range(count)]


def _add_readers(database: Database, count: int, people: list[ResearcherId], share: float) -> None:
    rng = random.Random(7)  # noqa: S311 -- a benchmark wants the same numbers each time
    with database.writing() as session:
        for number in range(count):
            channel = ChannelWish(kind="email", address=f"r{number}@example.org", schedule=SCHEDULE, cap=25)
            wanted = Registration(name=f"Reader {number}", channels=(channel,))
            consent = Consent("operator")
            view = service.subscribe(session, BEFORE, wanted, start_after=0, consent=consent).subscriber
            for person in rng.sample(people, min(FOLLOWS, len(people))):
                timing = Timing.NOW if rng.random() < share else Timing.DIGEST
                events = (FollowEvent.REPLACEMENT,)
                wish = FollowWish(target_id=person, name=f"Person {person}", timing=timing, events=events)
                store.add_follow(session, view.id, wish, BEFORE)


def _add_papers(database: Database, count: int, people: list[ResearcherId]) -> None:
    rng = random.Random(8)  # noqa: S311
    papers = tuple(map(_make_paper, range(count)))
    announced = tuple(
        Announcement(
            paper=paper.ids[0], kind=AnnouncementKind.NEW, source="arxiv:cs.CL", announced_on=NOW.date(), version=1
        )
        for paper in papers
    )
    batch = Batch(source="arxiv:cs.CL", state=RunState.FRESH, papers=papers, announcements=announced)
    with database.writing() as session:
        runs.save_batch(session, batch, NOW)
        found = (each for paper_id in range(1, count + 1) for each in _attribute(PaperId(paper_id), people, rng))
        authorships.save_authorships(session, found, NOW)
        marks.lock_mark(session, Stage.ATTRIBUTE)
        marks.move_mark(session, Stage.ATTRIBUTE, latest_announcement(session))


def _attribute(paper_id: PaperId, people: list[ResearcherId], rng: random.Random) -> Iterator[Authorship]:
    for place, person in enumerate(rng.sample(people, min(KNOWN, len(people))), start=1):
        yield Authorship(
            researcher_id=person,
            paper_id=paper_id,
            position=place,
            standing=Standing.SURE,
            probability=0.95,
            evidence=("same ORCID iD", "2 shared co-authors"),
        )


def _make_paper(number: int) -> Paper:
    return Paper(
        ids=(ExternalId(IdScheme.ARXIV, f"2611.{number:05d}"),),
        title=f"On the Many Uses of Number {number}",
        abstract="A sentence of ordinary length says what the paper is about and why. " * 16,
        authors=tuple(Author(f"Given{place} Family{number}") for place in range(AUTHORS)),
        categories=("cs.CL",),
        version=1,
    )


if __name__ == "__main__":
    main()
