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
    printed = run("compose", "--subscribers", "3", "--papers", "20", "--ratings", "5", *flag)

    names = json.loads(printed) if flag else [line.split()[0] for line in printed.splitlines()]
    assert {"store_seconds", "compose_seconds", "render_100_mails_seconds", "peak_memory_mb"} <= set(names)


@pytest.mark.parametrize("flag", [(), ("--json",)])
def test_alert_gives_every_figure(flag: tuple[str, ...]) -> None:
    printed = run("alert", "--papers", "20", "--readers", "5", *flag)

    names = json.loads(printed) if flag else [line.split()[0] for line in printed.splitlines()]
    assert {"alerts", "alert_seconds", "again_seconds"} <= set(names)


def test_mails_times_what_a_mail_costs() -> None:
    figures = json.loads(run("mails", "--rounds", "1", "--json"))

    costs = ("render", "build", "sign_rsa_2048", "sign_ed25519", "sign_rsa_2048_by_dkimpy")
    assert all(figures[f"digest_of_6_papers_{cost}_ms"] > 0 for cost in costs)


def test_pacing_gives_every_figure() -> None:
    figures = json.loads(run("pacing", "--crowd", "30", "--others", "60", "--sent", "20", "--json"))

    assert (figures["claimed"], figures["counted"]) == (90, 20)
    assert {"count_sent_ms", "claim_50_past_the_crowd_ms", "claim_50_ms"} <= set(figures)
