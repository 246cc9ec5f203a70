"""Acts: keeps how far a delivery has got, so that whoever takes it over goes on from there."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from digest.errors import NotifierError, NotYet
from digest.model import Delivery, Progress
from digest.storage import progress as progresses
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable

# The database is asked again this much later; that it was away is no fault of the chat.
AWAY = timedelta(seconds=30)

Answer = TypeVar("Answer")


@dataclass(slots=True)
class DeliveryJournal:
    """The journal of one delivery; `kept` is the last that was written down.

    While the database is away nothing is sent: what cannot be kept may come twice. Every question raises NotYet then.
    """

    database: Database
    delivery: Delivery
    kept: Progress = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what is known of the delivery."""
        self.kept = self.delivery.progress

    async def keep(self, progress: Progress) -> None:
        """Write down how far it is. Raises NotifierError where that cannot be; then nothing more must be sent."""
        try:
            is_ours = await asyncio.to_thread(self._keep, progress)
        except DatabaseUnavailable as error:
            raise _put_off(error) from error
        if not is_ours:
            raise NotifierError("Another worker has taken this delivery over")
        self.kept = progress

    async def find_newest(self) -> int:
        """Give the highest id that a message is known to have, where chats share one row of ids; 0 if none is."""
        return max(await self.list_numbers(), default=0)

    async def list_numbers(self) -> Collection[int]:
        """Give the ids that messages are known to have, where chats share one row of ids."""
        return await self._ask(self._list_numbers)

    async def find_last(self) -> int:
        """Give the highest id that a message to this channel is known to have; 0 if none is."""
        return await self._ask(self._find_last)

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        try:
            return await asyncio.to_thread(question)
        except DatabaseUnavailable as error:
            raise _put_off(error) from error

    def _keep(self, progress: Progress) -> bool:
        with self.database.writing() as session:
            return progresses.record_progress(session, self.delivery, progress)

    def _list_numbers(self) -> Collection[int]:
        with self.database.reading() as session:
            return progresses.list_shared_numbers(session, self.delivery.address.kind)

    def _find_last(self) -> int:
        with self.database.reading() as session:
            return progresses.find_last_number(session, self.delivery.edition.channel_id)


def _put_off(error: DatabaseUnavailable) -> NotYet:
    return NotYet(f"The database is away: {error}", retry_after=AWAY)
