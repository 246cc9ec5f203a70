"""What `digest check` says of the settings for bounces."""

from typing import Any

import pytest

from digest.pipeline.checks import find_faults
from digest.settings import Settings

KEY = "k" * 40


def faults(**given: Any) -> list[str]:
    settings = Settings.model_validate(given)
    return [fault.id for fault in find_faults(settings) if fault.id.startswith("bounces.")]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, []),
        ({"bounces": {"address": "bounces@example.org"}}, ["bounces.address"]),
        ({"secret_key": KEY, "bounces": {"address": "bounces@example.org"}}, []),
        ({"bounces": {"mailgun_key": "k"}}, ["bounces.web_port"]),
        ({"bounces": {"ses_topics": "arn:aws:sns:eu-west-1:1:x"}}, ["bounces.web_port"]),
        ({"web_port": 8000, "bounces": {"mailgun_key": "k"}}, []),
        ({"bounces": {"imap_host": "imap.example.org", "imap_username": "ada"}}, ["bounces.imap_password"]),
        ({"bounces": {"imap_host": "imap.example.org", "imap_username": "ada", "imap_password": "x"}}, []),
    ],
)
def test_what_is_missing_is_found(given: dict[str, Any], found: list[str]) -> None:
    assert faults(**given) == found
