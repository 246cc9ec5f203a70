"""Header fields of a mail, written so that no text, however hostile, can become a second field. Pure.

The standard library's header parser is not used: given `=?utf-8?q?a=0ABcc:_e?=` as a subject, it decodes the text and
writes a real `Bcc` (CVE-2024-6923, measured on CPython 3.11.7). Here, text that looks encoded is encoded once more.
"""

import base64
import re
from collections.abc import Callable

# RFC 2047 §2: an encoded word has at most 75 characters, a line with one at most 76.
WORD_LIMIT = 75
LINE_LIMIT = 76
# What the first word of a display name has, after the longest name of a field that holds one (`List-Id: `).
PHRASE_ROOM = 66
# Longer subjects and names help nobody, and some servers cut the whole header at 100 KB.
TEXT_LIMIT = 500

# What some program, somewhere, takes for the end of a line or of a string: all controls, LS and PS, lone surrogates.
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Bidirectional embeddings, overrides and isolates: one left open re-orders the reader's whole list of mails.
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")  # RFC 5322 §3.2.3, words of a phrase
# RFC 2047 §5(3): what may stand for itself in an encoded word anywhere, a display name included.
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")

Encoder = Callable[[str], str]


def write_field(name: str, value: str) -> str:
    """Write one field, folded at spaces. The value must come from a function below, or be ASCII we wrote."""
    lines = [f"{name}:"]
    for number, word in enumerate(value.split(" ")):
        if number and len(lines[-1]) + 1 + len(word) > LINE_LIMIT:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join([*lines, ""])


def text_field(name: str, value: str) -> str:
    """Write a field of free text, such as Subject."""
    return write_field(name, _encode_text(clean_text(value), LINE_LIMIT - len(name) - 2))


def clean_text(text: str) -> str:
    """Make one line of it: breaks and controls become spaces, runs of spaces one, the end of a very long text `…`."""
    line = " ".join(_BREAKING.sub(" ", _REORDERING.sub("", text[: 10 * TEXT_LIMIT])).split())
    return line if len(line) <= TEXT_LIMIT else f"{line[: TEXT_LIMIT - 1].rstrip()}…"


def encode_phrase(name: str) -> str:
    """Encode a display name (RFC 5322 phrase): as it stands, in quotes, or as encoded words."""
    name = clean_text(name)
    if not _is_plain(name):
        return _encode_text(name, PHRASE_ROOM)
    if _ATOMS.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _encode_text(text: str, room: int) -> str:
    return text if _is_plain(text) else _encoded_words(text, room)


def _is_plain(text: str) -> bool:
    """Whether text can stand as it is: printable ASCII that folds, and nothing a reader would decode."""
    return text.isascii() and "=?" not in text and all(len(word) <= WORD_LIMIT for word in text.split(" "))


def _encoded_words(text: str, room: int) -> str:
    """Encode by RFC 2047, in the shorter of its two encodings; the first word has less room than the others."""
    return min((_words(text, room, encode) for encode in (_q, _b)), key=len)


def _words(text: str, room: int, encode: Encoder) -> str:
    words, chunk = [], ""
    for character in text:
        if len(encode(chunk + character)) > room:
            words.append(encode(chunk))
            chunk, room = "", WORD_LIMIT
        chunk += character
    return " ".join([*words, encode(chunk)])


def _q(chunk: str) -> str:
    encoded = (chr(byte) if byte in _Q_SAFE else "_" if byte == ord(" ") else f"={byte:02X}" for byte in chunk.encode())
    return f"=?utf-8?q?{''.join(encoded)}?="


def _b(chunk: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(chunk.encode()).decode()}?="
