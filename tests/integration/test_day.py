"""A day from announcement to inbox, in a real database: composed once, sent once, nothing lost after a crash."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta

import pytest

from digest.model import AnnouncementKind, DeliveryState, RetryPolicy, RunState, SourceRun
from digest.pipeline.compose import Composed, compose_due
from digest.pipeline.deliver import Outbox, deliver_due
from digest.pipeline.following import PersonWanted
from digest.pipeline.notes import note_troubles
from digest.storage import deliveries, runs
from subscribers import service
from subscribers.db import Database
from tests.factories import NOON, paper
from tests.fakes import FixedClock, RecordingNotifier, render_plainly
from tests.people import announce, subscribe

MORNING = NOON.replace(hour=8) + timedelta(days=1)
EXPERTS, BRIDGES = paper("2611.00001"), paper("2611.00002", title="Bridges Over Rivers", abstract="", authors=["Bo Li"])


def compose(database: Database, now: datetime = MORNING, *, is_forced: bool = False) -> list[Composed]:
    return compose_due(database, now, is_forced=is_forced).composed


async def deliver(database: Database, notifier: RecordingNotifier) -> None:
    outbox = Outbox(
        database=database,
        notifiers={notifier.kind: notifier},
        render=render_plainly,  # type: ignore[arg-type]  # a dict is all the papers it needs
        clock=FixedClock(MORNING),
        policy=RetryPolicy(),
    )
    await deliver_due(outbox)


@pytest.mark.anyio
async def test_what_matches_is_sent_once_however_often_the_ticks_run(database: Database) -> None:
    announce(database, EXPERTS, BRIDGES)
    subscribe(database, "ada@example.org", "experts")
    notifier = RecordingNotifier()
    for _ in range(2):
        compose(database)
        await deliver(database, notifier)

    ((address, message),) = notifier.sent
    assert (address, message.parts) == ("ada@example.org", (EXPERTS.title,))  # type: ignore[union-attr]


def test_nothing_is_composed_before_the_channels_hour(database: Database) -> None:
    subscribe(database, "ada@example.org", "experts", timezone="America/New_York", send_at=time(8, 0), now=MORNING)

    assert compose(database, MORNING + timedelta(hours=4, minutes=59)) == []
    assert len(compose(database, MORNING + timedelta(hours=5))) == 1


def test_the_next_edition_covers_what_came_after_the_last_one(database: Database) -> None:
    announce(database, EXPERTS)
    subscribe(database, "ada@example.org", "experts OR bridges")
    compose(database)
    announce(database, BRIDGES, now=MORNING)

    (composed,) = compose(database, MORNING + timedelta(days=1))
    assert composed.edition is not None
    assert (composed.edition.name, len(composed.edition.entries)) == ("2026-11-22", 1)
    assert composed.edition.covers_after == 1


def test_a_paper_that_was_sent_does_not_come_again_in_another_list(database: Database) -> None:
    announce(database, EXPERTS)
    subscribe(database, "ada@example.org", "experts")
    compose(database)
    announce(database, EXPERTS, now=MORNING, kind=AnnouncementKind.FEATURED, detail="2026-11-21")

    (composed,) = compose(database, MORNING + timedelta(days=1))
    assert (composed.edition and composed.edition.entries, composed.reason) == ((), "nothing matched")


def test_three_days_down_give_one_digest_with_the_backlog(database: Database) -> None:
    subscribe(database, "ada@example.org", "experts OR bridges")
    announce(database, EXPERTS, now=MORNING)
    announce(database, BRIDGES, now=MORNING + timedelta(days=2))

    (composed,) = compose(database, MORNING + timedelta(days=3, hours=1))
    assert composed.edition is not None
    assert (composed.edition.name, len(composed.edition.entries)) == ("2026-11-24", 2)


def test_a_forced_digest_takes_the_place_of_the_days_own(database: Database) -> None:
    announce(database, EXPERTS)
    subscribe(database, "ada@example.org", "experts", send_at=time(18, 0))

    assert [bool(each.edition) for each in compose(database, MORNING, is_forced=True)] == [True]
    assert [bool(each.edition) for each in compose(database, MORNING, is_forced=True)] == [False]
    assert compose(database, MORNING.replace(hour=19)) == []


def test_two_composers_forced_at_the_same_moment_queue_one_digest(database: Database) -> None:
    announce(database, EXPERTS)
    for number in range(20):
        subscribe(database, f"reader{number}@example.org", "experts")  # due tomorrow at eight, as after a forced digest
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: compose(database, NOON, is_forced=True), range(4)))

    assert sum(bool(each.edition) for report in reports for each in report) == 20
    with database.reading() as session:
        assert deliveries.count_deliveries(session) == {DeliveryState.PENDING: 20}


def test_an_empty_edition_is_recorded_with_its_reason_and_not_sent(database: Database) -> None:
    announce(database, EXPERTS)
    subscribe(database, "ada@example.org", "numismatics")
    compose(database)

    with database.reading() as session:
        assert deliveries.count_deliveries(session) == {DeliveryState.EMPTY: 1}


def test_a_paused_subscriber_is_not_composed_for(database: Database) -> None:
    announce(database, EXPERTS)
    ada = subscribe(database, "ada@example.org", "experts")
    with database.writing() as session:
        service.pause(session, NOON, ada.id)

    assert compose(database) == []


def test_namesakes_are_told_apart_by_the_field_they_publish_in(database: Database) -> None:
    ours = paper("2611.00003", title="On Words", authors=["Yejin Choi"], categories=("cs.CL",))
    theirs = paper(
        "2611.00004",
        title="Dust Lanes of Spiral Galaxies",
        abstract="We observe star formation in the dust lanes of nearby spiral galaxies with a radio telescope.",
        authors=["Yejin Choi"],
        categories=("astro-ph.GA",),
    )
    announce(database, ours, theirs)
    subscribe(database, "ada@example.org", follows=(PersonWanted(name="Yejin Choi", fields=("cs.CL",)),))

    (composed,) = compose(database)
    assert composed.edition is not None
    assert [(e.is_followed, e.is_possibly_followed) for e in composed.edition.entries] == [(True, False), (False, True)]


def test_the_cap_says_how_many_more_there_are(database: Database) -> None:
    announce(database, *(paper(f"2611.1000{n}", title=f"Paper Number {n} About Experts") for n in range(5)))
    subscribe(database, "ada@example.org", "experts", cap=2)

    (composed,) = compose(database)
    assert composed.edition is not None
    assert (len(composed.edition.entries), composed.edition.more) == (2, 3)


def test_two_channels_that_reach_back_differently_are_both_served(database: Database) -> None:
    announce(database, EXPERTS)
    subscribe(database, "ada@example.org", "experts OR bridges")
    compose(database)
    announce(database, BRIDGES, now=MORNING)
    subscribe(database, "bob@example.org", "experts OR bridges", now=MORNING)

    composed = compose(database, MORNING + timedelta(days=1))
    assert [len(each.edition.entries) for each in composed if each.edition] == [1, 2]


def test_who_subscribes_while_composing_runs_is_served_whole_by_the_next_run(database: Database) -> None:
    announce(database, EXPERTS)
    subscribe(database, "ada@example.org", "experts")
    compose(database)
    announce(database, BRIDGES, now=MORNING)
    tomorrow = MORNING + timedelta(days=1)

    def bob_joins(_: Composed) -> None:  # his first digest reaches back to what the desk no longer holds
        subscribe(database, "bob@example.org", "experts OR bridges", now=NOON)

    compose_due(database, tomorrow, on_channel=bob_joins)
    later = compose(database, tomorrow)

    assert [len(each.edition.entries) for each in later if each.edition] == [2]


def test_the_digest_says_which_source_could_not_be_read(database: Database) -> None:
    run = SourceRun(source="arxiv:cs.CL", started_at=NOON, ended_at=NOON, state=RunState.UNREACHABLE, detail="DNS")
    with database.writing() as session:
        runs.record_run(session, run)

    assert note_troubles([run], (), NOON) == ("arXiv cs.CL could not be reached; its papers will follow.",)
    assert note_troubles([run], (), NOON + timedelta(days=3)) == ()
