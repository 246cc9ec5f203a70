"""JSON Feed, and formats told apart by their bytes."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceChanged
from digest.sources.feeds.source import FeedSource, is_feed, parse_capture
from tests.feeds import ATOM, LEGACY, rss, rss_item

ITEM = {
    "id": "https://tides.org/1",
    "url": "https://tides.org/1?utm_source=feed",
    "title": "Counting <i>tides</i>",
    "content_html": "<p>We count tides in every harbour.</p>",
    "summary": "We count",
    "authors": [{"name": "Ada Lovelace"}, {"name": "Furu Wei", "url": "https://x"}],
    "date_published": "2026-11-18T09:00:00-05:00",
    "tags": ["Oceanography"],
    "image": "https://tides.org/1.png",
    "attachments": [{"url": "https://tides.org/1.pdf", "mime_type": "application/pdf"}],
}


def feed(*items: object, **fields: Any) -> bytes:
    given = {"version": "https://jsonfeed.org/version/1.1", "title": "Tides", "home_page_url": "https://tides.org/"}
    return json.dumps(given | {"items": items} | fields).encode()


def source() -> FeedSource:
    return FeedSource("tides", "https://tides.org/feed.json")


def test_an_item_is_a_paper() -> None:
    parsed = source().parse(feed(ITEM))

    (paper,) = parsed.papers
    assert (paper.title, paper.abstract) == ("Counting tides", "We count tides in every harbour.")
    assert ([str(own) for own in paper.ids], paper.abstract_url) == (["url:https://tides.org/1"], "https://tides.org/1")
    assert [author.name for author in paper.authors] == ["Ada Lovelace", "Furu Wei"]
    assert (paper.pdf_url, paper.thumbnail_url) == ("https://tides.org/1.pdf", "https://tides.org/1.png")
    assert paper.submitted_at == datetime(2026, 11, 18, 14, tzinfo=UTC)
    assert [(made.source, made.announced_on) for made in parsed.announcements] == [("feed:tides", date(2026, 11, 18))]


def test_version_one_has_one_author_and_ids_that_are_numbers() -> None:
    old = {"id": 7, "title": "Old", "author": {"name": "Grace Hopper"}, "external_url": "https://doi.org/10.1234/a"}

    (paper,) = source().parse(feed(old, version="https://jsonfeed.org/version/1")).papers

    assert ([str(own) for own in paper.ids], paper.authors[0].name) == (["doi:10.1234/a"], "Grace Hopper")


def test_a_number_alone_is_an_id_of_this_feed() -> None:
    (paper,) = source().parse(feed({"id": 7, "title": "Old"})).papers

    assert [str(own) for own in paper.ids] == ["url:tides.org#7"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{}", "not a JSON Feed"),
        (b"[]", "not a JSON Feed"),
        (b'{"version": 1}', "not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": [', "breaks off"),
        (b"[" * 100_000, "nested too deeply|breaks off"),
        (b"{" + b" " * 10_000_000 + b"}", "more than 10,000,000 bytes"),
        (feed({"title": None}, {"title": ""}), "None of the 2 entries"),
        (b"<html><body>Sign in", "a web page, not a feed"),
    ],
)
def test_what_is_no_feed_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(SourceChanged, match=said) as caught:
        source().parse(body)

    assert caught.value.source == "feed:tides"


def test_one_bad_item_does_not_stop_the_others() -> None:
    parsed = source().parse(feed(ITEM, 7, None, {"title": ["x"]}, {"title": "Second", "tags": "x", "authors": 3}))

    assert ([paper.title for paper in parsed.papers], parsed.skipped) == (["Counting tides", "Second"], 1)


def test_the_bytes_tell_the_format() -> None:
    for body in (feed(ITEM), b"\xef\xbb\xbf\n" + feed(ITEM), rss(rss_item()), ATOM, LEGACY):
        assert is_feed(body)
        assert parse_capture(body).papers
    assert not is_feed(b"<html><body><p>feed</p></body></html>")
    assert not is_feed(b'{"items": []}')


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=10)
    | st.sampled_from(["https://x.org/1", "10.1234/a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(ITEM)), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=2_000)
@given(st.lists(st.dictionaries(st.sampled_from(list(ITEM)), VALUES, max_size=6) | VALUES, max_size=4))
def test_any_items_are_read_or_refused(items: list[object]) -> None:
    try:
        parsed = parse_capture(feed(*items))
    except SourceChanged:
        return
    assert all(paper.title and paper.ids for paper in parsed.papers)


@settings(max_examples=150, deadline=2_000)
@given(st.binary(max_size=300), st.sampled_from([feed(ITEM), rss(rss_item()), ATOM, LEGACY]), st.integers(0, 2_000))
def test_any_bytes_are_read_or_refused(damage: bytes, body: bytes, at: int) -> None:
    for damaged in (damage, body[:at] + damage + body[at + len(damage) :], body[:at]):
        try:
            parse_capture(damaged)
        except SourceChanged:
            continue
