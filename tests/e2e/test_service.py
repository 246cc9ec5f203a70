"""The service as an operator runs it: real processes, a real SMTP server, a real Bot API server."""

import email
import email.policy
import json
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from digest.demo import CAPTURED
from subscribers.db import Database
from tests import people
from tests.e2e.service import Install
from tests.servers.smtp import Script, SmtpServer
from tests.servers.telegram import TOKEN, BotApiServer

READERS = 40
PATIENCE = 30.0  # seconds until a test that waits gives up


@pytest.fixture
def install(tmp_path: Path) -> Install:
    installed = Install(tmp_path)
    replayed = installed.run("fetch", "--replay", str(CAPTURED))
    assert replayed.returncode == 0, replayed.stderr
    return installed


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


def subscribe(install: Install, *arguments: str) -> None:
    done = install.run("subscribe", *arguments)
    assert done.returncode == 0, done.stderr


def add_readers(install: Install) -> None:
    opened = Database(f"sqlite:///{install.folder / 'digest.db'}")
    for number in range(READERS):
        people.subscribe(opened, f"reader{number}@example.org", "cat:cs.CL", now=datetime.now(UTC))
    opened.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def message_ids(server: SmtpServer) -> Counter[str]:
    return Counter(email.message_from_bytes(mail.data)["Message-ID"] for mail in server.mails)


def test_the_service_delivers_by_mail_and_telegram_and_stops_cleanly(install: Install) -> None:
    with SmtpServer() as smtp, BotApiServer() as bot:
        install.use_smtp(smtp)
        install.settings |= {"DIGEST_TELEGRAM__TOKEN": TOKEN, "DIGEST_TELEGRAM__BASE_URL": bot.base_url}
        subscribe(install, "--email", "ada@example.org", "--interest", "cat:cs.CL")
        subscribe(install, "--telegram", "42", "--interest", "cat:cs.CL")
        assert install.run("compose", "--now").returncode == 0
        service = install.start("run")
        wait_until(lambda: bool(smtp.mails and bot.sent))
        service.send_signal(signal.SIGTERM)
        output, _ = service.communicate(timeout=PATIENCE)

        assert service.returncode == 0, output
        mail = email.message_from_bytes(smtp.mails[0].data, policy=email.policy.default)
        assert mail["To"] == "ada@example.org"
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        assert TOKEN not in output
        assert "ada@example.org" not in output


def test_one_click_in_a_mail_that_was_sent_unsubscribes_without_a_cookie_or_redirect(install: Install) -> None:
    with SmtpServer() as smtp:
        install.use_smtp(smtp)
        install.settings |= {"DIGEST_SECRET_KEY": "k" * 40, "DIGEST_PUBLIC_URL": "https://digest.example.org"}
        install.settings |= {"DIGEST_WEB_PORT": str(free_port())}
        subscribe(install, "--email", "ada@example.org", "--interest", "cat:cs.CL")
        install.run("compose", "--now")
        service = install.start("run")
        wait_until(lambda: bool(smtp.mails))
        mail = email.message_from_bytes(smtp.mails[0].data, policy=email.policy.default)
        link = mail["List-Unsubscribe"].split(">")[0].removeprefix("<https://digest.example.org")
        answer = httpx.post(
            f"http://127.0.0.1:{install.settings['DIGEST_WEB_PORT']}{link}", data={"List-Unsubscribe": "One-Click"}
        )
        service.terminate()
        output, _ = service.communicate(timeout=PATIENCE)

        assert (mail["List-Unsubscribe-Post"], answer.status_code) == ("List-Unsubscribe=One-Click", 200)
        assert service.returncode == 0, output
        assert '"unsubscribed": 1' in install.run("status", "--json").stdout


def test_a_service_that_is_killed_again_and_again_loses_nothing_and_repeats_only_what_was_in_flight(
    install: Install,
) -> None:
    kills = 3
    with SmtpServer() as smtp:
        install.use_smtp(smtp)
        install.settings |= {"DIGEST_DELIVERY__LEASE": "2", "DIGEST_DELIVERY__EVERY": "0.2"}
        install.settings |= {"DIGEST_DELIVERY__BATCH": "5"}
        add_readers(install)
        assert install.run("compose", "--now").returncode == 0
        for kill in range(1, kills + 1):
            service = install.start("run")
            wait_until(lambda kill=kill: len(smtp.mails) >= kill * 8)  # type: ignore[misc]
            service.kill()
            service.communicate()
        service = install.start("run")
        wait_until(lambda: len(message_ids(smtp)) == READERS)
        service.terminate()
        service.communicate(timeout=PATIENCE)

        copies = message_ids(smtp)
        assert sum(copies.values()) <= READERS + kills  # one connection, so one mail in flight at each kill
        assert '"sent": 40' in install.run("status", "--json").stdout


def test_delivering_by_hand_stops_cleanly_too(install: Install) -> None:
    with SmtpServer() as smtp:
        install.use_smtp(smtp)
        add_readers(install)
        install.run("compose", "--now")
        delivering = install.start("deliver")
        wait_until(lambda: bool(smtp.mails))
        delivering.send_signal(signal.SIGINT)
        output, _ = delivering.communicate(timeout=PATIENCE)
        deliveries = json.loads(install.run("status", "--json").stdout)["deliveries"]

        assert (delivering.returncode, "Traceback" in output) == (0, False), output
        assert deliveries == {"pending": READERS - len(smtp.mails), "sent": len(smtp.mails)}


def test_a_wrong_smtp_password_is_one_sentence_and_loses_nothing(install: Install) -> None:
    with SmtpServer(Script(login=("papers", "right"))) as smtp:
        install.use_smtp(smtp)
        install.settings |= {"DIGEST_SMTP__USERNAME": "papers", "DIGEST_SMTP__PASSWORD": "wr0ng-secret"}
        subscribe(install, "--email", "ada@example.org", "--interest", "cat:cs.CL")
        install.run("compose", "--now")
        failed = install.run("deliver")

        assert failed.returncode == 1
        assert "Nothing more was sent by email" in failed.stderr
        assert "wr0ng-secret" not in failed.stdout + failed.stderr
        assert '"pending": 1' in install.run("status", "--json").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("subscribe", "--email", "not an address"), 1, "address"),
        (("subscribe", "--email", "ada@example.org", "--timezone", "Europe/Berlim"), 1, "Europe/Berlin"),
        (("subscribe", "--email", "ada@example.org", "--interest", "(experts"), 1, "cannot be understood"),
        (("subscribe",), 2, "--email"),
        (("show", "nobody@example.org"), 1, "nobody@example.org"),
        (("fetch", "--source", "arxiv:nowhere"), 2, "There is no source"),
        (("fetch", "--replay", "."), 1, "no captured response"),
    ],
)
def test_bad_input_is_one_clear_sentence_and_an_exit_code(
    tmp_path: Path, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = Install(tmp_path).run(*arguments)

    assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    assert "Traceback" not in done.stderr


def test_an_unwritable_database_is_one_clear_sentence(tmp_path: Path) -> None:
    done = Install(tmp_path, {"DIGEST_DATABASE_URL": "sqlite:////proc/nowhere/digest.db"}).run("status")

    assert done.returncode == 4
    assert "/proc/nowhere/digest.db" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_configuration_fault_is_named_at_once(tmp_path: Path) -> None:
    faults = {"DIGEST_SMTP__PORT": "many", "DIGEST_DEFAULT_TIMEZONE": "Mars", "DIGEST_SMPT__HOST": "x"}
    faults |= {"DIGEST_DELIVERY__LEASE": "0.001"}
    done = Install(tmp_path, faults).run("status")

    assert done.returncode == 3
    assert [name for name in faults if name not in done.stderr] == []


def test_messages_that_nobody_can_send_are_named(install: Install) -> None:
    subscribe(install, "--email", "ada@example.org", "--interest", "cat:cs.CL")
    install.run("compose", "--now")
    failed = install.run("deliver")

    assert failed.returncode == 1
    assert "1 due for email channels, and no notifier is configured" in failed.stderr
