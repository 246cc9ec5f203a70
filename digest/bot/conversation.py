"""One tap or message at a time: who may, what becomes of it, and what the chat is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from datetime import timedelta
from typing import Final, TypeVar

import structlog
from telegram import LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import ExtBot

from digest.bootstrap import App
from digest.bot import wording
from digest.bot.administrators import Administrators
from digest.bot.answers import Told, find_reader, take_answer, take_follow
from digest.bot.connection import NOT_THE_API
from digest.bot.incoming import Chat, Said, Tapped
from digest.bot.linking import say_link, take_link
from digest.bot.notice import Notice
from digest.bot.polling import name_fault
from digest.bot.taps import AnswerTap, Command, FollowTap, parse_command, parse_follow, parse_link, parse_tap
from digest.model import Keyboard, SubscriberId
from digest.notifiers.telegram import write_keyboard
from digest.notifiers.telegram_outcomes import find_pause
from subscribers.faults import DatabaseBusy, DatabaseUnavailable

log = structlog.get_logger()

ATTEMPTS: Final = 3  # while another transaction is in the way, which is waited for each time
LONGEST_PAUSE: Final = timedelta(minutes=1)
_COMMANDS: Final = frozenset({"start", "help"})
# Expected when a tap is old or comes twice: there is nothing to show, or it is shown already.
_NO_MATTER: Final = ("message is not modified", "query is too old", "query id is invalid")

Result = TypeVar("Result")


class Conversation:
    """Answers taps and messages. Database work is done in threads of `threads`, so that nothing else waits for it."""

    def __init__(self, app: App, bot: ExtBot[None], threads: Executor) -> None:
        self._app = app
        self._bot = bot
        self._threads = threads
        self._administrators = Administrators(bot, app.clock)
        self._token = app.settings.telegram.token.get_secret_value()

    async def answer_tap(self, tapped: Tapped, notice: Notice) -> None:
        """Note what a tap says, tell whoever tapped, and bring the buttons up to date."""
        told = await self._take(tapped)
        await notice.give(told.notice)
        await self._show(tapped, told)

    async def answer_message(self, said: Said) -> None:
        """Answer in one message what was said in private, or by a command of ours in a group."""
        command = parse_command(said.text)
        if not said.chat.is_private and not (command and await self._is_ours(command)):
            return
        try:
            told = await self._reply_to(said, command)
        except DatabaseUnavailable as error:
            _report(said.update_id, error)
            told = Told(notice="", text=wording.NOT_CHANGED)
        await self.send(said.chat, told.text or told.notice, told.keyboard, said.update_id)

    async def send(self, chat: Chat, text: str, keyboard: Keyboard | None, update_id: int) -> None:
        """Send a message to a chat."""
        await self.try_to(
            update_id,
            lambda: self._bot.send_message(
                chat.id,
                text,
                parse_mode=ParseMode.HTML,
                message_thread_id=chat.topic,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=write_keyboard(keyboard or ()),
            ),
        )

    async def try_to(self, update_id: int, call: Callable[[], Awaitable[object]]) -> None:
        """Ask something of Telegram, once more if it asks for a pause; what fails is logged and given up."""
        try:
            await self._call(call)
        except TelegramError as error:
            if not (isinstance(error, BadRequest) and any(each in error.message.lower() for each in _NO_MATTER)):
                log.warning("bot_reply_failed", update=update_id, fault=name_fault(error, self._token))
        except (KeyError, TypeError, ValueError, AttributeError):
            # The library trusts that a 200 carries what was asked for; a captive portal answers otherwise.
            log.warning("bot_reply_failed", update=update_id, fault=NOT_THE_API)

    async def _call(self, call: Callable[[], Awaitable[object]]) -> None:
        try:
            await call()
        except RetryAfter as error:
            pause = min(find_pause(error.retry_after), LONGEST_PAUSE)
        else:
            return
        await asyncio.sleep(pause.total_seconds())
        await call()

    # ── taps ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _take(self, tapped: Tapped) -> Told:
        tap, chat = parse_tap(tapped.data), tapped.chat
        if tap is None or chat is None:
            return Told(notice=wording.STALE)
        try:
            reader = await self._in_thread(lambda: find_reader(self._app.database, chat))
            if reader is None:
                return Told(notice=wording.NO_DIGEST)
            refusal = await self._refuse(chat, tapped.user_id)
            if refusal:
                return Told(notice=refusal)
            told = await self._in_thread(lambda: self._take_from(reader, tap, tapped.keyboard))
        except DatabaseUnavailable as error:
            _report(tapped.update_id, error)
            return Told(notice=wording.NOT_NOW)
        log.info("bot_tap_taken", update=tapped.update_id, subscriber=reader, researcher=tap.researcher_id)
        return told

    def _take_from(self, reader: SubscriberId, tap: AnswerTap | FollowTap, keyboard: Keyboard | None) -> Told:
        now = self._app.clock()
        if isinstance(tap, FollowTap):
            return take_follow(self._app.database, now, reader, tap)
        return take_answer(self._app.database, now, reader, tap, keyboard)

    async def _refuse(self, chat: Chat, user_id: int | None) -> str:
        """Say why somebody may not answer for a chat; empty if they may."""
        if chat.is_private:
            return "" if user_id == chat.id else wording.STALE
        try:
            return "" if await self._administrators.include(chat.id, user_id) else wording.ADMINISTRATORS_ONLY
        except TelegramError:
            return wording.ADMINISTRATORS_UNKNOWN

    async def _show(self, tapped: Tapped, told: Told) -> None:
        """Bring the message that was tapped up to date."""
        if tapped.chat is None or tapped.message_id is None:
            return
        chat_id, message_id, text = tapped.chat.id, tapped.message_id, told.text
        markup = write_keyboard(told.keyboard or ())
        if text is not None:
            await self.try_to(
                tapped.update_id,
                lambda: self._bot.edit_message_text(
                    text, chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=markup
                ),
            )
        elif told.keyboard is not None:
            await self.try_to(
                tapped.update_id, lambda: self._bot.edit_message_reply_markup(chat_id, message_id, reply_markup=markup)
            )

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _is_ours(self, command: Command) -> bool:
        """Whether a command said in a group is one we know, and meant for this bot."""
        if command.name not in _COMMANDS:
            return False
        return not command.bot or command.bot == await self._find_name()

    async def _find_name(self) -> str:
        known = self._app.settings.telegram.bot_name
        if known:
            return known.lower()
        try:
            return ((await self._bot.get_me()).username or "").lower()
        except TelegramError:
            return ""

    async def _reply_to(self, said: Said, command: Command | None) -> Told:
        code = parse_link(command.rest) if command and command.name == "start" else None
        if code is not None:
            return await self._link(said, code)
        reader = await self._in_thread(lambda: find_reader(self._app.database, said.chat))
        if reader is None:
            return Told(notice="", text=self._describe_stranger(said.chat))
        wanted = parse_follow(command.rest) if command and command.name == "start" else None
        if wanted is None:
            return Told(notice="", text=self._describe_chat())
        refusal = await self._refuse(said.chat, said.user_id)
        if refusal:
            return Told(notice="", text=wording.NOT_ALLOWED)
        return await self._in_thread(lambda: self._take_from(reader, FollowTap(wanted, is_wanted=True), None))

    async def _link(self, said: Said, code: str) -> Told:
        """Add the chat to the subscription whose code this is."""
        if await self._refuse(said.chat, said.user_id):
            return Told(notice="", text=wording.LINK_NOT_ALLOWED)
        app = self._app
        linked = await self._in_thread(lambda: take_link(app.database, app.clock(), said.chat, code))
        log.info("bot_link_code_taken", update=said.update_id, outcome=linked.outcome.value)
        return Told(notice="", text=say_link(linked, app.settings.title))

    def _describe_chat(self) -> str:
        settings = self._app.settings
        has_pages = bool(settings.public_url and settings.secret_key.get_secret_value())
        return wording.describe_chat(settings.title, settings.public_url, has_pages=has_pages)

    def _describe_stranger(self, chat: Chat) -> str:
        address = f"{chat.id}/{chat.topic}" if chat.topic else str(chat.id)
        return wording.describe_stranger(self._app.settings.title, address, is_group=not chat.is_private)

    async def _in_thread(self, act: Callable[[], Result]) -> Result:
        """Do database work in a thread of ours; once more if another transaction was in the way."""
        for _ in range(ATTEMPTS - 1):
            try:
                return await asyncio.get_running_loop().run_in_executor(self._threads, act)
            except DatabaseBusy:
                continue
        return await asyncio.get_running_loop().run_in_executor(self._threads, act)


def _report(update_id: int, error: DatabaseUnavailable) -> None:
    log.error("bot_database_unavailable", update=update_id, error=str(error))
