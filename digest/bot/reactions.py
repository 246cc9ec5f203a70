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
from digest.storage.votes import find_vote
from subscribers.db import Database

NameVoter = Callable[[Chat, SubscriberId, int | None], str | None]


def take_reaction(
    database: Database, now: datetime, reacted: Reacted, name_voter: NameVoter
) -> tuple[SubscriberId, PaperId] | None:
    """Take the word, or take it back; again changes nothing. None for what is no reaction to one paper of ours.

    In a group it is the vote of whoever reacts, as `name_voter` knows them.
    """
    chat = reacted.chat
    if chat.is_channel or reacted.user_id is None or (chat.is_private and reacted.user_id != chat.id):
        return None
    reader = find_reader(database, chat)
    if reader is None:
        return None
    with database.reading() as session:
        paper_id = feedback.find_only_paper(session, reader, chat.addresses, reacted.message_id)
    if paper_id is None:
        return None
    tap = RateTap(Place(paper_id), reacted.word, reacted.is_said)
    voter = name_voter(chat, reader, reacted.user_id)
    if refuse_guests(database, reader, chat, reacted.user_id) or not _counts(database, reader, tap, voter):
        return None
    take_rating(database, now, reader, tap, None, voter)
    return reader, paper_id


def _counts(database: Database, group: SubscriberId, tap: RateTap, voter: str | None) -> bool:
    """Whether a reaction says something: taken away, it takes back no other vote that its member has given since."""
    if tap.is_said or voter is None:
        return True
    with database.reading() as session:
        return find_vote(session, group, tap.place.paper_id, voter) is tap.kind
