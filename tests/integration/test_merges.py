"""Records taken for one work, and taken apart again, in a real database: nothing is lost and nothing comes twice."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from digest.model import Announcement, AnnouncementKind, Batch, ExternalId, IdScheme, Paper, PaperId, RunState
from digest.pipeline.compose import compose_due
from digest.storage import announcements, deliveries, merges, papers, runs
from digest.storage.runs import Stored
from digest.storage.splits import Split, split
from digest.storage.tables import DistinctPaperRow, PaperRow
from subscribers.db import Database
from tests.factories import NOON, announcement, paper
from tests.people import channel_of, subscribe

NEW, FEATURED, CROSS = AnnouncementKind.NEW, AnnouncementKind.FEATURED, AnnouncementKind.CROSS_LIST
ARXIV = ExternalId(IdScheme.ARXIV, "2611.00001")
DOI = ExternalId(IdScheme.DOI, "10.1000/x")
OPENALEX = ExternalId(IdScheme.OPENALEX, "W1")
# Titles too short to be found again by, so that only ids join them.
SHORT = "On Gauges"
DAY = timedelta(days=1)


def store(database: Database, *seen: Paper, source: str = "arxiv:cs.CL", **fields: Any) -> Stored:
    now = fields.pop("now", NOON)
    made: list[Announcement] = [announcement(each, source=source, **fields) for each in seen] if fields else []
    batch = Batch(source=source, state=RunState.FRESH, papers=seen, announcements=tuple(made))
    with database.writing() as session:
        return runs.save_batch(session, batch, now)


def shown(*ids: ExternalId, title: str = SHORT, **fields: Any) -> Paper:
    return paper(ids=ids, title=title, **fields)


def store_apart(database: Database) -> tuple[PaperId, PaperId]:
    """Store an arXiv record and a journal's, which nothing links yet."""
    store(database, shown(ARXIV), kind=NEW)
    store(database, shown(DOI, categories=(), version=None, journal_ref="Journal 7"), source="journal", kind=NEW)
    return row_of(database, ARXIV), row_of(database, DOI)


def link(database: Database, **fields: Any) -> Stored:
    return store(database, shown(OPENALEX, ARXIV, DOI, categories=(), version=None), source="openalex", **fields)


def row_of(database: Database, known: ExternalId) -> PaperId:
    with database.reading() as session:
        found = papers.find_paper(session, known)
    assert found is not None
    return found


def load(database: Database, *rows: PaperId) -> dict[PaperId, Paper]:
    with database.reading() as session:
        return papers.load_papers(session, rows)


def kinds(database: Database, row: PaperId) -> list[tuple[str, str, int]]:
    with database.reading() as session:
        return [(each.kind.value, each.source, each.id) for each in announcements.list_announcements(session, row)]


def take_apart(database: Database, number: int) -> Split | None:
    with database.writing() as session:
        return split(session, number, NOON + DAY)


def only_merge(database: Database) -> merges.Merge:
    (found,) = all_merges(database)
    return found


def all_merges(database: Database) -> Sequence[merges.Merge]:
    with database.reading() as session:
        return merges.list_merges(session, NOON - DAY, 100)


def test_two_rows_that_a_third_record_links_become_the_older_one(database: Database) -> None:
    older, younger = store_apart(database)

    stored = link(database)

    merged = load(database, older, younger)
    assert merged[older] == merged[younger]
    assert set(merged[older].ids) == {ARXIV, DOI, OPENALEX}
    assert (stored.papers, stored.merged, stored.warnings) == (1, 2, ())
    with database.reading() as session:
        assert papers.count_papers(session) == 1


def test_a_merge_is_written_down_with_its_evidence_and_both_records(database: Database) -> None:
    older, younger = store_apart(database)
    link(database)

    joined, absorbed = all_merges(database)
    assert absorbed.evidence == "openalex states arXiv id 2611.00001 and DOI 10.1000/x of one work; same title"
    assert (absorbed.paper_id, absorbed.absorbed_id, absorbed.source) == (older, younger, "openalex")
    assert (absorbed.kept.ids, absorbed.joined.ids, absorbed.joined_ids) == ((ARXIV,), (DOI,), (str(DOI),))
    assert absorbed.joined.journal_ref == "Journal 7"
    assert joined.evidence == "same arXiv id 2611.00001 stated by openalex; same title"
    assert (joined.absorbed_id, joined.joined_ids) == (None, (str(OPENALEX),))


def test_announcements_move_and_none_is_there_twice(database: Database) -> None:
    older, younger = store_apart(database)
    store(database, shown(DOI, categories=(), version=None), source="journal", kind=FEATURED, detail="issue 7")
    before = kinds(database, older)

    link(database)

    assert kinds(database, younger) == []
    assert [(kind, source) for kind, source, _ in kinds(database, older)] == [
        ("new", "arxiv:cs.CL"),
        ("featured", "journal"),
        ("published", "openalex"),
    ]
    assert kinds(database, older)[0] == before[0]


def test_a_reader_who_got_the_one_never_gets_the_other(database: Database) -> None:
    reader = subscribe(database, "ada@example.org", "gauges")
    store(database, shown(ARXIV))  # known, not announced
    store(database, shown(DOI), source="journal", kind=NEW)
    younger = row_of(database, DOI)
    first = compose_due(database, NOON + DAY)

    link(database, kind=FEATURED, detail="d", now=NOON + DAY)
    second = compose_due(database, NOON + 2 * DAY)

    older = row_of(database, ARXIV)
    assert (first.queued, second.queued, older != younger) == (1, 0, True)
    with database.reading() as session:
        sent = deliveries.list_sent_papers(session, [channel_of(reader)], [older, younger])
    assert sent == {channel_of(reader): {older, younger}}


def test_what_was_queued_under_a_merged_row_can_still_be_rendered(database: Database) -> None:
    subscribe(database, "ada@example.org", "gauges")
    older, younger = store_apart(database)
    report = compose_due(database, NOON + DAY)
    link(database)

    (edition,) = [each.edition for each in report.composed if each.edition]
    wanted = {entry.paper_id for entry in edition.entries}
    assert wanted == {older, younger} == load(database, *wanted).keys()


def test_a_merged_row_leads_to_the_living_one_over_any_number_of_merges(database: Database) -> None:
    s2 = ExternalId(IdScheme.S2, "a" * 40)
    for known in (ARXIV, DOI, s2):
        store(database, shown(known))
    rows = [row_of(database, known) for known in (ARXIV, DOI, s2)]
    store(database, shown(s2, DOI), source="s2")
    store(database, shown(DOI, ARXIV), source="crossref")

    assert len(set(load(database, *rows).values())) == 1
    with database.reading() as session:
        assert [papers.find_living(session, row) for row in rows] == [rows[0]] * 3
        assert session.scalar(select(func.count()).where(PaperRow.merged_into == rows[0])) == 2


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"title": "A Quite Different Title"}, "titles or authors differ"),
        ({"title": "Reply to: On Gauges"}, "titles or authors differ"),
        ({"ids": (DOI, ExternalId(IdScheme.ARXIV, "2611.00002"))}, "arXiv id 2611.00002 is not arXiv id 2611.00001"),
    ],
)
def test_records_that_do_not_bear_each_other_out_stay_apart_and_it_is_said(
    database: Database, other: dict[str, Any], why: str
) -> None:
    store(database, shown(ARXIV))
    store(database, paper(**({"ids": (DOI,), "title": SHORT} | other)))

    stored = store(database, shown(ARXIV, DOI))

    assert row_of(database, ARXIV) != row_of(database, DOI)
    (warning,) = stored.warnings
    assert warning.startswith("arxiv:cs.CL gives arxiv:2611.00001 the DOI 10.1000/x, which is that of")
    assert warning.endswith(f"{why}; kept apart")


def test_a_doi_that_an_author_stated_wrongly_goes_to_the_paper_whose_it_is(database: Database) -> None:
    store(database, shown(ARXIV, DOI))
    stored = store(database, shown(DOI, title="What the Journal Really Has"), source="journal", kind=NEW)
    store(database, shown(ARXIV, DOI))

    with_doi = load(database, row_of(database, DOI))[row_of(database, DOI)]
    assert (with_doi.title, with_doi.ids) == ("What the Journal Really Has", (DOI,))
    assert (stored.papers, len(stored.warnings)) == (1, 1)
    assert [kind for kind, *_ in kinds(database, row_of(database, DOI))] == ["new"]


def test_one_batch_may_bring_records_and_what_links_them(database: Database) -> None:
    stored = store(database, shown(ARXIV), shown(DOI), shown(OPENALEX, ARXIV, DOI), kind=NEW)

    assert row_of(database, ARXIV) == row_of(database, DOI) == row_of(database, OPENALEX)
    assert (stored.papers, stored.announcements) == (1, 1)
    assert {each.absorbed_id for each in all_merges(database)} == {None}


def test_a_title_that_two_papers_have_joins_neither(database: Database) -> None:
    for number in (1, 2):
        store(database, paper(f"2611.0000{number}"))
    store(database, paper(ids=(DOI,), categories=()), source="journal")

    assert len({row_of(database, known) for known in (ARXIV, DOI)}) == 2
    assert all_merges(database) == []


def test_a_paper_that_shows_itself_again_is_no_merge(database: Database) -> None:
    hf = ExternalId(IdScheme.HF, ARXIV.value)
    store(database, shown(ARXIV))
    store(database, shown(ARXIV, hf, categories=()), source="huggingface")
    store(database, shown(ARXIV, DOI, version=2))

    assert set(load(database, row_of(database, hf))[row_of(database, DOI)].ids) == {ARXIV, hf, DOI}
    assert all_merges(database) == []


def test_splitting_revives_the_row_with_its_ids_and_its_announcements(database: Database) -> None:
    older, younger = store_apart(database)
    before = (load(database, younger)[younger], kinds(database, older), kinds(database, younger))
    link(database)
    absorbed = all_merges(database)[1]

    done = take_apart(database, absorbed.id)

    assert done is not None
    assert (done.parted_id, done.is_revived, done.ids, done.announcements) == (younger, True, (DOI,), 1)
    assert (load(database, younger)[younger], kinds(database, younger)) == (before[0], before[2])
    assert kinds(database, older)[: len(before[1])] == before[1]
    assert set(load(database, older)[older].ids) == {ARXIV, OPENALEX}
    assert load(database, older)[older].journal_ref is None


def test_splitting_gives_a_record_that_had_no_row_one_of_its_own(database: Database) -> None:
    store(database, paper(), kind=NEW)
    row = row_of(database, ARXIV)
    store(database, paper(ids=(DOI,), categories=(), journal_ref="J 7"), source="journal", kind=FEATURED, detail="7")

    done = take_apart(database, only_merge(database).id)

    assert done is not None
    assert (done.parted_id, done.is_revived) == (row_of(database, DOI), False)
    made = [(kind, source) for kind, source, _ in kinds(database, done.parted_id)]
    assert made == [("featured", "journal"), ("published", "journal")]
    assert load(database, row, done.parted_id)[row] == paper()
    assert load(database, done.parted_id)[done.parted_id].journal_ref == "J 7"


def test_what_was_split_is_never_merged_again(database: Database) -> None:
    older, younger = store_apart(database)
    link(database)
    for each in all_merges(database):
        take_apart(database, each.id)

    stored = link(database)
    store(database, shown(DOI, ARXIV), source="crossref")
    store(database, shown(ARXIV, DOI, version=2))

    assert (row_of(database, ARXIV), row_of(database, DOI)) == (older, younger)
    assert stored.warnings == ()
    with database.reading() as session:
        pairs = {(row.first, row.second) for row in session.scalars(select(DistinctPaperRow))}
    assert (str(ARXIV), str(DOI)) in pairs


def test_a_merge_is_taken_apart_once(database: Database) -> None:
    store_apart(database)
    link(database)
    number = all_merges(database)[1].id

    assert take_apart(database, number) is not None
    assert take_apart(database, number) is None
    assert take_apart(database, 999) is None


def test_what_was_sent_counts_as_sent_for_both_halves(database: Database) -> None:
    reader = subscribe(database, "ada@example.org", "experts")
    store(database, paper(), kind=NEW)
    store(database, paper(ids=(DOI,), categories=()), source="journal", kind=FEATURED, detail="7")
    compose_due(database, NOON + DAY)

    done = take_apart(database, only_merge(database).id)

    assert done is not None
    assert done.readers == 1
    with database.reading() as session:
        sent = deliveries.list_sent_papers(session, [channel_of(reader)], [done.paper_id, done.parted_id])
    assert sent == {channel_of(reader): {done.paper_id, done.parted_id}}


def test_a_revived_row_takes_back_the_rows_it_had_absorbed(database: Database) -> None:
    s2 = ExternalId(IdScheme.S2, "a" * 40)
    for known in (ARXIV, DOI, s2):
        store(database, shown(known))
    first, second, third = (row_of(database, known) for known in (ARXIV, DOI, s2))
    store(database, shown(s2, DOI), source="s2")
    store(database, shown(DOI, ARXIV), source="crossref")
    (last,) = [each for each in all_merges(database) if each.absorbed_id == second]

    done = take_apart(database, last.id)

    assert done is not None
    assert set(done.ids) == {DOI, s2}
    with database.reading() as session:
        assert [papers.find_living(session, row) for row in (first, second, third)] == [first, second, second]
