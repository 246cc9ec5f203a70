"""What `--json` prints can be read back."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from digest.cli.output import print_json
from digest.model import DeliveryState, RunState, SourceRun
from digest.pipeline.deliver import DeliveryReport


def printed(value: object, capsys: pytest.CaptureFixture[str]) -> Any:
    print_json(value)
    return json.loads(capsys.readouterr().out)


def test_a_delivery_report_counts_by_state(capsys: pytest.CaptureFixture[str]) -> None:
    report = DeliveryReport(retried=1)
    report.states[DeliveryState.SENT] += 2

    assert printed(report, capsys) == {
        "states": {"sent": 2},
        "retried": 1,
        "cancelled": 0,
        "unusable": {},
        "stranded": {},
        "held": {},
        "paused": None,
    }


def test_dataclasses_and_times_inside_lists_are_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    run = SourceRun(source="arxiv:cs.CL", started_at=at, ended_at=at, state=RunState.FRESH, papers=3)

    found = printed({"runs": [run], "at": at}, capsys)
    assert found["at"] == found["runs"][0]["ended_at"] == "2026-11-20T12:00:00+00:00"
    assert (found["runs"][0]["state"], found["runs"][0]["papers"]) == ("fresh", 3)
