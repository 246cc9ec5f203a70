"""Where Telegram posts what the bot is told, if `DIGEST_TELEGRAM__WEBHOOK` asks for it.

Nothing of a post is read before it is known to be Telegram's: it bears a secret, compared in constant time.
"""

import hmac
import json
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from digest.bootstrap import App
from digest.notifiers.telegram_door import find_door, make_secret
from digest.web.hooks import RETRY_AFTER, read_post

HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
LARGEST_UPDATE: Final = 1_000_000  # bytes; a message has 4,096 characters, and what it answers once more


class TelegramHook:
    """Answers the posts of Telegram."""

    def __init__(self, app: App) -> None:
        telegram, keys = app.settings.telegram, (app.settings.secret_key, app.settings.telegram.token)
        has_keys = all(key.get_secret_value() for key in keys)
        self._is_set_up = telegram.webhook and telegram.listens and has_keys
        self._secret = make_secret(app.settings).encode()
        self._door = find_door(app.settings)

    async def take(self, request: Request) -> Response:
        """Take one update. What is not taken now, Telegram posts again."""
        if not self._is_set_up:
            return PlainTextResponse("Not found", 404)
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), self._secret):
            return PlainTextResponse("Refused", 401)
        body = await read_post(request, LARGEST_UPDATE)
        if body is None:
            return PlainTextResponse("Too large", 413)
        update = _read(body)
        if update is None:
            return PlainTextResponse("No update", 400)
        if not self._door.push(update):
            return PlainTextResponse("Try again", 503, headers=RETRY_AFTER)
        return PlainTextResponse("Taken")


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        update = json.loads(body)
    except (ValueError, RecursionError):
        return None
    is_update = isinstance(update, dict) and type(update.get("update_id")) is int
    return update if is_update else None
