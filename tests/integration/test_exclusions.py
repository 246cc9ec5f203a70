"""What readers do not want to see: stored once, switched clearly, left out of digests but not of what they follow."""

import pytest

from digest.errors import InvalidQuery
from digest.model import ResearcherId
from digest.pipeline.compose import compose_due
from digest.pipeline.signup import read_interest
from subscribers import service, store
from subscribers.db import Database
from subscribers.exclusions import add_exclusion, remove_exclusion
from subscribers.model import EventKind, InvalidWish, Timing
from tests.alerting import add_follow, add_paper, add_person
from tests.factories import NOON, paper
from tests.people import announce, subscribe
from tests.subscriptions import interest, subscribed

MORNING = NOON.replace(day=21, hour=8)
LONG_AGO = NOON.replace(year=2020)
SURVEY = paper("2611.00001", title="A Survey of Experts", authors=["Furu Wei"])
STUDY = paper("2611.00002", title="A Study of Experts", authors=["Bo Li"])


def list_kinds(database: Database, subscriber_id: int) -> list[EventKind]:
    with database.reading() as session:
        events = store.list_events(session, subscriber_id, EventKind, LONG_AGO)
    return [kind for kind, _, _ in events if kind not in {EventKind.SUBSCRIBED, EventKind.CONFIRMED}]


def exclude(database: Database, subscriber_id: int, *queries: str) -> None:
    with database.writing() as session:
        for query in queries:
            add_exclusion(session, NOON, subscriber_id, read_interest(query))


def compose_titles(database: Database) -> list[int]:
    (composed,) = compose_due(database, MORNING).composed
    assert composed.edition is not None
    return sorted(entry.paper_id for entry in composed.edition.entries)


def test_an_exclusion_is_kept_beside_the_interests_and_shown(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.add_interest(session, NOON, ada.id, interest("experts"))
        first = add_exclusion(session, NOON, ada.id, interest("Survey"))
        again = add_exclusion(session, NOON, ada.id, interest("survey"))
        wishes = store.list_wishes(session, [ada.id])[ada.id]
        view = store.view_subscriber(session, ada.id)

    assert (first.is_changed, first.has_switched, again.is_changed) == (True, False, False)
    assert [each.text for each in wishes.exclusions] == ["Survey"]
    assert (view.interests, view.exclusions) == (("experts",), ("Survey",))
    assert list_kinds(database, ada.id) == [EventKind.INTEREST_ADDED, EventKind.EXCLUSION_ADDED]


def test_wanting_what_was_excluded_switches_it_and_back(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        add_exclusion(session, NOON, ada.id, interest("survey"))
        wanted = service.add_interest(session, NOON, ada.id, interest("survey"))
        between = store.view_subscriber(session, ada.id)
        excluded = add_exclusion(session, NOON, ada.id, interest("survey"))
        after = store.view_subscriber(session, ada.id)

    assert (wanted.has_switched, excluded.has_switched) == (True, True)
    assert (between.interests, between.exclusions) == (("survey",), ())
    assert (after.interests, after.exclusions) == ((), ("survey",))
    assert list_kinds(database, ada.id)[-2:] == [EventKind.INTEREST_REMOVED, EventKind.EXCLUSION_ADDED]


def test_dropping_an_interest_leaves_an_exclusion_of_the_same_words_and_the_other_way_round(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        add_exclusion(session, NOON, ada.id, interest("survey"))
        assert not service.remove_interest(session, NOON, ada.id, "survey").is_changed
        assert remove_exclusion(session, NOON, ada.id, "survey").is_changed
        assert not remove_exclusion(session, NOON, ada.id, "survey").is_changed
        assert store.count_interests(session) == 0


@pytest.mark.parametrize("query", ["", "-survey", "a OR -b", "survey -survey"])
def test_an_exclusion_is_a_query_like_any_other(query: str) -> None:
    with pytest.raises(InvalidQuery):
        read_interest(query)


def test_an_exclusion_that_cannot_be_stored_is_refused(database: Database) -> None:
    with pytest.raises(InvalidWish, match="exclusion is empty"), database.writing() as session:
        add_exclusion(session, NOON, subscribed(session).id, interest(" "))


def test_what_is_excluded_is_not_in_the_digest(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "experts")
    exclude(database, ada.id, "survey", "cat:math")
    announce(database, SURVEY, STUDY)

    assert compose_titles(database) == [2]


def test_what_is_surely_by_somebody_followed_comes_though_it_is_excluded(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "experts")
    exclude(database, ada.id, "survey OR study")
    wei = add_person(database)
    add_follow(database, ada, wei, timing=Timing.DIGEST)
    add_paper(database, SURVEY, ResearcherId(wei))
    announce(database, STUDY)

    assert compose_titles(database) == [1]


def test_an_exclusion_that_can_no_longer_be_read_stops_nobody(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "experts")
    with database.writing() as session:
        add_exclusion(session, NOON, ada.id, interest("((", "(("))
    announce(database, STUDY)

    assert compose_titles(database) == [1]
