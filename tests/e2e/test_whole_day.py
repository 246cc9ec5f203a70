"""A day by commands alone, as README tells it, on SQLite and on PostgreSQL."""

import json
from pathlib import Path

from digest.demo import CAPTURED
from subscribers.db import Database
from tests.e2e.service import Install


def test_a_day_by_commands_ends_with_a_mail_in_the_readers_folder(empty_database: Database, tmp_path: Path) -> None:
    url = empty_database.url.render_as_string(hide_password=False)
    install = Install(tmp_path, {"DIGEST_DATABASE_URL": url})
    inbox = tmp_path / "papers"

    steps = (
        ("db", "upgrade"),
        ("subscribe", "--file", str(inbox), "--interest", '"mixture of experts"', "--follow", "Ingrid Bakkerud"),
        ("fetch", "--replay", str(CAPTURED)),
        ("preview", str(inbox)),
        ("compose", "--now"),
        ("compose", "--now"),
        ("deliver",),
        ("deliver",),
    )
    for step in steps:
        done = install.run(*step)
        assert done.returncode == 0, (step, done.stderr)

    (mail,) = (inbox / "new").iterdir()
    assert "Ingrid Bakkerud" in mail.read_text(encoding="utf-8")
    status = json.loads(install.run("status", "--json").stdout)
    assert (status["papers"], status["announcements"], status["deliveries"]) == (76, 127, {"sent": 1})
