"""The fast reading of arXiv's own layout says exactly what the tolerant one says, or leaves it to that."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import SourceChanged
from digest.model import Parsed
from digest.sources.arxiv.feed import parse_announcements
from digest.sources.arxiv.layout import read_arxiv_feed
from digest.sources.formats.feed import Feed, read_feed
from tests.feeds import ATOM, LEGACY, rss, rss_item

# What the two could read differently: entities, markup, spaces of all kinds, accents that look like a wrong encoding.
ODD = st.sampled_from(
    [
        "&amp;",
        "&lt;p&gt;",
        "<b>",
        "]]>",
        "é",
        "Ã©",
        "â€™",
        "\x85",
        "\xa0",
        "\u2028",
        "李",
        "\n",
        "\t",
        " ",
        "@",
        "a@b.de",
    ]
)
TEXTS = st.lists(st.one_of(ODD, st.text(max_size=6)), max_size=6).map("".join)
KINDS = st.sampled_from(["new", "cross", "replace", "replace-cross", "", "odd"])
EXTRAS = st.sampled_from(
    [
        "",
        "<arxiv:DOI>10.5555/A.1</arxiv:DOI>",
        "<arxiv:journal_reference>J. &amp; K. 3</arxiv:journal_reference>",
        "<arxiv:DOI> </arxiv:DOI><arxiv:DOI>10.5555/A.1</arxiv:DOI>",
        "<author>x@example.org (X)</author>",
        "<dc:creator>Twice</dc:creator>",
        "<category>cs.CL</category><category domain='x'>68T05</category>",
        "<link>https://arxiv.org/abs/../x</link>",
        "<other><deep>x</deep></other>",
        "<title><b>x</b></title>",
    ]
)


def read_both(body: bytes) -> tuple[Parsed | str, Parsed | str]:
    return outcome(body, read_arxiv_feed), outcome(body, read_feed)


def outcome(body: bytes, read: object) -> Parsed | str:
    assert callable(read)
    try:
        feed = read(body, "x")
        assert isinstance(feed, Feed)
        return parse_announcements(feed)
    except SourceChanged as error:
        return str(error)


@given(TEXTS, TEXTS, TEXTS, KINDS, EXTRAS)
def test_any_item_is_read_alike(title: str, abstract: str, creator: str, kind: str, extra: str) -> None:
    item = rss_item("2611.00002", 2, kind, title=title, abstract=abstract, creator=creator, extra=extra)

    fast, tolerant = read_both(rss(rss_item(), item))

    assert fast == tolerant


@given(TEXTS, st.sampled_from(["cs.CL", "cs", "cs.AI+q-bio.NC", "", "x y"]))
def test_any_channel_is_read_alike(title: str, category: str) -> None:
    fast, tolerant = read_both(rss(rss_item(), title=title.replace("<", "").replace("&", ""), category=category))

    assert fast == tolerant


@given(st.integers(0, 1_500), st.binary(max_size=5))
@example(144, b"\r")
@example(144, b" ")
@example(144, b"\n")
def test_any_damage_is_read_alike(at: int, junk: bytes) -> None:
    body = rss(rss_item(), rss_item("2611.00002"))

    fast, tolerant = read_both(body[:at] + junk + body[at + len(junk) :])

    assert fast == tolerant


@pytest.mark.parametrize("body", [ATOM, LEGACY, rss(), rss(rss_item())])
def test_every_layout_is_read_alike(body: bytes) -> None:
    fast, tolerant = read_both(body)

    assert fast == tolerant


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'xmlns:arxiv="http://arxiv.org/schemas/atom"', b'xmlns:arxiv="http://example.org/other"'),
        (b"<channel>", b"<channel xml:base='http://example.org/'>"),
        (b'isPermaLink="false"', b'isPermaLink="true"'),
        (b'version="2.0"', b'version="0.91"'),
        (b"<skipDays>", b"<image><url>http://example.org/x.png</url><title>t</title></image><skipDays>"),
        (b"<link>http://rss.arxiv.org/rss/cs.CL</link>", b"<link>/rss/cs.CL</link>"),
    ],
)
def test_anything_unusual_is_left_to_the_tolerant_parser(old: bytes, new: bytes) -> None:
    body = rss(rss_item())
    assert old in body

    fast, tolerant = read_both(body.replace(old, new))

    assert fast == tolerant
