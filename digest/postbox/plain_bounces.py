"""Bounces without a part for machines: whatever servers have written over the years. Pure.

flufl.bounce, Mailman's own detector, knows their forms and finds the address; the words around it say how bad it is.
Its patterns take long on hostile text, so it sees the beginning of a mail only, in short lines.
"""

import re
from contextlib import suppress
from email import message_from_bytes
from typing import Final

from digest.postbox.auto_replies import is_about_failure, is_from_daemon
from digest.postbox.diagnosis import find_status, judge
from digest.postbox.findings import Finding, Verdict, clean
from digest.postbox.mail import AnyMessage, field, own_text, parse_mail

_SCANNED: Final = 32_000  # bytes
_WIDTH: Final = re.compile(rb"([^\n]{200})[^\n]+")
# Where the returned mail begins, in plain text: its words are ours, not the server's.
_RETURNED: Final = re.compile(
    r"^(?:-{2,}.*(?:original|copy|below|returned|header).*|"
    r".*(?:copy of (?:your|the) message|message headers follow).*|"
    r"(?:Return-Path|Received|DKIM-Signature|Message-ID|List-Unsubscribe|MIME-Version): .*)$",
    re.IGNORECASE | re.MULTILINE,
)
_WARNING: Final = re.compile(
    r"(?:you do not need to|no need to) resend|will (?:be )?(?:retried|try|keep trying|continue)|has not (?:yet )?been "
    r"delivered|delayed|delivery will continue|this is a warning",
    re.IGNORECASE,
)
_READ: Final = 4_000


def find_plain_bounce(mail: AnyMessage, raw: bytes) -> Finding | None:
    """Read a bounce that is only text; None if this is none."""
    temporary, permanent = _scan(raw)
    if not (temporary or permanent or (is_from_daemon(mail) and is_about_failure(mail))):
        return None
    said = _said(mail)
    return Finding(
        verdict=_decide(said, is_delayed=bool(temporary) and not permanent),
        status=find_status(said),
        diagnostic=clean(said),
        recipient=min(permanent or temporary, default=""),
    )


def _decide(said: str, *, is_delayed: bool) -> Verdict:
    if is_delayed or _WARNING.search(said):
        return Verdict.DELAYED
    return judge("", said)


def _scan(raw: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Let flufl.bounce look for addresses that fail for now, and for good."""
    from flufl.bounce import all_failures  # noqa: PLC0415 -- it takes long to import, and few processes need it

    bounded = _WIDTH.sub(rb"\1", raw[:_SCANNED])
    if parse_mail(bounded) is None:
        return frozenset(), frozenset()
    temporary: frozenset[bytes] = frozenset()
    permanent: frozenset[bytes] = frozenset()
    with suppress(Exception):  # its detectors trip over odd mails in ways of their own, and then know nothing
        temporary, permanent = all_failures(message_from_bytes(bounded))
    return _decode(temporary), _decode(permanent)


def _decode(addresses: frozenset[bytes]) -> frozenset[str]:
    return frozenset(each.decode("ascii", "replace").lower() for each in addresses if each)


def _said(mail: AnyMessage) -> str:
    """Give what the server says, without its good wishes before and the returned mail behind."""
    text = own_text(mail)[:_READ]
    returned = _RETURNED.search(text)
    return (text[: returned.start()] if returned else text) or field(mail, "Subject")
