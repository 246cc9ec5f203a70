"""Watching as an operator runs it: real processes on one database, a real mail server, a real dead-man URL."""

import email
import email.policy
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from digest.model import RunState
from digest.storage.tables import CompleteDayRow, NoticeRow, SourceRunRow
from subscribers.db import Database
from tests.e2e.service import Install
from tests.servers.smtp import SmtpServer
from tests.servers.web import Asked, Reply, WebServer
from tests.sightings import record_run

PATIENCE = 30.0  # seconds until a test that waits gives up
FEED = b"""<rss><channel><title>Tides</title><item><title>Counting tides</title><guid>10.1234/a</guid></item>
</channel></rss>"""
ALERTS = "ops@example.org"


class World:
    """A server with a feed, which may be down, and a dead-man URL; and the installation that asks it."""

    def __init__(self, folder: Path, database: Database, server: WebServer, smtp: SmtpServer) -> None:
        self.is_down = False
        self.slow = ""
        self.pings = 0
        self.database = database
        self.server = server
        self.smtp = smtp
        self.server.answer = self._answer
        url = database.url.render_as_string(hide_password=False)
        self.install = Install(folder, {"DIGEST_DATABASE_URL": url, "DIGEST_HTTP__ALLOWED_HOSTS": "127.0.0.1"})
        self.install.settings |= {"DIGEST_SOURCES__FEEDS": f"tides={server.url}/feed", "DIGEST_HTTP__ATTEMPTS": "1"}
        self.install.use_smtp(smtp)
        assert self.install.run("db", "upgrade").returncode == 0

    def _answer(self, asked: Asked) -> Reply:
        if asked.path == "/ping/s3cret":
            self.pings += 1
        if asked.path == self.slow:
            return Reply(pieces=(b"<rss>", *[0.1] * 1000))
        return Reply(503) if self.is_down else Reply(body=FEED)

    @contextmanager
    def running(self, processes: int = 1) -> Iterator[list["subprocess.Popen[str]"]]:
        """Run the service until it is told to stop, which it must do cleanly; unless it was killed, or not yet up."""
        started = [self.install.start("run") for _ in range(processes)]
        try:
            yield started
            for each in started:
                each.terminate()
            for each in started:
                output, _ = each.communicate(timeout=PATIENCE)
                assert each.returncode in {0, -signal.SIGKILL, -signal.SIGTERM}, output
                assert "Traceback" not in output, output
                assert ALERTS not in output
                assert "s3cret" not in output
        finally:
            for each in started:
                each.kill()

    def count_runs(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(SourceRunRow)) or 0

    def count_settled(self) -> int:
        with self.database.reading() as session:
            query = select(func.count()).select_from(NoticeRow).where(NoticeRow.settled_at.is_not(None))
            return session.scalar(query) or 0

    def is_told(self) -> bool:
        with self.database.reading() as session:
            return session.scalar(select(CompleteDayRow.pinged_at)) is not None

    def make_due(self) -> None:
        with self.database.writing() as session:
            session.execute(update(SourceRunRow).values(due_at=datetime.now(UTC)))

    def ask_again(self, processes: int = 1) -> None:
        """Run the service until the source was asked once more, and no longer."""
        self.make_due()
        before = self.count_runs()
        with self.running(processes):
            wait_until(lambda: self.count_runs() > before)

    def subjects(self) -> list[str]:
        mails = [email.message_from_bytes(mail.data, policy=email.policy.default) for mail in self.smtp.mails]
        assert all(mail["To"] == ALERTS for mail in mails)
        return [str(mail["Subject"]) for mail in mails]


@pytest.fixture
def world(empty_database: Database, tmp_path: Path) -> Iterator[World]:
    with WebServer(lambda _asked: Reply(404)) as server, SmtpServer() as smtp:
        yield World(tmp_path, empty_database, server, smtp)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert holds()


def test_a_source_that_stays_bad_is_one_mail_and_its_recovery_one_more_whatever_is_killed(world: World) -> None:
    world.install.settings["DIGEST_OPERATOR__ALERTS"] = f"email:{ALERTS}"
    world.is_down = True
    for days in (4, 3, 2):
        record_run(world.database, "feed:tides", RunState.UNREACHABLE, datetime.now(UTC) - timedelta(days=days))
    world.ask_again()
    with world.running(processes=2) as services:
        wait_until(lambda: world.count_settled() == 1)
        for service in services:
            service.kill()
    world.ask_again(processes=2)
    assert [subject.partition(" for ")[0] for subject in world.subjects()] == [
        "Daily Paper Digest: feed:tides has been unreachable"
    ]

    world.is_down = False
    world.ask_again(processes=2)
    with world.running(processes=2):
        wait_until(lambda: world.count_settled() == 2)
    world.ask_again()

    assert world.subjects()[1:] == ["Daily Paper Digest: feed:tides is well again"]
    assert world.count_settled() == 2


def test_two_processes_ask_a_source_once(world: World) -> None:
    with world.running(processes=2):
        wait_until(lambda: world.count_runs() == 1)
        time.sleep(1)

    assert [asked.path for asked in world.server.asked] == ["/feed"]


def test_a_complete_day_is_told_to_the_dead_man_url_once(world: World) -> None:
    world.ask_again(processes=2)
    # Only now: whoever is stopped between claiming the ping and making it keeps the others from it for minutes.
    world.install.settings["DIGEST_OPERATOR__PING_URL"] = f"{world.server.url}/ping/s3cret"
    with world.running(processes=2):
        wait_until(world.is_told)
    world.ask_again()

    assert world.pings == 1


@pytest.mark.parametrize("slow", ["/feed", "/ping/s3cret"])
def test_a_server_that_never_ends_its_answer_does_not_hold_up_the_end(world: World, slow: str) -> None:
    world.install.settings["DIGEST_OPERATOR__PING_URL"] = f"{world.server.url}/ping/s3cret"
    if slow != "/feed":
        world.ask_again()
    world.slow = slow
    with world.running() as (service,):
        wait_until(lambda: any(asked.path == slow for asked in world.server.asked))
        service.terminate()
        output, _ = service.communicate(timeout=10)  # of the thirty seconds that a request may take

        assert (service.returncode, "service_stopped" in output) == (0, True), output
    world.slow = ""
    with world.running():  # whatever was held was given back
        wait_until(lambda: len(world.server.asked) > (slow == "/feed") and world.count_runs() >= 1)
