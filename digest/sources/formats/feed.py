"""RSS and Atom as typed values. The only module that speaks to feedparser. Pure.

Text is as the feed has it, entities resolved: hostile until `digest.intake` has cleaned it and a template escaped it.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import feedparser

from digest.errors import SourceChanged
from digest.sources.formats.markup import read_document

# feedparser promises no exceptions, and hostile feeds have drawn all of these from it or from what it calls.
_CRASHES: Final = (ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item or entry. Dates are as written; `author` is the raw string of a feed that has only one.

    `authors` has a string for each author element, which may still name several people. `content` is the long text of
    an entry that has a summary too. `identifiers` are whatever it says in elements made for that, as written.
    """

    id: str = ""
    title: str = ""
    link: str = ""
    summary: str = ""
    author: str = ""
    authors: tuple[str, ...] = ()
    content: str = ""
    identifiers: tuple[str, ...] = ()
    license: str = ""
    pdf: str = ""
    thumbnail: str = ""
    published: str = ""
    updated: str = ""
    rights: str = ""
    tags: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed. `body` is its well-formed XML; `flaw` says what is missing if it breaks off."""

    id: str = ""
    title: str = ""
    subtitle: str = ""
    published: str = ""
    updated: str = ""
    links: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[Entry, ...] = ()
    body: bytes = b""
    flaw: str = ""


def read_feed(body: bytes, source: str) -> Feed:
    """Read RSS 0.9x, 1.0, 2.0 or Atom. Raises SourceChanged when the bytes are none of these."""
    document = read_document(body, source)
    try:
        # A stream, never bytes: feedparser would first try to open a file of that name.
        read = feedparser.parse(io.BytesIO(document.body), sanitize_html=False, resolve_relative_uris=False)
        channel = read["feed"]
        return Feed(
            **_texts(channel, "id", "title", "subtitle", "published", "updated"),
            links=_links(channel),
            extra=_extra(channel),
            entries=tuple(_read_entry(entry) for entry in read["entries"]),
            body=document.body,
            flaw=document.flaw,
        )
    except _CRASHES as error:
        raise SourceChanged(source, f"The feed cannot be read ({type(error).__name__})") from error


def _read_entry(entry: dict[str, object]) -> Entry:
    return Entry(
        **_texts(entry, "id", "title", "link", "summary", "author", "published", "updated", "rights"),
        authors=tuple(name for author in _items(entry, "authors") if (name := _text(author, "name"))),
        identifiers=(),  # feedparser keeps one of each kind; `stated` reads them all
        content=max((_text(content, "value") for content in _items(entry, "content")), key=len, default=""),
        license=_link(entry, rel="license"),
        pdf=_link(entry, type="application/pdf"),
        thumbnail=next((url for image in _items(entry, "media_thumbnail") if (url := _text(image, "url"))), ""),
        tags=tuple(term for tag in _items(entry, "tags") if (term := _text(tag, "term"))),
        extra=_extra(entry),
    )


def _texts(values: dict[str, object], *keys: str) -> dict[str, str]:
    return {key: _text(values, key) for key in keys}


def _text(values: dict[str, object], key: str) -> str:
    # Not values.get(): feedparser's own dictionary answers a missing `updated` with `published`, and warns.
    value = dict.get(values, key)
    return value if isinstance(value, str) else ""


def _items(values: dict[str, object], key: str) -> list[dict[str, object]]:
    found = dict.get(values, key)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _link(entry: dict[str, object], **wanted: str) -> str:
    """Give the first link with the attributes wanted."""
    links = (link for link in _items(entry, "links") if all(_text(link, key) == wanted[key] for key in wanted))
    return next(filter(None, (_text(link, "href") for link in links)), "")


def _links(channel: dict[str, object]) -> tuple[str, ...]:
    return tuple(href for link in _items(channel, "links") if (href := _text(link, "href")))


def _extra(values: dict[str, object]) -> dict[str, str]:
    """Give the elements of foreign namespaces: `arxiv_comment`, and `arxiv_primary_category` for its `term`."""
    extra = {key: _text(values, key) for key in values if "_" in key}
    nested = {key: _text(value, "term") for key, value in values.items() if "_" in key and isinstance(value, dict)}
    return {key: value for key, value in (extra | nested).items() if value}
