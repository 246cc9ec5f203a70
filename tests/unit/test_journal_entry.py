"""Entries of any feed as papers: what is kept, what identifies them, and when they appeared."""

from dataclasses import replace
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

import pytest

from digest.errors import SourceChanged
from digest.model import AnnouncementKind, Author, Paper, Parsed
from digest.sources.feeds.entry import parse_entries
from digest.sources.formats.feed import Entry, Feed, read_feed

TODAY = date(2026, 11, 20)
NAMESPACES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/"'
)

# The layout of connect.biorxiv.org, with an invented paper.
BIORXIV = f"""<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" {NAMESPACES}>
<channel rdf:about="https://connect.biorxiv.org"><title>bioRxiv Subject Collection: Tides</title>
<link>https://connect.biorxiv.org</link></channel>
<item rdf:about="https://www.biorxiv.org/content/10.64898/2026.11.18.123456v1?rss=1"><title>
<![CDATA[
		Oysters open by the moon
	]]></title>
<link>https://www.biorxiv.org/content/10.64898/2026.11.18.123456v1?rss=1</link>
<description><![CDATA[
	Oysters moved inland <i>keep</i> their tides.
]]></description>
<dc:creator><![CDATA[
	Kukla, D., Crampton, A., Wood, D.]]></dc:creator>
<dc:date>2026-11-19</dc:date>
<dc:identifier>doi:10.64898/2026.11.18.123456</dc:identifier>
<dc:title><![CDATA[Oysters open by the moon]]></dc:title>
<dc:publisher>Cold Spring Harbor Laboratory</dc:publisher>
<prism:publicationDate>2026-11-19</prism:publicationDate><prism:section></prism:section></item></rdf:RDF>""".encode()


def item(title: str = "Counting tides", **elements: str) -> str:
    inside = "".join(f"<{name.replace('_', ':')}>{text}</{name.replace('_', ':')}>" for name, text in elements.items())
    return f"<item><title>{escape(title)}</title>{inside}</item>"


def parse(*items: str, today: date | None = TODAY, head: str = "") -> Parsed:
    body = f"<rss {NAMESPACES}><channel><title>Journal of Tides</title><link>https://tides.org/</link>{head}"
    return parse_entries(read_feed(f"{body}{''.join(items)}</channel></rss>".encode(), "feed:x"), "feed:x", today)


def one(*items: str) -> Paper:
    (paper,) = parse(*items).papers
    return paper


def ids(paper: Paper) -> list[str]:
    return [str(own) for own in paper.ids]


def test_a_title_is_enough() -> None:
    parsed = parse(item("Counting $x<y$ tides"))

    (paper,) = parsed.papers
    assert (paper.title, paper.authors, paper.abstract) == ("Counting $x<y$ tides", (), "")
    assert ids(paper) == ["url:tides.org#counting $x<y$ tides"]
    assert [made.announced_on for made in parsed.announcements] == [TODAY]


def test_biorxivs_layout_is_read() -> None:
    parsed = parse_entries(read_feed(BIORXIV, "biorxiv:tides"), "biorxiv:tides", None)

    (paper,) = parsed.papers
    assert ids(paper) == ["doi:10.64898/2026.11.18.123456"]
    assert (paper.title, paper.abstract) == ("Oysters open by the moon", "Oysters moved inland keep their tides.")
    assert paper.authors == (Author("D. Kukla"), Author("A. Crampton"), Author("D. Wood"))
    assert (paper.journal_ref, paper.submitted_at) == (None, datetime(2026, 11, 19, tzinfo=UTC))
    assert paper.abstract_url == "https://www.biorxiv.org/content/10.64898/2026.11.18.123456v1"
    assert [(made.kind, made.announced_on, made.source) for made in parsed.announcements] == [
        (AnnouncementKind.NEW, date(2026, 11, 19), "biorxiv:tides")
    ]


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"prism_doi": "10.1/A", "guid": "x"}, []),
        ({"prism_doi": "10.1234/A", "guid": "x"}, ["doi:10.1234/a"]),
        ({"dc_identifier": "doi:10.1234/a", "link": "https://x.org/1"}, ["doi:10.1234/a"]),
        ({"guid": "10.1234/a"}, ["doi:10.1234/a"]),
        ({"guid": "https://doi.org/10.1234/a"}, ["doi:10.1234/a"]),
        ({"link": "https://x.org/doi/full/10.1234/a?af=R"}, ["doi:10.1234/a"]),
        ({"guid": "10.1234/a", "link": "https://x.org/10.1234/b"}, ["doi:10.1234/a"]),
        ({"guid": "10.1234/a", "link": "https://arxiv.org/abs/2310.01234v1"}, ["arxiv:2310.01234", "doi:10.1234/a"]),
        ({"guid": "pubmed:7", "dc_identifier": "doi:10.1234/a"}, ["doi:10.1234/a", "pmid:7"]),
        ({"description": "&lt;p&gt;DOI: 10.1234/a&lt;/p&gt;", "link": "https://x.org/1"}, ["doi:10.1234/a"]),
        ({"description": "as in doi:10.1234/a", "link": "https://x.org/1"}, ["url:https://x.org/1"]),
        ({"link": "https://X.org/1/?utm_source=rss#top", "guid": "tag:x,1"}, ["url:https://x.org/1"]),
        ({"guid": "tag:x,1"}, ["url:tides.org#tag:x,1"]),
    ],
)  # fmt: skip
def test_every_identifier_is_taken(elements: dict[str, str], expected: list[str]) -> None:
    found = ids(one(item(**elements)))

    assert found == expected or (not expected and found[0].startswith("url:"))


def test_several_identifiers_of_one_kind_are_all_read() -> None:
    both = "<dc:identifier>10.1234/a</dc:identifier><dc:identifier>hwp:master-id:x;1</dc:identifier>"

    assert ids(one(f"<item><title>T</title>{both}</item>")) == ["doi:10.1234/a"]


def test_what_entries_share_identifies_none_of_them() -> None:
    first, second = parse(
        item("One", link="https://x.org/news#one", guid="n1", dc_identifier="doi:10.1234/journal"),
        item("Two", link="https://x.org/news#two", guid="n2", dc_identifier="doi:10.1234/journal"),
    ).papers

    assert (ids(first), ids(second)) == (["url:tides.org#n1"], ["url:tides.org#n2"])


def test_one_paper_twice_is_one() -> None:
    assert len(parse(item(guid="10.1234/a"), item(guid="10.1234/a", link="https://x.org")).papers) == 1


@pytest.mark.parametrize(
    "title",
    [
        *(
            "Issue Information",
            "Cover Image, Volume 12, Number 3",
            "Editorial Board",
            "Contents",
            "Front Cover",
            "Masthead",
        ),
        *("TCE volume 153 issue 6 Cover and Back matter", "Table of Contents", "Author Index", "植物学报第37卷总目次"),
    ],
)
def test_pages_of_an_issue_are_no_papers(title: str) -> None:
    parsed = parse(item(title), item())

    assert ([paper.title for paper in parsed.papers], parsed.skipped) == (["Counting tides"], 0)
    assert parsed.warnings == ("1 of 2 entries are pages of an issue, such as its cover, and were left out",)


@pytest.mark.parametrize(
    ("title", "elements"),
    [
        ("Editorial Board", {"dc_creator": "Ada Lovelace"}),
        ("Cover Image", {"description": "How we photographed the tides from above."}),
        ("Contents of heavy metals in soil", {}),
        ("Forest cover", {}),
        ("Editorial", {}),
        ("Book Review", {}),
    ],
)
def test_what_may_be_a_paper_is_kept(title: str, elements: dict[str, str]) -> None:
    assert one(item(title, **elements)).title == title


def test_titles_lose_markup_and_keep_tex() -> None:
    assert (
        one(item("<p><strong>Of <em>Dioon</em></strong> and $\\mu$P &amp; co</p>")).title == "Of Dioon and $\\mu$P & co"
    )


def test_the_mark_of_a_title_is_no_part_of_it() -> None:
    assert one(item("[ASAP] Counting tides")).title == "Counting tides"


def test_authors_may_stand_behind_the_title() -> None:
    paper = one(item("Counting tides -- by Ada Lovelace, Furu Wei"))

    assert (paper.title, [author.name for author in paper.authors]) == ("Counting tides", ["Ada Lovelace", "Furu Wei"])


def test_the_place_is_told_when_volume_or_pages_are() -> None:
    numbers = {"prism_volume": "70", "prism_number": "1", "prism_startingPage": "1", "prism_endingPage": "31"}
    taylor_and_francis = {"prism_publicationName": "Counting tides", "dc_source": "Tides Quarterly"}
    dated = {"prism_coverDate": "2021-01-02T08:00:00Z"}

    assert one(item(**numbers, **taylor_and_francis, **dated)).journal_ref == "Tides Quarterly 70(1), 1–31 (2021)"
    assert one(item(**numbers)).journal_ref == "Journal of Tides 70(1), 1–31"
    assert one(item(prism_publicationName="Tides Quarterly")).journal_ref is None


def test_everything_else_an_entry_says_is_kept() -> None:
    paper = one(
        "<item><title>T</title><link>https://x.org/1</link><category>Oceanography</category><category>Article</category>"
        '<enclosure url="https://x.org/1.pdf" type="application/pdf" length="1"/><media:thumbnail url="https://x.org/1.png"/>'
        "<description>Code: https://github.com/tides/count</description><dc:rights>https://x.org/cc-by</dc:rights></item>"
    )

    assert (paper.pdf_url, paper.thumbnail_url) == ("https://x.org/1.pdf", "https://x.org/1.png")
    assert (paper.code_url, paper.license_url) == ("https://github.com/tides/count", "https://x.org/cc-by")
    assert paper.categories == ("Oceanography",)


def test_links_that_are_no_web_links_are_dropped() -> None:
    paper = one(
        '<item><title>T</title><link>javascript:alert(1)</link><media:thumbnail url="data:image/png;base64,x"/></item>'
    )

    assert (paper.abstract_url, paper.thumbnail_url) == (None, None)


def test_the_whole_abstract_is_preferred_unless_it_is_a_whole_article() -> None:
    short, long = "A summary that breaks off...", "The whole abstract, which goes on and on."
    article = f"<p>{'A sentence of a whole article. ' * 400}</p>"

    assert one(item(description=short, content_encoded=long)).abstract == long
    assert one(item(description=short, content_encoded=escape(article))).abstract == short
    assert one(item(content_encoded=escape(article))).abstract.startswith("A sentence")


@pytest.mark.parametrize(
    ("elements", "day"),
    [
        ({"pubDate": "Wed, 18 Nov 2026 23:00:00 -0500"}, date(2026, 11, 18)),
        ({"dc_date": "2026-11-17"}, date(2026, 11, 17)),
        ({"prism_publicationDate": "2026-11-16"}, date(2026, 11, 16)),
        ({"pubDate": "soon"}, TODAY),
        ({}, TODAY),
    ],
)
def test_an_announcement_is_dated_by_its_entry_or_today(elements: dict[str, str], day: date) -> None:
    assert [made.announced_on for made in parse(item(**elements)).announcements] == [day]


def test_a_capture_is_dated_by_its_feed_or_not_announced() -> None:
    dated = parse(item(), today=None, head="<lastBuildDate>Thu, 04 Nov 2021 09:45:12 GMT</lastBuildDate>")
    undated = parse(item(), today=None)

    assert [made.announced_on for made in dated.announcements] == [date(2021, 11, 4)]
    assert (len(undated.papers), undated.announcements) == (1, ())
    assert undated.warnings == ("1 entries have no date, nor has the feed: they are kept but not announced",)


def test_an_entry_without_title_is_skipped_and_counted() -> None:
    parsed = parse(item(), "<item><link>https://x.org/</link></item>")

    assert (len(parsed.papers), parsed.skipped) == (1, 1)
    assert parsed.warnings == ("1 of 2 entries have no title and were skipped",)


def test_a_feed_of_untitled_entries_has_changed() -> None:
    with pytest.raises(SourceChanged, match="None of the 1 entries has a title"):
        parse("<item><link>https://x.org/</link></item>")


def test_an_empty_feed_is_empty() -> None:
    assert parse() == Parsed(source="feed:x")


def test_values_are_used_where_no_document_is_at_hand() -> None:
    entry = Entry(title="T", authors=("Ada Lovelace",), link="https://x.org/1", published="2026-11-18")

    (paper,) = parse_entries(Feed(entries=(entry,)), "feed:x", None).papers

    assert (ids(paper), paper.authors) == (["url:https://x.org/1"], (Author("Ada Lovelace"),))


def test_poison_is_cleaned_from_every_field() -> None:
    poisoned = Entry(
        title="T\u202eitle\x00", id="i\x00\u202ed", authors=("Ada\x00 Lovelace",), summary="\x07Tides are long waves"
    )
    (paper,) = parse_entries(Feed(entries=(poisoned, replace(poisoned, title=""))), "feed:x", TODAY).papers

    assert (paper.title, ids(paper)) == ("Title", ["url:feed:x#id"])
    assert (paper.authors, paper.abstract) == ((Author("Ada Lovelace"),), "Tides are long waves")
