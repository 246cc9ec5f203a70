"""Letters leave with `digest deliver` and with the service, before any digest; a server is a real one on loopback."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from click.testing import CliRunner, Result

from digest.bootstrap import open_app
from digest.cli import digest as command
from digest.cli.exits import Exit
from digest.model import LetterKind
from digest.pipeline.compose import compose_due
from digest.scheduler import Service
from digest.settings import read_settings
from digest.storage import letters
from subscribers.db import Database
from subscribers.lifecycle_tables import RequestRow
from subscribers.model import RequestKind, RequestState
from tests.factories import paper
from tests.people import announce, subscribe
from tests.servers.smtp import SmtpServer

KEY = "k" * 40


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: SmtpServer) -> Path:
    """An installation in a folder, with a mail server, a public address and a key."""
    monkeypatch.chdir(tmp_path)
    options = {
        "SMTP__HOST": server.host,
        "SMTP__PORT": str(server.port),
        "SMTP__SECURITY": "none",
        "SMTP__SENDER": "digest@lab.example.org",
        "PUBLIC_URL": "https://papers.example.org",
        "SECRET_KEY": KEY,
        "DELIVERY__EVERY": "PT0.1S",
    }
    for name, value in options.items():
        monkeypatch.setenv(f"DIGEST_{name}", value)
    return tmp_path


def deliver(*options: str) -> Result:
    return CliRunner().invoke(command, ["deliver", *options], catch_exceptions=False, standalone_mode=False)


def queue() -> None:
    """Queue a confirmation for Eve, and a digest that Ada was waiting for before."""
    with open_app() as app:
        announce(app.database, paper(), now=app.clock())
        subscribe(app.database, "ada@example.org", "experts", now=app.clock())
        compose_due(app.database, app.clock(), is_forced=True)
        queue_letter(app.database)


def queue_letter(database: Database) -> None:
    with open_app() as app:
        now = app.clock()
    row = RequestRow(kind=RequestKind.SIGNUP.value, address="eve@example.org", state=RequestState.ASKED.value)
    row.created_at, row.expires_at = now, now.replace(year=now.year + 1)
    with database.writing() as session:
        session.add(row)
        session.flush()
        letters.add_letter(session, LetterKind.CONFIRM, row.address, now, about={"request": row.id})


@pytest.mark.usefixtures("place")
def test_deliver_sends_letters_before_digests_and_counts_both(server: SmtpServer) -> None:
    queue()
    printed = deliver().output

    assert [mail.recipients for mail in server.mails] == [("eve@example.org",), ("ada@example.org",)]
    assert printed.index("Letters") < printed.index("Deliveries")
    assert json.loads(deliver("--json").stdout)["letters"] == {
        "states": {},
        "retried": 0,
        "unusable": {},
        "flaw": "",
    }


@pytest.mark.usefixtures("place")
def test_a_broken_server_fails_once_and_is_not_asked_again_for_the_digests(server: SmtpServer) -> None:
    queue()
    server.script.on_mail.extend(["553 5.7.1 Sender address rejected"] * 2)
    result = deliver()

    assert result.return_value is Exit.FAILED
    assert "Nothing more was sent by email" in result.output
    assert "no notifier is configured" not in result.output
    assert (server.connections, server.mails) == (1, [])


@pytest.mark.usefixtures("place")
def test_without_a_public_address_digests_go_out_and_the_letters_say_what_they_wait_for(
    server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()
    monkeypatch.setenv("DIGEST_PUBLIC_URL", "")
    result = deliver()

    assert result.return_value is Exit.FAILED
    assert "Letters wait: Confirming needs a link: set DIGEST_PUBLIC_URL and DIGEST_SECRET_KEY" in result.output
    assert [mail.recipients for mail in server.mails] == [("ada@example.org",)]


@pytest.mark.usefixtures("place")
def test_a_key_that_cannot_sign_stops_the_start_with_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_DKIM__SELECTOR", "digest2026")
    monkeypatch.setenv("DIGEST_DKIM__KEY", "hunter2")
    result = CliRunner().invoke(command, ["deliver"])

    assert result.exit_code != 0
    assert "DIGEST_DKIM__KEY is no private key: it has to be PEM, without a password" in str(result.exception)
    assert "hunter2" not in str(result.exception) + result.output


@pytest.mark.usefixtures("place")
def test_the_service_sends_letters(server: SmtpServer) -> None:
    async def run() -> None:
        with open_app(read_settings()) as app:
            queue_letter(app.database)
            service = Service(app)
            await asyncio.wait_for(service.deliver(), 20)

    anyio.run(run)

    assert [mail.recipients for mail in server.mails] == [("eve@example.org",)]
