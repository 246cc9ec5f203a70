"""What Amazon SES reports of mail it sent: bounces and complaints. Pure.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from digest.postbox.findings import Finding, Incoming, Verdict
from digest.postbox.providers.posts import as_list, as_object, as_text, judge_failure, make_report, read_json

_OUR_FAULTS: Final = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})


def read_events(message: str, keys: Sequence[str]) -> list[Incoming]:
    """Read the report within an SNS message, for each recipient. Raises ReportRefused for what is no JSON."""
    event = as_object(read_json(message))
    kind = as_text(event.get("notificationType")) or as_text(event.get("eventType"))
    sender = as_text(as_object(event.get("mail")).get("source"))
    if kind not in _READERS:
        return []
    details = as_object(event.get(kind.lower()))
    event_id = as_text(details.get("feedbackId")) or json.dumps(event, sort_keys=True)
    return [
        make_report("ses", event_id, recipient, finding, tuple(keys), sender)
        for recipient, finding in _READERS[kind](details)
    ]


def _read_bounce(bounce: dict[str, Any]) -> Iterator[tuple[str, Finding]]:
    kind, subtype = as_text(bounce.get("bounceType")), as_text(bounce.get("bounceSubType"))
    for each in map(as_object, as_list(bounce.get("bouncedRecipients"))):
        status, said = as_text(each.get("status")), as_text(each.get("diagnosticCode"))
        verdict = _judge(kind, subtype, status, said)
        yield as_text(each.get("emailAddress")), Finding(verdict=verdict, status=status, diagnostic=said or subtype)


def _judge(kind: str, subtype: str, status: str, said: str) -> Verdict:
    if subtype in _OUR_FAULTS:
        return Verdict.POLICY
    if kind == "Permanent":
        return Verdict.HARD if subtype == "NoEmail" else judge_failure(status, said)
    # SES takes vacation notices for passing bounces; what tells them apart is that no server said anything.
    if kind == "Transient" and subtype == "General" and not (status or said):
        return Verdict.AUTO_REPLY
    return judge_failure(status, said, Verdict.SOFT)


def _read_complaint(complaint: dict[str, Any]) -> Iterator[tuple[str, Finding]]:
    kind = as_text(complaint.get("complaintFeedbackType"))
    verdict = Verdict.JUNK if kind == "not-spam" else Verdict.COMPLAINT
    for each in map(as_object, as_list(complaint.get("complainedRecipients"))):
        yield as_text(each.get("emailAddress")), Finding(verdict=verdict, diagnostic=kind)


_READERS: Final = {"Bounce": _read_bounce, "Complaint": _read_complaint}
