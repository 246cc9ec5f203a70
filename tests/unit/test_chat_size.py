"""Counting as Telegram counts, splitting at borders, and how much of a digest fits."""

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rendering.fitting import choose_lengths
from digest.rendering.telegram import SEPARATOR, Size, inert, measure, pack

BLOCK = st.text(max_size=900).map(lambda text: f"<b>{html.escape(text)}</b>x")


@pytest.mark.parametrize(
    ("piece", "units"),
    [
        ("", 0),
        ("abc", 3),
        ("<b>abc</b>", 3),
        ("&lt;&amp;&#39;&quot;", 4),
        ("&amp;lt;", 4),
        ("é中", 2),
        ("😀", 2),
        ("𝒪(n)", 5),
        ("👩\u200d🔬", 5),
        ('<a href="https://example.org/a&amp;b">é</a>', 1),
        ("<blockquote expandable>a\nb</blockquote>", 3),
    ],
)
def test_length_is_in_utf16_units_of_the_parsed_text(piece: str, units: int) -> None:
    assert measure(piece).units == units


def test_an_entity_weighs_its_address() -> None:
    assert measure('<b><a href="https://e.org">x</a></b>') == Size(units=1, entities=2, entity_bytes=45)


@given(st.lists(BLOCK, min_size=1, max_size=30))
def test_packed_blocks_fit_and_join_again(blocks: list[str]) -> None:
    parts = pack(blocks)

    assert SEPARATOR.join(parts) == SEPARATOR.join(blocks)
    assert all(measure(part).fits for part in parts)


@pytest.mark.parametrize(
    ("block", "parts"),
    [
        ("a" * 2047, 1),
        ("a" * 2048, 2),
        ("😀" * 1024, 2),
        ("<b>x</b>" * 45, 1),
        ("<b>x</b>" * 46, 2),
        (f'<a href="https://{"e" * 3976}">x</a>', 1),
        (f'<a href="https://{"e" * 3977}">x</a>', 2),
    ],
)
def test_two_blocks_share_a_message_up_to_each_limit(block: str, parts: int) -> None:
    assert len(pack([block, block])) == parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@everyone, /start #tag $BTC", "@\u2060everyone, /\u2060start #\u2060tag $\u2060BTC"),
        ("cs.AI, example.org and e.g. 3.5", "cs.\u2060AI, example.\u2060org and e.\u2060g. 3.5"),
        ("https://example.org/@a and/or a@b $5 #1", "https://example.org/@a and/or a@b $5 #1"),
    ],
)
def test_nothing_in_text_can_be_tapped_but_whole_addresses(text: str, expected: str) -> None:
    assert inert(text) == expected


@pytest.mark.parametrize(
    ("full", "brief", "room", "expected"),
    [
        ([5, 5, 5], [1, 1, 1], 15, (3, 3)),
        ([5, 5, 5], [1, 1, 1], 14, (2, 3)),
        ([5, 5, 5], [1, 1, 1], 6, (0, 3)),
        ([5, 5, 5], [1, 1, 1], 2, (0, 2)),
        ([9, 1, 1], [1, 1, 1], 4, (0, 3)),
        ([5, 5], [1, 1], 0, (0, 0)),
        ([], [], 0, (0, 0)),
    ],
)
def test_all_papers_come_before_any_in_full(full: list[int], brief: list[int], room: int, expected: object) -> None:
    assert choose_lengths(full, brief, room) == expected


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 500))), st.integers(0, 5000))
def test_what_is_chosen_fits(sizes: list[tuple[int, int]], room: int) -> None:
    brief = [short for short, _ in sizes]
    full = [short + growth for short, growth in sizes]

    in_full, shown = choose_lengths(full, brief, room)

    assert sum(full[:in_full]) + sum(brief[in_full:shown]) <= room
    assert 0 <= in_full <= shown <= len(sizes)
