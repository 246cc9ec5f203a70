"""Acts: brings all the buttons beneath a message up to date with what is stored. Waits for the database.

Two taps in a row carry the same old keyboard, so what any row shows comes from what is stored, and only what is open
beneath the numbers comes from the keyboard itself.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from digest.bot.keyboards import Asked, Stand, list_asked, list_rated, read_opened, redraw, redraw_rating
from digest.bot.paper_taps import ShowTap
from digest.model import Keyboard, PaperId, SubscriberId
from digest.pipeline.feedback import find_said
from digest.pipeline.muting import list_mutes
from digest.pipeline.next_steps import find_authors
from digest.pipeline.voting import count
from digest.rendering.rating import Opened, Sight
from digest.storage import answers, feedback, papers, researchers
from digest.storage.votes import Votes
from subscribers import store
from subscribers.db import Database
from subscribers.model import SubscriberKind


def refresh(database: Database, reader: SubscriberId, keyboard: Keyboard, wanted: ShowTap | None = None) -> Keyboard:
    """Give the buttons as they should be now. `wanted` is what is to be open; by default what is open stays so."""
    places = list_rated(keyboard)
    shown = wanted if wanted is not None and wanted.place in places else read_opened(keyboard)
    with database.reading() as session:
        stands = _find_stands(session, reader, list_asked(keyboard))
        words = feedback.find_words(session, reader, {place.paper_id for place in places})
    return redraw_rating(redraw(keyboard, stands), words, _open(database, reader, shown))


def _open(database: Database, reader: SubscriberId, shown: ShowTap | None) -> Opened | None:
    """Look up what the open rows need; a list of nothing is not opened."""
    if shown is None or shown.sight is Sight.CLOSED:
        return None
    return _open_list(database, reader, shown) or Opened(
        shown.place, votes=_count_votes(database, reader, shown.place.paper_id)
    )


def _open_list(database: Database, reader: SubscriberId, shown: ShowTap) -> Opened | None:
    """Look up the authors, or what can be left out; None if that is not what is open, or there is none of it."""
    if shown.sight is Sight.RATING or (said := find_said(database, reader, shown.place.paper_id)) is None:
        return None
    if shown.sight is Sight.AUTHORS:
        authors = find_authors(database, said)
        return Opened(shown.place, Sight.AUTHORS, authors) if authors else None
    mutes = [each.offered for each in list_mutes(database, said)]
    return Opened(shown.place, Sight.MUTING, mutes=mutes) if mutes else None


def _count_votes(database: Database, reader: SubscriberId, paper_id: PaperId) -> Votes | None:
    """Count the votes where a group reads; None where one person does."""
    with database.reading() as session:
        kinds = [view.kind for view in store.list_matching_subscribers(session, [reader])]
    return count(database, reader, paper_id) if kinds == [SubscriberKind.GROUP] else None


def _find_stands(session: Session, reader: SubscriberId, asked: Iterable[Asked]) -> Mapping[Asked, Stand]:
    """Give how questions stand, by what was asked: researchers and papers may have been merged into others since."""
    stands: dict[Asked, Stand] = {}
    for each in asked:
        living, row = researchers.find_living(session, each[0]), papers.find_living(session, each[1])
        if living is not None and row is not None:
            answer = answers.find_answer(session, reader, living, row)
            name = researchers.load_researchers(session, [living])[living].name
            stands[each] = Stand(name, answer.is_theirs if answer else None)
    return stands
