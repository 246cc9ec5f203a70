"""What Telegram tells us, as values of ours: a tap on a button, something said, that the bot was put out. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from telegram import (
    CallbackQuery,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
    InlineKeyboardMarkup,
    InlineQuery,
    Message,
    MessageReactionUpdated,
    ReactionType,
    ReactionTypeEmoji,
    Update,
)
from telegram import Chat as TelegramChat
from telegram.constants import ChatID, ChatMemberStatus

from digest.model import Button, FeedbackKind, Keyboard

_GENERAL_TOPIC: Final = 1  # “General” may be addressed by this number; what is written there bears none

_MORE: Final = ("👍", "❤", "🔥", "❤\u200d🔥", "👏", "🎉", "🤩", "🥰", "😍", "💯", "🏆", "⚡")
_LESS: Final = ("👎", "💩", "🥱", "😴", "🤮")
_WORDS: Final[Mapping[str, FeedbackKind]] = {
    **dict.fromkeys(_MORE, FeedbackKind.MORE),
    **dict.fromkeys(_LESS, FeedbackKind.LESS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Where something happened. `name` is a group's or channel's public one, in lower case; `topic` is its number.

    Whoever reads in a channel is a stranger; in a group they are its members.
    """

    id: int
    is_private: bool
    is_channel: bool = False
    name: str = ""
    topic: int | None = None

    @property
    def address(self) -> str:
        """Give the address of a channel that is made for it."""
        return f"{self.id}/{self.topic}" if self.topic and not self.is_private else str(self.id)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Give every address under which a channel leads exactly here."""
        places = (str(self.id), f"@{self.name}") if self.name else (str(self.id),)
        if self.is_private:  # whatever the topic, one person reads there
            return places if self.topic is None else (f"{self.id}/{self.topic}", *places)
        if self.topic is None:
            return (*places, *(f"{place}/{_GENERAL_TOPIC}" for place in places))
        return tuple(f"{place}/{self.topic}" for place in places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """A tap on a button.

    `message_id` and `keyboard` are None where Telegram no longer shows us the message, `chat` where we cannot tell in
    which chat or topic that was.
    """

    update_id: int
    query_id: str
    user_id: int
    chat: Chat | None
    message_id: int | None
    keyboard: Keyboard | None
    data: str
    called: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message. `user_id` is None if the chat itself speaks: an anonymous administrator.

    `called` is how the person calls themselves or, in a group, how that is called; `language` is that of their apps.
    """

    update_id: int
    user_id: int | None
    chat: Chat
    text: str
    called: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """A reaction to a message: a word on what is in it, or that it is taken back. Telegram does not tell the topic.

    `user_id` is None if a chat reacted.
    """

    update_id: int
    user_id: int | None
    chat: Chat
    message_id: int
    word: FeedbackKind
    is_said: bool
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody types behind the bot's name in any chat; `offset` is where the page they scroll to begins."""

    update_id: int
    query_id: str
    user_id: int
    words: str
    offset: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The bot was added to a chat, put out of it or blocked, or let in again, or may write there no more, or again.

    `by` is who did that, None if an administrator who stays anonymous; `called` is what the chat is called.
    """

    update_id: int
    chat: Chat
    by: int | None
    was_in: bool
    is_in: bool
    could_write: bool = True
    may_write: bool = True
    called: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated:
    """A group has become a supergroup, which has another number."""

    update_id: int
    old_id: int
    new_id: int


Incoming = Tapped | Said | Reacted | Asked | Joined | Migrated


def read_update(update: Update) -> Incoming | None:
    """Give what happened; None for what is none of our business: what bots and groups say among themselves."""
    if update.callback_query is not None:
        return _read_tap(update.update_id, update.callback_query)
    message = update.message or update.channel_post
    if message is not None:
        return _read_migration(update.update_id, message) or _read_message(update.update_id, message)
    if update.inline_query is not None:
        return _read_question(update.update_id, update.inline_query)
    if update.my_chat_member is not None:
        return _read_membership(update.update_id, update.my_chat_member)
    if update.message_reaction is not None:
        return _read_reaction(update.update_id, update.message_reaction)
    return None


def read_keyboard(markup: InlineKeyboardMarkup) -> Keyboard:
    """Give the buttons beneath a message."""
    return tuple(
        tuple(Button(each.text, data=_text_of(each.callback_data), url=each.url or "") for each in row)
        for row in markup.inline_keyboard
    )


def _read_tap(update_id: int, query: CallbackQuery) -> Tapped:
    message = query.message
    shown = message if isinstance(message, Message) and message.is_accessible else None
    chat = _read_chat(message.chat, _topic_of(shown)) if message else None
    if shown is None and chat is not None and not chat.is_private:
        chat = None  # its topic is not told, and with it whose message it was
    return Tapped(
        update_id=update_id,
        query_id=query.id,
        user_id=query.from_user.id,
        chat=chat,
        message_id=shown.message_id if shown else None,
        keyboard=read_keyboard(shown.reply_markup) if shown and shown.reply_markup else None,
        data=_text_of(query.data),
        called=_name_of(message.chat if message else None),
        language=query.from_user.language_code or "",
    )


def _read_question(update_id: int, query: InlineQuery) -> Asked:
    return Asked(
        update_id=update_id,
        query_id=query.id,
        user_id=query.from_user.id,
        words=query.query or "",
        offset=query.offset or "",
        language=query.from_user.language_code or "",
    )


def _read_membership(update_id: int, change: ChatMemberUpdated) -> Joined | None:
    """Read whether the bot came or went, or whether it may write has changed; other rights are no news."""
    old, new, chat = change.old_chat_member, change.new_chat_member, _read_chat(change.chat, None)
    joined = Joined(
        update_id=update_id,
        chat=chat,
        by=None if change.from_user.id == ChatID.ANONYMOUS_ADMIN else change.from_user.id,
        was_in=_is_in(old),
        is_in=_is_in(new),
        could_write=_may_write(old, chat),
        may_write=_may_write(new, chat),
        called=_name_of(change.chat),
        language=change.from_user.language_code or "",
    )
    is_news = (joined.was_in, joined.could_write) != (joined.is_in, joined.may_write)
    return joined if is_news else None


def _may_write(member: ChatMember, chat: Chat) -> bool:
    """Whether the bot may write to a chat: in a channel by a right of its own, in a group unless that was taken."""
    match member:
        case ChatMemberRestricted():
            return bool(member.is_member and member.can_send_messages)
        case ChatMemberAdministrator() if chat.is_channel:
            return bool(member.can_post_messages)
    return _is_in(member) and not chat.is_channel


def _is_in(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def _read_migration(update_id: int, message: Message) -> Migrated | None:
    """Read that a group has moved; Telegram says so in the old chat and in the new one."""
    if message.migrate_to_chat_id:
        return Migrated(update_id=update_id, old_id=message.chat.id, new_id=message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        return Migrated(update_id=update_id, old_id=message.migrate_from_chat_id, new_id=message.chat.id)
    return None


def _read_message(update_id: int, message: Message) -> Said | None:
    user, chat = message.from_user, _read_chat(message.chat, _topic_of(message))
    is_anonymous = message.sender_chat is not None and message.sender_chat.id == message.chat.id
    # A post in a channel has no sender but the channel; only its administrators can post.
    is_anonymous = is_anonymous or (message.chat.type == TelegramChat.CHANNEL and user is None)
    if not is_anonymous and (user is None or user.is_bot or message.sender_chat is not None):
        return None
    text = message.text or ""
    if message.forward_origin is not None and not chat.is_private:
        return None  # somebody shows what was said elsewhere
    is_for_us = text.startswith("/") or (chat.is_private and _is_something_said(message))
    if not is_for_us:
        return None
    user_id = None if is_anonymous or user is None or user.id == ChatID.ANONYMOUS_ADMIN else user.id
    return Said(
        update_id=update_id,
        user_id=user_id,
        chat=chat,
        text=text,
        called=_name_of(message.chat),
        language=(user.language_code or "") if user else "",
    )


def _read_reaction(update_id: int, reaction: MessageReactionUpdated) -> Reacted | None:
    """Read what was added last; what stays after something else was taken away counts too."""
    before, after = (_list_words(found) for found in (reaction.old_reaction, reaction.new_reaction))
    if before == after:
        return None
    return Reacted(
        update_id=update_id,
        user_id=reaction.user.id if reaction.user else None,
        chat=_read_chat(reaction.chat, None),
        message_id=reaction.message_id,
        word=next((word for word in after if word not in before), (after or before)[-1]),
        is_said=bool(after),
    )


def _list_words(reactions: Sequence[ReactionType]) -> list[FeedbackKind]:
    """Give what reactions say, each word once; most of them say nothing about a paper."""
    signs = (each.emoji for each in reactions if isinstance(each, ReactionTypeEmoji))
    return list(dict.fromkeys(_WORDS[sign] for sign in signs if sign in _WORDS))


def _is_something_said(message: Message) -> bool:
    """Whether somebody sent this, rather than Telegram told of something that happened in the chat."""
    return bool(message.text) or message.effective_attachment is not None


def _read_chat(chat: TelegramChat, topic: int | None) -> Chat:
    is_private = chat.type == TelegramChat.PRIVATE
    name = "" if is_private else (chat.username or "").lower()
    is_channel = chat.type == TelegramChat.CHANNEL
    return Chat(id=chat.id, is_private=is_private, is_channel=is_channel, name=name, topic=topic)


def _name_of(chat: TelegramChat | None) -> str:
    """Give how a chat is called: a group by its title, a private chat by the name of the person."""
    return "" if chat is None else (chat.effective_name or "")


def _topic_of(message: Message | None) -> int | None:
    """Give the topic of a forum. Elsewhere the same number only tells threads of replies apart."""
    return message.message_thread_id if message is not None and message.is_topic_message else None


def _text_of(data: object) -> str:
    return data if isinstance(data, str) else ""
