"""Digests by cadence, in a real database: each weekday, weekly, with every batch, or none at all."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from digest.model import ChannelId, Edition, Paper, ResearcherId
from digest.pipeline.alert import alert_due
from digest.pipeline.compose import Composed, compose_due
from digest.storage.editions import from_payload
from digest.storage.tables import AnnouncementRow, DeliveryRow
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import Cadence, Schedule, SubscriberView, Timing
from subscribers.tables import ChannelRow
from tests.alerting import add_follow, add_paper, add_person, attribute, list_alerts
from tests.factories import NOON, paper
from tests.people import announce, subscribe

FRIDAY, HOUR, DAY = NOON, timedelta(hours=1), timedelta(days=1)  # 20 November 2026
EIGHT = time(8)


def read_by(database: Database, cadence: Cadence, weekday: int = 0, address: str = "ada@example.org") -> SubscriberView:
    ada = subscribe(database, address, "cat:cs.CL")
    change(database, ada, cadence, weekday, FRIDAY)
    return ada


def change(database: Database, view: SubscriberView, cadence: Cadence, weekday: int, now: datetime) -> None:
    with database.writing() as session:
        wanted = Schedule("UTC", EIGHT, cadence=cadence, weekday=weekday)
        service.set_schedule(session, now, view.channels[0].id, wanted)


def compose(database: Database, now: datetime) -> list[Composed]:
    attribute(database)
    return compose_due(database, now).composed


def live(database: Database, start: datetime, end: datetime) -> list[str]:
    """Compose whenever somebody is due until the end; give the names of the editions that hold anything."""
    now, names = start, list[str]()
    while (now := max(now, find_next(database))) <= end:
        names += [each.edition.name for each in compose(database, now) if each.edition and each.edition.entries]
    return names


def find_next(database: Database) -> datetime:
    with database.reading() as session:
        return session.scalars(select(func.min(ChannelRow.next_due_at)).where(ChannelRow.status == "open")).one()


def list_digests(database: Database, view: SubscriberView) -> list[Edition]:
    with database.reading() as session:
        rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id)).all()
    mine = ChannelId(view.channels[0].id)
    found = [row for row in rows if row.kind == "digest" and row.channel_id == mine]
    return [from_payload(row.payload, name=row.edition, channel_id=mine) for row in found]


def number_papers(first: int, count: int = 1) -> list[Paper]:
    return [paper(f"2611.{first + n:05d}", title=f"Paper Number {first + n} of Many") for n in range(count)]


def test_a_digest_of_weekdays_has_the_weekend_on_monday(database: Database) -> None:
    read_by(database, Cadence.WEEKDAYS)
    for day in range(3):
        announce(database, paper(f"2611.0000{day}", title=f"The Paper of Day {day}"), now=FRIDAY + day * DAY)

    assert live(database, FRIDAY, FRIDAY + 4 * DAY) == ["2026-11-23"]


def test_a_weekly_digest_has_the_whole_week(database: Database) -> None:
    ada = read_by(database, Cadence.WEEKLY, weekday=2)
    for day in range(9):
        announce(database, paper(f"2611.0000{day}", title=f"The Paper of Day {day}"), now=FRIDAY + day * DAY)

    assert live(database, FRIDAY, FRIDAY + 10 * DAY) == ["2026-11-25"]
    (edition,) = list_digests(database, ada)
    assert len(edition.entries) == 9


def test_a_batch_comes_within_the_hour_and_an_hour_without_news_leaves_nothing_behind(database: Database) -> None:
    ada = read_by(database, Cadence.BATCH)
    announce(database, paper("2611.00001", title="The First of Them"), now=FRIDAY + HOUR / 2)
    names = live(database, FRIDAY + HOUR, FRIDAY + 5 * HOUR)
    announce(database, paper("2611.00002", title="The Second of Them"), now=FRIDAY + 5 * HOUR)
    names += live(database, FRIDAY + 6 * HOUR, FRIDAY + 9 * HOUR)

    assert names == ["2026-11-20T13", "2026-11-20T18"]
    assert [each.name for each in list_digests(database, ada)] == names


def test_a_batch_that_matches_nobody_is_passed_by_and_not_read_again(database: Database) -> None:
    ada = read_by(database, Cadence.BATCH)
    announce(database, paper("2611.00001", categories=("math.AG",)), now=FRIDAY)

    (composed,) = compose(database, FRIDAY + HOUR)
    assert (composed.reason, list_digests(database, ada)) == ("nothing matched", [])
    (later,) = compose(database, FRIDAY + 2 * HOUR)
    assert later.edition is not None
    assert later.edition.covers_after == composed.edition.covers_to  # type: ignore[union-attr]


def test_a_batch_goes_out_though_another_source_is_late(database: Database) -> None:
    read_by(database, Cadence.BATCH)
    announce(database, *number_papers(1), now=FRIDAY)
    attribute(database)

    report = compose_due(database, FRIDAY + HOUR, late=("arxiv:cs.CL",))
    assert (report.queued, report.held) == (1, [])


def test_who_takes_only_alerts_gets_no_digest_and_no_old_news_afterwards(database: Database) -> None:
    ada = read_by(database, Cadence.ALERTS)
    announce(database, *number_papers(1, 5), now=FRIDAY)
    assert live(database, FRIDAY, FRIDAY + 30 * DAY) == []

    back = FRIDAY + 30 * DAY
    change(database, ada, Cadence.DAILY, 0, back)
    announce(database, *number_papers(100), now=back)
    assert live(database, back, back + 2 * DAY) == ["2026-12-21"]
    edition, *rest = list_digests(database, ada)
    assert (len(edition.entries), edition.more) == (1, 0)
    assert not any(each.entries for each in rest)


def test_a_forced_run_leaves_who_takes_only_alerts_in_peace(database: Database) -> None:
    ada = read_by(database, Cadence.ALERTS)
    announce(database, *number_papers(1), now=FRIDAY)
    attribute(database)

    assert compose_due(database, FRIDAY + HOUR, is_forced=True).composed == []
    assert list_digests(database, ada) == []


def test_one_reader_without_digests_does_not_reach_back_for_everybody(database: Database) -> None:
    read_by(database, Cadence.ALERTS, address="quiet@example.org")
    read_by(database, Cadence.DAILY)
    for day in range(1, 5):
        announce(database, *number_papers(day * 10, 2), now=FRIDAY + day * DAY)
        live(database, FRIDAY + day * DAY, FRIDAY + (day + 1) * DAY)

    with database.reading() as session:
        marks = session.scalars(select(ChannelRow.watermark)).all()
    assert len(set(marks)) == 1


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def follow_somebody(database: Database, timing: Timing, **columns: object) -> SubscriberView:
    ada = subscribe(database, "ada@example.org")
    wei = add_person(database)
    add_follow(database, ada, wei, timing=timing)
    set_columns(database, ada, **columns)
    return ada


def set_columns(database: Database, view: SubscriberView, **columns: object) -> None:
    with database.writing() as session:
        row = session.get_one(ChannelRow, view.channels[0].id)
        for name, value in columns.items():
            setattr(row, name, value)


@pytest.mark.parametrize(
    ("timing", "columns", "count"),
    [
        (Timing.NOW, {}, 1),
        (Timing.DIGEST, {}, 0),
        (Timing.DIGEST, {"cadence": "alerts"}, 1),
        (Timing.NOW, {"cadence": "alerts"}, 1),
        (Timing.NOW, {"takes_alerts": False}, 0),
        (Timing.NOW, {"takes_alerts": False, "cadence": "alerts"}, 0),
    ],
)
def test_which_channel_is_alerted_of_whom(
    database: Database, timing: Timing, columns: dict[str, object], count: int
) -> None:
    ada = follow_somebody(database, timing, **columns)
    add_paper(database, paper(), ResearcherId(1))

    alert_due(database, NOON + 2 * HOUR)
    alert_due(database, NOON + 2 * HOUR)
    assert len(list_alerts(database, ada)) == count


def test_what_a_channel_takes_no_alert_of_is_in_its_digest(database: Database) -> None:
    ada = follow_somebody(database, Timing.NOW, takes_alerts=False)
    add_paper(database, paper(), ResearcherId(1))
    alert_due(database, NOON + 2 * HOUR)

    compose(database, NOON + DAY)
    (edition,) = list_digests(database, ada)
    assert [entry.is_followed for entry in edition.entries] == [True]


def test_two_channels_of_one_reader_are_told_each_in_its_way(database: Database) -> None:
    ada = follow_somebody(database, Timing.DIGEST)
    with database.writing() as session:
        columns = {"kind": "telegram", "address": "42", "cadence": "alerts", "verified_at": NOON, "watermark": 0}
        columns |= {"timezone": "UTC", "send_at": EIGHT, "cap": 25, "next_due_at": NOON + DAY, "created_at": NOON}
        session.add(ChannelRow(subscriber_id=ada.id, **columns))
        store.get_channel(session, ada.channels[0].id).repeats = True
    add_paper(database, paper(), ResearcherId(1))
    alert_due(database, NOON + 2 * HOUR)
    compose(database, NOON + DAY)

    (alert,), (digest,) = list_alerts(database), list_digests(database, ada)
    assert (alert.channel_id, digest.channel_id) == (2, 1)
    assert alert.entries[0].paper_id == digest.entries[0].paper_id


# ── whatever is changed ──────────────────────────────────────────────────────────────────────────────────────────────

ZONES = ["UTC", "Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles"]
wanted_schedules = st.builds(
    Schedule,
    st.sampled_from(ZONES),
    st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])),
    cadence=st.sampled_from([Cadence.BATCH, Cadence.DAILY, Cadence.WEEKDAYS, Cadence.WEEKLY]),
    weekday=st.integers(0, 6),
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.one_of(wanted_schedules, st.integers(1, 60)), min_size=3, max_size=10))
def test_whatever_is_changed_nothing_is_missed_and_nothing_comes_twice(
    database: Database, walk: Sequence[Schedule | int]
) -> None:
    """Hours in which the composer runs, with papers among them, between changes of schedule; the last one is daily."""
    with database.reading() as session:
        reader = 1 + len(session.scalars(select(ChannelRow.id)).all())
        first = 1 + len(session.scalars(select(AnnouncementRow.id)).all())
    ada = subscribe(database, f"ada{reader}@example.org", "cat:cs.CL", cap=200)
    now, number = NOON, first
    for step in [*walk, Schedule("UTC", EIGHT), 60]:
        if isinstance(step, Schedule):
            with database.writing() as session:
                service.set_schedule(session, now, ada.channels[0].id, step)
            continue
        for part in (step * HOUR / 3,) * 2:
            live(database, now, now + part)
            now += part
            announce(database, *number_papers(number), now=now)
            number += 1
    live(database, now, now + 3 * DAY)
    with database.writing() as session:
        service.unsubscribe(session, now, ada.id)

    editions = list_digests(database, ada)
    sent = [entry.paper_id for edition in editions for entry in edition.entries]
    names = [edition.name for edition in editions]
    assert sorted(sent) == sorted(set(sent))
    assert set(range(first, number)) <= set(sent)
    assert len(names) == len(set(names))


def test_the_time_zone_is_that_of_the_channel(database: Database) -> None:
    ada = subscribe(database, "ada@example.org", "cat:cs.CL", timezone="Pacific/Auckland")
    with database.writing() as session:
        weekly = Schedule("Pacific/Auckland", EIGHT, cadence=Cadence.WEEKLY, weekday=0)
        done = service.set_schedule(session, FRIDAY, ada.channels[0].id, weekly)

    assert done.channel.next_due_at == datetime(2026, 11, 22, 19, tzinfo=UTC)  # Monday morning in Auckland
