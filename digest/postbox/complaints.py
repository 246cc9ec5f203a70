"""Complaints: a reader pressed “spam”, and the provider says so in Abuse Reporting Format (RFC 5965). Pure."""

from email.message import Message
from typing import Final

from digest.postbox.findings import Finding, Verdict, clean
from digest.postbox.mail import AnyMessage, walk
from digest.postbox.mail import field as read_field

_REPORT: Final = "message/feedback-report"
# RFC 5965 §7.3 and what was registered since; `opt-out` is what some providers call the same button. Reports of failed
# authentication (RFC 6591) and of “this is not spam” are no complaints.
_COMPLAINTS: Final = frozenset({"abuse", "fraud", "virus", "other", "opt-out", "opt-out-list", "miscategorized"})
_KINDS: Final = _COMPLAINTS | {"not-spam", "auth-failure", "dkim", "dmarc"}


def find_complaint(mail: AnyMessage) -> Finding | None:
    """Read the feedback report in a mail; None if it has none."""
    for part in walk(mail):
        if part.get_content_type() == _REPORT:
            return _read(_fields(part))
    return None


def _read(fields: AnyMessage) -> Finding:
    kind = read_field(fields, "Feedback-Type").lower()
    is_complaint = kind in _COMPLAINTS or kind not in _KINDS  # a type of tomorrow comes from the same button
    return Finding(
        verdict=Verdict.COMPLAINT if is_complaint else Verdict.JUNK,
        diagnostic=clean(f"{kind or 'abuse'} by {read_field(fields, 'User-Agent') or 'an unnamed service'}"),
        recipient=read_field(fields, "Original-Rcpt-To").strip("<>").lower(),
    )


def _fields(part: AnyMessage) -> AnyMessage:
    """Give the fields of the report, which the parser takes for the headers of a mail."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    return inner if isinstance(inner, Message) else part
