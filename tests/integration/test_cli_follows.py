"""Following and mending records, as typed: `digest follow …`, `digest follow-list`, `digest researchers …`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from digest.bootstrap import open_app
from digest.cli import digest as command
from digest.cli.exits import Exit
from digest.model import Batch, Paper, RunState
from digest.storage import runs
from tests.factories import announcement
from tests.namesakes import NAME, ears, language

PAGE = b"""\
Peng Fu

CL
h-index39
4papers
273citations
Novelty49%
AI Score56

4 Papers

CLJun 4Code
Pruning pre-trained language models

Yuanxin Liu, Zheng Lin, Peng Fu et al.

We prune attention heads of language models while they are fine-tuned on tasks of understanding.

CLMay 2, 2025
Masks for efficient language models

Yuanxin Liu, Zheng Lin, Weiping Wang et al.

Learned masks make pre-trained language models sparse and robust in tasks of understanding.

CLMay 3, 2024
Sparse transfer of language models

Zheng Lin, Peng Fu, Yuanxin Liu

Sparse subnetworks of pre-trained language models transfer to new tasks of understanding.

IVMay 2, 2021
Calibration of temporal bone images

Xiaoguang Li, Peng Fu, Hongxia Yin et al.

Geometric calibration aligns tomography images of the temporal bone of patients.
"""


@pytest.fixture(autouse=True)
def _ada_in_a_folder_of_her_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run("subscribe", "--email", "ada@example.org")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def say(*arguments: str) -> Any:
    shown = run(*arguments, "--json")
    assert shown.exit_code == 0, shown.output
    return json.loads(shown.stdout)


def store(*papers: Paper) -> None:
    announced = tuple(announcement(each) for each in papers)
    batch = Batch(source="arxiv:cs.CL", state=RunState.FRESH, papers=papers, announcements=announced)
    with open_app() as app, app.database.writing() as session:
        runs.save_batch(session, batch, datetime.now(UTC))


def test_a_name_an_author_a_paper_and_a_place_can_be_followed() -> None:
    store(language(0))
    assert "now follows Yejin Choi (researcher 1)" in run("follow", "1", "Yejin Choi", "--field", "cs.CL").stdout
    assert "now follows Peng Fu" in run("follow", "1", "author 2 of 2611.10000", "--at-once").stdout
    assert "already follows Peng Fu" in run("follow", "1", "author 2 of 2611.10000").stdout
    assert "(paper 1)" in run("follow", "1", "https://arxiv.org/abs/2611.10000").stdout
    assert "(institution 1)" in run("follow", "1", "University of Bonn", "--institution").stdout

    found = say("following", "1")
    assert [(each["kind"], each["name"], each["timing"]) for each in found] == [
        ("researcher", "Yejin Choi", "digest"),
        ("researcher", "Peng Fu", "now"),
        ("paper", language(0).title, "now"),
        ("institution", "University of Bonn", "digest"),
    ]


def test_what_is_told_can_be_chosen_and_changed() -> None:
    run("follow", "1", "Yejin Choi", "--position", "last", "--event", "published", "--event", "withdrawn")
    shown = run("following", "1").stdout
    assert "published, withdrawn in the digest, only as last author" in " ".join(shown.split())

    run("follow", "1", "Yejin Choi", "--event", "none", "--at-once")
    (follow,) = say("following", "1")
    assert (follow["timing"], follow["position"], follow["events"]) == ("now", "last", [])


def test_a_follow_ends_by_name_or_number() -> None:
    run("follow", "1", "Yejin Choi")
    run("follow", "1", "Furu Wei")
    assert "no longer follows Yejin Choi" in run("unfollow", "1", "yejin choi").stdout
    assert "no longer follows Furu Wei" in run("unfollow", "1", "2").stdout
    assert "did not follow Furu Wei" in run("unfollow", "1", "Furu Wei").stdout
    assert say("following", "1") == []


def test_a_number_that_several_kinds_of_things_have_ends_none_of_these_follows() -> None:
    store(language(0))
    for what in (("Yejin Choi",), ("2611.10000",), ("University of Bonn", "--institution")):
        run("follow", "1", *what)
    refused = run("unfollow", "1", "1")

    assert refused.exit_code == 2
    assert "“institution 1” and “paper 1” and “researcher 1”" in refused.stderr
    assert len(say("following", "1")) == 3
    assert "no longer follows University of Bonn" in run("unfollow", "1", "institution 1").stdout
    assert [each["kind"] for each in say("following", "1")] == ["researcher", "paper"]


def test_following_a_paper_again_changes_only_what_is_said() -> None:
    store(language(0))
    run("follow", "1", "2611.10000", "--event", "none", "--in-digest")
    run("follow", "1", "2611.10000", "--event", "withdrawn")
    (follow,) = say("following", "1")

    assert (follow["timing"], follow["events"]) == ("digest", ["withdrawn"])
    run("follow", "1", "2611.10000", "--at-once")
    (follow,) = say("following", "1")
    assert (follow["timing"], follow["events"]) == ("now", ["withdrawn"])


def test_a_search_shows_who_a_name_may_mean_and_one_of_them_is_followed() -> None:
    store(language(0), language(1), ears(0))
    found = say("researchers", "search", NAME)
    assert [each["count"] for each in found] == [2, 1]
    assert found[0]["topics"] == ["cs.CL"]
    assert "Zheng Lin" in found[0]["coauthors"]
    assert found[1]["recent"] == [ears(0).title]

    assert "now follows Peng Fu" in run("follow", "1", NAME, "--choose", "2").stdout
    known = say("researchers", "search", NAME)
    assert [each["researcher_id"] for each in known] == [None, 1]
    too_far = run("follow", "1", NAME, "--choose", "9")
    assert too_far.exit_code == 2
    assert "2 people of this name" in too_far.stderr


def test_a_search_for_nobody_says_so() -> None:
    assert "Nobody of this name" in run("researchers", "search", "Ingrid Bakkerud").stderr


@pytest.mark.parametrize(
    ("what", "why"),
    [
        (("0000-0002-1825-0098",), "the last character of this ORCID iD should be 7"),
        (("author 9 of 2611.10000",), "has 4 authors"),
        (("author 0 of 2611.10000",), "author"),
        (("author -1 of 2611.10000",), "counted from 1"),
        (("author 99999999999999999999 of 2611.10000",), "counted from 1"),
        (("",), "is empty"),
        (("\U0001f600 \U0001f389",), "not a person's name"),
        (("\udcff\udcfe Zhang",), "control character"),
        (("A" * 150 + " " + "B" * 150,), "too long"),
        (("\U0001f600", "--institution"), "too short"),
        (("word " * 40, "--institution"), "too long"),
        (("IceCube Collaboration",), "not a person's name"),
        (("ChatGPT",), "not a person's name"),
        (("MPI", "--institution", "--field", "???"), "no field"),
        (("of", "--institution"), "too short"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_the_reason(what: tuple[str, ...], why: str) -> None:
    store(language(0))
    failed = run("follow", "1", *what)

    assert failed.exit_code != 0
    assert why in f"{failed.stderr} {failed.exception}"
    assert say("following", "1") == []


def test_a_record_shows_its_papers_and_why_they_are_theirs() -> None:
    store(language(0), language(1))
    run("follow", "1", "author 2 of 2611.10000")
    shown = " ".join(run("researchers", "show", "1").stdout.split())

    assert "Peng Fu (researcher 1)" in shown
    assert "confirmed" in shown
    assert "Yuanxin Liu" in shown
    assert say("researchers", "show", "1", "--possible")["followers"] == 1
    assert run("researchers", "show", "99").exit_code == 1


def test_the_operator_mends_records() -> None:
    store(language(0), language(1), ears(0))
    run("follow", "1", "author 2 of 2611.10000")
    run("follow", "1", "author 2 of 2611.20000")
    assert "2 is now part of 1" in run("researchers", "merge", "1", "2").stdout
    assert "one record already" in run("researchers", "merge", "1", "2").stdout
    (merge,) = say("researchers", "merges")
    assert merge["evidence"] == "said by the operator"
    assert "moved from 1 to 2" in run("researchers", "split", str(merge["id"])).stdout
    assert run("researchers", "split", str(merge["id"])).exit_code == 1
    assert run("researchers", "merge", "1", "2").exit_code == 1
    assert "1 paper(s) rejected" in run("researchers", "reject", "1", "2611.10001").stdout
    assert "1 paper(s) confirmed" in run("researchers", "confirm", "1", "2611.10001").stdout
    assert "1 paper(s) moved from 1 to 3" in run("researchers", "part", "1", "2611.10001", "--name", "Other Fu").stdout
    assert run("researchers", "reject", "1", "2611.99999").exit_code == 1


def test_a_list_is_followed_and_the_rest_is_listed(tmp_path: Path) -> None:
    file = tmp_path / "people.txt"
    file.write_text("Yejin Choi\nThe ATLAS Collaboration\nFuru Wei\n")
    assert "Would be followed" in run("follow-list", "1", str(file), "--dry-run").stdout
    assert say("following", "1") == []

    done = CliRunner().invoke(command, ["follow-list", "1", str(file), "--at-once"], standalone_mode=False)
    assert done.return_value is Exit.FAILED
    assert "follows 2 from" in " ".join(done.stdout.split())
    assert "ATLAS" in done.stdout
    assert [each["timing"] for each in say("following", "1")] == ["now", "now"]


def test_a_captured_page_is_explained_paper_by_paper(tmp_path: Path) -> None:
    file = tmp_path / "page.txt"
    file.write_bytes(PAGE.rstrip())
    study = say("researchers", "page", str(file), "--as-of", "2026-06-29")

    assert study["name"] == NAME
    assert "not reliable" in study["figures"][0]
    standing = {each["title"]: each["standing"] for each in study["papers"]}
    assert [standing[title] for title in list(standing)[:3]] == ["sure", "sure", "sure"]
    assert standing["Calibration of temporal bone images"] in {"possible", "unlikely"}
    assert all(each["why"] for each in study["papers"])
    assert "not reliable" in run("researchers", "page", str(file)).stdout


def test_a_page_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "page.txt"
    file.write_text("Dear diary")

    assert run("researchers", "page", str(file)).exit_code != 0
