"""One reader in two places: what one of them has shown does not come in the other, and nothing is lost for it."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import select

from digest.errors import NotifierError
from digest.matching.absence import AbsenceKind
from digest.model import AnnouncementKind, ChannelId, DeliveryKind, DeliveryState, Edition, RetryPolicy
from digest.pipeline.alert import alert_due
from digest.pipeline.compose import compose_due
from digest.pipeline.deliver import Outbox, deliver_due
from digest.pipeline.signup import read_interest, sign_up
from digest.pipeline.why import explain_absence
from digest.storage import papers
from digest.storage.editions import from_payload
from digest.storage.tables import DeliveryRow
from subscribers import leaving
from subscribers.db import Database
from subscribers.model import (
    Cadence,
    ChannelStatus,
    ChannelWish,
    FollowEvent,
    FollowKind,
    Registration,
    Schedule,
    SubscriberKind,
    SubscriberView,
    Timing,
)
from subscribers.preferences import set_repeats
from subscribers.service import get_subscriber, set_schedule
from subscribers.silence import silence
from tests.alerting import LATER, add_follow, add_paper, add_person, attribute
from tests.factories import NOON, paper
from tests.fakes import FixedClock, RecordingNotifier, render_plainly
from tests.people import OPERATOR, announce

DAY = timedelta(days=1)
MORNING = NOON.replace(hour=8) + DAY
MAIL, CHAT = 0, 1
BLOCKED = "Forbidden: bot was blocked by the user"


def subscribe_twice(
    database: Database,
    *places: tuple[str, str],
    cap: int = 25,
    kind: SubscriberKind = SubscriberKind.PERSON,
    hours: tuple[int, int] = (8, 8),
) -> SubscriberView:
    """Let one reader have a digest by mail and in a chat, or in two other places."""
    wishes = [
        ChannelWish(kind=where, address=address, schedule=Schedule("UTC", time(hour)), cap=cap)
        for (where, address), hour in zip(
            places or (("email", "ada@example.org"), ("telegram", "42")), hours, strict=True
        )
    ]
    registration = Registration(name="Ada", channels=tuple(wishes), kind=kind)
    return sign_up(database, registration, [read_interest("experts")], (), OPERATOR, NOON).subscriber


def announce_experts(database: Database, *numbers: int, now: datetime = NOON) -> None:
    for number in numbers:
        announce(database, paper(f"2611.{number:05}", title=f"Experts in Case {number}"), now=now)


def compose(database: Database, now: datetime = MORNING) -> None:
    attribute(database)
    compose_due(database, now)


def list_editions(database: Database) -> list[tuple[int, Edition]]:
    with database.reading() as session:
        rows = session.scalars(select(DeliveryRow).order_by(DeliveryRow.id))
        return [
            (row.channel_id, from_payload(row.payload, name=row.edition, channel_id=ChannelId(row.channel_id)))
            for row in rows
        ]


def shown(database: Database, view: SubscriberView, place: int) -> list[int]:
    """Give the papers that were queued for a place."""
    number = view.channels[place].id
    return [
        entry.paper_id for channel, edition in list_editions(database) if channel == number for entry in edition.entries
    ]


async def deliver(database: Database, *notifiers: RecordingNotifier, now: datetime = MORNING) -> None:
    outbox = Outbox(
        database=database,
        notifiers={each.kind: each for each in notifiers},
        render=render_plainly,  # type: ignore[arg-type]  # a dict is all the papers it needs
        clock=FixedClock(now),
        policy=RetryPolicy(max_attempts=1),
    )
    await deliver_due(outbox)


# ── digests ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_second_place_has_the_next_best_and_none_twice(database: Database) -> None:
    ada = subscribe_twice(database, cap=2)
    announce_experts(database, 1, 2, 3, 4, 5)
    compose(database)

    mail, chat = shown(database, ada, MAIL), shown(database, ada, CHAT)
    assert (len(mail), len(chat)) == (2, 2)
    assert not set(mail) & set(chat)


def test_what_came_in_the_morning_does_not_come_again_in_the_evening(database: Database) -> None:
    ada = subscribe_twice(database, hours=(8, 18))
    announce_experts(database, 1, 2)
    compose(database)
    announce_experts(database, 3, now=MORNING)
    compose(database, MORNING + timedelta(hours=10))

    assert len(shown(database, ada, MAIL)) == 2
    assert len(shown(database, ada, CHAT)) == 1


@pytest.mark.parametrize("hours", [(8, 8), (8, 18), (18, 8)])
@pytest.mark.parametrize("repeats", [False, True])
def test_what_happened_to_a_paper_is_told_in_one_place(
    hours: tuple[int, int], repeats: bool, database: Database
) -> None:
    ada = subscribe_twice(database, hours=hours)
    announce_experts(database, 1)
    with database.reading() as session:
        paper_id = papers.find_paper(session, paper("2611.00001").ids[0])
    assert paper_id is not None
    add_follow(database, ada, paper_id, kind=FollowKind.PAPER, events=tuple(FollowEvent), timing=Timing.DIGEST)
    with database.writing() as session:
        for channel in ada.channels:
            set_repeats(session, NOON, channel.id, repeats=repeats)
    evening = MORNING + timedelta(hours=10)
    for at in (MORNING, evening):
        compose(database, at)
    for version in (2, 3):
        fresh = paper("2611.00001", title="Experts in Case 1", version=version)
        replaced = {"kind": AnnouncementKind.REPLACEMENT, "detail": f"v{version}", "version": version}
        announce(database, fresh, now=evening + (version - 2) * DAY, **replaced)
        for at in (MORNING, evening):
            compose(database, at + (version - 1) * DAY)

    told = [news for _, edition in list_editions(database) for entry in edition.entries for news in entry.news]
    assert sorted(told) == sorted(["new version v2", "new version v3"] * (1 + repeats))


def test_a_place_that_repeats_has_everything(database: Database) -> None:
    ada = subscribe_twice(database)
    with database.writing() as session:
        set_repeats(session, NOON, ada.channels[CHAT].id, repeats=True)
    announce_experts(database, 1, 2)
    compose(database)

    assert shown(database, ada, MAIL) == shown(database, ada, CHAT) != []


@pytest.mark.parametrize(
    "places",
    [
        (("email", "ada@example.org"), ("telegram", "-1001234567890")),
        (("email", "ada@example.org"), ("telegram", "@lab_papers")),
        (("email", "ada@example.org"), ("file", "/var/papers")),
        (("telegram", "-100123/17"), ("telegram", "-100123/18")),
    ],
)
def test_groups_and_folders_are_nobodys_other_place(
    places: tuple[tuple[str, str], tuple[str, str]], database: Database
) -> None:
    ada = subscribe_twice(database, *places)
    announce_experts(database, 1, 2)
    compose(database)

    assert len(shown(database, ada, 0)) == len(shown(database, ada, 1)) == 2


def test_the_lists_of_a_group_do_not_share(database: Database) -> None:
    lab = subscribe_twice(database, ("email", "a@example.org"), ("email", "b@example.org"), kind=SubscriberKind.GROUP)
    announce_experts(database, 1)
    compose(database)

    assert len(shown(database, lab, 0)) == len(shown(database, lab, 1)) == 1


def test_two_composers_at_once_show_nothing_twice(database: Database) -> None:
    readers = [
        subscribe_twice(database, ("email", f"{name}@example.org"), ("telegram", str(number)), cap=3)
        for number, name in enumerate(("ada", "bob", "cy", "dee"), start=40)
    ]
    announce_experts(database, *range(1, 9))
    attribute(database)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: compose_due(database, MORNING), range(4)))

    for view in readers:
        both = Counter(shown(database, view, MAIL) + shown(database, view, CHAT))
        assert max(both.values()) == 1
        assert len(both) == 6


@pytest.mark.parametrize("seed", range(6))
def test_on_random_days_two_places_show_what_one_place_would_and_each_once(seed: int, database: Database) -> None:
    chance = random.Random(seed)
    both = subscribe_twice(database, cap=100, hours=(chance.randrange(24), chance.randrange(24)))
    for place in (MAIL, CHAT):
        cadence = chance.choice([Cadence.DAILY, Cadence.WEEKDAYS, Cadence.WEEKLY, Cadence.BATCH])
        schedule = Schedule("UTC", time(chance.randrange(24)), cadence=cadence, weekday=0)
        with database.writing() as session:
            set_schedule(session, NOON, both.channels[place].id, schedule)
    count = 0
    for hour in range(1, 24 * 12, 5):
        now = NOON + timedelta(hours=hour)
        if chance.random() < 0.3:
            count += 1
            announce_experts(database, count, now=now)
        if hour < 24 * 11:
            compose(database, now)
    for day in range(12, 21):
        compose(database, NOON + timedelta(days=day))

    seen = Counter(shown(database, both, MAIL) + shown(database, both, CHAT))
    assert len(seen) == count > 5
    assert set(seen.values()) == {1}


# ── alerts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("repeats", [False, True])
def test_an_alert_comes_in_the_chat_and_by_mail_only_if_that_repeats(repeats: bool, database: Database) -> None:
    wei = add_person(database)
    ada = subscribe_twice(database)
    add_follow(database, ada, wei)
    with database.writing() as session:
        set_repeats(session, NOON, ada.channels[MAIL].id, repeats=repeats)
    add_paper(database, paper("2611.00009", title="Routers"), wei)
    alert_due(database, LATER)
    compose(database)

    told = [(channel, len(edition.entries)) for channel, edition in list_editions(database) if edition.entries]
    chat, mail = ada.channels[CHAT].id, ada.channels[MAIL].id
    assert sorted(told) == sorted([(chat, 1), (mail, 1)] if repeats else [(chat, 1)])


# ── a place that fails ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.anyio
async def test_what_a_blocked_bot_could_not_bring_comes_by_mail_and_says_why(database: Database) -> None:
    ada = subscribe_twice(database, cap=2)
    announce_experts(database, 1, 2, 3, 4)
    compose(database)
    mail, chat = RecordingNotifier("email"), RecordingNotifier("telegram", [NotifierError(BLOCKED, permanent=True)])
    await deliver(database, chat, mail)
    await deliver(database, chat, mail)

    titles = [title for _, message in mail.sent for title in message.parts]  # type: ignore[union-attr]
    assert len(titles) == len(set(titles)) == 4
    handed = list_editions(database)[-1][1]
    assert handed.channel_id == ada.channels[MAIL].id
    assert "your private chat in Telegram" in handed.notes[0]
    assert BLOCKED in handed.notes[0]
    with database.reading() as session:
        assert get_subscriber(session, str(ada.id)).channels[CHAT].status is ChannelStatus.CLOSED


@pytest.mark.anyio
async def test_mail_that_was_silent_for_a_chat_brings_the_digest_again_once_the_chat_is_blocked(
    database: Database,
) -> None:
    ada = subscribe_twice(database, cap=2)
    with database.writing() as session:
        silence(session, NOON, ada.channels[MAIL].id, ada.channels[CHAT].id)
    announce_experts(database, 1, 2)
    compose(database)
    mail, chat = RecordingNotifier("email"), RecordingNotifier("telegram", [NotifierError(BLOCKED, permanent=True)])
    await deliver(database, chat, mail)

    handed = list_editions(database)[-1][1]
    assert handed.notes[0].endswith("From now on the digest comes here again.")
    announce_experts(database, 3, now=LATER)
    compose(database, MORNING + DAY)
    last = list_editions(database)[-1][1]
    assert (last.channel_id, len(last.entries)) == (ada.channels[MAIL].id, 1), "what is new, and nothing of before"


def test_mail_is_silent_again_when_leaving_the_chat_is_taken_back_unless_its_reader_has_chosen_otherwise(
    database: Database,
) -> None:
    ada = subscribe_twice(database)
    mail, chat = ada.channels[MAIL].id, ada.channels[CHAT].id

    def cadence() -> Cadence:
        with database.reading() as session:
            return get_subscriber(session, str(ada.id)).channels[MAIL].schedule.cadence

    weekly = Schedule("UTC", time(8), cadence=Cadence.WEEKLY)
    with database.writing() as session:
        set_schedule(session, NOON, mail, weekly)
        silence(session, NOON, mail, chat)
    assert cadence() is Cadence.ALERTS
    with database.writing() as session:  # another hour is no other wish
        set_schedule(session, NOON, mail, replace(weekly, cadence=Cadence.ALERTS, send_at=time(9)))
        left = leaving.leave(session, NOON, ada.id, chat)
    assert cadence() is Cadence.WEEKLY
    with database.writing() as session:
        assert left.at is not None
        leaving.undo(session, NOON, ada.id, left.at)
    assert cadence() is Cadence.ALERTS
    with database.writing() as session:
        set_schedule(session, NOON, mail, weekly)
        set_schedule(session, NOON, mail, replace(weekly, cadence=Cadence.ALERTS))  # as the reader likes it
        leaving.leave(session, NOON, ada.id, chat)
    assert cadence() is Cadence.ALERTS


@pytest.mark.anyio
async def test_what_is_handed_over_and_fails_too_does_not_go_to_and_fro(database: Database) -> None:
    ada = subscribe_twice(database)
    announce_experts(database, 1)
    compose(database)
    poison = [NotifierError("no")] * 9
    for _ in range(3):
        await deliver(database, RecordingNotifier("email", list(poison)), RecordingNotifier("telegram", list(poison)))

    assert len([1 for _, edition in list_editions(database) if edition.entries]) == 2
    assert ada.channels[CHAT].id in {channel for channel, edition in list_editions(database) if edition.entries}


@pytest.mark.anyio
async def test_what_failed_in_the_only_place_goes_nowhere(database: Database) -> None:
    announce_experts(database, 1)
    subscribe_twice(database, ("telegram", "42"), ("telegram", "-10099"))
    compose(database)
    await deliver(database, RecordingNotifier("telegram", [NotifierError(BLOCKED, permanent=True)] * 2))

    assert all("+" not in edition.name for _, edition in list_editions(database))


# ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_why_names_the_other_place_and_the_day(database: Database) -> None:
    ada = subscribe_twice(database)
    announce_experts(database, 1)
    compose(database)
    waits = explain_absence(database, MORNING, ada.channels[CHAT].id, "2611.00001")
    with database.writing() as session:
        for row in session.query(DeliveryRow):
            row.state, row.settled_at = DeliveryState.SENT.value, MORNING
    was = explain_absence(database, MORNING, ada.channels[CHAT].id, "2611.00001")

    assert (waits.kind, was.kind) == (AbsenceKind.ELSEWHERE, AbsenceKind.ELSEWHERE)
    assert waits.sentence.startswith(
        "It is in the digest of 21 November 2026 that waits to be sent to ada@example.org;"
    )
    assert was.sentence == (
        "You were shown it on 21 November 2026 in the digest of 21 November 2026 to ada@example.org; what one of your "
        "channels has shown, another does not repeat."
    )


def test_a_digest_that_was_handed_over_is_named_by_its_day(database: Database) -> None:
    ada = subscribe_twice(database)
    announce_experts(database, 1)
    compose(database)
    with database.writing() as session:
        row = session.query(DeliveryRow).order_by(DeliveryRow.id).first()
        assert row is not None
        row.edition, row.state, row.kind = "2026-11-21+2", DeliveryState.SENT.value, DeliveryKind.DIGEST.value

    answer = explain_absence(database, MORNING, ada.channels[MAIL].id, "2611.00001")
    assert answer.sentence == "It was in your digest of 21 November 2026."
