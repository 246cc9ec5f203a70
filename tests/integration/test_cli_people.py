"""The commands about people, as typed, on a database of their own."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from digest.cli import digest as command
from subscribers.model import SubscriberError


@pytest.fixture(autouse=True)
def _ada_in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("subscribe", "--email", "ada@example.org", "--interest", "cat:cs.CL")


def run(*arguments: str) -> str:
    return CliRunner().invoke(command, arguments, catch_exceptions=False).stdout


def ada() -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(run("show", "ada@example.org", "--json"))
    return shown


def test_a_second_channel_joins_the_first() -> None:
    run("channel", "add", "1", "--telegram", "42", "--cap", "5", "--at", "19:00")

    assert [(each["kind"], each["cap"]) for each in ada()["channels"]] == [("email", 25), ("telegram", 5)]


def test_a_cap_can_be_changed() -> None:
    assert "gets at most 7 papers" in run("channel", "cap", "1", "7")
    assert ada()["channels"][0]["cap"] == 7


def test_a_pause_lasts_until_resume() -> None:
    run("pause", "ada@example.org")
    assert ada()["status"] == "paused"

    run("resume", "ada@example.org")
    assert ada()["status"] == "confirmed"


def test_follows_and_interests_come_and_go() -> None:
    run("follow", "1", "Wei Zhang", "--field", "cs.CL")
    run("interest", "add", "1", "diffusion models")
    assert ([each["name"] for each in ada()["follows"]], len(ada()["interests"])) == (["Wei Zhang"], 2)

    run("unfollow", "1", "wei zhang")
    run("interest", "remove", "1", "models diffusion")
    assert (ada()["follows"], ada()["interests"]) == ([], ["cat:cs.CL"])


def test_an_hour_can_be_changed() -> None:
    run("schedule", "1", "--timezone", "europe/berlin", "--at", "7", "--wait-until", "9:30")

    assert ada()["channels"][0]["schedule"] == {
        "timezone": "Europe/Berlin",
        "send_at": "07:00:00",
        "wait_until": "09:30:00",
        "cadence": "daily",
        "weekday": 0,
    }


def test_a_collaboration_is_no_person_to_follow() -> None:
    with pytest.raises(SubscriberError, match="not a person's name"):
        run("follow", "1", "IceCube Collaboration")


def test_an_export_holds_everything_and_erasing_leaves_nothing() -> None:
    assert "ada@example.org" in run("export", "1")

    run("erase", "1", "--yes")
    assert json.loads(run("subscribers", "--json")) == []
