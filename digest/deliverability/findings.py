"""What a check says: how bad, one sentence, and how to put it right. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TXT_PIECE: Final = 255  # bytes of one string in a TXT record (RFC 1035 §3.3.14)


class Level(StrEnum):
    """How much a finding matters: large providers refuse mail for a fault; `unknown` could not be found out."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fix` is what to do, with the record to publish where it is one."""

    about: str
    level: Level
    what: str
    fix: str = ""


def fine(about: str, what: str) -> Finding:
    """Say that something is in order."""
    return Finding(about, Level.OK, what)


def warn(about: str, what: str, fix: str) -> Finding:
    """Say that something could be better."""
    return Finding(about, Level.WARNING, what, fix)


def fault(about: str, what: str, fix: str) -> Finding:
    """Say that mail will be refused for something, or counted as spam."""
    return Finding(about, Level.FAULT, what, fix)


def unknown(about: str, what: str, fix: str = "") -> Finding:
    """Say that something could not be found out."""
    return Finding(about, Level.UNKNOWN, what, fix)


def write_txt(name: str, text: str) -> str:
    """Write a TXT record as a zone file has it, a long text in several strings."""
    pieces = [f'"{text[start : start + TXT_PIECE]}"' for start in range(0, len(text), TXT_PIECE)]
    return f"{name}. IN TXT {' '.join(pieces)}"
