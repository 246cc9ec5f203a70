"""Hugging Face: each field, each format, and JSON with anything missing."""

import html
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import SourceChanged
from digest.model import AnnouncementKind, Author, ExternalId, IdScheme, Paper
from digest.settings import SourceSettings
from digest.sources.huggingface import is_huggingface, make_sources
from digest.sources.huggingface_days import days_to_read
from digest.sources.huggingface_papers import parse_papers
from tests.feeds import hf_entry, hf_list

FRIDAY = date(2026, 11, 20)
FULL: dict[str, Any] = {
    "authors": [
        {"name": "Ada Lovelace", "user": {"user": "ada", "name": "ada"}, "status": "claimed_verified", "hidden": False},
        {"name": "Hidden Hand", "hidden": True},
        {"name": "Furu Wei", "user": {"user": "somebody"}, "status": "extracted_pending"},
        {"name": "Grace\n Hopper", "user": {"name": "grace"}, "status": "admin_assigned"},
    ],
    "projectPage": "https://experts.example/",
    "githubRepo": "https://github.com/a/b",
    "githubStars": 5,
    "ai_summary": "Experts are fast.",
    "ai_summary_model": "some-model",
    "ai_keywords": ["experts", "", None, "speed"],
    "organization": {"name": "lab", "fullname": "The Lab"},
    "mediaUrls": ["https://cdn.example/1.png"],
}


def only(body: bytes) -> Paper:
    (paper,) = parse_papers(body).papers
    return paper


def test_an_entry_gives_every_field_it_carries() -> None:
    entry = hf_entry(**FULL) | {"thumbnail": "https://cdn.example/t.png", "mediaUrls": ["https://cdn.example/1.png"]}

    assert only(hf_list(entry)) == Paper(
        ids=(ExternalId(IdScheme.ARXIV, "2611.00001"), ExternalId(IdScheme.HF, "2611.00001")),
        title="Sparse Experts Learn Fast",
        abstract="We study mixtures of experts.",
        authors=(Author("Ada Lovelace", hf_user="ada"), Author("Furu Wei"), Author("Grace Hopper", hf_user="grace")),
        submitted_at=datetime(2026, 11, 18, tzinfo=UTC),
        abstract_url="https://arxiv.org/abs/2611.00001",
        pdf_url="https://arxiv.org/pdf/2611.00001",
        code_url="https://github.com/a/b",
        project_url="https://experts.example/",
        thumbnail_url="https://cdn.example/t.png",
        media_urls=("https://cdn.example/1.png",),
        organization="The Lab",
        upvotes=12,
        comment_count=2,
        github_stars=5,
        ai_summary="Experts are fast.",
        ai_summary_model="some-model",
        ai_keywords=("experts", "speed"),
    )


def test_a_paper_is_featured_on_the_day_it_was_listed() -> None:
    parsed = parse_papers(hf_list(hf_entry(submittedOnDailyAt="2026-11-19T23:59:59.999Z")), FRIDAY)

    (made,) = parsed.announcements
    assert (made.kind, made.detail, made.announced_on) == (
        AnnouncementKind.FEATURED,
        "2026-11-19",
        date(2026, 11, 19),
    )
    assert (made.paper, made.source) == (ExternalId(IdScheme.ARXIV, "2611.00001"), "huggingface")


def test_the_day_asked_for_stands_in_for_a_missing_listing_day() -> None:
    body = hf_list(hf_entry(submittedOnDailyAt=None))

    assert [made.detail for made in parse_papers(body, FRIDAY).announcements] == ["2026-11-20"]
    assert parse_papers(body).announcements == ()


def test_a_list_whose_entries_state_no_day_says_so() -> None:
    undated, alone = hf_entry("2611.00002", submittedOnDailyAt=None), hf_list(hf_entry(submittedOnDailyAt=None))

    assert parse_papers(hf_list(hf_entry(), undated)).warnings == (
        "1 of 2 entries state no day of listing and are not announced",
    )
    assert parse_papers(hf_list(hf_entry(), undated), FRIDAY).warnings == ()
    assert parse_papers(alone).warnings == ()


def test_a_paper_that_is_not_on_arxiv_keeps_its_own_page() -> None:
    paper = only(hf_list(hf_entry("org/report-7")))

    assert paper.ids == (ExternalId(IdScheme.HF, "org/report-7"),)
    assert (paper.abstract_url, paper.pdf_url) == ("https://huggingface.co/papers/org/report-7", None)


def test_one_paper_comes_flat() -> None:
    flat = hf_entry()["paper"] | {"numTotalModels": 3, "linkedModels": []}

    assert only(json.dumps(flat).encode()).title == "Sparse Experts Learn Fast"


PROPS = json.dumps({"comments": [], "paper": hf_entry(title='It\'s "A > B" & <b>C</b>')["paper"]})
LISTING = json.dumps({"dailyPapers": [hf_entry(), hf_entry("2611.00002")]})


@pytest.mark.parametrize(
    "tag",
    [
        '<div class="x" data-target="PaperContent" data-props="{}">',
        '<div data-props="{}" data-target="PaperContent" class="x">',
        "<div data-target='PaperContent' data-props='{}'>",
    ],
)
def test_a_paper_page_carries_it_in_its_props(tag: str) -> None:
    page = f"<!DOCTYPE html><p data-props='no'></p>{tag.format(html.escape(PROPS))}<div data-props='no'></div>"

    assert only(page.encode()).title == 'It\'s "A > B" & <b>C</b>'
    assert only(PROPS.encode()).title == 'It\'s "A > B" & <b>C</b>'


def test_a_listing_page_carries_a_whole_day() -> None:
    page = f'<html><div data-target="DailyPapers" data-props="{html.escape(LISTING)}"></div></html>'

    assert len(parse_papers(page.encode()).papers) == len(parse_papers(LISTING.encode()).papers) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not the JSON"),
        (b'[{"paper": {"id": "2611.0', "not the JSON"),
        (b"null", "holds no papers"),
        (b'"text"', "holds no papers"),
        (b'{"papers": []}', "holds no papers"),
        (b'{"error": "Invalid\\n date"}', "answered with an error: Invalid date"),
        (b"<html>Sorry</html>", "The page holds no papers"),
        (b'<html><div data-props="x" data-target="PaperContent"></div></html>', "not the JSON"),
        (b'<div data-props="{}"></div><div data-target="PaperContent"></div>', "The page holds no papers"),
        (b'<div data-target="PaperContent" data-props="{', "The page holds no papers"),
        (b"[1, null, []]", "None of the 3 entries"),
        (b'[{"paper": null}, {"paper": {"id": "2611.00001"}}]', "None of the 2 entries"),
    ],
)
def test_what_holds_no_papers_is_refused_in_one_sentence(body: bytes, said: str) -> None:
    with pytest.raises(SourceChanged, match=said) as caught:
        parse_papers(body)

    assert caught.value.source == "huggingface"


def test_an_empty_list_is_an_empty_day() -> None:
    assert parse_papers(b"[]").papers == ()


@pytest.mark.parametrize("entry", [None, {}, {"paper": {}}, hf_entry(""), hf_entry(title=None), hf_entry("<script>")])
def test_an_entry_without_id_or_title_is_skipped_and_counted(entry: object) -> None:
    parsed = parse_papers(hf_list(hf_entry(), entry))

    assert (len(parsed.papers), parsed.skipped) == (1, 1)
    assert parsed.warnings == ("1 of 2 entries have no id or no title and were skipped",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=2000)
@given(
    st.dictionaries(st.sampled_from(sorted(FULL | hf_entry()["paper"])), JSON),
    st.sampled_from(sorted(hf_entry())),
    JSON,
)
def test_any_field_may_be_anything(changes: dict[str, Any], key: str, value: object) -> None:
    entry = hf_entry(**(FULL | changes))
    try:
        parsed = parse_papers(hf_list(hf_entry("2611.00009"), entry | {key: value}))
    except SourceChanged:
        pytest.fail("one odd entry must not cost the others")

    assert parsed.papers[0].id_of(IdScheme.ARXIV) == "2611.00009"


@settings(max_examples=200, deadline=2000)
@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        parsed = parse_papers(body)
    except SourceChanged:
        return

    assert parsed.source == "huggingface"


NOW = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last", "first", "count"),
    [
        (None, "2026-11-19", 4),
        (date(2026, 11, 22), "2026-11-21", 2),
        (date(2026, 11, 21), "2026-11-21", 2),
        (date(2026, 11, 18), "2026-11-18", 5),
        (date(2026, 11, 1), "2026-11-01", 22),
        (date(2026, 1, 1), "2026-10-23", 31),
        (date(2027, 1, 1), "2026-11-21", 2),
    ],
)
def test_yesterday_is_read_again_and_an_outage_is_caught_up(last: date | None, first: str, count: int) -> None:
    days = days_to_read(last, NOW)

    assert days[0].isoformat() == first
    assert days == [days[0] + timedelta(days=number) for number in range(count)]


def test_the_days_are_counted_in_utc() -> None:
    eastern = NOW.astimezone(datetime.strptime("-0500", "%z").tzinfo)

    assert days_to_read(None, eastern)[-1] == date(2026, 11, 22)


def test_files_are_known_by_their_beginning() -> None:
    assert is_huggingface(hf_list(hf_entry()))
    assert is_huggingface(b'\n {"id": "x", "submittedOnDailyAt": ""}')
    assert is_huggingface(b'<!DOCTYPE html><meta content="https://huggingface.co/papers/1">')
    assert not is_huggingface(b'{"message": {"items": []}}')
    assert not is_huggingface(b'{"paper": {"paperId": "649def34f8be52c8b66281af98ae884c09aef38b"}}')
    assert not is_huggingface(b"<rss><channel>")


def test_a_paper_is_not_dated_by_the_entry_around_it() -> None:
    """The outer `publishedAt` lies four hours before the paper's own: a day too early."""
    (paper,) = parse_papers(hf_list(hf_entry(publishedAt="2026-11-18T00:00:00.000Z"))).papers

    assert paper.submitted_at == datetime(2026, 11, 18, tzinfo=UTC)


def test_the_settings_make_one_source_or_none() -> None:
    assert [source.name for source in make_sources(SourceSettings(huggingface=True))] == ["huggingface"]
    assert make_sources(SourceSettings(huggingface=False)) == []
