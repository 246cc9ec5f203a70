"""Sends chat messages through a Telegram bot, part by part, within Telegram's rate limits."""

import asyncio
import logging
import os
import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from digest.errors import NotifierError
from digest.model import Address, Button, ChatMessage, Keyboard, Message, MessageForm, Receipt, name_chat_messages
from digest.notifiers.chat_markup import render_plain
from digest.notifiers.redaction import hide_in_logs
from digest.notifiers.telegram_outcomes import is_keyboard_fault, is_markup_fault, judge_error
from digest.settings import Settings, TelegramSettings

# A chat id or @name of a public channel or group, and, in a group with topics, the topic: `-1001234567890/17`.
_TARGET = re.compile(r"(?P<chat>-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31})(?:/(?P<thread>[0-9]{1,10}))?")
# “General” has number 1 in links, but the Bot API knows it only without a number (tdlib/telegram-bot-api issue 798).
GENERAL_TOPIC = 1
TIMEOUT = timedelta(seconds=30)


def make_notifier(settings: Settings) -> "TelegramNotifier | None":
    """Give the notifier for `[telegram]`, or None when no bot token is set."""
    return TelegramNotifier(settings.telegram) if settings.telegram.token.get_secret_value() else None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a chat message goes."""

    chat_id: int | str
    thread_id: int | None = None


def parse_target(text: str) -> Target:
    """Read a channel's address. Raises a permanent NotifierError."""
    found = _TARGET.fullmatch(text)
    if not found:
        raise NotifierError("This is not a Telegram chat: a chat id or @name, and perhaps /topic", permanent=True)
    chat, thread = found["chat"], int(found["thread"] or GENERAL_TOPIC)
    return Target(chat if chat.startswith("@") else int(chat), None if thread == GENERAL_TOPIC else thread)


@dataclass(frozen=True, slots=True)
class _Part:
    """One message, as Telegram is handed it."""

    target: Target
    text: str
    keyboard: InlineKeyboardMarkup | None
    is_silent: bool


def write_keyboard(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Give the buttons beneath a message in Telegram's terms; None for no button."""
    rows = [[_write_button(button) for button in row] for row in keyboard if row]
    return InlineKeyboardMarkup(rows) if rows else None


def _write_button(button: Button) -> InlineKeyboardButton:
    if button.data:
        return InlineKeyboardButton(button.text, callback_data=button.data)
    return InlineKeyboardButton(button.text, url=button.url)


class TelegramNotifier:
    """Sends each part as one message. Parts that arrived before an error are counted in it, and not sent again."""

    kind = "telegram"
    form = MessageForm.CHAT

    def __init__(self, settings: TelegramSettings, timeout: timedelta = TIMEOUT) -> None:
        # The library's own switch: without it, every flood reply raises a deprecation warning.
        os.environ["PTB_TIMEDELTA"] = "true"
        self._settings = settings
        self._timeout = timeout.total_seconds()
        self._request: HTTPXRequest | None = None
        self._bot: ExtBot[int] | None = None
        self._limiter: AIORateLimiter | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        hide_in_logs(self._token)
        # It reports each flood reply as an error with a traceback; for us that is an ordinary answer.
        logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)

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
        if not isinstance(message, ChatMessage):
            raise NotifierError("The telegram notifier was handed something that is not a chat message")
        target = parse_target(address.value)
        numbers: list[int] = []
        for parts_sent, part in enumerate(message.parts):
            text = part.encode(errors="replace").decode()
            if text.strip():  # Telegram knows no empty message
                part_of = _Part(target, text, write_keyboard(message.keyboards.get(parts_sent, ())), message.is_silent)
                outcome = await self._send_part(part_of)
                if isinstance(outcome, TelegramError):
                    # Raised outside any handler, so that no traceback can show the library's error and its URL.
                    raise judge_error(outcome, parts_sent, self._token)
                numbers.append(outcome)
        return Receipt(name_chat_messages(numbers))

    @property
    def _token(self) -> str:
        return self._settings.token.get_secret_value()

    async def _send_part(self, part: "_Part") -> int | TelegramError:
        """Send one part; if Telegram finds fault with its buttons or its markup, the rest of it."""
        markup: ParseMode | None = ParseMode.HTML
        while isinstance(outcome := await self._try(part, markup), TelegramError):
            if part.keyboard and is_keyboard_fault(outcome):
                part = replace(part, keyboard=None)
            elif markup and is_markup_fault(outcome):
                part, markup = replace(part, text=render_plain(part.text)), None
            else:
                break
        return outcome

    async def _try(self, part: "_Part", markup: ParseMode | None) -> int | TelegramError:
        """Give the id of the message, or the library's error as a value."""
        try:
            sent = await self._ready_bot().send_message(
                chat_id=part.target.chat_id,
                text=part.text,
                parse_mode=markup,
                message_thread_id=part.target.thread_id,
                disable_notification=part.is_silent,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=part.keyboard,
            )
        except TelegramError as error:
            return error
        except (KeyError, TypeError, ValueError, AttributeError):
            # The library trusts that a 200 carries a message; a captive portal or a wrong base URL answers otherwise.
            return TelegramError("the answer was not that of a Bot API server")
        return sent.message_id

    def _ready_bot(self) -> ExtBot[int]:
        """Give the bot; connections live until the notifier is left, rate limits as long as the event loop."""
        if self._bot is None:
            limit = self._timeout
            self._request = HTTPXRequest(
                read_timeout=limit, write_timeout=limit, connect_timeout=limit, pool_timeout=limit
            )
            self._bot = ExtBot(
                self._token,
                base_url=self._settings.base_url,
                request=self._request,
                get_updates_request=self._request,
                rate_limiter=self._ready_limiter(),
            )
        return self._bot

    def _ready_limiter(self) -> AIORateLimiter:
        loop = asyncio.get_running_loop()
        if self._limiter is None or self._loop is not loop:
            # Retries are the outbox's: a library that sleeps through a flood pause would hold back every other chat.
            self._limiter, self._loop = AIORateLimiter(max_retries=0), loop
        return self._limiter
