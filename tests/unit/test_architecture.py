"""The rules of the house that a linter does not hold."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE_LIMIT = 400
TEST_LIMIT = 500
BANNED = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


@pytest.mark.parametrize(("folders", "limit"), [(("digest", "subscribers"), MODULE_LIMIT), (("tests",), TEST_LIMIT)])
def test_no_module_outgrows_its_limit(folders: tuple[str, ...], limit: int) -> None:
    lengths = {str(path): len(path.read_text(encoding="utf-8").splitlines()) for path in modules(*folders)}

    assert {path: lines for path, lines in lengths.items() if lines > limit} == {}


def test_the_median_function_fits_a_glance() -> None:
    lengths = [body_lines(function) for path in modules("digest", "subscribers") for function in functions(path)]

    assert statistics.median(lengths) < 10


def test_every_module_is_named_for_a_noun_of_its_own() -> None:
    assert [path for path in modules("digest", "subscribers", "tests") if path.stem in BANNED] == []


def test_every_module_says_what_it_is_responsible_for() -> None:
    silent = [p for p in modules("digest", "subscribers") if not ast.get_docstring(ast.parse(p.read_text("utf-8")))]

    assert silent == []


def test_the_alembic_folder_does_not_shadow_the_library() -> None:
    assert not (ROOT / "alembic" / "__init__.py").exists()
