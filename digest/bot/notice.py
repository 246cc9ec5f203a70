"""The one answer that a tap gets: the outcome if that is known within a moment, else a request for patience."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from digest.bot import wording
from digest.languages import tr

# Telegram's apps show a spinner on the button until then.
PATIENCE: Final = timedelta(seconds=0.8)


class Notice:
    """Answers once: with the outcome, or by itself when the moment is over. `send` must not raise."""

    def __init__(self, send: Callable[[str], Awaitable[None]], patience: timedelta = PATIENCE) -> None:
        self._send = send
        self._is_given = False
        self._waiting = asyncio.create_task(self._ask_for_patience(patience))

    async def give(self, text: str) -> None:
        """Answer with this, if nothing was answered yet."""
        if not self._is_given:
            self._is_given = True
            self._waiting.cancel()
            await self._send(text)

    def drop(self) -> None:
        """Answer nothing."""
        self._is_given = True
        self._waiting.cancel()

    async def _ask_for_patience(self, patience: timedelta) -> None:
        await asyncio.sleep(patience.total_seconds())
        self._is_given = True
        await self._send(tr(wording.ONE_MOMENT))
