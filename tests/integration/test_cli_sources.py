"""`digest sources`: what captured responses and configured sources say, with nothing stored."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.cli import digest as command
from digest.cli.exits import Exit
from digest.demo import CAPTURED

FEED = CAPTURED / "arxiv_rss_cs.AI.xml"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["sources", *arguments], catch_exceptions=False)


def test_a_captured_feed_is_shown_paper_by_paper() -> None:
    shown = run("parse", str(FEED), "--json")

    (capture,) = json.loads(shown.stdout)
    assert (shown.exit_code, capture["source"], len(capture["parsed"]["papers"])) == (0, "arxiv:cs.AI", 6)
    assert {each["kind"] for each in capture["parsed"]["announcements"]} == {"new", "cross_list", "replacement"}


def test_a_compressed_capture_is_shown_too(tmp_path: Path) -> None:
    packed = tmp_path / "feed.xml.gz"
    packed.write_bytes(gzip.compress(FEED.read_bytes()))

    assert "feed.xml.gz (arxiv:cs.AI, fresh): 6 papers" in " ".join(run("parse", str(packed)).stdout.split())


def test_a_file_of_no_source_is_named_and_fails(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("nothing a source would send")
    shown = CliRunner().invoke(command, ["sources", "parse", str(notes), str(FEED)], standalone_mode=False)

    assert (shown.return_value, "not a format that any source reads" in shown.stderr) == (Exit.FAILED, True)
    assert "6 papers" in shown.stdout


def test_the_configured_sources_are_listed() -> None:
    listed = json.loads(run("list", "--json").stdout)

    assert {"source": "huggingface", "last_run": None} in listed


def test_an_unknown_source_is_refused_with_the_names_there_are() -> None:
    refused = run("test", "arxiv:nowhere")

    assert (refused.exit_code, "there are: arxiv:cs.AI" in refused.stderr) == (2, True)
