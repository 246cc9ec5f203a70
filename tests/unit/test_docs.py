"""The documentation says what the code says. Reads the files of the checkout, and nothing else."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from itertools import chain
from pathlib import Path

import click
import pytest

from digest.cli import COMMANDS, digest
from digest.cli.exits import Exit
from digest.model import AnnouncementKind, Certainty, DeliveryKind, DeliveryState, IdScheme, RunState
from digest.settings import FILE_SUFFIX, Settings, list_options

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_MAKE = re.compile(r"(?:^|`)make ([a-z-]+)", re.MULTILINE)
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


@cache
def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def absent(wanted: Iterable[str], text: str) -> list[str]:
    """Give what no code span of the text says."""
    return sorted(set(wanted) - set(_CODE.findall(text)))


def rows(page: str) -> Iterator[list[str]]:
    for line in read(page).splitlines():
        if line.startswith("|"):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def shell_lines(page: Path) -> Iterator[list[str]]:
    """Give every `digest …` of a page, in blocks and in code spans, cut into words."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    blocks = chain.from_iterable(block.splitlines() for block in _BLOCK.findall(text))
    for line in chain(blocks, _CODE.findall(_BLOCK.sub("", text))):
        for said in re.sub(r"\s#.*", "", line).split(";"):
            if found := re.fullmatch(r"\s*(?:\$ )?(?:\S*/bin/)?digest((?: .*)?)", said):
                yield found[1].split()


def find_faults_in(words: list[str]) -> list[str]:
    """Follow the words through the groups of commands; give those that lead nowhere."""
    command: click.Command = digest
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "--version"}
    return [word for word in words if word.startswith("--") and word not in known]


def slug(heading: str) -> str:
    """Give the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)}


def test_every_option_stands_in_the_operators_table_with_its_default() -> None:
    documented = {row[0].strip("`"): row[1].strip("`") for row in rows("docs/operator.md") if row[0][1:8] == "DIGEST_"}

    assert documented == {name: default for name, default, _ in list_options()}


def test_no_page_names_an_option_that_does_not_exist() -> None:
    known = {name for name, _, _ in list_options()}
    named = {name for page in PAGES for name in re.findall(r"\bDIGEST_[A-Z_]*[A-Z]\b", page.read_text("utf-8"))}

    assert {name for name in named if name.removesuffix(FILE_SUFFIX) not in known} == set()


def test_the_example_configuration_is_valid() -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```", read("docs/operator.md"), re.MULTILINE | re.DOTALL)

    assert Settings(**tomllib.loads(example)).smtp.host == "mail.lab.example.org"


def test_every_command_stands_in_the_readme() -> None:
    groups = [command for command in COMMANDS if isinstance(command, click.Group)]
    names = [f"digest {command.name}" for command in COMMANDS]
    names += [f"digest {group.name} {name}" for group in groups for name in group.commands]

    assert absent(names, read("README.md")) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_of_a_page_exists(page: Path) -> None:
    faults = [(words, fault) for words in shell_lines(page) if (fault := find_faults_in(words))]

    assert faults == []


def test_every_exit_code_stands_in_both_tables() -> None:
    for page in ("README.md", "docs/operator.md"):
        assert {row[0] for row in rows(page) if row[0].isdigit()} == {str(code.value) for code in Exit}


def test_every_make_target_a_page_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {name for page in PAGES for name in _MAKE.findall(page.read_text(encoding="utf-8"))}

    assert named - targets == set()


@pytest.mark.parametrize(("group", "page"), [("sources", "docs/sources.md"), ("notifiers", "docs/notifiers.md")])
def test_every_source_and_notifier_has_its_place(group: str, page: str) -> None:
    kinds = PROJECT["project"]["entry-points"][f"digest.{group}"]
    first_words = [re.split(r"\W", code)[0] for code in _CODE.findall(read(page))]

    assert set(kinds) - set(first_words) == set()


@pytest.mark.parametrize("values", [RunState, AnnouncementKind, DeliveryState, Certainty, IdScheme])
def test_the_glossary_has_every_value(values: type[StrEnum]) -> None:
    assert absent((value.value for value in values), read("docs/glossary.md")) == []


def test_the_glossary_has_every_kind_of_delivery() -> None:
    assert {kind.value for kind in DeliveryKind} <= {row[0] for row in rows("docs/glossary.md")}


def test_every_log_event_is_explained() -> None:
    calls = [
        node
        for path in sorted((ROOT / "digest").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "log"
    ]
    events = [node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)]

    assert absent(map(str, events), read("docs/operator.md")) == []


def test_every_link_leads_somewhere() -> None:
    links = [(page, link.partition("#")) for page in PAGES for link in _LINK.findall(page.read_text("utf-8"))]
    inside = [
        (page, page.parent / path if path else page, anchor) for page, (path, _, anchor) in links if "://" not in path
    ]

    assert [(page.name, target.name) for page, target, _ in inside if not target.exists()] == []
    assert [(page.name, anchor) for page, target, anchor in inside if anchor and anchor not in anchors(target)] == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    linked = set(_LINK.findall(read("README.md").replace("#", ")#")))

    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in linked] == []


def test_every_test_that_a_page_names_exists() -> None:
    named = {found for page in PAGES for found in _TEST.findall(page.read_text(encoding="utf-8"))}
    defined = {path: set(re.findall(r"^ *(?:async )?def (\w+)", read(path), re.MULTILINE)) for path, _ in named}

    assert {(path, name) for path, name in named if name not in defined[path]} == set()


def test_every_dependency_has_its_reason() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    listed = chain(project["dependencies"], *project["optional-dependencies"].values(), *groups.values())
    text = read("docs/decisions/0007-dependencies.md")

    assert [name for each in listed if (name := _REQUIREMENT.findall(each)[0]) not in text] == []


def test_every_decision_says_what_it_costs_and_when_to_look_again() -> None:
    parts = ("**Context.**", "**Choice.**", "**Price.**", "**Revisit when**")
    pages = {page.name: page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "decisions").glob("*.md")}

    assert {name: part for name, text in pages.items() for part in parts if part not in text} == {}
    assert sorted(name[:4] for name in pages) == [f"{number:04}" for number in range(1, len(pages) + 1)]
