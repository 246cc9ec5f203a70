"""SpamAssassin as a receiver runs it, without the network and without what it learned: all mails in one process."""

import mailbox
import re
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

SPAMASSASSIN = shutil.which("spamassassin")
_STATUS = re.compile(r"score=(?P<score>-?[0-9.]+).*?tests=(?P<tests>[A-Z0-9_,\s]+)", re.DOTALL)


def score_mails(mails: Mapping[str, bytes], folder: Path) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Give the score of each mail and the rules that it met, by its name; `folder` is for files on the way."""
    assert SPAMASSASSIN is not None
    sent, judged = folder / "sent.mbox", folder / "judged.mbox"
    sent.write_bytes(b"".join(_as_mbox(name, mail) for name, mail in mails.items()))
    command = [SPAMASSASSIN, "--local", "--nocreate-prefs", "--cf=use_bayes 0", "--mbox"]
    home = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    with sent.open("rb") as given, judged.open("wb") as taken:
        subprocess.run(command, stdin=given, stdout=taken, env=home, check=True, stderr=subprocess.PIPE)
    # It judges in no particular order; the name is in a field of its own.
    with closing(mailbox.mbox(judged)) as messages:
        return {message["X-Case"]: _read(message["X-Spam-Status"]) for message in messages}


def _as_mbox(name: str, mail: bytes) -> bytes:
    body = re.sub(rb"(?m)^(>*From )", rb">\1", mail.replace(b"\r\n", b"\n"))
    return b"From digest@example.org Fri Nov 20 07:00:00 2026\nX-Case: " + name.encode() + b"\n" + body + b"\n"


def _read(status: str) -> tuple[float, tuple[str, ...]]:
    found = _STATUS.search(status)
    assert found, status
    return float(found["score"]), tuple(re.sub(r"\s", "", found["tests"].removesuffix("autolearn")).split(","))
