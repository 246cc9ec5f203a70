"""What `digest check` says of the form that strangers sign up with."""

from typing import Any

import pytest

from digest.pipeline.checks import Finding, find_faults
from digest.settings import Settings

COMPLETE: dict[str, Any] = {
    "web_port": 8000,
    "public_url": "https://digest.example.org",
    "secret_key": "k" * 40,
    "smtp": {"host": "mail.example.org", "sender": "digest@example.org"},
}


def find(**changes: Any) -> list[Finding]:
    settings = Settings.model_validate(COMPLETE | changes)
    return [fault for fault in find_faults(settings) if fault.id == "signup.closed"]


@pytest.mark.parametrize(
    ("lacks", "option"),
    [
        ({"public_url": ""}, "DIGEST_PUBLIC_URL"),
        ({"secret_key": ""}, "DIGEST_SECRET_KEY"),
        ({"smtp": {}}, "DIGEST_SMTP__HOST"),
    ],
)
def test_what_the_form_lacks_is_named(lacks: dict[str, Any], option: str) -> None:
    (finding,) = find(**lacks)

    assert finding.hint == f"Set {option}, or DIGEST_SIGNUP__IS_OPEN=false to leave the form closed."


def test_everything_that_is_missing_is_named_at_once() -> None:
    (finding,) = find(public_url="", secret_key="", smtp={})

    assert "DIGEST_PUBLIC_URL and DIGEST_SECRET_KEY and DIGEST_SMTP__HOST" in finding.hint


@pytest.mark.parametrize("settled", [{}, {"web_port": 0, "public_url": ""}, {"signup": {"is_open": False}, "smtp": {}}])
def test_a_form_that_works_or_is_not_wanted_is_fine(settled: dict[str, Any]) -> None:
    assert find(**settled) == []
