"""Any bytes at all: a list or a refusal, never anything else, and nothing that grows without bound."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import InvalidList
from digest.intake import clean_text
from digest.researchers.imports import MAX_BYTES, MAX_LINES, MAX_PEOPLE, PeopleList, read_list

PIECES = [
    *(
        "Mary Smith",
        "Wei, Furu",
        "author 3 of ",
        "2310.01234",
        "0000-0002-1825-0097",
        "https://orcid.org/",
        "s2:",
        "~A_B1",
    ),
    *(
        "@article{",
        "@string{",
        "author = ",
        "title",
        "{",
        "}",
        '"',
        "#",
        " and ",
        '\\"{o}',
        "\\begin{x}",
        "$",
        "%",
        "(",
        ")",
    ),
    *(
        "<opml>",
        "<outline text='",
        "xmlUrl='",
        "'/>",
        "<html>",
        "<a href='",
        "<script>",
        "<!--",
        "&amp;",
        "&#0;",
        "<![CDATA[",
    ),
    *(
        '[{"itemType":',
        '"creators":[',
        '"author"',
        '"lastName":',
        '"data":',
        "null",
        "1e999",
        "[",
        "]",
        "},{",
        "\\ud800",
    ),
    *(
        "name,orcid",
        "=cmd",
        "\t",
        "\n",
        "\r\n",
        ";",
        ",",
        " - new articles",
        "New articles by ",
        "Author Alert: ",
        "\x00",
    ),
    *(
        "\u202e",
        "\ufeff",
        "魏福如",
        "ß",
        " — ",
        "10.1000/",
        "@",
        "http://[",
        "arXiv:99",
        "http://export.arxiv.org/?query=au:a_",
    ),
]


def read(data: bytes) -> PeopleList | None:
    """Give the list, or None for a refusal; any other error is the test's failure."""
    try:
        return read_list(data)
    except InvalidList:
        return None


@given(st.binary(max_size=3_000))
def test_any_bytes_are_a_list_or_a_refusal(data: bytes) -> None:
    read(data)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=60), st.sampled_from(["utf-8", "utf-16"]))
def test_any_mixture_of_formats_is_a_list_or_a_refusal(pieces: list[str], encoding: str) -> None:
    found = read("".join(pieces).encode(encoding, errors="replace"))

    for wish in found.wishes if found else ():
        assert wish.name or wish.ids or wish.reference
        assert clean_text(wish.name, 200) == wish.name
    for fault in found.faults if found else ():
        assert fault.why.endswith((".", "?"))
        assert len(fault.text) <= 80
        assert clean_text(fault.text, 80) == fault.text


def test_of_two_thousand_lines_half_of_them_broken_half_is_read() -> None:
    broken = ["0000-0002-1825-0098", "@@@", "Tides Collaboration", "12345", "ada@example.org"]
    lines = [
        f"Person{''.join(chr(97 + int(digit)) for digit in str(at))} Smith" if at % 2 else broken[at // 2 % len(broken)]
        for at in range(1, 2_001)
    ]
    found = read_list("\n".join(lines).encode())

    assert len(found.wishes) == len(found.faults) == 1_000
    assert [wish.place for wish in found.wishes] == list(range(1, 2_000, 2))
    assert [fault.line for fault in found.faults] == list(range(2, 2_001, 2))
    assert all(fault.text == lines[fault.line - 1] and fault.why for fault in found.faults)


@pytest.mark.parametrize(
    "data",
    [
        "Jörg Müller\nÉva Tardos\n".encode(),
        "Jörg Müller\r\nÉva Tardos\r\n".encode("utf-8-sig"),
        "Jörg Müller\rÉva Tardos".encode("utf-16"),
        "Jörg Müller\nÉva Tardos\n".encode("utf-16-le"),
        "Jörg Müller\nÉva Tardos\n".encode("utf-16-be"),
        "Jörg Müller\r\nÉva Tardos\r\n".encode("latin-1"),
        "Jörg M\x00üller\nÉva Tardos\n".encode(),
    ],
)
def test_every_encoding_and_end_of_line_is_read(data: bytes) -> None:
    assert [(wish.place, wish.name) for wish in read_list(data).wishes] == [(1, "Jörg Müller"), (2, "Éva Tardos")]


def test_what_is_beyond_the_bounds_is_left_out_and_said() -> None:
    def name(at: int) -> str:
        return "".join(chr(97 + int(digit)) for digit in f"{at:05}").title()

    many = read_list("\n".join(f"{name(at)} Smith" for at in range(MAX_PEOPLE + 3)).encode())
    long = read_list(("Mary Smith\n" * (MAX_LINES + 3)).encode())

    assert len(many.wishes) == MAX_PEOPLE
    assert [(fault.line, "more than 5,000 people" in fault.why) for fault in many.faults] == [(MAX_PEOPLE + 1, True)]
    assert [(fault.line, "more than 20,000 lines" in fault.why) for fault in long.faults] == [(MAX_LINES + 1, True)]
    with pytest.raises(InvalidList, match="more than 5,000,000 bytes"):
        read_list(b"a" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    "data",
    [
        b"@article{a, author = " + b"{" * 1_000_000,
        b"@article{a, " + b"a=1," * 200_000 + b"}",
        b"@a{\n" * 200_000,
        b'@string{a="' + b"x" * 900 + b'"}\n' + b"@string{a = a # a}\n" * 50_000 + b"@article{k, author = a}",
        rb"@article{a, author = {\a" + b"{" * 900 + b"}" * 900 + b"}}",
        b'[{"itemType":' + b"[" * 500_000,
        b'[{"itemType":1}' + b',{"x' * 200_000,
        b'[{"itemType":1},' + b'{"a":"b" x},' * 50_000,
        b"<html>New articles by Mary Smith" + b"<" * 500_000,
        b"<html>" + b"<script></SCRIPT>" * 50_000,
        b"<html>" + b"<a href='" * 100_000,
        b'<opml><body><outline text="Mary Smith" '
        + b" ".join(b'a%d="x"' % at for at in range(50_000))
        + b"/></body></opml>",
        b"a" * 1_000_000,
        b"((((" * 100 + b"\n" + b"a-" * 200 + b"\n" + b"x, author " * 40,
    ],
)
def test_hostile_input_ends(data: bytes) -> None:
    read(data)


def test_a_name_from_json_cannot_carry_poison() -> None:
    author = {"creatorType": "author", "firstName": "Ma\u202ery\ud800", "lastName": "Smith\x00"}
    found = read_list(json.dumps([{"itemType": "book", "title": "T\ud800", "creators": [author]}]).encode())

    assert [(wish.name, wish.titles) for wish in found.wishes] == [("Mary Smith", ("T",))]
