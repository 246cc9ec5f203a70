"""Ids of institutions: ROR's, with their check digits, and OpenAlex's. Pure.

https://ror.readme.io/docs/identifier: a 0, six characters of Crockford's base 32, and two digits by ISO 7064 mod 97-10.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from digest.errors import InvalidReference
from digest.researchers.ids.pasted import Address, read_address, split_prefix, tidy

_ROR = re.compile(r"0[0-9a-hj-km-np-tv-z]{6}\d{2}", re.ASCII)
_BASE_32: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_OPENALEX = re.compile(r"I\d{1,15}", re.IGNORECASE | re.ASCII)
_OPENALEX_LIKE = re.compile(r"I\d{6,15}", re.IGNORECASE | re.ASCII)
_OPENALEX_HOSTS: Final = frozenset({"openalex.org", "api.openalex.org", "explore.openalex.org"})
_ROR_HOSTS: Final = frozenset({"ror.org", "api.ror.org"})


class InstitutionScheme(StrEnum):
    """Who gave an institution an id."""

    ROR = "ror"
    OPENALEX = "openalex"


@dataclass(frozen=True, slots=True, order=True)
class InstitutionRef:
    """An id an institution is known by: `ror:05dxps055`, `openalex:I122411786`."""

    scheme: InstitutionScheme
    value: str

    def __str__(self) -> str:
        """Give `ror:05dxps055`."""
        return f"{self.scheme}:{self.value}"

    @property
    def url(self) -> str:
        """Give the page the service has about it."""
        host = "ror.org" if self.scheme is InstitutionScheme.ROR else "openalex.org"
        return f"https://{host}/{self.value}"


def parse_institution_id(text: str) -> InstitutionRef | None:
    """Read an id, bare or with `ror:` or `openalex:` in front, or the address of a page about an institution.

    None if it is no such id, such as a name. Raises InvalidReference.
    """
    text = tidy(text)
    if address := read_address(text):
        return _read_page(address)
    prefix, rest = split_prefix(text)
    if prefix == "ror":
        return _make_ror(rest)
    if prefix == "openalex":
        return _make_openalex(rest) if rest[:1].upper() == "I" else None
    if _ROR.fullmatch(text.lower()) and not text.isdigit():
        return _make_ror(text)
    return _make_openalex(text) if _OPENALEX_LIKE.fullmatch(text) else None


def read_ror(text: str) -> str | None:
    """Read a ROR id or its URL as `05dxps055`; None if it is none, or mistyped."""
    ror = text.strip().lower().rstrip("/").rpartition("/")[2].removeprefix("ror:")
    return ror if _ROR.fullmatch(ror) and ror[-2:] == check_digits(ror[1:-2]) else None


def check_digits(characters: str) -> str:
    """Give the two digits that belong to the six characters in the middle of a ROR id."""
    number = 0
    for character in characters:
        number = number * 32 + _BASE_32.index(character)
    return f"{98 - number * 100 % 97:02}"


def _read_page(page: Address) -> InstitutionRef | None:
    if page.host in _ROR_HOSTS:
        return _make_ror(page.parts[-1]) if page.parts and page.parts[-1] != "organizations" else None
    if page.host not in _OPENALEX_HOSTS or not page.parts:
        return None
    if page.parts[0].lower() == "institutions" and page.parts[1:]:
        prefix, rest = split_prefix(page.parts[1])
        return _make_ror(rest) if prefix == "ror" else _make_openalex(rest)
    return _make_openalex(page.parts[0]) if re.match(r"i\d", page.parts[0], re.IGNORECASE | re.ASCII) else None


def _make_ror(value: str) -> InstitutionRef:
    ror = value.lower()
    if not _ROR.fullmatch(ror):
        raise InvalidReference(value, "an id of ROR has nine characters, of which the first is a 0, like 05dxps055.")
    if (right := check_digits(ror[1:-2])) != ror[-2:]:
        raise InvalidReference(value, f"the last two digits of this ROR id should be {right}: is it mistyped?")
    return InstitutionRef(InstitutionScheme.ROR, ror)


def _make_openalex(value: str) -> InstitutionRef:
    if not _OPENALEX.fullmatch(value):
        raise InvalidReference(value, "an institution's id at OpenAlex is an I and digits, like I122411786.")
    return InstitutionRef(InstitutionScheme.OPENALEX, value.upper())
