"""Mails that come in, against real databases: what each leads to, once, for whom it is about and nobody else."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.model import LetterKind
from digest.pipeline.postbox import Postbox, Taken, take_incoming, take_mail
from digest.postbox.findings import Finding, Incoming, Verdict
from digest.storage.letter_tables import LetterRow
from digest.storage.letters import add_letter
from subscribers import store
from subscribers.bounces import Action
from subscribers.db import Database
from subscribers.lifecycle_tables import RequestRow
from subscribers.model import (
    ChannelStatus,
    RequestKind,
    RequestState,
    SubscriberStatus,
    SubscriberView,
    SuppressionReason,
)
from subscribers.reports import refused
from subscribers.store.bounces import find_standing
from subscribers.store.suppressions import find_suppression
from subscribers.tokens import Purpose, TokenSubject
from subscribers.verp import LETTER
from tests.bouncing import mail, make_postbox, request_mail
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.people import subscribe

ADA = "ada@example.org"
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def postbox(database: Database, clock: FixedClock) -> Postbox:
    return make_postbox(database, clock)


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, ADA, "experts")


def look(database: Database, ada: SubscriberView) -> SubscriberView:
    with database.reading() as session:
        return store.view_subscriber(session, ada.id)


def ask(database: Database, question: Callable[[Session], object]) -> object:
    with database.reading() as session:
        return question(session)


def queued(database: Database) -> list[LetterRow]:
    with database.reading() as session:
        return list(session.scalars(select(LetterRow).order_by(LetterRow.id)))


def write_letter(database: Database, kind: LetterKind, address: str, **about: int) -> int:
    with database.writing() as session:
        return add_letter(session, kind, address, NOON, about=about)


def bounce_for(postbox: Postbox, clock: FixedClock, channel_id: int, days: int) -> list[Action]:
    """Let mail to a channel bounce hard on so many days in a row."""
    actions = []
    for day in range(days):
        actions.append(take_mail(postbox, mail("postfix_unknown_user", channel_id, message_id=f"day-{day}")).action)
        clock.advance(DAY)
    return actions


def test_the_whole_way_from_the_first_bounce_to_suppression(
    database: Database, postbox: Postbox, clock: FixedClock, ada: SubscriberView
) -> None:
    channel = ada.channels[0]
    actions = bounce_for(postbox, clock, channel.id, 4)
    (probe,) = queued(database)

    assert actions == [Action.NOTHING] * 3 + [Action.PROBE]
    assert (probe.kind, probe.address, probe.about) == (LetterKind.PROBE, ADA, {"channel": channel.id})
    assert look(database, ada).channels[0].status is ChannelStatus.OPEN

    ended = take_mail(postbox, mail("gmail_unknown_user", probe.id, LETTER))
    after = look(database, ada)
    assert ended.action is Action.STOP
    assert (after.channels[0].status, after.status) == (ChannelStatus.CLOSED, SubscriberStatus.SUPPRESSED)
    assert ask(database, lambda s: find_suppression(s, "email", ADA)) is SuppressionReason.BOUNCED


def test_a_probe_that_comes_through_leaves_everything_open(
    database: Database, postbox: Postbox, clock: FixedClock, ada: SubscriberView
) -> None:
    bounce_for(postbox, clock, ada.channels[0].id, 4)
    clock.advance(30 * DAY)

    assert (
        take_mail(postbox, mail("postfix_unknown_user", ada.channels[0].id, message_id="later")).action
        is Action.NOTHING
    )
    assert look(database, ada).channels[0].status is ChannelStatus.OPEN


def test_the_same_mail_twice_counts_once(postbox: Postbox, ada: SubscriberView) -> None:
    raw = mail("qmail_unknown_user", ada.channels[0].id)

    assert [take_mail(postbox, raw).is_new for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    "name",
    [
        "postfix_delayed",
        "postfix_delivered",
        "postfix_policy_spam",
        "gmail_dmarc",
        "exchange_group_restricted",
        "vacation_rfc3834",
        "challenge_response",
        "arf_not_spam",
        "person_quoting_the_digest",
        "two_recipients_one_reached",
    ],
)
def test_what_says_nothing_about_the_address_changes_nothing(
    name: str, database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    taken = take_mail(postbox, mail(name, ada.channels[0].id))

    assert taken.action is Action.NOTHING
    assert ask(database, lambda s: find_standing(s, ada.channels[0].id)) is None
    assert queued(database) == []


@pytest.mark.parametrize("name", ["arf_yahoo", "arf_outlook_jmrp"])
def test_a_complaint_stops_at_once(name: str, database: Database, postbox: Postbox, ada: SubscriberView) -> None:
    """One quotes the return path, the other only the unsubscribe link of the mail."""
    assert take_mail(postbox, mail(name, ada.channels[0].id)).action is Action.STOP
    assert look(database, ada).channels[0].status is ChannelStatus.CLOSED
    assert ask(database, lambda s: find_suppression(s, "email", ADA)) is SuppressionReason.COMPLAINED


@pytest.mark.parametrize("name", ["unsigned_forged", "arf_forged"])
def test_a_forged_report_changes_nothing(name: str, database: Database, postbox: Postbox, ada: SubscriberView) -> None:
    raw = mail(name, ada.channels[0].id).replace(b"ada@example.net", ADA.encode())

    assert take_mail(postbox, raw) == Taken(take_mail(postbox, raw).finding)
    assert look(database, ada) == ada


def test_a_report_about_somebody_erased_is_no_error(postbox: Postbox) -> None:
    assert take_mail(postbox, mail("postfix_unknown_user", 4711)).action is Action.NOTHING
    assert take_mail(postbox, mail("postfix_unknown_user", 4711, LETTER)).action is Action.NOTHING


def test_a_letter_to_an_address_the_channel_had_before_says_nothing_about_the_new_one(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    letter = write_letter(database, LetterKind.MOVING, "old@example.org", channel=ada.channels[0].id)
    take_mail(postbox, mail("postfix_unknown_user", letter, LETTER))

    assert ask(database, lambda s: find_standing(s, ada.channels[0].id)) is None
    assert look(database, ada).channels[0].status is ChannelStatus.OPEN


def test_a_welcome_that_bounces_counts_for_its_channel(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    letter = write_letter(database, LetterKind.WELCOME, ADA, channel=ada.channels[0].id)

    assert take_mail(postbox, mail("postfix_unknown_user", letter, LETTER)).is_new
    standing = ask(database, lambda s: find_standing(s, ada.channels[0].id))
    assert getattr(standing, "score", None) == 1.0


@pytest.mark.parametrize(
    ("name", "reason", "state"),
    [
        ("postfix_unknown_user", SuppressionReason.BOUNCED, RequestState.ASKED),
        ("postfix_over_quota", None, RequestState.ASKED),
        ("arf_yahoo", SuppressionReason.COMPLAINED, RequestState.CANCELLED),
    ],
)
def test_a_confirmation_that_bounces_or_is_called_spam(
    name: str, reason: SuppressionReason | None, state: RequestState, database: Database, postbox: Postbox
) -> None:
    with database.writing() as session:
        row = RequestRow(
            kind=RequestKind.SIGNUP.value,
            address="new@example.org",
            state=RequestState.ASKED.value,
            created_at=NOON,
            expires_at=NOON + 2 * DAY,
        )
        session.add(row)
        session.flush()
        request_id = row.id
    letter = write_letter(database, LetterKind.CONFIRM, "new@example.org", request=request_id)
    take_mail(postbox, mail(name, letter, LETTER))

    with database.reading() as session:
        assert find_suppression(session, "email", "new@example.org") is reason
        assert session.get_one(RequestRow, request_id).state == state


def test_an_unsubscribe_mail_does_what_the_link_does(database: Database, postbox: Postbox, ada: SubscriberView) -> None:
    subject = TokenSubject(ada.channels[0].id, ada.id)
    raw = request_mail("unsubscribe", Purpose.UNSUBSCRIBE, subject, NOON - 2000 * DAY)

    assert [take_mail(postbox, raw).finding.verdict for _ in range(2)] == [Verdict.REQUEST] * 2
    assert look(database, ada).status is SubscriberStatus.UNSUBSCRIBED
    assert ask(database, lambda s: find_suppression(s, "email", ADA)) is None


def test_a_mail_can_stop_the_alerts_alone(database: Database, postbox: Postbox, ada: SubscriberView) -> None:
    subject = TokenSubject(ada.channels[0].id, ada.id)
    take_mail(postbox, request_mail("stop-alerts", Purpose.STOP_ALERTS, subject, NOON))
    channel = look(database, ada).channels[0]

    assert (channel.takes_alerts, channel.status) == (False, ChannelStatus.OPEN)


def test_a_mail_can_cancel_a_request(database: Database, postbox: Postbox) -> None:
    with database.writing() as session:
        session.add(
            RequestRow(
                kind=RequestKind.SIGNUP.value,
                address="new@example.org",
                state=RequestState.ASKED.value,
                created_at=NOON,
                expires_at=NOON + DAY,
            )
        )
    take_mail(postbox, request_mail("cancel", Purpose.CANCEL, TokenSubject(0, 0, (1,)), NOON))

    assert ask(database, lambda s: s.get_one(RequestRow, 1).state) == RequestState.CANCELLED


@pytest.mark.parametrize("verb", ["unsubscribe", "stop-alerts", "cancel"])
def test_a_token_for_something_else_does_nothing(
    verb: str, database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    raw = request_mail(verb, Purpose.MANAGE, TokenSubject(ada.channels[0].id, ada.id), NOON)

    assert take_mail(postbox, raw).finding.verdict is Verdict.PERSON
    assert look(database, ada) == ada


def vouched(address: str, verdict: Verdict = Verdict.HARD, key: str = "v" * 64) -> Incoming:
    return Incoming(finding=Finding(verdict=verdict, recipient=address), key=key, is_vouched=True)


def test_a_provider_that_signs_its_reports_may_name_an_address(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    assert take_incoming(postbox, vouched("ADA@Example.org")).is_new
    assert not take_incoming(postbox, vouched("stranger@example.org")).is_ours
    assert not take_incoming(postbox, vouched("no address")).is_ours
    assert take_incoming(postbox, vouched(ADA, Verdict.COMPLAINT, "w" * 64)).action is Action.STOP
    assert look(database, ada).status is SubscriberStatus.SUPPRESSED


def test_a_channel_that_was_closed_meanwhile_stays_as_it_is(
    database: Database, postbox: Postbox, clock: FixedClock, ada: SubscriberView
) -> None:
    with database.writing() as session:
        refused(session, NOON, ada.channels[0].id, "550 5.1.1 gone")
    before = look(database, ada)

    assert bounce_for(postbox, clock, ada.channels[0].id, 8) == [Action.NOTHING] * 8
    assert look(database, ada) == before
    assert queued(database) == []
