"""Listens for what people tap and write, beside the scheduler, until the service stops."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog
from telegram import Update
from telegram.error import TelegramError

from digest.bootstrap import App
from digest.bot import wording
from digest.bot.connection import NOT_THE_API, make_bot
from digest.bot.conversation import Conversation
from digest.bot.faults import report_absence, report_crash
from digest.bot.hearing import Hearing, read_bot_id
from digest.bot.incoming import Asked, Joined, Migrated, Reacted, Said, Tapped, read_update
from digest.bot.inline import Inline
from digest.bot.lines import Lines
from digest.bot.menu import set_menus
from digest.bot.notice import PATIENCE, Notice
from digest.bot.polling import Pace, Trouble, judge_poll
from digest.bot.spoken_language import find_language
from digest.bot.webhook import Webhook, remove_own_webhook
from digest.bot.workers import Workers
from digest.languages import choose_language, speaking, tr
from digest.notifiers.telegram_door import find_door
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()

HEARD: Final = (
    *(Update.CALLBACK_QUERY, Update.MESSAGE, Update.CHANNEL_POST, Update.MESSAGE_REACTION),
    *(Update.INLINE_QUERY, Update.MY_CHAT_MEMBER),
)
STOP_WITHIN: Final = timedelta(seconds=10)
MOST_ASIDES: Final = 100


@dataclass(frozen=True, slots=True)
class _Tap:
    """A tap in its line, with the answer that it gets meanwhile or in the end."""

    tapped: Tapped
    notice: Notice


_InLine = _Tap | Said | Reacted | Joined | Migrated


class BotListener:
    """Asks Telegram for updates by long polling, and has each chat's handled in order, chats beside each other.

    An update counts as received once the next call names a higher number. What was being handled when the process died
    is lost at worst: its buttons still offer the choice. What comes again after it was handled is left alone.
    """

    def __init__(self, app: App, pace: Pace | None = None, patience: timedelta = PATIENCE) -> None:
        self._pace = pace or Pace()
        self._patience = patience
        self._token = app.settings.telegram.token.get_secret_value()
        self._bot, self._requests = make_bot(app.settings.telegram)
        self._workers = Workers()
        self._conversation = Conversation(app, self._bot, self._workers)
        self._door = find_door(app.settings)
        self._webhook = Webhook(app.settings, self._bot) if app.settings.telegram.webhook else None
        self._public_url = app.settings.public_url
        self._database = app.database
        self._inline = Inline(app, self._bot, self._workers, self._conversation.try_to)
        self._hearing = Hearing(app.database, self._workers, app.clock, read_bot_id(self._token))
        self._lines: Lines[_InLine] = Lines(self._handle)
        self._stopping = asyncio.Event()
        self._asides: set[asyncio.Task[None]] = set()
        self._complaint: str | None = (
            None  # what is wrong, as the log says; None before the first call, "" if all is well
        )
        self._failures = 0
        self._offset = 0
        self._has_menus = False

    async def run_until_stopped(self) -> None:
        """Listen until `stop`, or until Telegram says that there is no such bot; then finish what was begun."""
        polling = asyncio.create_task(self._poll() if self._webhook is None else self._stand_at_the_door(self._webhook))
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({polling, stopping}, return_when=asyncio.FIRST_COMPLETED)
            polling.cancel()
            self._door.close()
            left = await self._lines.finish(STOP_WITHIN)
            log.info("bot_stopped", unfinished=left)
        finally:
            await self._close(polling, stopping)

    def stop(self) -> None:
        """Ask for nothing more; what was heard is still answered."""
        self._stopping.set()

    # ── hearing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _poll(self) -> None:
        """Ask again and again; the first time, and after trouble, without waiting for news: does anybody answer."""
        patience = timedelta(0)
        while True:
            heard = await self._ask(patience)
            if isinstance(heard, TelegramError):
                trouble = judge_poll(heard, self._failures, self._pace, self._token)
                is_mended = trouble.kind == "webhook" and await remove_own_webhook(self._bot, self._public_url)
                patience = timedelta(0)
                if not is_mended and not await self._rest(trouble):
                    return
                continue
            self._note_success(is_settled=patience > timedelta(0))
            patience = self._pace.poll
            for update in heard:
                self._offset = update.update_id + 1
                self._take(update)

    async def _stand_at_the_door(self, webhook: Webhook) -> None:
        """Ask Telegram to post what it has, until it says yes; then take that."""
        while isinstance(error := await webhook.ask_for_posts(HEARD), TelegramError):
            if not await self._rest(judge_poll(error, self._failures, self._pace, self._token)):
                return
        self._note_success(is_settled=True)
        self._door.open(self._take_post)
        await self._stopping.wait()

    def _take_post(self, update: dict[str, Any]) -> None:
        """Take an update that was posted. One that the library cannot read is left alone."""
        try:
            read = Update.de_json(update, self._bot)
        except Exception as error:  # noqa: BLE001 -- whatever the library trips over
            report_crash(update["update_id"], error)
            return
        self._take(read)

    async def _rest(self, trouble: Trouble) -> bool:
        """Say what is wrong and wait until asking again; False if that would be in vain."""
        self._complain(trouble)
        if trouble.pause is None:
            return False
        await asyncio.sleep(trouble.pause.total_seconds())
        return True

    async def _ask(self, patience: timedelta) -> Sequence[Update] | TelegramError:
        """Give the next updates, or the library's error as a value."""
        try:
            return await self._bot.get_updates(offset=self._offset, timeout=patience, allowed_updates=HEARD)
        except TelegramError as error:
            return error
        except (KeyError, TypeError, ValueError, AttributeError):
            # The library trusts that a 200 carries updates; a captive portal or a wrong base URL answers otherwise.
            return TelegramError(NOT_THE_API)

    def _complain(self, trouble: Trouble) -> None:
        """Log why nothing is heard: once, not at every call."""
        self._failures += 1
        if trouble.pause is None:
            log.error("bot_gave_up", fault=trouble.fault)
        elif self._complaint != trouble.kind:
            log.warning("bot_not_listening", fault=trouble.fault)
        self._complaint = trouble.kind

    def _note_success(self, *, is_settled: bool) -> None:
        """Log that all is well; after trouble only once a call has lasted, for rivals let single ones through."""
        self._failures = 0
        if not self._has_menus:
            self._has_menus = True
            self._run_aside(set_menus(self._bot, self._token))
        if self._complaint is None or (self._complaint and is_settled):
            log.info("bot_listening")
            self._complaint = ""

    # ── handling ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _take(self, update: Update) -> None:
        """Put what happened into its chat's line. Never waits, and never raises."""
        try:
            incoming = read_update(update)
        except Exception as error:  # noqa: BLE001 -- one odd update must not silence the others
            report_crash(update.update_id, error)
            return
        match incoming:
            case Tapped():
                self._take_tap(incoming)
            case Asked():
                if len(self._asides) < MOST_ASIDES:
                    self._run_aside(self._inline.take(incoming))
            case Migrated():
                self._lines.insist(incoming.old_id, None, incoming)
            case Joined():
                self._lines.insist(incoming.chat.id, None, incoming)
            case Said() | Reacted():
                self._seat(incoming)

    def _seat(self, incoming: Said | Reacted) -> None:
        if not self._lines.join(incoming.chat.id, incoming.user_id, incoming):
            log.warning("bot_flooded", update=incoming.update_id)

    def _take_tap(self, tapped: Tapped) -> None:
        with speaking(tapped.language):
            notice = Notice(lambda text: self._answer(tapped, text), self._patience)
        if tapped.chat is None:
            self._say_aside(tapped, notice, wording.STALE)
        elif not self._lines.join(tapped.chat.id, tapped.user_id, _Tap(tapped, notice)):
            self._say_aside(tapped, notice, wording.ONE_MOMENT)

    def _say_aside(self, tapped: Tapped, notice: Notice, text: str) -> None:
        """Answer a tap that needs no line; in a flood, not every one."""
        if len(self._asides) >= MOST_ASIDES:
            notice.drop()
            return
        with speaking(tapped.language):
            self._run_aside(notice.give(tr(text)))

    def _run_aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    async def _handle(self, item: _InLine) -> None:
        """Handle what has come to the head of its line, unless it was handled in an earlier life of ours."""
        update_id = item.tapped.update_id if isinstance(item, _Tap) else item.update_id
        try:
            if await self._hearing.is_new(update_id):
                with speaking(await self._find_language(item.tapped if isinstance(item, _Tap) else item)):
                    await self._act(item)
                await self._hearing.note(update_id)
            elif isinstance(item, _Tap):
                await item.notice.give("")
        except Exception as error:  # noqa: BLE001 -- one odd update must not stop its chat's line
            report_crash(update_id, error)
            if isinstance(item, _Tap):
                await item.notice.give(tr(wording.NOT_NOW))

    async def _find_language(self, incoming: Tapped | Said | Reacted | Joined | Migrated) -> str:
        """Give the language to answer in; while the database is away, nobody's is known."""
        try:
            return await self._workers.run(lambda: find_language(self._database, incoming))
        except DatabaseUnavailable:
            return choose_language("" if isinstance(incoming, Migrated) else incoming.language)

    async def _act(self, item: _InLine) -> None:
        match item:
            case Said():
                await self._conversation.answer_message(item)
            case Reacted():
                await self._conversation.take_reaction(item)
            case Joined():
                await self._keep_trying(item.update_id, lambda: self._conversation.take_joining(item))
            case Migrated():
                await self._keep_trying(item.update_id, lambda: self._conversation.take_migration(item))
            case _Tap():
                await self._conversation.answer_tap(item.tapped, item.notice)

    async def _keep_trying(self, update_id: int, act: Callable[[], Awaitable[None]]) -> None:
        """Do what nobody would say again, once the database is there; the chat's next messages wait for it."""
        pause = self._pace.first
        while True:
            try:
                return await act()
            except DatabaseUnavailable as error:
                report_absence(update_id, error)
            await asyncio.sleep(pause.total_seconds())
            pause = min(2 * pause, self._pace.longest)

    async def _answer(self, tapped: Tapped, text: str) -> None:
        await self._conversation.try_to(
            tapped.update_id, lambda: self._bot.answer_callback_query(tapped.query_id, text)
        )

    async def _close(self, *tasks: asyncio.Task[Any]) -> None:
        """Break off what is still running, and hang up."""
        for item in self._lines.abandon():
            if isinstance(item, _Tap):
                item.notice.drop()
        for task in (*tasks, *self._asides):
            task.cancel()
        await asyncio.gather(*tasks, *self._asides, return_exceptions=True)
        for request in self._requests:
            await request.shutdown()
        self._workers.shut_down()
