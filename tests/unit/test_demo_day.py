"""How invented papers become wire formats, and who the demo's subscribers are."""

import json
from datetime import date
from zoneinfo import available_timezones

import pytest

from digest.demo.arxiv_feed import render_feed
from digest.demo.daily_papers import render_daily_papers
from digest.demo.papers import InventedPaper, parse_papers
from digest.demo.story import FOLLOWED, NOBODY_MATCHES, SUBSCRIBERS
from digest.demo.tex_names import encode_tex
from subscribers.model import SubscriberKind

FRIDAY = date(2026, 11, 20)
SOURCE = r"""
[[paper]]
id = "2611.99999"
version = 2
title = 'Rent & $\mu$'
authors = ["Ayşe Ünal-Ó Briain"]
categories = ["cs.CL", "cs.LG"]
abstract = '''
We compare $a < b$
with nothing.
'''
[paper.hf]
upvotes = 3
comments = 2
submitter = "Somebody Else"
code = "https://github.com/no_such_lab/rent"
stars = 4
users = { "Ayşe Ünal-Ó Briain" = "demo--ayse" }
"""


def invented(**fields: object) -> InventedPaper:
    paper = parse_papers([SOURCE])[0]
    return InventedPaper.model_validate(paper.model_dump() | fields)


@pytest.mark.parametrize(
    ("announced", "expected"),
    [
        ("new", ["new", "cross", None]),
        ("replace", ["replace", "replace-cross", None]),
        ("cross", [None, "cross", None]),
        ("earlier", [None, None, None]),
    ],
)
def test_a_feed_announces_a_paper_as_arxiv_would(announced: str, expected: list[str | None]) -> None:
    paper = invented(announced=announced, into=("cs.LG",))

    assert [paper.announce_type_in(category) for category in ("cs.CL", "cs.LG", "q-bio.NC")] == expected


def test_an_item_is_escaped_once_and_keeps_its_tex() -> None:
    feed = render_feed("cs.LG", [invented()], FRIDAY)

    assert r"<title>Rent &amp; $\mu$</title>" in feed
    assert (
        "<description>arXiv:2611.99999v2 Announce Type: cross \n"
        "Abstract: We compare $a &lt; b$ with nothing.</description>"
    ) in feed
    assert r"<dc:creator>Ay\c{s}e \"Unal-\'O Briain</dc:creator>" in feed


def test_a_feed_is_dated_by_eastern_midnight() -> None:
    feed = render_feed("cs.CL", [invented()], FRIDAY)

    assert feed.count("<pubDate>Fri, 20 Nov 2026 00:00:00 -0500</pubDate>") == 2
    assert "<lastBuildDate>Fri, 20 Nov 2026 05:00:13 +0000</lastBuildDate>" in feed


def test_a_feed_orders_new_before_cross_before_replacements() -> None:
    papers = [
        invented(id="2611.90001", announced="replace", categories=("cs.LG", "cs.CL")),
        invented(id="2611.90002", announced="replace"),
        invented(id="2611.90003", categories=("cs.LG", "cs.CL")),
        invented(id="2611.90004"),
    ]

    feed = render_feed("cs.CL", papers, FRIDAY)

    places = [feed.index(f"abs/2611.9000{number}<") for number in (4, 3, 2, 1)]
    assert places == sorted(places)


def test_the_list_has_both_publication_dates_of_the_real_one() -> None:
    (entry,) = json.loads(render_daily_papers([invented()], FRIDAY))

    assert entry["paper"]["publishedAt"] == "2026-11-19T00:00:00.000Z"
    assert entry["publishedAt"] == "2026-11-18T20:00:00.000Z"
    assert entry["paper"]["submittedOnDailyAt"] == "2026-11-20T00:00:00.000Z"


def test_the_list_drops_dollars_and_keeps_names_as_they_are() -> None:
    (entry,) = json.loads(render_daily_papers([invented()], FRIDAY))

    assert entry["title"] == entry["paper"]["title"] == r"Rent & \mu"
    assert entry["paper"]["authors"][0]["name"] == "Ayşe Ünal-Ó Briain"
    assert entry["paper"]["authors"][0]["user"]["user"] == "demo--ayse"
    assert entry["submittedBy"]["name"] == "demo--somebody-else"
    assert entry["isAuthorParticipating"] is False


def test_the_list_leaves_out_papers_without_a_listing() -> None:
    assert render_daily_papers([invented(hf=None)], FRIDAY) == "[]"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Jörg Müller", r"J\"org M\"uller"),
        ("Łukasz Åse Øst", r"{\L}ukasz {\AA}se {\O}st"),
        ("Tomáš Kučera", r"Tom\'a\v{s} Ku\v{c}era"),
        ("Hồng", r"H\`{\^o}ng"),
        ("Jo\u0308rg", r"J\"org"),
        ("Plain O'Name", "Plain O'Name"),
    ],
)
def test_names_are_written_with_tex_accents(name: str, expected: str) -> None:
    assert encode_tex(name) == expected


@pytest.mark.parametrize("name", ["王伟", "Thảo"])
def test_a_name_beyond_tex_accents_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="TeX"):
        encode_tex(name)


def test_a_misspelt_key_is_a_fault() -> None:
    with pytest.raises(ValueError, match="titel"):
        parse_papers([SOURCE.replace("title", "titel")])


def test_the_demo_has_the_five_kinds_of_reader() -> None:
    channels = [channel for subscriber in SUBSCRIBERS for channel in subscriber.channels]

    assert len({subscriber.name for subscriber in SUBSCRIBERS}) == len(SUBSCRIBERS) == 5
    assert {channel.kind for channel in channels} == {"email", "telegram"}
    assert [s.name for s in SUBSCRIBERS if s.kind is SubscriberKind.GROUP] == ["Vision Reading Group"]
    assert sum(len(subscriber.channels) > 1 for subscriber in SUBSCRIBERS) == 1
    assert all(subscriber.interests or subscriber.follows for subscriber in SUBSCRIBERS)


def test_every_demo_channel_could_exist_and_none_reaches_anybody() -> None:
    channels = [channel for subscriber in SUBSCRIBERS for channel in subscriber.channels]

    assert len({(channel.kind, channel.address) for channel in channels}) == len(channels)
    assert {channel.schedule.timezone for channel in channels} <= available_timezones()
    mail = [channel.address for channel in channels if channel.kind == "email"]
    assert all(address.endswith(("@example.org", "@example.com", "@example.net")) for address in mail)


def test_nobody_follows_the_same_name_twice() -> None:
    assert len({wish.name for wish in FOLLOWED}) == len(FOLLOWED)
    assert not {wish.name for wish in FOLLOWED} & {wish.name for wish in NOBODY_MATCHES.follows}
