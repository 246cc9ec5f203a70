"""The demo, whole: offline, on captures, live against a server on loopback, and in a folder that is not ours."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.bootstrap import App, open_app
from digest.cli import digest as command
from digest.cli.demo import make_settings
from digest.demo.rehearsal import Calendar, Stage, list_tallies
from digest.sources import Source
from digest.sources.arxiv.source import ArxivSource
from digest.sources.http.client import Http
from digest.sources.huggingface import HuggingFaceSource
from tests.feeds import hf_entry, hf_list, rss, rss_item
from tests.servers.web import Asked, Reply, WebServer


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["demo", *arguments], catch_exceptions=False)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "demo"


def test_the_bundled_day_reaches_everybody_it_should(out: Path) -> None:
    assert run("--offline", "--out", str(out)).exit_code == 0

    summary = json.loads((out / "summary.json").read_text())
    assert (summary["papers"], summary["announcements"], summary["subscribers"]) == (76, 127, 5)
    assert summary["deliveries"] == {"empty": 1, "sent": 5}
    assert {each["name"]: each["shown"] + each["more"] for each in summary["editions"]} == {
        "Beate Broad": 44,
        "Nils Narrow": 3,
        "Flora Follower": 17,
        "Vision Reading Group": 8,
        "Quentin Quiet": 0,
    }
    assert (len(list(out.glob("mail/*.eml"))), len(list(out.glob("mail/*.html")))) == (3, 3)
    assert len(list(out.glob("telegram/*.txt"))) == 2


def test_a_second_demo_replaces_the_first(out: Path) -> None:
    run("--offline", "--out", str(out))
    before = sorted(out.rglob("*"))

    assert run("--offline", "--out", str(out)).exit_code == 0
    assert sorted(out.rglob("*")) == before


def test_a_folder_with_other_files_is_left_alone(out: Path) -> None:
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    refused = run("--offline", "--out", str(out))

    assert (refused.exit_code, "choose a new folder" in refused.output) == (2, True)
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]


def test_real_captured_days_are_played_one_after_the_other(out: Path, samples: Path) -> None:
    assert run("--replay", str(samples), "--out", str(out)).exit_code == 0

    summary = json.loads((out / "summary.json").read_text())
    feeds, lists = ["2025-06-10", "2025-06-11", "2026-08-12"], ["2025-10-01", "2026-07-15", "2026-07-31"]
    assert summary["days"] == sorted(feeds + lists)
    got = {(each["name"], each["kind"]): each["messages"] for each in summary["editions"]}
    assert got["Beate Broad", "email"] == 4
    assert got["Flora Follower", "telegram"] == 4
    assert any(each["file"].endswith(".csv.gz") for each in summary["skipped_files"])


def test_a_folder_without_captures_is_refused(out: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing a source would send")
    runner = CliRunner().invoke(command, ["demo", "--replay", str(tmp_path), "--out", str(out)])

    assert "holds no captured response that a source can read" in str(runner.exception)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveApp(App):
    """The demo's app with sources on loopback in the place of the network."""

    url: str

    def make_sources(self) -> list[Source]:
        return [ArxivSource("cs.CL", f"{self.url}/rss/"), HuggingFaceSource(f"{self.url}/api/daily_papers")]

    def make_http(self) -> Http:
        return Http(self.settings.http.model_copy(update={"allowed_hosts": ("127.0.0.1",)}), pace={})


def answer(asked: Asked) -> Reply:
    if "daily_papers" in asked.path:
        return Reply(body=hf_list(hf_entry("2611.00002")), headers={"Content-Type": "application/json"})
    return Reply(body=rss(rss_item("2611.00001")), headers={"Content-Type": "application/rss+xml"})


@pytest.fixture
def live(out: Path) -> Iterator[LiveApp]:
    out.mkdir()
    with WebServer(answer) as server, open_app(make_settings(out / "demo.db"), Calendar()) as app:
        yield LiveApp(
            settings=app.settings, database=app.database, presenter=app.presenter, clock=app.clock, url=server.url
        )


def test_with_a_network_todays_papers_are_used(live: LiveApp, out: Path) -> None:
    stage = Stage(live, Calendar(), out)

    assert stage.go_live()
    assert {run.source: run.announcements for run in stage.rehearsal.runs} == {"huggingface": 1, "arxiv:cs.CL": 1}
    assert stage.rehearsal.days == [datetime.now(UTC).date()]
    assert [tally.messages for tally in list_tallies(stage.rehearsal) if tally.name == "Beate Broad"] == [1]


def test_without_a_network_nothing_of_the_attempt_stays(live: LiveApp, out: Path) -> None:
    stage = Stage(replace(live, url="http://127.0.0.1:1"), Calendar(), out)

    assert not stage.go_live()
    assert (stage.rehearsal.runs, stage.rehearsal.days) == ([], [])


def test_the_calendar_stands_at_the_day_it_is_turned_to() -> None:
    calendar = Calendar()
    calendar.turn_to(date(2026, 11, 20))

    assert calendar() == datetime(2026, 11, 20, 6, tzinfo=UTC)
