"""What a refusal to tell us of updates means, and how long to wait until asking again. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from digest.notifiers.telegram_outcomes import BOT_HINT, find_pause, quote_reason

# What the Bot API itself says of a token that it does not know: 401, and 404 if it does not even look like one. A 404
# from something on the way there comes with other words.
_UNKNOWN_TOKEN: Final = ("Unauthorized", "Not Found", "Invalid token")
_ON_THE_WAY: Final = ". Parsing the server response"  # the library quotes all of what it could not read

ANOTHER: Final = (
    "another program asks for what this bot is told, and Telegram tells only one; stop the other one, or set "
    "DIGEST_TELEGRAM__LISTENS=false here"
)
WEBHOOK: Final = (
    "Telegram pushes what this bot is told to a webhook that was set for it; call the Bot API's deleteWebhook with its "
    "token (https://core.telegram.org/bots/api#deletewebhook), or set DIGEST_TELEGRAM__LISTENS=false here"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait: for news in one call, while others listen, and after failures (doubling)."""

    poll: timedelta = timedelta(seconds=50)
    conflict: timedelta = timedelta(seconds=30)
    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing is heard, in a word and in a sentence, and when to ask again; None is never."""

    kind: str
    fault: str
    pause: timedelta | None


def judge_poll(error: TelegramError, failures: int, pace: Pace, token: str) -> Trouble:
    """Decide what to do after a call that failed; `failures` calls before it failed too."""
    match error:
        case InvalidToken(message=message) if message in _UNKNOWN_TOKEN:
            fault = f"Telegram does not know this bot ({quote_reason(error, token)}): {BOT_HINT}"
            return Trouble("token", fault, None)
        case Conflict(message=message) if "webhook" in message.lower():
            return Trouble("webhook", WEBHOOK, pace.conflict)
        case Conflict():
            return Trouble("conflict", ANOTHER, pace.conflict)
        case RetryAfter():
            return Trouble("flood", "Telegram asked us to slow down", find_pause(error.retry_after))
    pause = min(pace.first * 2 ** min(failures, 20), pace.longest)
    return Trouble("network", f"Telegram could not be reached: {name_fault(error, token)}", pause)


def name_fault(error: TelegramError, token: str) -> str:
    """Quote what Telegram or the network said, without the token and without what an answer held."""
    return quote_reason(error, token).partition(_ON_THE_WAY)[0]
