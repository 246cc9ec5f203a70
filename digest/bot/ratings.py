"""Acts: takes what is tapped about papers: more or less like one, save it, follow an author, leave out another.

Waits for the database. In a group, members vote on papers, and what most of them say is the group's word; what is saved
is saved for all.
"""

from collections.abc import Sequence
from datetime import datetime

from digest.bot import rating_words, wording
from digest.bot.answers import Told
from digest.bot.commands.topics import MOST_TOPICS
from digest.bot.mistakes import say_mistake
from digest.bot.paper_taps import AuthorTap, MuteTap, RateTap, ShowTap
from digest.bot.redrawing import refresh
from digest.languages import tr
from digest.model import RATINGS, Keyboard, SubscriberId
from digest.pipeline.feedback import Said, find_said, give_feedback, take_back
from digest.pipeline.muting import Mute, count_wishes, list_mutes, turn_mute
from digest.pipeline.next_steps import find_authors, turn_author
from digest.pipeline.voting import vote
from digest.rendering.rating import MuteWord, Sight
from subscribers.db import Database
from subscribers.model import InvalidWish, UnknownSubscriber


def take_show(database: Database, reader: SubscriberId, tap: ShowTap, keyboard: Keyboard | None) -> Told:
    """Open or close the row of a paper, its authors, or what can be left out. Changes nothing but the buttons."""
    said = find_said(database, reader, tap.place.paper_id)
    if said is None:
        return Told(notice=tr(wording.STALE))
    return Told(notice=_say_shown(database, said, tap), keyboard=_redraw(database, reader, keyboard, tap))


def take_rating(
    database: Database,
    now: datetime,
    reader: SubscriberId,
    tap: RateTap,
    keyboard: Keyboard | None,
    voter: str | None = None,
) -> Told:
    """Take a word on a paper, or take it back; again changes nothing. In a group it is the vote of `voter`."""
    paper_id = tap.place.paper_id
    try:
        if voter is not None and tap.kind in RATINGS:
            return _take_vote(database, now, reader, tap, keyboard, voter)
        if tap.is_said:
            said = give_feedback(database, now, reader, paper_id, tap.kind)
        else:
            said = take_back(database, now, reader, paper_id, [tap.kind])
    except UnknownSubscriber:  # erased at this very moment
        return Told(notice=tr(wording.NO_DIGEST))
    if said is None:  # gone, or never sent to this reader
        return Told(notice=tr(wording.STALE))
    notice = rating_words.say_rated(tap.kind, is_said=tap.is_said)
    return Told(notice=notice, keyboard=_redraw(database, reader, keyboard, ShowTap(tap.place, Sight.RATING)))


def _take_vote(
    database: Database, now: datetime, group: SubscriberId, tap: RateTap, keyboard: Keyboard | None, voter: str
) -> Told:
    voted = vote(database, now, group, tap.place.paper_id, voter, tap.kind if tap.is_said else None)
    if voted is None:  # gone, or never sent to this group
        return Told(notice=tr(wording.STALE))
    _, counted = voted
    notice = rating_words.say_voted(tap.kind if tap.is_said else None, counted)
    return Told(notice=notice, keyboard=_redraw(database, group, keyboard, ShowTap(tap.place, Sight.RATING)))


def take_author(
    database: Database, now: datetime, reader: SubscriberId, tap: AuthorTap, keyboard: Keyboard | None
) -> Told:
    """Let the reader follow an author of a paper, or no longer; again changes nothing."""
    said = find_said(database, reader, tap.place.paper_id)
    offered = find_authors(database, said) if said else ()
    author = next((each for each in offered if each.position == tap.position), None)
    if said is None or author is None:
        return Told(notice=tr(wording.STALE))
    try:
        turn_author(database, now, said, author, is_wanted=tap.is_wanted)
    except InvalidWish as error:  # they follow as many as can be, most likely
        return Told(notice=rating_words.say_refused(say_mistake(error)))
    except UnknownSubscriber:
        return Told(notice=tr(wording.NO_DIGEST))
    notice = wording.say_followed_shortly(author.name, is_followed=tap.is_wanted)
    return Told(notice=notice, keyboard=_redraw(database, reader, keyboard, ShowTap(tap.place, Sight.AUTHORS)))


def take_mute(database: Database, now: datetime, reader: SubscriberId, tap: MuteTap, keyboard: Keyboard | None) -> Told:
    """Leave out what a paper offers for that, or let it in; again changes nothing."""
    said = find_said(database, reader, tap.place.paper_id)
    mute = _find_mute(list_mutes(database, said), tap) if said else None
    if said is None or mute is None:
        return Told(notice=tr(wording.STALE))
    try:
        notice = _turn_mute(database, now, said, mute, tap.word)
    except InvalidWish as error:
        return Told(notice=rating_words.say_refused(say_mistake(error)))
    except UnknownSubscriber:
        return Told(notice=tr(wording.NO_DIGEST))
    return Told(notice=notice, keyboard=_redraw(database, reader, keyboard, ShowTap(tap.place, Sight.MUTING)))


def _find_mute(mutes: Sequence[Mute], tap: MuteTap) -> Mute | None:
    """Give what a tap is about; None if it is not offered any more, or not in that way."""
    found = (each for each in mutes if (each.offered.kind, each.offered.key) == (tap.kind, tap.key))
    mute = next(found, None)
    return None if mute and tap.word is MuteWord.UNFOLLOW and mute.author is None else mute


def _turn_mute(database: Database, now: datetime, said: Said, mute: Mute, word: MuteWord) -> str:
    """Do it, unless there is no room or it would be in vain, and say so."""
    if word is MuteWord.MUTE and mute.offered.word is MuteWord.UNFOLLOW:
        return rating_words.say_followed_first(mute.offered)
    if mute.adds_a_wish(word) and count_wishes(database, said.subscriber_id) >= MOST_TOPICS:
        return rating_words.say_full(MOST_TOPICS)
    turn_mute(database, now, said, mute, word)
    return rating_words.say_muted(mute.offered, word)


def _say_shown(database: Database, said: Said, tap: ShowTap) -> str:
    if tap.sight is Sight.AUTHORS:
        return tr(rating_words.WHOM if find_authors(database, said) else rating_words.NOBODY)
    if tap.sight is Sight.MUTING:
        return tr(rating_words.WHAT_TO_MUTE if list_mutes(database, said) else rating_words.NOTHING_TO_MUTE)
    is_opened = tap.sight is Sight.RATING and tap.place.number
    return rating_words.name_paper(said.paper.title, tap.place.number) if is_opened else ""


def _redraw(database: Database, reader: SubscriberId, keyboard: Keyboard | None, shown: ShowTap) -> Keyboard | None:
    return refresh(database, reader, keyboard, shown) if keyboard else None
