"""`digest preview --all` and `digest send-test`, as typed, with a real SMTP server on loopback."""

import re
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.bootstrap import open_app
from digest.cli import digest as command
from digest.demo.samples.catalogue import SAMPLES
from digest.errors import ConfigurationError, NotifierError, NotifierUnusable
from digest.model import LetterKind
from digest.rendering.blocks import HTML_LIMIT
from subscribers.tokens import Purpose, Tokens
from subscribers.verp import find_return_paths
from tests.golden.checks import Outline
from tests.keys import ED25519_PEM
from tests.servers.smtp import Script, SmtpServer

KEY = "a key of thirty-two characters..."


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmtpServer]:
    with SmtpServer(Script()) as running:
        options = {
            "SMTP__HOST": running.host,
            "SMTP__PORT": str(running.port),
            "SMTP__SECURITY": "none",
            "SMTP__SENDER": "Papers <digest@lab.example.org>",
            "PUBLIC_URL": "https://papers.lab.example.org",
            "SECRET_KEY": KEY,
            "BOUNCES__ADDRESS": "bounces@lab.example.org",
        }
        for name, value in options.items():
            monkeypatch.setenv(f"DIGEST_{name}", value)
        yield running


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write every mail once."""
    folder = tmp_path_factory.mktemp("mails")
    run("preview", "--all", "--out", str(folder))
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False)


def words(result: Result) -> str:
    return " ".join(result.stdout.split())


# ── preview ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_mail_is_written_without_a_database(tmp_path: Path) -> None:
    done = run("preview", "--all", "--out", "mails")
    written = {path.name for path in (tmp_path / "mails").iterdir()}

    plain = {"plain.html"}
    assert written == {f"{name}.{end}" for name in SAMPLES for end in ("eml", "txt", "html")} - plain | {"index.html"}
    assert not list(tmp_path.glob("*.db*"))
    assert all(name in done.stdout for name in SAMPLES)


def test_every_kind_of_letter_and_message_is_among_them() -> None:
    assert {each.kind for each in SAMPLES.values()} == {"digest", "alert", *LetterKind}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_a_previewed_mail_is_whole(mails: Path, name: str) -> None:
    mail = BytesParser(policy=default).parsebytes((mails / f"{name}.eml").read_bytes())

    assert not mail.defects
    assert mail["List-Id"] or SAMPLES[name].kind in set(LetterKind)
    assert mail["From"]
    assert "digest.example.org" in mail.as_string()
    page = mails / f"{name}.html"
    assert not page.exists() or page.stat().st_size <= HTML_LIMIT


def test_the_index_shows_every_mail_and_lets_none_of_them_run_anything(mails: Path) -> None:
    outline = Outline((mails / "index.html").read_text())

    frames = [attributes for tag, attributes in outline.tags if tag == "iframe"]
    assert [frame["title"] for frame in frames] == list(SAMPLES)
    assert all("sandbox" in frame for frame in frames)
    assert not [tag for tag, _ in outline.tags if tag == "script"]
    links = {attributes["href"] for tag, attributes in outline.tags if tag == "a"}
    assert all((mails / str(link)).exists() for link in links if not str(link).startswith("#"))


@pytest.mark.parametrize("arguments", [[], ["ada@example.org", "--all"]], ids=["neither", "both"])
def test_one_says_whom_a_preview_is_for(arguments: list[str]) -> None:
    result = CliRunner().invoke(command, ["preview", *arguments])

    assert (result.exit_code, "Say for whom, or --all" in result.output) == (2, True)


# ── send-test ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_test_mail_arrives_as_a_digest_does(server: SmtpServer) -> None:
    said = words(run("send-test", "ada@example.org"))

    (received,) = server.mails
    mail = BytesParser(policy=default).parsebytes(received.data)
    assert received.recipients == ("ada@example.org",)
    assert [path.kind for path in find_return_paths([KEY], received.sender)] == ["c"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "answered 250 2.0.0 Ok: queued as 0001" in said
    assert "not signed by us" in said
    assert "spf=pass, dkim=pass and dmarc=pass" in said


def test_two_test_mails_have_names_of_their_own(server: SmtpServer) -> None:
    for kind in ("digest", "confirm"):
        run("send-test", "ada@example.org", "--kind", kind)

    names = [BytesParser(policy=default).parsebytes(each.data)["Message-ID"] for each in server.mails]
    assert len(set(names)) == 2


def test_the_links_of_a_test_mail_are_for_nobody(server: SmtpServer) -> None:
    run("send-test", "ada@example.org")
    found = re.search(rb"unsubscribe/([A-Za-z0-9_.-]+)>", server.mails[0].data)
    assert found is not None

    with open_app() as app:
        subject = Tokens([KEY]).read(Purpose.UNSUBSCRIBE, found[1].decode(), app.clock())
    assert subject.channel_id == subject.subscriber_id == 2**31 - 1


def test_a_signature_is_told_of(server: SmtpServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_DKIM__SELECTOR", "digest2026")
    monkeypatch.setenv("DIGEST_DKIM__KEY", ED25519_PEM)
    said = words(run("send-test", "ada@example.org"))

    assert "signed for lab.example.org with the selector digest2026, ed25519-sha256" in said
    assert server.mails[0].data.startswith(b"DKIM-Signature:")


def test_what_a_server_objects_to_is_one_sentence(server: SmtpServer) -> None:
    server.script.refused["ada@example.org"] = "550 5.1.1 No such user"

    with pytest.raises(NotifierError, match=r"cannot be delivered to: 550 5\.1\.1 No such user"):
        run("send-test", "ada@example.org")


@pytest.mark.usefixtures("server")
def test_a_server_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SMTP__PORT", "1")

    with pytest.raises(NotifierUnusable, match="check DIGEST_SMTP__HOST and DIGEST_SMTP__PORT"):
        run("send-test", "ada@example.org")


def test_without_a_server_nothing_is_sent() -> None:
    with pytest.raises(ConfigurationError, match="set DIGEST_SMTP__HOST"):
        run("send-test", "ada@example.org")


@pytest.mark.usefixtures("server")
def test_a_letter_without_a_link_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGEST_PUBLIC_URL")

    with pytest.raises(NotifierUnusable, match="set DIGEST_PUBLIC_URL"):
        run("send-test", "ada@example.org", "--kind", "confirm")
