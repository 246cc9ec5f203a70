"""Bytes to a list of subscribers, whatever program wrote them. Pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from subscribers.addresses import EMAIL, normalise
from subscribers.lists.columns import OF_PERSON
from subscribers.lists.listed import LineFault, Listed, SubscriberList, UnreadableList
from subscribers.lists.objects import read_objects
from subscribers.lists.rows import Defaults, find_address, read_subscriber
from subscribers.lists.table import find_table, read_roster, read_table
from subscribers.model import InvalidAddress, SubscriberError

MAX_BYTES: Final = 100_000_000
CSV: Final = "csv"
JSON: Final = "json"
FORMATS: Final = (CSV, JSON)
_UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_LINE_END = re.compile(r"\r\n|\r")
# Of a file that is no text, more than one byte in so many is zero; of a text with a broken line, one or two are.
_ZEROS: Final = 20
_SAMPLE: Final = 4_000
_FEW: Final = 20

_Rows = list[dict[str, Any]]


def read_subscribers(data: bytes, defaults: Defaults, form: str = "") -> SubscriberList:
    """Read a list; `form` is csv or json where the content shall not decide. Raises UnreadableList."""
    text = _decode(data)
    if form == JSON or (not form and text.lstrip()[:1] in {"[", "{"}):
        return SubscriberList(form="a JSON list of subscribers", entries=_read_all(_from_objects(text), defaults))
    table = find_table(text)
    if table is not None:
        return SubscriberList(form=table.form, entries=_read_all(_join_rows(read_table(text, table)), defaults))
    _check_roster(text)
    return SubscriberList(form="a list of addresses", entries=_read_all(_join_rows(read_roster(text)), defaults))


def _decode(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnreadableList(f"The file has more than {MAX_BYTES // 1_000_000} MB; split it.")
    if data.startswith(_UTF16_MARKS):
        raise UnreadableList("The file is in UTF-16; save it as UTF-8 (in a spreadsheet: “CSV UTF-8”).")
    sample = data[:_SAMPLE]
    if sample.count(0) * _ZEROS > len(sample):
        raise UnreadableList("The file is no text; export it as CSV or JSON.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableList(
            f"The file is not in UTF-8: line {line} holds the byte {data[error.start]:#04x}, as text in Latin-1 or "
            "Windows-1252 does. Save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE."
        ) from None
    if not text.strip():
        raise UnreadableList("The file is empty.")
    return _LINE_END.sub("\n", text)


def _check_roster(text: str) -> None:
    """Refuse a file of which none of the first lines is an address: a table without headings, or something else."""
    first = [entry for entry in read_roster(text[:100_000]) if not isinstance(entry, LineFault)][:_FEW]
    if not any(_is_address(row.get("email", "")) for _, row in first):
        raise UnreadableList(
            "The file has no heading that names a column of addresses (email), and no address on its first lines."
        )


def _is_address(text: str) -> bool:
    try:
        normalise(EMAIL, text)
    except InvalidAddress:
        return False
    return True


def _from_objects(text: str) -> Iterator[tuple[int, _Rows] | LineFault]:
    yield from read_objects(text)


def _join_rows(found: Iterable[tuple[int, Any] | LineFault]) -> Iterator[tuple[int, _Rows] | LineFault]:
    """Join the lines of one subscriber: those that follow each other and have the same number."""
    begun: tuple[int, _Rows] | None = None
    for each in found:
        if isinstance(each, LineFault):
            yield each
            continue
        line, row = each
        if begun is not None and _goes_on(begun[1][0], row):
            begun[1].append(dict(row))
            continue
        if begun is not None:
            yield begun
        begun = (line, [dict(row)])
    if begun is not None:
        yield begun


def _goes_on(first: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether a line is a further channel of the one before, as we write them.

    A table of somebody else may have a column of this name for something that many people share.
    """
    number = row.get("subscriber", "")
    is_ours = number.isdecimal() and {"kind", "address"} <= row.keys()
    is_same = number == first.get("subscriber") and all(
        row.get(each, "") in ("", first.get(each)) for each in OF_PERSON
    )
    return is_ours and is_same


def _read_all(found: Iterable[tuple[int, _Rows] | LineFault], defaults: Defaults) -> tuple[Listed | LineFault, ...]:
    entries = [each if isinstance(each, LineFault) else _read_one(*each, defaults) for each in found]
    if not entries:
        raise UnreadableList("The list names nobody.")
    return tuple(sorted(entries, key=lambda entry: entry.line))


def _read_one(line: int, rows: _Rows, defaults: Defaults) -> Listed | LineFault:
    try:
        return read_subscriber(line, rows, defaults)
    except SubscriberError as error:
        return LineFault(line, find_address(rows[0]), str(error))
