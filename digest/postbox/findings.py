"""What a mail that came in turns out to be. Pure values."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from subscribers.tokens import Purpose, TokenSubject
from subscribers.verp import ReturnPath


class Verdict(StrEnum):
    """What a mail says. The first five are about the delivery of one of ours, from the mildest on."""

    DELIVERED = "delivered"
    DELAYED = "delayed"  # it is still being tried
    POLICY = "policy"  # refused because of us or of the mail, which says nothing about the address
    SOFT = "soft"
    HARD = "hard"
    COMPLAINT = "complaint"
    REQUEST = "request"  # unsubscribe me
    AUTO_REPLY = "auto_reply"
    PERSON = "person"  # somebody wrote by hand
    JUNK = "junk"


_SEVERITY: Final = {verdict: place for place, verdict in enumerate(Verdict)}
MAX_DIAGNOSTIC: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict with what it rests on: status code (RFC 3463), what the server said, about which address."""

    verdict: Verdict
    status: str = ""
    diagnostic: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for by mail, with a valid token."""

    purpose: Purpose
    subject: TokenSubject


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A mail or a provider's report that came in, read. `about` is which mail of ours it is about, as we signed it.

    `key` tells it from others, however often it comes (64 characters). `sent_at` is when that mail was made, to the
    second, if a link in it says so. `is_reply` says that somebody answers a mail. `is_vouched` says that a provider who
    signs its reports stands for the address in the finding; otherwise an address in a report proves nothing.
    """

    finding: Finding
    key: str
    about: ReturnPath | None = None
    sent_at: datetime | None = None
    request: Request | None = None
    is_reply: bool = False
    is_vouched: bool = False


def find_mildest(findings: Iterable[Finding]) -> Finding | None:
    """Give the mildest finding of a report: an address that forwards to several and reaches one still works."""
    return min(findings, key=lambda finding: _SEVERITY[finding.verdict], default=None)


def clean(text: str, limit: int = MAX_DIAGNOSTIC) -> str:
    """Make one short line of what a stranger wrote."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text[: 10 * limit]).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
