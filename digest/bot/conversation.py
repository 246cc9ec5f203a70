"""One tap or message at a time: who may, what becomes of it, and what the chat is shown."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog
from telegram import LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, RetryAfter, TelegramError
from telegram.ext import ExtBot

from digest.bootstrap import App
from digest.bot import wording
from digest.bot.administrators import Administrators
from digest.bot.answers import Told, find_reader
from digest.bot.commands.call import File, Here, Reply, Shown, find_here
from digest.bot.commands.reception import MOST_A_MINUTE, MOST_TAPS, OF_A_PERSON, TOO_MANY, Reception
from digest.bot.commands.shapes import Press, parse_press
from digest.bot.commands.table import COMMANDS
from digest.bot.connection import NOT_THE_API
from digest.bot.faults import report_absence
from digest.bot.incoming import Chat, Joined, Migrated, Reacted, Said, Tapped
from digest.bot.linking import ask_to_link, hold_code, say_link, say_question, take_link
from digest.bot.membership import find_states, greet, is_known_chat, say_rights, take_leave, take_move
from digest.bot.notice import Notice
from digest.bot.polling import name_fault
from digest.bot.reactions import take_reaction
from digest.bot.taking import is_for_everybody, is_made_up, name_subject, refuse_guests, take_tap
from digest.bot.taps import Command, FollowTap, Tap, parse_command, parse_follow, parse_link, parse_tap
from digest.bot.workers import Workers
from digest.languages import tr
from digest.model import Keyboard, SubscriberId
from digest.notifiers.telegram import Target, write_keyboard
from digest.notifiers.telegram_outcomes import find_pause
from digest.notifiers.telegram_pace import ChatKey, Turn
from digest.notifiers.telegram_turns import find_turns
from digest.pipeline.voting import name_voter
from subscribers.faults import DatabaseUnavailable
from subscribers.model import ChannelStatus

log = structlog.get_logger()

LONGEST_PAUSE: Final = timedelta(minutes=1)
# Expected when a tap is old or comes twice: there is nothing to show, or it is shown already.
_NO_MATTER: Final = ("message is not modified", "query is too old", "query id is invalid")


class Conversation:
    """Answers taps and messages. Database work is done by `workers`, so that nothing else waits for it."""

    def __init__(self, app: App, bot: ExtBot[None], workers: Workers) -> None:
        self._app = app
        self._bot = bot
        self._workers = workers
        self._administrators = Administrators(bot, app.clock)
        self._token = app.settings.telegram.token.get_secret_value()
        self._turns = find_turns(app.settings.telegram)
        self._name = ""
        self._reception = Reception(app, workers, self._refuse)

    async def answer_tap(self, tapped: Tapped, notice: Notice) -> None:
        """Note what a tap says, tell whoever tapped, and bring the buttons up to date."""
        press = parse_press(tapped.data)
        if is_made_up(tapped):
            await notice.give(tr(wording.TOO_OLD))
            return
        told = await self._answer(tapped, press)
        await notice.give(told.notice)
        await self._show(tapped, told)
        if tapped.chat is not None:
            for text, keyboard in told.more:
                await self._send_part(tapped.chat, Shown(text, keyboard), tapped.update_id)

    async def answer_message(self, said: Said) -> None:
        """Answer what was said in private, or by a command of ours in a group."""
        command = parse_command(said.text)
        if not said.chat.is_private and not (command and await self._is_ours(command)):
            return
        try:
            count = await self._reception.count(said)
            if count > MOST_A_MINUTE:
                reply = Reply(text=tr(TOO_MANY) if count == MOST_A_MINUTE + 1 else "")
            else:
                reply = await self._reply_to(said, command)
        except DatabaseUnavailable as error:
            report_absence(said.update_id, error)
            reply = Reply(text=tr(wording.NOT_CHANGED))
        await self._send(said, reply)

    async def take_reaction(self, reacted: Reacted) -> None:
        """Note what a reaction says. Nothing is answered: Telegram shows it already."""
        app = self._app
        try:
            if await self._reception.count_tap(reacted) > MOST_TAPS:
                return
            taken = await self._workers.run(lambda: take_reaction(app.database, app.clock(), reacted, self._name_voter))
        except DatabaseUnavailable as error:
            report_absence(reacted.update_id, error)
            return
        if taken is not None:
            log.info("bot_tap_taken", update=reacted.update_id, subscriber=taken[0], paper=taken[1])

    async def take_joining(self, joined: Joined) -> None:
        """Close what leads to a chat that the bot was put out of; greet a group that it was added to."""
        app, chat = self._app, joined.chat
        if not joined.is_in:
            closed = await self._workers.run(lambda: take_leave(app.database, app.clock(), joined))
            log.info("bot_put_out", update=joined.update_id, closed=closed)
        elif joined.was_in:
            await self._tell_of_rights(joined)
        elif not chat.is_private and not chat.is_channel:
            known = await self._workers.run(lambda: is_known_chat(app.database, chat))
            here = await self._workers.run(lambda: find_here(app.database, chat)) if known else None
            if here is None:  # a supergroup that a group has become has its digest already
                await self._send_part(chat, Shown(greet(is_known=known)), joined.update_id)

    async def _tell_of_rights(self, joined: Joined) -> None:
        """Tell whoever took the right to write what that means; where it was given back, the group, or who gave it."""
        chat = joined.chat
        states = await self._workers.run(lambda: find_states(self._app.database, chat))
        if joined.may_write and not chat.is_channel and states == {ChannelStatus.CLOSED}:
            await self._send_part(chat, Shown(greet(is_known=True)), joined.update_id)
        elif joined.by is not None and (ChannelStatus.CLOSED if joined.may_write else ChannelStatus.OPEN) in states:
            who = Chat(id=joined.by, is_private=True)
            await self._send_part(who, Shown(say_rights(joined)), joined.update_id)

    async def take_migration(self, migrated: Migrated) -> None:
        """Follow a group to the supergroup that it has become."""
        app = self._app
        moved = await self._workers.run(lambda: take_move(app.database, app.clock(), migrated))
        if moved:
            log.info("bot_group_moved", update=migrated.update_id, channels=moved)

    async def try_to(
        self, update_id: int, call: Callable[[], Awaitable[object]], writes_to: ChatKey | None = None
    ) -> None:
        """Ask something of Telegram, once more if it asks for a pause; what fails is logged and given up.

        What writes to a chat takes its turn among all that the bot says, before those who only get their digest.
        """
        try:
            await self._call(call, writes_to)
        except TelegramError as error:
            if not (isinstance(error, BadRequest) and any(each in error.message.lower() for each in _NO_MATTER)):
                log.warning("bot_reply_failed", update=update_id, fault=name_fault(error, self._token))
        except (KeyError, TypeError, ValueError, AttributeError):
            # The library trusts that a 200 carries what was asked for; a captive portal answers otherwise.
            log.warning("bot_reply_failed", update=update_id, fault=NOT_THE_API)

    async def _call(self, call: Callable[[], Awaitable[object]], writes_to: ChatKey | None) -> None:
        turn = None if writes_to is None else await self._turns.wait(writes_to, is_urgent=True)
        if isinstance(turn, timedelta):
            await asyncio.sleep(min(turn, LONGEST_PAUSE).total_seconds())
        try:
            await call()
            if isinstance(turn, Turn):
                self._turns.settle(turn)
        except RetryAfter as error:
            pause = min(find_pause(error.retry_after), LONGEST_PAUSE)
        else:
            return
        if writes_to is not None:
            self._turns.pause(writes_to, pause)
        await asyncio.sleep(pause.total_seconds())
        await call()

    # ── showing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _send(self, said: Said, reply: Reply) -> None:
        """Send an answer: its messages in order, and its file. An empty one is silence."""
        for part in (Shown(reply.text, reply.keyboard), *reply.more):
            if part.text:
                await self._send_part(said.chat, part, said.update_id)
        if reply.file is not None:
            await self._send_file(said.chat, reply.file, said.update_id)

    async def _send_part(self, chat: Chat, part: Shown, update_id: int) -> None:
        async def send() -> None:
            sent = await self._bot.send_message(
                chat.id,
                part.text,
                parse_mode=ParseMode.HTML,
                message_thread_id=chat.topic,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=write_keyboard(part.keyboard),
            )
            if not Target(chat.id).counts_alone:
                self._turns.note_number(sent.message_id)

        await self.try_to(update_id, send, chat.id)

    async def _send_file(self, chat: Chat, file: File, update_id: int) -> None:
        await self.try_to(
            update_id,
            lambda: self._bot.send_document(chat.id, file.content, filename=file.name, message_thread_id=chat.topic),
            chat.id,
        )

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
                    text,
                    chat_id,
                    message_id,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                    reply_markup=markup,
                ),
            )
        elif told.keyboard is not None:
            await self.try_to(
                tapped.update_id, lambda: self._bot.edit_message_reply_markup(chat_id, message_id, reply_markup=markup)
            )

    # ── taps ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _answer(self, tapped: Tapped, press: Press | None) -> Told:
        """Do what a tap says, unless there were too many of late."""
        try:
            count = await self._reception.count_tap(tapped)
        except DatabaseUnavailable as error:
            report_absence(tapped.update_id, error)
            return Told(notice=tr(wording.NOT_NOW))
        if count > MOST_TAPS:
            return Told(notice=tr(TOO_MANY))
        return await (self._take(tapped) if press is None else self._press(tapped, press))

    async def _press(self, tapped: Tapped, press: Press) -> Told:
        """Do what a button of a command says."""
        if tapped.chat is None:
            return Told(notice=tr(wording.STALE))
        try:
            reply = await self._reception.press(tapped, tapped.chat, press)
        except DatabaseUnavailable as error:
            report_absence(tapped.update_id, error)
            return Told(notice=tr(wording.NOT_NOW))
        text = reply.text or None
        more = tuple((each.text, each.keyboard) for each in reply.more)
        return Told(notice=wording.fit(reply.notice), keyboard=reply.keyboard if text else None, text=text, more=more)

    async def _take(self, tapped: Tapped) -> Told:
        tap, chat = parse_tap(tapped.data), tapped.chat
        if tap is None or chat is None:
            return Told(notice=tr(wording.STALE))
        try:
            reader = await self._workers.run(lambda: find_reader(self._app.database, chat))
            if reader is None:
                return Told(notice=tr(wording.NO_DIGEST))
            refusal = "" if is_for_everybody(tap, chat) else await self._refuse(chat, tapped.user_id)
            if refusal:
                return Told(notice=refusal)
            told = await self._workers.run(
                lambda: (
                    refuse_guests(self._app.database, reader, chat, tapped.user_id)
                    or self._take_from(reader, tap, tapped.keyboard, self._name_voter(chat, reader, tapped.user_id))
                )
            )
        except DatabaseUnavailable as error:
            report_absence(tapped.update_id, error)
            return Told(notice=tr(wording.NOT_NOW))
        log.info("bot_tap_taken", update=tapped.update_id, subscriber=reader, **name_subject(tap))
        return told

    def _take_from(self, reader: SubscriberId, tap: Tap, keyboard: Keyboard | None, voter: str | None = None) -> Told:
        return take_tap(self._app.database, self._app.clock(), reader, tap, keyboard, voter)

    def _name_voter(self, chat: Chat, reader: SubscriberId, user_id: int | None) -> str | None:
        """Give by which hash whoever taps in a group votes; None in a private chat. A chat may speak as itself."""
        if chat.is_private:
            return None
        key = self._app.settings.secret_key.get_secret_value()
        return name_voter(key, reader, chat.id if user_id is None else user_id)

    async def _refuse(self, chat: Chat, user_id: int | None) -> str:
        """Say why somebody may not answer for a chat; empty if they may."""
        if chat.is_private:
            return "" if user_id == chat.id else tr(wording.STALE)
        try:
            return "" if await self._administrators.include(chat.id, user_id) else tr(wording.ADMINISTRATORS_ONLY)
        except TelegramError:
            return tr(wording.ADMINISTRATORS_UNKNOWN)

    # ── messages ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _is_ours(self, command: Command) -> bool:
        """Whether a command said in a group is one we know, and meant for this bot."""
        if command.name not in COMMANDS:
            return False
        return not command.bot or command.bot == await self._find_name()

    async def _find_name(self) -> str:
        known = self._app.settings.telegram.bot_name
        if known:
            return known.lower()
        if not self._name:
            try:
                self._name = ((await self._bot.get_me()).username or "").lower()
            except TelegramError:
                return ""
        return self._name

    async def _reply_to(self, said: Said, command: Command | None) -> Reply:
        """Answer; links that link a chat or let one that is subscribed follow are `/start` with more behind it."""
        brought = command.rest if command and command.name == "start" else ""
        if (code := parse_link(brought)) is not None:
            return await self._link(said, code)
        if (wanted := parse_follow(brought)) is not None:
            here = await self._workers.run(lambda: find_here(self._app.database, said.chat))
            if here is not None:
                return await self._follow(said, here, FollowTap(wanted, is_wanted=True))
        return await self._reception.answer(said, command)

    async def _follow(self, said: Said, here: Here, tap: FollowTap) -> Reply:
        if here.is_guest(said.chat):
            return Reply(text=tr(OF_A_PERSON))
        if await self._refuse(said.chat, said.user_id):
            return Reply(text=tr(wording.NOT_ALLOWED))
        told = await self._workers.run(lambda: self._take_from(SubscriberId(here.view.id), tap, None))
        return Reply(text=told.text or told.notice, keyboard=told.keyboard or ())

    async def _link(self, said: Said, code: str) -> Reply:
        """Ask whether the chat shall be added to the subscription whose code this is.

        An anonymous administrator is not asked: by a tap they may not be known again.
        """
        if await self._refuse(said.chat, said.user_id):
            await self._workers.run(lambda: hold_code(self._app.database, self._app.clock(), said.chat, code))
            return Reply(text=tr(wording.LINK_NOT_ALLOWED))
        app, act = self._app, take_link if said.user_id is None else ask_to_link
        asked = await self._workers.run(lambda: act(app.database, app.clock(), said.chat, code))
        log.info("bot_link_code_taken", update=said.update_id, outcome=asked.outcome.value)
        if asked.channel is not None:
            return Reply(text=say_link(asked, said.chat, app.settings.title))
        return say_question(asked, said.chat, code)
