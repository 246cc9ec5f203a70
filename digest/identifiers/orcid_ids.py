"""ORCID iDs in every spelling they come in, and whether their check digit is right. Pure.

https://support.orcid.org/hc/en-us/articles/360006897674-Structure-of-the-ORCID-Identifier (ISO 7064, mod 11-2)
"""

import re
from collections.abc import Sequence

from digest.errors import ConfigurationError

_ORCID = re.compile(
    r"(?:https?://(?:www\.|pub\.)?orcid\.org/(?:v3\.0/)?|orcid:\s*)?(\d{4}-?\d{4}-?\d{4}-?\d{3}[\dX])/?",
    re.IGNORECASE | re.ASCII,
)


def read_orcid(text: str) -> str | None:
    """Read an iD or its URL as `0000-0002-1825-0097`; None if it is none, or mistyped."""
    digits = _find_digits(text)
    if digits is None or check_digit(digits[:-1]) != digits[-1]:
        return None
    return "-".join(digits[at : at + 4] for at in range(0, 16, 4))


def check_digit(digits: str) -> str:
    """Give the last character that belongs to the first fifteen digits."""
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2
    rest = (12 - total % 11) % 11
    return "X" if rest == 10 else str(rest)  # noqa: PLR2004 -- the standard writes 10 as X


def read_orcids(names: Sequence[str], option: str) -> list[str]:
    """Read the iDs of an option, each once. Raises ConfigurationError with a sentence for each fault."""
    read = {name: read_orcid(name) for name in names}
    if faults := [f"{option}: {_explain(name)}" for name, orcid in read.items() if orcid is None]:
        raise ConfigurationError(faults)
    return list(dict.fromkeys(orcid for orcid in read.values() if orcid))


def _explain(name: str) -> str:
    shown = " ".join(name.split())[:80]
    if _find_digits(name):
        return f"“{shown}” has a wrong check digit, so it is mistyped; copy the ORCID iD from the person's page"
    return f"“{shown}” is not an ORCID iD such as 0000-0002-1825-0097"


def _find_digits(text: str) -> str | None:
    found = _ORCID.fullmatch(text.strip()[:80])
    return found[1].replace("-", "").upper() if found else None
