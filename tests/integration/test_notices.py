"""The operator's outbox: each notice arrives once at each address, by what still works."""

import asyncio
from datetime import timedelta
from typing import Self

import pytest
from sqlalchemy import select, update

from digest.errors import AddressChanged, NotifierError, NotifierUnusable
from digest.model import Address, MailMessage, Message, MessageForm, Receipt
from digest.model.watch import Note, Notice
from digest.notifiers.email import make_notifier
from digest.pipeline.compose import compose_due
from digest.pipeline.watch.alarms import raise_alarms
from digest.pipeline.watch.notices import LEASE, NoticeReport, deliver_notices
from digest.pipeline.watch.notifier_alarms import raise_notifier_alarms
from digest.settings import Settings, SmtpSettings
from digest.storage import notices
from digest.storage.tables import DeliveryRow, NoticeRow
from subscribers.db import Database
from tests.factories import NOON, paper
from tests.fakes import FixedClock, RecordingNotifier
from tests.people import announce, subscribe
from tests.servers.smtp import SmtpServer

pytestmark = pytest.mark.anyio
OPS = Address("email", "ops@example.org")
PHONE = Address("telegram", "123456")
NOTE = Note(key="source:arxiv:cs.CL", subject="arxiv:cs.CL is late", text="Since 06:00.")


def queue(database: Database, *addresses: Address, note: Note = NOTE) -> None:
    with database.writing() as session:
        for address in addresses or (OPS,):
            notices.add_notice(session, note, address, NOON)


async def deliver(database: Database, *notifiers: RecordingNotifier, now: FixedClock | None = None) -> NoticeReport:
    by_kind = {notifier.kind: notifier for notifier in notifiers}
    return await deliver_notices(database, by_kind, now or FixedClock(NOON), title="Lab Papers")


def rows(database: Database) -> list[NoticeRow]:
    with database.reading() as session:
        return list(session.scalars(select(NoticeRow).order_by(NoticeRow.id)))


async def test_a_notice_is_queued_once_and_sent_once(database: Database) -> None:
    queue(database)
    queue(database)
    mail = RecordingNotifier()
    reports = [await deliver(database, mail), await deliver(database, mail)]

    assert [report.sent for report in reports] == [1, 0]
    assert [address for address, _ in mail.sent] == ["ops@example.org"]
    assert (rows(database)[0].is_sent, rows(database)[0].detail) == (True, "ok")


async def test_a_mail_carries_the_service_in_its_subject_and_the_same_id_each_time(database: Database) -> None:
    queue(database)
    mail = RecordingNotifier(outcomes=[NotifierError("later")])
    mail.form = MessageForm.MAIL
    clock = FixedClock(NOON)
    await deliver(database, mail, now=clock)
    clock.advance(timedelta(minutes=1))
    await deliver(database, mail, now=clock)

    ((_, message),) = mail.sent
    assert isinstance(message, MailMessage)
    assert (message.subject, message.message_id) == ("Lab Papers: arxiv:cs.CL is late", "notice.1.20261120T120000")


async def test_two_workers_at_once_send_it_once(database: Database) -> None:
    queue(database, *(Address("email", f"ops{n}@example.org") for n in range(10)))
    workers = [RecordingNotifier() for _ in range(4)]
    await asyncio.gather(*(deliver(database, worker) for worker in workers))

    sent = [address for worker in workers for address, _ in worker.sent]
    assert sorted(sent) == sorted({f"ops{n}@example.org" for n in range(10)})


async def test_a_broken_way_holds_up_no_other_and_is_not_knocked_at_again_and_again(database: Database) -> None:
    queue(database, OPS, Address("email", "second@example.org"), PHONE)
    mail, phone = RecordingNotifier(outcomes=[NotifierUnusable("535 wrong password")]), RecordingNotifier("telegram")
    report = await deliver(database, mail, phone)

    assert (report.sent, report.retried, report.unusable) == (1, 2, {"email": "535 wrong password"})
    assert (mail.sent, len(phone.sent)) == ([], 1)
    assert [row.next_attempt_at for row in rows(database)[:2]] == [NOON + timedelta(minutes=5)] * 2


async def test_a_notifier_that_cannot_even_get_ready_gives_its_notices_back(database: Database) -> None:
    class Unready(RecordingNotifier):
        async def __aenter__(self) -> Self:
            raise NotifierUnusable("no route")

    queue(database)
    report = await deliver(database, Unready())

    assert (report.retried, report.unusable) == (1, {"email": "no route"})


async def test_what_cannot_be_sent_for_three_days_is_given_up(database: Database) -> None:
    queue(database)
    clock = FixedClock(NOON)
    report = NoticeReport()
    tries = 0
    while not report.given_up:
        report = await deliver(database, RecordingNotifier(outcomes=[NotifierError("later")]), now=clock)
        tries += report.retried
        clock.now = max(clock.now + timedelta(seconds=1), rows(database)[0].next_attempt_at)

    assert clock.now - NOON > timedelta(days=3)
    assert (tries, rows(database)[0].is_sent) == (77, False)
    assert rows(database)[0].settled_at is not None


async def test_a_notice_for_a_kind_without_a_notifier_waits_and_is_given_up_too(database: Database) -> None:
    queue(database, PHONE)

    assert await deliver(database, RecordingNotifier()) == NoticeReport()
    assert (await deliver(database, now=FixedClock(NOON + timedelta(days=4)))).given_up == 1


async def test_an_address_that_does_not_exist_is_given_up_at_once(database: Database) -> None:
    queue(database)
    report = await deliver(database, RecordingNotifier(outcomes=[NotifierError("no such user", permanent=True)]))

    assert (report.given_up, rows(database)[0].detail) == (1, "no such user")


async def test_a_chat_that_moved_gets_it_at_its_new_address_and_the_row_says_so(database: Database) -> None:
    queue(database, PHONE)
    phone = RecordingNotifier("telegram", outcomes=[AddressChanged("-100777")])
    await deliver(database, phone)

    assert [address for address, _ in phone.sent] == ["-100777"]
    assert "change DIGEST_OPERATOR__ALERTS" in rows(database)[0].detail


async def test_a_fault_of_ours_stops_no_other_notice(database: Database) -> None:
    queue(database, OPS, Address("email", "second@example.org"))
    report = await deliver(database, RecordingNotifier(outcomes=[KeyError("poison")]))

    assert (report.retried, report.sent) == (1, 1)


async def test_a_worker_that_was_overtaken_writes_nothing_down(database: Database) -> None:
    class Slow(RecordingNotifier):
        async def send(self, message: Message, address: Address) -> Receipt:
            with database.writing() as session:
                notices.claim_notices(session, "email", NOON + LEASE, LEASE, 9)
            return await super().send(message, address)

    queue(database)
    report = await deliver(database, Slow())

    assert (report.sent, rows(database)[0].settled_at) == (0, None)


def test_a_claim_is_for_one_kind_and_not_for_one_that_only_begins_like_it(database: Database) -> None:
    queue(database, OPS, Address("email%", "x"), Address("email-archive", "y"))
    with database.writing() as session:
        claimed: list[Notice] = notices.claim_notices(session, "email", NOON, LEASE, 9)

    assert [notice.address for notice in claimed] == [OPS]


def fail_all(database: Database, fault: str = "535 wrong password") -> None:
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(detail=fault, created_at=NOON))


async def test_a_kind_that_sends_nothing_for_an_hour_is_told_once_and_once_when_it_is_over(database: Database) -> None:
    subscribe(database, "ada@example.org", "experts")
    announce(database, paper())
    compose_due(database, NOON, is_forced=True)
    fail_all(database)
    looks = [NOON + timedelta(minutes=minutes) for minutes in (59, 60, 61, 600)]

    assert [raise_notifier_alarms(database, (OPS, PHONE), now) for now in looks] == [(), *[("email",)] * 3]
    assert [row.subject for row in rows(database)] == ["Nothing can be sent by email"] * 2
    assert raise_alarms(database, [], (OPS,), NOON).dropped == ()
    with database.writing() as session:
        session.execute(update(DeliveryRow).values(state="sent", settled_at=NOON + timedelta(hours=11)))
    for _ in range(2):
        raise_notifier_alarms(database, (OPS, PHONE), NOON + timedelta(hours=12))
    assert [row.subject for row in rows(database)[2:]] == ["email is well again"] * 2


@pytest.mark.parametrize("fault", ["", "handed back"])
def test_a_long_queue_is_no_broken_notifier(database: Database, fault: str) -> None:
    subscribe(database, "ada@example.org", "experts")
    announce(database, paper())
    compose_due(database, NOON, is_forced=True)
    fail_all(database, fault)

    assert raise_notifier_alarms(database, (OPS,), NOON + timedelta(hours=9)) == ()


def test_a_notifier_that_sent_something_within_the_hour_works(database: Database) -> None:
    for name in ("ada", "bob"):
        subscribe(database, f"{name}@example.org", "experts")
    announce(database, paper())
    compose_due(database, NOON, is_forced=True)
    fail_all(database)
    sent = update(DeliveryRow).where(DeliveryRow.id == 1)
    with database.writing() as session:
        session.execute(sent.values(state="sent", settled_at=NOON + timedelta(hours=2)))

    assert raise_notifier_alarms(database, (OPS,), NOON + timedelta(hours=2, minutes=30)) == ()
    assert raise_notifier_alarms(database, (OPS,), NOON + timedelta(hours=3, minutes=30)) == ("email",)


async def test_a_notice_leaves_by_smtp_marked_as_written_by_a_machine(database: Database) -> None:
    queue(database)
    with SmtpServer() as server:
        smtp = SmtpSettings(host=server.host, port=server.port, security="none", sender="digest@example.org")
        mail = make_notifier(Settings(smtp=smtp))
        assert mail is not None
        report = await deliver_notices(database, {"email": mail}, FixedClock(NOON), title="Lab Papers")

    assert report.sent == 1
    (received,) = server.mails
    assert b"Auto-Submitted: auto-generated" in received.data
    assert b"Subject: Lab Papers: arxiv:cs.CL is late" in received.data
