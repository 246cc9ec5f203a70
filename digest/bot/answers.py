"""Acts: takes the answers and follows of whoever reads in a chat, and says what to show. Waits for the database."""

from dataclasses import dataclass
from datetime import datetime

from digest.bot import wording
from digest.bot.incoming import Chat
from digest.bot.keyboards import follow_keyboard
from digest.bot.mistakes import say_mistake
from digest.bot.redrawing import refresh
from digest.bot.taps import AnswerTap, FollowTap
from digest.languages import tr
from digest.model import Keyboard, ResearcherId, SubscriberId
from digest.pipeline.answering import Answered, find_question, give_answer, take_back
from digest.pipeline.following import follow_researcher, unfollow
from digest.rendering.question import identify
from digest.storage import researchers
from subscribers import store
from subscribers.addresses import TELEGRAM
from subscribers.db import Database
from subscribers.model import ChannelStatus, FollowKind, InvalidWish, SubscriberStatus, UnknownSubscriber

_LEFT = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What to show: a notice over the chat, other buttons beneath the message, other words in it, further messages.

    None leaves buttons or words as they are.
    """

    notice: str
    keyboard: Keyboard | None = None
    text: str | None = None
    more: tuple[tuple[str, Keyboard], ...] = ()


def find_reader(database: Database, chat: Chat) -> SubscriberId | None:
    """Give whose chat this is: the subscriber with an open, verified channel that leads exactly here."""
    addresses = chat.addresses
    with database.reading() as session:
        found = store.list_channels_at(session, [(TELEGRAM, address) for address in addresses])
        usable = {row.address: row for row in found if row.status == ChannelStatus.OPEN and row.verified_at}
        ids = [usable[address].subscriber_id for address in addresses if address in usable]
        views = store.list_matching_subscribers(session, ids)
    present = {view.id for view in views if view.status not in _LEFT}
    return next((SubscriberId(each) for each in ids if each in present), None)


def take_answer(
    database: Database, now: datetime, reader: SubscriberId, tap: AnswerTap, keyboard: Keyboard | None
) -> Told:
    """Take an answer, or take it back; again changes nothing. `keyboard` is the one that was tapped."""
    question = find_question(database, reader, tap.researcher_id, tap.paper_id)
    if question is None:
        return Told(notice=tr(wording.STALE))
    try:
        if tap.answer is None:
            answered = take_back(database, now, question)
        else:
            answered = give_answer(database, now, question, is_theirs=tap.answer)
    except UnknownSubscriber:  # erased at this very moment
        return Told(notice=tr(wording.NO_DIGEST))
    turned_to = _name_turned(database, answered)
    name, settled = question.researcher.name, answered.settled
    notice = wording.say_answered(name, answer=tap.answer, settled=settled, turned_to=turned_to)
    return Told(notice=notice, keyboard=refresh(database, reader, keyboard) if keyboard else None)


def take_follow(database: Database, now: datetime, reader: SubscriberId, tap: FollowTap) -> Told:
    """Let the reader follow a researcher, or no longer; again changes nothing."""
    try:
        if tap.is_wanted:
            return _follow(database, now, reader, tap.researcher_id)
        return _unfollow(database, now, reader, tap.researcher_id)
    except InvalidWish as error:  # the record is gone, most likely
        return Told(notice=tr(wording.STALE), text=wording.say_unchanged(say_mistake(error)))
    except UnknownSubscriber:
        return Told(notice=tr(wording.NO_DIGEST))


def _follow(database: Database, now: datetime, reader: SubscriberId, wanted: ResearcherId) -> Told:
    with database.writing() as session:
        followed = follow_researcher(session, now, reader, wanted)
    return Told(
        notice=wording.say_followed_shortly(followed.name, is_followed=True),
        keyboard=follow_keyboard(ResearcherId(followed.target_id), is_followed=True),
        text=wording.say_followed(followed.name, is_followed=True, is_changed=followed.change.is_changed),
    )


def _unfollow(database: Database, now: datetime, reader: SubscriberId, gone: ResearcherId) -> Told:
    with database.writing() as session:
        living = researchers.find_living(session, gone)
        if living is None:
            raise InvalidWish(tr("There is no researcher {number}.", number=gone))
        unfollow(session, now, reader, FollowKind.RESEARCHER, living)
        name = researchers.load_researchers(session, [living])[living].name
    return Told(
        notice=wording.say_followed_shortly(name, is_followed=False),
        keyboard=follow_keyboard(living, is_followed=False),
        text=wording.say_followed(name, is_followed=False),
    )


def _name_turned(database: Database, answered: Answered) -> str:
    """Say whom the reader follows now in place of a record that was only a name; empty if that has not changed."""
    if answered.turned_to is None:
        return ""
    with database.reading() as session:
        return ", ".join(map(identify, researchers.load_researchers(session, [answered.turned_to]).values()))
