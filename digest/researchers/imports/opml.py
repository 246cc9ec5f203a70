"""OPML: subscriptions of feed readers that are about a person. Pure.

It is read with expat as it comes, nothing is built, and a document type is refused, so nothing can expand; a file that
breaks off gives what stood before. http://opml.org/spec2.opml
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from html.entities import html5
from typing import Final
from urllib.parse import parse_qs, urlsplit
from xml.parsers import expat

from digest.errors import InvalidList, InvalidReference
from digest.researchers.ids import parse_person_id
from digest.researchers.imports.alerts import find_alert
from digest.researchers.imports.lines import as_sentence
from digest.researchers.imports.printed import read_name
from digest.researchers.imports.wishes import Fault, PersonWish, Unusable, make_fault

MOST_OUTLINES: Final = 20_000
DEEPEST: Final = 100
_LONGEST_ADDRESS: Final = 2_000
_OPML = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>)?\s*(?:<!--[^>]{0,2000}-->\s*)*(?:<!DOCTYPE[^>]{0,500}>\s*)?<opml\b", re.IGNORECASE
)
_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_REFERENCE = re.compile(r"&(#?\w{1,40};)?")
_PREDEFINED: Final = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_ARXIV_HOSTS: Final = frozenset({"arxiv.org", "export.arxiv.org", "rss.arxiv.org"})
_AUTHOR = re.compile(r"\bau:\s*(?:\"(?P<quoted>[^\"]+)\"|(?P<word>[^\s()]+))", re.IGNORECASE)
_FORMAT = re.compile(r"\.(?:atom2?|rss|xml|json)$", re.IGNORECASE)
# `Furu Wei on arXiv`, `Furu Wei - Google Scholar`, `arXiv: Furu Wei`
_TITLE = re.compile(
    r"(?:arxiv\s*[:-]\s*)?(?P<name>.+?)(?:['’]s)?\s*(?:[-–—|:]\s*|\bon\s+|\bat\s+)?"
    r"(?:arxiv|google scholar|semantic scholar|orcid|dblp|(?:new )?papers?|articles|publications|works|feed|rss|atom)*",
    re.IGNORECASE,
)
_NOT_A_PERSON: Final = (
    "This feed is of no service that knows people: add it as a feed, or write the person's name on a line without it."
)


@dataclass(slots=True)
class _Outline:
    """An outline that is open, and whether others are in it."""

    line: int
    attributes: dict[str, str]
    is_folder: bool = False


@dataclass(slots=True)
class _Walker:
    """Goes through a document and keeps the outlines that hold no others."""

    parser: expat.XMLParserType
    open: list[_Outline | None] = field(default_factory=list)
    found: list[_Outline] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """See an element begin."""
        if len(self.open) >= DEEPEST or len(self.found) >= MOST_OUTLINES:
            raise InvalidList("it is deeper or fuller than the subscriptions of any reader.")
        outline = None
        if tag.lower() == "outline":
            names = {name.lower(): " ".join(value[:_LONGEST_ADDRESS].split()) for name, value in attributes.items()}
            outline = _Outline(self.parser.CurrentLineNumber, names)
            if self.open and (parent := self.open[-1]):
                parent.is_folder = True
        self.open.append(outline)

    def end(self, _tag: str) -> None:
        """See an element end."""
        outline = self.open.pop()
        if outline and not outline.is_folder:
            self.found.append(outline)

    def doctype(self, *_: object) -> None:
        """See a document type."""
        raise InvalidList("it brings its own document type, which no list of feeds needs.")


def is_opml(text: str) -> bool:
    """Whether a text is OPML."""
    return _OPML.match(text) is not None


def read_opml(text: str) -> Iterator[PersonWish | Fault]:
    """Read the outlines that hold no others. Raises InvalidList."""
    parser = expat.ParserCreate(encoding="utf-8")
    walker = _Walker(parser)
    parser.StartElementHandler = walker.start
    parser.EndElementHandler = walker.end
    parser.StartDoctypeDeclHandler = walker.doctype
    broken = None
    try:
        parser.Parse(_mend(text).encode("utf-8", errors="replace"), True)
    except expat.ExpatError as error:
        broken = error
    for outline in walker.found:
        yield from _read_outline(outline)
    if broken is not None:
        line = text.split("\n")[broken.lineno - 1 : broken.lineno] or [""]
        said = f"The file is not well-formed from here on ({expat.ErrorString(broken.code)})."
        yield make_fault(broken.lineno, line[0], said)


def _mend(text: str) -> str:
    """Drop the declaration, whose encoding is no longer true, and spell out what XML does not know."""
    declared = _DECLARATION.match(text)
    blank = "\n" * declared[0].count("\n") if declared else ""
    return _REFERENCE.sub(_mend_reference, blank + (text[declared.end() :] if declared else text))


def _mend_reference(found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return "&amp;"
    if name in _PREDEFINED or name.startswith("#"):
        return found[0]
    return escape(html5[name]) if name in html5 else f"&amp;{name}"


def _read_outline(outline: _Outline) -> Iterator[PersonWish | Fault]:
    title = outline.attributes.get("title") or outline.attributes.get("text") or ""
    addresses = [address for name in ("xmlurl", "htmlurl", "url") if (address := outline.attributes.get(name))]
    if not title and not addresses:
        return
    shown = " ".join((title, *addresses))
    try:
        yield _read_person(title, addresses, outline.line)
    except InvalidReference as error:
        yield make_fault(outline.line, shown, as_sentence(error.why))
    except Unusable as error:
        yield make_fault(outline.line, shown, str(error))


def _read_person(title: str, addresses: list[str], line: int) -> PersonWish:
    """Read who it is about: by the address, by the wording of the title, or by a title without an address."""
    for address in addresses:
        if "scholar.google." not in address and (person := parse_person_id(_FORMAT.sub("", address))):
            return PersonWish(place=line, name=_guess_name(title), ids=(person,))
        if author := _find_query_author(address):
            return PersonWish(place=line, name=read_name(author), note="from a search of arXiv for the author")
    if (name := find_alert(title)) is not None:
        return PersonWish(place=line, name=read_name(name), note="from an alert")
    if addresses:
        raise Unusable(_NOT_A_PERSON)
    return PersonWish(place=line, name=read_name(title))


def _guess_name(title: str) -> str:
    """Give the name in the title of a feed that an id says whose it is; nothing if there is none."""
    found = _TITLE.fullmatch(title[:200])
    try:
        return read_name(found["name"]) if found else ""
    except Unusable:
        return ""


def _find_query_author(address: str) -> str:
    """Give the author that a feed of arXiv's search asks for: `search_query=au:"Furu Wei"`, `au:Wei_F`."""
    try:
        parts = urlsplit(address)
        query = parse_qs(parts.query, max_num_fields=50)
    except ValueError:
        return ""
    if (parts.hostname or "").removeprefix("www.") not in _ARXIV_HOSTS:
        return ""
    asked = " ".join(query.get("search_query", []) + query.get("query", [])) or parts.path.rpartition("/")[2]
    names = [found["quoted"] or found["word"] for found in _AUTHOR.finditer(asked)]
    if len(names) > 1:
        raise Unusable("This is a search for several authors; put each on a line of its own.")
    return _turn(names[0]) if names else ""


def _turn(name: str) -> str:
    """Give `del_maestro_a` and `Wei_F`, family first as arXiv indexes them, as a name; `Furu Wei` stays."""
    if "_" not in name:
        return name
    *family, given = name.replace("+", " ").split("_")
    words = [word.capitalize() if word.islower() else word for word in (given, *family)]
    return f"{words[0]}{'.' if len(words[0]) == 1 else ''} {' '.join(words[1:])}"
