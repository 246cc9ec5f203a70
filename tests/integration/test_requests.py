"""Requests on real databases: the letter each gets, at most one a day, whoever answers and however often."""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from digest.model import LetterKind
from digest.pipeline.confirming import cancel, confirm
from digest.pipeline.joining import MOST_SPELLINGS, answer_requests, forget_requests
from subscribers import service
from subscribers.db import Database
from subscribers.joining import MOST_ADDRESSES, PARTS_OF_A_NETWORK, Limits, Resting, count_visit
from subscribers.model import RequestKind, RequestState, SuppressionReason, TooManyRequests, UnknownRequest
from subscribers.store.counts import find_count
from subscribers.store.suppressions import suppress
from tests.factories import NOON
from tests.joining import (
    ADA,
    ask,
    ask_and_answer,
    letter_rows,
    letters_of,
    list_requests,
    reader_at,
    request_of,
    state_of,
)
from tests.people import subscribe

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def leave(database: Database, address: str = ADA) -> None:
    with database.writing() as session:
        service.unsubscribe(session, NOON, reader_at(database, address).id)


def test_a_stranger_is_asked_to_confirm(database: Database) -> None:
    number = ask_and_answer(database)

    assert letters_of(database) == [(LetterKind.CONFIRM, ADA)]
    assert letter_rows(database)[0].about == {"request": number}
    assert (state_of(database, number), request_of(database, number).expires_at) == (
        RequestState.ASKED,
        NOON + timedelta(hours=48),
    )


def test_a_reader_is_told_that_they_are_one(database: Database) -> None:
    view = subscribe(database, ADA)
    number = ask_and_answer(database)
    (letter,) = letter_rows(database)

    assert (letter.kind, letter.subscriber_id, letter.about) == ("already", view.id, {"channel": view.channels[0].id})
    assert (state_of(database, number), request_of(database, number).wishes) == (RequestState.DROPPED, {})


def test_who_left_bounced_or_complained_is_asked_like_a_stranger(database: Database) -> None:
    subscribe(database, ADA)
    leave(database)
    with database.writing() as session:
        suppress(session, "email", "bob@example.org", SuppressionReason.COMPLAINED, NOON)
    ask_and_answer(database)
    ask_and_answer(database, "bob@example.org")

    assert letters_of(database) == [(LetterKind.CONFIRM, ADA), (LetterKind.CONFIRM, "bob@example.org")]


def test_a_fresh_link_goes_to_readers_also_in_a_pause_and_to_nobody_else(database: Database) -> None:
    for name in ("ada", "bob", "cyd"):
        subscribe(database, f"{name}@example.org")
    with database.writing() as session:
        service.pause(session, NOON, reader_at(database, "bob@example.org").id)
    leave(database, "cyd@example.org")
    for name in ("ada", "bob", "cyd", "dan"):
        ask(database, f"{name}@example.org", RequestKind.MANAGE)
    report = answer_requests(database, NOON)

    assert letters_of(database) == [(LetterKind.MANAGE, ADA), (LetterKind.MANAGE, "bob@example.org")]
    assert report.dropped == 2


def test_one_letter_a_day_goes_to_an_address_whatever_is_asked_for(database: Database) -> None:
    subscribe(database, "bob@example.org")
    for address in (ADA, "bob@example.org"):
        for kind in (RequestKind.SIGNUP, RequestKind.MANAGE, RequestKind.SIGNUP):
            ask(database, address, kind)
    answer_requests(database, NOON)

    assert letters_of(database) == [(LetterKind.CONFIRM, ADA), (LetterKind.ALREADY, "bob@example.org")]


def test_the_day_is_24_hours_long_and_not_that_of_a_calendar(database: Database) -> None:
    late = NOON.replace(hour=23, minute=50)
    for at in (late, late + HOUR, late + DAY - timedelta(seconds=1), late + DAY):
        ask(database, now=at)
        answer_requests(database, at)

    assert [row.created_at for row in letter_rows(database)] == [late, late + DAY]


def test_who_confirmed_and_left_may_come_back_the_same_day(database: Database) -> None:
    first = ask(database)
    answer_requests(database, NOON)
    confirm(database, NOON, first, "198.51.100.0/24")
    leave(database)
    for _ in range(2):
        ask(database)
    answer_requests(database, NOON)

    assert [kind for kind, _ in letters_of(database)] == [LetterKind.CONFIRM, LetterKind.WELCOME, LetterKind.CONFIRM]


def test_more_letters_go_where_the_operator_lets_them(database: Database) -> None:
    for _ in range(5):
        ask(database)
    answer_requests(database, NOON, per_address=3)

    assert len(letters_of(database)) == 3


def test_processes_that_answer_at_once_write_one_letter(database: Database) -> None:
    for _ in range(3):
        ask(database)
    ask(database, "bob@example.org")
    barrier = Barrier(3)

    def answer() -> int:
        barrier.wait()
        return answer_requests(database, NOON).letters.total()

    with ThreadPoolExecutor(3) as pool:
        counts = [future.result() for future in [pool.submit(answer) for _ in range(3)]]

    assert sum(counts) == 2
    assert sorted(letters_of(database)) == [(LetterKind.CONFIRM, ADA), (LetterKind.CONFIRM, "bob@example.org")]


def test_many_requests_are_answered_in_one_run(database: Database) -> None:
    for number in range(120):
        ask(database, f"reader{number}@example.org")

    assert answer_requests(database, NOON).letters == {LetterKind.CONFIRM: 120}
    assert answer_requests(database, NOON).letters == {}


def test_nothing_is_written_while_there_is_nothing_to_do(database: Database) -> None:
    with database.writing():  # another process holds SQLite's write lock; a writer would wait for it
        assert answer_requests(database, NOON).letters == {}
        assert forget_requests(database, NOON) == 0


def test_what_is_answered_too_late_is_dropped(database: Database) -> None:
    number = ask(database)

    assert answer_requests(database, NOON + timedelta(hours=48)).dropped == 1
    assert state_of(database, number) is RequestState.DROPPED


def test_a_request_runs_out_forgets_its_wishes_and_is_deleted_after_a_month(database: Database) -> None:
    number = ask_and_answer(database)
    with database.writing() as session:
        count_visit(session, NOON, "192.0.2.0/24", Limits("signup", 5, 5))

    assert forget_requests(database, NOON + timedelta(minutes=30)) == 0
    assert state_of(database, number) is RequestState.ASKED
    forget_requests(database, NOON + timedelta(hours=48))
    assert (state_of(database, number), request_of(database, number).wishes) == (RequestState.DROPPED, {})
    assert forget_requests(database, NOON + timedelta(days=32, seconds=1)) == 1
    assert list_requests(database) == []
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM counts")) == 0


def test_a_further_address_is_asked_and_the_old_one_told(database: Database) -> None:
    view = subscribe(database, ADA)
    channel = view.channels[0].id
    added = ask_and_answer(database, "more@example.org", kind=RequestKind.ADD_ADDRESS, about_id=view.id)
    moved = ask_and_answer(database, "new@example.org", kind=RequestKind.MOVE_ADDRESS, about_id=channel)

    found = [(row.kind, row.address, row.subscriber_id, row.about) for row in letter_rows(database)]
    assert found == [
        ("confirm_address", "more@example.org", view.id, {"request": added}),
        ("confirm_address", "new@example.org", view.id, {"request": moved}),
        ("moving", ADA, view.id, {"channel": channel, "request": moved}),
    ]


def test_a_further_address_of_somebody_who_has_left_is_not_asked(database: Database) -> None:
    view = subscribe(database, ADA)
    ask(database, "more@example.org", RequestKind.ADD_ADDRESS, about_id=view.id)
    ask(database, "new@example.org", RequestKind.MOVE_ADDRESS, about_id=view.channels[0].id)
    ask(database, "new@example.org", RequestKind.MOVE_ADDRESS, about_id=999)
    leave(database)

    assert answer_requests(database, NOON).dropped == 3
    assert letters_of(database) == []


def test_a_reader_cannot_have_ever_more_addresses_asked(database: Database) -> None:
    view = subscribe(database, ADA)
    for number in range(MOST_ADDRESSES):
        ask(database, f"other{number}@example.org", RequestKind.ADD_ADDRESS, about_id=view.id)

    with pytest.raises(TooManyRequests):
        ask(database, "another@example.org", RequestKind.ADD_ADDRESS, about_id=view.id)
    ask(database, "another@example.org", RequestKind.ADD_ADDRESS, about_id=view.id, now=NOON + DAY)


def test_a_cancelled_request_stays_so(database: Database) -> None:
    number = ask_and_answer(database)
    for _ in range(2):
        cancel(database, NOON, number)

    assert (state_of(database, number), request_of(database, number).wishes) == (RequestState.CANCELLED, {})
    with pytest.raises(UnknownRequest):
        confirm(database, NOON, number, "192.0.2.0/24")


def test_a_network_has_its_own_limit_and_does_not_use_up_that_of_others(database: Database) -> None:
    limits = Limits("signup", per_network=2, overall=3)

    def visit(network: str, at: timedelta = timedelta()) -> None:
        with database.writing() as session:
            count_visit(session, NOON + at, network, limits)

    visit("192.0.2.0/24")
    visit("192.0.2.0/24")
    for _ in range(5):
        with pytest.raises(TooManyRequests) as refused:
            visit("192.0.2.0/24")
        assert not isinstance(refused.value, Resting)
    visit("198.51.100.0/24")
    with pytest.raises(Resting):
        visit("203.0.113.0/24")
    visit("192.0.2.0/24", HOUR)
    with database.reading() as session:
        assert find_count(session, "signup.network", "203.0.113.0/24", HOUR, NOON) == 0


def test_all_spellings_of_a_mailbox_together_get_few_letters(database: Database) -> None:
    for number in range(40):
        ask(database, f"victim+{number}@example.org")
        ask(database, f"{'victim'[: number % 5 + 1]}.{'victim'[number % 5 + 1 :]}+{number}@gmail.com")
    ask(database, "victim@example.org")
    answer_requests(database, NOON)
    domains = Counter(address.partition("@")[2] for _, address in letters_of(database))

    assert domains == {"example.org": MOST_SPELLINGS + 1, "gmail.com": MOST_SPELLINGS}


def test_a_holder_of_many_networks_has_a_limit_too(database: Database) -> None:
    limits = Limits("signup", per_network=2, overall=1_000)
    with database.writing() as session:
        for number in range(2 * PARTS_OF_A_NETWORK):
            count_visit(session, NOON, f"2001:db8:{number:x}::/48", limits, "2001:db8::/32")
        with pytest.raises(TooManyRequests):
            count_visit(session, NOON, "2001:db8:ffff::/48", limits, "2001:db8::/32")
        count_visit(session, NOON, "2001:db9::/48", limits, "2001:db9::/32")


def test_counts_are_kept_under_hashes_that_no_other_installation_has(database: Database) -> None:
    network = "192.0.2.0/24"
    with database.writing() as session:
        count_visit(session, NOON, network, Limits("signup", 5, 5))
    with database.reading() as session:
        keys = set(session.scalars(text("SELECT key FROM counts")))
        assert find_count(session, "signup.network", network, HOUR, NOON) == 1

    assert not keys & {hashlib.sha256(each.encode()).hexdigest() for each in (network, "")}
