"""Lists every kept mail with its size and its score, and times what building and signing a mail costs.

Run: python -m benchmarks.mails --rounds 50 --json        times
     python -m benchmarks.mails --table                   the table in docs/rendering.md

The table needs Debian's spamassassin for the scores; without it they are left out.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dkim

from digest.notifiers.dkim import SIGNED
from digest.notifiers.identity import Mailbox
from digest.notifiers.mime import build_mail
from tests.golden.mails import DOMAIN, IDENTITY, MAILS, mail, write_eml
from tests.keys import ED25519_PEM, rsa_pem, signer
from tests.spam import SPAMASSASSIN, score_mails

ADA = Mailbox("ada@example.org")
WHOLE = "capped"  # two hundred papers: the largest mail there is


def main() -> None:
    """Print the table or the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.table:
        print("\n".join(write_table()))
        return
    figures = measure(options.rounds)
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{k:<32} {v}" for k, v in figures.items()))


def write_table() -> Iterator[str]:
    """Write a row for each mail: bytes of its parts and of the whole, and what SpamAssassin says."""
    whole = {case: write_eml(case) for case in MAILS}
    scores = _score(whole)
    yield "| mail | text | HTML | whole mail, signed | SpamAssassin |"
    yield "|---|---|---|---|---|"
    for case in sorted(MAILS):
        rendered = mail(case)
        sizes = (len(part.encode()) for part in (rendered.text, rendered.html))
        row = (f"`{case}`", *(f"{size:,}" for size in (*sizes, len(whole[case]))), scores.get(case, "–"))
        yield f"| {' | '.join(row)} |"


def _score(mails: dict[str, bytes]) -> dict[str, str]:
    if SPAMASSASSIN is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        return {case: f"{score + 0:.1f}" for case, (score, _) in score_mails(mails, Path(folder)).items()}


def measure(rounds: int) -> dict[str, object]:
    """Give milliseconds a mail, the median of so many rounds."""
    figures: dict[str, object] = {"python": platform.python_version(), "rounds": rounds}
    for name, case in (("digest_of_6_papers", "ordinary"), ("digest_of_200_papers", WHOLE)):
        message = mail(case)
        built = build_mail(message, IDENTITY, ADA)
        figures[f"{name}_bytes"] = len(built)
        for what, act in _list_acts(case, built).items():
            figures[f"{name}_{what}_ms"] = round(_time(act, rounds), 3)
    return figures


def _list_acts(case: str, built: bytes) -> dict[str, Callable[[], object]]:
    rsa, ed25519 = signer(rsa_pem(), DOMAIN), signer(ED25519_PEM, DOMAIN)
    message = mail(case)
    theirs = {"include_headers": [name.encode() for name in SIGNED], "canonicalize": (b"relaxed", b"relaxed")}
    return {
        "render": lambda: mail(case),
        "build": lambda: build_mail(message, IDENTITY, ADA),
        "sign_rsa_2048": lambda: rsa.sign(built),
        "sign_ed25519": lambda: ed25519.sign(built),
        "sign_rsa_2048_by_dkimpy": lambda: dkim.sign(built, b"s", DOMAIN.encode(), rsa_pem().encode(), **theirs),
    }


def _time(act: Callable[[], object], rounds: int) -> float:
    act()
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return 1_000 * statistics.median(times)


if __name__ == "__main__":
    main()
