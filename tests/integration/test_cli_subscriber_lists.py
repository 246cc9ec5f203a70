"""`digest subscribers import` and `digest subscribers export`, as typed, on a database of their own."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from digest.cli import digest as command
from digest.cli.exits import Exit
from subscribers.lists import UnreadableList


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(command, arguments, input=given, catch_exceptions=False, standalone_mode=False)


def test_a_list_is_taken_in_and_what_remains_to_do_is_said_by_line() -> None:
    done = run("subscribers", "import", "-", "--interest", "cat:cs.CL", given="email\nada@example.org\nnobody\n")

    assert done.return_value == Exit.FAILED
    assert "1 asked to confirm, 1 not used." in done.stdout
    assert "“nobody” is not an email address" in " ".join(done.stdout.split())


def test_with_the_word_of_the_operator_everybody_is_in() -> None:
    done = run("subscribers", "import", "-", "--consent", "seminar list", given="ada@example.org\nbob@example.org\n")
    listed = json.loads(run("subscribers", "--json").stdout)

    assert (done.return_value, [each["name"] for each in listed]) == (Exit.OK, ["ada@example.org", "bob@example.org"])


def test_a_dry_run_changes_nothing() -> None:
    done = run("subscribers", "import", "-", "--consent", "seminar list", "--dry-run", given="ada@example.org\n")

    assert "Would be: 1 subscribed." in done.stdout
    assert json.loads(run("subscribers", "--json").stdout) == []


def test_each_line_is_there_for_scripts() -> None:
    (line,) = json.loads(run("subscribers", "import", "-", "--json", given="ada@example.org\n").stdout)

    assert (line["line"], line["shown"], line["outcome"]) == (1, "ada@example.org", "asked to confirm")


def test_a_file_that_is_no_list_is_one_sentence() -> None:
    with pytest.raises(UnreadableList, match="not in UTF-8: line 2"):
        run("subscribers", "import", "-", given="email,name\nada@example.org,René\n".encode("latin-1"))


def test_an_export_is_for_its_owner_alone_and_can_be_taken_in_again(tmp_path: Path) -> None:
    run("subscribers", "import", "-", "--consent", "seminar list", given="email,name\nada@example.org,=Ada\n")
    out = tmp_path / "all.csv"
    run("subscribers", "export", "--out", str(out))

    assert stat.S_IMODE(out.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert ",'=Ada," in out.read_text()
    assert "1 known before." in run("subscribers", "import", str(out)).stdout


def test_an_export_over_a_file_that_others_may_read_is_for_its_owner_alone(tmp_path: Path) -> None:
    run("subscribers", "import", "-", "--consent", "seminar list", given="ada@example.org\n")
    out = tmp_path / "all.csv"
    out.touch(0o644)
    run("subscribers", "export", "--out", str(out))

    assert stat.S_IMODE(out.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_hostile_cells_do_not_reach_the_terminal(options: tuple[str, ...]) -> None:
    people = [{"email": "ada@example.org", "status": "\ud800\x1b[31m\u202eevil"}]
    done = run("subscribers", "import", "-", *options, given=json.dumps(people))

    assert "evil" in done.stdout
    assert not {"\ud800", "\x1b", "\u202e"} & set(done.stdout)


def test_an_export_as_json_goes_to_standard_output() -> None:
    run("subscribers", "import", "-", "--consent", "seminar list", given="ada@example.org\n")

    (ada,) = json.loads(run("subscribers", "export", "--format", "json").stdout)
    assert (ada["channels"][0]["address"], ada["consent"]["text"]) == ("ada@example.org", "seminar list")
