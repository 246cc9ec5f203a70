r"""The short ways through names, TeX and links lead where the long ones lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.creators import _TEX, decode_tex, parse_creators, split_names

LETTERS = "abcijnostzABCIJNOSZ"
ACCENTED = [
    *(
        form % (mark, letter)
        for mark in "\"'`^~=."
        for letter in LETTERS
        for form in (r"\%s%s", r"\%s{%s}", r"{\%s%s}")
    ),
    *(rf"\{mark}{{{letter}}}" for mark in "uvHckr" for letter in LETTERS),
    *(rf"\{mark}{{\{letter}}}" for mark in "\"'`^~=." for letter in "ij"),
    *(rf"{{\{letter}}}" for letter in ("l", "L", "o", "O", "aa", "AA", "ae", "AE", "ss", "i")),
]
REST = [
    "a",
    "B",
    " ",
    "  ",
    ".",
    "-",
    "--",
    "'",
    "`",
    "{",
    "}",
    "\\",
    "~",
    "$",
    "_",
    "é",
    "李",
    "\n",
    "\\i",
    "\\l ",
    "1",
]
TEX = st.lists(st.sampled_from([*ACCENTED, *REST]), max_size=6).map("".join)

NAMES = ["Ann Kim", "Jr.", "III", ", ", ";", "CERN", "ATLAS Collaboration: ", "1,2", ":", r"J\"org", "{", "é", " "]
LINKS = [
    *(
        "github.com/a/b",
        "gitlab.com/x/y_z",
        "huggingface.co/a/b",
        "huggingface.co/papers/1",
        "github.com",
        "GitHub.com/",
    ),
    *("https://", "http://", "www.", "evil.example/", " ", "x", ".", "/", "-", "(", "\n", "\\_", "ß", "İ", "ſ", "K"),
]


def decode_whole(text: str) -> str:
    return " ".join(str(_TEX.latex_to_text(text)).split()) or text


@pytest.mark.parametrize("text", ["A%s", "%sb C", "%s%s", "-%s ", " %s."])
def test_every_accented_letter_is_decoded_as_in_its_name(text: str) -> None:
    names = [text.replace("%s", letter) for letter in ACCENTED[:: 7 if text == "%s%s" else 3]]

    assert list(map(decode_tex, names)) == list(map(decode_whole, names))


@given(TEX)
def test_any_tex_is_decoded_as_a_whole(text: str) -> None:
    if "\\" in text or "{" in text:
        assert decode_tex(text) == decode_whole(text)


@given(st.lists(st.sampled_from(NAMES), max_size=8).map("".join))
def test_parentheses_elsewhere_do_not_change_how_names_are_divided(text: str) -> None:
    assert list(split_names(f"{text},()")) == [*split_names(text), "()"]
    assert parse_creators(f"{text},Ada (CERN)")[:-1] == parse_creators(text)


@given(st.lists(st.sampled_from(LINKS), max_size=8).map("".join), st.sampled_from(["", "ß", "We share code. ", "x"]))
def test_a_link_is_found_wherever_it_begins(text: str, before: str) -> None:
    far = find_code_url(f"{before * 50}\n{text}")

    # `ß` has two letters when folded: then the whole text is searched.
    assert find_code_url(f"ß\n{text}") == find_code_url(f"\n{text}") == far
