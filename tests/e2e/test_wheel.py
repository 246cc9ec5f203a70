"""The wheel carries everything it needs and works outside the checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and unpack it into a folder of its own, which is all that installing it does."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder / "site"


def python(installed: Path, folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DIGEST_")}
    environment["PYTHONPATH"] = str(installed)  # before the checkout, which an editable install adds at the end
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_installed_wheel_runs_the_demo_and_migrates_with_its_own_files(installed: Path, tmp_path: Path) -> None:
    where = python(installed, tmp_path, "-c", "import digest.resources as r; print(r.find_resource('alembic'))")
    python(installed, tmp_path, "-m", "digest", "demo", "--offline")
    python(installed, tmp_path, "-m", "digest", "db", "upgrade")

    assert Path(where.strip()).is_relative_to(installed)
    assert json.loads((tmp_path / "demo" / "summary.json").read_text())["deliveries"] == {"empty": 1, "sent": 5}
    assert (tmp_path / "digest.db").exists()


def test_the_wheel_holds_templates_migrations_and_grammar_and_no_tests(installed: Path) -> None:
    names = {str(path.relative_to(installed)) for path in installed.rglob("*")}

    assert "digest/_resources/templates/email/digest/body.html" in names
    assert "digest/_resources/alembic/versions/0001_initial_tables.py" in names
    assert "digest/matching/grammar.lark" in names
    assert not any(name.startswith("tests") for name in names)
