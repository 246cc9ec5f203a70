"""“Why was this paper not in my digest?”: a form that asks for a paper, and the answer for each channel."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from digest.matching.absence import Absence
from digest.pipeline.why import explain_absence
from digest.rendering.history import name_address
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, shorten
from digest.web.owners import Owners
from digest.web.pages import Pages
from subscribers.db import Database
from subscribers.model import ChannelStatus, SubscriberView

LONGEST_WANTED: Final = 500  # characters, here and below
LONGEST_LINE: Final = 600
MOST_DETAILS: Final = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said for one channel: where it leads, the sentence, and further lines."""

    place: str
    sentence: str
    details: tuple[str, ...]


class Why:
    """Answers readers who miss a paper. Asking only reads."""

    def __init__(self, database: Database, owners: Owners, clock: Callable[[], datetime], title: str) -> None:
        self._database = database
        self._owners = owners
        self._clock = clock
        self._pages = Pages(title)

    async def ask(self, request: Request) -> Response:
        """Show the form and, for a paper that is asked about, why it did not come."""
        view = await self._owners.find(request.path_params["token"])
        if view is None:
            return self._pages.unknown()
        wanted = clean(request.query_params.get("paper", "")[:LONGEST_WANTED])
        found = await asyncio.to_thread(self._explain, view, wanted) if wanted else []
        title = next((each.title for _, each in found if each.title), "")
        return self._pages.show(
            "why.html",
            heading="Why was a paper not in my digest?",
            token=request.path_params["token"],
            wanted=wanted,
            longest=LONGEST_WANTED,
            title_of_paper=_line(title),
            answers=_word_all(found),
            is_open=any(each.status is ChannelStatus.OPEN for each in view.channels),
        )

    def _explain(self, view: SubscriberView, wanted: str) -> list[tuple[str, Absence]]:
        """Ask for each open channel."""
        now = self._clock()
        return [
            (name_address(each.kind, each.address), explain_absence(self._database, now, each.id, wanted))
            for each in view.channels
            if each.status is ChannelStatus.OPEN
        ]


def _word_all(found: list[tuple[str, Absence]]) -> list[Answer]:
    """Say it for each channel, or once if it is the same for all."""
    answers = [_word(place, absence) for place, absence in found]
    is_one = len({(each.sentence, each.details) for each in answers}) == 1
    return answers[:1] if is_one else answers


def _word(place: str, absence: Absence) -> Answer:
    details = tuple(_line(each) for each in absence.details[:MOST_DETAILS])
    return Answer(place, _line(absence.sentence), details)


def _line(text: str) -> str:
    """Show a sentence that may hold a title of a source, or what a reader typed."""
    return shorten(to_unicode(text[: LONGEST_LINE * 10]), LONGEST_LINE)
