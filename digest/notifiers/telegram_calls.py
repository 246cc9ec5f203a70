"""What is asked of the Bot API for one part of a message: to send it, or to say whether it is there already."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, LinkPreviewOptions, Message
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import ExtBot

from digest.errors import NotifierError
from digest.model import Button, Keyboard

# A chat id or @name of a public channel or group, and, in a group with topics, the topic: `-1001234567890/17`.
_TARGET = re.compile(r"(?P<chat>-?[0-9]{1,20}|@[A-Za-z][A-Za-z0-9_]{3,31})(?:/(?P<thread>[0-9]{1,10}))?")
# “General” has number 1 in links, but the Bot API knows it only without a number (tdlib/telegram-bot-api issue 798).
GENERAL_TOPIC = 1

Outcome = tuple[int, ...] | TelegramError  # the ids of the messages, or why there are none


@dataclass(frozen=True, slots=True)
class Target:
    """Where a chat message goes."""

    chat_id: int | str
    thread_id: int | None = None

    @property
    def counts_alone(self) -> bool:
        """Whether messages are numbered by themselves here. Private chats and small groups share a bot's numbers."""
        return str(self.chat_id).startswith(("-100", "@"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message, as Telegram is handed it. `pictures` make it one to ten pictures, and the text their caption."""

    target: Target
    text: str
    keyboard: InlineKeyboardMarkup | None = None
    is_silent: bool = False
    pictures: Sequence[str] = ()
    preview: str = ""
    markup: ParseMode | None = ParseMode.HTML


def parse_target(text: str) -> Target:
    """Read a channel's address. Raises a permanent NotifierError."""
    found = _TARGET.fullmatch(text)
    if not found:
        raise NotifierError("This is not a Telegram chat: a chat id or @name, and perhaps /topic", permanent=True)
    chat, thread = found["chat"], int(found["thread"] or GENERAL_TOPIC)
    return Target(chat if chat.startswith("@") else int(chat), None if thread == GENERAL_TOPIC else thread)


def write_keyboard(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """Give the buttons beneath a message in Telegram's terms; None for no button."""
    rows = [[_write_button(button) for button in row] for row in keyboard if row]
    return InlineKeyboardMarkup(rows) if rows else None


async def send_part(bot: ExtBot[None], part: Part) -> Outcome:
    """Send a part; give the ids of what it became."""
    return await _ask(lambda: _send(bot, part))


async def edit_into(bot: ExtBot[None], part: Part, number: int) -> TelegramError | None:
    """Ask Telegram to make a message what this part is, which it refuses in one way or another unless it took it."""
    outcome = await _ask(lambda: _edit(bot, part, number))
    return outcome if isinstance(outcome, TelegramError) else None


async def _ask(call: Callable[[], Awaitable[Sequence[Message]]]) -> Outcome:
    """Give what came of it, the library's error as a value: no traceback can then show its URL."""
    try:
        return tuple(each.message_id for each in await call())
    except TelegramError as error:
        return error
    except (KeyError, TypeError, ValueError, AttributeError):
        # The library trusts that a 200 carries a message; a captive portal or a wrong base URL answers otherwise.
        return TelegramError("the answer was not that of a Bot API server")


async def _send(bot: ExtBot[None], part: Part) -> Sequence[Message]:
    target = part.target
    if len(part.pictures) > 1:
        return await bot.send_media_group(
            target.chat_id,
            [InputMediaPhoto(each) for each in part.pictures],
            caption=part.text,
            parse_mode=part.markup,
            message_thread_id=target.thread_id,
            disable_notification=part.is_silent,
        )
    if part.pictures:
        photo = await bot.send_photo(
            target.chat_id,
            part.pictures[0],
            caption=part.text,
            parse_mode=part.markup,
            message_thread_id=target.thread_id,
            disable_notification=part.is_silent,
            reply_markup=part.keyboard,
        )
        return [photo]
    message = await bot.send_message(
        target.chat_id,
        part.text,
        parse_mode=part.markup,
        message_thread_id=target.thread_id,
        disable_notification=part.is_silent,
        link_preview_options=_choose_preview(part),
        reply_markup=part.keyboard,
    )
    return [message]


async def _edit(bot: ExtBot[None], part: Part, number: int) -> Sequence[Message]:
    if part.pictures:
        edited = await bot.edit_message_caption(
            part.target.chat_id, number, caption=part.text, parse_mode=part.markup, reply_markup=part.keyboard
        )
    else:
        edited = await bot.edit_message_text(
            part.text,
            part.target.chat_id,
            number,
            parse_mode=part.markup,
            link_preview_options=_choose_preview(part),
            reply_markup=part.keyboard,
        )
    return [edited] if isinstance(edited, Message) else []


def _choose_preview(part: Part) -> LinkPreviewOptions:
    if not part.preview:
        return LinkPreviewOptions(is_disabled=True)
    return LinkPreviewOptions(is_disabled=False, url=part.preview, prefer_small_media=True)


def _write_button(button: Button) -> InlineKeyboardButton:
    if button.data:
        return InlineKeyboardButton(button.text, callback_data=button.data)
    return InlineKeyboardButton(button.text, url=button.url)
