"""Alerts of what was announced, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from digest.model import (
    AnnouncementKind,
    DeliveryKind,
    Edition,
    MessageForm,
    Paper,
    ReasonKind,
    ResearcherId,
    Standing,
)
from digest.pipeline.alert import AlertReport, alert_due
from digest.pipeline.presentation import Presenter
from digest.researchers.places import Institution
from digest.settings import Settings, TelegramSettings
from digest.storage import deliveries, marks, papers
from digest.storage.institutions import add_institution
from digest.storage.marks import Stage
from digest.storage.tables import DeliveryRow, SentPaperRow
from subscribers import service
from subscribers.db import Database
from subscribers.model import ChannelWish, FollowEvent, FollowKind, Position, Timing
from subscribers.tables import ChannelRow
from subscribers.tokens import Purpose, Tokens
from tests.alerting import (
    LATER,
    add_follow,
    add_paper,
    add_person,
    add_reader,
    attribute,
    list_alerts,
    say,
)
from tests.factories import NOON, edition, paper
from tests.people import OPERATOR, START, announce, channel_of, subscribe

ALL = tuple(FollowEvent)
EVENT_KINDS = [AnnouncementKind(event.value) for event in FollowEvent]


def names(alerts: list[Edition]) -> list[str]:
    return [alert.name for alert in alerts]


def numbered(number: int, *authors: str) -> Paper:
    return paper(f"2611.{number:05d}", title=f"On Paper {number}", authors=authors or ("Furu Wei", "Bo", "Cy"))


# ── who is told ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_paper_is_told_at_once_and_once(database: Database) -> None:
    wei = add_person(database)
    ada = add_reader(database, wei)
    paper_id = add_paper(database, numbered(1), wei)

    assert alert_due(database, LATER) == AlertReport(announcements=1, queued=1)
    assert alert_due(database, LATER) == AlertReport()
    (alert,) = list_alerts(database, ada)
    (reason,) = alert.entries[0].reasons
    assert (alert.name, alert.channel_id) == (f"new-{paper_id}", channel_of(ada))
    assert (reason.kind, reason.target_id, reason.position, reason.of) == (ReasonKind.FOLLOW, wei, 1, 3)
    assert reason.evidence == ("same ORCID iD",)


def test_five_people_on_one_paper_are_one_alert_naming_all_five(database: Database) -> None:
    people = [add_person(database, f"Person {letter}") for letter in "ABCDE"]
    ada = add_reader(database, *people)
    add_paper(database, numbered(1, *(f"Person {letter}" for letter in "ABCDE")), *people)
    announce(database, numbered(1), now=LATER, kind=AnnouncementKind.CROSS_LIST, detail="cs.LG")
    attribute(database)

    alert_due(database, LATER)

    (alert,) = list_alerts(database, ada)
    assert [reason.target_id for reason in alert.entries[0].reasons] == people


@pytest.mark.parametrize(
    ("wish", "count"),
    [
        ({}, 1),
        ({"timing": Timing.DIGEST}, 0),
        ({"position": Position.FIRST}, 1),
        ({"position": Position.LAST}, 0),
        ({"position": Position.FIRST_OR_LAST}, 1),
        ({"since": LATER}, 0),
        ({"since": LATER - timedelta(seconds=1)}, 1),
    ],
)
def test_a_follow_is_told_what_it_asks_for(wish: dict[str, Any], count: int, database: Database) -> None:
    wei = add_person(database)
    ada = add_reader(database, wei, **wish)
    add_paper(database, numbered(1), wei)

    alert_due(database, LATER)

    assert len(list_alerts(database, ada)) == count


@pytest.mark.parametrize(
    ("standing", "count"),
    [
        (Standing.STATED, 1),
        (Standing.CONFIRMED, 1),
        (Standing.SURE, 1),
        (Standing.POSSIBLE, 0),
        (Standing.UNLIKELY, 0),
        (Standing.REJECTED, 0),
    ],
)
def test_only_who_surely_wrote_it_is_told_of(standing: Standing, count: int, database: Database) -> None:
    wei = add_person(database)
    add_reader(database, wei)
    add_paper(database, numbered(1), wei, standing=standing)

    assert alert_due(database, LATER).queued == count


def test_who_said_no_is_not_told_and_others_are(database: Database) -> None:
    wei = add_person(database)
    ada = add_reader(database, wei)
    bob = add_reader(database, wei, address="bob@example.org")
    paper_id = add_paper(database, numbered(1), wei)
    say(database, ada, wei, paper_id, is_theirs=False)

    alert_due(database, LATER)

    assert (len(list_alerts(database, ada)), len(list_alerts(database, bob))) == (0, 1)


def test_who_said_yes_hears_of_events_of_a_possible_paper(database: Database) -> None:
    wei = add_person(database)
    ada = add_reader(database, wei, events=ALL)
    add_reader(database, wei, address="bob@example.org", events=ALL)
    paper_id = add_paper(database, numbered(1), wei, standing=Standing.POSSIBLE)
    say(database, ada, wei, paper_id, is_theirs=True)
    alert_due(database, LATER)
    announce(database, numbered(1), now=LATER, kind=AnnouncementKind.WITHDRAWN, detail="v2")
    attribute(database)

    alert_due(database, LATER)

    assert {alert.channel_id for alert in list_alerts(database)} == {channel_of(ada)}


def _pause(database: Database, number: int) -> None:
    with database.writing() as session:
        service.pause(session, NOON, number)


def _leave(database: Database, number: int) -> None:
    with database.writing() as session:
        service.unsubscribe(session, NOON, number)


def _close(database: Database, number: int) -> None:
    with database.writing() as session:
        session.execute(update(ChannelRow).where(ChannelRow.subscriber_id == number).values(status="closed"))


def _unverify(database: Database, number: int) -> None:
    with database.writing() as session:
        session.execute(update(ChannelRow).where(ChannelRow.subscriber_id == number).values(verified_at=None))


@pytest.mark.parametrize("leave", [_pause, _leave, _close, _unverify])
def test_who_may_not_be_written_to_is_not(leave: Callable[[Database, int], None], database: Database) -> None:
    wei = add_person(database)
    ada = add_reader(database, wei)
    leave(database, ada.id)
    add_paper(database, numbered(1), wei)

    assert alert_due(database, LATER).queued == 0


def test_a_group_that_a_reader_has_linked_is_told_beside_them(database: Database) -> None:
    wei = add_person(database)
    ada = add_reader(database, wei)
    with database.writing() as session:
        telegram = ChannelWish(kind="telegram", address="-4242", schedule=ada.channels[0].schedule, cap=5)
        service.add_channel(session, NOON, ada.id, telegram, start_after=0, consent=OPERATOR)
    add_paper(database, numbered(1), wei)

    assert alert_due(database, LATER).queued == 2


def test_a_paper_the_channel_has_is_not_new_to_it(database: Database) -> None:
    wei = add_person(database)
    ada = add_reader(database, wei)
    paper_id = add_paper(database, numbered(1), wei)
    with database.writing() as session:
        sent = replace(edition(paper_id), channel_id=channel_of(ada))
        deliveries.add_delivery(session, sent, DeliveryKind.DIGEST, LATER)

    alert_due(database, LATER)

    assert list_alerts(database) == []


def test_an_alerted_paper_counts_as_sent(database: Database) -> None:
    wei = add_person(database)
    ada = add_reader(database, wei)
    paper_id = add_paper(database, numbered(1), wei)

    alert_due(database, LATER)

    with database.reading() as session:
        assert deliveries.list_sent_papers(session, [channel_of(ada)], [paper_id]) == {channel_of(ada): {paper_id}}


def test_a_followed_place_is_told_of(database: Database) -> None:
    with database.writing() as session:
        place = add_institution(session, Institution(name="Northlight Research", names=("Northlight",)), NOON)
    ada = add_reader(database)
    add_follow(database, ada, place, kind=FollowKind.INSTITUTION)
    add_paper(database, replace(numbered(1), organization="Northlight Research"))

    alert_due(database, LATER)

    (alert,) = list_alerts(database, ada)
    assert [(reason.kind, reason.target_id) for reason in alert.entries[0].reasons] == [(ReasonKind.INSTITUTION, place)]


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def happen(database: Database, kind: AnnouncementKind, seen: Paper | None = None) -> None:
    announce(database, seen or numbered(1), now=LATER, kind=kind, detail="v2", version=2, changes=("title",))
    attribute(database)


@pytest.mark.parametrize("kind", EVENT_KINDS)
@pytest.mark.parametrize("is_on", [True, False])
def test_an_event_of_a_paper_sent_before_is_told_if_asked_for(
    kind: AnnouncementKind, is_on: bool, database: Database
) -> None:
    wei = add_person(database)
    others = tuple(event for event in ALL if event.value != kind.value)
    ada = add_reader(database, wei, events=(FollowEvent(kind.value),) if is_on else others)
    paper_id = add_paper(database, numbered(1), wei)
    alert_due(database, LATER)

    happen(database, kind)
    alert_due(database, LATER)

    told = list_alerts(database, ada)
    assert [alert.entries[0].paper_id for alert in told] == [paper_id] * (1 + is_on)
    assert all(name.startswith(f"{kind.value}-") for name in names(told[1:]))


def test_a_followed_paper_is_told_of_though_nobody_on_it_is_followed(database: Database) -> None:
    ada = add_reader(database)
    paper_id = add_paper(database, numbered(1))
    add_follow(database, ada, paper_id, kind=FollowKind.PAPER, events=ALL)
    alert_due(database, LATER)

    happen(database, AnnouncementKind.REPLACEMENT)
    alert_due(database, LATER)

    (alert,) = list_alerts(database, ada)
    assert alert.entries[0].news == ("new version v2; changed: title",)
    assert [reason.kind for reason in alert.entries[0].reasons] == [ReasonKind.PAPER]


# ── how many, and how often ──────────────────────────────────────────────────────────────────────────────────────────


def fill(database: Database, count: int) -> ResearcherId:
    wei = add_person(database)
    add_reader(database, wei)
    for number in range(1, count + 1):
        add_paper(database, numbered(number), wei)
    return wei


def test_more_than_ten_at_once_come_as_ten_and_a_bundle(database: Database) -> None:
    fill(database, 14)

    assert alert_due(database, LATER) == AlertReport(announcements=14, queued=11, bundled=4)
    told = list_alerts(database)
    assert len({entry.paper_id for alert in told for entry in alert.entries}) == 14
    assert told[-1].name.startswith("batch-")


def test_what_was_not_attributed_yet_waits(database: Database) -> None:
    wei = fill(database, 1)
    announce(database, numbered(2), now=LATER)

    assert alert_due(database, LATER).announcements == 1
    add_paper(database, numbered(2), wei)
    assert alert_due(database, LATER).queued == 1
    with database.reading() as session:
        assert marks.find_mark(session, Stage.ALERT) == marks.find_mark(session, Stage.ATTRIBUTE)


def test_a_crash_in_the_middle_repeats_nothing_and_skips_nothing(database: Database) -> None:
    fill(database, 5)
    heard: list[Edition] = []

    def die(alert: Edition) -> None:
        heard.append(alert)
        if len(heard) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        alert_due(database, LATER, on_alert=die)
    assert list_alerts(database) == []

    assert alert_due(database, LATER).queued == 5
    assert len(set(names(list_alerts(database)))) == 5


def test_a_second_look_at_the_same_stretch_queues_nothing(database: Database) -> None:
    fill(database, 3)
    alert_due(database, LATER)
    with database.writing() as session:
        marks.lock_mark(session, Stage.ALERT)
        marks.move_mark(session, Stage.ALERT, START)

    assert alert_due(database, LATER).queued == 0
    assert len(list_alerts(database)) == 3


def test_two_processes_at_once_tell_everything_once(database: Database) -> None:
    fill(database, 8)
    other = Database(database.url)
    start = Barrier(2)

    def run(opened: Database) -> AlertReport:
        start.wait(timeout=10)
        return alert_due(opened, LATER)

    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(run, [database, other]))
    other.close()

    assert sum(report.queued for report in reports) == 8
    assert len(set(names(list_alerts(database)))) == len(list_alerts(database)) == 8


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────

KEY = "k" * 40
SETTINGS = Settings(public_url="https://digest.example.org/", telegram=TelegramSettings(token=SecretStr("1:a")))


def test_an_alert_becomes_a_mail_with_links_that_work(database: Database) -> None:
    wei = fill(database, 1)
    alert_due(database, LATER)
    tokens = Tokens([KEY])
    with database.writing() as session:
        (delivery,) = deliveries.claim_deliveries(session, ["email"], LATER, timedelta(minutes=1), 5)
    with database.reading() as session:
        known = papers.load_papers(session, [delivery.edition.entries[0].paper_id])
    presenter = Presenter(SETTINGS, tokens)

    message: Any = presenter.render(delivery, known, MessageForm.MAIL)

    paper_id = delivery.edition.entries[0].paper_id
    assert message.subject == f"P{wei}: On Paper 1"
    assert message.message_id.startswith(f"alert.new-{paper_id}.{delivery.edition.channel_id}@")
    assert message.headers["References"].startswith(f"<thread.follow-{wei}.{delivery.edition.channel_id}@")
    answer, stop = (
        message.text.partition(f"https://digest.example.org/{page}/")[2].split()[0].partition("?")[0]
        for page in ("is-it-them", "follow")
    )
    assert tokens.read(Purpose.ANSWER, answer, LATER).about == (wei, paper_id)
    assert tokens.read(Purpose.FOLLOW, stop, LATER).about == (wei,)
    assert presenter.render(delivery, known, MessageForm.MAIL) == message
    chat: Any = presenter.render(delivery, known, MessageForm.CHAT)
    refusal, rating, _ = chat.keyboards[0]
    assert [button.data.partition(".")[0] for button in refusal] == [f"is:n:{wei}:{paper_id}"]
    assert rating[0].data.startswith(f"ra:m:y:{paper_id}:0.")


def test_sent_papers_of_an_event_point_to_the_first_delivery(database: Database) -> None:
    wei = add_person(database)
    add_reader(database, wei, events=ALL)
    add_paper(database, numbered(1), wei)
    alert_due(database, LATER)
    happen(database, AnnouncementKind.WITHDRAWN)
    alert_due(database, LATER)

    with database.reading() as session:
        (sent,) = session.scalars(select(SentPaperRow))
        first = session.scalars(select(DeliveryRow.id).order_by(DeliveryRow.id)).first()
    assert sent.delivery_id == first
    assert len(list_alerts(database)) == 2


def test_interests_alone_bring_no_alert(database: Database) -> None:
    subscribe(database, "ada@example.org", "experts")
    add_paper(database, numbered(1))

    assert alert_due(database, LATER) == AlertReport(announcements=1)
