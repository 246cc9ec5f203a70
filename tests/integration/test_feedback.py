"""What readers say about papers, in a real database: kept, taken back, merged, exported and erased."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.model import (
    Announcement,
    AnnouncementKind,
    Batch,
    ExternalId,
    IdScheme,
    Paper,
    PaperId,
    RunState,
    SubscriberId,
)
from digest.pipeline.feedback import find_said, forget_ratings, give_feedback, restore_ratings
from digest.storage import feedback, merges, papers, runs
from digest.storage.letter_tables import FeedbackRow
from digest.storage.splits import split
from subscribers import service
from subscribers.db import Database
from subscribers.model import SubscriberView, UnknownSubscriber
from subscribers.tables import SubscriberEventRow
from tests.factories import NOON, announcement, paper
from tests.feedback import LESS, MORE, SAVED, add_sent, everything_said, said_of, say, send, unsay
from tests.people import subscribe

ARXIV = ExternalId(IdScheme.ARXIV, "2611.00001")
DOI = ExternalId(IdScheme.DOI, "10.1000/x")
OPENALEX = ExternalId(IdScheme.OPENALEX, "W1")


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database)


@pytest.fixture
def sent(database: Database, ada: SubscriberView) -> PaperId:
    return add_sent(database, ada, paper())[0]


def events(database: Database, view: SubscriberView) -> list[object]:
    with database.reading() as session:
        query = select(SubscriberEventRow).where(SubscriberEventRow.subscriber_id == view.id)
        rows = session.scalars(query.order_by(SubscriberEventRow.id)).all()
        return [row.detail["said"] for row in rows if row.kind == "feedback"]


def test_more_and_less_exclude_each_other_and_saving_is_apart(
    database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    say(database, ada, MORE, sent)
    say(database, ada, SAVED, sent)
    assert said_of(database, ada, sent) == {MORE, SAVED}

    say(database, ada, LESS, sent)
    assert said_of(database, ada, sent) == {LESS, SAVED}


def test_the_same_word_again_changes_nothing_and_is_logged_once(
    database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    for _ in range(3):
        say(database, ada, MORE, sent)
    for _ in range(2):
        unsay(database, ada, MORE, sent)

    assert everything_said(database, ada) == []
    assert events(database, ada) == ["more", "more taken back"]


def test_nothing_can_be_said_of_a_paper_that_was_never_sent(
    database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    bob = subscribe(database, "bob@example.org")

    assert give_feedback(database, NOON, SubscriberId(bob.id), sent, MORE) is None
    assert give_feedback(database, NOON, SubscriberId(ada.id), PaperId(999), MORE) is None
    assert everything_said(database, bob) == []


def test_why_it_was_sent_is_remembered(database: Database, ada: SubscriberView, sent: PaperId) -> None:
    found = find_said(database, SubscriberId(ada.id), sent)

    assert found is not None
    assert [reason.interest for reason in found.match.reasons] == ["expert"]


def test_somebody_who_is_gone_says_nothing(database: Database, ada: SubscriberView, sent: PaperId) -> None:
    with database.writing() as session:
        service.erase(session, ada.id)

    with pytest.raises(UnknownSubscriber):
        give_feedback(database, NOON, SubscriberId(ada.id), sent, MORE)


def test_the_latest_come_first_and_only_so_many_ratings_count(database: Database, ada: SubscriberView) -> None:
    numbers = add_sent(database, ada, *(paper(f"2611.{n:05d}", title=f"Number {n}") for n in range(1, 8)))
    bob = subscribe(database, "bob@example.org")
    send(database, bob, *numbers)
    say(database, ada, MORE, *numbers)
    say(database, bob, LESS, *numbers[:2])
    say(database, ada, SAVED, numbers[0])

    with database.reading() as session:
        found = feedback.list_ratings(session, [ada.id, bob.id, 999], limit=5)

    assert [each.paper_id for each in found[ada.id]] == numbers[:1:-1]
    assert [(each.paper_id, each.kind) for each in found[bob.id]] == [(numbers[1], LESS), (numbers[0], LESS)]
    assert set(found) == {ada.id, bob.id}


def test_an_export_has_it_all_and_erasing_leaves_nothing(
    database: Database, ada: SubscriberView, sent: PaperId
) -> None:
    say(database, ada, MORE, sent)
    say(database, ada, SAVED, sent, at=NOON + timedelta(hours=1))

    with database.reading() as session:
        dumped = feedback.dump_feedback(session, ada.id)
    assert [(row["paper_id"], row["kind"]) for row in dumped] == [(sent, "more"), (sent, "saved")]
    with database.writing() as session:
        service.erase(session, ada.id)
    with database.reading() as session:
        assert session.scalars(select(FeedbackRow)).all() == []


def test_all_ratings_can_be_forgotten_and_said_again(database: Database, ada: SubscriberView) -> None:
    liked, disliked = add_sent(database, ada, paper(), paper("2611.00002", title="Something Else Altogether"))
    say(database, ada, MORE, liked)
    say(database, ada, LESS, disliked)
    say(database, ada, SAVED, liked)

    counted = forget_ratings(database, NOON, SubscriberId(ada.id))
    assert everything_said(database, ada) == [(liked, SAVED)]
    assert forget_ratings(database, NOON, SubscriberId(ada.id)) == []

    assert restore_ratings(database, NOON, counted) == 2
    assert said_of(database, ada, liked) == {MORE, SAVED}
    assert said_of(database, ada, disliked) == {LESS}
    assert events(database, ada)[3:] == ["all taken back", "less", "more"]


def store(database: Database, *seen: Paper, source: str = "arxiv:cs.CL") -> None:
    made: list[Announcement] = [announcement(each, source=source, kind=AnnouncementKind.NEW) for each in seen]
    with database.writing() as session:
        batch = Batch(source=source, state=RunState.FRESH, papers=seen, announcements=tuple(made))
        runs.save_batch(session, batch, NOON)


def two_records(database: Database) -> tuple[PaperId, PaperId]:
    """Store two records of one work, which nothing links yet."""
    store(database, paper(ids=(ARXIV,), title="On Gauges"))
    store(database, paper(ids=(DOI,), title="On Gauges", categories=(), version=None), source="journal")
    with database.reading() as session:
        first, second = papers.find_paper(session, ARXIV), papers.find_paper(session, DOI)
    assert first
    assert second
    return first, second


def link(database: Database) -> None:
    store(
        database, paper(ids=(OPENALEX, ARXIV, DOI), title="On Gauges", categories=(), version=None), source="openalex"
    )


def take_apart(database: Database, absorbed: PaperId) -> None:
    with database.writing() as session:
        numbers = [each.id for each in merges.list_merges_of(session, absorbed) if each.absorbed_id == absorbed]
        assert split(session, numbers[0], NOON)


def test_what_was_said_of_a_record_counts_for_the_paper_it_is_now(database: Database, ada: SubscriberView) -> None:
    older, younger = two_records(database)
    send(database, ada, younger)
    say(database, ada, MORE, younger)
    say(database, ada, SAVED, younger)

    link(database)

    assert said_of(database, ada, older) == {MORE, SAVED}
    assert sorted(everything_said(database, ada)) == [(older, MORE), (older, SAVED)]
    with database.reading() as session:
        assert [each.paper_id for each in feedback.list_ratings(session, [ada.id])[ada.id]] == [older]
    found = find_said(database, SubscriberId(ada.id), younger)
    assert found is not None
    assert (found.paper_id, set(found.kinds)) == (older, {MORE, SAVED})
    assert found.match.reasons


def test_of_two_words_on_one_work_the_later_counts(database: Database, ada: SubscriberView) -> None:
    older, younger = two_records(database)
    send(database, ada, older, younger)
    say(database, ada, MORE, older)
    say(database, ada, LESS, younger, at=NOON + timedelta(hours=1))

    link(database)
    assert everything_said(database, ada) == [(older, LESS)]

    unsay(database, ada, LESS, older)
    assert said_of(database, ada, older) == set()


def test_a_split_gives_each_record_its_own_words_back(database: Database, ada: SubscriberView) -> None:
    older, younger = two_records(database)
    send(database, ada, older, younger)
    say(database, ada, MORE, older)
    say(database, ada, SAVED, younger)
    link(database)

    take_apart(database, younger)

    assert said_of(database, ada, older) == {MORE}
    assert said_of(database, ada, younger) == {SAVED}


def test_what_was_taken_back_of_a_merged_paper_does_not_come_back(database: Database, ada: SubscriberView) -> None:
    older, younger = two_records(database)
    send(database, ada, older, younger)
    say(database, ada, SAVED, younger)
    link(database)
    unsay(database, ada, SAVED, older)

    take_apart(database, younger)

    assert everything_said(database, ada) == []
