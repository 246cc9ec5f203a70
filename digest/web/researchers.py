"""Pages about researchers, the same as JSON, and a search by name. About published work; never about who follows."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from digest.bootstrap import App
from digest.model import ResearcherId
from digest.pipeline.researcher_page import Moved, PageReader
from digest.pipeline.researcher_search import SearchReader
from digest.rendering.researcher import ResearcherView, make_researcher_view, researcher_url
from digest.rendering.researcher_facts import Facts
from digest.rendering.researcher_json import dump_researcher
from digest.rendering.search import LONGEST_QUERY, make_search_view
from digest.web.pages import HEADERS, NOT_FOUND, OK, PRIVATE, PUBLIC, Pages
from digest.web.readers import Readers
from subscribers import store
from subscribers.model import FollowKind
from subscribers.service import MAX_ID

MOST_DIGITS: Final = 10  # of an id or a page; more are no number of ours
_MOVED_FOR_GOOD: Final = 301


class Researchers:
    """Answers whoever asks about a researcher, and those who search for one."""

    def __init__(self, app: App, readers: Readers) -> None:
        self._database = app.database
        self._clock = app.clock
        self._bot = app.settings.telegram.bot_name
        self._readers = readers
        self._pages = Pages(app.settings.title)
        self._reader = PageReader(app.database)
        self._searcher = SearchReader(app.database)
        self._lock = asyncio.Lock()

    async def show(self, request: Request) -> Response:
        """Show a page; of a record that was merged, send to the one it is now."""
        found = await self._find(request)
        if found is None:
            return self._unknown()
        token = request.query_params.get("reader", "")
        if isinstance(found, Moved):
            page = _read_number(request.query_params.get("page", ""))
            return _redirect(researcher_url(found.to, token, page), is_private=bool(token))
        if found.page > found.pages:
            return self._unknown()
        return await asyncio.to_thread(self._show, found, token)

    async def show_json(self, request: Request) -> Response:
        """Give the same for scripts."""
        found = await self._find(request)
        if found is None or (isinstance(found, Facts) and found.page > found.pages):
            return JSONResponse({"error": "There is no such page."}, NOT_FOUND, headers={**HEADERS, **PUBLIC})
        if isinstance(found, Moved):
            page = _read_number(request.query_params.get("page", ""))
            return _redirect(f"{found.to}.json" + (f"?page={page}" if page > 1 else ""))
        return JSONResponse(dump_researcher(found), headers={**HEADERS, **PUBLIC})

    async def search(self, request: Request) -> Response:
        """Show a form, and the people the name in it may mean."""
        wanted = request.query_params.get("q", "")[:LONGEST_QUERY]
        async with self._lock:  # sorting papers into people takes a while: strangers take turns
            found = await asyncio.to_thread(self._searcher.find, wanted, self._clock())
        view = make_search_view(wanted, found)
        return self._pages.show("search.html", OK, PUBLIC, heading=view.heading, view=view)

    async def _find(self, request: Request) -> Facts | Moved | None:
        number = _read_number(request.path_params["id"])
        page = _read_number(request.query_params.get("page", "1"))
        if not number or not page:
            return None
        return await asyncio.to_thread(self._reader.read, ResearcherId(number), page, self._clock())

    def _show(self, facts: Facts, token: str) -> Response:
        visitor = self._readers.find_visitor(token, facts.researcher_id) if token else None
        follow_token = visitor and self._readers.sign_follow(visitor, facts.researcher_id)
        view = make_researcher_view(facts, token if visitor else "")
        is_following = visitor is not None and self._is_following(visitor.subscriber_id, facts.researcher_id)
        return self._pages.show(
            "researcher.html",
            OK,
            PRIVATE if token else PUBLIC,
            heading=view.name,
            view=view,
            follow_token=follow_token,
            is_following=is_following,
            bot_url=self._bot_url(view),
        )

    def _is_following(self, subscriber_id: int, researcher_id: ResearcherId) -> bool:
        with self._database.reading() as session:
            return store.find_follow(session, subscriber_id, FollowKind.RESEARCHER, researcher_id) is not None

    def _bot_url(self, view: ResearcherView) -> str | None:
        return f"https://t.me/{self._bot}?start=follow_{view.researcher_id}" if self._bot else None

    def _unknown(self) -> Response:
        return self._pages.say(
            "No such page",
            "There is no researcher of this number here, or not so many pages of papers.",
            "Search for the name instead: /researchers",
            status=NOT_FOUND,
        )


def _read_number(text: str) -> int:
    """Read a number of a row or page; 0 for what is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if is_number and int(text) <= MAX_ID else 0


def _redirect(url: str, *, is_private: bool = False) -> Response:
    return RedirectResponse(url, _MOVED_FOR_GOOD, headers={**HEADERS, **(PRIVATE if is_private else PUBLIC)})
