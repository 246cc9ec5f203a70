"""Acts: hands a tap to whoever takes it, and says who may tap. Waits for the database."""

from datetime import datetime

from digest.bot import rating_words, wording
from digest.bot.answers import Told, take_answer, take_follow
from digest.bot.commands.shapes import parse_press
from digest.bot.incoming import Chat, Tapped
from digest.bot.paper_taps import AuthorTap, MuteTap, RateTap, SavedTap, ShowTap
from digest.bot.ratings import take_author, take_mute, take_rating, take_show
from digest.bot.saved import take_saved
from digest.bot.taps import AnswerTap, FollowTap, Tap, parse_tap
from digest.languages import tr
from digest.model import Keyboard, SubscriberId
from digest.pipeline.voting import list_members
from digest.rendering.rating import Place
from digest.storage import papers
from subscribers import store
from subscribers.db import Database
from subscribers.model import SubscriberKind


def take_tap(
    database: Database,
    now: datetime,
    reader: SubscriberId,
    tap: Tap,
    keyboard: Keyboard | None,
    voter: str | None = None,
) -> Told:
    """Do what a tap says. `keyboard` is the one that was tapped, None if it is not known; `voter` votes in a group."""
    if not isinstance(tap, FollowTap) and _is_mistaken(database, tap.place):
        return Told(notice=tr(wording.STALE))
    match tap:
        case SavedTap():
            return take_saved(database, now, reader, tap)
        case FollowTap():
            return take_follow(database, now, reader, tap)
        case AnswerTap():
            return take_answer(database, now, reader, tap, keyboard)
        case RateTap():
            return take_rating(database, now, reader, tap, keyboard, voter)
        case _:
            return _take_from_row(database, now, reader, tap, keyboard)


def is_for_everybody(tap: Tap, chat: Chat) -> bool:
    """Whether anybody in a group may tap this: they rate and save together. Whoever reads a channel is a stranger."""
    is_group = not chat.is_private and not chat.is_channel
    return is_group and isinstance(tap, ShowTap | RateTap | SavedTap)


def refuse_guests(database: Database, reader: SubscriberId, chat: Chat, user_id: int) -> Told | None:
    """Refuse whatever anybody else says in a group that one person has linked: it would count as that person's word.

    The person is known by a private chat of theirs.
    """
    if chat.is_private:
        return None
    with database.reading() as session:
        views = store.list_matching_subscribers(session, [reader])
    is_theirs = all(view.kind is SubscriberKind.GROUP or user_id in list_members([view]) for view in views)
    return None if is_theirs else Told(notice=tr(rating_words.OF_A_PERSON))


def is_made_up(tapped: Tapped) -> bool:
    """Whether a list would take the place of a message that never offered it.

    Members may turn the pages of a list in a group, and apps of their own may tap what they like on a digest.
    """
    if tapped.chat is None or tapped.chat.is_private:
        return False
    offered = {button.data for row in tapped.keyboard or () for button in row}
    is_list = parse_press(tapped.data) is not None or isinstance(parse_tap(tapped.data), SavedTap)
    return is_list and tapped.data not in offered


def _is_mistaken(database: Database, place: Place) -> bool:
    """Whether the row that a button names is another paper now, as after a restore."""
    if not place.check:
        return False
    with database.reading() as session:
        known = papers.load_papers(session, [place.paper_id])
    return any(not place.is_of(paper) for paper in known.values())


def _take_from_row(
    database: Database,
    now: datetime,
    reader: SubscriberId,
    tap: ShowTap | AuthorTap | MuteTap,
    keyboard: Keyboard | None,
) -> Told:
    match tap:
        case ShowTap():
            return take_show(database, reader, tap, keyboard)
        case AuthorTap():
            return take_author(database, now, reader, tap, keyboard)
        case MuteTap():
            return take_mute(database, now, reader, tap, keyboard)


def name_subject(tap: Tap) -> dict[str, int]:
    """Say for the log what a tap is about, by numbers of rows."""
    match tap:
        case ShowTap() | RateTap() | AuthorTap() | MuteTap() | SavedTap():
            return {"paper": tap.place.paper_id}
        case FollowTap() | AnswerTap():
            return {"researcher": tap.researcher_id}
