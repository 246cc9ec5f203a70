"""Whom somebody looks for in the sign-up form: an id or a place on a paper is one person, a name may be several."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from digest.errors import InvalidReference
from digest.pipeline.choosing import read_choice
from digest.pipeline.researcher_search import SearchReader
from digest.pipeline.signup_wishes import FollowChoice
from digest.rendering.search import LONGEST_QUERY, Found, FoundView, make_search_view
from subscribers.db import Database
from subscribers.model import InvalidWish

MOST_CANDIDATES: Final = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody a name may mean: by which words to choose them, and what tells them from others."""

    text: str
    view: FoundView


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What came of looking for somebody: one person who is meant, or several to choose from; or why nobody."""

    asked: str
    chosen: FollowChoice | None = None
    candidates: tuple[Candidate, ...] = ()
    fault: str = ""


class PeopleFinder:
    """Looks among the records and papers here. No service is asked: whoever types here is a stranger."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._searcher = SearchReader(database)
        self._lock = asyncio.Lock()

    async def find(self, text: str) -> Search:
        """Give whom a text means, or may mean."""
        try:
            choice = await asyncio.to_thread(self._read, text)
        except (InvalidWish, InvalidReference) as error:
            return Search(asked=text, fault=str(error))
        if choice.researcher_id is not None or (choice.person and (choice.person.ids or choice.person.seeds)):
            return Search(asked=text, chosen=choice)
        asked = text[:LONGEST_QUERY]
        async with self._lock:  # sorting papers into people takes a while: strangers take turns
            found = await asyncio.to_thread(self._searcher.find, asked, self._clock())
        return Search(asked=asked, candidates=_list_candidates(asked, found))

    def _read(self, text: str) -> FollowChoice:
        with self._database.reading() as session:
            return read_choice(session, text)


def _list_candidates(asked: str, found: tuple[Found, ...]) -> tuple[Candidate, ...]:
    """Pair each person with the words to choose them by; who cannot be told from a namesake is left to the name."""
    view = make_search_view(asked, found)
    views = iter((*view.records, *view.others))
    ordered = [each for each in found if each.researcher_id is not None]
    ordered += [each for each in found if each.researcher_id is None]
    paired = [(_refer(each), shown) for each, shown in zip(ordered, views, strict=True)]
    return tuple(Candidate(text, shown) for text, shown in paired if text)[:MOST_CANDIDATES]


def _refer(found: Found) -> str:
    return found.reference if found.researcher_id is None else f"researcher {found.researcher_id}"
