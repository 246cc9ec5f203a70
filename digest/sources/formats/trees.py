"""XML as a tree: through the gate of `markup`, or past it where a document is seen to need no mending. Pure.

Most answers are plain: UTF-8, no comments, no CDATA, no document type. Of these the gate would give back every byte, so
they are read once instead of twice, and its limits are held against the tree.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree as ET

from digest.errors import SourceChanged
from digest.sources.formats.markup import (
    FEED,
    MAX_ATTRIBUTES,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ELEMENTS,
    MAX_ENTRIES,
    MAX_TAG,
    Layout,
    read_document,
)

# expat reads the rest as UTF-8, and refuses what is none; so it does what the gate would mend.
_DECLARATION = re.compile(rb"""<\?xml version=["']1\.0["'](?: encoding=["'](?i:utf-8)["'])?\s?\?>\s*(?=<)""")
_NOT_PLAIN = re.compile(rb"<[!?]")
_MOST_MARKS: Final = 2 * MAX_ELEMENTS  # every element has a start and, as a rule, an end


@dataclass(frozen=True, slots=True)
class Tree:
    """A document: its root, the well-formed bytes it was read from, and what is missing if it was cut."""

    root: ET.Element
    body: bytes
    flaw: str = ""


def read_tree(body: bytes, source: str, layout: Layout = FEED) -> Tree:
    """Read a document of this layout. Raises SourceChanged for what the gate does not let through."""
    if plain := _read_plain(body, layout):
        return plain
    document = read_document(body, source, layout)
    try:
        root = ET.fromstring(document.body)  # noqa: S314 -- the gate has let it through: no document type, no entities
    except ET.ParseError as error:
        raise SourceChanged(source, "The answer is not well-formed XML") from error
    return Tree(root, document.body, document.flaw)


def _read_plain(body: bytes, layout: Layout) -> Tree | None:
    declared = _DECLARATION.match(body)
    if declared is None or len(body) > MAX_BYTES or body.count(b"<") > _MOST_MARKS:
        return None
    if _NOT_PLAIN.search(body, declared.end()):
        return None
    rest = body[declared.end() :]
    try:
        root = ET.fromstring(rest)  # noqa: S314 -- without a document type there are no entities to expand
    except ET.ParseError:
        return None
    return Tree(root, rest) if _is_within_limits(root, layout) else None


def _is_within_limits(root: ET.Element, layout: Layout) -> bool:
    """Whether the gate would let it through whole."""
    if _local(root.tag) not in layout.roots:
        return False
    level, entries = [root], 0
    for _ in range(MAX_DEPTH):
        tags = Counter(each.tag for each in level)
        entries += sum(tags[tag] for tag in tags if _local(tag) in layout.entries)
        # Not `.attrib`, which would give each of the many elements that have none a dictionary of its own.
        attributes = [named for each in level if (named := each.items())]
        if entries >= MAX_ENTRIES or not all(map(_are_few, attributes)):
            return False
        level = [child for each in level for child in each]
        if not level:
            return True
    return False


def _are_few(attributes: Collection[tuple[str, str]]) -> bool:
    return len(attributes) <= MAX_ATTRIBUTES and sum(len(value) for _, value in attributes) <= MAX_TAG


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()
