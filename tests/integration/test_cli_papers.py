"""`digest papers`: look at a paper and at what was joined to it, and take apart what was joined wrongly."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from digest.bootstrap import open_app
from digest.cli import digest as command
from digest.identifiers.references import read_ids
from digest.model import AnnouncementKind, Batch, ExternalId, IdScheme, Paper, RunState
from digest.storage import runs
from tests.factories import announcement, paper

ARXIV = ExternalId(IdScheme.ARXIV, "2611.00001")
DOI = ExternalId(IdScheme.DOI, "10.1000/x")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["papers", *arguments])


def say(*arguments: str) -> Any:
    shown = run(*arguments, "--json")
    assert shown.exit_code == 0, shown.output
    return json.loads(shown.stdout)


def store(seen: Paper, source: str, kind: AnnouncementKind) -> None:
    made = (announcement(seen, kind, source=source, detail=source),)
    batch = Batch(source=source, state=RunState.FRESH, papers=(seen,), announcements=made)
    with open_app() as app, app.database.writing() as session:
        runs.save_batch(session, batch, datetime.now(UTC))


@pytest.fixture
def joined() -> None:
    """A preprint and a journal's record of the same title and first author."""
    store(paper(), "arxiv:cs.CL", AnnouncementKind.NEW)
    store(paper(ids=(DOI,), title="Sparse experts learn fast.", categories=()), "journal", AnnouncementKind.FEATURED)


@pytest.mark.usefixtures("joined")
@pytest.mark.parametrize(
    "known",
    [
        "2611.00001",
        "arXiv:2611.00001v2",
        "https://arxiv.org/pdf/2611.00001v1",
        "https://doi.org/10.1000/X",
        "doi:10.1000/x",
        "1",
    ],
)
def test_a_paper_is_found_by_any_spelling_of_any_id(known: str) -> None:
    shown = say("show", known)

    assert (shown["paper_id"], shown["paper"]["title"]) == (1, "Sparse Experts Learn Fast")
    assert [each["kind"] for each in shown["announcements"]] == ["new", "featured", "published"]
    assert [each["evidence"] for each in shown["merges"]] == ["same title and first author; no id in common"]


@pytest.mark.usefixtures("joined")
def test_people_see_the_record_its_announcements_and_its_merges() -> None:
    shown = " ".join(run("show", "2611.00001").stdout.split())

    for part in ("Paper 1", "Ada Lovelace; Furu Wei", "doi:10.1000/x", "Announcements: 3", "Joined to it: 1"):
        assert part in shown


@pytest.mark.parametrize("known", ["2611.99999", "99999999999999999999", "nonsense", "0", "٣"])
def test_an_unknown_paper_is_one_sentence_and_a_failure(known: str) -> None:
    refused = run("show", known)

    assert refused.exit_code == 1
    assert f"No paper is known as “{known}”; give an arXiv id" in refused.stderr


@pytest.mark.usefixtures("joined")
def test_merges_are_listed_with_their_evidence() -> None:
    assert [(each["joined_ids"], each["paper_id"]) for each in say("merges")] == [(["doi:10.1000/x"], 1)]
    assert say("merges", "--since", "2999-01-01") == []
    shown = run("merges").stdout
    assert "UTC: same title and first author; no id in common" in shown
    assert "kept    1: Sparse Experts Learn Fast (Ada Lovelace, Furu Wei)" in shown


@pytest.mark.usefixtures("joined")
def test_the_weakest_evidence_is_listed_first() -> None:
    linked = paper(ids=(ExternalId(IdScheme.OPENALEX, "W1"), ARXIV), categories=())
    store(linked, "openalex", AnnouncementKind.FEATURED)

    assert [each["evidence"] for each in say("merges")] == [
        "same title and first author; no id in common",
        "same arXiv id 2611.00001 stated by openalex; same title",
    ]
    assert "There are more" in run("merges", "--limit", "1").stderr


@pytest.mark.usefixtures("joined")
def test_splitting_says_what_moved() -> None:
    done = run("split", "10.1000/x")

    assert done.exit_code == 0
    assert "Merge 1 is taken apart: paper 1 is “Sparse Experts Learn Fast”." in done.stdout
    assert "Moved to it: doi:10.1000/x; 2 announcement(s)." in done.stdout
    assert (say("show", "10.1000/x")["paper_id"], say("show", "2611.00001")["paper_id"]) == (2, 1)


@pytest.mark.usefixtures("joined")
def test_splitting_prints_json_for_scripts() -> None:
    done = say("split", "2611.00001", "--merge", "1")

    assert (done["paper_id"], done["parted_id"], done["announcements"], done["is_revived"]) == (1, 2, 2, False)


@pytest.mark.usefixtures("joined")
def test_a_split_that_is_not_clear_is_refused() -> None:
    wrong = run("split", "1", "--merge", "7")
    run("split", "1")
    again = run("split", "1")

    assert (wrong.exit_code, "has no merge 7 to take apart; there are: 1" in wrong.stderr) == (2, True)
    assert (again.exit_code, "or it was taken apart already" in again.stderr) == (2, True)


@pytest.mark.usefixtures("joined")
def test_of_several_merges_one_must_be_named() -> None:
    linked = paper(ids=(ExternalId(IdScheme.OPENALEX, "W1"), ARXIV), categories=())
    store(linked, "openalex", AnnouncementKind.FEATURED)
    refused = run("split", "1")

    assert (refused.exit_code, "Say which merge is meant with --merge: 1, 2" in refused.stderr) == (2, True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("https://huggingface.co/papers/2611.00001", "hf:2611.00001"),
        ("https://openreview.net/forum?id=aB_c-9&noteId=x", "openreview:aB_c-9"),
        (f"https://www.semanticscholar.org/paper/Some-Title/{'ab' * 20}", f"s2:{'ab' * 20}"),
        ("https://dblp.org/rec/conf/nips/Kim26.html", "dblp:conf/nips/Kim26"),
        ("openalex:W12", "openalex:W12"),
        ("https://openalex.org/W12", "openalex:W12"),
        ("pmid:123", "pmid:123"),
        ("S2:abc", "s2:abc"),
        ("url:https://journal.example/a", "url:https://journal.example/a"),
        ("https://journal.example/a", "url:https://journal.example/a"),
    ],
)
def test_links_and_prefixes_are_read_as_ids(text: str, wanted: str) -> None:
    assert wanted in [str(known) for known in read_ids(text)]
