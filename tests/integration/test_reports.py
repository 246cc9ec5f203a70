"""Bounces, complaints and refusals against real databases: what is closed, suppressed, logged, and what stays."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from subscribers import service, store
from subscribers.bounces import Action, Ladder, Report
from subscribers.db import Database
from subscribers.lifecycle_tables import ReportRow
from subscribers.model import (
    AddressSuppressed,
    ChannelStatus,
    EventKind,
    InvalidAddress,
    SubscriberStatus,
    SubscriberView,
    SuppressionReason,
)
from subscribers.reports import (
    COMPLAINED,
    REPORTS_KEPT_FOR,
    Incident,
    Reported,
    forget_old_reports,
    lift,
    refused,
    reported,
    suppress_address,
)
from subscribers.store.bounces import count_bouncing, find_standing, list_bouncing
from subscribers.store.suppressions import find_suppression
from subscribers.tables import SubscriberEventRow
from tests.subscriptions import NOON, OPERATOR, channel_wish, registration, subscribed, telegram_wish

LADDER = Ladder()
ADA, BOB = "ada@example.org", "bob@example.org"


def incident(key: str = "a", report: Report = Report.HARD, **fields: Any) -> Incident:
    return Incident(key=key * 64, report=report, detail="550 5.1.1 no such user", **fields)


def bounce_daily(session: Session, channel_id: int, days: int, first: int = 0) -> list[Reported]:
    """Bounce hard on so many days in a row."""
    return [
        reported(session, NOON + timedelta(days=day), channel_id, incident(chr(ord("a") + day)), LADDER)
        for day in range(first, first + days)
    ]


def view(session: Session, who: SubscriberView) -> SubscriberView:
    return store.view_subscriber(session, who.id)


def kinds_of(session: Session, who: SubscriberView) -> list[str]:
    rows = session.query(SubscriberEventRow).filter_by(subscriber_id=who.id).order_by(SubscriberEventRow.id)
    return [row.kind for row in rows]


def test_the_fourth_day_of_bounces_asks_for_a_probe_and_closes_nothing(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        actions = [each.action for each in bounce_daily(session, ada.channels[0].id, 4)]

        assert actions == [Action.NOTHING] * 3 + [Action.PROBE]
        assert view(session, ada).channels[0].status is ChannelStatus.OPEN
        assert find_suppression(session, "email", ADA) is None


def test_a_probe_that_bounces_closes_the_channel_and_suppresses_the_address(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        bounce_daily(session, ada.channels[0].id, 4)
        ended = reported(session, NOON + timedelta(days=4), ada.channels[0].id, incident("p", is_probe=True), LADDER)

        assert ended.action is Action.STOP
        assert ended.channel is not None
        assert ended.channel.closed_reason == "Mail to this address bounces: 550 5.1.1 no such user"
        assert find_suppression(session, "email", ADA) is SuppressionReason.BOUNCED
        assert view(session, ada).status is SubscriberStatus.SUPPRESSED
        assert kinds_of(session, ada)[-3:] == [EventKind.BOUNCED, EventKind.CHANNEL_CLOSED, EventKind.SUPPRESSED]
        assert find_standing(session, ada.channels[0].id) is None


def test_the_same_report_counts_once(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        first = reported(session, NOON, ada.channels[0].id, incident(), LADDER)
        again = reported(session, NOON + timedelta(days=1), ada.channels[0].id, incident(), LADDER)

        assert (first.is_new, again.is_new) == (True, False)
        assert kinds_of(session, ada).count(EventKind.BOUNCED) == 1


def test_a_day_counts_once_and_its_hardest_report_wins_across_transactions(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
    for number, report in enumerate([Report.SOFT, Report.HARD, Report.SOFT, Report.HARD]):
        with database.writing() as session:
            at = NOON + timedelta(hours=number)
            reported(session, at, ada.channels[0].id, incident(str(number), report), LADDER)
    with database.reading() as session:
        standing = find_standing(session, ada.channels[0].id)

        assert standing is not None
        assert (standing.score, standing.counted) == (1.0, 1.0)
        assert kinds_of(session, ada).count(EventKind.BOUNCED) == 2


def test_a_complaint_stops_at_once_and_leaves_the_other_channels_open(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, channel_wish(ADA), telegram_wish())
        ended = reported(session, NOON, ada.channels[0].id, incident(report=Report.COMPLAINT), LADDER)
        after = view(session, ada)

        assert ended.action is Action.STOP
        assert [each.status for each in after.channels] == [ChannelStatus.CLOSED, ChannelStatus.OPEN]
        assert after.channels[0].closed_reason == COMPLAINED
        assert after.status is SubscriberStatus.CONFIRMED
        assert find_suppression(session, "email", ADA) is SuppressionReason.COMPLAINED
        assert kinds_of(session, ada)[-3:] == [EventKind.COMPLAINED, EventKind.CHANNEL_CLOSED, EventKind.SUPPRESSED]


def test_a_complaint_after_leaving_still_suppresses(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.unsubscribe(session, NOON, ada.id)
        reported(session, NOON, ada.channels[0].id, incident(report=Report.COMPLAINT), LADDER)

        assert view(session, ada).status is SubscriberStatus.UNSUBSCRIBED
        assert find_suppression(session, "email", ADA) is SuppressionReason.COMPLAINED


def test_bounces_of_a_closed_channel_and_of_one_that_is_gone_change_nothing(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        service.unsubscribe(session, NOON, ada.id)
        late = reported(session, NOON, ada.channels[0].id, incident(), LADDER)
        gone = reported(session, NOON, 4711, incident("g"), LADDER)

        assert (late.action, late.is_new, gone.action, gone.channel) == (Action.NOTHING, True, Action.NOTHING, None)
        assert find_standing(session, ada.channels[0].id) is None
        assert find_suppression(session, "email", ADA) is None


def test_a_refusal_while_sending_closes_and_suppresses_an_email_address(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)

        assert refused(session, NOON, ada.channels[0].id, "550 5.1.1 no such user")
        assert not refused(session, NOON, ada.channels[0].id, "550 5.1.1 no such user")
        assert not refused(session, NOON, 4711, "")
        assert view(session, ada).status is SubscriberStatus.SUPPRESSED
        assert find_suppression(session, "email", ADA) is SuppressionReason.BOUNCED


def test_a_refusal_in_a_chat_closes_and_suppresses_nothing(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, telegram_wish())

        assert refused(session, NOON, ada.channels[0].id, "bot was blocked")
        assert view(session, ada).status is SubscriberStatus.CONFIRMED
        assert find_suppression(session, "telegram", "-1001234567890") is None


def test_who_was_suppressed_comes_back_by_confirming_alone(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        refused(session, NOON, ada.channels[0].id, "550 5.1.1 no such user")

        with pytest.raises(AddressSuppressed):
            subscribed(session)


def test_nobody_can_vouch_for_a_suppressed_address_even_after_an_erasure(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        reported(session, NOON, ada.channels[0].id, incident(report=Report.COMPLAINT), LADDER)
        service.erase(session, ada.id)
        bob = subscribed(session, channel_wish(BOB), name="Bob")

    with database.writing() as session, pytest.raises(AddressSuppressed):
        subscribed(session)
    with database.writing() as session, pytest.raises(AddressSuppressed):
        service.add_channel(session, NOON, bob.id, channel_wish(ADA), start_after=0, consent=OPERATOR)
    with database.writing() as session:
        assert subscribed(session, consent=None).channels[0].verified_at is None


def test_an_operator_lifts_a_suppression_and_subscribes_again(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        refused(session, NOON, ada.channels[0].id, "550 5.1.1 no such user")

        assert lift(session, "Ada@EXAMPLE.org")
        assert not lift(session, ADA)
        assert view(session, ada).channels[0].status is ChannelStatus.CLOSED
        back = subscribed(session)
        assert (back.id, back.channels[0].status) == (ada.id, ChannelStatus.OPEN)


def test_lifting_wants_an_address(database: Database) -> None:
    with database.writing() as session, pytest.raises(InvalidAddress):
        lift(session, "ada")


def test_an_address_without_a_channel_can_be_suppressed(database: Database) -> None:
    with database.writing() as session:
        assert suppress_address(session, NOON, "New@example.org", SuppressionReason.COMPLAINED)
        assert not suppress_address(session, NOON, "new@example.org", SuppressionReason.BOUNCED)
        assert find_suppression(session, "email", "new@example.org") is SuppressionReason.COMPLAINED


def test_suppression_outlives_an_erasure(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        reported(session, NOON, ada.channels[0].id, incident(report=Report.COMPLAINT), LADDER)
        service.erase(session, ada.id)

        assert find_suppression(session, "email", ADA) is SuppressionReason.COMPLAINED
        assert count_bouncing(session) == 0


def test_bouncing_channels_are_listed_newest_first(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        bob = service.subscribe(
            session, NOON, registration(channel_wish(BOB), name="Bob"), start_after=0, consent=None
        ).subscriber
        bounce_daily(session, ada.channels[0].id, 1)
        bounce_daily(session, bob.channels[0].id, 1, first=1)

        assert [each.address for each in list_bouncing(session, 10)] == [BOB, ADA]
        assert [each.address for each in list_bouncing(session, 1)] == [BOB]
        assert count_bouncing(session) == 2


def test_old_reports_are_forgotten(database: Database) -> None:
    def at(days: int) -> datetime:
        return NOON + timedelta(days=days)

    with database.writing() as session:
        ada = subscribed(session)
        bounce_daily(session, ada.channels[0].id, 2)

        assert forget_old_reports(session, NOON + REPORTS_KEPT_FOR + timedelta(hours=1)) == 1
        assert session.query(ReportRow).one().created_at == at(1)
