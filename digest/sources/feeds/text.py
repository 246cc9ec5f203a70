"""What publishers pack into the description of an entry: authors, date, place and DOI beside or instead of an abstract.

Pure. The layouts are those of docs/sources.md: Elsevier's and the American Physical Society's labels, Pensoft's
paragraphs, PubMed's citation, CNKI's authors in front, Taylor & Francis's volume and page.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from digest.identifiers.works import find_dois
from digest.model import ExternalId
from digest.sources.formats.dates import parse_day
from digest.sources.formats.html_text import split_html

_LABELLED = re.compile(
    r"(?P<label>publication date|source|author\(s\)|authors?|doi|(?:graphical )?abstract|summary|pmid)\s?:\s*"
    r"(?P<text>.*)",
    re.IGNORECASE | re.DOTALL,
)
_HEADING = re.compile(r"(?:graphical |plain language )?abstract|summary|résumé|zusammenfassung|resumen", re.IGNORECASE)
# `Abstract We show`, but not `Abstract Interpretation is`.
_GLUED_HEADING = re.compile(
    r"(?:ABSTRACT|Abstract|SUMMARY)(?:\s*[:.—–-]\s*|\s+(?!(?i:algebra|argumentation|art|concepts?|data|domains?|"
    r"interpretation|interpreters|machines?|meaning|reasoning|rewriting|states?|syntax|thought|words?)\b)(?=[A-Z]))"
)
_APS_PLACE = re.compile(r"\[[^\[\]]{3,80}\]\s*Published\s.{3,40}", re.IGNORECASE)
_CITATION = re.compile(
    r"[^.]{0,200},\s*(?:EarlyView|Early View|Ahead of Print|Accepted Article|Online Early)\.?"
    r"|.{0,200}\bvolume \d+.{0,20}\bissue\b.{0,120}"
    r"|.{0,200}\bvolume \d+[^.]{0,60}\bpages?\b.{0,60}"
    r"|[^.:;]{2,120} \d{1,4}(?:\(\d{1,4}\))?: ?[\de]\d{0,9}(?:\s?[-–]\s?\d{1,9})?\.?"  # ZooKeys 1076: 151-182
    r"|.{2,200}, Published online: .{4,80}",
    re.IGNORECASE,
)
_PUBMED_PLACE = re.compile(r"(?P<place>.{2,200}?\b(?:19|20)\d\d\b.{0,80}?)\.? doi: ?10\.\d{4}.*", re.IGNORECASE)
_NATURE_PLACE = re.compile(r"(?P<place>.{2,100}), Published online: .{4,40};\s*doi:\s*(?P<doi>10\.\S+)")
_NOTHING = re.compile(
    r"n/?a|none|null|no abstract(?: is)?(?: available)?\.?|abstract(?: not available)?\.?|html|xml|pdf"
    r"|full text|read more|https?://\S+|[\w-]+(?:\.[\w-]+)+/?",
    re.IGNORECASE,
)
_CNKI_MARK = re.compile(r"<(?:正|FONT[^>]{0,40})>~?\d?")
_AVAILABLE_ON = re.compile(r"\b(\d{1,2} [A-Z][a-z]+ (?:19|20)\d\d)\b")
_LEAST_LETTERS: Final = 12
_LONGEST_NAME: Final = 80
_CORRECTED = re.compile(
    r"\b(?:original article|corrects?|correction to|erratum (?:to|for)|comment on|reply to)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A description taken apart. `place` is a journal with volume and pages, as printed."""

    abstract: str = ""
    authors: str = ""
    place: str = ""
    published_on: date | None = None
    ids: tuple[ExternalId, ...] = ()


@dataclass(slots=True)
class _Notes:
    """What has been read so far."""

    abstract: list[str] = field(default_factory=list)
    authors: str = ""
    place: str = ""
    published_on: date | None = None
    ids: tuple[ExternalId, ...] = ()
    is_in_abstract: bool = False


def parse_description(text: str) -> Description:
    """Take a description apart, be it HTML or plain text."""
    notes = _Notes()
    lines = split_html(_CNKI_MARK.sub("", text))
    if len(lines) > 1 and lines[0].endswith(";"):  # CNKI: authors, then the abstract
        notes.authors, lines = lines[0], lines[1:]
    for line in lines:
        _read_line(line, notes)
    return Description(
        abstract="" if _is_card(notes) else _settle_abstract(notes.abstract),
        authors=notes.authors,
        place=notes.place.strip(" .,;"),
        published_on=notes.published_on,
        ids=notes.ids,
    )


def _read_line(line: str, notes: _Notes) -> None:
    if _HEADING.fullmatch(line):
        _begin_abstract(notes)
    elif labelled := _LABELLED.fullmatch(line):
        _read_label(labelled["label"].lower(), labelled["text"], line, notes)
    elif found := _NATURE_PLACE.match(line):
        notes.ids = find_dois(found["doi"]) or notes.ids
    elif found := _PUBMED_PLACE.fullmatch(line):
        notes.place, notes.ids = found["place"], find_dois(line)[:1] or notes.ids
    elif _CITATION.fullmatch(line):
        # Only a journal with its number is worth keeping; “EarlyView” says nothing.
        notes.place = notes.place or (line if _is_place(line) else "")
    elif not _NOTHING.fullmatch(line):
        notes.abstract.append(line)


def _read_label(label: str, text: str, line: str, notes: _Notes) -> None:
    if label.endswith(("abstract", "summary")):
        _begin_abstract(notes)
        notes.abstract.append(text)
    elif label in {"doi", "pmid"}:
        notes.ids = (notes.ids or find_dois(text)) if not _CORRECTED.search(text) else notes.ids
    elif label.startswith("author") and not notes.is_in_abstract:
        notes.authors = notes.authors or text
    elif label == "publication date":
        notes.published_on = _read_available(text)
    elif label == "source" and not notes.is_in_abstract:
        notes.place = text
    else:
        notes.abstract.append(line)


def _begin_abstract(notes: _Notes) -> None:
    """Forget what stood in front of the heading, unless there was one before: sections have headings too."""
    if not notes.is_in_abstract:
        notes.abstract.clear()
    notes.is_in_abstract = True


def _read_available(text: str) -> date | None:
    """Read `Available online 10 November 2021`; a month or a year is no day."""
    found = _AVAILABLE_ON.search(text)
    return parse_day(f"{found[1]} 00:00:00 +0000") if found else None


def _is_place(line: str) -> bool:
    return any(char.isdigit() for char in line) and not line[:1].isdigit() and not line.lower().startswith("volume")


def _is_card(notes: _Notes) -> bool:
    """Whether only a journal's name stands beside the DOI, as the American Chemical Society sends it."""
    text = " ".join(notes.abstract)
    return bool(notes.ids) and not notes.is_in_abstract and len(text) <= _LONGEST_NAME and not text.endswith(".")


def _settle_abstract(lines: list[str]) -> str:
    text = _APS_PLACE.sub("", " ".join(filter(None, lines))).strip()
    text = text[found.end() :] if (found := _GLUED_HEADING.match(text)) else text
    return text if sum(map(str.isalpha, text[:200])) >= _LEAST_LETTERS else ""
