"""Acts: shows the papers that a reader saved, takes one off the list, and puts it back. Waits for the database."""

from datetime import datetime
from typing import Final

from digest.bot import rating_words, wording
from digest.bot.answers import Told
from digest.bot.paper_taps import SavedTap, write_paper_tap
from digest.languages import tr
from digest.model import Button, FeedbackKind, Keyboard, SubscriberId
from digest.pipeline.feedback import give_feedback, take_back
from digest.rendering.rating import IN_A_ROW, Place, name_place
from digest.storage import feedback, papers
from subscribers.db import Database
from subscribers.model import UnknownSubscriber

MOST_LISTED: Final = 20
SAVED: Final = FeedbackKind.SAVED


def show_saved(database: Database, reader: SubscriberId, *, notice: str = "", removed: Place | None = None) -> Told:
    """Give the list, with a button for each paper that takes it off. `removed` was on it until now."""
    with database.reading() as session:
        said = feedback.list_feedback(session, reader, {SAVED}, MOST_LISTED + 1)
        known = papers.load_papers(session, [each.paper_id for each in said])
    listed = [each.paper_id for each in said if each.paper_id in known][:MOST_LISTED]
    text, shown = rating_words.list_saved([known[each] for each in listed], has_more=len(said) > MOST_LISTED)
    places = [name_place(each, known[each]) for each in listed[:shown]]
    return Told(notice=notice, text=text, keyboard=(*_list_buttons(places), *_put_back(removed)))


def take_saved(database: Database, now: datetime, reader: SubscriberId, tap: SavedTap) -> Told:
    """Take a paper off the list, or put it back; again changes nothing."""
    try:
        if tap.is_saved:
            said = give_feedback(database, now, reader, tap.place.paper_id, SAVED)
        else:
            said = take_back(database, now, reader, tap.place.paper_id, [SAVED])
    except UnknownSubscriber:  # erased at this very moment
        return Told(notice=tr(wording.NO_DIGEST))
    if said is None:
        return Told(notice=tr(wording.STALE))
    notice = rating_words.say_rated(SAVED, is_said=tap.is_saved)
    return show_saved(database, reader, notice=notice, removed=None if tap.is_saved else tap.place)


def _list_buttons(listed: list[Place]) -> Keyboard:
    buttons = [
        Button(f"✖ {number}", data=write_paper_tap(SavedTap(place, is_saved=False)))
        for number, place in enumerate(listed, start=1)
    ]
    return tuple(tuple(buttons[start : start + IN_A_ROW]) for start in range(0, len(buttons), IN_A_ROW))


def _put_back(removed: Place | None) -> Keyboard:
    if removed is None:
        return ()
    return ((Button(tr(rating_words.PUT_BACK), data=write_paper_tap(SavedTap(removed, is_saved=True))),),)
