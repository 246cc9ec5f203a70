"""Times the daily job on a fresh SQLite database: store papers, compose editions, render them.

Run: python -m benchmarks.compose --subscribers 1000 --papers 1000 --json

Papers are recombined from the sentences of the bundled day, so that words and phrases are as frequent as in prose.
Each subscriber has one to three interests (words, phrases, categories) and follows up to five of the authors. With
--ratings, each has also asked more or less of so many of 2,000 earlier papers, the newer ones more often.
"""

import argparse
import json
import platform
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as hour
from pathlib import Path

from sqlalchemy import insert, select

from digest.demo.papers import InventedPaper, read_papers
from digest.logs import configure_logs
from digest.model import (
    Announcement,
    AnnouncementKind,
    Author,
    Batch,
    ExternalId,
    IdScheme,
    MessageForm,
    Paper,
    RetryPolicy,
    RunState,
)
from digest.pipeline.compose import compose_due
from digest.pipeline.following import PersonWanted, follow_person
from digest.pipeline.presentation import Presenter
from digest.pipeline.signup import read_interest
from digest.settings import Settings
from digest.storage import deliveries, papers, runs, schema
from digest.storage.letter_tables import FeedbackRow
from subscribers import service
from subscribers.db import Database
from subscribers.model import ChannelWish, Consent, Registration, Schedule
from subscribers.tables import SubscriberRow

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
EARLIER = 2_000  # papers that can have been rated
LONG_WORD = 6  # shorter ones are mostly not what anybody is interested in
SCHEDULE = Schedule("UTC", hour(5, 0))


def main() -> None:
    """Run the benchmark and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--papers", type=int, default=1000)
    parser.add_argument("--ratings", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    configure_logs(Settings())  # to standard error: standard output is for the figures
    figures = measure(options.subscribers, options.papers, options.ratings)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print("\n".join(f"{name:28} {value}" for name, value in figures.items()))


def measure(subscriber_count: int, paper_count: int, rating_count: int = 0) -> dict[str, object]:
    """Time each stage, in seconds."""
    chance = random.Random(7)  # noqa: S311 -- the same numbers each time are the point
    invented = read_papers()
    figures: dict[str, object] = {"subscribers": subscriber_count, "papers": paper_count, "ratings": rating_count}
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'benchmark.db'}")
        schema.upgrade(database)
        sign_up_all(database, subscriber_count, invented, chance)
        if rating_count:
            rate_all(database, rating_count, make_batch(invented, EARLIER, chance, month="2610"), chance)
        batch = make_batch(invented, paper_count, chance)
        with timed(figures, "store_seconds"), database.writing() as session:
            runs.save_batch(session, batch, NOW)
        with timed(figures, "compose_seconds"):
            report = compose_due(database, NOW)
        figures |= {
            "editions": report.queued,
            "entries": sum(len(c.edition.entries) for c in report.composed if c.edition),
        }
        with timed(figures, "render_100_mails_seconds"):
            render_some(database, 100)
        database.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return figures | {"peak_memory_mb": peak, "python": platform.python_version()}


def make_batch(invented: tuple[InventedPaper, ...], count: int, chance: random.Random, month: str = "2611") -> Batch:
    """Recombine titles, sentences, authors and categories into new papers."""
    sentences = [line for paper in invented for line in paper.abstract.split(". ")]
    everybody = [name for paper in invented for name in paper.authors]
    made = [
        Paper(
            ids=(ExternalId(IdScheme.ARXIV, f"{month}.{number:05d}"),),
            title=f"{chance.choice(invented).title} {number}",
            abstract=". ".join(chance.sample(sentences, 7)),
            authors=tuple(Author(name) for name in chance.sample(everybody, 5)),
            categories=chance.choice(invented).categories,
            version=1,
        )
        for number in range(count)
    ]
    announced = tuple(
        Announcement(paper=paper.ids[0], kind=AnnouncementKind.NEW, source="benchmark", announced_on=NOW.date())
        for paper in made
    )
    return Batch(source="benchmark", state=RunState.FRESH, papers=tuple(made), announcements=announced)


def sign_up_all(database: Database, count: int, invented: tuple[InventedPaper, ...], chance: random.Random) -> None:
    """Subscribe people with wishes drawn from the papers' own words."""
    words = sorted(
        {word for paper in invented for word in paper.abstract.split() if word.isalpha() and len(word) >= LONG_WORD}
    )
    pairs = [" ".join(paper.title.split()[at : at + 2]) for paper in invented for at in range(2)]
    phrases = [f'"{pair}"' for pair in pairs if pair.replace(" ", "").isalpha()]
    categories = sorted({category for paper in invented for category in paper.categories})
    names = [name for paper in invented for name in paper.authors if "Collaboration" not in name]
    kinds = (
        lambda: chance.choice(words),
        lambda: chance.choice(phrases),
        lambda: f"cat:{chance.choice(categories)} AND ({chance.choice(words)} OR {chance.choice(words)})",
    )
    with database.writing() as session:
        for number in range(count):
            wish = ChannelWish(kind="email", address=f"reader{number}@example.org", schedule=SCHEDULE, cap=25)
            registration = Registration(name=f"Reader {number}", channels=(wish,))
            long_ago = NOW.replace(day=1)
            done = service.subscribe(session, long_ago, registration, start_after=0, consent=Consent("benchmark"))
            for _ in range(chance.randint(1, 3)):
                service.add_interest(session, NOW, done.subscriber.id, read_interest(chance.choice(kinds)()))
            for name in chance.sample(names, chance.randint(0, 5)):
                follow_person(session, NOW, done.subscriber.id, PersonWanted(name=name))


def rate_all(database: Database, count: int, earlier: Batch, chance: random.Random) -> None:
    """Let every subscriber have said something of earlier papers, which nobody is told of any more."""
    long_ago = NOW.replace(day=1)
    with database.writing() as session:
        stored = sorted(set(papers.save_papers(session, earlier.papers, long_ago).rows.values()))
        for subscriber_id in session.scalars(select(SubscriberRow.id)).all():
            rated = {stored[int(len(stored) * chance.random() ** 0.5)] for _ in range(count)}
            said = {"subscriber_id": subscriber_id, "created_at": long_ago}
            rows = [said | {"paper_id": paper, "kind": chance.choice(["more", "less"])} for paper in sorted(rated)]
            session.execute(insert(FeedbackRow), rows)


def render_some(database: Database, count: int) -> None:
    """Claim some deliveries and render their mails."""
    presenter = Presenter(Settings(), None)
    with database.writing() as session:
        claimed = deliveries.claim_deliveries(session, ["email"], NOW, RetryPolicy().longest_delay, count)
        known = papers.load_papers(session, {entry.paper_id for each in claimed for entry in each.edition.entries})
    for delivery in claimed:
        presenter.render(delivery, known, MessageForm.MAIL)


@contextmanager
def timed(figures: dict[str, object], name: str) -> Iterator[None]:
    """Note how long the block took."""
    started = time.perf_counter()
    yield
    figures[name] = round(time.perf_counter() - started, 3)


if __name__ == "__main__":
    main()
