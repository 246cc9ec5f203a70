"""Rates, warm-up and pauses on a real outbox with thousands of messages: what must wait does not hold up the others."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select

from digest.errors import NotifierError, Refusal
from digest.model import Address, DeliveryState, RetryPolicy, Settlement
from digest.notifiers.smtp_outcomes import Stage, judge_reply
from digest.pipeline.deliver import DeliveryReport, Outbox, deliver_due
from digest.pipeline.pacer import LOOK_BACK, PAUSE, Hold, Pacer
from digest.pipeline.pacing import SLICE, domain_of, read_rates
from digest.pipeline.watch.pauses import tell_pause
from digest.settings import SmtpSettings
from digest.storage import deliveries, notices
from digest.storage.editions import to_payload
from digest.storage.tables import DeliveryRow
from subscribers.db import Database
from subscribers.schedule import zone_of
from subscribers.tables import ChannelRow, SubscriberRow
from tests.factories import NOON, edition, paper
from tests.fakes import FixedClock, RecordingNotifier, render_plainly
from tests.people import announce

pytestmark = pytest.mark.anyio
CROWD = 3_000
LEASE = timedelta(minutes=10)
SMTP = SmtpSettings(host="mail.example.org", sender="d@example.org")


class Post:
    """An outbox, and the one process that works on it."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.notifier = database, FixedClock(NOON), RecordingNotifier()
        announce(database, paper("2611.00001"))
        self.begin()

    def begin(self, *rates: str, warm_up_from: date | None = None) -> None:
        """Start the process, or start it once more: what it remembered is gone."""
        self.pacer = Pacer(rates=read_rates(rates), warm_up_from=warm_up_from, zone=zone_of("UTC"))

    def queue(self, domain: str, number: int) -> None:
        """Queue a message to so many readers at a domain, all due now, after those that wait already."""
        with self.database.writing() as session:
            first = (session.scalar(select(func.max(ChannelRow.id))) or 0) + 1
            ids = range(first, first + number)
            session.execute(insert(SubscriberRow), [_person(each) for each in ids])
            session.execute(insert(ChannelRow), [_channel(each, domain) for each in ids])
            session.execute(insert(DeliveryRow), [_delivery(each) for each in ids])

    async def deliver(self) -> DeliveryReport:
        outbox = Outbox(
            database=self.database,
            notifiers={"email": self.notifier},
            render=render_plainly,  # type: ignore[arg-type]  # a dict is all the papers it needs
            clock=self.clock,
            policy=RetryPolicy(),
            lease=LEASE,
            pacer=self.pacer,
        )
        return await deliver_due(outbox)

    @property
    def sent(self) -> dict[str, int]:
        return dict(Counter(domain_of(address) for address, _ in self.notifier.sent))


def _person(number: int) -> dict[str, Any]:
    person = {"name": "Ada", "kind": "person", "status": "confirmed", "language": "en", "created_at": NOON}
    return {"id": number, **person}


def _channel(number: int, domain: str) -> dict[str, Any]:
    times = {"verified_at": NOON, "next_due_at": NOON, "created_at": NOON, "send_at": NOON.time()}
    place = {"kind": "email", "address": f"reader{number}@{domain}", "timezone": "UTC", "status": "open", "cap": 25}
    return {"id": number, "subscriber_id": number, "closed_reason": "", "watermark": 0, **place, **times}


def _delivery(number: int) -> dict[str, Any]:
    state = {"state": "pending", "claim": 0, "attempts": 0, "parts_sent": 0, "detail": ""}
    times = {"next_attempt_at": NOON, "created_at": NOON}
    payload = to_payload(edition(1))
    return {"channel_id": number, "kind": "digest", "edition": "2026-11-20", "payload": payload, **state, **times}


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


def refuse(code: int, text: str) -> NotifierError:
    return judge_reply(Stage.CONTENT, code, text, SMTP)


async def test_a_wave_to_one_domain_does_not_hold_up_the_others(post: Post) -> None:
    post.begin("gmail.com=120")
    post.queue("gmail.com", CROWD)
    post.queue("example.org", 100)
    report = await post.deliver()

    assert post.sent == {"gmail.com": 10, "example.org": 100}
    assert report.held == {"gmail.com gets 120 mails an hour": NOON + SLICE}


async def test_what_was_held_back_goes_out_slice_by_slice_and_costs_no_attempt(post: Post) -> None:
    post.begin("*=120")
    post.queue("gmail.com", 25)
    for _ in range(3):
        await post.deliver()
        post.clock.advance(SLICE)

    assert post.sent == {"gmail.com": 25}
    with post.database.reading() as session:
        assert session.scalar(select(func.sum(DeliveryRow.attempts))) == 0
        assert deliveries.count_deliveries(session) == {DeliveryState.SENT: 25}


async def test_a_process_that_starts_knows_what_went_out_before(post: Post) -> None:
    post.begin("gmail.com=120")
    post.queue("gmail.com", 30)
    await post.deliver()
    post.begin("gmail.com=120")
    await post.deliver()

    assert post.sent == {"gmail.com": 10}


async def test_a_warm_up_sends_so_many_a_day(post: Post) -> None:
    post.begin(warm_up_from=NOON.date())
    post.queue("example.org", 200)
    report = await post.deliver()
    assert (post.sent, list(report.held)) == ({"example.org": 50}, ["the warm-up has sent what it may today"])

    post.clock.advance(timedelta(days=1))
    await post.deliver()
    assert post.sent == {"example.org": 125}


async def test_one_domain_that_says_too_many_is_left_alone_and_the_others_are_not(post: Post) -> None:
    post.queue("gmail.com", 20)
    post.queue("example.org", 20)
    post.notifier.outcomes = [refuse(421, "4.7.28 Our system has detected an unusual rate of mail")]
    await post.deliver()
    assert post.sent == {"example.org": 20}

    post.clock.advance(SLICE)
    await post.deliver()
    assert post.sent == {"example.org": 20, "gmail.com": 1}


async def test_greylisting_is_tried_again_a_little_later(post: Post) -> None:
    post.queue("gmail.com", 3)
    post.notifier.outcomes = [refuse(451, "4.7.1 Greylisted, try again in a minute")]
    await post.deliver()
    post.clock.advance(timedelta(minutes=1))
    await post.deliver()

    assert post.sent == {"gmail.com": 3}


async def test_a_spike_of_refusals_pauses_mail_and_tells_the_operator_once(post: Post) -> None:
    post.queue("gmail.com", 60)
    post.notifier.outcomes = [refuse(550, "5.7.26 This mail is unauthenticated")] * 60
    report = await post.deliver()
    assert len(post.notifier.outcomes) == 55
    assert report.paused is not None
    assert "5.7.26" in report.paused.why

    again = await post.deliver()
    assert (len(post.notifier.outcomes), again.paused) == (55, None)
    post.notifier.outcomes = []
    post.clock.advance(PAUSE)
    await post.deliver()
    assert post.sent == {"gmail.com": 60}


def test_a_pause_is_told_to_every_target(database: Database) -> None:
    pacer = Pacer(zone=zone_of("UTC"))
    for number in range(5):
        until = pacer.note_refused(f"reader{number}@example.org", Refusal.POLICY, NOON)
    assert until == NOON + PAUSE

    for _ in range(2):
        tell_pause(database, [Address("telegram", "42")], Hold(until, "550 5.7.26 unauthenticated"), NOON)
    with database.writing() as session:
        (notice,) = notices.claim_notices(session, "telegram", NOON, LEASE, 10)
    assert ("paused" in notice.subject, "5.7.26" in notice.text) == (True, True)


async def test_where_nothing_is_set_nothing_is_counted(post: Post) -> None:
    post.queue("gmail.com", 5)
    statements: list[str] = []
    event.listen(post.database.engine, "before_cursor_execute", lambda *each: statements.append(each[2]))
    await post.deliver()

    assert post.sent == {"gmail.com": 5}
    assert not [each for each in statements if "max(deliveries.id)" in each or "channels.address NOT IN" in each]


def test_what_was_sent_is_listed_among_the_newest(post: Post) -> None:
    post.queue("gmail.com", 5)
    with post.database.writing() as session:
        claimed = deliveries.claim_deliveries(session, ["email"], NOON, LEASE, 2)
        assert len(claimed) == 2
        for each in claimed:
            deliveries.record_settlement(session, each, Settlement(state=DeliveryState.SENT), NOON)
    with post.database.reading() as session:
        sent = deliveries.list_sent(session, "email", NOON - timedelta(hours=1), LOOK_BACK)
        older = deliveries.list_sent(session, "email", NOON + timedelta(hours=1), LOOK_BACK)
        newest = deliveries.list_sent(session, "email", NOON - timedelta(hours=1), 3)

    assert ([domain_of(address) for address, _ in sent], older, newest) == (["gmail.com"] * 2, [], [])
