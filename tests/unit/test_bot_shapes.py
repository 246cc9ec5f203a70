"""How answers of the bot are put together: always valid, always short enough, whatever stands in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.bot.commands.shapes import (
    Press,
    bold,
    button,
    cut_page,
    fits_button,
    label,
    page_row,
    parse_press,
    quote,
    say,
    say_lines,
    show,
)
from digest.bot.commands.table import COMMANDS, PRESSES
from digest.rendering.telegram import measure
from tests.servers.telegram import parse_html


@given(st.text(max_size=5_000))
def test_somebodys_words_stay_words(text: str) -> None:
    for shown in (quote(text), show(text), bold(text), quote(text, 2_000)):
        words, entities = parse_html(shown)
        assert {entity.kind for entity in entities} <= {"bold"}
        assert len(words) <= 2_003


@given(st.text(max_size=500))
def test_a_label_is_never_empty_and_never_long(text: str) -> None:
    assert 1 <= len(label(text).strip()) <= 43


@given(st.lists(st.text(max_size=400), max_size=200))
def test_a_list_holds_as_many_lines_as_a_message_does(lines: list[str]) -> None:
    message = say_lines("head", map(quote, lines), "tail")

    assert measure(message).fits
    parse_html(message)


@given(st.lists(st.text(max_size=5_000).map(lambda text: quote(text, 4_000)), max_size=4))
def test_blocks_that_do_not_fit_are_left_out_whole(blocks: list[str]) -> None:
    message = say(*blocks)

    assert measure(message).fits
    parse_html(message)


@given(st.text(max_size=80))
def test_what_a_button_says_is_read_back(text: str) -> None:
    data = button("x", "ad", text).data

    assert parse_press(data) == Press("ad", text)
    assert fits_button("ad", text) is (len(data.encode("utf-8", "surrogatepass")) <= 64)


@pytest.mark.parametrize("data", ["", "c:", "c:a", "c:abc", "C:ad", "is:y:1:2", "fo:y:1", "c:ad;1"])
def test_data_that_no_command_has_written_is_none_of_theirs(data: str) -> None:
    assert parse_press(data) is None


@pytest.mark.parametrize(("page", "shown"), [(0, [0, 1]), (1, [2, 3]), (2, [4]), (9, [4])])
def test_a_page_past_the_end_is_the_last(page: int, shown: list[int]) -> None:
    items, number, pages = cut_page(range(5), page, 2)

    assert (list(items), number, pages) == (shown, min(page, 2), 3)


def test_pages_lead_to_their_neighbours_only() -> None:
    assert page_row("li", 0, 1) == ()
    assert [each.data for each in page_row("li", 1, 3)[0]] == ["c:li:0", "c:li:2"]


def test_the_menu_is_as_telegram_wants_it() -> None:
    assert all(name.isascii() and name.islower() and len(name) <= 32 for name in COMMANDS)
    assert all(1 <= len(each.description) <= 256 for each in COMMANDS.values())
    assert all(len(verb) == 2 for verb in PRESSES)


def test_whatever_changes_something_in_a_group_is_for_administrators() -> None:
    reading = {
        "start",
        "help",
        "today",
        "digest",
        "interests",
        "following",
        "saved",
        "why",
        "paper",
        "author",
        "search",
    }
    private = {name for name, each in COMMANDS.items() if each.action.is_private}

    assert {name for name, each in COMMANDS.items() if not each.action.changes} == reading | private
    assert {verb for verb, each in PRESSES.items() if not each.changes} == {"li", "lf", "er"}
