"""Web pages of alerts, as a browser saves them. Pure; linear in the text."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from digest.errors import InvalidReference
from digest.model import PersonId, PersonScheme
from digest.researchers.ids import parse_person_id
from digest.researchers.imports.alerts import FOR_WORDS, find_alert, is_alert, is_furniture, is_quoted
from digest.researchers.imports.printed import read_name
from digest.researchers.imports.wishes import Fault, PersonWish, Unusable, make_fault

_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--[^>]{0,2000}-->\s*)*<(?:!doctype\s+html|html|head|body|div|table|ul|ol)\b",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"<(script|style|template|svg)\b|<!--", re.IGNORECASE)
_CLOSINGS: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("script", "style", "template", "svg")} | {
    "": re.compile("-->")
}
_TAG = re.compile(r"(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,20})(?P<rest>[^>]*)>")
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]{0,500})\"|'([^']{0,500})'|([^\s\"'>]{1,500}))", re.IGNORECASE)
_INLINE: Final = frozenset({"a", "b", "em", "font", "i", "mark", "small", "span", "strong", "u", "wbr"})
_S2_AUTHOR = re.compile(r"(?:https?://(?:www\.)?semanticscholar\.org)?/author/")
_S2: Final = "https://www.semanticscholar.org"
_ALERT = re.compile(r"\balerts?\b", re.IGNORECASE)
_LONGEST_LINE: Final = 500


@dataclass(slots=True)
class _Line:
    """What a browser shows on one line: the text, its links, and where it stands in the file."""

    number: int
    parts: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Give the text, with single spaces."""
        return " ".join(html.unescape("".join(self.parts)).split())


def is_web_page(text: str) -> bool:
    """Whether a text is HTML."""
    return _PAGE.match(text) is not None


def read_web_page(text: str) -> list[PersonWish | Fault] | None:
    """Read a page of alerts; None if it is a page of something else."""
    lines = list(filter(_is_short, _split_lines(_drop_hidden(text))))
    is_s2 = any("semanticscholar" in link for line in lines for link in line.links) or "semanticscholar.org" in text
    is_about_alerts = is_s2 and any(_ALERT.search(line.text) for line in lines)
    if not is_about_alerts and not any(is_alert(line.text) for line in lines):
        return None
    return list(filter(None, (_read_line(line, is_s2=is_about_alerts) for line in lines)))


def _read_line(line: _Line, *, is_s2: bool) -> PersonWish | Fault | None:
    """Read a line: whom it is about, a fault for an alert for words, or None for what else is on the page."""
    if is_quoted(line.text) and not is_s2:
        return make_fault(line.number, line.text, FOR_WORDS)
    try:
        name = find_alert(line.text)
        ids = tuple(_find_authors(line)) if is_s2 else ()
        if name is None and (not ids or is_furniture(line.text)):
            return None
        return PersonWish(place=line.number, name=read_name(name or line.text), ids=ids, note="from an alert")
    except InvalidReference:
        return None
    except Unusable as error:
        return make_fault(line.number, line.text, str(error))


def _find_authors(line: _Line) -> Iterator[PersonId]:
    for link in line.links:
        if _S2_AUTHOR.match(link):
            person = parse_person_id(link if link.startswith("http") else f"{_S2}{link}")
            if person and person.scheme is PersonScheme.S2:
                yield person


def _drop_hidden(text: str) -> str:
    """Blank out scripts, styles and comments, but for the ends of their lines."""
    kept, at = [], 0
    while found := _HIDDEN.search(text, at):
        closing = _CLOSINGS[(found[1] or "").lower()].search(text, found.end())
        end = closing.end() if closing else len(text)
        kept += [text[at : found.start()], "\n" * text.count("\n", found.start(), end)]
        at = end
    return "".join((*kept, text[at:]))


def _split_lines(text: str) -> Iterator[_Line]:
    first, *pieces = text.split("<")
    number = 1 + first.count("\n")
    line = _Line(number, [first])
    for piece in pieces:
        tag = _TAG.match(piece)
        if tag and tag["name"].lower() not in _INLINE:
            yield line
            line = _Line(number)
        if tag and tag["name"].lower() == "a" and (href := _HREF.search(tag["rest"])):
            line.links.append(html.unescape(href[1] or href[2] or href[3] or ""))
        line.parts.append(piece[tag.end() :] if tag else f"<{piece}")
        number += piece.count("\n")
    yield line


def _is_short(line: _Line) -> bool:
    """Whether it is of a length that alerts have."""
    return sum(map(len, line.parts)) <= _LONGEST_LINE and bool(line.text)
