"""Tables with a line of headings: CSV, with commas or semicolons, and TSV. Pure.

Each line is read by itself, so that a quotation mark that is not closed costs one line and not the rest of the table.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from digest.errors import InvalidReference
from digest.model import ExternalId, PersonId, PersonScheme
from digest.researchers.ids import parse_author_reference, parse_paper_id, parse_person_id
from digest.researchers.imports.lines import LONGEST_LINE, as_sentence
from digest.researchers.imports.printed import divide_name, read_name
from digest.researchers.imports.wishes import Fault, PersonWish, Unusable, make_fault

_DELIMITERS: Final = ("\t", ";", ",")
_COLUMN_WORDS: Final[Mapping[str, str]] = {
    "name": "name|full name|author|author name|researcher|person|display name|who|nom|nombre",
    "given": "given|given name|given names|first|first name|firstname|vorname|prénom|nombre de pila",
    "family": "family|family name|last|last name|lastname|surname|nachname|apellido|apellidos",
    "orcid": "orcid|orcid id|orcid url",
    "openalex": "openalex|openalex id|open alex",
    "s2": "s2|s2 id|semantic scholar|semantic scholar id|semanticscholar",
    "dblp": "dblp|dblp pid|dblp id",
    "openreview": "openreview|openreview id|openreview profile",
    "arxiv": "arxiv|arxiv id|arxiv author id|arxiv author",
    "hf": "hf|hugging face|huggingface|hf user",
    "id": "id|ids|url|link|profile|homepage|website|page|google scholar|scholar",
    "paper": "paper|doi|paper id|known paper|paper url|author of",
    "title": "title|paper title|known title",
    "affiliation": "affiliation|affiliations|institution|university|organization|organisation|employer|group",
    "note": "note|notes|comment|comments|e-mail|email|field|fields|topic|topics",
}
_COLUMNS: Final = {word: column for column, words in _COLUMN_WORDS.items() for word in words.split("|")}
_SCHEMES: Final = frozenset(PersonScheme)
# What a spreadsheet would run: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"['\"]?[=+@\r\t|]|['\"]?-(?=[\w(=+])")


@dataclass(frozen=True, slots=True)
class _Table:
    """The delimiter, and what each column holds; one that is not known holds nothing of use."""

    delimiter: str
    columns: tuple[str, ...]


def is_table(text: str) -> bool:
    """Whether the first line with content is headings of which one says whom a line is about."""
    return _find_headings(text) is not None


def read_table(text: str) -> Iterator[PersonWish | Fault]:
    """Read a table, in order; empty lines and lines of empty cells are passed over."""
    headings = _find_headings(text)
    assert headings is not None
    start, table = headings
    for number, line in enumerate(text.split("\n")[start:], start=start + 1):
        if not line.strip(f' \t{table.delimiter}"'):
            continue
        try:
            yield _read_row(_split(line, table), number, table)
        except InvalidReference as error:
            yield make_fault(number, line, as_sentence(error.why))
        except Unusable as error:
            yield make_fault(number, line, str(error))


def _find_headings(text: str) -> tuple[int, _Table] | None:
    """Give the table and the number of lines before its first row."""
    for number, line in enumerate(text.split("\n", 20)[:20], start=1):
        if not line.strip() or line.startswith("#") or re.fullmatch(r"sep=.", line.strip()):
            continue
        for delimiter in _DELIMITERS:
            cells = [
                " ".join(re.split(r"[\s_]+", cell.strip(" \"'").casefold()))
                for cell in line[:LONGEST_LINE].split(delimiter)
            ]
            columns = tuple(_COLUMNS.get(cell, "") for cell in cells)
            if _are_headings(columns):
                return number, _Table(delimiter, columns)
        return None
    return None


def _are_headings(columns: tuple[str, ...]) -> bool:
    """Whether half of the cells are known, and one of them says who."""
    known = [column for column in columns if column]
    tells = _SCHEMES | {"name", "family", "id"}
    is_one_id = len(columns) == 1 and columns[0] in _SCHEMES | {"name"}
    return (len(columns) > 1 and len(known) * 2 >= len(columns) and not tells.isdisjoint(known)) or is_one_id


def _split(line: str, table: _Table) -> list[str]:
    if len(line) > LONGEST_LINE:
        raise Unusable(f"This line has more than {LONGEST_LINE:,} characters.")
    try:
        cells = next(csv.reader([line], delimiter=table.delimiter, strict=True), [])
    except csv.Error as error:
        raise Unusable("A quotation mark in this line is not closed, or stands inside a cell.") from error
    if len([cell for cell in cells if cell.strip()]) > len(table.columns):
        raise Unusable(f"This line has {len(cells)} cells, and the table has {len(table.columns)} columns.")
    return [" ".join(cell.split()) for cell in cells]


def _read_row(cells: list[str], number: int, table: _Table) -> PersonWish:
    row: dict[str, str] = {}
    for column, cell in zip(table.columns, cells, strict=False):
        if column and cell and column != "note":
            _refuse_formula(cell)
            row.setdefault(column, cell)
    name, affiliation = _read_cells_of_name(row)
    ids, note = _read_ids(row)
    reference = parse_author_reference(row.get("paper", ""))
    if not name and not ids and reference is None:
        raise Unusable("This line has neither a name nor an id.")
    return PersonWish(
        place=number,
        name=read_name(name) if name else "",
        ids=ids,
        papers=_read_papers(row) if reference is None else (),
        titles=(row["title"],) if "title" in row else (),
        affiliation=row.get("affiliation", affiliation)[:200],
        reference=reference,
        note=note,
    )


def _refuse_formula(cell: str) -> None:
    if _FORMULA.match(cell):
        raise Unusable("A cell of this line holds a formula and not a text.")


def _read_cells_of_name(row: Mapping[str, str]) -> tuple[str, str]:
    if "name" in row:
        return divide_name(row["name"], is_family_first=True)
    return " ".join(filter(None, (row.get("given"), row.get("family")))), ""


def _read_ids(row: Mapping[str, str]) -> tuple[tuple[PersonId, ...], str]:
    """Read the cells of the services, then the one that may be of any. Raises InvalidReference."""
    found: dict[PersonId, None] = {}
    notes = []
    for column in (column for column in row if column in _SCHEMES):
        known = parse_person_id(row[column]) if "/" in row[column] else None
        if known := known or parse_person_id(f"{column}:{row[column]}"):
            found[known] = None
        else:
            raise InvalidReference(row[column], f"“{row[column][:60]}” is no id of a person at {column}.")
    if "id" in row and not _is_scholar(row["id"]):
        known = parse_person_id(row["id"])
        found.update({known: None} if known else {})
        notes += [] if known else [f"{row['id'][:60]} is of no service that knows people"]
    return tuple(found), "; ".join(notes)


def _is_scholar(address: str) -> bool:
    return "scholar.google." in address


def _read_papers(row: Mapping[str, str]) -> tuple[ExternalId, ...]:
    parts = re.split(r"[\s;|]+", row.get("paper", ""))
    return tuple(dict.fromkeys(filter(None, map(parse_paper_id, filter(None, parts)))))
