"""An author's page, and a list of papers cut out of one. Pure.

`Zewen Chi`, then figures (`CL`, `h-index41`, `36papers` …), then `36 Papers`, then records of a heading, a title, the
authors and the abstract. In a list that was cut out, title and authors stand on one line with nothing between them.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final

from digest.model import Metrics, Researcher
from digest.researchers.pages.categories import CATEGORIES
from digest.researchers.pages.fused import split_fused
from digest.researchers.pages.headings import Heading, read_heading
from digest.researchers.pages.records import AuthorPage, PageLayout, PageRecord, check_counts

_FIGURE = re.compile(r"(?:(?P<label>h-index)(?P<behind>[\d,]{1,15})|(?P<before>[\d,]{1,15})(?P<unit>papers|citations))")
_DECLARED = re.compile(r"([\d,]{1,15}) Papers?")
_ORGANIZATIONS: Final = " · "
_AND_OTHERS: Final = " et al."


@dataclass(frozen=True, slots=True)
class _Block:
    """The lines of one record, the heading first."""

    line: int
    heading: Heading
    lines: list[str]


def read_author_page(lines: list[str], as_of: date) -> AuthorPage:
    """Read the page of an author: name, figures and papers."""
    blocks = list(_cut_blocks(lines, as_of))
    top = [line.strip() for line in lines[: blocks[0].line - 1 if blocks else None] if line.strip()]
    figures = dict(filter(None, map(_read_figure, top)))
    records, faults = _read_all(blocks, ())
    declared = {int(found[1].replace(",", "")) for line in top if (found := _DECLARED.fullmatch(line))}
    declared.update({figures["papers"]} if "papers" in figures else ())
    metrics = Metrics(
        source="page",
        as_of=as_of,
        works=figures.get("papers"),
        citations=figures.get("citations"),
        h_index=figures.get("h-index"),
    )
    fields = tuple(CATEGORIES[line] for line in top[1:] if line in CATEGORIES)
    person = Researcher(name=" ".join(top[0].split()), fields=fields, metrics=(metrics,))
    warnings = (*check_counts(declared, len(records)), *faults)
    return AuthorPage(layout=PageLayout.AUTHOR, person=person, records=records, warnings=warnings)


def read_listing(lines: list[str], as_of: date, known: Collection[str]) -> AuthorPage:
    """Read a list without a person; `known` names are preferred where titles and authors are taken apart."""
    records, faults = _read_all(list(_cut_blocks(lines, as_of)), known)
    return AuthorPage(layout=PageLayout.LISTING, person=None, records=records, warnings=faults)


def _cut_blocks(lines: list[str], as_of: date) -> Iterator[_Block]:
    headings = {at: heading for at, line in enumerate(lines) if (heading := read_heading(line, as_of))}
    for start, end in pairwise((*headings, len(lines))):
        yield _Block(start + 1, headings[start], [line.rstrip() for line in lines[start:end]])


def _read_all(blocks: list[_Block], known: Collection[str]) -> tuple[tuple[PageRecord, ...], tuple[str, ...]]:
    """Read the records, and say what is odd about each."""
    records, faults = [], []
    for block in blocks:
        record = _read_record(block, known)
        records.append(record)
        faults += [f"line {block.line}: {fault}" for fault in _find_faults(block, record)]
    return tuple(records), tuple(faults)


def _read_record(block: _Block, known: Collection[str]) -> PageRecord:
    _, *body = block.lines
    paragraphs = _cut_paragraphs(body)
    title, authors, abstract = _read_apart(paragraphs) if _is_apart(body) else _read_fused(paragraphs, known)
    names, _, organizations = authors.partition(_ORGANIZATIONS)
    on = block.heading.on
    return PageRecord(
        line=block.line,
        title=title,
        abstract=abstract,
        authors=tuple(filter(None, names.removesuffix(_AND_OTHERS).split(", "))),
        is_cut=names.endswith(_AND_OTHERS),
        organizations=tuple(filter(None, organizations.split(", "))),
        category=block.heading.category,
        year=on.year if on else None,
        month=on.month if on else None,
        day=on.day if on else None,
        has_code=block.heading.has_code,
        raw="\n".join(block.lines).strip(),
    )


def _is_apart(body: list[str]) -> bool:
    """Whether title, authors and abstract are paragraphs of their own."""
    return len(body) > 1 and bool(body[0]) and not body[1]


def _cut_paragraphs(body: list[str]) -> list[str]:
    """Give the lines that are not blank, each a paragraph: the pages break none."""
    return [" ".join(line.split()) for line in body if line]


def _read_apart(paragraphs: list[str]) -> tuple[str, str, str]:
    title, authors, *rest = (*paragraphs, "", "")[: max(len(paragraphs), 2)]
    return title, authors, " ".join(rest)


def _read_fused(paragraphs: list[str], known: Collection[str]) -> tuple[str, str, str]:
    """Take title and authors apart; what cannot be stays in the title."""
    first, *rest = paragraphs or [""]
    text, mark, organizations = first.rpartition(_ORGANIZATIONS) if _ORGANIZATIONS in first else (first, "", "")
    fused = split_fused(text, known)
    if fused is None:
        return first, "", " ".join(rest)
    ending = _AND_OTHERS if text.endswith(_AND_OTHERS) else ""
    return fused.title, f"{', '.join(fused.authors)}{ending}{mark}{organizations}", " ".join(rest)


def _find_faults(block: _Block, record: PageRecord) -> Iterator[str]:
    if record.category is None:
        yield f"“{block.heading.mark}” is no mark of an arXiv category"
    if block.heading.on is None:
        yield f"there is no such date as in “{block.lines[0][:40]}”"
    if not record.title:
        yield "the paper has no title"
    elif not record.authors:
        yield "the authors could not be told from the title"
    if not record.abstract:
        yield "the paper has no abstract"


def _read_figure(line: str) -> tuple[str, int] | None:
    found = _FIGURE.fullmatch(line)
    if found is None:
        return None
    digits = (found["behind"] or found["before"]).replace(",", "")
    return (found["label"] or found["unit"], int(digits)) if digits else None
