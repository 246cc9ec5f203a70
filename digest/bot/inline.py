"""Answers whoever types the bot's name and some words into any chat, with papers to post there.

Somebody who types asks again at every letter. Only the latest of these questions is worked on, one at a time for each
person; Telegram forgets the others by itself. What is posted is the card of a paper, without buttons: whoever reads it
there may be anybody.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from telegram import InlineQueryResultArticle, InlineQueryResultsButton, InputTextMessageContent, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.ext import ExtBot

from digest.bootstrap import App
from digest.bot.commands.papers import describe_paper, find_ids
from digest.bot.faults import report_crash
from digest.bot.incoming import Asked
from digest.bot.workers import Workers
from digest.languages import speaking, tr
from digest.model import Paper, PaperId
from digest.pipeline.glimpse import Glimpse, find_glimpse
from digest.rendering.card import choose_excerpt
from digest.rendering.links import safe_url
from digest.rendering.tex import to_unicode
from digest.rendering.text import clean, shorten

LONGEST_WORDS: Final = 256  # what Telegram hands on
LONGEST_TITLE: Final = 160  # characters; apps show two lines
LONGEST_DESCRIPTION: Final = 200
KEPT_FOR: Final = 300  # seconds in which Telegram answers the same words by itself
MOST_AT_ONCE: Final = 100  # people
START_PARAMETER: Final = "inline"

Try = Callable[[int, Callable[[], Awaitable[object]]], Awaitable[None]]


class Inline:
    """Takes questions. `try_to` asks something of Telegram and logs what fails."""

    def __init__(self, app: App, bot: ExtBot[None], workers: Workers, try_to: Try) -> None:
        self._app = app
        self._bot = bot
        self._workers = workers
        self._try_to = try_to
        self._waiting: dict[int, Asked] = {}
        self._busy: set[int] = set()

    async def take(self, asked: Asked) -> None:
        """Answer the latest question of a person; returns at once if an earlier one is being answered."""
        is_known = asked.user_id in self._busy
        if not is_known and len(self._busy) >= MOST_AT_ONCE:
            return  # Telegram shows nothing, and the next letter asks again
        self._waiting[asked.user_id] = asked
        if is_known:
            return
        self._busy.add(asked.user_id)
        try:
            while latest := self._waiting.pop(asked.user_id, None):
                await self._try_to_answer(latest)
        finally:
            self._busy.discard(asked.user_id)

    async def _try_to_answer(self, asked: Asked) -> None:
        """Answer a question. What goes wrong is logged, and the one that waits is answered all the same."""
        try:
            with speaking(asked.language):
                await self._answer(asked)
        except Exception as error:  # noqa: BLE001 -- one odd question must not silence the next
            report_crash(asked.update_id, error)

    async def _answer(self, asked: Asked) -> None:
        words, start = clean(asked.words[:LONGEST_WORDS]), _read_offset(asked.offset)
        app = self._app
        found = await self._workers.run(
            lambda: find_glimpse(app.database, app.clock(), words, find_ids(words), start), is_slow=True
        )
        await self._try_to(asked.update_id, lambda: self._send(asked, found, is_first=start == 0))

    async def _send(self, asked: Asked, found: Glimpse, *, is_first: bool) -> None:
        nothing = InlineQueryResultsButton(tr("No paper found. Open the bot"), start_parameter=START_PARAMETER)
        await self._bot.answer_inline_query(
            asked.query_id,
            [make_result(paper_id, paper) for paper_id, paper in found.papers],
            cache_time=KEPT_FOR,
            is_personal=True,  # in the language of whoever asks
            next_offset="" if found.next_start is None else str(found.next_start),
            button=nothing if is_first and not found.papers else None,
        )


def make_result(paper_id: PaperId, paper: Paper) -> InlineQueryResultArticle:
    """Show a paper in the list; whoever taps it posts its card."""
    picture = safe_url(paper.thumbnail_url) or ""
    return InlineQueryResultArticle(
        str(paper_id),
        shorten(to_unicode(paper.title[:2_000]), LONGEST_TITLE) or tr("(untitled)"),
        InputTextMessageContent(
            describe_paper(paper),
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        ),
        description=_describe(paper) or None,
        thumbnail_url=picture if picture.startswith("https://") else None,
    )


def _describe(paper: Paper) -> str:
    first = shorten(to_unicode(paper.authors[0].name[:500]), 60) if paper.authors else ""
    others = " et al." if len(paper.authors) > 1 else ""
    text, _ = choose_excerpt(paper, LONGEST_DESCRIPTION)
    return shorten(" · ".join(filter(None, (first + others if first else "", text))), LONGEST_DESCRIPTION)


def _read_offset(offset: str) -> int:
    return int(offset) if offset.isascii() and offset.isdecimal() and len(offset) <= 3 else 0  # noqa: PLR2004 -- digits
