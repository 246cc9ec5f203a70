"""Acts: keeps how far a delivery has got, so that whoever takes it over goes on from there."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from digest.errors import NotifierError, NotYet
from digest.model import Delivery, Progress
from digest.storage import progress as progresses
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable

# The database is asked again this much later; that it was away is no fault of the chat.
AWAY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class DeliveryJournal:
    """The journal of one delivery. While the database is away nothing is sent: what cannot be kept may come twice."""

    database: Database
    delivery: Delivery

    async def keep(self, progress: Progress) -> None:
        """Write down how far it is. Raises NotifierError where that cannot be; then nothing more must be sent."""
        try:
            is_ours = await asyncio.to_thread(self._keep, progress)
        except DatabaseUnavailable as error:
            raise NotYet(f"The database is away: {error}", retry_after=AWAY) from error
        if not is_ours:
            raise NotifierError("Another worker has taken this delivery over")

    async def find_newest(self) -> int:
        """Give the highest id that a message is known to have, where chats share one row of ids; 0 if none is."""
        return max(await self.list_numbers(), default=0)

    async def list_numbers(self) -> Collection[int]:
        """Give the ids that messages are known to have, where chats share one row of ids."""
        return await asyncio.to_thread(self._list_numbers)

    async def find_last(self) -> int:
        """Give the highest id that a message to this channel is known to have; 0 if none is."""
        return await asyncio.to_thread(self._find_last)

    def _keep(self, progress: Progress) -> bool:
        with self.database.writing() as session:
            return progresses.record_progress(session, self.delivery, progress)

    def _list_numbers(self) -> Collection[int]:
        with self.database.reading() as session:
            return progresses.list_shared_numbers(session, self.delivery.address.kind)

    def _find_last(self) -> int:
        with self.database.reading() as session:
            return progresses.find_last_number(session, self.delivery.edition.channel_id)
