"""Libraries of Zotero: what its API gives, and lists in CSL JSON such as Better BibTeX exports. Pure.

https://www.zotero.org/support/dev/web_api/v3/types_and_fields; https://docs.citationstyles.org (CSL-JSON)
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from digest.identifiers.works import find_arxiv_ids, read_doi, read_identifier
from digest.intake import clean_text
from digest.model import ExternalId, PersonScheme
from digest.researchers.ids import read_person_id
from digest.researchers.imports.wishes import Fault, make_fault
from digest.researchers.imports.works import Creator, Work

_LONGEST_TEXT: Final = 1_000
_MOST_BROKEN: Final = 1_000  # items; to find the next one costs more, the longer the text
_NO_WORKS: Final = frozenset({"attachment", "note", "annotation"})
_ITEM = re.compile(r"\s*,?\s*(?=\{)")
_NEXT_ITEM = re.compile(r"\}\s*,\s*(?=\{)")
_ITEMS = re.compile(r"\"items\"\s*:\s*\[")
_LONGEST_PREAMBLE: Final = 20_000
_PMID = re.compile(r"\bPMID:?\s*(\d{1,9})")
_NEEDED_SIGNS: Final = ('"itemType"', '"creators"', '"author"', '"family"')


def is_library(text: str) -> bool:
    """Whether a JSON text has the words of a Zotero library or of CSL."""
    return any(sign in text for sign in _NEEDED_SIGNS)


def read_library(text: str) -> Iterator[Work | Fault]:
    """Read the works of a library, item by item, so that a broken one does not take the others with it."""
    number = 0
    for item in _list_items(text):
        if isinstance(item, Fault):
            yield item
            continue
        number += 1
        inner = item.get("data")
        data: Mapping[str, Any] = inner if isinstance(inner, dict) else item
        if _is_work(data):
            yield _read_work(number, data)


def _list_items(text: str) -> Iterator[Mapping[str, Any] | Fault]:
    """Decode each object of the outer list, or say in which line a broken one begins."""
    decoder = json.JSONDecoder()
    at = text.find("[") + 1 if text.lstrip().startswith("[") else _find_inner_list(text)
    line, counted, broken = 1, 0, 0
    while found := _ITEM.match(text, at):
        line, counted = line + text.count("\n", counted, found.end()), found.end()
        try:
            item, at = decoder.raw_decode(text, found.end())
        except json.JSONDecodeError as error:
            yield make_fault(line, text[found.end() : found.end() + 200], "This item is not well-formed JSON.")
            broken += 1
            resumed = _NEXT_ITEM.search(text, max(error.pos, found.end() + 1))
            at = resumed.end() if resumed and broken < _MOST_BROKEN else len(text)
        except (RecursionError, ValueError):
            yield make_fault(line, text[found.end() : found.end() + 200], "This item is deeper than any item is.")
            return
        else:
            yield item


def _find_inner_list(text: str) -> int:
    """Give where the items of `{"config": …, "items": [` begin, as Better BibTeX writes them; else the beginning."""
    found = _ITEMS.search(text, 0, _LONGEST_PREAMBLE)
    return found.end() if found and '"itemType"' not in text[: found.start()] else 0


def _is_work(data: Mapping[str, Any]) -> bool:
    if "itemType" in data:
        return _text(data["itemType"]) not in _NO_WORKS
    return "type" in data and "title" in data


def _read_work(number: int, data: Mapping[str, Any]) -> Work:
    listed = data.get("creators") if "creators" in data else data.get("author")
    creators = tuple(filter(None, map(_read_creator, listed if isinstance(listed, list) else ())))
    return Work(number, clean_text(_text(data.get("title")), _LONGEST_TEXT), creators, tuple(_read_ids(data)))


def _read_creator(creator: object) -> Creator | None:
    """Read an author; editors, contributors and institutions (in one field) are not followed."""
    if not isinstance(creator, dict) or creator.get("creatorType", "author") != "author":
        return None
    given = _text(creator.get("firstName", creator.get("given")))
    family = _text(creator.get("lastName", creator.get("family")))
    particle = _text(creator.get("non-dropping-particle") or creator.get("dropping-particle"))
    name = clean_text(" ".join(filter(None, (given, particle, family))), 200)
    orcid = read_person_id(PersonScheme.ORCID, _text(creator.get("ORCID", creator.get("orcid"))))
    return Creator(name, (orcid,) if orcid else ()) if family else None


def _read_ids(data: Mapping[str, Any]) -> Iterator[ExternalId]:
    found: dict[ExternalId, None] = {}
    if doi := read_doi(_text(data.get("DOI"))):
        found[doi] = None
    for name in ("extra", "note", "archiveID", "number", "url", "URL"):
        text = _text(data.get(name))
        found.update(dict.fromkeys(find_arxiv_ids(text)))
        if name in {"url", "URL"} and not found and (known := read_identifier(text)):
            found[known] = None
    if pmid := _PMID.search(_text(data.get("extra") or data.get("PMID"))):
        known = read_identifier(f"pmid:{pmid[1]}")
        found.update({known: None} if known else {})
    yield from found


def _text(value: object) -> str:
    return value[:_LONGEST_TEXT] if isinstance(value, str) else ""
