"""File names for messages: readable, safe in any folder, and always the same for the same message. Pure."""

import hashlib
import re

from anyascii import anyascii

PIECE_LIMIT = 60
_UNSAFE = re.compile(r"[^a-z0-9._]+")


def name_capture(address: str, message_id: str) -> str:
    """Name a captured message: `ada-example.org_2026-11-20` from `ada@example.org` and `2026-11-20@…`."""
    return f"{slug(address)}_{slug(message_id.rpartition('@')[0] or message_id)}"


def name_mail(message_id: str) -> str:
    """Name a mail in a Maildir: unique for the message id, whatever is in it."""
    return f"{slug(message_id)}.{_digest(message_id)[:16]}"


def slug(text: str) -> str:
    """Write text with a-z, 0-9, `.`, `_` and `-` only; where letters were lost, a short hash keeps names apart."""
    folded = text.lower().replace("@", "-")
    plain = _UNSAFE.sub("-", anyascii(folded).lower()).strip(".-_")
    if plain == folded and 0 < len(plain) <= PIECE_LIMIT:
        return plain
    return f"{plain[:PIECE_LIMIT].rstrip('.-_')}~{_digest(text)[:6]}".lstrip("~")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
