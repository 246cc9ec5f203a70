"""One category's daily feed of the invented papers, byte for byte in the layout of rss.arxiv.org."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import get_args
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from digest.demo.papers import AnnounceType, InventedPaper
from digest.demo.tex_names import encode_tex

ANNOUNCEMENT_ZONE = ZoneInfo("America/New_York")  # A batch is dated by Eastern midnight.
BUILT_AT = time(5, 0, 13, tzinfo=UTC)  # arXiv builds its feeds some seconds after that midnight.
ORDER = {kind: place for place, kind in enumerate(get_args(AnnounceType))}

HEAD = """<?xml version='1.0' encoding='UTF-8'?>
<rss xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0">
  <channel>
    <title>{category} updates on arXiv.org</title>
    <link>http://rss.arxiv.org/rss/{category}</link>
    <description>{category} updates on the arXiv.org e-print archive.</description>
    <atom:link href="http://rss.arxiv.org/rss/{category}" rel="self" type="application/rss+xml"/>
    <docs>http://www.rssboard.org/rss-specification</docs>
    <language>en-us</language>
    <lastBuildDate>{built}</lastBuildDate>
    <managingEditor>rss-help@arxiv.org</managingEditor>
    <pubDate>{midnight}</pubDate>
    <skipDays>
      <day>Sunday</day>
      <day>Saturday</day>
    </skipDays>
"""
TAIL = """  </channel>
</rss>
"""


def render_feed(category: str, papers: Iterable[InventedPaper], day: date) -> str:
    """Write the feed of one category for one day."""
    midnight = format_datetime(datetime.combine(day, time(), ANNOUNCEMENT_ZONE))
    built = format_datetime(datetime.combine(day, BUILT_AT))
    announced = [(kind, paper) for paper in papers if (kind := paper.announce_type_in(category))]
    announced.sort(key=lambda pair: (ORDER[pair[0]], pair[1].id))
    items = (_render_item(kind, paper, midnight) for kind, paper in announced)
    return HEAD.format(category=category, built=built, midnight=midnight) + "".join(items) + TAIL


def _render_item(kind: AnnounceType, paper: InventedPaper, midnight: str) -> str:
    lines = "".join(f"      {line}\n" for line in _render_elements(kind, paper, midnight))
    return f"    <item>\n{lines}    </item>\n"


def _render_elements(kind: AnnounceType, paper: InventedPaper, midnight: str) -> Iterator[str]:
    versioned = f"{paper.id}v{paper.version}"
    yield _element("title", paper.title)
    yield _element("link", f"https://arxiv.org/abs/{paper.id}")
    yield _element("description", f"arXiv:{versioned} Announce Type: {kind} \nAbstract: {paper.abstract}")
    yield f'<guid isPermaLink="false">oai:arXiv.org:{versioned}</guid>'
    yield from (_element("category", category) for category in paper.categories)
    yield _element("pubDate", midnight)
    yield _element("arxiv:announce_type", kind)
    yield _element("dc:rights", paper.rights)
    if paper.doi:
        yield _element("arxiv:DOI", paper.doi)
    if paper.journal_reference:
        yield _element("arxiv:journal_reference", paper.journal_reference)
    yield _element("dc:creator", paper.creator or ", ".join(map(encode_tex, paper.authors)))


def _element(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>"
