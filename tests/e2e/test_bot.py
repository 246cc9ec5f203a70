"""The bot as an operator runs it: in the process of the service, in front of a Bot API server."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

from subscribers.db import Database
from tests.bots import add_reader, question_row
from tests.e2e.service import Install
from tests.records import add_record, possible_paper
from tests.servers.telegram import TOKEN
from tests.servers.telegram_chats import ChatServer, private_chat

PATIENCE = 30.0  # seconds until a test that waits gives up


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert holds()


def test_the_service_hears_a_tap_and_stops_in_the_middle_of_listening(tmp_path: Path) -> None:
    install = Install(tmp_path)
    assert install.run("status").returncode == 0  # makes the tables
    opened = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    fu = add_record(opened)
    unsure = possible_paper(opened, fu)
    add_reader(opened, "4242", fu)
    opened.close()
    with ChatServer() as bot:
        install.settings |= {"DIGEST_TELEGRAM__TOKEN": TOKEN, "DIGEST_TELEGRAM__BASE_URL": bot.base_url}
        message = bot.post(private_chat(), (question_row(fu, unsure),))
        service = install.start("run")
        query = bot.tap(message, f"is:y:{fu}:{unsure}")
        wait_until(lambda: query in bot.notices and bot.edits == 1 and bot.is_waiting.is_set())
        service.send_signal(signal.SIGTERM)
        output, _ = service.communicate(timeout=PATIENCE)

    assert service.returncode == 0, output
    assert "Noted: this one is by Peng Fu." in bot.notices[query]
    for event in ("bot_listening", "bot_tap_taken", "bot_stopped", "service_stopped"):
        assert event in output
    for secret in (TOKEN, "Peng Fu", "4242"):
        assert secret not in output
