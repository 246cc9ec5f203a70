"""The return path of each mail: an address that says whom a bounce is about, and that only we can write. Pure.

VERP (variable envelope return path, https://cr.yp.to/proto/verp.txt) puts the recipient into the address that bounces
go to, because what a bounce says about it cannot be relied on. Ours carries a number in place of the address, and a
signature: `bounces+c12-<signature>@example.org`. A bounce sent to any other address is a forgery, or not about us.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

CHANNEL: Final = "c"
LETTER: Final = "l"
KINDS: Final = frozenset({CHANNEL, LETTER})

MAX_LOCAL: Final = 64  # octets before the @: RFC 5321 §4.5.3.1.1
SIGNATURE_BYTES: Final = 10  # 80 bits, the least that RFC 2104 §5 lets stand; more would not leave room for the rest
_SIGNATURE: Final = SIGNATURE_BYTES * 8 // 5  # characters of base32
MAX_DIGITS: Final = 10  # the width of an id in PostgreSQL
LONGEST_TAG: Final = len("+c") + MAX_DIGITS + len("-") + _SIGNATURE
LONGEST_NAME: Final = MAX_LOCAL - LONGEST_TAG  # of the mailbox, before the @

_SALT: Final = b"daily-paper-digest.return-path"
# Servers fold the case. Some put a signature of their own before ours, which stays the end of the local part: BATV
# (`prvs=1234567890=bounces+c12-…`) and SRS (`SRS0=hash=tt=example.org=bounces+c12-…`).
_TAG: Final = rf"([{''.join(sorted(KINDS))}])([1-9][0-9]{{0,{MAX_DIGITS - 1}}})-([a-z2-7]{{{_SIGNATURE}}})"
_LOCAL: Final = re.compile(rf"(?:.*[+=-])?{_TAG}", re.DOTALL)
_IN_TEXT: Final = re.compile(rf"(?<![a-z0-9]){_TAG}(?![a-z0-9])", re.IGNORECASE | re.ASCII)
_LONGEST: Final = 1_000  # characters of an address that are looked at


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """What a mail was about: `kind` is `c` for a channel, `l` for a letter, and `number` its id."""

    kind: str
    number: int


def write_return_path(keys: Sequence[str], mailbox: str, kind: str, number: int) -> str:
    """Give the address that bounces of one mail go to; the newest key, the first, signs.

    `mailbox` is `bounces@example.org`. ValueError for what would not be an address, or could not be read again.
    """
    local, at, domain = mailbox.rpartition("@")
    if kind not in KINDS or not 0 < number < 10**MAX_DIGITS:
        message = f"There is no return path for {kind}{number}."
        raise ValueError(message)
    written = f"{local}+{kind}{number}-{_sign(keys[0], kind, number)}"
    if not (local and at and domain) or len(written.encode()) > MAX_LOCAL:
        message = (
            f"“{mailbox[:80]}” is no mailbox for bounces: it needs a name of at most {MAX_LOCAL - LONGEST_TAG} bytes."
        )
        raise ValueError(message)
    return f"{written}@{domain}"


def read_return_path(keys: Sequence[str], recipient: str) -> ReturnPath | None:
    """Give what the mail was about that bounced to this address; None if we never wrote the address."""
    address = recipient[:_LONGEST].strip().strip("<>").lower()
    local = address.rpartition("@")[0].strip('"') or address
    found = _LOCAL.fullmatch(local)
    return _check(keys, found) if found else None


def find_return_paths(keys: Sequence[str], text: str) -> Iterator[ReturnPath]:
    """Give what the return paths within a text are about, such as those in the headers of a returned mail."""
    for found in _IN_TEXT.finditer(text):
        if path := _check(keys, found):
            yield path


def _check(keys: Sequence[str], found: re.Match[str]) -> ReturnPath | None:
    kind, digits, signature = (group.lower() for group in found.groups())
    number = int(digits)
    # All keys are tried, whichever fits: neither the time nor the answer tells how near a forgery came.
    fits = [hmac.compare_digest(_sign(key, kind, number), signature) for key in keys]
    return ReturnPath(kind, number) if any(fits) else None


def _sign(key: str, kind: str, number: int) -> str:
    """Sign with a key derived for this purpose alone."""
    derived = hmac.digest(key.encode(), _SALT, hashlib.sha256)
    signed = hmac.digest(derived, f"{kind}{number}".encode(), hashlib.sha256)
    return base64.b32encode(signed[:SIGNATURE_BYTES]).decode().lower()
