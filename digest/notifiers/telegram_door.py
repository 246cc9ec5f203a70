"""Where Telegram's posts come in: the web server knocks, and the bot that listens in this process takes them.

The two know nothing of each other. Whether a post is Telegram's is told by a secret that only we and Telegram have: it
is made from the service's key and the bot's token, so that nobody has to choose one.
"""

import asyncio
import functools
import hmac
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from digest.errors import ConfigurationError
from digest.settings import Settings

PATH: Final = "/hooks/telegram"
_PURPOSE: Final = b"telegram webhook "

Take = Callable[[dict[str, Any]], None]


class Door:
    """Hands posts to whoever has opened it, in the loop of whoever that is."""

    def __init__(self) -> None:
        self._take: Take | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def open(self, take: Take) -> None:
        """Take what comes from now on, in the loop that runs here."""
        self._take, self._loop = take, asyncio.get_running_loop()

    def close(self) -> None:
        """Take nothing more."""
        self._take = self._loop = None

    def push(self, update: dict[str, Any]) -> bool:
        """Hand an update in; False if nobody takes it now."""
        take, loop = self._take, self._loop
        if take is None or loop is None or loop.is_closed():
            return False
        if asyncio.get_running_loop() is loop:
            take(update)
        else:
            loop.call_soon_threadsafe(take, update)
        return True


def find_door(settings: Settings) -> Door:
    """Give the door of a bot, the same one to everybody in this process."""
    telegram = settings.telegram
    return _make_door(telegram.base_url, telegram.token.get_secret_value())


def make_secret(settings: Settings) -> str:
    """Give the secret that Telegram sends with every post: 64 letters and digits, other ones for every bot."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.digest(key, _PURPOSE + settings.telegram.token.get_secret_value().encode(), "sha256").hex()


def find_webhook_url(settings: Settings) -> str:
    """Give the address that Telegram posts to. Raises ConfigurationError if it cannot."""
    if faults := find_webhook_faults(settings):
        raise ConfigurationError(faults)
    return settings.public_url.rstrip("/") + PATH


def find_webhook_faults(settings: Settings) -> list[str]:
    """Say what is missing for Telegram to post to us."""
    faults = []
    if urlsplit(settings.public_url).scheme != "https":
        faults.append("DIGEST_TELEGRAM__WEBHOOK needs DIGEST_PUBLIC_URL to begin with https://")
    if not settings.secret_key.get_secret_value():
        faults.append("DIGEST_TELEGRAM__WEBHOOK needs DIGEST_SECRET_KEY")
    if not settings.web_port:
        faults.append("DIGEST_TELEGRAM__WEBHOOK needs the web server: set DIGEST_WEB_PORT")
    return faults


@functools.cache
def _make_door(_base_url: str, _token: str) -> Door:
    return Door()
