"""The commands about how often, what not, until when and why not, as typed, on a database of their own."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from digest.cli import digest as command
from subscribers.model import InvalidSchedule


@pytest.fixture(autouse=True)
def _ada_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("subscribe", "--email", "ada@example.org", "--interest", "cat:cs.CL", "--timezone", "Europe/Berlin")


def run(*arguments: str) -> str:
    return CliRunner().invoke(command, arguments, catch_exceptions=False).stdout


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code != 0
    return done.stderr


def ada() -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run("show", "ada@example.org", "--json"))
    return shown


def cadence(number: int = 0) -> tuple[str, int]:
    schedule = ada()["channels"][number]["schedule"]
    return schedule["cadence"], schedule["weekday"]


def test_a_day_makes_a_digest_weekly_and_other_changes_keep_it_so() -> None:
    assert "every Wednesday at 08:00 (Europe/Berlin); the next is due on " in run("schedule", "1", "--weekday", "wed")

    run("schedule", "1", "--at", "9")
    assert cadence() == ("weekly", 2)
    run("schedule", "1", "--cadence", "daily")
    run("schedule", "1", "--cadence", "weekly")
    assert cadence() == ("weekly", 2)


def test_alerts_alone_have_no_next_digest() -> None:
    assert run("schedule", "1", "--cadence", "alerts") == "ada@example.org: no digest, only alerts.\n"


def test_how_often_can_be_said_when_subscribing_and_for_another_channel() -> None:
    run("subscribe", "--email", "bob@example.org", "--cadence", "batch", "--at", "8:15")
    run("channel", "add", "1", "--telegram", "42", "--weekday", "sunday")

    bob = json.loads(run("show", "bob@example.org", "--json"))
    assert bob["channels"][0]["schedule"]["cadence"] == "batch"
    assert cadence(1) == ("weekly", 6)


def test_what_makes_no_sense_is_refused_and_changes_nothing() -> None:
    assert "--weekday is for a weekly digest" in refused("schedule", "1", "--cadence", "daily", "--weekday", "mon")
    assert "is not one of 'batch', 'daily'" in refused("schedule", "1", "--cadence", "hourly")
    with pytest.raises(InvalidSchedule, match="not a day of the week"):
        run("schedule", "1", "--weekday", "someday")
    assert "Say what to change" in refused("schedule", "1")
    assert cadence() == ("daily", 0)


def test_an_exclusion_comes_is_shown_and_goes() -> None:
    assert run("exclude", "add", "1", "survey OR review") == "ada@example.org now excludes survey OR review\n"
    assert "already excludes" in run("exclude", "add", "1", "review OR survey")
    assert "excluded  survey OR review" in run("show", "1")

    assert "no longer excludes" in run("exclude", "remove", "1", "review OR survey")
    assert "did not exclude" in run("exclude", "remove", "1", "survey OR review")
    assert ada()["exclusions"] == []


def test_switching_between_wanted_and_excluded_is_said() -> None:
    assert "It was an interest until now" in run("exclude", "add", "1", "cat:cs.CL")
    assert "It was excluded until now" in run("interest", "add", "1", "cat:cs.CL")
    assert (ada()["interests"], ada()["exclusions"]) == (["cat:cs.CL"], [])


def test_a_pause_can_have_an_end_where_the_reader_lives() -> None:
    assert run("pause", "1", "--until", "2099-12-24") == "ada@example.org is paused until 2099-12-24.\n"
    assert ada()["paused_until"] == "2099-12-23T23:00:00+00:00"
    assert "paused until 2099-12-23 23:00 UTC" in run("show", "1")

    run("resume", "1")
    assert (ada()["status"], ada()["paused_until"]) == ("confirmed", None)


def test_a_pause_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidSchedule, match="has begun already"):
        run("pause", "1", "--until", "2020-01-01")
    assert ada()["status"] == "confirmed"


def test_why_answers_for_each_channel_and_as_json() -> None:
    run("channel", "add", "1", "--telegram", "42")
    said = run("why", "1", "2611.12345")
    (answer,) = json.loads(run("why", "1", "2611.12345", "--channel", "2", "--json"))

    assert said.count("We have never seen a paper known as “2611.12345”.") == 2
    assert (answer["channel"], answer["absence"]["kind"]) == (2, "unknown_paper")
    assert "has no channel 9" in refused("why", "1", "2611.12345", "--channel", "9")
