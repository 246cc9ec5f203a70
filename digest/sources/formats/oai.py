"""The envelope of OAI-PMH 2.0: records, errors, the token of the next page. What is inside is others' to read. Pure.

https://www.openarchives.org/OAI/openarchivesprotocol.html. Elements are found by their local names: archives leave out
or invent namespaces.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from xml.etree import ElementTree as ET

from digest.sources.formats.markup import Layout
from digest.sources.formats.trees import read_tree

OAI: Final = Layout("an OAI-PMH answer", frozenset({"oai-pmh"}), frozenset({"record"}))

NO_RECORDS: Final = "noRecordsMatch"
STALE_PAGE: Final = "badResumptionToken"  # the token of the next page has expired

_LONGEST_MESSAGE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiRecord:
    """One record. `metadata` is the element inside of its <metadata>, None if it is deleted or has none."""

    identifier: str = ""
    datestamp: str = ""
    sets: tuple[str, ...] = ()
    is_deleted: bool = False
    metadata: ET.Element | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiPage:
    """One answer. `token` is empty on the last page; `error` is a code of the protocol, empty if there is none."""

    verb: str = ""
    records: tuple[OaiRecord, ...] = ()
    token: str = ""
    error: str = ""
    message: str = ""
    flaw: str = ""


def read_oai(body: bytes, source: str) -> OaiPage:
    """Read one answer. Raises SourceChanged when the bytes are no OAI-PMH."""
    tree = read_tree(body, source, OAI)
    answer = next((child for child in tree.root if local_name(child) not in {"responseDate", "request", "error"}), None)
    fault = find_child(tree.root, "error")
    return OaiPage(
        verb=local_name(answer) if answer is not None else "",
        records=tuple(map(_read_record, iter_children(answer, "record"))),
        token=child_text(answer, "resumptionToken"),
        error=(fault.get("code") or "unknown")[:40] if fault is not None else "",
        message=" ".join((fault.text or "").split())[:_LONGEST_MESSAGE] if fault is not None else "",
        flaw=tree.flaw,
    )


def local_name(element: ET.Element) -> str:
    """Give the name of an element without its namespace."""
    return _strip_namespace(element.tag)


def iter_children(parent: ET.Element | None, name: str) -> list[ET.Element]:
    """Give the children of this local name."""
    return [] if parent is None else [child for child in parent if _strip_namespace(child.tag) == name]


def find_child(parent: ET.Element | None, name: str) -> ET.Element | None:
    """Give the first child of this local name, or None."""
    return next(iter(iter_children(parent, name)), None)


def child_text(parent: ET.Element | None, name: str) -> str:
    """Give the text of the first child of this local name, without white space around it."""
    child = find_child(parent, name)
    return (child.text or "").strip() if child is not None else ""


def first_texts(parent: ET.Element) -> dict[str, str]:
    """Give by local name the text of the first child that has it: what `child_text` gives, of all at once."""
    texts: dict[str, str] = {}
    for child in parent:
        texts.setdefault(_strip_namespace(child.tag), (child.text or "").strip())
    return texts


def child_texts(parent: ET.Element | None, name: str) -> list[str]:
    """Give the texts of all children of this local name, without the empty ones."""
    return [text for child in iter_children(parent, name) if (text := (child.text or "").strip())]


@lru_cache(maxsize=1_000)
def _strip_namespace(tag: str) -> str:
    return tag.rpartition("}")[2]


def _read_record(record: ET.Element) -> OaiRecord:
    header, metadata = find_child(record, "header"), find_child(record, "metadata")
    return OaiRecord(
        identifier=child_text(header, "identifier"),
        datestamp=child_text(header, "datestamp"),
        sets=tuple(child_texts(header, "setSpec")),
        is_deleted=header is not None and header.get("status") == "deleted",
        metadata=None if metadata is None else next(iter(metadata), None),
    )
