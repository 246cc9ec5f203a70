"""Looks up which language a chat is spoken to in: its reader's, else that of the apps of whoever is there."""

from digest.bot.incoming import Joined, Migrated, Reacted, Said, Tapped
from digest.languages import choose_language
from subscribers import store
from subscribers.addresses import TELEGRAM
from subscribers.db import Database


def find_language(database: Database, incoming: Tapped | Said | Reacted | Joined | Migrated) -> str:
    """Give the language of ours in which something that came is answered. Waits for the database.

    A chat that has left is still known; where Telegram does not say which apps somebody has, it is English.
    """
    told = "" if isinstance(incoming, Migrated) else incoming.language
    chat = None if isinstance(incoming, Migrated) else incoming.chat
    if chat is None:
        return choose_language(told)
    with database.reading() as session:
        chosen = store.find_language_at(session, [(TELEGRAM, address) for address in chat.addresses])
    return choose_language(told if chosen is None else chosen)
