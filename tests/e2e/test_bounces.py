"""A digest that bounces, as an operator runs it: sent over SMTP by one process, and back over LMTP into the same."""

import json
import signal
import smtplib
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from digest.demo import CAPTURED
from subscribers.verp import read_return_path
from tests.bouncing import IN_CORPUS, KEY, mail
from tests.e2e.service import Install
from tests.servers.smtp import SmtpServer

PATIENCE = 30.0  # seconds until a test that waits gives up


@pytest.fixture
def install(tmp_path: Path) -> Install:
    for name in ("new", "cur", "tmp"):
        (tmp_path / "Maildir" / name).mkdir(parents=True)
    installed = Install(tmp_path)
    installed.settings |= {
        "DIGEST_SECRET_KEY": KEY,
        "DIGEST_BOUNCES__ADDRESS": "bounces@example.org",
        "DIGEST_BOUNCES__MAILDIR": "Maildir",
        "DIGEST_BOUNCES__LMTP_PORT": str(free_port()),
    }
    assert installed.run("fetch", "--replay", str(CAPTURED)).returncode == 0
    return installed


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


def bounces(install: Install) -> dict[str, object]:
    listed: dict[str, object] = json.loads(install.run("bounces", "list", "--json").stdout)
    return listed


def test_a_digest_comes_back_is_counted_and_a_complaint_ends_it(install: Install) -> None:
    with SmtpServer() as smtp:
        install.use_smtp(smtp)
        assert install.run("subscribe", "--email", "ada@example.org", "--interest", "cat:cs.CL").returncode == 0
        assert install.run("compose", "--now").returncode == 0
        (install.folder / "Maildir" / "new" / "1.empty.host").write_bytes(b"")
        service = install.start("run")
        wait_until(lambda: bool(smtp.mails))
        back = smtp.mails[0].sender
        assert read_return_path([KEY], back) is not None

        bounce = mail("postfix_unknown_user", 1).replace(IN_CORPUS.encode(), back.encode())
        with smtplib.LMTP("127.0.0.1", int(install.settings["DIGEST_BOUNCES__LMTP_PORT"])) as server:
            assert server.sendmail("", [back], bounce) == {}
        assert [each["score"] for each in bounces(install)["bouncing"]] == [1.0]  # type: ignore[attr-defined]

        service.send_signal(signal.SIGTERM)
        output, _ = service.communicate(timeout=PATIENCE)
        assert service.returncode == 0, output
        assert "ada@example.org" not in output
        assert sorted(path.name for path in (install.folder / "Maildir" / "cur").iterdir()) == ["1.empty.host:2,S"]

        (install.folder / "complaint.eml").write_bytes(mail("arf_yahoo", 1))
        assert "suppressed" in install.run("bounces", "read", "complaint.eml").stderr
        assert bounces(install)["suppressed"] == {"complained": 1}
