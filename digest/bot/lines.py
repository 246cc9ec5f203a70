"""A line for each chat: what comes from one chat is handled in order, and chats do not wait for each other."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, Generic, TypeVar

LONGEST_LINE: Final = 20  # of one chat; nobody taps faster than that for long

Item = TypeVar("Item")


class Lines(Generic[Item]):
    """Hands each thing in a line to `handle`, which must not raise."""

    def __init__(self, handle: Callable[[Item], Awaitable[None]], longest: int = LONGEST_LINE) -> None:
        self._handle = handle
        self._longest = longest
        self._lines: dict[int, deque[Item]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, chat_id: int, item: Item) -> bool:
        """Put something at the end of a chat's line; False if the line is full."""
        line = self._lines.get(chat_id)
        if line is None:
            self._lines[chat_id] = deque([item])
            task = asyncio.create_task(self._work_off(chat_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return True
        if len(line) >= self._longest:
            return False
        line.append(item)
        return True

    async def finish(self, within: timedelta) -> int:
        """Wait until all lines are worked off, but no longer than this; give how many things are left undone."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within.total_seconds())
        return sum(map(len, self._lines.values()))

    def abandon(self) -> list[Item]:
        """Stop working; give what is left undone."""
        for task in self._tasks:
            task.cancel()
        return [item for line in self._lines.values() for item in line]

    async def _work_off(self, chat_id: int) -> None:
        line = self._lines[chat_id]
        try:
            while line:
                await self._handle(line[0])
                line.popleft()  # only now: what is being handled counts as well
        finally:
            del self._lines[chat_id]
