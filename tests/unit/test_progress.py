"""What a delivery that was cut short tells its next attempt."""

import pytest
from telegram.error import BadRequest, Forbidden

from digest.model import ALBUM, NOTHING_SENT, Progress, read_progress, write_progress
from digest.notifiers.telegram_doubt import BESIDE, MOST_TRIES, judge_edit, list_candidates


@pytest.mark.parametrize(
    "progress",
    [
        NOTHING_SENT,
        Progress(parts_sent=2, numbers=(11, 12)),
        Progress(is_doubtful=True, newest=4711),
        Progress(is_doubtful=True),
        Progress(parts_sent=3, numbers=(7, 9, 10), is_doubtful=True, newest=12),
        Progress(parts_sent=1, numbers=(7,), is_doubtful=True, newest=7, shown=((ALBUM,), (3, 14), (15,))),
        Progress(shown=((1,),)),
    ],
)
@pytest.mark.parametrize("words", ["", "sending", "Telegram asked us [again] to slow down"])
def test_what_is_written_is_read(progress: Progress, words: str) -> None:
    assert read_progress(write_progress(words, progress), progress.parts_sent) == progress


@pytest.mark.parametrize("detail", ["", "message 1, 2", "[]", "arrived as 7", "x [arrived as 7] y", "[arrived as ]"])
def test_other_details_say_nothing(detail: str) -> None:
    assert read_progress(detail, 2) == Progress(parts_sent=2)


def test_a_message_is_looked_for_among_the_numbers_nobody_else_has() -> None:
    found = list_candidates(100, {90, 101, 102, 104, 105})

    assert found[:2] == (103, 106)
    assert found[-1] == 105 + BESIDE


def test_a_message_is_not_looked_for_without_a_beginning_or_without_end() -> None:
    assert list_candidates(0, {5}) == ()
    assert len(list_candidates(1, set())) == BESIDE
    assert len(list_candidates(1, {1_000_000})) == BESIDE
    assert len(list_candidates(1, set(range(20, 48, 3)))) == MOST_TRIES


@pytest.mark.parametrize(
    ("said", "is_there"),
    [
        ("Message is not modified: specified new message content and reply markup are exactly the same", True),
        ("Message to edit not found", False),
        ("MESSAGE_ID_INVALID", False),
        ("Message can't be edited", False),
        ("Chat not found", None),
    ],
)
def test_what_telegram_says_to_an_edit_tells_whether_that_was_it(said: str, is_there: bool | None) -> None:
    assert judge_edit(BadRequest(said)) is is_there


def test_an_edit_that_was_taken_has_put_the_words_there() -> None:
    assert judge_edit(None) is True
    assert judge_edit(Forbidden("Forbidden: bot was blocked by the user")) is None
