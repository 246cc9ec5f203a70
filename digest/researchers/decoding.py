"""Bytes that a reader hands in, as text: whatever the encoding and the ends of lines. Pure."""

import re
from typing import Final

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Documents, archives, pictures and databases: text in their first bytes would fool a count of control characters.
_BINARY_STARTS: Final = (
    *(b"%PDF-", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"SQLite format 3"),
    *(b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"BZh", b"{\\rtf"),
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
_LINE_END = re.compile("\r\n|[\r\x0c\x85\u2028\u2029]")
# A file with more control characters than one in fifty is no text.
_MOST_CONTROLS: Final = 0.02
_SAMPLE: Final = 4_000
# Of text in UTF-16 that is mostly Latin, about every second byte is zero.
_MANY_ZEROS: Final = 0.3


def decode(data: bytes) -> str | None:
    r"""Give the text with `\n` as the end of a line and without control characters; None if it is binary.

    UTF-8 or UTF-16 with or without a mark, else Latin-1 as Windows extends it, in which every byte is a character.
    """
    if data.startswith(_BINARY_STARTS):
        return None
    text = _decode(data)
    controls = len(_CONTROL.findall(text))
    if controls > 1 + _MOST_CONTROLS * len(text):
        return None
    return _LINE_END.sub("\n", _CONTROL.sub("", text))


def _decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if encoding := _guess_utf16(data[:_SAMPLE]):
        return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="ignore")


def _guess_utf16(sample: bytes) -> str:
    """Name the UTF-16 of a text without a mark by where its zero bytes are; empty if it is none."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < _MANY_ZEROS * len(sample) / 2 or min(even, odd) > max(even, odd) / 10:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"
