"""What needs no mending is read past the gate, and nothing else: the trees and the refusals are the same."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import SourceChanged
from digest.sources.formats.markup import FEED, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ENTRIES, MAX_TAG, read_document
from digest.sources.formats.oai import OAI
from digest.sources.formats.trees import read_tree

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
PIECES = [
    *("<item>", "</item>", "<item/>", "<x:a xmlns:x='u'>", "</x:a>", "<rss>", "</rss>", "<b c='d'>", "</b>", "<y:b/>"),
    *("&amp;", "&nbsp;", "&", "&#65;", "&#X41;", "&#0;", "&#xD800;", "&#xFFFE;", "&unknown;", "<", ">", '"'),
    *("<![CDATA[<i>]]>", "]]>", "<!-- c -->", "<?pi x?>", "<!DOCTYPE rss>", "<!DOCTYPE rss [<!ENTITY e 'x'>]>", "&e;"),
    *("\x00", "\x0b", "\x7f", "\x85", "\ufeff", "\ufffe", "\uffff", "é", "李", "\U0001f600", "text", " ", "\n", "\r"),
]
HEADS = [HEAD, "", "\ufeff" + HEAD, " " + HEAD, HEAD.replace("UTF-8", "iso-8859-1"), HEAD.replace("1.0", "1.1")]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def outcome(body: bytes) -> tuple[bytes, str] | str:
    """Give the tree and the flaw, or the refusal."""
    try:
        tree = read_tree(body, "x")
    except SourceChanged as error:
        return str(error)
    return ET.tostring(tree.root), tree.flaw


def gated(body: bytes) -> tuple[bytes, str] | str:
    try:
        document = read_document(body, "x")
        return ET.tostring(ET.fromstring(document.body)), document.flaw
    except SourceChanged as error:
        return str(error)


@given(TEXTS, st.sampled_from(HEADS))
def test_any_document_is_read_as_through_the_gate(text: str, head: str) -> None:
    body = f"{head}<rss>{text}</rss>".encode()

    assert outcome(body) == gated(body)


@given(TEXTS, st.binary(max_size=4), st.integers(0, 120))
def test_any_bytes_are_read_as_through_the_gate(text: str, junk: bytes, at: int) -> None:
    body = f"{HEAD}<rss><item>{text}</item></rss>".encode()
    damaged = body[:at] + junk + body[at:]

    assert outcome(damaged) == gated(damaged)


@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * (MAX_DEPTH - 1) + "</a>" * (MAX_DEPTH - 1),
        "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH,
        "<item/>" * (MAX_ENTRIES - 1),
        "<item/>" * MAX_ENTRIES,
        "<a " + " ".join(f"a{number}=''" for number in range(MAX_ATTRIBUTES)) + "/>",
        "<a " + " ".join(f"a{number}=''" for number in range(MAX_ATTRIBUTES + 1)) + "/>",
        f"<a b='{'x' * MAX_TAG}'/>",
        f"<a b='{'x' * (MAX_TAG + 1)}'/>",
    ],
    ids=["deep", "too deep", "long", "too long", "attributes", "too many attributes", "tag", "too long a tag"],
)
def test_the_limits_are_the_gates(inside: str) -> None:
    body = f"{HEAD}<rss>{inside}</rss>".encode()

    assert outcome(body) == gated(body)


def test_a_tower_of_elements_is_refused_not_climbed() -> None:
    body = f"{HEAD}<rss>{'<a>' * 200_000}{'</a>' * 200_000}</rss>".encode()

    with pytest.raises(SourceChanged, match="deeper or fuller"):
        read_tree(body, "x")


def test_another_root_is_refused_by_its_name() -> None:
    with pytest.raises(SourceChanged, match="but not an OAI-PMH answer"):
        read_tree(f"{HEAD}<rss/>".encode(), "x", OAI)


def test_a_plain_document_keeps_its_bytes_but_for_the_declaration() -> None:
    tree = read_tree(f"{HEAD}<rss><item>é</item></rss>".encode(), "x", FEED)

    assert (tree.body, tree.flaw) == ("<rss><item>é</item></rss>".encode(), "")
