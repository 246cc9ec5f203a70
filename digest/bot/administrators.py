"""Who administers a chat, as Telegram says; remembered for some seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from telegram import Bot
from telegram.constants import ChatID, ChatMemberStatus
from telegram.error import BadRequest, Forbidden

REMEMBERED_FOR: Final = timedelta(seconds=5)  # one who taps several buttons in a row is asked about once
MOST_REMEMBERED: Final = 10_000
_IN_CHARGE: Final = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})

_Member = tuple[int, int]


class Administrators:
    """Asks about the members of chats.

    Whoever administers a chat anonymously speaks as the chat itself, but taps as a person who is missing in the list of
    its administrators (tdlib/telegram-bot-api issue 667). Such a one is asked for by name, which Telegram answers for
    sure only to a bot that is an administrator too.
    """

    def __init__(self, bot: Bot, clock: Callable[[], datetime]) -> None:
        self._bot = bot
        self._clock = clock
        self._known: dict[_Member, tuple[bool, datetime]] = {}

    async def include(self, chat_id: int, user_id: int | None) -> bool:
        """Whether somebody (None: the chat itself) administers a chat. Raises TelegramError if nobody can be asked."""
        if user_id is None or user_id == ChatID.ANONYMOUS_ADMIN:
            return True
        known, until = self._known.get((chat_id, user_id), (False, None))
        if until is not None and until > self._clock():
            return known
        listed = {member.user.id for member in await self._bot.get_chat_administrators(chat_id)}
        is_one = user_id in listed or await self._is_anonymous_one(chat_id, user_id)
        self._remember({(chat_id, each): True for each in listed} | {(chat_id, user_id): is_one})
        return is_one

    async def _is_anonymous_one(self, chat_id: int, user_id: int) -> bool:
        try:
            member = await self._bot.get_chat_member(chat_id, user_id)
        except (BadRequest, Forbidden):  # we are not told, or there is no such member
            return False
        return member.status in _IN_CHARGE

    def _remember(self, found: dict[_Member, bool]) -> None:
        if len(self._known) + len(found) > MOST_REMEMBERED:
            self._known.clear()
        until = self._clock() + REMEMBERED_FOR
        self._known |= {member: (is_one, until) for member, is_one in found.items()}
