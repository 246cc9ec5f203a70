"""Acts: what becomes of a chat's digests when the bot is added or put out, or the group becomes another one."""

from datetime import datetime
from typing import Final

from digest.bot.commands.shapes import quote
from digest.bot.incoming import Chat, Joined, Migrated
from digest.languages import tr
from subscribers import store
from subscribers.addresses import TELEGRAM
from subscribers.chats import close_chat, list_states, move_chat
from subscribers.db import Database
from subscribers.model import ChannelStatus

# As Telegram words it when something is sent to such a chat, so that either way the same reason is kept.
BLOCKED: Final = "Telegram will not deliver here: Forbidden: bot was blocked by the user"
REMOVED: Final = "Telegram will not deliver here: Forbidden: bot was removed from the chat"


def take_leave(database: Database, now: datetime, joined: Joined) -> int:
    """Close what leads to a chat that the bot was put out of, all its topics as well; give how many channels."""
    reason = BLOCKED if joined.chat.is_private else REMOVED
    with database.writing() as session:
        return close_chat(session, joined.chat.id, joined.chat.name, reason, now)


def take_move(database: Database, now: datetime, migrated: Migrated) -> int:
    """Write to the supergroup that a group has become; give how many channels. Told twice, nothing changes."""
    with database.writing() as session:
        return move_chat(session, migrated.old_id, migrated.new_id, now)


def find_states(database: Database, chat: Chat) -> set[ChannelStatus]:
    """Give how the channels stand that lead to a chat or to one of its topics."""
    with database.reading() as session:
        return list_states(session, chat.id, chat.name)


def is_known_chat(database: Database, chat: Chat) -> bool:
    """Whether a chat had a digest before."""
    with database.reading() as session:
        return bool(store.list_channels_at(session, [(TELEGRAM, address) for address in chat.addresses]))


def say_rights(joined: Joined) -> str:
    """Say to whoever took or gave it that the bot may not write to a chat any more, or may again."""
    name = quote(joined.called) or str(joined.chat.id)
    if not joined.may_write:
        return tr(
            "I may no longer write in “{chat}”, so its digest cannot come. Once I may write there again, an "
            "administrator opens it with /start.",
            chat=name,
        )
    return tr("I may write in “{chat}” again. An administrator opens its digest with /start there.", chat=name)


def greet(*, is_known: bool) -> str:
    """Say in a group what the bot is there for, and how to begin."""
    if is_known:
        return tr(
            "I am back. This group has a subscription; an administrator opens it again with /start, and /settings "
            "shows when its digest comes."
        )
    return tr(
        "Hello! I bring new papers about your group’s topics and by people it follows. An administrator begins with "
        "/start, in a forum in the topic that shall have the digest. I read only commands here, and only "
        "administrators change anything."
    )
