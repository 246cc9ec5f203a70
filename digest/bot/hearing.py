"""Acts: remembers which updates were handled: after a crash, or an answer that was lost, Telegram tells them again."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from digest.bot.workers import Workers
from digest.storage.heard import forget_heard, is_heard, note_heard
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable

# Telegram keeps what it could not tell for a day.
REMEMBERED_FOR: Final = timedelta(days=3)
FORGET_EVERY: Final = timedelta(hours=6)


class Hearing:
    """Remembers for one bot.

    While the database is away, it knows only of what was handled meanwhile, and notes that when it can again: after a
    crash before that, such an update would be handled once more.
    """

    def __init__(self, database: Database, workers: Workers, clock: Callable[[], datetime], bot_id: int) -> None:
        self._database = database
        self._workers = workers
        self._clock = clock
        self._bot_id = bot_id
        self._forgotten_at: datetime | None = None
        self._owed: set[int] = set()

    async def is_new(self, update_id: int) -> bool:
        """Whether an update was never handled before."""
        if update_id in self._owed:
            return False
        try:
            return not await self._workers.run(lambda: self._is_heard(update_id))
        except DatabaseUnavailable:
            return True

    async def note(self, update_id: int) -> None:
        """Note that an update was handled, with those that could not be noted; now and then forget old ones."""
        self._owed.add(update_id)
        noting = frozenset(self._owed)
        try:
            await self._workers.run(lambda: self._note(noting))
        except DatabaseUnavailable:
            return
        self._owed -= noting

    def _is_heard(self, update_id: int) -> bool:
        with self._database.reading() as session:
            return is_heard(session, self._bot_id, update_id)

    def _note(self, update_ids: Collection[int]) -> None:
        now = self._clock()
        is_time = self._forgotten_at is None or now - self._forgotten_at >= FORGET_EVERY
        with self._database.writing() as session:
            note_heard(session, self._bot_id, update_ids, now)
            if is_time:
                forget_heard(session, now - REMEMBERED_FOR)
        self._forgotten_at = now if is_time else self._forgotten_at


def read_bot_id(token: str) -> int:
    """Give the number of the bot whose token this is; 0 for what is none."""
    number = token.partition(":")[0]
    return int(number) if number.isascii() and number.isdecimal() and len(number) <= 18 else 0  # noqa: PLR2004 -- digits
