"""A line for each chat: what comes from one chat is handled in order, and chats do not wait for each other.

Whoever is too fast has no more places: one member of a group, or all of them together, but never what Telegram itself
tells of a chat. So one who taps all the time takes no place from an administrator.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Generic, TypeVar

MOST_PLACES: Final = 20  # of one person in a chat's line; nobody taps faster than that for long
LONGEST_LINE: Final = 200  # of one chat

Sender = int | None  # None: the chat itself, or one of its anonymous administrators

Item = TypeVar("Item")


class Lines(Generic[Item]):
    """Hands each thing in a line to `handle`, which must not raise."""

    def __init__(self, handle: Callable[[Item], Awaitable[None]]) -> None:
        self._handle = handle
        self._lines: dict[int, deque[tuple[Sender, Item]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, chat_id: int, sender: Sender, item: Item) -> bool:
        """Put what somebody does at the end of a chat's line; False if there is no place for it."""
        line = self._lines.get(chat_id, ())
        if len(line) >= LONGEST_LINE or sum(whose == sender for whose, _ in line) >= MOST_PLACES:
            return False
        self.insist(chat_id, sender, item)
        return True

    def insist(self, chat_id: int, sender: Sender, item: Item) -> None:
        """Put something at the end of a chat's line, however long that is."""
        line = self._lines.get(chat_id)
        if line is not None:
            line.append((sender, item))
            return
        self._lines[chat_id] = deque([(sender, item)])
        task = asyncio.create_task(self._work_off(chat_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def finish(self, within: timedelta) -> int:
        """Wait until all lines are worked off, but no longer than this; give how many things are left undone."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within.total_seconds())
        return sum(map(len, self._lines.values()))

    def abandon(self) -> list[Item]:
        """Stop working; give what is left undone."""
        for task in self._tasks:
            task.cancel()
        return [item for line in self._lines.values() for _, item in line]

    async def _work_off(self, chat_id: int) -> None:
        line = self._lines[chat_id]
        try:
            while line:
                await self._handle(line[0][1])
                line.popleft()  # only now: what is being handled counts as well
        finally:
            del self._lines[chat_id]
