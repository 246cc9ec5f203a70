"""`digest bounces`: what an operator sees, lifts and reads by hand, and what a mail server hears from the pipe."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.bootstrap import open_database
from digest.cli import digest as command
from digest.cli.bounces import NOBODY_READS, TRY_AGAIN
from subscribers.db import Database
from subscribers.model import SubscriberView
from subscribers.reports import refused
from tests.bouncing import KEY, mail, return_path
from tests.factories import NOON
from tests.people import subscribe


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_SECRET_KEY", KEY)
    run("db", "upgrade")
    return tmp_path


@pytest.fixture
def database(home: Path) -> Iterator[Database]:
    with open_database(f"sqlite:///{home / 'digest.db'}") as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(command, list(arguments), input=given, standalone_mode=False)


def test_bouncing_channels_are_listed_for_people_and_for_scripts(home: Path, ada: SubscriberView) -> None:
    (home / "bounce.eml").write_bytes(mail("postfix_unknown_user", ada.channels[0].id))
    said = run("bounces", "read", "bounce.eml")
    listed = json.loads(run("bounces", "list", "--json").output)

    assert said.output == "A hard bounce. It is counted.\n"
    assert listed["bouncing"][0]["address"] == "ada@example.org"
    assert listed["bouncing"][0]["score"] == 1.0
    assert (listed["total"], listed["suppressed"]) == (1, {})
    table = run("bounces", "list").output
    assert "ada@example.org" in table
    assert "Suppressed" in table


def test_an_address_that_is_lifted_can_be_subscribed_again(database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        refused(session, NOON, ada.channels[0].id, "550 5.1.1 no such user")
    wanted = ("subscribe", "--email", "ada@example.org", "--interest", "cat:cs.CL")

    assert json.loads(run("bounces", "list", "--json").output)["suppressed"] == {"bounced": 1}
    assert run(*wanted).exception is not None
    assert run("bounces", "lift", "ADA@example.org").output == "It may be written to again.\n"
    assert run("bounces", "lift", "ada@example.org").output == "This address is not suppressed.\n"
    assert run(*wanted).exception is None


def test_a_mail_from_a_pipe_is_taken_for_whom_it_came_to(ada: SubscriberView, monkeypatch: pytest.MonkeyPatch) -> None:
    path = return_path(ada.channels[0].id)
    by_option = run("bounces", "read", "-", "--to", path, given=mail("unsigned_forged", 1))
    monkeypatch.setenv("ORIGINAL_RECIPIENT", path)
    by_server = run("bounces", "read", "-", given=mail("exim_unknown_user", 4711))

    assert (by_option.output, by_option.return_value) == ("A hard bounce. It is counted.\n", 0)
    assert (by_server.output, by_server.return_value) == ("A hard bounce. It is counted.\n", 0)


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        (
            "unsigned_forged",
            "A hard bounce, but nothing in it that we signed says of which mail: ignored.\n",
            0,
        ),
        ("postfix_delayed", "A mail is late and is still being tried.\n", 0),
        ("vacation_rfc3834", "An automatic reply, which is ignored.\n", 0),
        ("arf_yahoo", "A complaint. The address is suppressed.\n", 0),
        ("person_quoting_the_digest", "A person wrote this; nobody reads mail to this address.\n", NOBODY_READS),
    ],
)
def test_what_a_mail_from_a_pipe_was_is_said(name: str, said: str, code: int, ada: SubscriberView) -> None:
    result = run("bounces", "read", "-", given=mail(name, ada.channels[0].id))

    assert (result.output, result.return_value) == (said, code)


def test_the_same_mail_again_does_nothing(ada: SubscriberView) -> None:
    raw = mail("yahoo_unknown_user", ada.channels[0].id)
    run("bounces", "read", "-", given=raw)

    assert run("bounces", "read", "-", given=raw).output.startswith("A hard bounce, which was taken before")


def test_a_mail_server_hears_to_try_again_while_the_database_is_away(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGEST_DATABASE_URL", "sqlite:////no/such/folder/digest.db")
    (home / "bounce.eml").write_bytes(b"Subject: x\n\nx")

    assert run("bounces", "read", "-", given=b"Subject: x\n\nx").return_value == TRY_AGAIN
    assert run("bounces", "read", "bounce.eml").exception is not None
