"""The identity benchmark on the samples: it runs, and what it finds does not get worse than this."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.identity import load_folds, weights_for
from benchmarks.identity_data import DataSet, merge_duplicates, read_all, read_medline, read_openreview
from benchmarks.identity_figures import describe
from benchmarks.identity_stream import Variant, fold_of, judge_all

ROOT = Path(__file__).parents[2]


def measure(data: DataSet, variant: Variant) -> dict[str, Any]:
    _, folds = load_folds()
    return describe(judge_all(data, variant, lambda block: folds[fold_of(block)]))


@pytest.fixture
def openreview(samples: Path) -> DataSet:
    return merge_duplicates(read_openreview(samples / "author_identity"))


@pytest.mark.parametrize(("affiliations", "recall"), [(True, 0.92), (False, 0.8)])
def test_sure_is_nearly_always_right_and_little_is_lost(openreview: DataSet, affiliations: bool, recall: float) -> None:
    figures = measure(openreview, Variant(affiliations=affiliations))

    assert figures["sure"]["precision"] >= 0.99
    assert figures["sure"]["recall"] >= recall
    assert figures["sure_or_possible"]["recall"] >= 0.995
    assert figures["recall_at_99"] >= 0.95
    assert figures["brier"] <= 0.03


def test_pairs_of_journals_are_judged(samples: Path) -> None:
    (table,) = (samples / "author_identity").glob("medline_*pairs*.csv")

    figures = measure(read_medline(samples / "author_identity", table), Variant())

    assert figures["sure"]["precision"] >= 0.96
    assert figures["sure_or_possible"]["recall"] >= 0.97


def test_every_data_set_of_the_samples_is_read(samples: Path) -> None:
    sets, missing = read_all(samples / "author_identity")

    assert missing == []
    assert {data.name.split(":")[0] for data in sets} == {
        "openreview",
        "openreview, duplicates merged",
        "medline",
        "s2and",
    }
    assert all(set(weights_for(data)) >= {"shipped"} for data in sets)


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks.identity", "--data", str(tmp_path), "--json"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert json.loads(done.stdout)["rows"] == []
    assert done.stderr.count("Missing:") == 3


def test_the_speed_benchmark_gives_every_stage() -> None:
    command = [sys.executable, "-m", "benchmarks.identity_speed", "--papers", "20", "--followed", "300", "--json"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert {"index_seconds", "scoring_seconds", "weighed", "peak_memory_mb"} <= set(json.loads(done.stdout))
