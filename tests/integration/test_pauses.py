"""A pause until a day: nothing comes meanwhile, and one digest has it all afterwards, up to the cap."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from digest.model import AnnouncementKind, Edition, PaperId
from digest.pipeline.alert import alert_due
from digest.pipeline.compose import compose_due
from digest.pipeline.resuming import resume_due
from digest.storage.tables import DeliveryRow
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import EventKind, FollowEvent, FollowKind, FollowWish, SubscriberStatus, Timing
from subscribers.preferences import pause_until
from tests.alerting import LATER, add_follow, add_paper, add_person, attribute, list_alerts
from tests.factories import NOON, paper
from tests.people import announce, subscribe

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CHRISTMAS = datetime.fromisoformat("2026-12-24T00:00Z")


def pause(database: Database, subscriber_id: int, until: datetime | None = CHRISTMAS, now: datetime = NOON) -> None:
    with database.writing() as session:
        pause_until(session, now, subscriber_id, until)


def status_of(database: Database, subscriber_id: int) -> SubscriberStatus:
    with database.reading() as session:
        return store.view_subscriber(session, subscriber_id).status


def compose(database: Database, now: datetime) -> list[Edition]:
    attribute(database)
    composed = compose_due(database, now).composed
    return [each.edition for each in composed if each.edition is not None]


def count_deliveries(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(DeliveryRow.id)).all())


def test_nothing_is_composed_until_the_day_and_then_one_digest_has_everything(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "cat:cs.CL", cap=10)
    pause(database, ada.id)
    for day in range(30):
        announce(database, paper(f"2611.{day:05d}", title=f"The Paper of Day {day}"), now=NOON + day * DAY)
        assert compose(database, NOON + day * DAY) == []

    assert compose(database, CHRISTMAS + 7 * HOUR) == []
    assert status_of(database, ada.id) is SubscriberStatus.CONFIRMED
    (edition,) = compose(database, CHRISTMAS + 8 * HOUR)
    assert (edition.name, len(edition.entries), edition.more) == ("2026-12-24", 10, 20)
    assert compose(database, CHRISTMAS + 9 * HOUR) == []


def test_a_pause_without_an_end_lasts(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "cat:cs.CL")
    pause(database, ada.id, None)

    assert resume_due(database, NOON + 900 * DAY) == 0
    assert status_of(database, ada.id) is SubscriberStatus.PAUSED


def test_resuming_twice_resumes_once_and_is_logged_once(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "cat:cs.CL")
    pause(database, ada.id)

    assert (resume_due(database, CHRISTMAS - HOUR), resume_due(database, CHRISTMAS)) == (0, 1)
    assert resume_due(database, CHRISTMAS) == 0
    with database.reading() as session:
        view = store.view_subscriber(session, ada.id)
        events = store.list_events(session, ada.id, [EventKind.RESUMED], NOON)
    assert (view.paused_until, len(events)) == (None, 1)


def test_coming_back_early_clears_the_day(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "cat:cs.CL")
    pause(database, ada.id)
    with database.writing() as session:
        service.resume(session, NOON + DAY, ada.id)
    pause(database, ada.id, None, NOON + 2 * DAY)

    assert resume_due(database, CHRISTMAS) == 0


@pytest.mark.parametrize("hours", [0, 1, 30])
def test_a_service_that_was_down_on_the_day_catches_up_at_once(database: Database, hours: int) -> None:
    ada = subscribe(database, "ada@example.org", "cat:cs.CL")
    announce(database, paper(), now=NOON)
    pause(database, ada.id)

    assert len(compose(database, CHRISTMAS + 8 * HOUR + hours * HOUR)) == 1


def test_sixty_days_are_bounded_by_the_cap(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "cat:cs.CL", cap=25)
    pause(database, ada.id, NOON + 60 * DAY)
    many = [paper(f"2611.{n:05d}", title=f"Paper Number {n} of a Long Pause") for n in range(300)]
    announce(database, *many, now=NOON + DAY)

    (edition,) = compose(database, NOON + 61 * DAY)
    assert (len(edition.entries), edition.more) == (25, 275)


def test_alerts_of_the_pause_are_in_the_digest_after_it(database: Database) -> None:
    ada = subscribe(database, "ada@example.org")
    wei = add_person(database)
    add_follow(database, ada, wei)
    pause(database, ada.id)
    add_paper(database, paper(), wei)
    alert_due(database, LATER + HOUR)

    assert list_alerts(database, ada) == []
    assert count_deliveries(database) == 0
    (edition,) = compose(database, CHRISTMAS + 8 * HOUR)
    assert [entry.is_followed for entry in edition.entries] == [True]


def follow_paper(database: Database, subscriber_id: int, paper_id: PaperId) -> None:
    wish = FollowWish(
        kind=FollowKind.PAPER,
        target_id=paper_id,
        name="it",
        timing=Timing.NOW,
        events=(FollowEvent.REPLACEMENT, FollowEvent.WITHDRAWN),
    )
    with database.writing() as session:
        store.add_follow(session, subscriber_id, wish, NOON)


def revise(database: Database, version: int, now: datetime) -> None:
    new = paper(version=version)
    announce(database, new, now=now, kind=AnnouncementKind.REPLACEMENT, detail=f"v{version}", version=version)
    attribute(database)
    alert_due(database, now + HOUR / 60)


def test_events_of_the_pause_are_told_afterwards_and_those_before_it_not_again(database: Database) -> None:
    ada = subscribe(database, "ada@example.org")
    follow_paper(database, ada.id, add_paper(database, paper()))
    revise(database, 2, LATER + HOUR)
    pause(database, ada.id, now=LATER + 2 * HOUR)
    revise(database, 3, LATER + 3 * HOUR)

    assert [each.name for each in list_alerts(database, ada)] == ["replacement-2"]
    (edition,) = compose(database, CHRISTMAS + 8 * HOUR)
    assert ["v3" in line for entry in edition.entries for line in entry.news] == [True]


def test_events_that_an_alert_told_are_in_no_digest(database: Database) -> None:
    ada = subscribe(database, "ada@example.org")
    follow_paper(database, ada.id, add_paper(database, paper()))
    revise(database, 2, LATER + HOUR)

    (edition,) = compose(database, NOON + DAY)
    assert (len(list_alerts(database, ada)), edition.entries) == (1, ())


def test_events_for_a_channel_without_alerts_are_in_its_digest(database: Database) -> None:
    ada = subscribe(database, "ada@example.org")
    follow_paper(database, ada.id, add_paper(database, paper()))
    with database.writing() as session:
        store.get_channel(session, ada.channels[0].id).takes_alerts = False
    revise(database, 2, LATER + HOUR)

    (edition,) = compose(database, NOON + DAY)
    assert len(edition.entries) == 1
