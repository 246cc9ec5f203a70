"""Starts the real command in a process of its own, with nothing in its environment but what a test says."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.smtp import SmtpServer


@dataclass(slots=True)
class Install:
    """An installation: a folder with a database, and settings in the environment."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
        no_network = {"DIGEST_SOURCES__HUGGINGFACE": "false", "DIGEST_SOURCES__ARXIV": ""}
        return kept | no_network | self.settings | {"NO_COLOR": "1", "COLUMNS": "200"}

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "digest", *arguments],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "digest", *arguments],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def use_smtp(self, server: SmtpServer) -> None:
        self.settings |= {
            "DIGEST_SMTP__HOST": server.host,
            "DIGEST_SMTP__PORT": str(server.port),
            "DIGEST_SMTP__SECURITY": "none",
            "DIGEST_SMTP__SENDER": "Papers <papers@example.org>",
        }
