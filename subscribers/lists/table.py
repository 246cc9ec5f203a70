"""Text to rows: CSV with commas, semicolons or tabs, or one address a line. Pure.

Records are cut before cells are read, so that a quotation mark that is not closed costs one line and not the rest.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from subscribers.addresses import shown
from subscribers.lists.cells import unguard
from subscribers.lists.columns import are_headings, find_columns, name_form
from subscribers.lists.listed import LineFault

_DELIMITERS: Final = (",", ";", "\t")
MAX_RECORD: Final = 1_000_000  # characters: some follow thousands of people
MAX_RECORD_LINES: Final = 50
_SEPARATOR_LINE = re.compile(r'"?sep=.?"?', re.IGNORECASE)
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>\s]+)>")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a text is laid out: what each column holds, and the line (from 1) after which the rows begin."""

    form: str
    delimiter: str
    columns: tuple[str, ...]
    after: int


def find_table(text: str) -> Table | None:
    """Find the headings; None if the first line with content is none that says whom a line is about."""
    for number, line in enumerate(text.split("\n", 10)[:10], start=1):
        if line.strip() and not _SEPARATOR_LINE.fullmatch(line.strip()):
            return _read_headings(line[:MAX_RECORD], number)
    return None


def read_table(text: str, table: Table) -> Iterator[tuple[int, Row] | LineFault]:
    """Read the rows, each with its line; empty ones are passed over."""
    for number, record in _cut_records(text, table.after):
        if record.strip(f' \t\r"{table.delimiter}'):
            yield _read_record(number, record, table)


def read_roster(text: str) -> Iterator[tuple[int, Row] | LineFault]:
    """Read one address a line, `ada@example.org` or `Ada <ada@example.org>`, as Mailman prints its members."""
    for number, line in enumerate(text.split("\n"), start=1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        mailbox = _MAILBOX.fullmatch(entry)
        yield number, {"email": entry} if mailbox is None else _read_mailbox(mailbox)


def _read_mailbox(mailbox: re.Match[str]) -> Row:
    return {"email": mailbox["email"], "name": mailbox["name"].strip(' "')}


def _read_headings(line: str, number: int) -> Table | None:
    best: Table | None = None
    for delimiter in _DELIMITERS:
        headings = next(csv.reader([line], delimiter=delimiter), [])
        columns = find_columns(headings)
        is_better = best is None or len([*filter(None, columns)]) > len([*filter(None, best.columns)])
        if are_headings(columns) and is_better:
            best = Table(form=name_form(headings), delimiter=delimiter, columns=columns, after=number)
    return best


def _cut_records(text: str, after: int) -> Iterator[tuple[int, str]]:
    """Cut the text into records, each with the line it begins in: a line, or several where a quoted cell goes on.

    Where a quotation mark is never closed, the line stands alone.
    """
    lines = text.split("\n")
    at = after
    while at < len(lines):
        length = _measure_record(lines, at)
        yield at + 1, "\n".join(lines[at : at + length])
        at += length


def _measure_record(lines: list[str], at: int) -> int:
    marks = 0
    for length, line in enumerate(lines[at : at + MAX_RECORD_LINES], start=1):
        marks += line.count('"')
        if marks % 2 == 0:
            return length
    return 1


def _read_record(number: int, record: str, table: Table) -> tuple[int, Row] | LineFault:
    if "\0" in record:
        return _fault(number, record, "This line holds a NUL character, which no text does.")
    if len(record) > MAX_RECORD:
        return _fault(number, record, f"This line has more than {MAX_RECORD:,} characters.")
    csv.field_size_limit(MAX_RECORD)  # of the whole process, and 131,072 unless somebody says otherwise
    try:
        cells = next(csv.reader([record], delimiter=table.delimiter, strict=True), [])
    except csv.Error:
        return _fault(number, record, "A quotation mark in this line is not closed, or stands inside a cell.")
    if [cell for cell in cells[len(table.columns) :] if cell.strip()]:
        why = f"This line has {len(cells)} cells, and the table has {len(table.columns)} columns."
        return _fault(number, record, why)
    named = zip(table.columns, cells, strict=False)
    return number, {column: unguard(cell).strip() for column, cell in named if column}


def _fault(number: int, record: str, why: str) -> LineFault:
    return LineFault(number, shown(record[:200].replace("\n", " ").strip()), why)
