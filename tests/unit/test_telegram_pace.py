"""How fast a bot may write, by a clock that is an argument."""

import heapq
import random

import pytest

from digest.notifiers.telegram_pace import (
    LEARN_FROM,
    LONGEST_FLIGHT,
    MINUTE,
    PRUNE_AT,
    STORM,
    ChatKey,
    Limits,
    Pace,
    Turn,
)
from tests.servers.telegram_limits import Limits as Telegram

EXACT = Limits(per_second=10, slack=0, margin=0, chat_gap=1, minute_margin=0, group_minute=20)


def wait(pace: Pace, chat: ChatKey, now: float, *, is_urgent: bool = False) -> float:
    return max(pace.find_overall_wait(now), pace.find_chat_wait(chat, now, is_urgent=is_urgent))


def test_messages_to_everybody_set_out_evenly() -> None:
    pace = Pace(EXACT)
    for chat in range(3):
        pace.take(chat, 100.0)

    assert pace.find_overall_wait(100.0) == pytest.approx(0.3)
    assert pace.find_overall_wait(100.31) == 0


def test_a_message_that_is_late_does_not_shift_the_next_one() -> None:
    pace = Pace(Limits(per_second=10, slack=0.01))
    pace.take(1, 100.0)
    pace.take(2, 100.105)

    assert pace.find_overall_wait(100.2) == pytest.approx(0, abs=0.006)


def test_after_a_stall_what_was_missed_is_caught_up_but_never_more_than_a_second_allows() -> None:
    pace = Pace(Limits(per_second=10, slack=0.05, margin=0.02))
    for number in range(10):
        pace.settle(pace.take(number, 100 + number * 0.1), 100 + number * 0.1)
    pace.settle(pace.take(10, 101.05), 101.05)

    assert pace.find_overall_wait(101.06) == pytest.approx(101.12 - 101.06)


def test_a_place_is_free_a_second_after_the_answer_less_the_fastest_way_there_and_back() -> None:
    pace = Pace(Limits(per_second=2, slack=1, margin=0))
    for number in range(LEARN_FROM):
        pace.settle(pace.take(number, number * 1.0), number + 0.1)
    pace.settle(pace.take("slow", 400.0), 400.4)
    pace.settle(pace.take("fast", 400.1), 400.2)

    assert pace.find_overall_wait(400.45) == pytest.approx(401.1 - 400.45), "the later one was the faster one"


def test_a_message_without_an_answer_holds_its_place_for_two_seconds() -> None:
    pace = Pace(Limits(per_second=1, slack=1, margin=0))
    pace.take(1, 100.0)
    assert pace.find_overall_wait(101.0) == pytest.approx(LONGEST_FLIGHT - 1)


def test_a_refused_message_has_taken_no_turn() -> None:
    pace = Pace(EXACT)
    turn = pace.take(1, 100.0)
    pace.give_back(turn)

    assert pace.find_overall_wait(100.0) == 0


def test_after_a_message_that_came_too_fast_the_next_keeps_its_time_and_the_place_in_the_second_is_free() -> None:
    pace = Pace(Limits(per_second=2, slack=0, margin=0))
    pace.settle(pace.take(1, 100.0), 100.0)
    pace.give_back(pace.take(2, 100.5), was_too_fast=True)

    assert pace.find_overall_wait(100.5) == pytest.approx(0.5)
    pace.take(3, 101.0)
    assert pace.find_overall_wait(101.0) == pytest.approx(0.5), "of two in a second, one was refused"


def test_one_chat_waits_a_second_and_the_others_do_not() -> None:
    pace = Pace(EXACT)
    pace.take(1, 100.0)

    assert pace.find_chat_wait(1, 100.4) == pytest.approx(0.6)
    assert pace.find_chat_wait(1, 100.4, is_urgent=True) == 0
    assert pace.find_chat_wait(2, 100.4) == 0


def test_a_group_gets_twenty_messages_a_minute() -> None:
    pace = Pace(EXACT)
    for second in range(20):
        assert wait(pace, -100, float(second)) == 0
        pace.take(-100, float(second))

    assert pace.find_chat_wait(-100, 20.0) == MINUTE - 20
    assert pace.find_chat_wait(-100, MINUTE) == 0
    pace.take(-100, MINUTE)
    assert pace.find_chat_wait(-100, MINUTE + 0.5) == pytest.approx(0.5)


def test_an_album_takes_as_many_places_as_it_has_pictures() -> None:
    pace = Pace(EXACT)
    turn = pace.take(-100, 100.0, 8)
    assert pace.find_overall_wait(101.0, 2) == 0
    assert pace.find_overall_wait(101.0, 3) > 0
    pace.give_back(turn)
    assert pace.find_overall_wait(100.0, 10) == 0

    for second in range(12):
        pace.take(-200, 200.0 + second)
    assert pace.find_chat_wait(-200, 212.0, messages=8) == 0
    assert pace.find_chat_wait(-200, 212.0, messages=9) == pytest.approx(MINUTE - 12)
    assert pace.find_chat_wait(-200, 212.0, messages=10) == pytest.approx(MINUTE - 11)


def test_a_chat_that_asks_for_a_pause_gets_it_to_the_second_and_alone() -> None:
    pace = Pace(EXACT)
    pace.pause(1, 35, 100.0)

    assert pace.find_chat_wait(1, 100.0) == 35
    assert pace.find_chat_wait(1, 100.0, is_urgent=True) == 35
    assert pace.find_chat_wait(1, 135.0) == 0
    assert wait(pace, 2, 100.0) == 0


def test_where_most_chats_ask_for_a_pause_everybody_waits() -> None:
    pace = Pace(EXACT)
    for chat in range(STORM):
        pace.pause(chat, 7, 100.0)
    assert pace.find_chat_wait("@somebody", 100.0) == 7


def test_one_in_a_hundred_that_asks_for_a_pause_holds_up_nobody_else() -> None:
    pace, chance = Pace(EXACT), random.Random(7)
    for number in range(10_000):
        if chance.random() < 0.01:
            pace.pause(number, 3, 100.0)
        else:
            pace.note_taken()
    assert wait(pace, -1, 100.0) == 0


def test_chats_that_were_silent_are_forgotten_and_those_that_pause_are_not() -> None:
    pace = Pace(EXACT)
    pace.pause("paused", 10_000, 0.0)
    for number in range(2 * PRUNE_AT):
        pace.take(number, number * 0.1)

    assert len(pace._chats) < PRUNE_AT
    assert pace.find_chat_wait("paused", 1_000.0) == 9_000


@pytest.mark.parametrize("seed", range(5))
def test_whatever_is_sent_as_soon_as_it_may_telegram_takes(seed: int) -> None:
    chance, pace, telegram = random.Random(seed), Pace(Limits()), Telegram()
    now, sent = 0.0, 0
    coming: list[tuple[float, int, ChatKey, int]] = []
    answers: list[tuple[float, int, Turn]] = []
    chats: list[ChatKey] = [*range(1, 60), *range(-30, -1)]
    while sent < 2_000:
        chat, messages = chance.choice(chats), chance.choice([1] * 30 + [2, 10])
        while coming and coming[0][0] <= now:
            arrived, _, whose, count = heapq.heappop(coming)
            assert telegram.find_wait(str(whose), arrived, count) == 0
            telegram.take(str(whose), arrived, count)
        while answers and answers[0][0] <= now:
            answered, _, turn = heapq.heappop(answers)
            pace.settle(turn, answered)
        if pace.find_overall_wait(now, messages) or pace.find_chat_wait(chat, now, messages=messages):
            now += 0.001
            continue
        arrives = now + 0.002 + chance.random() * 0.03  # the way there takes longer or shorter
        heapq.heappush(coming, (arrives, sent, chat, messages))
        turn = pace.take(chat, now, messages)
        heapq.heappush(answers, (arrives + 0.002 + chance.random() * 0.005, sent, turn))
        sent += messages
    assert sent / now > 25
