"""Where to look for a part that may have arrived, and what the answers mean. Pure.

When a worker dies or a connection breaks between a message and the word that it arrived, nobody was told its number.
But Telegram numbers the messages of a bot's private chats and small groups in one row, so the number lies just above
the highest that was known when the message set out, and is none of those that are known to be other messages. Asked to
edit the right one into what it is already, Telegram says that nothing would change; of any other it says that in this
chat there is no such message.
"""

from collections.abc import Collection
from itertools import count, islice, takewhile
from typing import Final

from telegram.error import BadRequest, TelegramError

# So many messages may have been on their way beside the one that is looked for.
BESIDE: Final = 16
MOST_TRIES: Final = 32

IS_THERE: Final = ("message is not modified",)
IS_NOT_THERE: Final = (
    "message to edit not found",
    "message_id_invalid",
    "message can't be edited",
    "message identifier is not specified",
    "there is no text in the message",
    "there is no caption in the message",
)


def list_candidates(newest: int, known: Collection[int]) -> tuple[int, ...]:
    """Give the numbers a message may have, the likeliest first. `newest` was the highest when it set out."""
    if newest <= 0:
        return ()
    later = [number for number in known if newest < number <= newest + MOST_TRIES + BESIDE]
    end = max(later, default=newest) + BESIDE
    free = (number for number in takewhile(lambda number: number <= end, count(newest + 1)) if number not in known)
    return tuple(islice(free, MOST_TRIES))


def judge_edit(error: TelegramError | None) -> bool | None:
    """Say whether a message is the one that was looked for; None if the answer says nothing about that.

    Where the edit was taken, the message was ours and another one, and now says the same: the words are there.
    """
    if error is None:
        return True
    if isinstance(error, BadRequest):
        said = error.message.lower()
        if any(each in said for each in IS_THERE):
            return True
        if any(each in said for each in IS_NOT_THERE):
            return False
    return None
