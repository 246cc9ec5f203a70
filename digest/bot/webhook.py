"""Asks Telegram to post what the bot is told, in place of our asking for it; or no longer."""

from collections.abc import Sequence
from typing import Final

import structlog
from telegram.error import TelegramError
from telegram.ext import ExtBot

from digest.bot.connection import NOT_THE_API
from digest.notifiers.telegram_door import PATH, find_webhook_url, make_secret
from digest.settings import Settings

log = structlog.get_logger()

AT_ONCE: Final = 20  # posts; what they bring waits in lines of ours


class Webhook:
    """The address that Telegram posts to. Raises ConfigurationError where there can be none."""

    def __init__(self, settings: Settings, bot: ExtBot[None]) -> None:
        self._url = find_webhook_url(settings)
        self._secret = make_secret(settings)
        self._bot = bot

    async def ask_for_posts(self, heard: Sequence[str]) -> TelegramError | None:
        """Ask for posts; give the library's error as a value. What waits at Telegram is posted too."""
        try:
            await self._bot.set_webhook(
                self._url, secret_token=self._secret, allowed_updates=heard, max_connections=AT_ONCE
            )
        except TelegramError as error:
            return error
        except (KeyError, TypeError, ValueError, AttributeError):
            # The library trusts that a 200 carries what was asked for; a captive portal answers otherwise.
            return TelegramError(NOT_THE_API)
        return None


async def remove_own_webhook(bot: ExtBot[None], public_url: str) -> bool:
    """Have Telegram post no longer to where this service once asked it to; False if that is another address."""
    try:
        info = await bot.get_webhook_info()
        if not public_url or info.url != public_url.rstrip("/") + PATH:
            return False
        await bot.delete_webhook()
    except (TelegramError, KeyError, TypeError, ValueError, AttributeError):
        return False  # whoever asks for updates next says what is wrong
    log.info("bot_webhook_removed")
    return True
