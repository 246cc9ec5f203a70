"""The Bot API server with Telegram's limits: so many messages a second, in a chat, and a minute in a group.

Who goes over a limit is answered 429 with the seconds to wait. Messages are numbered as Telegram numbers them: in one
row for a bot's private chats and small groups, by themselves in each supergroup and channel.
"""

import itertools
import json
import math
import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from typing import Any

from tests.servers.telegram import BLOCKED, DROP, TOKEN, Parameters, Refused, flood
from tests.servers.telegram_chats import ChatServer

SECOND, MINUTE = 1.0, 60.0


class Limits:
    """Counts what was taken; says how long whoever sends now has to wait. Times are in seconds."""

    def __init__(self, overall: int = 30, group_minute: int = 20) -> None:
        self._overall, self._group_minute = overall, group_minute
        self._all: deque[float] = deque()
        self._chats: defaultdict[str, deque[float]] = defaultdict(deque)

    def find_wait(self, chat: str, now: float, messages: int = 1) -> float:
        taken = self._chats[chat]
        _forget(self._all, now - SECOND)
        _forget(taken, now - MINUTE)
        waits = [0.0]
        if len(self._all) + messages > self._overall:
            waits.append(self._all[messages - 1] + SECOND - now)
        if taken:
            waits.append(taken[-1] + SECOND - now)
        if chat.startswith(("-", "@")) and len(taken) + messages > self._group_minute:
            waits.append(taken[messages - 1] + MINUTE - now)
        return max(waits)

    def take(self, chat: str, now: float, messages: int = 1) -> None:
        self._all.extend([now] * messages)
        self._chats[chat].extend([now] * messages)


class LimitedServer(ChatServer):
    """Use as ChatServer. `blocked` chats have blocked the bot; of all messages, a share `storms` is told to wait.

    `broken` are the 429s that the limits made, `stormed` those that chance made; `early` counts messages to a chat that
    came before the pause was over that it had been told. `lost` holds chats whose next message is taken and the answer
    to it never given.
    """

    def __init__(self, limits: Limits | None = None, token: str = TOKEN, blocked: Collection[str] = ()) -> None:
        super().__init__(token)
        self.blocked, self.storms, self.storm_seconds = set(blocked), 0.0, 3
        self.broken = self.stormed = self.early = 0
        self.lost: list[str] = []
        self._limits = limits or Limits()
        self._chance = random.Random(20261126)
        self._until: dict[str, float] = {}
        self._own: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(1))
        self._shared = itertools.count(1)
        self._counting = threading.Lock()

    def _send(self, parameters: Parameters) -> dict[str, object]:
        chat = parameters.get("chat_id", "")
        with self._counting:
            self._refuse(chat, time.monotonic())
            answer = super()._send(parameters)
            old, number = answer["message_id"], next(self._own[chat] if chat.startswith("-100") else self._shared)
            for kept in (self.keyboards, self.texts):
                kept[chat, number] = kept.pop((chat, old))  # type: ignore[assignment]
            if chat in self.lost:
                self.lost.remove(chat)
                raise Refused(DROP)
        return answer | {"message_id": number}

    def _show_picture(self, parameters: Parameters, send: Callable[[Parameters], Any]) -> Any:
        with self._counting:
            messages = len(json.loads(parameters.get("media", "[0]")))
            self._refuse(parameters.get("chat_id", ""), time.monotonic(), messages)
            return super()._show_picture(parameters, send)

    def _refuse(self, chat: str, now: float, messages: int = 1) -> None:
        if chat in self.blocked:
            raise Refused(BLOCKED)
        if self._until.get(chat, now) > now:
            self.early += 1
            raise Refused(flood(math.ceil(self._until[chat] - now)))
        if wait := self._limits.find_wait(chat, now, messages):
            self.broken += 1
            raise Refused(flood(math.ceil(wait)))
        if self._chance.random() < self.storms:
            self.stormed += 1
            self._until[chat] = now + self.storm_seconds
            raise Refused(flood(self.storm_seconds))
        self._limits.take(chat, now, messages)


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()
