"""What follows of people, places and papers put into a digest: reasons, filters, and news of papers already sent."""

from datetime import timedelta

from digest.model import AnnouncementKind, Author, Edition, Paper, ReasonKind, ResearcherId
from digest.pipeline.compose import compose_due
from digest.pipeline.following import (
    PersonWanted,
    Terms,
    follow_institution,
    follow_paper,
    follow_person,
    unfollow,
)
from digest.pipeline.reshaping import merge_researchers
from digest.researchers.places import Institution
from subscribers import store
from subscribers.db import Database
from subscribers.model import FollowEvent, FollowKind, Position, Timing
from tests.factories import NOON, paper
from tests.namesakes import row_of
from tests.people import announce, subscribe

MORNING = NOON.replace(hour=8) + timedelta(days=1)
INGRID = PersonWanted(name="Ingrid Bakkerud")
BONN = Institution(name="University of Bonn")


def hers(number: int = 1, *others: str, **fields: object) -> Paper:
    authors = ["Ingrid Bakkerud", *others] if others else ["Ann Kim", "Ingrid Bakkerud"]
    return paper(f"2611.4{number:04d}", title=f"Subject number {number}", **({"authors": authors} | fields))


def compose(database: Database, days: int = 0) -> Edition:
    (composed,) = compose_due(database, MORNING + timedelta(days=days)).composed
    assert composed.edition is not None
    return composed.edition


def follow(database: Database, terms: Terms) -> int:
    ada = subscribe(database)
    with database.writing() as session:
        return follow_person(session, NOON, ada.id, INGRID, terms).target_id


def test_a_place_is_a_reason_with_its_first_author(database: Database) -> None:
    ada = subscribe(database)
    with database.writing() as session:
        target = follow_institution(session, NOON, ada.id, BONN).target_id
        again = follow_institution(session, NOON, ada.id, BONN)
    announce(
        database, paper("2611.00001", authors=["Ann Kim", Author("Bo Li", ("Dept. of Physics, University of Bonn",))])
    )
    (entry,) = compose(database).entries

    (reason,) = entry.reasons
    assert (reason.kind, reason.subject, reason.position, reason.of, reason.target_id) == (
        ReasonKind.INSTITUTION,
        "University of Bonn",
        2,
        2,
        target,
    )
    assert (again.target_id, again.is_new_target) == (target, False)


def test_only_the_place_in_the_author_list_that_is_wished_for_counts(database: Database) -> None:
    follow(database, Terms(position=Position.FIRST))
    announce(database, hers(1), hers(2, "Ann Kim"))

    assert [entry.paper_id for entry in compose(database).entries] == [row_of(database, hers(2))]


def test_news_of_a_paper_that_was_sent_before_comes_if_it_is_wished_for(database: Database) -> None:
    follow(database, Terms(events=(FollowEvent.PUBLISHED,)))
    announce(database, hers())
    assert [entry.kinds for entry in compose(database).entries] == [(AnnouncementKind.NEW,)]

    announce(database, hers(), kind=AnnouncementKind.REPLACEMENT, detail="v2")
    assert compose(database, 1).entries == ()
    announce(database, hers(), kind=AnnouncementKind.PUBLISHED, detail="10.1000/x")
    (entry,) = compose(database, 2).entries

    assert (entry.kinds, entry.news) == ((AnnouncementKind.PUBLISHED,), ("published: 10.1000/x",))
    assert entry.reasons[0].kind is ReasonKind.FOLLOW


def test_a_paper_that_is_new_to_the_reader_is_no_news_for_being_featured(database: Database) -> None:
    follow(database, Terms(events=(FollowEvent.FEATURED,)))
    announce(database, hers())
    announce(database, hers(), kind=AnnouncementKind.FEATURED, detail="2026-11-20")
    (entry,) = compose(database).entries

    assert (entry.kinds, entry.news) == ((AnnouncementKind.NEW, AnnouncementKind.FEATURED), ())


def test_a_followed_paper_comes_with_its_news_and_not_for_being_there(database: Database) -> None:
    announce(database, hers())
    ada = subscribe(database)
    with database.writing() as session:
        follow_paper(session, NOON, ada.id, row_of(database, hers()), Terms(timing=Timing.DIGEST))
    assert compose(database).entries == ()

    announce(database, hers(), kind=AnnouncementKind.REPLACEMENT, detail="v2")
    (entry,) = compose(database, 1).entries
    assert (entry.reasons[0].kind, entry.kinds) == (ReasonKind.PAPER, (AnnouncementKind.REPLACEMENT,))


def test_what_is_told_at_once_is_in_the_digest_if_it_was_not_told(database: Database) -> None:
    follow(database, Terms(timing=Timing.NOW))
    announce(database, hers())

    assert len(compose(database).entries) == 1


def test_terms_that_are_not_named_stay_as_they_were(database: Database) -> None:
    ada = subscribe(database)
    with database.writing() as session:
        terms = Terms(timing=Timing.NOW, position=Position.LAST, events=(FollowEvent.WITHDRAWN,))
        follow_person(session, NOON, ada.id, INGRID, terms)
        follow_person(session, NOON, ada.id, INGRID, Terms(position=Position.ANY))
        (follow_,) = store.list_follows(session, [ada.id])[ada.id]

    wish = follow_.wish
    assert (wish.timing, wish.position, wish.events) == (Timing.NOW, Position.ANY, (FollowEvent.WITHDRAWN,))


def test_following_no_longer_ends_the_follows_of_merged_records_too(database: Database) -> None:
    ada = subscribe(database)
    with database.writing() as session:
        first = follow_person(session, NOON, ada.id, INGRID).target_id
        other = follow_person(session, NOON, ada.id, PersonWanted(name="I. Bakkerud")).target_id
        merge_researchers(session, ResearcherId(first), ResearcherId(other), "the same", NOON)
        assert len(store.list_follows(session, [ada.id])[ada.id]) == 2
        unfollow(session, NOON, ada.id, FollowKind.RESEARCHER, first)

        assert store.list_follows(session, [ada.id]).get(ada.id, []) == []
