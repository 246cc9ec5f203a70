"""Waits until Telegram's limits let a message go. All that one process says through one bot shares these turns."""

import asyncio
import functools
import time
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final
from weakref import WeakKeyDictionary

from digest.notifiers.telegram_pace import ChatKey, Limits, Pace, Turn
from digest.settings import TelegramSettings

# Of so many answers the numbers are kept; a part in doubt is looked for in the next few dozen.
MOST_NUMBERS: Final = 1_000
# Who has to wait longer gives up the place, so that others can use it.
PATIENCE: Final = 5.0
# An answer can free a place sooner than was thought: looked for so often, in seconds.
GLANCE: Final = 0.05
# Whoever asks for no longer pause than this says that the limits were broken; a longer one is a chat's own.
BRIEF: Final = timedelta(seconds=1)


class Turns:
    """Gives messages their turns: in the order they were asked for, but those that answer somebody go first."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._pace = Pace(limits or Limits())
        self._numbers: deque[int] = deque(maxlen=MOST_NUMBERS)
        self._queues: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = WeakKeyDictionary()

    async def wait(
        self,
        chat: ChatKey,
        *,
        is_urgent: bool = False,
        messages: int = 1,
        prepare: Callable[[], Awaitable[None]] | None = None,
    ) -> Turn | timedelta:
        """Wait for a turn of so many messages in a chat and take it. Gives how long it would be if that is long.

        `prepare` is done as the next in the queue, so that nothing but sending is left when the turn comes.
        """
        while wait := self._pace.find_chat_wait(chat, time.monotonic(), is_urgent=is_urgent, messages=messages):
            if wait > PATIENCE:
                return timedelta(seconds=wait)
            await asyncio.sleep(wait)
        if is_urgent:
            await self._wait_overall(messages)
            return self._pace.take(chat, time.monotonic(), messages)
        async with self._queue:
            if prepare is not None:
                await prepare()
            await self._wait_overall(messages)
            if not self._pace.find_chat_wait(chat, time.monotonic(), messages=messages):
                return self._pace.take(chat, time.monotonic(), messages)
        return await self.wait(chat, messages=messages, prepare=prepare)  # somebody answered in this chat meanwhile

    async def wait_for_call(self) -> Turn:
        """Wait until something may be asked that makes no new message, and take that turn."""
        async with self._queue:
            await self._wait_overall()
            return self._pace.take(None, time.monotonic())

    def settle(self, turn: Turn) -> None:
        """Note that what went in this turn was answered."""
        self._pace.settle(turn, time.monotonic())

    def pause(self, chat: ChatKey, pause: timedelta) -> None:
        """Note that Telegram wants a chat left alone for so long."""
        self._pace.pause(chat, pause.total_seconds(), time.monotonic())

    def give_back(self, turn: Turn, pause: timedelta | None = None) -> None:
        """Note that a message was refused, so that its turn was not used; with the pause that was asked for, if any."""
        self._pace.give_back(turn, was_too_fast=pause is not None and pause <= BRIEF)

    def note_taken(self) -> None:
        """Note that Telegram took something."""
        self._pace.note_taken()

    def note_number(self, number: int) -> None:
        """Note the number of a message that answered somebody, in a chat that shares one row of numbers with others.

        No part of a digest is looked for there.
        """
        self._numbers.append(number)

    @property
    def numbers(self) -> frozenset[int]:
        """Give the numbers of the latest answers."""
        return frozenset(self._numbers)

    @property
    def _queue(self) -> asyncio.Lock:
        return self._queues.setdefault(asyncio.get_running_loop(), asyncio.Lock())

    async def _wait_overall(self, messages: int = 1) -> None:
        while wait := self._pace.find_overall_wait(time.monotonic(), messages):  # noqa: ASYNC110 -- time is what it waits for
            await asyncio.sleep(min(wait, GLANCE))


def find_turns(settings: TelegramSettings) -> Turns:
    """Give the turns of a bot, the same ones to everybody in this process."""
    return _make_turns(settings.base_url, settings.token.get_secret_value())


@functools.cache
def _make_turns(_base_url: str, _token: str) -> Turns:
    return Turns()
