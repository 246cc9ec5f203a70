"""Cells of a table: lists within one, and what a spreadsheet would take for a formula. Pure."""

import json
import re
from collections.abc import Sequence
from typing import Final

# What a spreadsheet runs: https://owasp.org/www-community/attacks/CSV_Injection. A cell that only looks guarded is
# guarded once more, so that taking one apostrophe away always gives what was there.
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")
GUARD: Final = "'"
SEPARATOR: Final = ";"


def guard(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would run."""
    return GUARD + cell if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    """Take the apostrophe away that `guard` has put there."""
    return cell[1:] if _GUARDED.match(cell) else cell


def split_list(cell: str) -> tuple[str, ...]:
    """Read the entries of a cell: a JSON list of texts, or texts with semicolons between, but not inside `"…"`."""
    if cell.lstrip().startswith("["):
        listed = _read_json(cell)
        if listed is not None:
            return listed
    entries, is_quoted = [""], False
    for character in cell:
        is_quoted ^= character == '"'
        if character == SEPARATOR and not is_quoted:
            entries.append("")
        else:
            entries[-1] += character
    return tuple(filter(None, map(str.strip, entries)))


def join_list(entries: Sequence[str]) -> str:
    """Write the entries of a cell: with semicolons where that reads back the same, else as JSON."""
    plain = f"{SEPARATOR} ".join(entries)
    return plain if split_list(plain) == tuple(entries) else json.dumps(list(entries), ensure_ascii=False)


def _read_json(cell: str) -> tuple[str, ...] | None:
    try:
        listed = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    is_texts = isinstance(listed, list) and all(isinstance(each, str) for each in listed)
    return tuple(filter(None, map(str.strip, listed))) if is_texts else None
