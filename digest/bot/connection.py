"""The connection to the Bot API, with what the library would log of people's messages left out of the log."""

import json
import os
from datetime import timedelta
from typing import Any, Final

from telegram import Update
from telegram.error import TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from digest.bot.faults import report_crash
from digest.certificates import find_certificates
from digest.notifiers.redaction import hide_in_logs
from digest.settings import TelegramSettings

TIMEOUT: Final = timedelta(seconds=10)
NOT_THE_API: Final = "the answer was not that of a Bot API server"


class QuietRequest(HTTPXRequest):
    """Reads answers without logging those it cannot read: they may hold what somebody wrote."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Give what the Bot API says. Raises TelegramError for anything else."""
        try:
            said = json.loads(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise TelegramError(NOT_THE_API) from None
        if not isinstance(said, dict):
            raise TelegramError(NOT_THE_API)
        return said


class PollingRequest(QuietRequest):
    """Reads updates. One that the library cannot read becomes an empty one, so that it does not come for ever."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Give the updates. Raises TelegramError for anything else."""
        said = QuietRequest.parse_json_payload(payload)
        if not said.get("ok"):
            return said
        updates = said.get("result")
        if not isinstance(updates, list):
            raise TelegramError(NOT_THE_API)
        return said | {"result": [_readable(each) for each in updates if _is_numbered(each)]}


def make_bot(settings: TelegramSettings) -> tuple[ExtBot[None], tuple[HTTPXRequest, HTTPXRequest]]:
    """Make the bot that listens, and its connections, which must be shut down at the end."""
    # The library's own switch: without it, every flood reply raises a deprecation warning.
    os.environ["PTB_TIMEDELTA"] = "true"
    token, limit = settings.token.get_secret_value(), TIMEOUT.total_seconds()
    hide_in_logs(token)
    limits: dict[str, Any] = dict.fromkeys(("read_timeout", "write_timeout", "connect_timeout", "pool_timeout"), limit)
    limits["httpx_kwargs"] = {"verify": find_certificates()}
    polling, asking = PollingRequest(1, **limits), QuietRequest(**limits)
    return ExtBot(token, base_url=settings.base_url, request=asking, get_updates_request=polling), (polling, asking)


def _is_numbered(update: object) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)


def _readable(update: dict[str, Any]) -> dict[str, Any]:
    try:
        Update.de_json(update)
    except Exception as error:  # noqa: BLE001 -- whatever the library trips over
        report_crash(update["update_id"], error)
        return {"update_id": update["update_id"]}
    return update
