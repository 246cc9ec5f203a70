"""A mail as it came, parsed within limits, since anybody may send one. Pure.

Python's parser takes time that grows with the square of a long header line or of deep nesting, and recurses into parts.
So a mail is cut, long lines and long fields are cut, and one with too many parts is not parsed at all.
"""

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from typing import TYPE_CHECKING, Final

MAX_BYTES: Final = 512_000  # what a report says stands at its beginning; the mail it returns may be cut
MAX_LINE: Final = 1_000  # RFC 5322 §2.1.1 allows 998
MAX_FOLDS: Final = 20
MAX_PARTS: Final = 100
MAX_FIELD: Final = 2_000
MAX_TEXT: Final = 64_000
# What Python's package raises on decoding parts whose headers make no sense (UnicodeError is a ValueError).
ODDITIES: Final = (LookupError, TypeError, ValueError)

_LONG_LINE: Final = re.compile(rb"([^\n]{%d})[^\n]+" % MAX_LINE)
_LONG_FIELD: Final = re.compile(rb"((?:\n[ \t][^\n]*){%d})(?:\n[ \t][^\n]*)+" % MAX_FOLDS)
_IN_BRACKETS: Final = re.compile(r"<([^<>\s]{0,320})>\s*(?:\(.*)?$")
_BARE: Final = re.compile(r"""([^\s<>()",;:]{1,64}@[^\s<>()",;:]{1,255})""")
_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_PART: Final = re.compile(rb"^content-type[ \t]*:|boundary[ \t]*=", re.IGNORECASE | re.MULTILINE)

if TYPE_CHECKING:
    AnyMessage = Message[str, str]
else:
    AnyMessage = Message  # generic only for type checkers


def parse_mail(raw: bytes) -> AnyMessage | None:
    """Parse a mail; None for what is too complex to be a bounce or a letter."""
    bounded = _LONG_FIELD.sub(rb"\1", _LONG_LINE.sub(rb"\1", raw[:MAX_BYTES]))
    if sum(1 for _ in _PART.finditer(bounded)) > 2 * MAX_PARTS:
        return None
    try:
        return message_from_bytes(bounded)
    except (MessageError, RecursionError, ValueError, LookupError):
        return None


def walk(mail: AnyMessage) -> Iterator[AnyMessage]:
    """Give the parts of a mail that say something themselves: not what is inside a returned or forwarded mail."""
    yield mail
    if mail.is_multipart() and mail.get_content_maintype() == "multipart":
        for part in mail.get_payload():
            if isinstance(part, Message):
                yield from walk(part)


def walk_all(mail: AnyMessage) -> Iterator[AnyMessage]:
    """Give every part, also of a returned mail."""
    for number, part in enumerate(mail.walk()):
        if number > MAX_PARTS:
            return
        yield part


def field(mail: AnyMessage, name: str) -> str:
    """Give a header field, decoded and on one line; empty if it is missing or cannot be read."""
    value = next((value for given, value in list_fields(mail) if given.lower() == name.lower()), "")[:MAX_FIELD]
    if "=?" in value:
        with suppress(HeaderParseError, LookupError, ValueError):
            value = str(make_header(decode_header(value)))
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def list_fields(mail: AnyMessage) -> Iterator[tuple[str, str]]:
    """Give the header fields as they stand there; bytes that should have been encoded are UTF-8, or else Latin-1."""
    for name, value in mail.raw_items():
        raw = str(value).encode("utf-8", "surrogateescape")
        try:
            yield name, raw.decode("utf-8")
        except UnicodeDecodeError:
            yield name, raw.decode("latin-1")


def address(mail: AnyMessage, name: str) -> str:
    """Give the address in a header field, in lower case; a bare word if it has none."""
    value = field(mail, name)
    return find_address(value) or value.partition(" ")[0].lower()


def find_address(text: str) -> str:
    """Give the address in `Ada <ada@example.org>` or in plain text, in lower case; empty if there is none.

    Not with `email.utils.parseaddr`, which recurses into brackets.
    """
    found = _IN_BRACKETS.search(text) or _BARE.search(text)
    return found[1].lower() if found else ""


def text_of(part: AnyMessage) -> str:
    """Give the text of a part, decoded as well as can be; empty for what is no text."""
    if part.is_multipart():
        return ""
    with suppress(*ODDITIES):
        payload = part.get_payload(decode=True)
        return _decode(payload[:MAX_TEXT], part) if isinstance(payload, bytes) else ""
    return ""


def _decode(payload: bytes, part: AnyMessage) -> str:
    with suppress(*ODDITIES):  # a character set nobody knows, or one that is none
        return payload.decode(str(part.get_content_charset("utf-8")), "replace")
    return payload.decode("utf-8", "replace")


def own_text(mail: AnyMessage) -> str:
    """Give the first plain text of a mail, which is what its sender says, or else the words of its HTML."""
    parts = [(part.get_content_type(), text_of(part)) for part in walk(mail)]
    plain = (text for kind, text in parts if kind == "text/plain" and text.strip())
    marked_up = (html.unescape(_TAG.sub(" ", text)) for kind, text in parts if kind == "text/html")
    return next(plain, "") or next(marked_up, "")


def all_text(mail: AnyMessage) -> str:
    """Give all there is to read, headers of a returned mail included, to look for what we have signed."""
    pieces: list[str] = []
    for part in walk_all(mail):
        pieces += [f"{name}: {value[:MAX_FIELD]}" for name, value in list_fields(part)]
        pieces.append(text_of(part))
    return "\n".join(pieces)[: MAX_BYTES * 2]
