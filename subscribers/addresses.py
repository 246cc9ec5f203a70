"""Addresses as people type them, brought to the one form under which they are stored, compared and written to.

Touches neither network nor disk: whether somebody answers there is found out by writing.
"""

import os
import re
import string
import unicodedata
from collections.abc import Callable
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from subscribers.model import InvalidAddress

EMAIL = "email"
TELEGRAM = "telegram"
FILE = "file"

GIVEN_UP_PREFIX = "given-up/"  # no chat is addressed so

MAX_ADDRESS = 320  # characters; the width of channels.address
MAX_LOCAL = 64  # bytes before the @: RFC 5321 §4.5.3.1.1
MAX_SHOWN = 60

# "at most 52 significant bits": https://core.telegram.org/bots/api#chat
MAX_CHAT_ID = 2**52 - 1
_CHAT_ID = re.compile(r"-?[1-9][0-9]{0,15}")
# Letters, digits and underscores, starting with a letter; 4 to 32: https://core.telegram.org/method/account.checkUsername
_CHANNEL_NAME = re.compile(r"@[A-Za-z][A-Za-z0-9_]{3,31}")
_THREAD_ID = re.compile(r"[1-9][0-9]{0,9}")

_KIND = re.compile(r"[a-z][a-z0-9_.+-]{0,39}")
# Control characters, invisible format characters (zero width, bidi), lone surrogates, line and paragraph separators:
# none belongs in an address, and some end a header line or turn text around.
_UNWRITABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_ASCII_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def normalise(kind: str, address: str) -> str:
    """Give the stored form of an address; InvalidAddress says in one sentence what is wrong with it.

    Kinds other than `email`, `telegram` and `file` belong to notifiers of others, who know better what they accept:
    their addresses only have to be clean text of a sane length.
    """
    if not _KIND.fullmatch(kind):
        raise InvalidAddress(f"“{shown(kind)}” is not a kind of channel; use email, telegram or file.")
    plain = address.strip(" ")
    if not plain:
        raise InvalidAddress(f"The {kind} address is empty.")
    if any(unicodedata.category(character) in _UNWRITABLE for character in plain):
        raise InvalidAddress(f"“{shown(plain)}” contains a control character or an invisible one; type it by hand.")
    stored = _NORMALISERS.get(kind, str)(plain)
    if len(stored) > MAX_ADDRESS:
        raise InvalidAddress(f"The {kind} address is too long: {len(stored)} characters, at most {MAX_ADDRESS}.")
    return stored


def _normalise_email(address: str) -> str:
    """Fold the domain to lower-case ASCII (IDNA 2008) and ASCII letters of the local part to lower case.

    RFC 5321 §2.4 lets a domain tell `Ada@` from `ada@`, but practically none does, and one person must not become two
    subscribers. Mail goes to the folded form, so that whoever confirms an address is who receives it. Dots and `+tags`
    stay: they do tell mailboxes apart at many providers. More than 254 bytes are refused (RFC 5321 §4.5.3.1.3), and
    more than 64 before the @, which servers need not take.
    """
    try:
        # `test_environment` admits the reserved domain `test` (RFC 6761 §6.2), which stands in examples and tests.
        valid = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidAddress(f"“{shown(address)}” is not an email address. {error}") from error
    local = valid.local_part.translate(_ASCII_LOWER)
    if len(local.encode()) > MAX_LOCAL:
        raise InvalidAddress(f"“{shown(address)}” is not an email address. What stands before the @-sign is too long.")
    return f"{local}@{valid.ascii_domain.lower()}"


def find_mailbox(address: str) -> str:
    """Give the mailbox that a normalised email address most likely leads to, to count by; mail goes to the address.

    What follows a `+` is a label of the reader at most providers (RFC 5233), and Gmail ignores dots.
    """
    local, _, domain = address.rpartition("@")
    base = local.partition("+")[0] or local
    return f"{base.replace('.', '')}@gmail.com" if domain in _GMAIL else f"{base}@{domain}"


def _normalise_telegram(address: str) -> str:
    """Read a chat id or a channel name, either with a topic: `-1001234567890`, `@papers`, `-1001234567890/42`."""
    chat, slash, thread = address.partition("/")
    is_chat = _is_chat_id(chat) or _CHANNEL_NAME.fullmatch(chat)
    if not is_chat or (slash and not _THREAD_ID.fullmatch(thread)):
        raise InvalidAddress(
            f"“{shown(address)}” is not a Telegram chat; use its number (123456789, -1001234567890 for a group) "
            "or the @name of a channel, with /number behind it for a topic."
        )
    return address.lower()  # Telegram compares names without case


def _is_chat_id(chat: str) -> bool:
    return _CHAT_ID.fullmatch(chat) is not None and abs(int(chat)) <= MAX_CHAT_ID


def _normalise_folder(address: str) -> str:
    """Make the path absolute: the process that writes later may run in another folder."""
    try:
        path = Path(address).expanduser().absolute()
    except RuntimeError as error:
        raise InvalidAddress(f"“{shown(address)}” begins with a home folder that does not exist.") from error
    return os.path.normpath(path)


def is_given_up(address: str) -> bool:
    """Whether this stands in the place of an address that may be somebody else's now."""
    return address.startswith(GIVEN_UP_PREFIX)


def shown(text: str) -> str:
    """Cut and clean hostile text for an error message."""
    visible = "".join("�" if unicodedata.category(character) in _UNWRITABLE else character for character in text)
    return visible if len(visible) <= MAX_SHOWN else visible[: MAX_SHOWN - 1] + "…"


_NORMALISERS: dict[str, Callable[[str], str]] = {
    EMAIL: _normalise_email,
    TELEGRAM: _normalise_telegram,
    FILE: _normalise_folder,
}
