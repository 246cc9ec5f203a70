"""The benchmarks run, on a small scale, and print what docs/benchmarks.md quotes; what they measure is not tested."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = ("parse_seconds", "store_seconds", "store_again_seconds", "feedparser_seconds", "xml_seconds", "added")


def run(name: str, *options: str) -> str:
    command = [sys.executable, "-m", f"benchmarks.{name}", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ingest_gives_every_stage_of_the_feed_and_the_back_fill() -> None:
    figures = json.loads(run("ingest", "--items", "30", "--papers", "40", "--rounds", "1", "--json"))

    assert all(f"{kind}_{stage}" in figures for kind in ("feed", "past") for stage in STAGES)
    assert (figures["items"], figures["papers"], figures["rounds"]) == (30, 40, 1)
    assert (figures["feed_stored"], figures["past_stored"]) == (30, 40)


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_compose_gives_every_stage(flag: tuple[str, ...]) -> None:
    printed = run("compose", "--subscribers", "3", "--papers", "20", *flag)

    names = json.loads(printed) if flag else [line.split()[0] for line in printed.splitlines()]
    assert {"store_seconds", "compose_seconds", "render_100_mails_seconds", "peak_memory_mb"} <= set(names)


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_alert_gives_every_figure(flag: tuple[str, ...]) -> None:
    printed = run("alert", "--papers", "20", "--readers", "5", *flag)

    names = json.loads(printed) if flag else [line.split()[0] for line in printed.splitlines()]
    assert {"alerts", "alert_seconds", "again_seconds"} <= set(names)
