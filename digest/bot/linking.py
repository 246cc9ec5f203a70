"""Acts: adds a chat to the subscription whose code was sent from it. Waits for the database."""

from datetime import datetime

from digest.bot import wording
from digest.bot.incoming import Chat
from digest.pipeline.signup import find_start
from subscribers import linking
from subscribers.addresses import TELEGRAM
from subscribers.db import Database
from subscribers.linking import Linked, LinkOutcome
from subscribers.schedule_words import describe_schedule

_REFUSALS = {
    LinkOutcome.REFUSED: wording.LINK_REFUSED,
    LinkOutcome.TAKEN: wording.LINK_TAKEN,
    LinkOutcome.TOO_MANY: wording.LINK_TOO_MANY,
}


def take_link(database: Database, now: datetime, chat: Chat, code: str) -> Linked:
    """Use a code up, or count a wrong one."""
    start = find_start(database, now)
    with database.writing() as session:
        place = linking.Chat(TELEGRAM, chat.address, chat.addresses)
        return linking.use_code(session, now, code, place, start_after=start)


def say_link(linked: Linked, title: str) -> str:
    """Say what became of a code."""
    if linked.channel is None:
        return _REFUSALS[linked.outcome]
    schedule = describe_schedule(linked.channel.schedule)
    return wording.say_linked(title, schedule, is_new=linked.outcome is LinkOutcome.LINKED)
