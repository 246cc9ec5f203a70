"""Papers and announcements in a real database: what is one paper, and what is announced once."""

from datetime import timedelta

from sqlalchemy import func, select

from digest.model import (
    AnnouncementId,
    AnnouncementKind,
    Author,
    Batch,
    Cursor,
    ExternalId,
    IdScheme,
    Paper,
    PaperId,
    RunState,
)
from digest.storage import announcements, papers, runs
from digest.storage.runs import Stored
from digest.storage.tables import AnnouncementRow, PaperRow
from subscribers.db import Database
from tests.factories import NOON, announcement, paper

NEW, CROSS, REPLACED, FEATURED = (
    AnnouncementKind.NEW,
    AnnouncementKind.CROSS_LIST,
    AnnouncementKind.REPLACEMENT,
    AnnouncementKind.FEATURED,
)


def store(database: Database, seen: Paper, kind: AnnouncementKind = NEW, **fields: object) -> Stored:
    batch = Batch(
        source="arxiv:cs.CL", state=RunState.FRESH, papers=(seen,), announcements=(announcement(seen, kind, **fields),)
    )
    with database.writing() as session:
        return runs.save_batch(session, batch, NOON)


def only_paper(database: Database) -> Paper:
    with database.reading() as session:
        (known,) = map(PaperId, session.scalars(select(PaperRow.id)))
        return papers.load_papers(session, [known])[known]


def count(database: Database, table: type[PaperRow | AnnouncementRow]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_stored_paper_comes_back_as_it_was(database: Database) -> None:
    seen = paper(
        authors=[Author("Ada Lovelace", ("CERN", "MIT"), "ada", "0000-0002-1825-0097"), "Furu Wei"],
        media_urls=("https://example.org/a.png",),
        ai_keywords=("experts", "sparsity"),
        submitted_at=NOON,
        upvotes=0,
        code_url="https://example.org/code",
    )
    store(database, seen)

    assert only_paper(database) == seen


def test_a_paper_seen_on_arxiv_and_on_hugging_face_is_one_paper_with_two_announcements(database: Database) -> None:
    listing = paper(
        ids=(ExternalId(IdScheme.HF, "2611.00001"), ExternalId(IdScheme.ARXIV, "2611.00001")),
        categories=(),
        version=None,
        upvotes=7,
    )
    store(database, paper())
    store(database, listing, FEATURED, detail="2026-11-20")

    merged = only_paper(database)
    assert (merged.upvotes, merged.primary_category, count(database, AnnouncementRow)) == (7, "cs.CL", 2)


def test_two_versions_are_one_paper_with_two_announcements(database: Database) -> None:
    store(database, paper(title="Sparse Experts", version=1))
    store(database, paper(title="Sparse Experts Revisited", version=2), REPLACED, detail="v2")

    assert (only_paper(database).version, only_paper(database).title) == (2, "Sparse Experts Revisited")
    assert count(database, AnnouncementRow) == 2


def test_a_stale_feed_that_repeats_yesterday_announces_nothing(database: Database) -> None:
    first = store(database, paper())
    again = store(database, paper(), announced_on=NOON.date() + timedelta(days=1))

    assert (first.announcements, again.announcements) == (1, 0)


def test_a_paper_without_a_shared_id_is_found_by_title_and_first_author(database: Database) -> None:
    store(database, paper())
    journal = paper(ids=(ExternalId(IdScheme.DOI, "10.1000/x"),), title="Sparse experts learn fast.", categories=())
    store(database, journal, AnnouncementKind.PUBLISHED)

    assert {str(known) for known in only_paper(database).ids} == {"arxiv:2611.00001", "doi:10.1000/x"}


def test_equal_titles_with_different_arxiv_ids_stay_two_papers(database: Database) -> None:
    store(database, paper("2611.00001"))
    store(database, paper("2611.00002"))

    assert count(database, PaperRow) == 2


def test_ids_that_lead_to_two_papers_do_not_glue_them_together(database: Database) -> None:
    doi = ExternalId(IdScheme.DOI, "10.1000/x")
    store(database, paper())
    store(database, paper(ids=(doi,), title="A Quite Different Title Altogether"))
    store(database, paper(ids=(ExternalId(IdScheme.ARXIV, "2611.00001"), doi), version=2), REPLACED, detail="v2")

    with database.reading() as session:
        assert papers.find_paper(session, doi) != papers.find_paper(session, ExternalId(IdScheme.ARXIV, "2611.00001"))


def test_one_batch_may_show_a_new_paper_twice(database: Database) -> None:
    seen, listing = paper(), paper(categories=(), version=None, upvotes=9)
    batch = Batch(
        source="x",
        state=RunState.FRESH,
        papers=(seen, listing),
        announcements=(announcement(seen), announcement(seen), announcement(listing, FEATURED, detail="d")),
    )
    with database.writing() as session:
        stored = runs.save_batch(session, batch, NOON)

    assert (stored, only_paper(database).upvotes) == (Stored(papers=1, announcements=2), 9)


def test_candidates_are_the_papers_announced_in_the_window_with_those_announcements(database: Database) -> None:
    store(database, paper("2611.00001", title="The First Of These Papers"))
    store(database, paper("2611.00002", title="The Second Of These Papers"))
    store(database, paper("2611.00001", title="The First Of These Papers"), CROSS, detail="cs.LG")
    with database.reading() as session:
        end = announcements.latest_announcement(session)
        window = announcements.list_candidates(session, AnnouncementId(end - 2), end)

    assert [(c.paper.id_of(IdScheme.ARXIV), [a.kind for a in c.announcements]) for c in window] == [
        ("2611.00002", [NEW]),
        ("2611.00001", [CROSS]),
    ]


def test_a_watermark_reaches_back_as_far_as_asked(database: Database) -> None:
    store(database, paper())
    with database.reading() as session:
        end = announcements.latest_announcement(session)

        assert announcements.find_watermark(session, NOON + timedelta(hours=1), timedelta(days=1)) == 0
        assert announcements.find_watermark(session, NOON + timedelta(days=2), timedelta(days=1)) == end


def test_a_poison_paper_is_stored_clean(database: Database) -> None:
    store(database, paper(title="Evil\x00\ud800 \u202etitle", abstract_url="javascript:alert(1)"))

    assert (only_paper(database).title, only_paper(database).abstract_url) == ("Evil title", None)


def test_the_cursor_comes_back_as_it_was(database: Database) -> None:
    cursor = Cursor(etag='"a"', batch_ids=frozenset({"b", "a"}), batch_on=NOON.date(), fetched_at=NOON)
    with database.writing() as session:
        runs.save_batch(session, Batch(source="s", state=RunState.QUIET, cursor=cursor), NOON)
    with database.reading() as session:
        assert runs.find_cursor(session, "s") == cursor
        assert runs.find_cursor(session, "never ran") == Cursor()
