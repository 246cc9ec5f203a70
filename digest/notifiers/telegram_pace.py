"""Telegram's limits on how fast a bot may write, kept as buckets. Pure: `now` is an argument, in seconds of any clock.

Telegram names about 30 messages a second overall, one a second in a chat and 20 a minute in a group
(core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). A chat that asks for a pause gets exactly
that pause, and nobody else waits for it; only where most chats ask at once is it the bot that is meant.

When Telegram counted a message is known only to lie between its setting out and its answer. So a place in the second
is free again a second after the answer, less the fastest round trip there has been: what sets out then cannot arrive
before the second is over, however unevenly messages travel.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

ChatKey = int | str

MINUTE: Final = 60.0
# Of so many answers in a row, so many that ask for a pause mean the bot and not the chats.
STORM_OF: Final = 10
STORM: Final = 5
# A message whose answer stays away holds its place in the second for so long.
LONGEST_FLIGHT: Final = 2.0
# How fast messages can travel is believed after so many answers.
LEARN_FROM: Final = 300
# State of chats is dropped when it says nothing any more, looked for each time so many chats are known.
PRUNE_AT: Final = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast to write. Messages set out evenly, and who is up to `slack` seconds late does not shift those behind.

    `margin` is how much longer than a second each second is taken to be, `minute_margin` the same of a group's minute.
    """

    per_second: int = 30
    slack: float = 0.25
    margin: float = 0.003
    chat_gap: float = 1.05
    minute_margin: float = 0.05
    group_minute: int = 20


@dataclass(slots=True, eq=False)
class Turn:
    """What has set out, an album being several messages: its places in the second are free again at `free_at`."""

    at: float
    free_at: float
    messages: int = 1


@dataclass(slots=True)
class _Chat:
    """What is remembered of a chat: the latest messages of a group's last minute, or the latest one."""

    sent: deque[float] = field(default_factory=deque)
    paused_until: float = float("-inf")


class Pace:
    """Says how long each message has to wait, and counts those that went."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._due = float("-inf")
        self._recent: deque[Turn] = deque()
        self._fastest = float("inf")
        self._settled = 0
        self._paused_until = float("-inf")
        self._chats: dict[ChatKey, _Chat] = {}
        self._answers: deque[ChatKey | None] = deque(maxlen=STORM_OF)
        self._prune_at = PRUNE_AT

    def find_overall_wait(self, now: float, messages: int = 1) -> float:
        """Give the seconds until so many messages may go at once; 0 if that is now."""
        while self._recent and self._recent[0].free_at <= now:
            self._recent.popleft()
        held = sorted(turn.free_at for turn in list(self._recent) if turn.free_at > now)
        waits = [self._due - self._limits.slack - now, 0.0]
        room = self._limits.per_second - min(messages, self._limits.per_second)
        if len(held) > room:
            waits.append(held[len(held) - room - 1] - now)
        return max(waits)

    def find_chat_wait(self, chat: ChatKey, now: float, *, is_urgent: bool = False, messages: int = 1) -> float:
        """Give the seconds until so many messages may go to this chat; 0 if they may.

        An urgent message answers somebody: it does not wait for the gap, which Telegram lets short bursts break.
        """
        waits = [self._paused_until - now, 0.0]
        known = self._chats.get(chat)
        if known is not None:
            waits.append(known.paused_until - now)
        if known is not None and known.sent and not is_urgent:
            waits.append(known.sent[-1] + self._limits.chat_gap - now)
            room = self._limits.group_minute - min(messages, self._limits.group_minute)
            if is_group(chat) and len(known.sent) > room:
                waits.append(known.sent[len(known.sent) - room - 1] + MINUTE + self._limits.minute_margin - now)
        return max(waits)

    def take(self, chat: ChatKey | None, now: float, messages: int = 1) -> Turn:
        """Count messages that go now, or a call that is about no new message (no chat)."""
        self._due = max(self._due, now) + messages / self._limits.per_second
        turn = Turn(now, now + LONGEST_FLIGHT, messages)
        self._recent.extend([turn] * messages)
        if chat is not None:
            self._count(chat, now, messages)
        return turn

    def settle(self, turn: Turn, now: float) -> None:
        """Note that a message was answered now."""
        self._settled += 1
        self._fastest = min(self._fastest, now - turn.at)
        # The fastest of a few, over new connections, tells nothing of how fast others can travel.
        trip = self._fastest if self._settled > LEARN_FROM else 0.0
        turn.free_at = min(turn.free_at, now + 1 + self._limits.margin - trip)

    def _count(self, chat: ChatKey, now: float, messages: int) -> None:
        known = self._know(chat, now)
        known.sent.extend([now] * messages)
        while len(known.sent) > (self._limits.group_minute if is_group(chat) else 1):
            known.sent.popleft()

    def give_back(self, turn: Turn, *, was_too_fast: bool = False) -> None:
        """Count a message that Telegram refused as none: the next one may go at once.

        After one that came too fast the next keeps its own time: at once it would be too fast as well, and so on until
        the bot as a whole is told to wait.
        """
        if not was_too_fast:
            self._due -= turn.messages / self._limits.per_second
        turn.free_at = float("-inf")

    def note_taken(self) -> None:
        """Count an answer that asked for no pause."""
        self._answers.append(None)

    def pause(self, chat: ChatKey, seconds: float, now: float) -> None:
        """Leave a chat alone for as long as it asks; everybody, where most of the latest answers asked for a pause."""
        known = self._know(chat, now)
        known.paused_until = max(known.paused_until, now + seconds)
        self._answers.append(chat)
        if len({each for each in self._answers if each is not None}) >= STORM:
            self._paused_until = max(self._paused_until, now + seconds)
            self._answers.clear()

    def _know(self, chat: ChatKey, now: float) -> _Chat:
        if len(self._chats) >= self._prune_at:
            self._chats = dict(self._list_living(now))
            self._prune_at = max(PRUNE_AT, 2 * len(self._chats))
        return self._chats.setdefault(chat, _Chat())

    def _list_living(self, now: float) -> Iterator[tuple[ChatKey, _Chat]]:
        for chat, known in self._chats.items():
            memory = MINUTE if is_group(chat) else self._limits.chat_gap
            if known.paused_until > now or (known.sent and known.sent[-1] + memory > now):
                yield chat, known


def is_group(chat: ChatKey) -> bool:
    """Whether this is a group or a channel: their ids are negative, and only they are addressed by name."""
    return str(chat).startswith(("-", "@"))
