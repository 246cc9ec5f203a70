from datetime import timedelta

import pytest

from digest.errors import AddressChanged, NotifierError, NotifierUnusable
from digest.model import Button, ChatMessage, Delivery, DeliveryState, Progress, Receipt, RetryPolicy
from digest.pipeline.settlement import MAX_MOVES, UNUSABLE_DELAY, give_up, remaining, retry_delay, settle
from tests.factories import NOON, delivery

POLICY = RetryPolicy(first_delay=timedelta(minutes=1), longest_delay=timedelta(hours=1), max_attempts=4)


def outcome_of(outcome: Receipt | Exception, claimed: Delivery | None = None) -> tuple[DeliveryState, timedelta | None]:
    settlement = settle(claimed or delivery(), outcome, NOON, POLICY)
    return settlement.state, settlement.next_attempt_at - NOON if settlement.next_attempt_at else None


def test_a_receipt_means_sent() -> None:
    assert outcome_of(Receipt("250 ok")) == (DeliveryState.SENT, None)


def test_a_permanent_error_closes_the_channel_with_the_reason() -> None:
    settlement = settle(delivery(), NotifierError("550 no such user", permanent=True), NOON, POLICY)

    assert (settlement.state, settlement.close_channel) == (DeliveryState.FAILED, True)
    assert settlement.detail == "550 no such user"


def test_a_temporary_error_is_tried_again_after_a_doubling_wait() -> None:
    waits = [outcome_of(NotifierError("451"), delivery(attempts=n))[1] for n in range(3)]

    assert waits == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]


def test_the_wait_the_other_side_asks_for_is_obeyed() -> None:
    asked = NotifierError("429", retry_after=timedelta(seconds=35))

    assert outcome_of(asked) == (DeliveryState.PENDING, timedelta(seconds=35))


def test_the_last_attempt_gives_up_and_leaves_the_channel_open() -> None:
    settlement = settle(delivery(attempts=3), NotifierError("451 later"), NOON, POLICY)

    assert (settlement.state, settlement.close_channel) == (DeliveryState.FAILED, False)
    assert settlement.detail == "given up after 4 attempts: 451 later"


def test_an_unusable_notifier_costs_the_delivery_no_attempt() -> None:
    settlement = settle(delivery(attempts=3), NotifierUnusable("wrong password"), NOON, POLICY)

    assert (settlement.state, settlement.is_attempt_counted) == (DeliveryState.PENDING, False)
    assert settlement.next_attempt_at == NOON + UNUSABLE_DELAY


def test_a_moved_address_is_written_down_and_used_at_once() -> None:
    settlement = settle(delivery(), AddressChanged("-100200"), NOON, POLICY)

    assert (settlement.new_address, settlement.next_attempt_at) == ("-100200", NOON)


def test_an_address_that_keeps_moving_is_no_longer_believed() -> None:
    settlement = settle(delivery(progress=Progress(moves=MAX_MOVES)), AddressChanged("-100200"), NOON, RetryPolicy())

    assert settlement.new_address is None
    assert settlement.next_attempt_at is not None
    assert settlement.next_attempt_at > NOON


@pytest.mark.parametrize("crash", [ValueError("bad template"), KeyError("paper")])
def test_a_crash_counts_as_an_attempt_and_names_itself(crash: Exception) -> None:
    settlement = settle(delivery(), crash, NOON, POLICY)

    assert settlement.is_attempt_counted
    assert type(crash).__name__ in settlement.detail


def test_parts_that_arrived_are_counted_across_attempts_and_not_sent_again() -> None:
    settlement = settle(delivery(parts_sent=1), NotifierError("timeout", parts_sent=2), NOON, POLICY)
    message = ChatMessage(message_id="m", parts=("a", "b", "c", "d"))

    assert settlement.parts_sent == 3
    assert remaining(message, delivery(parts_sent=3)) == ChatMessage(message_id="m", parts=("d",))


def test_buttons_stay_with_the_parts_that_are_still_to_be_sent() -> None:
    yes = ((Button("✔", data="is:y:1:2"),),)
    message = ChatMessage(message_id="m", parts=("a", "b", "c"), keyboards={0: yes, 2: yes})
    left = remaining(message, delivery(parts_sent=2))

    assert left == ChatMessage(message_id="m", parts=("c",), keyboards={0: yes})


def test_a_delivery_that_kills_its_workers_is_given_up() -> None:
    assert give_up(delivery(attempts=12)).state is DeliveryState.FAILED


def test_no_number_of_attempts_overflows_the_wait() -> None:
    assert retry_delay(10_000, POLICY) == POLICY.longest_delay
