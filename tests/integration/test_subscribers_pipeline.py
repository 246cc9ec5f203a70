"""What the pipeline asks of the subscriber side: who is due, what they want, and may they still be written to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, update

from subscribers import service, store
from subscribers.db import Database
from subscribers.model import ChannelStatus, ChannelView, DueChannel, SubscriberStatus
from subscribers.tables import ChannelRow
from tests.subscriptions import (
    EIGHT_IN_BERLIN,
    NOON,
    OPERATOR,
    WEI,
    channel_wish,
    interest,
    subscribed,
    telegram_wish,
)

DUE_AT = datetime.fromisoformat("2026-11-21T07:00Z")
NEXT_AT = datetime.fromisoformat("2026-11-22T07:00Z")


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def channel_of(database: Database, channel_id: int) -> ChannelView:
    with database.reading() as session:
        return store.view_channel(session.get_one(ChannelRow, channel_id))


# ── who is due ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_channel_is_due_at_its_slot_and_brings_all_that_composing_needs(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, channel_wish(cap=7), start_after=42)
        early = store.list_due_channels(session, DUE_AT - timedelta(seconds=1), 10)
        due = store.list_due_channels(session, DUE_AT, 10)

    assert early == []
    assert due == [
        DueChannel(
            id=ada.channels[0].id,
            subscriber_id=ada.id,
            name="Ada",
            kind="email",
            address="ada@example.org",
            language="en",
            schedule=EIGHT_IN_BERLIN,
            cap=7,
            watermark=42,
            next_due_at=DUE_AT,
        )
    ]


def test_only_wanted_channels_are_due_and_deliverable(database: Database) -> None:
    with database.writing() as session:
        wanted = subscribed(session, channel_wish("a@example.org")).channels[0].id
        pending = subscribed(session, channel_wish("b@example.org"), consent=None)
        left = subscribed(session, channel_wish("c@example.org"))
        service.unsubscribe(session, NOON, left.id)
        paused = subscribed(session, channel_wish("d@example.org"))
        service.pause(session, NOON, paused.id)
        closed = subscribed(session, channel_wish("e@example.org"), telegram_wish())
        store.close_channel(session, closed.channels[0].id, "no such user", NOON)

    views = (pending, left, paused, closed)
    with database.reading() as session:
        assert [each.id for each in store.list_due_channels(session, DUE_AT, 10)] == [wanted, closed.channels[1].id]
        assert [store.is_deliverable(session, each.channels[0].id) for each in views] == [False] * 4
        assert store.is_deliverable(session, wanted)
        assert not store.is_deliverable(session, 999)


def test_due_channels_come_in_pages(database: Database) -> None:
    with database.writing() as session:
        ids = [subscribed(session, channel_wish(f"r{n}@example.org")).channels[0].id for n in range(5)]

        first = store.list_due_channels(session, DUE_AT, 3)
        second = store.list_due_channels(session, DUE_AT, 3, first[-1].id)

    assert [each.id for each in first + second] == ids


def test_a_slot_is_claimed_once(database: Database) -> None:
    with database.writing() as session:
        channel_id = subscribed(session).channels[0].id
        assert store.claim_due_channel(session, channel_id, (DUE_AT, 0), NEXT_AT, 50)
        assert not store.claim_due_channel(session, channel_id, (DUE_AT, 0), NEXT_AT, 60)

    with database.reading() as session:
        (due,) = store.list_due_channels(session, NEXT_AT, 10)
    assert (due.next_due_at, due.watermark) == (NEXT_AT, 50)


def test_a_channel_that_was_closed_or_erased_or_rescheduled_cannot_be_claimed(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session)
        bob = subscribed(session, channel_wish("bob@example.org"))
        eve = subscribed(session, channel_wish("eve@example.org"))
        service.unsubscribe(session, NOON, ada.id)
        service.erase(session, bob.id)
        service.set_schedule(session, NOON, eve.channels[0].id, type(EIGHT_IN_BERLIN)("UTC", EIGHT_IN_BERLIN.send_at))

    with database.writing() as session:
        for view in (ada, bob, eve):
            assert not store.claim_due_channel(session, view.channels[0].id, (DUE_AT, 0), NEXT_AT, 50)


def test_of_two_schedulers_started_by_mistake_one_gets_the_slot(database: Database) -> None:
    with database.writing() as session:
        channel_id = subscribed(session).channels[0].id
    start, claims = Barrier(4), list[bool]()

    def claim() -> None:
        start.wait()
        with database.writing() as session:
            claims.append(store.claim_due_channel(session, channel_id, (DUE_AT, 0), NEXT_AT, 50))

    threads = [Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claims) == [False, False, False, True]


# ── what they want ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_wishes_of_thousands_come_in_two_queries(database: Database) -> None:
    with database.writing() as session:
        ids = [subscribed(session, channel_wish(f"r{n}@example.org")).id for n in range(20)]
        for each in ids:
            service.add_interest(session, NOON, each, interest("cat:cs.CL"))
            service.follow(session, NOON, each, WEI)

    with counting(database) as statements, database.reading() as session:
        wishes = store.list_wishes(session, [*ids, *range(10_000, 14_000)])

    assert len(statements) == 2
    assert len(wishes) == 4_020
    shared = {id(wishes[each].interests[0].canonical) for each in ids}
    assert len(shared) == 1
    assert (wishes[10_000].interests, wishes[10_000].follows) == ((), ())


def test_wishes_carry_ids_canonical_form_and_own_words_in_order(database: Database) -> None:
    with database.writing() as session:
        ada, bob = subscribed(session), subscribed(session, channel_wish("bob@example.org"))
        second = service.add_interest(session, NOON + timedelta(1), ada.id, interest("LLMs")).ids[0]
        first = service.add_interest(session, NOON, ada.id, interest("Cat:cs.CL", "cat:cs.CL")).ids[0]
        service.add_interest(session, NOON, bob.id, interest("cat:CS.cl", "cat:cs.CL"))
        follow_id = service.follow(session, NOON, ada.id, WEI).ids[0]
        wishes = store.list_wishes(session, [ada.id, bob.id])

    assert wishes[ada.id].interests == ((first, "cat:cs.CL", "Cat:cs.CL"), (second, "llms", "LLMs"))
    assert wishes[ada.id].follows == ((follow_id, WEI, NOON),)
    assert wishes[bob.id].interests == ((first, "cat:cs.CL", "cat:CS.cl"),)


def test_a_page_of_subscribers_takes_four_queries(database: Database) -> None:
    with database.writing() as session:
        for n in range(10):
            service.follow(session, NOON, subscribed(session, channel_wish(f"r{n}@example.org")).id, WEI)

    with counting(database) as statements, database.reading() as session:
        views = store.list_subscribers(session, 7)
        rest = store.list_subscribers(session, 7, views[-1].id)

    assert len(statements) == 8
    assert (len(views), len(rest)) == (7, 3)
    assert all(view.follows == (WEI,) and len(view.channels) == 1 for view in views)


# ── what happens on the way ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_channel_is_closed_once_with_the_first_reason_on_one_line(database: Database) -> None:
    with database.writing() as session:
        channel_id = subscribed(session).channels[0].id
        assert store.close_channel(session, channel_id, "550 no\r\n\x00such user \ud800" + "!" * 1000, NOON)
        assert not store.close_channel(session, channel_id, "again", NOON)
        assert not store.close_channel(session, 999, "gone", NOON)

    closed = channel_of(database, channel_id)
    assert closed.status is ChannelStatus.CLOSED
    assert closed.closed_reason.startswith("550 no such user !")
    assert len(closed.closed_reason) == 500


def test_a_moved_chat_is_written_to_at_its_new_address(database: Database) -> None:
    with database.writing() as session:
        channel_id = subscribed(session, telegram_wish("-5")).channels[0].id
        assert store.move_channel(session, channel_id, "-1009", NOON)
        assert store.move_channel(session, channel_id, "-1009", NOON)

    assert channel_of(database, channel_id).address == "-1009"
    with database.reading() as session:
        moves = [each for each in service.export(session, 1)["events"] if each["kind"] == "channel_moved"]
    assert [each["detail"] for each in moves] == [{"channel": channel_id, "before": "-5", "after": "-1009"}]


def test_a_chat_that_moves_to_an_address_in_use_is_closed_and_says_so(database: Database) -> None:
    with database.writing() as session:
        moving = subscribed(session, telegram_wish("-5")).channels[0].id
        there = subscribed(session, telegram_wish("-1009"), name="Bob").channels[0].id
        assert not store.move_channel(session, moving, "-1009", NOON)

    assert channel_of(database, moving).status is ChannelStatus.CLOSED
    assert channel_of(database, moving).closed_reason == (
        "The address has moved to -1009, which has a channel of its own."
    )
    assert channel_of(database, there).status is ChannelStatus.OPEN


def test_a_move_to_nonsense_closes_and_a_move_of_nothing_does_nothing(database: Database) -> None:
    with database.writing() as session:
        channel_id = subscribed(session, telegram_wish("-5")).channels[0].id
        assert not store.move_channel(session, channel_id, "nowhere", NOON)
        assert not store.move_channel(session, 999, "-1009", NOON)

    assert "cannot be used" in channel_of(database, channel_id).closed_reason


# ── what an operator asks ────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_is_counted_by_where_it_stands(database: Database) -> None:
    with database.writing() as session:
        ada = subscribed(session, channel_wish(), telegram_wish())
        bob = subscribed(session, channel_wish("bob@example.org"), consent=None)
        for each in (ada.id, bob.id):
            service.add_interest(session, NOON, each, interest("cat:cs.CL"))
            service.follow(session, NOON, each, WEI)
        service.remove_channel(session, NOON, ada.channels[1].id)

    with database.reading() as session:
        assert store.count_subscribers(session) == {SubscriberStatus.CONFIRMED: 1, SubscriberStatus.PENDING: 1}
        assert store.count_channels(session) == {
            ("email", ChannelStatus.OPEN): 2,
            ("telegram", ChannelStatus.CLOSED): 1,
        }
        assert (store.count_interests(session), store.count_follows(session)) == (1, 2)


def test_zones_that_no_longer_exist_are_served_in_utc_and_named_to_the_operator(database: Database) -> None:
    with database.writing() as session:
        subscribed(session)
        lost = subscribed(session, channel_wish("bob@example.org")).channels[0].id
        session.execute(update(ChannelRow).where(ChannelRow.id == lost).values(timezone="Mars/Olympus"))

    with database.reading() as session:
        assert store.list_timezones(session) == ["Europe/Berlin", "Mars/Olympus"]
        assert store.list_unknown_timezones(session) == ["Mars/Olympus"]
    with database.writing() as session:
        served = service.set_schedule(session, NOON, lost, EIGHT_IN_BERLIN)
    assert served.before.timezone == "Mars/Olympus"


@pytest.mark.parametrize("channel_id", [0, 999])
def test_asking_about_no_channel_is_no_error(database: Database, channel_id: int) -> None:
    with database.writing() as session:
        assert not store.claim_due_channel(session, channel_id, (DUE_AT, 0), NEXT_AT, 1)
        assert store.list_due_channels(session, DUE_AT, 10) == []
        assert store.list_wishes(session, []) == {}
        assert OPERATOR.given_by == "operator"
