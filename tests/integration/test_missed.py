"""Channels of only alerts hear of what no alert could tell in time: at their next slot, once, and in one alert."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from digest.model import AnnouncementKind, Paper, ResearcherId
from digest.pipeline.alert import alert_due
from digest.pipeline.compose import compose_due
from digest.pipeline.leaving import leave, stop_alerts, take_back
from subscribers import service
from subscribers.db import Database
from subscribers.model import Cadence, FollowEvent, Schedule, SubscriberView, Timing
from subscribers.preferences import pause_until, set_takes_alerts
from subscribers.tokens import TokenSubject
from tests.alerting import LATER, add_follow, add_paper, add_person, attribute, list_alerts
from tests.factories import NOON, paper
from tests.people import announce, channel_of, subscribe

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MORNING = NOON + 20 * HOUR  # the next slot
WEI = ResearcherId(1)


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    """Give a reader with a topic and a follow that the digest tells of."""
    view = subscribe(database, "ada@example.org", "cat:cs.CL")
    add_follow(database, view, add_person(database), timing=Timing.DIGEST)
    return view


def take(database: Database, view: SubscriberView, cadence: Cadence, now: datetime) -> None:
    with database.writing() as session:
        wanted = Schedule("UTC", view.channels[0].schedule.send_at, cadence=cadence)
        service.set_schedule(session, now, channel_of(view), wanted)


def pause(database: Database, view: SubscriberView, now: datetime) -> None:
    with database.writing() as session:
        pause_until(session, now, view.id, MORNING - HOUR)


def run(database: Database, now: datetime) -> None:
    """Do what the scheduler does."""
    attribute(database)
    alert_due(database, now)
    compose_due(database, now)


def told(database: Database, view: SubscriberView) -> list[tuple[int, ...]]:
    return [tuple(entry.paper_id for entry in alert.entries) for alert in list_alerts(database, view)]


def by_wei(number: int) -> Paper:
    return paper(f"2611.{number:05d}", title=f"Paper Number {number} by a Person", categories=("math.AG",))


def leave_for_a_moment(database: Database, view: SubscriberView) -> None:
    left = leave(database, LATER - 2 * MINUTE, TokenSubject(channel_of(view), view.id))
    assert left.at is not None
    run(database, LATER + MINUTE)
    assert take_back(database, LATER + 2 * MINUTE, view.id, left.at) is not None


def test_what_waited_for_the_digest_when_digests_were_given_up_comes_as_an_alert(
    database: Database, ada: SubscriberView
) -> None:
    first, second = add_paper(database, by_wei(1), WEI), add_paper(database, by_wei(2), WEI)
    announce(database, paper("2611.00009", title="On a Topic Alone", authors=("Grace Hopper",)), now=LATER)
    run(database, LATER + HOUR)
    assert told(database, ada) == []
    take(database, ada, Cadence.ALERTS, LATER + 2 * HOUR)

    run(database, MORNING)
    assert [set(each) for each in told(database, ada)] == [{first, second}]
    run(database, MORNING + DAY)
    assert len(told(database, ada)) == 1


def test_one_paper_that_was_missed_reads_like_any_alert(database: Database, ada: SubscriberView) -> None:
    missed = add_paper(database, by_wei(1), WEI)
    run(database, LATER + HOUR)
    take(database, ada, Cadence.ALERTS, LATER + 2 * HOUR)

    run(database, MORNING)
    (alert,) = list_alerts(database, ada)
    assert (alert.name, alert.entries[0].kinds) == (f"new-{missed}", (AnnouncementKind.NEW,))


def test_what_came_during_a_pause_comes_afterwards(database: Database, ada: SubscriberView) -> None:
    take(database, ada, Cadence.ALERTS, NOON)
    pause(database, ada, NOON)
    missed = add_paper(database, by_wei(1), WEI)
    run(database, LATER + HOUR)
    assert told(database, ada) == []

    run(database, MORNING)
    assert told(database, ada) == [(missed,)]


def test_who_takes_leaving_back_has_missed_nothing(database: Database, ada: SubscriberView) -> None:
    take(database, ada, Cadence.ALERTS, NOON)
    missed = add_paper(database, by_wei(1), WEI)
    leave_for_a_moment(database, ada)

    run(database, MORNING)
    assert told(database, ada) == [(missed,)]


def test_events_that_were_missed_come_too_and_those_that_were_told_do_not(database: Database) -> None:
    ada = subscribe(database, "ada@example.org")
    wei = add_person(database)
    add_follow(database, ada, wei, events=(FollowEvent.REPLACEMENT,))
    take(database, ada, Cadence.ALERTS, NOON)
    add_paper(database, by_wei(1), wei)
    run(database, LATER + HOUR)
    pause(database, ada, LATER + 2 * HOUR)
    announce(database, by_wei(1), now=LATER + 3 * HOUR, kind=AnnouncementKind.REPLACEMENT, detail="v2", version=2)
    run(database, LATER + 4 * HOUR)
    assert len(told(database, ada)) == 1

    run(database, MORNING)
    first, second = list_alerts(database, ada)
    assert (first.entries[0].news, ["v2" in line for line in second.entries[0].news]) == ((), [True])
    run(database, MORNING + DAY)
    assert len(told(database, ada)) == 2


@pytest.mark.parametrize("gap", [-HOUR, HOUR], ids=["composed first", "alerted first"])
def test_what_an_alert_tells_in_time_is_not_told_again(database: Database, ada: SubscriberView, gap: timedelta) -> None:
    take(database, ada, Cadence.ALERTS, NOON)
    paper_id = add_paper(database, by_wei(1), WEI)
    jobs: list[Callable[[Database, datetime], object]] = [alert_due, compose_due]
    for job in jobs if gap > timedelta(0) else reversed(jobs):
        job(database, MORNING)

    run(database, MORNING + DAY)
    assert told(database, ada) == [(paper_id,)]


def test_a_channel_that_takes_no_alerts_either_hears_nothing(database: Database, ada: SubscriberView) -> None:
    take(database, ada, Cadence.ALERTS, NOON)
    with database.writing() as session:
        set_takes_alerts(session, NOON, channel_of(ada), takes_alerts=False)
    add_paper(database, by_wei(1), WEI)

    run(database, MORNING)
    assert told(database, ada) == []


def test_a_cancelled_alert_does_not_stand_in_the_way(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.set_schedule(session, NOON, channel_of(ada), Schedule("UTC", MORNING.time()))
    add_follow(database, ada, WEI, timing=Timing.NOW)
    missed = add_paper(database, by_wei(1), WEI)
    run(database, LATER + MINUTE)
    stop_alerts(database, LATER + 2 * MINUTE, TokenSubject(channel_of(ada), ada.id))
    with database.writing() as session:
        set_takes_alerts(session, LATER + HOUR, channel_of(ada), takes_alerts=True)
    take(database, ada, Cadence.ALERTS, LATER + 2 * HOUR)

    run(database, MORNING)
    assert [(each.name, each.entries[0].paper_id) for each in list_alerts(database, ada)] == [
        (f"new-{missed}", missed),
        ("since-1", missed),
    ]
