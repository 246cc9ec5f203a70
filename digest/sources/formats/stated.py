"""Who wrote an entry of a feed and what identifies it, element by element. Pure.

feedparser keeps one of several `dc:identifier` elements, and takes authors' names next to an address apart wrongly.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from xml.parsers import expat

from digest.sources.formats.feed import Entry, Feed

_FEEDS: Final = frozenset(
    {"", "http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/", "http://www.w3.org/2005/Atom"}
)
# https://www.dublincore.org/specifications/dublin-core/dcmi-terms/
_DUBLIN_CORE: Final = "http://purl.org/dc/"
_ENTRIES: Final = frozenset({"item", "entry"})
_CREATORS: Final = ("creator", "author/name", "author", "authors")
_IDENTIFIERS: Final = ("doi", "identifier", "guid", "id", "about")
_WANTED: Final = frozenset((*_CREATORS, *_IDENTIFIERS))
_MOST_VALUES: Final = 20_000
_RDF_ABOUT: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"

Stated = Mapping[str, list[str]]


def complete_entries(feed: Feed) -> tuple[Entry, ...]:
    """Give the entries with every author element and every identifier as the feed has them."""
    stated = _Reader().read(feed.body)
    if len(stated) != len(feed.entries):  # a feed of a layout so odd that only feedparser knows its entries
        return feed.entries
    return tuple(map(_complete, feed.entries, stated))


def _complete(entry: Entry, stated: Stated) -> Entry:
    creators = next((stated[key] for key in _CREATORS if stated.get(key)), [])
    identifiers = [text for key in _IDENTIFIERS for text in stated.get(key, [])]
    return replace(entry, authors=tuple(creators) or entry.authors, identifiers=tuple(identifiers))


class _Reader:
    """Walks over a document that passed the gate of `markup`, and collects the wanted elements of each entry."""

    def __init__(self) -> None:
        self._entries: list[defaultdict[str, list[str]]] = []
        self._path: list[str] = []
        self._entry_depths: list[int] = []
        self._text: list[str] = []
        self._parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._see_start
        self._parser.EndElementHandler = self._see_end
        self._parser.CharacterDataHandler = self._see_text

    def read(self, body: bytes) -> list[defaultdict[str, list[str]]]:
        """Give what each entry states, in order; nothing for what is no XML, such as a JSON Feed."""
        try:
            self._parser.Parse(body, True)
        except expat.ExpatError:
            return []
        return self._entries

    def _see_start(self, name: str, attributes: Mapping[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        local = local.lower()
        # PRISM has a namespace for each version, and Oxford's is simply “prism”: whatever is called a DOI is one.
        is_known = namespace in _FEEDS or namespace.startswith(_DUBLIN_CORE) or local == "doi"
        self._path.append(local if is_known else "")
        self._text.clear()
        if local in _ENTRIES and namespace in _FEEDS:
            self._entries.append(defaultdict(list))
            self._entry_depths.append(len(self._path))
            self._put("about", attributes.get(_RDF_ABOUT, ""))

    def _see_text(self, text: str) -> None:
        if self._entry_depths:
            self._text.append(text)

    def _see_end(self, _name: str) -> None:
        if self._entry_depths and len(self._path) == self._entry_depths[-1]:
            self._entry_depths.pop()
        elif self._entry_depths:
            self._put("/".join(self._path[self._entry_depths[-1] :]), "".join(self._text))
        self._path.pop()
        self._text.clear()

    def _put(self, key: str, value: str) -> None:
        values = self._entries[-1][key] if key in _WANTED else []
        if value.strip() and len(values) < _MOST_VALUES:
            values.append(value.strip())
