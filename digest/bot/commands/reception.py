"""Takes commands, plain words and taps on the buttons of commands: who may, what it does, what to say of a mistake."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from typing import Final

import structlog

from digest.bootstrap import App
from digest.bot import wording
from digest.bot.commands import people
from digest.bot.commands.call import Call, Here, Reply, Services, Stale, find_here
from digest.bot.commands.shapes import Press, quote
from digest.bot.commands.table import COMMANDS, PLAIN_WORDS, PRESSES, Action
from digest.bot.incoming import Chat, Reacted, Said, Tapped
from digest.bot.mistakes import say_mistake
from digest.bot.taps import Command
from digest.bot.workers import Workers
from digest.errors import InvalidQuery, InvalidReference, SourceError, UnknownReference
from digest.languages import mark, tr
from digest.rendering.text import clean
from subscribers.db import Database
from subscribers.model import InvalidSchedule, InvalidWish, UnknownChannel, UnknownSubscriber
from subscribers.store.counts import count_up

log = structlog.get_logger()

MOST_A_MINUTE: Final = 20  # messages of one person in one chat
MOST_TAPS: Final = 60  # of one person in one chat; a long digest has many buttons
A_MINUTE: Final = timedelta(minutes=1)
LONGEST_WORDS: Final = 5_000  # characters; Telegram's messages have 4,096
LONGEST_MISTAKE: Final = 600
_MESSAGES, _TAPS = "bot_messages", "bot_taps"

TOO_MANY: Final = mark("That was a lot at once. I listen again in a minute.")
NOT_SUBSCRIBED: Final = mark("This chat gets no digest yet. /start begins.")
OF_A_PERSON: Final = mark(
    "This group is part of one person’s subscription. They change it in their private chat with me or on their "
    "preferences page; here, /stop ends it for this group."
)
PRIVATE_ONLY: Final = mark("That is for a private chat with me.")
NOT_NOW: Final = mark("This cannot be looked up just now. Try again later, or send a name instead.")

Refuse = Callable[[Chat, int | None], Awaitable[str]]
_MISTAKES: Final = (InvalidQuery, InvalidReference, InvalidWish, InvalidSchedule, UnknownReference)


class Reception:
    """Finds who reads in a chat, asks `refuse` whether somebody may speak for it, and has the act done in a thread."""

    def __init__(self, app: App, workers: Workers, refuse: Refuse) -> None:
        self._app = app
        self._workers = workers
        self._refuse = refuse
        self._services = Services(app)

    async def count(self, said: Said) -> int:
        """Count one more message of whoever said it; give how many there were within a minute."""
        key, now = f"{said.chat.id}:{said.user_id}", self._app.clock()
        return await self._workers.run(lambda: _count(self._app.database, _MESSAGES, key, now))

    async def count_tap(self, tapped: Tapped | Reacted) -> int:
        """Count one more tap or reaction of somebody; give how many there were within a minute."""
        key, now = f"{tapped.chat.id if tapped.chat else ''}:{tapped.user_id}", self._app.clock()
        return await self._workers.run(lambda: _count(self._app.database, _TAPS, key, now))

    async def answer(self, said: Said, command: Command | None) -> Reply:
        """Answer a command, or plain words in a private chat."""
        known = COMMANDS.get(command.name) if command else None
        if command is not None and known is None:
            return Reply(
                text=tr(
                    "I know no command {command}. /help lists what I can do.", command=f"/{quote(command.name, 32)}"
                )
            )
        action, rest = (known.action, command.rest) if known and command else (PLAIN_WORDS, said.text)
        reply = await self._act(action, said, rest)
        log.info("bot_command_taken", update=said.update_id, command=command.name if command else "words")
        return reply

    async def press(self, tapped: Tapped, chat: Chat, press: Press) -> Reply:
        """Do what a button of a command says. A mistake is told over the chat, and the message stays as it is."""
        action = PRESSES.get(press.verb)
        if action is None:
            return _tell(tr(wording.TOO_OLD))
        said = Said(
            update_id=tapped.update_id,
            user_id=tapped.user_id,
            chat=chat,
            text="",
            called=tapped.called,
            language=tapped.language,
        )
        reply = await self._act(action, said, press.about)
        log.info("bot_command_taken", update=tapped.update_id, command=press.verb)
        return _tell(reply.text) if reply.is_mistake else reply

    async def _act(self, action: Action, said: Said, rest: str) -> Reply:
        here = await self._workers.run(lambda: find_here(self._app.database, said.chat))
        call = self._make_call(said, here, rest)
        refusal = await self._find_refusal(action, call)
        return Reply(text=refusal, is_mistake=True) if refusal else await self._try(action, call)

    def _make_call(self, said: Said, here: Here | None, rest: str) -> Call:
        return Call(
            app=self._app,
            services=self._services,
            now=self._app.clock(),
            chat=said.chat,
            user_id=said.user_id,
            called=said.called,
            rest=clean(rest[:LONGEST_WORDS]),
            here=here,
            language=said.language,
        )

    async def _find_refusal(self, action: Action, call: Call) -> str:
        """Say why somebody may not do this here; empty if they may."""
        if action.is_private and not call.chat.is_private:
            return tr(PRIVATE_ONLY)
        if action.is_for_readers and call.here is None:
            return tr(NOT_SUBSCRIBED) if self._app.settings.signup.is_open else tr(wording.NO_DIGEST)
        if action.is_personal and call.is_guest:
            return tr(OF_A_PERSON)
        # Whoever taps in a channel is a stranger, and what a button shows takes the place of a post.
        if not (action.changes or call.chat.is_channel or (action.begins and call.here is None)):
            return ""
        refusal = await self._refuse(call.chat, call.user_id)
        return tr(wording.NOT_ALLOWED) if refusal == tr(wording.ADMINISTRATORS_ONLY) else refusal

    async def _try(self, action: Action, call: Call) -> Reply:
        try:
            if action.looks_up:
                call = replace(call, meant=await people.look_up(self._app, call.rest))
            return await self._workers.run(lambda: action.act(call), is_slow=action.is_slow)
        except _MISTAKES as error:
            return Reply(text=quote(say_mistake(error), LONGEST_MISTAKE), is_mistake=True)
        except SourceError:
            return Reply(text=tr(NOT_NOW), is_mistake=True)
        except (UnknownSubscriber, UnknownChannel):  # erased at this very moment
            return Reply(text=tr(wording.NO_DIGEST), is_mistake=True)
        except Stale:
            return Reply(text=tr(wording.TOO_OLD), is_mistake=True)


def _tell(sentence: str) -> Reply:
    """Say something over the chat alone. Notices are plain text."""
    return Reply(text="", notice=unescape(sentence))


def _count(database: Database, scope: str, key: str, now: datetime) -> int:
    with database.writing() as session:
        return count_up(session, scope, key, A_MINUTE, now)
