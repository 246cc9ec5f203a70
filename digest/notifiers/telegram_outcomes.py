"""What an answer of Telegram means for the message, the chat and the run. Pure: decides, never talks."""

import re
from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from digest.errors import AddressChanged, NotifierError, NotifierUnusable, NotYet, Refusal
from digest.languages import phrases
from digest.notifiers.redaction import redact

REASON_LIMIT = 300
SLOW_MODE = 60  # seconds, where Telegram does not say how long
BOT_HINT = "check DIGEST_TELEGRAM__TOKEN, which BotFather shows, and DIGEST_TELEGRAM__BASE_URL"

# Replies of the Bot API server (github.com/tdlib/telegram-bot-api, Client.cpp) after which nothing will ever arrive
# in this chat until somebody changes something there. “message thread not found” is not among them: it is also what
# Telegram says while a topic is merely unwell (issues 693 and 847 of that repository).
CLOSED_CHAT = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "group chat was deactivated",
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "bot was kicked",
    "bot was blocked",
    "not a member",
    "peer_id_invalid",
    "channel_private",
    "chat_admin_required",
    "chat_restricted",
    "chat_write_forbidden",
    "chat_send_plain_forbidden",
    "user_banned_in_channel",
    "topic_closed",
)
# The topic is not there: for good, or while it is unwell, which sounds the same.
TOPIC_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid")
# Telegram found fault with our markup, not with the message.
MARKUP_FAULTS = ("can't parse entities", "entities_too_long", "entity_bounds_invalid")
# Telegram found fault with the buttons: an address it does not take (`http://localhost/…`), data over 64 bytes.
KEYBOARD_FAULTS = (
    "button_",  # BUTTON_URL_INVALID, BUTTON_DATA_INVALID, BUTTON_TYPE_INVALID …
    "inline keyboard button",
    "can't parse inline keyboard",
    "can't parse reply keyboard",
    "reply_markup",
    "reply markup",
    "text buttons are unallowed",
)

# Telegram could not get, or did not like, the pictures it was to fetch.
PICTURE_FAULTS = (
    "wrong file identifier/http url specified",
    "wrong type of the web page content",
    "failed to get http url content",
    "webpage_",  # WEBPAGE_CURL_FAILED, WEBPAGE_MEDIA_EMPTY
    "wrong remote file identifier",
    "photo_invalid_dimensions",
    "image_process_failed",
    "photo_",
    "media_",  # MEDIA_EMPTY, MEDIA_CAPTION_TOO_LONG, MEDIA_INVALID
    "caption is too long",
    "not enough rights to send photos",
    "chat_send_photos_forbidden",
    "chat_send_media_forbidden",
)
_PREVIEW_FAULTS = ("link preview", "url_invalid", "webpage_")

# “SLOWMODE_WAIT_%d: a wait of %d seconds is required” (core.telegram.org/method/messages.sendMessage#possible-errors)
_SLOW_MODE = re.compile(r"slow ?mode(?:_wait_(?P<seconds>[0-9]{1,6}))?", re.IGNORECASE)
_BEFORE_IT_SETS_OUT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def judge_error(error: TelegramError, token: str) -> NotifierError:
    """Decide what a refusal means. The token must not be told on."""
    reason = quote_reason(error, token)
    match error:
        case ChatMigrated(new_chat_id=new_chat_id):
            return AddressChanged(str(new_chat_id))
        case RetryAfter():
            pause = find_pause(error.retry_after)
            return NotYet("Telegram asked us to slow down", retry_after=pause)
        case BadRequest() if slow := _SLOW_MODE.search(error.message):
            pause = timedelta(seconds=int(slow["seconds"] or SLOW_MODE))
            return NotYet("This group is in slow mode", retry_after=pause)
        case InvalidToken():
            return NotifierUnusable(f"Telegram does not know this bot ({reason}): {BOT_HINT}")
        case _ if is_closed_chat(error):
            return NotifierError(phrases.NOT_HERE.format(answer=reason), permanent=True)
    is_topic_gone = isinstance(error, BadRequest) and _is_one_of(TOPIC_GONE, error)
    refusal = Refusal.TOPIC_GONE if is_topic_gone else None
    return NotifierError(_describe(error).format(answer=reason), refusal=refusal)


def is_in_doubt(outcome: object) -> bool:
    """Whether the message may have arrived all the same: it set out, and no answer came, or one not of Telegram's."""
    if not isinstance(outcome, TelegramError):
        return False
    cause = outcome.__cause__
    has_set_out = isinstance(cause, httpx.TransportError) and not isinstance(cause, _BEFORE_IT_SETS_OUT)
    return has_set_out or type(outcome) is TelegramError


def is_closed_chat(error: TelegramError) -> bool:
    """Whether nothing will arrive in this chat until somebody changes something there."""
    if isinstance(error, Forbidden):
        # Only the Bot API begins so. A 403 from a proxy on the way must not close the channels of everybody.
        return error.message.startswith("Forbidden: ")
    return isinstance(error, BadRequest) and _is_one_of(CLOSED_CHAT, error)


def is_markup_fault(error: TelegramError) -> bool:
    """Whether the same words would be taken without markup."""
    return isinstance(error, BadRequest) and _is_one_of(MARKUP_FAULTS, error)


def is_picture_fault(error: TelegramError) -> bool:
    """Whether the same words would be taken without pictures."""
    return isinstance(error, BadRequest) and _is_one_of(PICTURE_FAULTS, error)


def is_preview_fault(error: TelegramError) -> bool:
    """Whether the same words would be taken without the preview of a page."""
    return isinstance(error, BadRequest) and _is_one_of(_PREVIEW_FAULTS, error)


def is_keyboard_fault(error: TelegramError) -> bool:
    """Whether the same words would be taken without buttons."""
    return isinstance(error, BadRequest) and _is_one_of(KEYBOARD_FAULTS, error)


def find_pause(retry_after: int | timedelta) -> timedelta:
    """Read what the library gives as seconds or as a duration, whichever its version and settings prefer."""
    return retry_after if isinstance(retry_after, timedelta) else timedelta(seconds=retry_after)


def quote_reason(error: TelegramError, token: str) -> str:
    """Trim what Telegram or the network said to one short line without the token."""
    line = " ".join(_UNPRINTABLE.sub(" ", redact(error.message, token)).split())
    return line if len(line) <= REASON_LIMIT else f"{line[: REASON_LIMIT - 1]}…"


def _describe(error: TelegramError) -> str:
    if isinstance(error, TimedOut):
        return phrases.UNCERTAIN
    if isinstance(error, NetworkError) and not isinstance(error, BadRequest):
        return phrases.NOT_REACHED
    return phrases.NOT_TAKEN


def _is_one_of(faults: tuple[str, ...], error: TelegramError) -> bool:
    said = error.message.lower()
    return any(fault in said for fault in faults)
