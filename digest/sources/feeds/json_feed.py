"""JSON Feed as the same values that feedparser gives for RSS and Atom. Pure.

Version 1.1: https://www.jsonfeed.org/version/1.1/; 1.0 has one `author` where 1.1 has `authors`.
"""

import re
from typing import Final

from digest.errors import SourceChanged
from digest.sources.formats.feed import Entry, Feed
from digest.sources.formats.markup import MAX_BYTES, MAX_ENTRIES
from digest.sources.formats.record import Record, read_json

_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/1(?:\.\d+)?/?")
_BLANKS: Final = b"\xef\xbb\xbf \t\r\n"


def is_json(body: bytes) -> bool:
    """Whether the bytes are meant to be JSON; what a server calls them is often wrong."""
    return body.lstrip(_BLANKS)[:1] in {b"{", b"["}


def read_json_feed(body: bytes, source: str) -> Feed:
    """Read a JSON Feed. Raises SourceChanged."""
    if len(body) > MAX_BYTES:
        raise SourceChanged(source, f"The feed has more than {MAX_BYTES:,} bytes")
    record = Record(read_json(body.removeprefix(b"\xef\xbb\xbf"), source))
    if not _VERSION.fullmatch(record.text("version", 100)):
        raise SourceChanged(source, "The answer is JSON, but not a JSON Feed")
    entries = tuple(_read_entry(item) for item in record.records("items"))
    is_cut = len(entries) > MAX_ENTRIES
    return Feed(
        id=record.text("feed_url"),
        title=record.text("title"),
        subtitle=record.text("description"),
        links=tuple(filter(None, (record.link("home_page_url"), record.link("feed_url")))),
        entries=entries[:MAX_ENTRIES],
        flaw=f"The feed has more than {MAX_ENTRIES} entries; the others were left out" if is_cut else "",
    )


def _read_entry(item: Record) -> Entry:
    number = item.count("id")
    files = ((attached.text("mime_type"), attached.link("url")) for attached in item.records("attachments"))
    return Entry(
        id=item.text("id") or (str(number) if number is not None else ""),
        title=item.text("title"),
        link=item.text("url") or item.text("external_url"),
        summary=item.text("summary") or item.text("content_text"),
        content=item.text("content_html") or item.text("content_text"),
        authors=_list_authors(item),
        published=item.text("date_published"),
        updated=item.text("date_modified"),
        tags=item.texts("tags"),
        pdf=next((url for kind, url in files if kind == "application/pdf" and url), ""),
        thumbnail=item.link("image") or item.link("banner_image") or "",
    )


def _list_authors(item: Record) -> tuple[str, ...]:
    listed = (author.text("name") for author in (*item.records("authors"), item.record("author")))
    return tuple(dict.fromkeys(filter(None, listed)))
