"""The catalogues: complete, up to date, and saying the same as the English."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from digest.bot.menu import list_menus
from digest.languages import ENGLISH, LANGUAGES, speaking, tr, trn
from digest.languages.catalogues import FOLDER
from digest.languages.messages import TEMPLATE, collect_messages, update_catalogue, write_template

CODE = FOLDER.parents[1]
SAYING = ("tr", "trn", "mark", "mark_plural")
OTHERS = [language for language in LANGUAGES if language != ENGLISH]
_PLACEHOLDER = re.compile(r"\{\w+\}")
_TAG = re.compile(r"</?[a-z]+>")
_KEPT = re.compile(r"(?<![\w/<])/[a-z]{2,}|[👍👎💾🙈➕✔✖↩✓▾‹›]")


@pytest.fixture(scope="module")
def template() -> Catalog:
    return collect_messages()


def _read(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file)


def _texts(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _translations(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_the_template_holds_what_the_code_says(template: Catalog) -> None:
    assert (FOLDER / TEMPLATE).read_bytes() == write_template(template), "run make messages"


def test_no_text_is_said_where_the_extraction_does_not_look(template: Catalog) -> None:
    said = {text for file in sorted(CODE.rglob("*.py")) for text in _list_said(ast.parse(file.read_text()))}

    assert len(said) > 400
    assert {text for text in said if text not in template} == set()


def _list_said(tree: ast.AST) -> Iterator[str]:
    """Give the literals that are said or marked, those within f-strings too, which Babel passes over."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING and node.args:
            text = node.args[0]
            if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value:
                yield text.value


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_holds_what_the_code_says_and_nothing_else(language: str, template: Catalog) -> None:
    written = (FOLDER / f"{language}.po").read_bytes()
    assert written == update_catalogue(language, template, written), "run make messages"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    missing = [message.id for message in _read(language) if message.id and not all(_translations(message))]
    assert not missing


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_same_values_marks_commands_and_signs(language: str) -> None:
    for message in _read(language):
        if not message.id:
            continue
        *_, many = _texts(message)
        for said in _translations(message):
            if "{count}" not in said:  # “one paper” needs no number
                assert set(_PLACEHOLDER.findall(said)) | {"{count}"} == set(_PLACEHOLDER.findall(many)) | {"{count}"}
            else:
                assert set(_PLACEHOLDER.findall(said)) == set(_PLACEHOLDER.findall(many)), said
            assert Counter(_TAG.findall(said)) == Counter(_TAG.findall(many)), said
            assert Counter(_KEPT.findall(said)) == Counter(_KEPT.findall(many)), said


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_leads_to_another_address(language: str) -> None:
    for message in _read(language):
        assert not any("://" in said or "href" in said for said in _translations(message))


@pytest.mark.parametrize("language", LANGUAGES)
def test_counts_are_said_in_every_language(language: str) -> None:
    with speaking(language):
        said = {trn("{count} paper", "{count} papers", number) for number in (1, 2, 1250)}
    assert len(said) == 3
    assert all("{" not in each for each in said)


def test_every_menu_fits_telegram_and_speaks_its_language() -> None:
    menus = list(list_menus())
    assert {code for _, code, _ in menus} == {None, "de", "es", "fr", "ja", "zh"}
    descriptions = {}
    for scope, code, menu in menus:
        assert all(3 <= len(text) <= 256 or code in ("ja", "zh") for _, text in menu)
        descriptions[scope.type, code] = [text for _, text in menu]
    assert len({tuple(each) for each in descriptions.values()}) == len(descriptions)


def test_a_text_is_said_in_the_language_of_the_moment() -> None:
    with speaking("de"):
        assert tr("Unsubscribe") == "Abbestellen"
    assert tr("Unsubscribe") == "Unsubscribe"


def test_catalogues_are_read_back_as_they_were_written(template: Catalog) -> None:
    empty = update_catalogue("ja", template, b"")
    known = read_po(BytesIO(empty))
    assert known.num_plurals == 1
    assert len(known) == len(template)
