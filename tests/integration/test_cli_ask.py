"""`digest subscribe --ask`: the operator does not vouch, the address itself has to say yes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.cli import digest as command
from digest.model import LetterKind
from digest.pipeline.joining import answer_requests
from digest.pipeline.signup_wishes import load_wishes
from subscribers.db import Database
from subscribers.model import RequestState
from tests.factories import NOON
from tests.joining import ADA, letters_of, list_requests
from tests.records import KEY

ASK = ("subscribe", "--ask", "--email", ADA, "--interest", "experts")


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_SECRET_KEY", KEY)
    monkeypatch.setenv("DIGEST_PUBLIC_URL", "https://digest.example.org")
    run("db", "upgrade")
    opened = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    yield opened
    opened.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def test_nobody_is_subscribed_and_each_address_is_asked(database: Database) -> None:
    said = run(*ASK, "--email", "bob@example.org", "--follow", "Furu Wei", "--cap", "7", "--at", "06:30")
    requests = list_requests(database)
    wishes = load_wishes(requests[0].wishes)

    assert (said.exit_code, "asked to confirm by mail" in said.stdout) == (0, True)
    assert json.loads(run("subscribers", "--json").stdout) == []
    assert [request.address for request in requests] == [ADA, "bob@example.org"]
    assert requests[0].evidence == {"how": "command line"}
    assert (wishes.cap, f"{wishes.schedule.send_at:%H:%M}", wishes.follows[0].name) == (7, "06:30", "Furu Wei")


def test_deliver_answers_what_was_asked_for(database: Database) -> None:
    run(*ASK)
    run("deliver")

    assert [request.state for request in list_requests(database)] == [RequestState.ASKED]
    assert letters_of(database) == [(LetterKind.CONFIRM, ADA)]
    run(*ASK)
    answer_requests(database, NOON)
    assert len(letters_of(database)) == 1


def test_one_bad_address_leaves_nothing_behind(database: Database) -> None:
    said = run(*ASK, "--email", "bob@")

    assert said.exit_code != 0
    assert list_requests(database) == []


@pytest.mark.parametrize("more", [("--telegram", "42"), ("--file", "mail"), ("--group",)])
def test_only_people_with_email_addresses_can_be_asked(database: Database, more: tuple[str, ...]) -> None:
    said = run(*ASK, *more)

    assert (said.exit_code, "--ask writes to email addresses" in said.stderr) == (2, True)
    assert list_requests(database) == []


@pytest.mark.parametrize("missing", ["DIGEST_SECRET_KEY", "DIGEST_PUBLIC_URL"])
def test_without_links_nobody_is_asked(database: Database, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.delenv(missing)
    said = run(*ASK)

    assert (said.exit_code, "no link to confirm" in said.stderr) == (2, True)
    assert list_requests(database) == []
