"""What `digest check` says of the settings for the bot."""

from typing import Any

import pytest

from digest.pipeline.checks import find_faults
from digest.settings import Settings

TOKEN = "1234:" + "x" * 35
WEB: dict[str, Any] = {"web_port": 8000, "public_url": "https://digest.example.org", "secret_key": "k" * 40}


def faults(given: dict[str, Any], **telegram: Any) -> list[tuple[str, str]]:
    settings = Settings.model_validate(given | {"telegram": telegram})
    found = (fault for fault in find_faults(settings) if fault.id.startswith("telegram."))
    return [(fault.id, fault.level.value) for fault in found]


@pytest.mark.parametrize(
    ("given", "telegram", "found"),
    [
        ({}, {}, []),
        ({}, {"token": TOKEN}, []),
        (WEB, {"token": TOKEN, "bot_name": "papers_bot"}, []),
        (WEB, {"token": TOKEN}, [("telegram.bot_name", "warning")]),
        (WEB, {"token": TOKEN, "listens": False}, []),
        (WEB, {"webhook": True}, [("telegram.token", "error")]),
        (WEB, {"token": TOKEN, "bot_name": "papers_bot", "webhook": True}, []),
        (WEB, {"token": TOKEN, "webhook": True, "listens": False}, [("telegram.webhook", "warning")]),
        ({}, {"token": TOKEN, "webhook": True}, [("telegram.webhook", "error")] * 3),
        (
            WEB | {"public_url": "http://digest.example.org"},
            {"token": TOKEN, "bot_name": "papers_bot", "webhook": True},
            [("telegram.webhook", "error")],
        ),
    ],
)
def test_what_is_missing_is_found(
    given: dict[str, Any], telegram: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert faults(given, **telegram) == found
