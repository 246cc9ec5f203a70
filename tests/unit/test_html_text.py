"""HTML as text: nothing a reader would see is lost, nothing a browser would run is left, and no input takes long."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.sources.formats.html_text import LONGEST, split_html, strip_html


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("plain text", "plain text"),
        ("<i>Homo sapiens</i> drinks H<sub>2</sub>O", "Homo sapiens drinks H2O"),
        ("<p>One</p><p>Two<br/>Three", "One Two Three"),
        ("AT&amp;T &#8211; caf&eacute; &nbsp; x", "AT&T – café x"),
        ("a &lt;i&gt;b&lt;/i&gt; &amp;amp; c", "a b & c"),
        ("<jats:title>Abstract</jats:title><jats:p>We <mml:mi>x</mml:mi></jats:p>", "Abstract We x"),
        ("<script>alert(1)</script>x<style>p{}</style>y", "x y"),
        ("x<script>never closed", "x"),
        ("a<!-- hidden <b> -->b<!-- never closed", "ab"),
        ("<![CDATA[raw]]>", "raw"),
        ('<a href="x>y">t</a>', "t"),
        ("<SVG/onload=alert(1)>z", "z"),
        ("<!DOCTYPE html><?xml version='1.0'?>t", "t"),
        ("<p\nclass='x'\n>t", "t"),
    ],
)
def test_a_reader_sees_the_text(written: str, seen: str) -> None:
    assert strip_html(written) == seen


@pytest.mark.parametrize(
    "text",
    [
        "if $a<b$ and c>d",
        "for x <y and z> w, <i = 1>",
        r"$\langle a<p>b \rangle$".replace("<p>", "<q "),
        "the <mask> token and <think>thoughts</think>",
        "mail <ada@example.org>, see <https://example.org>",
        "p < 0.05 & q > 1",
        "AT&T ?a=1&copy=2 &unknown; &;",
        "<img src=x onerror=alert(1)",
    ],
)
def test_what_is_no_tag_stays(text: str) -> None:
    assert strip_html(text) == text


def test_lines_end_where_paragraphs_do() -> None:
    written = "<div>Journal 7\n  (2026)</div><p>DOI: 10.1/x</p>One<br>two <b>three</b><ul><li>a<li>b</ul>"

    assert split_html(written) == ("Journal 7 (2026)", "DOI: 10.1/x", "One", "two three", "a", "b")


def test_a_line_feed_is_a_space_in_html() -> None:
    assert split_html("one\ntwo") == ("one two",)


def test_what_is_too_long_is_cut() -> None:
    assert len(strip_html("x" * (LONGEST + 5))) == LONGEST


# Each of these is quadratic, or worse, in some parser of HTML.
HOSTILE = ["<a", "<a ", '<a x="', "<a x='\"", "<!--", "<script>", "<script ", "</", "<![CDATA[", "&lt;", "&amp;"]
HOSTILE += ["<font size=1><p>x", "<div>", "<a/", "<m:m ", "<", "<!x", "<a x=1 y=2 ", "<b><i>", "<table><tr>"]


@pytest.mark.parametrize("unit", HOSTILE)
def test_a_hostile_megabyte_ends(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))

    assert len(strip_html(text)) <= LONGEST
    assert all(split_html(text))


SCRAPS = [
    *(
        "<",
        ">",
        "/",
        "</",
        "<b>",
        "<i ",
        "script",
        "<script>",
        "</script>",
        "<img src=x>",
        "<!--",
        "-->",
        "<svg/onload=x>",
    ),
    *(
        "&lt;",
        "&gt;",
        "&amp;",
        "&amp;lt;",
        "&#60;",
        "&#x3c;",
        "p",
        " ",
        "x=",
        '"',
        "'",
        "<![CDATA[",
        "]]>",
        "<math>",
        "\n",
    ),
]
TAG = re.compile(r"</?(?:script|img|svg|math|iframe|b)(?:\s*/?|[\s/][^<>]*)>", re.IGNORECASE)


@given(st.lists(st.sampled_from(SCRAPS) | st.text(max_size=5), max_size=40).map("".join))
def test_no_tag_is_left(text: str) -> None:
    assert not [tag for tag in TAG.findall(strip_html(text)) if "=" in tag or " " not in tag]


@given(st.text(max_size=200))
def test_any_text_gives_folded_text(text: str) -> None:
    stripped = strip_html(text)

    assert stripped == " ".join(stripped.split())
    assert all(line == " ".join(line.split()) != "" for line in split_html(text))


@given(st.text(alphabet=st.characters(exclude_characters="<&"), max_size=200))
def test_text_without_markup_is_only_folded(text: str) -> None:
    assert strip_html(text) == " ".join(text.split())
