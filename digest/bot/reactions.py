"""Acts: takes a reaction to a message of one paper as a word on that paper. Waits for the database.

Telegram tells of reactions in private chats, and in groups that the bot administers. It shows them itself, so nothing
is answered; the buttons beneath the message show the word from the next tap on.
"""

from collections.abc import Callable
from datetime import datetime

from digest.bot.answers import find_reader
from digest.bot.incoming import Chat, Reacted
from digest.bot.paper_taps import RateTap
from digest.bot.ratings import take_rating
from digest.bot.taking import refuse_guests
from digest.model import PaperId, SubscriberId
from digest.rendering.rating import Place
from digest.storage import feedback
from subscribers.db import Database

NameVoter = Callable[[Chat, SubscriberId, int | None], str | None]


def take_reaction(
    database: Database, now: datetime, reacted: Reacted, name_voter: NameVoter
) -> tuple[SubscriberId, PaperId] | None:
    """Take the word, or take it back; again changes nothing. None for what is no reaction to one paper of ours.

    In a group it is the vote of whoever reacts, as `name_voter` knows them.
    """
    chat = reacted.chat
    if chat.is_channel or (chat.is_private and reacted.user_id != chat.id):
        return None
    reader = find_reader(database, chat)
    if reader is None:
        return None
    with database.reading() as session:
        paper_id = feedback.find_only_paper(session, reader, chat.addresses, reacted.message_id)
    if paper_id is None:
        return None
    tap = RateTap(Place(paper_id), reacted.word, reacted.is_said)
    if refuse_guests(database, reader, tap, chat):
        return None
    take_rating(database, now, reader, tap, None, name_voter(chat, reader, reacted.user_id))
    return reader, paper_id
