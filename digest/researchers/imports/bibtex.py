"""BibTeX as it is in the wild: half-broken files give what is whole in them, and say where the rest is. Pure.

An entry begins with `@` at the start of a line and ends with its closing brace, or where the next one begins. Every
step is linear in the text. https://ctan.org/pkg/btxdoc; the author list: `and` between names, commas inside of them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from digest.identifiers.works import find_arxiv_ids, find_dois, read_doi, read_identifier
from digest.model import ExternalId, PersonId, PersonScheme
from digest.researchers.ids import read_person_id
from digest.researchers.imports.tex import to_text
from digest.researchers.imports.wishes import Fault, make_fault
from digest.researchers.imports.works import Creator, Work

_ENTRY = re.compile(r"^[ \t]{0,20}@[ \t]?(?P<kind>[A-Za-z]{1,40})[ \t\n]{0,3}[{(]", re.MULTILINE)
_NO_WORKS: Final = frozenset({"comment", "preamble", "string"})
_KEY = re.compile(r"\s*(?P<key>[^\s,={}\"]{0,200})\s*,?")
_NAME = re.compile(r"[\s,]*(?P<name>[A-Za-z][\w:.+-]{0,60})\s*=\s*")
_BRACE = re.compile(r"(?<!\\)[{}]")
_QUOTE_OR_BRACE = re.compile(r"(?<!\\)[{}\"]")
_BARE = re.compile(r"[^\s,#{}\"()]{1,100}")
_JOINED = re.compile(r"\s*#\s*")
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_MOST_ENTRIES: Final = 30_000
_MOST_FIELDS: Final = 200
_MOST_PIECES: Final = 50  # of one value: `a # b # c`
_LONGEST_VALUE: Final = 50_000
_LONGEST_MACRO: Final = 1_000
_MONTH_NAMES: Final = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS: Final = dict.fromkeys(_MONTH_NAMES.split(), "")


class _Broken(Exception):
    """An entry cannot be read on; the reason is its message."""


@dataclass(slots=True)
class _Reader:
    """The text of one entry, and how far it has been read."""

    text: str
    macros: Mapping[str, str]
    at: int = 0

    def read_fields(self) -> dict[str, str]:
        """Read `name = value` until nothing of that form follows. Raises _Broken."""
        fields: dict[str, str] = {}
        count = 0
        while found := _NAME.match(self.text, self.at):
            self.at, count = found.end(), count + 1
            if count > _MOST_FIELDS:
                raise _Broken(f"it has more than {_MOST_FIELDS} fields")
            fields.setdefault(found["name"].lower(), self._read_value())
        rest = self.text[self.at :].strip(" \t\n,})")
        if rest:
            raise _Broken(f"“{' '.join(rest[:40].split())}” stands where a field such as “author = {{…}}” should")
        return fields

    def _read_value(self) -> str:
        pieces = [self._read_piece()]
        while (joined := _JOINED.match(self.text, self.at)) and len(pieces) < _MOST_PIECES:
            self.at = joined.end()
            pieces.append(self._read_piece())
        return "".join(pieces)[:_LONGEST_VALUE]

    def _read_piece(self) -> str:
        opening = self.text[self.at : self.at + 1]
        if opening == "{":
            return self._read_braced()
        if opening == '"':
            return self._read_quoted()
        found = _BARE.match(self.text, self.at)
        if found is None:
            raise _Broken("a field has no value")
        self.at = found.end()
        return self.macros.get(found[0].lower(), _MONTHS.get(found[0].lower(), found[0]))

    def _read_braced(self) -> str:
        begin, depth = self.at + 1, 0
        for brace in _BRACE.finditer(self.text, self.at):
            depth += 1 if brace[0] == "{" else -1
            if depth == 0:
                self.at = brace.end()
                return self.text[begin : brace.start()]
        raise _Broken("a brace is not closed")

    def _read_quoted(self) -> str:
        begin, depth = self.at + 1, 0
        for sign in _QUOTE_OR_BRACE.finditer(self.text, begin):
            depth += {"{": 1, "}": -1}.get(sign[0], 0)
            if sign[0] == '"' and depth <= 0:
                self.at = sign.end()
                return self.text[begin : sign.start()]
        raise _Broken("a quotation mark is not closed")


def is_bibtex(text: str) -> bool:
    """Whether a text has an entry."""
    return _ENTRY.search(text) is not None


def read_bibtex(text: str) -> Iterator[Work | Fault]:
    """Read the works of a bibliography, and say what is wrong with entries that are broken."""
    starts = [*islice(_ENTRY.finditer(text), _MOST_ENTRIES)]
    ends = [*(found.start() for found in starts[1:]), len(text)]
    macros: dict[str, str] = {}
    line, counted = 1, 0
    for found, end in zip(starts, ends, strict=True):
        line, counted = line + text.count("\n", counted, found.start()), found.start()
        kind, body = found["kind"].lower(), _close(text[found.end() : end], is_braced=found[0].endswith("{"))
        if kind == "string":
            _read_macro(body or "", macros)
        elif kind in _NO_WORKS:
            continue
        elif body is None:
            yield make_fault(line, text[found.start() : end], "This entry is broken: a brace is not closed.")
        else:
            yield _read_entry(body, line, text[found.start() : end], macros)


def _read_macro(body: str, macros: dict[str, str]) -> None:
    """Read `@string{knuth = "Donald Knuth"}`; one that is broken is as good as not there."""
    try:
        fields = _Reader(body, macros).read_fields()
    except _Broken:
        return
    macros.update({name: value[:_LONGEST_MACRO] for name, value in fields.items()})


def _read_entry(body: str, line: int, whole: str, macros: Mapping[str, str]) -> Work | Fault:
    key = _KEY.match(body)
    assert key is not None  # it may be empty
    try:
        fields = _Reader(body[key.end() :], macros).read_fields()
    except _Broken as error:
        return make_fault(line, whole, f"This entry is broken: {error}.")
    return Work(line, to_text(fields.get("title", "")), tuple(_read_creators(fields)), tuple(_read_ids(fields)))


def _close(body: str, *, is_braced: bool) -> str | None:
    """Give an entry up to the brace that closes it, behind which stand remarks; None if nothing closes it."""
    if not is_braced:
        end = body.rfind(")")
        return body[:end] if end >= 0 else None
    depth = 0
    for brace in _BRACE.finditer(body):
        depth += 1 if brace[0] == "{" else -1
        if depth < 0:
            return body[: brace.start()]
    return None


def _read_creators(fields: Mapping[str, str]) -> Iterator[Creator]:
    orcids = _read_orcids(fields)
    names = [" ".join(name.split()) for name in _AND.split(f" {fields.get('author', '')} ")]
    for at, name in enumerate(names):
        # `{OpenAI}` in braces of its own is an institution; `others` stands for “et al.”.
        if not name or name.lower() in {"others", "et al.", "et al"} or re.fullmatch(r"\{[^{}\\]*\}", name):
            continue
        if readable := turn_name(to_text(name)):
            yield Creator(readable, (orcids[at],) if at in orcids else ())


def _read_orcids(fields: Mapping[str, str]) -> dict[int, PersonId]:
    """Read the ORCID iDs that some exports give in a field of their own, if there is one for each author."""
    listed = fields.get("orcid", "") or fields.get("orcids", "")
    count = len(_AND.split(fields.get("author", "")))
    parts = [part for part in re.split(r"\s+and\s+|[;,\s]+", listed.strip(" {}")) if part]
    read = [read_person_id(PersonScheme.ORCID, part) for part in parts]
    return {at: known for at, known in enumerate(read) if known} if len(parts) == count else {}


def turn_name(name: str) -> str:
    """Give `Family, Given` and `Family, Jr., Given` with the given names first."""
    parts = [part.strip() for part in name.split(",")]
    if len(parts) == 1:
        return parts[0]
    family, *suffixes, given = parts[:4]
    return " ".join(filter(None, (given, family, *suffixes)))


def _read_ids(fields: Mapping[str, str]) -> Iterator[ExternalId]:
    found: dict[ExternalId, None] = {}
    if doi := read_doi(fields.get("doi", "")):
        found[doi] = None
    eprint = fields.get("eprint", "")
    if eprint and "arxiv" in fields.get("archiveprefix", fields.get("eprinttype", "arxiv")).lower():
        known = read_identifier(f"arXiv:{eprint.strip(' {}').removeprefix('arXiv:')}")
        found.update({known: None} if known else {})
    for name in ("url", "journal", "note", "howpublished", "volume"):
        text = fields.get(name, "")[:1_000]
        found.update(dict.fromkeys(find_arxiv_ids(text) or find_dois(text)))
    yield from found
