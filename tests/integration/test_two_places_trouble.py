"""One reader in two places, and trouble in one of them: nothing is lost, and nothing comes twice."""

from collections.abc import Sequence
from datetime import time, timedelta

import pytest

from digest.bot.membership import BLOCKED as TOLD_BLOCKED
from digest.errors import NotifierError, NotYet
from digest.model import IN_PLACE, ChannelId, DeliveryState, Progress, write_progress
from digest.pipeline.alert import alert_due
from digest.pipeline.leaving import take_back
from digest.pipeline.settlement import withdraw
from digest.pipeline.signup import read_interest, sign_up
from digest.storage import deliveries, objections
from subscribers import leaving
from subscribers.chats import close_chat
from subscribers.db import Database
from subscribers.model import Cadence, ChannelWish, Registration, Schedule
from subscribers.preferences import set_repeats, set_takes_alerts
from subscribers.service import pause, resume, set_schedule
from tests.alerting import LATER, add_follow, add_paper, add_person
from tests.factories import NOON, paper
from tests.fakes import RecordingNotifier
from tests.integration.test_two_places import (
    BLOCKED,
    CHAT,
    DAY,
    MAIL,
    MORNING,
    announce_experts,
    compose,
    deliver,
    list_editions,
    subscribe_twice,
)
from tests.people import OPERATOR

pytestmark = pytest.mark.anyio

FOUR = {f"Experts in Case {number}" for number in (1, 2, 3, 4)}


def flooded() -> NotYet:
    return NotYet("flood", retry_after=timedelta(seconds=35))


def titles(*notifiers: RecordingNotifier) -> list[str]:
    return [part for each in notifiers for _, message in each.sent for part in message.parts]  # type: ignore[union-attr]


def make_weekly(database: Database, channel_id: int) -> None:
    with database.writing() as session:
        set_schedule(session, NOON, channel_id, Schedule("UTC", time(8), cadence=Cadence.WEEKLY))


def composed_for(database: Database, channel_id: int) -> list[int]:
    return [
        entry.paper_id
        for channel, edition in list_editions(database)
        if channel == channel_id
        for entry in edition.entries
    ]


def half_sent(error: NotifierError, papers: Sequence[int]) -> NotifierError:
    """Let the first of two parts have arrived."""
    error.parts_sent = 1
    error.memo = write_progress("", Progress(parts_sent=1, numbers=(1,), shown=((papers[0],), (papers[1],))))
    return error


@pytest.mark.parametrize("how", ["blocked", "left"])
async def test_what_waits_for_a_chat_that_is_closed_meanwhile_comes_by_mail(how: str, database: Database) -> None:
    ada = subscribe_twice(database, cap=2)
    announce_experts(database, 1, 2, 3, 4)
    compose(database)
    mail, chat = RecordingNotifier("email"), RecordingNotifier("telegram", [flooded()])
    await deliver(database, chat, mail)
    with database.writing() as session:
        if how == "blocked":
            close_chat(session, 42, "", TOLD_BLOCKED, MORNING)
        else:
            leaving.leave(session, MORNING, ada.id, ada.channels[CHAT].id)
    for day in range(3):
        now = MORNING + timedelta(hours=1) + day * DAY
        compose(database, now)
        await deliver(database, chat, mail, now=now)

    assert sorted(titles(mail, chat)) == sorted(FOUR)
    (handed,) = (edition for _, edition in list_editions(database) if IN_PLACE in edition.name)
    why = "bot was blocked by the user" if how == "blocked" else "which gets nothing any more"
    assert why in handed.notes[0]


async def test_what_was_claimed_for_a_chat_that_is_closed_before_it_is_sent_comes_by_mail(database: Database) -> None:
    subscribe_twice(database, cap=2)
    announce_experts(database, 1, 2, 3, 4)
    compose(database)
    with database.writing() as session:
        (claimed,) = deliveries.claim_deliveries(session, ["telegram"], MORNING, timedelta(minutes=10), 50)
    with database.writing() as session:
        close_chat(session, 42, "", TOLD_BLOCKED, MORNING)
    with database.reading() as session:
        why = objections.find_objection(session, claimed)
    with database.writing() as session:
        assert deliveries.record_settlement(session, claimed, withdraw(claimed, why), MORNING)
    mail, chat = RecordingNotifier("email"), RecordingNotifier("telegram")
    for day in range(3):
        now = MORNING + timedelta(hours=1) + day * DAY
        await deliver(database, chat, mail, now=now)
        compose(database, now)

    assert (sorted(titles(mail)), chat.sent) == (sorted(FOUR), [])


@pytest.mark.parametrize("has_mail", [True, False])
async def test_what_waits_for_a_chat_that_is_closed_in_a_pause_comes_by_mail_after_it(
    has_mail: bool, database: Database
) -> None:
    ada = subscribe_twice(database, cap=2)
    announce_experts(database, 1, 2, 3, 4)
    compose(database)
    mail, chat = RecordingNotifier("email"), RecordingNotifier("telegram", [flooded()])
    await deliver(database, chat, mail)
    with database.writing() as session:
        pause(session, MORNING, ada.id)
        if not has_mail:
            leaving.leave(session, MORNING, ada.id, ada.channels[MAIL].id)
        close_chat(session, 42, "", TOLD_BLOCKED, MORNING)
    for hours in (1, 26, 60):
        now = MORNING + timedelta(hours=hours)
        if hours == 60:
            with database.writing() as session:
                resume(session, now, ada.id)
        await deliver(database, chat, mail, now=now)
        assert len(titles(mail, chat)) == (4 if has_mail and hours == 60 else 2)

    with database.reading() as session:
        waiting = deliveries.count_deliveries(session)
    assert DeliveryState.PENDING not in waiting


@pytest.mark.parametrize("told", ["by the answer", "by an update"])
async def test_what_has_arrived_of_a_digest_that_breaks_off_comes_in_no_other_place(
    told: str, database: Database
) -> None:
    ada = subscribe_twice(database)
    make_weekly(database, ada.channels[MAIL].id)
    announce_experts(database, 1, 2)
    compose(database)
    papers = composed_for(database, ada.channels[CHAT].id)
    error = NotifierError(BLOCKED, permanent=True) if told == "by the answer" else flooded()
    mail, chat = RecordingNotifier("email"), RecordingNotifier("telegram", [half_sent(error, papers)])
    await deliver(database, chat, mail)
    if told == "by an update":
        with database.writing() as session:
            close_chat(session, 42, "", TOLD_BLOCKED, MORNING)
    await deliver(database, chat, mail)
    for day in range(1, 9):
        compose(database, MORNING + day * DAY)

    assert composed_for(database, ada.channels[MAIL].id) == papers[1:]


async def test_an_alert_comes_by_mail_that_takes_none_where_it_would_come_nowhere(database: Database) -> None:
    wei = add_person(database)
    ada = subscribe_twice(database)
    add_follow(database, ada, wei)
    with database.writing() as session:
        set_takes_alerts(session, NOON, ada.channels[MAIL].id, takes_alerts=False)
    add_paper(database, paper("2611.00009", title="Routers"), wei)
    alert_due(database, LATER)
    away = NotYet("away", retry_after=timedelta(hours=1))
    mail = RecordingNotifier("email")
    chat = RecordingNotifier("telegram", [away, NotifierError(BLOCKED, permanent=True)])
    await deliver(database, chat, mail, now=LATER)
    compose(database)  # both digests leave the paper to the alert
    for day in range(3):
        now = MORNING + timedelta(hours=2) + day * DAY
        await deliver(database, chat, mail, now=now)
        compose(database, now)

    assert titles(mail, chat) == ["Routers"]


async def test_who_leaves_the_chat_and_comes_back_after_mail_has_shown_the_paper_gets_it_once(
    database: Database,
) -> None:
    ada = subscribe_twice(database, hours=(9, 8))
    announce_experts(database, 1)
    compose(database)
    mail, chat = RecordingNotifier("email"), RecordingNotifier("telegram", [flooded()])
    await deliver(database, chat, mail)
    at = MORNING + timedelta(minutes=30)
    with database.writing() as session:
        left = leaving.leave(session, at, ada.id, ada.channels[CHAT].id)
    await deliver(database, chat, mail, now=at)
    compose(database, MORNING + timedelta(hours=1))
    await deliver(database, chat, mail, now=MORNING + timedelta(hours=1))
    assert left.at is not None
    take_back(database, MORNING + timedelta(minutes=70), ada.id, left.at)
    await deliver(database, chat, mail, now=MORNING + timedelta(minutes=80))

    assert titles(mail, chat) == ["Experts in Case 1"]


async def test_what_any_place_has_shown_is_not_handed_to_a_third(database: Database) -> None:
    places = (("email", "zed@example.org"), ("email", "ada@example.org"), ("telegram", "42"))
    wishes = tuple(
        ChannelWish(kind=kind, address=where, schedule=Schedule("UTC", time(8)), cap=25) for kind, where in places
    )
    registration = Registration(name="Ada", channels=wishes)
    ada = sign_up(database, registration, [read_interest("experts")], (), OPERATOR, NOON).subscriber
    numbers = {each.address: ChannelId(each.id) for each in ada.channels}
    with database.writing() as session:
        set_repeats(session, NOON, numbers["42"], repeats=True)
    make_weekly(database, numbers["zed@example.org"])
    announce_experts(database, 1)
    compose(database)
    mail, chat = RecordingNotifier("email"), RecordingNotifier("telegram", [NotifierError(BLOCKED, permanent=True)])
    for _ in range(2):
        await deliver(database, chat, mail)

    assert titles(mail, chat) == ["Experts in Case 1"]
