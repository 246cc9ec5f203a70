"""Sends chat messages through a Telegram bot, part by part, within Telegram's rate limits."""

import os
from dataclasses import replace
from datetime import timedelta
from typing import Self

from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from digest.certificates import find_certificates
from digest.errors import NotifierError, NotYet
from digest.model import (
    NOTHING_SENT,
    Address,
    ChatMessage,
    Message,
    MessageForm,
    Progress,
    Receipt,
    name_chat_messages,
    write_progress,
)
from digest.notifiers import FORGETFUL, Journal
from digest.notifiers.chat_markup import render_plain
from digest.notifiers.redaction import hide_in_logs
from digest.notifiers.telegram_calls import Outcome, Part, Target, edit_into, parse_target, send_part, write_keyboard
from digest.notifiers.telegram_doubt import judge_edit, list_candidates
from digest.notifiers.telegram_outcomes import (
    find_pause,
    is_in_doubt,
    is_keyboard_fault,
    is_markup_fault,
    is_picture_fault,
    is_preview_fault,
    judge_error,
)
from digest.notifiers.telegram_pace import Turn
from digest.notifiers.telegram_turns import Turns, find_turns
from digest.settings import Settings, TelegramSettings

__all__ = ["Target", "TelegramNotifier", "make_notifier", "parse_target", "write_keyboard"]

TIMEOUT = timedelta(seconds=30)
# More messages on their way than this gain nothing: thirty a second go out, and each takes a fraction of one.
AT_ONCE = 64
MOST_PICTURES = 10  # of one message


def make_notifier(settings: Settings) -> "TelegramNotifier | None":
    """Give the notifier for `[telegram]`, or None when no bot token is set."""
    return TelegramNotifier(settings.telegram) if settings.telegram.token.get_secret_value() else None


class _OnHold(TelegramError):
    """We ask ourselves for a pause: the turn of this chat is too far away to wait for."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("waiting for this chat's turn")
        self.wait = wait


class TelegramNotifier:
    """Sends each part as one message. Parts that arrived before an error are counted in it, and not sent again."""

    kind = "telegram"
    form = MessageForm.CHAT
    at_once = AT_ONCE

    def __init__(self, settings: TelegramSettings, timeout: timedelta = TIMEOUT, turns: Turns | None = None) -> None:
        # The library's own switch: without it, every flood reply raises a deprecation warning.
        os.environ["PTB_TIMEDELTA"] = "true"
        self._settings = settings
        self._timeout = timeout.total_seconds()
        self._request: HTTPXRequest | None = None
        self._bot: ExtBot[None] | None = None
        self._turns = turns or find_turns(settings)
        self._newest = 0  # the highest of the numbers that private chats and small groups share
        hide_in_logs(self._token)

    async def __aenter__(self) -> Self:
        """Get ready; nothing is asked of Telegram before the first send."""
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Close the connections. The rate limits are kept for the next run."""
        request, self._request, self._bot = self._request, None, None
        if request is not None:
            await request.shutdown()

    async def send(self, message: Message, address: Address) -> Receipt:
        """Send the parts in order; the receipt lists the ids Telegram gave them. Raises NotifierError and its kin."""
        return await self.send_parts(message, address, NOTHING_SENT, FORGETFUL)

    async def send_parts(self, message: Message, address: Address, progress: Progress, journal: Journal) -> Receipt:
        """Send the parts that are missing, telling the journal before each. Raises NotifierError and its kin."""
        if not isinstance(message, ChatMessage):
            raise NotifierError("The telegram notifier was handed something that is not a chat message")
        target, before = parse_target(address.value), progress.parts_sent
        self._newest = self._newest or await journal.find_newest()
        for place in range(before, len(message.parts)):
            part = _make_part(message, place, target)
            if len(message.parts) > 1:
                progress = replace(progress, shown=message.papers[: place + 1])
            if part is None:  # Telegram knows no empty message
                progress = replace(progress, parts_sent=place + 1)
                continue
            try:
                outcome = await self._find(part, progress, journal) if progress.is_doubtful else ()
                if outcome == ():
                    outcome, progress = await self._send_part(part, progress, journal)
            except NotifierError as error:  # the journal's: this part has not set out
                raise _remember(error, progress, before) from error
            if isinstance(outcome, TelegramError):
                # Raised outside any handler, so that no traceback can show the library's error and its URL.
                raise self._judge(outcome, progress, before)
            progress = self._count(progress, place, target, outcome)
        return Receipt(name_chat_messages(progress.numbers))

    @property
    def _token(self) -> str:
        return self._settings.token.get_secret_value()

    def _judge(self, error: TelegramError, progress: Progress, before: int) -> NotifierError:
        if isinstance(error, _OnHold):
            return _remember(NotYet("This chat has had its share", retry_after=error.wait), progress, before)
        return _remember(judge_error(error, self._token), progress, before)

    def _find_newest(self, target: Target, progress: Progress) -> int:
        return max(progress.numbers, default=0) if target.counts_alone else max(self._newest, *self._turns.numbers, 0)

    def _count(self, progress: Progress, place: int, target: Target, numbers: tuple[int, ...]) -> Progress:
        if not target.counts_alone:
            self._newest = max(self._newest, *numbers)
        return Progress(parts_sent=place + 1, numbers=(*progress.numbers, *numbers), shown=progress.shown)

    # ── one part ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _find(self, part: Part, progress: Progress, journal: Journal) -> Outcome:
        """Look for a part that may have arrived: its number, or nothing if it is not to be found."""
        newest = progress.newest
        if part.target.counts_alone:
            newest = newest or await journal.find_last()
        known = {*progress.numbers}
        if not part.target.counts_alone:
            known |= {*await journal.list_numbers(), *self._turns.numbers}
        for number in list_candidates(newest, known):
            turn = await self._turns.wait_for_call()
            error = await edit_into(self._ready_bot(), part, number)
            self._turns.settle(turn)
            is_there = judge_edit(error)
            if is_there:
                return (number,)
            if is_there is None and error is not None and not is_markup_fault(error):
                self._note(part, error, turn)
                return error
        return ()

    async def _send_part(self, part: Part, progress: Progress, journal: Journal) -> tuple[Outcome, Progress]:
        """Send one part; if Telegram finds fault with its pictures, buttons or markup, the rest of it."""
        while True:
            outcome, progress = await self._try(part, progress, journal)
            if not isinstance(outcome, TelegramError):
                return outcome, progress
            if part.pictures and is_picture_fault(outcome):
                part = replace(part, pictures=())
            elif part.preview and is_preview_fault(outcome):
                part = replace(part, preview="")
            elif part.keyboard and is_keyboard_fault(outcome):
                part = replace(part, keyboard=None)
            elif part.markup and is_markup_fault(outcome):
                part = replace(part, text=render_plain(part.text), markup=None)
            else:
                return outcome, progress

    async def _try(self, part: Part, progress: Progress, journal: Journal) -> tuple[Outcome, Progress]:
        """Try once, having said so in the journal: what dies on the way can be looked for."""
        setting_out = progress

        async def prepare() -> None:
            nonlocal setting_out
            setting_out = replace(progress, is_doubtful=True, newest=self._find_newest(part.target, progress))
            await journal.keep(setting_out)

        turn = await self._turns.wait(part.target.chat_id, messages=max(len(part.pictures), 1), prepare=prepare)
        if isinstance(turn, timedelta):
            return _OnHold(turn), replace(progress, is_doubtful=False)
        outcome = await send_part(self._ready_bot(), part)
        self._turns.settle(turn)
        self._note(part, outcome, turn)
        return outcome, replace(setting_out, is_doubtful=is_in_doubt(outcome))

    def _note(self, part: Part, outcome: Outcome, turn: Turn) -> None:
        """Tell those who wait for their turns what became of this one."""
        if isinstance(outcome, RetryAfter):
            pause = find_pause(outcome.retry_after)
            self._turns.pause(part.target.chat_id, pause)
            self._turns.give_back(turn, pause)
        elif isinstance(outcome, Forbidden | BadRequest):
            self._turns.give_back(turn)
        elif not isinstance(outcome, TelegramError):
            self._turns.note_taken()

    def _ready_bot(self) -> ExtBot[None]:
        """Give the bot; connections live until the notifier is left."""
        if self._bot is None:
            limit = self._timeout
            self._request = HTTPXRequest(
                AT_ONCE,
                read_timeout=limit,
                write_timeout=limit,
                connect_timeout=limit,
                pool_timeout=limit,
                httpx_kwargs={"verify": find_certificates()},
            )
            self._bot = ExtBot(
                self._token,
                base_url=self._settings.base_url,
                request=self._request,
                get_updates_request=self._request,
            )
        return self._bot


def _remember(error: NotifierError, progress: Progress, before: int) -> NotifierError:
    """Let an error tell how far a message has got since there were so many parts."""
    error.parts_sent, error.memo = progress.parts_sent - before, write_progress("", progress)
    return error


def _make_part(message: ChatMessage, place: int, target: Target) -> Part | None:
    text = message.parts[place].encode(errors="replace").decode()
    if not text.strip():
        return None
    pictures = message.albums.get(place, ())[:MOST_PICTURES]
    keyboard: InlineKeyboardMarkup | None = write_keyboard(message.keyboards.get(place, ()))
    return Part(
        target=target,
        text=text,
        keyboard=None if len(pictures) > 1 else keyboard,
        is_silent=message.is_silent,
        pictures=pictures,
        preview=message.previews.get(place, ""),
    )
