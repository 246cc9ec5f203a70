"""What happens to stored papers becomes announcements: once each, and none for what is new, old or seen again."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from digest.events import EventRules
from digest.matching.announced import DIGEST_KINDS
from digest.model import AnnouncementKind, Batch, ExternalId, IdScheme, Paper, RunState, StoredAnnouncement
from digest.pipeline.compose import compose_due
from digest.storage import announcements, papers, runs
from digest.storage.runs import Stored
from digest.storage.tables import AnnouncementRow, CodeCheckRow
from subscribers.db import Database
from tests.factories import NOON, announcement, paper
from tests.people import subscribe

NEW, REPLACED, FEATURED = AnnouncementKind.NEW, AnnouncementKind.REPLACEMENT, AnnouncementKind.FEATURED
EVENTS = frozenset(AnnouncementKind) - DIGEST_KINDS - {REPLACED}
CODE = "https://github.com/ada/experts"
DAY = timedelta(days=1)


def store(database: Database, *seen: Paper, rules: EventRules | None = None, **fields: Any) -> Stored:
    made = tuple(announcement(each, **fields) for each in seen) if fields else ()
    batch = Batch(source="arxiv:cs.CL", state=RunState.FRESH, papers=seen, announcements=made)
    with database.writing() as session:
        return runs.save_batch(session, batch, NOON, rules=rules or EventRules())


def events(database: Database) -> list[tuple[str, str]]:
    with database.reading() as session:
        rows = session.execute(select(AnnouncementRow.kind, AnnouncementRow.detail).order_by(AnnouncementRow.id))
        return [(kind, detail) for kind, detail in rows if AnnouncementKind(kind) in EVENTS]


def last(database: Database, seen: Paper) -> StoredAnnouncement:
    with database.reading() as session:
        row = papers.find_paper(session, seen.ids[0])
        assert row is not None
        return announcements.list_announcements(session, row)[-1]


def test_a_replacement_tells_what_it_changed(database: Database) -> None:
    store(database, paper(), kind=NEW)
    store(database, paper(version=2, title="Sparse Experts Learn Faster", abstract="More."), kind=REPLACED, detail="v2")

    found = last(database, paper())
    assert (found.kind, found.changes) == (REPLACED, ("title", "abstract"))


def test_a_replacement_of_a_paper_not_known_before_tells_nothing(database: Database) -> None:
    store(database, paper(version=2), kind=REPLACED, detail="v2")

    assert last(database, paper()).changes == ()


def test_events_of_a_life_come_once_each_in_their_order(database: Database) -> None:
    life = [
        paper(upvotes=10),
        paper(upvotes=120),
        paper(upvotes=30),
        paper(upvotes=130),
        paper(version=2, journal_ref="Journal 7"),
        paper(version=3, comment="This paper has been withdrawn by the authors"),
    ]
    for state in [*life, *life]:
        store(database, state)

    assert events(database) == [("upvoted", "100"), ("published", "Journal 7"), ("withdrawn", "v3")]


def test_a_back_fill_of_papers_that_are_new_to_us_is_no_flood(database: Database) -> None:
    old = paper(code_url=CODE, journal_ref="Journal 7", comment="Withdrawn", upvotes=60, version=4)
    stored = store(database, old, kind=REPLACED, detail="v4")

    assert (events(database), stored.announcements) == ([("upvoted", "50")], 2)
    assert waiting(database) == []


def test_an_older_version_is_no_event(database: Database) -> None:
    store(database, paper(version=3))
    store(database, paper(version=1, journal_ref="Journal 7", code_url=CODE, upvotes=500))

    assert (events(database), waiting(database)) == ([], [])


def test_a_source_that_announces_the_event_itself_is_enough(database: Database) -> None:
    doi = ExternalId(IdScheme.DOI, "10.1000/x")
    store(database, paper())
    store(
        database,
        replace(paper(), ids=(*paper().ids, doi), journal_ref="Journal 7"),
        kind=AnnouncementKind.PUBLISHED,
        detail=doi.value,
    )

    assert events(database) == [("published", "10.1000/x")]


def test_code_that_appears_waits_to_be_looked_at(database: Database) -> None:
    store(database, paper())
    store(database, paper(code_url=CODE))
    store(database, paper(code_url=CODE))

    assert (events(database), waiting(database)) == ([], [CODE])


def test_code_is_announced_at_once_where_nobody_looks(database: Database) -> None:
    rules = EventRules(checks_code=False)
    store(database, paper(), rules=rules)
    store(database, paper(code_url=CODE), rules=rules)

    assert (events(database), waiting(database)) == ([("code_released", CODE)], [])


def test_the_rules_say_at_which_upvotes(database: Database) -> None:
    store(database, paper(upvotes=8), rules=EventRules(upvotes=(5, 7)))

    assert events(database) == [("upvoted", "7")]


def test_two_sightings_in_one_batch_are_one_event(database: Database) -> None:
    store(database, paper())
    store(database, paper(upvotes=51), paper(upvotes=205, categories=(), version=None))

    assert events(database) == [("upvoted", "200")]


def test_no_event_brings_a_paper_to_a_reader_again(database: Database) -> None:
    subscribe(database, "ada@example.org", "experts")
    store(database, paper(), kind=NEW)
    first = compose_due(database, NOON + DAY)
    store(database, paper(upvotes=500, version=2, journal_ref="J 7"), kind=REPLACED, detail="v2")
    store(database, paper(upvotes=501, version=2), kind=FEATURED, detail="2026-11-21")

    assert (first.queued, compose_due(database, NOON + 2 * DAY).queued) == (1, 0)
    assert [kind for kind, _ in events(database)] == ["upvoted", "published"]


def test_events_alone_bring_no_paper_into_a_digest(database: Database) -> None:
    subscribe(database, "ada@example.org", "experts")
    store(database, paper())
    store(database, paper(upvotes=500, version=2, journal_ref="J 7"), kind=REPLACED, detail="v2")

    assert compose_due(database, NOON + DAY).queued == 0


def test_an_announcement_of_a_paper_that_did_not_come_is_left_out_and_said(database: Database) -> None:
    lost = announcement(paper("2611.00009"))
    batch = Batch(source="s", state=RunState.FRESH, papers=(paper(),), announcements=(announcement(paper()), lost))
    with database.writing() as session:
        stored = runs.save_batch(session, batch, NOON)

    assert stored.announcements == 1
    assert stored.warnings == ("1 announcements are about papers that did not come with them; they are left out",)


def waiting(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(select(CodeCheckRow.url)))
