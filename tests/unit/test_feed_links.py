"""Where the feeds of a page are, what they may be called, and what is better read another way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ConfigurationError
from digest.settings import SourceSettings
from digest.sources.feeds.links import FeedLink, find_feed_links, guess_feed_urls
from digest.sources.feeds.source import make_sources
from digest.sources.feeds.spec import FeedSpec, find_better_way, find_url_fault, make_name, parse_specs

PAGE = b"""<!DOCTYPE html><html><head><BASE href="/blog/">
<!-- <link rel="alternate" type="application/rss+xml" href="/hidden.xml"> -->
<script>var x = '<link rel="alternate" type="application/rss+xml" href="/script.xml">';</script>
<link rel="alternate" type="application/rss+xml" title="Tides: Comments" href="comments/feed">
<link rel='stylesheet' href="x.css"><link rel=alternate hreflang=de href="/de">
<LINK TYPE="application/atom+xml" REL="Alternate nofollow" HREF="atom.xml" title="Tides &amp; Waves">
<link rel="alternate" type="application/feed+json" href="https://cdn.example.org/feed.json#x">
<link rel="alternate" type="application/atom+xml" href="atom.xml">
<link rel="alternate" type="application/rdf+xml" href="javascript:alert(1)">
<link rel="alternate" type="application/rss+xml"></head></html>"""


def test_a_page_names_its_feeds_and_comments_come_last() -> None:
    assert find_feed_links(PAGE, "https://tides.org/page") == (
        FeedLink("https://tides.org/blog/atom.xml", "Tides & Waves"),
        FeedLink("https://cdn.example.org/feed.json"),
        FeedLink("https://tides.org/blog/comments/feed", "Tides: Comments"),
    )


def test_a_page_that_names_none_is_guessed_at() -> None:
    assert guess_feed_urls("https://tides.org/") == (
        "https://tides.org/feed",
        "https://tides.org/rss.xml",
        "https://tides.org/atom.xml",
        "https://tides.org/feed.xml",
    )
    assert guess_feed_urls("https://tides.org/~ada/blog/")[:2] == (
        "https://tides.org/~ada/blog/feed",
        "https://tides.org/feed",
    )


@pytest.mark.parametrize("unit", [b"<link ", b'<link rel="', b"<link href='\"", b"<!--", b"<script>", b"<base href=x>"])
def test_a_hostile_page_ends(unit: bytes) -> None:
    assert find_feed_links(unit * (1_000_000 // len(unit)), "https://tides.org/") == ()


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_page_is_searched(body: bytes, url: str) -> None:
    assert all(link.url.startswith("http") for link in find_feed_links(PAGE[:600] + body, url))


def test_feeds_are_configured_by_name_and_address() -> None:
    specs = parse_specs(["eprint = https://eprint.iacr.org/rss/rss.xml", "a.b-1=http://x.org/?a=b"])

    assert specs == (
        FeedSpec("eprint", "https://eprint.iacr.org/rss/rss.xml"),
        FeedSpec("a.b-1", "http://x.org/?a=b"),
    )
    (source,) = make_sources(SourceSettings(feeds=("eprint=https://eprint.iacr.org/rss/rss.xml",)))
    assert source.name == "feed:eprint"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("https://x.org/feed", "must be written name=URL"),
        ("https://x.org/feed?a=b", "must be written name=URL"),
        ("x=", "must be written name=URL"),
        ("My Feed=https://x.org/feed", "cannot be a feed's name"),
        ("x=ftp://x.org/feed", "is not a web address"),
        ("x=javascript:alert(1)", "is not a web address"),
        ("x=https://rss.arxiv.org/rss/cs.CL", "add cs.CL to DIGEST_SOURCES__ARXIV"),
    ],
)
def test_each_fault_is_one_sentence(value: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        parse_specs([value, "fine=https://tides.org/feed"])

    (fault,) = caught.value.faults
    assert fault.startswith("sources.feeds: ")


def test_two_feeds_of_one_name_or_address_are_two_faults() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_specs(["a=https://x.org/1", "a=https://x.org/2", "b=https://x.org/2"])

    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("https://arxiv.org/list/math.NT/recent", "add math.NT to DIGEST_SOURCES__ARXIV instead"),
        ("http://export.arxiv.org/rss/hep-th", "add hep-th to DIGEST_SOURCES__ARXIV instead"),
        ("https://arxiv.org/", "add its category to DIGEST_SOURCES__ARXIV"),
        ("https://huggingface.co/papers", "set DIGEST_SOURCES__HUGGINGFACE=true"),
        ("https://connect.biorxiv.org/biorxiv_xml.php?subject=genomics", "add genomics to DIGEST_SOURCES__BIORXIV"),
        ("https://www.medrxiv.org/", "add a subject, or all, to DIGEST_SOURCES__MEDRXIV"),
        ("https://huggingface.co/blog/feed.xml", None),
        ("https://blog.arxiv.org/feed/", None),
        ("https://notarxiv.org/rss/cs.CL", None),
        ("https://notbiorxiv.org/", None),
    ],
)
def test_what_has_a_source_of_its_own_is_sent_there(url: str, advice: str | None) -> None:
    better = find_better_way(url)

    assert (advice in better) if advice and better else better == advice
    assert find_url_fault(url) == better


@pytest.mark.parametrize(
    ("title", "url", "name"),
    [
        ("Cryptology ePrint Archive", "https://eprint.iacr.org/rss", "cryptology-eprint-archive"),
        ("Journal of the Society for the Study of Tides", "https://x.org/", "journal-of-the-society-for-the"),
        ("植物学报", "https://www.plants.cn/rss", "plants-cn"),
        ("", "http://[::1", "feed"),
    ],
)
def test_a_name_is_made_of_the_title_or_the_host(title: str, url: str, name: str) -> None:
    assert make_name(title, url) == name
