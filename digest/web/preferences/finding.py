"""Whom somebody means who wants to follow: an id or address is looked up, a bare name may be several people."""

import asyncio
from dataclasses import dataclass
from typing import Final

from digest.bootstrap import App
from digest.errors import InvalidReference, SourceError, UnknownReference
from digest.model import ResearcherId
from digest.pipeline.lookup import Hints, Meant, find_meant
from digest.pipeline.researcher_search import SearchReader
from digest.rendering.search import LONGEST_QUERY, FoundView, make_search_view
from digest.rendering.text import clean
from digest.web.pages import Form
from digest.web.preferences.acts import Mistake, read_text
from digest.web.preferences.people import WHAT, Wanted
from subscribers.model import InvalidWish
from subscribers.validation import check_text

AS_PERSON: Final = "person"
AS_INSTITUTION: Final = "institution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The people a name may mean: those with a page here, with their numbers, and others known by their papers."""

    name: str
    records: tuple[tuple[ResearcherId, FoundView], ...] = ()
    others: tuple[FoundView, ...] = ()


class Finder:
    """Finds out what the form means that adds a follow, before anything is changed."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._searcher = SearchReader(app.database)
        self._lock = asyncio.Lock()

    async def find(self, form: Form) -> Wanted | Choice:
        """Give what is to be followed, or who there is to choose from. Raises Mistake; asks services about ids."""
        typed, chosen = read_text(form, WHAT), read_text(form, "as")
        if chosen in (AS_PERSON, AS_INSTITUTION):
            return Wanted(name=_check(typed), is_institution=chosen == AS_INSTITUTION)
        meant = await self._look_up(read_text(form, "pick") or typed)
        if not _is_bare_name(meant):
            return Wanted(meant)
        return await self._search(clean(typed)[:LONGEST_QUERY])

    async def _look_up(self, text: str) -> Meant:
        try:
            async with self._app.make_http() as http:
                return await find_meant(self._app.make_inquiry(http), text, Hints())
        except (InvalidReference, InvalidWish, UnknownReference) as error:
            raise Mistake(WHAT, str(error)) from error
        except SourceError as error:
            why = "This cannot be looked up just now. Try again later, or write the name instead."
            raise Mistake(WHAT, why) from error

    async def _search(self, name: str) -> Choice:
        async with self._lock:  # sorting papers into people takes a while: readers take turns
            found = await asyncio.to_thread(self._searcher.find, name, self._app.clock())
        view = make_search_view(name, found)
        numbers = [each.researcher_id for each in found if each.researcher_id is not None]
        others = tuple(each for each in view.others if each.reference)
        return Choice(name=name, records=tuple(zip(numbers, view.records, strict=True)), others=others)


def _is_bare_name(meant: Meant) -> bool:
    person = meant.person
    return person is not None and meant.record is None and not person.ids and not person.seeds


def _check(name: str) -> str:
    try:
        return check_text("name", name, LONGEST_QUERY)
    except InvalidWish as error:
        raise Mistake(WHAT, str(error)) from error
