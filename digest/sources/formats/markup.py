"""From hostile bytes to one well-formed XML document, or a clear refusal. Pure.

Everything that parses XML stands behind this gate: no document type with declarations gets through (so no entity can
be defined, and none can expand), what is not XML at all is named, and a document that breaks off is cut behind its last
whole entry.
"""

import re
from dataclasses import dataclass
from html import escape
from html.entities import html5
from typing import Final
from xml.parsers import expat

from digest.errors import SourceChanged

MAX_BYTES: Final = 10_000_000  # a full arXiv feed (2000 entries) has under 5 MB
MAX_DEPTH: Final = 100
MAX_ENTRIES: Final = 5_000
# What feedparser is slow with, far above what any feed has.
MAX_ELEMENTS: Final = 300_000
MAX_ATTRIBUTES: Final = 100
MAX_TAG: Final = 100_000  # characters of attributes in one tag, or in one comment

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
# What feeds are found in, and nothing that decodes in odd ways (utf-7, idna, unicode_escape …).
_ENCODINGS = re.compile(
    r"utf-?(?:8|16)(?:-?[lb]e)?|us-ascii|iso-?8859-\d{1,2}|windows-125\d|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gb2312|gbk|gb18030|big5",
    re.IGNORECASE,
)
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
# https://www.w3.org/TR/xml/#charsets
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CDATA_OR_REFERENCE = re.compile(r"<!\[CDATA\[(?:.*?\]\]>|.*)|&(#?[A-Za-z0-9]{1,40};)?", re.DOTALL)
_WEB_PAGE = re.compile(r"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_EMPTY = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*/>""")
_PREDEFINED: Final = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})


@dataclass(frozen=True, slots=True)
class Layout:
    """What kind of document is let through: its name, and in lower case its root elements and those of an entry."""

    name: str
    roots: frozenset[str]
    entries: frozenset[str]


FEED: Final = Layout("a feed", frozenset({"rss", "rdf", "feed"}), frozenset({"item", "entry"}))


@dataclass(frozen=True, slots=True)
class Document:
    """A feed as well-formed UTF-8. `flaw` says what is missing if it was cut."""

    body: bytes
    flaw: str = ""


def read_document(body: bytes, source: str, layout: Layout = FEED) -> Document:
    """Let a feed through, or a document of another layout. Raises SourceChanged."""
    if len(body) > MAX_BYTES:
        raise SourceChanged(source, f"The feed has more than {MAX_BYTES:,} bytes")
    text = _decode(body)
    if not text.strip("\ufeff \t\r\n"):
        raise SourceChanged(source, "The answer is empty where a feed was expected")
    if _WEB_PAGE.match(text):
        raise SourceChanged(source, "The answer is a web page, not a feed")
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise SourceChanged(source, "The answer is not XML")
    return _Gate(source, layout).check(_mend(text).encode())


def _decode(body: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if body.startswith(mark):
            return body.decode(encoding, errors="replace")
    declared = _DECLARED.match(body)
    name = declared[1].decode("ascii", errors="replace") if declared else "utf-8"
    try:
        return body.decode(name if _ENCODINGS.fullmatch(name) else "utf-8")
    except (UnicodeDecodeError, LookupError):
        return body.decode("utf-8", errors="replace")


def _mend(text: str) -> str:
    """Drop what XML forbids but feeds contain: control characters, HTML entities, bare ampersands."""
    text = _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1)
    return _CDATA_OR_REFERENCE.sub(_mend_reference, _ILLEGAL.sub("", text)).lstrip()


def _mend_reference(found: re.Match[str]) -> str:
    name = found[1]
    if found[0].startswith("<") or name in _PREDEFINED:
        return found[0]
    if name is None:
        return "&amp;"
    if name.startswith("#"):
        return found[0] if _is_legal(name[1:-1]) else ""
    return escape(html5[name], quote=False) if name in html5 else f"&amp;{name}"


def _is_legal(number: str) -> bool:
    """Whether a character reference may stand in XML."""
    try:
        char = chr(int(number[1:], 16) if number[:1] in "xX" else int(number))
    except (ValueError, OverflowError):
        return False
    return number[:1] != "X" and not _ILLEGAL.match(char)


class _Enough(Exception):
    """The most entries that are read have been seen."""


class _Gate:
    """Walks over a document once with expat and notes where its last whole entry ends."""

    def __init__(self, source: str, layout: Layout) -> None:
        self._source = source
        self._layout = layout
        self._open: list[str] = []
        self._open_at_cut: tuple[str, ...] = ()
        self._cut_at = 0
        self._started_at: int | None = None  # of the innermost element, while it has no other in it
        self._leaf_at: int | None = None  # of the last entry, if it has no element in it
        self._entries = 0
        self._elements = 0
        self._names: dict[str, str] = {}
        self._parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        self._parser.namespace_prefixes = True
        self._parser.StartDoctypeDeclHandler = self._see_doctype
        self._parser.CommentHandler = self._see_length
        self._parser.ProcessingInstructionHandler = self._see_length
        self._parser.StartElementHandler = self._see_start
        self._parser.EndElementHandler = self._see_end

    def check(self, body: bytes) -> Document:
        """Give the document, cut if it breaks off."""
        try:
            self._parser.Parse(body, True)
        except expat.ExpatError as error:
            said = f"{expat.ErrorString(error.code)} in line {error.lineno}"
            if not self._entries:
                raise SourceChanged(self._source, f"The feed is not well-formed XML: {said}") from error
            return self._cut(body, f"The feed breaks off after {self._entries} entries ({said})")
        except _Enough:
            return self._cut(body, f"The feed has more than {MAX_ENTRIES} entries; the others were left out")
        return Document(body)

    def _cut(self, body: bytes, flaw: str) -> Document:
        ends = "".join(f"</{_tag(name)}>" for name in reversed(self._open_at_cut))
        # expat points at the end tag, but behind an empty element (`<item/>`).
        is_empty = self._leaf_at is not None and _EMPTY.fullmatch(body, self._leaf_at, self._cut_at)
        end = self._cut_at if is_empty else body.index(b">", self._cut_at) + 1
        return Document(body[:end] + ends.encode(), flaw)

    def _see_doctype(self, name: str, system_id: str | None, public_id: str | None, has_subset: int) -> None:
        if has_subset:
            raise SourceChanged(self._source, "The feed brings its own document type, which is refused")

    def _see_length(self, *texts: str) -> None:
        if sum(map(len, texts)) > MAX_TAG:
            raise SourceChanged(self._source, f"The feed has a tag or comment of more than {MAX_TAG:,} characters")

    def _see_start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and _local(name) not in self._layout.roots:
            said = f"The answer is XML (“{_local(name)[:40]}”), but not {self._layout.name}"
            raise SourceChanged(self._source, said)
        if name not in self._names:
            self._names[name] = _local(name)
        self._open.append(name)
        self._started_at = self._parser.CurrentByteIndex
        self._elements += 1
        if len(self._open) > MAX_DEPTH or self._elements > MAX_ELEMENTS or len(attributes) > MAX_ATTRIBUTES:
            raise SourceChanged(self._source, "The feed is deeper or fuller than any feed is")
        if attributes:
            self._see_length(*attributes.values())

    def _see_end(self, name: str) -> None:
        self._open.pop()
        started_at, self._started_at = self._started_at, None
        if self._names[name] in self._layout.entries:
            self._entries += 1
            self._leaf_at = started_at
            self._cut_at = self._parser.CurrentByteIndex
            self._open_at_cut = tuple(self._open)
            if self._entries == MAX_ENTRIES:
                raise _Enough


def _local(name: str) -> str:
    parts = name.split(" ")
    return parts[min(1, len(parts) - 1)].lower()


def _tag(name: str) -> str:
    """Undo namespace mode, in which an element is named "uri local prefix"; a tag wants "prefix:local"."""
    parts = name.split(" ")
    return f"{parts[2]}:{parts[1]}" if len(parts) > 2 else parts[min(1, len(parts) - 1)]  # noqa: PLR2004 -- three words
