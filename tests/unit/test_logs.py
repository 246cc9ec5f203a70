"""No secret leaves by a log line."""

import pytest

from digest.logs import HIDDEN, hide_secrets

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"


@pytest.mark.parametrize(
    "said",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"the token {TOKEN} is refused",
        "postgresql://ada:s3cret@db.example.org/digest is away",
    ],
)
def test_tokens_and_passwords_are_hidden_wherever_they_stand(said: str) -> None:
    logged = hide_secrets(None, "info", {"event": "said", "detail": said})["detail"]

    assert HIDDEN in logged
    assert TOKEN not in logged
    assert "s3cret" not in logged
