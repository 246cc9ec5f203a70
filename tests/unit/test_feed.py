"""Feeds as such: what is let in, what is refused in one sentence, and what is saved of a broken one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceChanged
from digest.sources.arxiv.source import parse_capture
from digest.sources.formats.feed import read_feed
from digest.sources.formats.markup import MAX_BYTES, MAX_DEPTH, MAX_ENTRIES, read_document
from tests.feeds import ATOM, LEGACY, SEARCH_ENTRY, rss, rss_item, search_answer

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><rss><channel><title>&c;</title></channel></rss>"""
EXTERNAL = (
    b"""<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>"""
)
PARAMETER = b"""<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]><rss></rss>"""
COMMENTED = b"<!-- hello --><!DOCTYPE rss [<!ELEMENT rss ANY>]><rss></rss>"


def channel(inside: str) -> bytes:
    return f"<rss><channel><title>T</title>{inside}</channel></rss>".encode()


@pytest.mark.parametrize("body", [LAUGHS, EXTERNAL, PARAMETER, COMMENTED])
def test_a_document_type_with_declarations_is_refused(body: bytes) -> None:
    with pytest.raises(SourceChanged, match="its own document type, which is refused"):
        read_feed(body, "x")


def test_a_document_type_without_declarations_is_only_old() -> None:
    body = b'<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://127.0.0.1/rss.dtd">' + channel("")

    assert read_feed(body, "x").title == "T"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\x00\x01\x02", "not XML"),
        (b"Rate exceeded.", "not XML"),
        (b'{"error": "x"}', "not XML"),
        (b"\x1f\x8b\x08\x00", "not XML"),
        (b"<!DOCTYPE html><html><body>Maintenance", "a web page"),
        (b"<html><head><title>502", "a web page"),
        (b"<?xml version='1.0'?><OAI-PMH/>", "“oai-pmh”"),
        (b"<rss><channel><title>cs.CL upd", "not well-formed"),
        (b"<rss><channel><item><title>x</title>", "not well-formed"),
        (b"<rss" + b" a='1'" * 5, "not well-formed"),
        (b"<rss>" + b"<a>" * (MAX_DEPTH + 1), "deeper or fuller"),
        (b"<rss " + b" ".join(b"a%d='1'" % n for n in range(101)) + b"/>", "deeper or fuller"),
        (b"<rss><!--" + b"x" * 100_001 + b"--></rss>", "a tag or comment"),
        (b"<rss>" + b" " * MAX_BYTES + b"</rss>", "more than 10,000,000 bytes"),
    ],
)
def test_what_is_no_feed_is_refused_in_one_sentence(body: bytes, said: str) -> None:
    with pytest.raises(SourceChanged, match=said) as caught:
        read_feed(body, "arxiv:cs.CL")

    assert caught.value.source == "arxiv:cs.CL"
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_body_that_names_a_file_is_not_opened() -> None:
    with pytest.raises(SourceChanged):
        read_feed(b"/etc/passwd", "x")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("AT&T &amp; R&D", "AT&T & R&D"),
        ("a&nbsp;b&eacute;", "a\u00a0bé"),
        ("&nonsense; &lt;b&gt;", "&nonsense; <b>"),
        ("<![CDATA[a < b & c &nbsp;]]>", "a < b & c &nbsp;"),
        ("x&#0;y&#xD800;z&#65;", "xyzA"),
        ("A&AMP;B&LT;", "A&B<"),
        ("tab\x0bnul\x00bell\x07", "tabnulbell"),
    ],
)
def test_what_feeds_get_wrong_is_mended(written: str, read: str) -> None:
    feed = read_feed(channel(f"<item><title>{written}</title></item>"), "x")

    assert feed.entries[0].title == read
    assert feed.flaw == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_declared_encoding_is_believed_and_the_bytes_decide(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f'<?xml version="1.0" encoding="{declared}"?><rss><channel><title>Wübben</title></channel></rss>'

    assert read_feed(text.encode(encoding), "x").title == "Wübben"


@pytest.mark.parametrize("declared", ["utf-8", "utf-7", "idna", "no-such-thing", "rot13"])
def test_bytes_that_do_not_fit_do_not_stop_the_feed(declared: str) -> None:
    body = f'<?xml version="1.0" encoding="{declared}"?>'.encode() + channel(
        "<item><title>W\udcfc!</title></item>".encode("utf-8", "surrogateescape").decode("latin-1")
    ).replace("ü".encode(), b"\xfc")

    assert read_feed(body, "x").entries[0].title == "W\ufffd!"


@pytest.mark.parametrize("end", ["</item", "<title>Thr", "<title>Three</title></item><item", "&", "<![CDATA[", "<!--"])
def test_a_feed_that_breaks_off_keeps_what_was_whole(end: str) -> None:
    body = channel("<item><title>One</title></item><item><title>Two</title></item>").removesuffix(b"</channel></rss>")

    feed = read_feed(body + b"<item>" + end.encode(), "x")

    assert [entry.title for entry in feed.entries][:2] == ["One", "Two"]
    assert feed.flaw.startswith("The feed breaks off after")


def test_a_broken_feed_with_namespaces_is_closed_again() -> None:
    body = LEGACY[: LEGACY.rindex(b"<link>")]

    feed = read_feed(body, "x")

    assert [entry.id for entry in feed.entries] == [
        "http://arxiv.org/abs/2302.02913",
        "http://arxiv.org/abs/2302.02914",
    ]
    assert feed.title == "cs.LG updates on arXiv.org"


def test_more_entries_than_any_feed_has_are_left_out() -> None:
    feed = read_feed(channel("<item/>" * (MAX_ENTRIES + 5)), "x")

    assert len(feed.entries) == MAX_ENTRIES
    assert "the others were left out" in feed.flaw


def test_links_and_foreign_elements_are_found_by_name() -> None:
    feed = read_feed(search_answer(SEARCH_ENTRY), "x")

    assert feed.extra["opensearch_totalresults"] == "1"
    assert feed.entries[0].extra["arxiv_primary_category"] == "stat.ML"
    assert feed.entries[0].tags == ("68T05", "cs.LG", "stat.ML")


CAPTURES = [rss(rss_item(), rss_item("2611.00002")), ATOM, LEGACY, search_answer(SEARCH_ENTRY)]
PREFIXES = ["dc", "arxiv", "itunes", "media", "rdf", "georss", "gml", "xhtml"]
PLAIN = ["channel", "item", "title", "link", "description", "summary", "guid", "author", "name", "pubDate", "category"]
ODD = ["dc:creator", "arxiv:doi", "content", "source", "image", "itunes:summary", "media:content", "enclosure", "cloud"]
FRAGILE = ["textinput", "rdf:li", "georss:point", "gml:pos", "xhtml:div", "svg", "math", "entry", "updated"]
TAGS = PLAIN + ODD + FRAGILE
LEAVES = st.text(max_size=30) | st.sampled_from(
    [
        "http://[",
        "Mon, 99 Foo 2026",
        "2026-99-99",
        "a@b.c",
        "\ud800".encode("utf-8", "replace").decode(),
        "(",
        "<b>",
        "9" * 50,
    ]
)


def element(tag: str, attributes: dict[str, str], inside: list[str]) -> str:
    def quote(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")

    stated = "".join(f' {name}="{quote(value)}"' for name, value in attributes.items())
    return f"<{tag}{stated}>{''.join(part if part.startswith('<') else quote(part) for part in inside)}</{tag}>"


ATTRIBUTES = st.dictionaries(
    st.sampled_from(["type", "mode", "href", "rel", "url", "term", "xml:base", "xml:lang", "isPermaLink"]),
    st.sampled_from(
        ["", "html", "xhtml", "base64", "text/html", "http://[::1", "javascript:x", "en", "application/xml"]
    ),
    max_size=3,
)
ELEMENTS = st.recursive(
    LEAVES.filter(lambda text: not text.startswith("<")),
    lambda inner: st.builds(element, st.sampled_from(TAGS), ATTRIBUTES, st.lists(inner, max_size=4)),
    max_leaves=20,
)


def verdict(body: bytes) -> str:
    """Say why the bytes were refused, or nothing if they were read. Anything but SourceChanged fails the test."""
    try:
        read_feed(body, "x")
        parse_capture(body)
    except SourceChanged as error:
        return str(error)
    return ""


@settings(max_examples=150, deadline=2000)
@given(st.lists(ELEMENTS.filter(lambda element: element.startswith("<")), max_size=5))
def test_any_well_formed_feed_is_read_or_refused(inside: list[str]) -> None:
    namespaces = " ".join(f'xmlns:{prefix}="http://example.org/{prefix}"' for prefix in PREFIXES)

    said = verdict(f"<rss {namespaces}><channel>{''.join(inside)}</channel></rss>".encode("utf-8", "surrogatepass"))

    assert "well-formed" not in said


@settings(max_examples=200, deadline=2000)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: ("<rss>" + text).encode("utf-8", "replace")))
def test_any_bytes_are_read_or_refused_in_one_line(body: bytes) -> None:
    assert "\n" not in verdict(body)


@settings(max_examples=200, deadline=2000)
@given(st.sampled_from(CAPTURES), st.integers(0, 3000), st.integers(0, 200), st.binary(max_size=8))
def test_any_damage_to_a_feed_is_survived(body: bytes, at: int, length: int, instead: bytes) -> None:
    assert "\n" not in verdict(body[:at] + instead + body[at + length :])


def test_what_crashes_feedparser_is_refused() -> None:
    assert (
        verdict(b'<rss xmlns:gml="x"><channel><gml:pos></gml:pos></channel></rss>')
        == "The feed cannot be read (KeyError)"
    )


@given(st.sampled_from(CAPTURES), st.integers(1, 3000))
def test_a_feed_cut_anywhere_gives_only_papers_of_the_whole_feed(body: bytes, at: int) -> None:
    whole = {paper.ids for paper in parse_capture(body).papers}
    try:
        parsed = parse_capture(body[:at])
    except SourceChanged:
        return

    assert {paper.ids for paper in parsed.papers} <= whole
    assert parsed.is_truncated or at >= len(body.rstrip())


def test_a_document_that_passed_the_gate_passes_it_again() -> None:
    document = read_document(rss(rss_item(title="A & B")), "x")

    assert read_document(document.body, "x") == document
