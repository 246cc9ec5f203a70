"""Reports that come late, twice or broken, against real databases: of an address given up, by two ways, in a batch."""

from datetime import datetime, timedelta
from typing import cast

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from digest.model import LetterKind
from digest.pipeline.postbox import MOST_AT_ONCE, Postbox, take_incoming, take_mail, take_post
from digest.postbox.findings import Finding, Incoming, Verdict
from digest.storage.letter_tables import LetterRow
from subscribers import service, store
from subscribers.bounces import Action
from subscribers.db import Database
from subscribers.model import ChannelStatus, EventKind, SubscriberStatus, SubscriberView
from subscribers.store.bounces import find_standing
from subscribers.store.channels import readdress_channel
from subscribers.store.suppressions import count_suppressions
from subscribers.tables import SubscriberEventRow
from subscribers.tokens import Purpose, TokenSubject
from subscribers.verp import CHANNEL, LETTER, ReturnPath
from tests.bouncing import CORPUS, IN_CORPUS, TOKENS, mail, make_postbox, request_mail, return_path
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.people import subscribe

OLD, NEW = "ada@example.net", "ada@new.example"
DAY = timedelta(days=1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


@pytest.fixture
def postbox(database: Database, clock: FixedClock) -> Postbox:
    return make_postbox(database, clock)


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, OLD, "experts")


def move(database: Database, ada: SubscriberView, at: datetime) -> None:
    with database.writing() as session:
        assert readdress_channel(session, ada.channels[0].id, NEW, at)


def score_of(database: Database, view: SubscriberView) -> float | None:
    with database.reading() as session:
        standing = find_standing(session, view.channels[0].id)
    return None if standing is None else standing.score


def status_of(database: Database, view: SubscriberView) -> ChannelStatus:
    with database.reading() as session:
        return store.view_subscriber(session, view.id).channels[0].status


def returned(name: str, channel_id: int, sent_at: datetime) -> bytes:
    """Give a mail of the corpus that returns a mail of ours made then."""
    token = TOKENS.issue(Purpose.UNSUBSCRIBE, TokenSubject(channel_id, 3), NOON)
    other = TOKENS.issue(Purpose.UNSUBSCRIBE, TokenSubject(channel_id, 3), sent_at)
    return mail(name, channel_id).replace(token.encode(), other.encode())


# ── an address that was given up ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["postfix_unknown_user", "to_the_list_address", "arf_yahoo", "arf_outlook_jmrp"])
def test_a_late_report_of_the_old_address_says_nothing_about_the_new_one(
    name: str, database: Database, postbox: Postbox, clock: FixedClock, ada: SubscriberView
) -> None:
    move(database, ada, NOON + DAY)
    clock.advance(30 * DAY)
    taken = take_mail(postbox, returned(name, ada.channels[0].id, NOON))

    assert (taken.action, taken.is_new) == (Action.NOTHING, False)
    assert (score_of(database, ada), status_of(database, ada)) == (None, ChannelStatus.OPEN)


@pytest.mark.parametrize("name", ["postfix_unknown_user", "to_the_list_address"])
def test_a_report_of_mail_from_after_the_move_counts(
    name: str, database: Database, postbox: Postbox, clock: FixedClock, ada: SubscriberView
) -> None:
    move(database, ada, NOON + DAY)
    clock.advance(3 * DAY)

    assert take_mail(postbox, returned(name, ada.channels[0].id, NOON + 2 * DAY)).is_new
    assert score_of(database, ada) == 1.0


def test_a_bounce_that_names_the_old_address_alone_does_not_count(
    database: Database, postbox: Postbox, clock: FixedClock, ada: SubscriberView
) -> None:
    move(database, ada, NOON)
    clock.advance(30 * DAY)
    raw = mail("gmx_german_unknown", ada.channels[0].id).partition(b"--- The header")[0]
    status = mail("quotes_another_reader", ada.channels[0].id).partition(b"Content-Type: message/rfc822")[0]

    assert not take_mail(postbox, status).is_new  # “Final-Recipient: ada@example.net”
    assert take_mail(postbox, raw).is_new  # names nobody a machine could read, a month after the move


def test_what_the_old_address_did_is_not_held_against_the_new_one(
    database: Database, postbox: Postbox, clock: FixedClock, ada: SubscriberView
) -> None:
    for day in range(3):
        take_mail(postbox, mail("postfix_unknown_user", ada.channels[0].id, message_id=f"day-{day}"))
        clock.advance(DAY)
    move(database, ada, clock())
    clock.advance(timedelta(hours=1))
    assert take_mail(postbox, returned("postfix_over_quota", ada.channels[0].id, clock())).action is Action.NOTHING

    assert score_of(database, ada) == 0.5


def test_a_provider_that_names_the_old_address_says_nothing_about_the_new_one(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    move(database, ada, NOON)
    about = ReturnPath(CHANNEL, ada.channels[0].id)
    finding = Finding(verdict=Verdict.COMPLAINT, recipient=OLD)

    assert not take_incoming(postbox, Incoming(finding=finding, key="a" * 64, is_vouched=True)).is_ours
    assert not take_incoming(postbox, Incoming(finding=finding, key="b" * 64, about=about, is_vouched=True)).is_new
    assert status_of(database, ada) is ChannelStatus.OPEN


# ── forged and foreign return paths ──────────────────────────────────────────────────────────────────────────────────


def test_a_return_path_of_a_letter_says_nothing_about_the_channel_of_that_number(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    signed = return_path(ada.channels[0].id, LETTER)
    for path in (signed, signed.replace("+l", "+c"), signed.replace("-", "--")):
        take_mail(postbox, (CORPUS / "unsigned_forged.eml").read_bytes(), [path])

    assert score_of(database, ada) is None


def test_a_report_about_a_channel_that_was_erased_is_about_nobody(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    with database.writing() as session:
        service.erase(session, ada.id)
    bob = subscribe(database, "bob@example.org", "experts")
    for name in ("postfix_unknown_user", "arf_yahoo"):
        assert take_mail(postbox, mail(name, ada.channels[0].id)).action is Action.NOTHING

    assert status_of(database, bob) is ChannelStatus.OPEN
    with database.reading() as session:
        assert count_suppressions(session) == {}


# ── the same, again ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_same_bounce_by_mail_and_by_webhook_counts_once_a_day(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    take_mail(postbox, mail("postfix_unknown_user", ada.channels[0].id))
    take_post(postbox, [Incoming(finding=Finding(verdict=Verdict.HARD, recipient=OLD), key="w" * 64, is_vouched=True)])

    assert score_of(database, ada) == 1.0


def test_bounces_without_an_id_of_their_own_are_told_apart(
    postbox: Postbox, clock: FixedClock, ada: SubscriberView
) -> None:
    raw = mail("yahoo_unknown_user", ada.channels[0].id)
    first, second = (
        raw.replace(b"<1795161610.81@mta1007.mail.yahoo.example>", b"<>").replace(b"[0]", b"[%d]" % number)
        for number in range(2)
    )
    taken = []
    for each in (first, first, second):
        taken.append(take_mail(postbox, each).is_new)
        clock.advance(DAY)

    assert taken == [True, False, True]


def test_an_unsubscribe_mail_that_is_read_again_does_not_end_a_later_subscription(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    """A mailbox that is restored, or keeps no marks, gives the same mail every five minutes."""
    raw = request_mail("unsubscribe", Purpose.UNSUBSCRIBE, TokenSubject(ada.channels[0].id, ada.id), NOON)
    take_mail(postbox, raw)
    assert status_of(database, ada) is ChannelStatus.CLOSED
    subscribe(database, OLD, "experts")
    again = take_mail(postbox, raw)

    assert (again.finding.verdict, again.is_new) == (Verdict.REQUEST, False)
    assert status_of(database, ada) is ChannelStatus.OPEN
    take_mail(postbox, raw.replace(b"<unsubscribe@", b"<unsubscribe-once-more@"))
    assert status_of(database, ada) is ChannelStatus.CLOSED


# ── a batch ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_report_that_breaks_us_leaves_those_beside_it_taken(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    bob = subscribe(database, "bob@example.org", "experts")
    broken = cast("str", 4711)  # no address: whatever a provider may come to send
    addresses = [OLD, broken, "bob@example.org"]
    events = [
        Incoming(finding=Finding(verdict=Verdict.HARD, recipient=address), key=f"{number}" * 64, is_vouched=True)
        for number, address in enumerate(addresses)
    ]
    with capture_logs() as logs:
        taken = take_post(postbox, events)

    assert [each.is_new for each in taken] == [True, False, True]
    assert (score_of(database, ada), score_of(database, bob)) == (1.0, 1.0)
    assert [log["event"] for log in logs].count("mail_not_taken") == 1


def test_a_report_that_no_column_can_hold_leaves_those_beside_it_taken(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    too_long = Incoming(finding=Finding(verdict=Verdict.HARD), key="x" * 64, about=ReturnPath(CHANNEL, 10**10 - 1))
    fine = Incoming(finding=Finding(verdict=Verdict.HARD, recipient=OLD), key="y" * 64, is_vouched=True)

    assert [each.is_new for each in take_post(postbox, [too_long, fine])] == [False, True]
    assert score_of(database, ada) == 1.0


def test_a_batch_larger_than_a_transaction_is_taken_and_again_counts_once(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    strangers = [
        Incoming(finding=Finding(verdict=Verdict.HARD, recipient=f"x{n}@example.net"), key=f"{n:064}", is_vouched=True)
        for n in range(MOST_AT_ONCE + 1)
    ]
    last = Incoming(finding=Finding(verdict=Verdict.HARD, recipient=OLD), key="z" * 64, is_vouched=True)

    assert [sum(each.is_new for each in take_post(postbox, [*strangers, last])) for _ in range(2)] == [1, 0]
    assert score_of(database, ada) == 1.0


# ── months ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def live(postbox: Postbox, clock: FixedClock, channel_id: int, bounces: str) -> list[Action]:
    """Go through days of mail that bounces hard (h), softly (s) or not."""
    names, actions = {"h": "postfix_unknown_user", "s": "postfix_over_quota"}, []
    for letter in bounces:
        if letter in names:
            raw = mail(names[letter], channel_id, message_id=f"{clock():%Y-%m-%d}")
            actions.append(take_mail(postbox, raw).action)
        clock.advance(DAY)
    return actions


@pytest.mark.parametrize(
    ("days", "probes", "status"),
    [
        pytest.param("sssss.........................." * 6, 0, ChannelStatus.OPEN, id="full-some-days-of-each-month"),
        pytest.param("h.............." * 12, 0, ChannelStatus.OPEN, id="an-accident-each-fortnight"),
        pytest.param(("s" * 8 + "." * 60) * 2, 2, ChannelStatus.OPEN, id="full-twice-with-two-months-between"),
        pytest.param("s" * 14, 1, ChannelStatus.CLOSED, id="full-for-a-fortnight"),
        pytest.param("h......" * 8, 1, ChannelStatus.CLOSED, id="dead-with-a-weekly-digest"),
        pytest.param("hhhh" + "." * 40 + "hhhhhhhhh", 2, ChannelStatus.CLOSED, id="dead-after-a-probe-of-long-ago"),
    ],
)
def test_months_of_bounces_lead_to_so_many_probes_and_this_end(
    days: str, probes: int, status: ChannelStatus, database: Database, postbox: Postbox, clock: FixedClock
) -> None:
    ada = subscribe(database, OLD, "experts")
    actions = live(postbox, clock, ada.channels[0].id, days)
    with database.reading() as session:
        letters = list(session.scalars(select(LetterRow.kind)))

    assert (actions.count(Action.PROBE), letters) == (probes, [LetterKind.PROBE.value] * probes)
    assert status_of(database, ada) is status


# ── no answer, nothing in the log ────────────────────────────────────────────────────────────────────────────────────


def test_nothing_that_comes_in_is_answered_and_no_address_is_logged(
    database: Database, postbox: Postbox, ada: SubscriberView
) -> None:
    with capture_logs() as logs:
        for path in sorted(CORPUS.glob("*.eml")):
            take_mail(postbox, path.read_bytes().replace(IN_CORPUS.encode(), return_path(ada.channels[0].id).encode()))

    assert len(logs) >= 90
    assert "@" not in str(logs)
    with database.reading() as session:
        assert session.scalars(select(LetterRow)).all() == []


def test_a_hundred_bounces_of_a_day_make_one_event(database: Database, postbox: Postbox, ada: SubscriberView) -> None:
    for number in range(100):
        name = "postfix_over_quota" if number % 2 else "postfix_unknown_user"
        take_mail(postbox, mail(name, ada.channels[0].id, message_id=f"m-{number}"))
    with database.reading() as session:
        kinds = list(session.scalars(select(SubscriberEventRow.kind)))

    assert kinds.count(EventKind.BOUNCED) == 1
    assert score_of(database, ada) == 1.0
    with database.reading() as session:
        assert store.view_subscriber(session, ada.id).status is SubscriberStatus.CONFIRMED
