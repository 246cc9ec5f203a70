"""`digest status` as typed, on a database of its own."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.bootstrap import open_database
from digest.cli import digest as command
from digest.model import RunState
from digest.model.watch import Alarm
from digest.storage import alarms, complete_days, schema
from subscribers.db import Database
from tests.sightings import record_run

NOW = datetime.now(UTC)
TODAY = NOW.date() + timedelta(days=3)  # every batch that can be due is in


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGEST_SOURCES__ARXIV", "cs.CL,cs.LG")
    monkeypatch.setenv("DIGEST_SOURCES__HUGGINGFACE", "false")
    with open_database("sqlite:///digest.db") as opened:
        schema.upgrade(opened)
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ("status", *arguments), standalone_mode=False, catch_exceptions=False)


def fortnight(database: Database, name: str = "arxiv:cs.CL", last: RunState = RunState.FRESH) -> None:
    states = [*RunState, *RunState]
    for number, state in enumerate([*states, last]):
        at = NOW - timedelta(minutes=len(states) - number)
        fields = {"papers": number, "announced_count": 150, "detail": f"remark {number} \x1b[31m"}
        record_run(database, name, state, at, complete_on=TODAY, **fields)


def test_a_new_installation_has_nothing_to_show_and_no_worries() -> None:
    shown = run()

    assert shown.return_value == 0
    assert shown.stdout.count("not read yet") == 2


def test_each_source_shows_its_last_runs_newest_last_and_the_legend(database: Database) -> None:
    fortnight(database)
    shown = run()

    assert shown.return_value == 0
    assert " SPBRU+.-SPBRU+ " in shown.stdout  # fourteen of seventeen, in the order of the states
    assert "+ fresh  . quiet  - holiday  S stale  P partial  B broken  R refused  U unreachable" in shown.stdout
    assert "today's batch" in " ".join(shown.stdout.split()) or "the batch of" in " ".join(shown.stdout.split())
    assert "remark 16 [31m" in shown.stdout
    assert "\x1b" not in shown.stdout


def test_a_source_that_cannot_be_read_makes_the_exit_code_1(database: Database) -> None:
    fortnight(database, last=RunState.UNREACHABLE)
    shown = run()

    assert shown.return_value == 1
    assert "Needs a look: arxiv:cs.CL is unreachable: remark 16" in shown.stderr


def test_json_has_everything_including_the_last_runs(database: Database) -> None:
    fortnight(database)
    shown = json.loads(run("--json").stdout)
    (cl, lg) = shown["sources"]

    assert (cl["state"], cl["papers"], cl["announced_count"], len(cl["runs"])) == ("fresh", 16, 150, 14)
    assert (lg["name"], lg["state"], lg["runs"]) == ("arxiv:cs.LG", None, [])
    assert {"runs", "last_answers", "deliveries", "worries", "day"} <= set(shown)
    assert shown["day"]["waits_for"] == ["arxiv:cs.LG has not been read whole yet"]


def test_one_source_in_detail_shows_when_how_long_and_why(database: Database) -> None:
    fortnight(database)
    shown = run("--source", "arxiv:cs.CL")

    assert shown.return_value == 0
    assert shown.stdout.count("2.0 s") == 17
    assert shown.stdout.count("remark") == 18  # and the heading
    assert len(json.loads(run("--source", "arxiv:cs.CL", "--json").stdout)["runs"]) == 17


def test_one_source_in_trouble_makes_the_exit_code_1_and_an_unknown_one_is_named(database: Database) -> None:
    fortnight(database, last=RunState.BROKEN)

    assert run("--source", "arxiv:cs.CL").return_value == 1
    with pytest.raises(Exception, match=r"There is no source “x”; there are: arxiv:cs\.CL, arxiv:cs\.LG\."):
        run("--source", "x")


def test_a_complete_day_says_since_when_and_whether_the_dead_man_url_knows(database: Database) -> None:
    days = [NOW.date(), NOW.date() + timedelta(days=1)]  # midnight may strike
    with database.writing() as session:
        for day in days:
            complete_days.add_complete_day(session, day, NOW)
    assert f"since {NOW:%H:%M} UTC\n" in run().stdout

    with database.writing() as session:
        for day in days:
            complete_days.record_ping(session, day, NOW)
    assert f"since {NOW:%H:%M} UTC, dead-man URL told at {NOW:%H:%M}" in run().stdout


def test_without_any_source_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_SOURCES__ARXIV", "")

    assert "No source is configured." in run().stdout


def test_a_source_of_which_the_operator_was_told_says_so(database: Database) -> None:
    fortnight(database, last=RunState.STALE)
    with database.writing() as session:
        alarms.open_alarms(session, [Alarm(name="arxiv:cs.CL", since=NOW, cause="x")], NOW)

    assert "The operator was told at " in run("--source", "arxiv:cs.CL").stdout
