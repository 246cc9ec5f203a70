"""What Postmark reports, and the password it sends with it. Pure.

https://postmarkapp.com/developer/webhooks/bounce-webhook
"""

import base64
import hmac
import json
from typing import Any, Final

from digest.errors import ReportRefused
from digest.postbox.findings import Finding, Incoming, Verdict
from digest.postbox.providers.posts import as_object, as_text, judge_failure, make_report, read_json

# https://postmarkapp.com/developer/api/bounce-api#bounce-types; what is not named is about us, or no bounce.
_BOUNCES: Final = {
    "HardBounce": Verdict.HARD,
    "BadEmailAddress": Verdict.HARD,
    "SoftBounce": Verdict.SOFT,
    "DnsError": Verdict.SOFT,
    "Unknown": Verdict.SOFT,
    "Transient": Verdict.DELAYED,
    "SpamComplaint": Verdict.COMPLAINT,
    "AutoResponder": Verdict.AUTO_REPLY,
    "ChallengeVerification": Verdict.AUTO_REPLY,
    "Subscribe": Verdict.AUTO_REPLY,
    "Unsubscribe": Verdict.AUTO_REPLY,
    "AddressChange": Verdict.AUTO_REPLY,
}
_JUDGED: Final = frozenset({Verdict.HARD, Verdict.SOFT})


def check_password(authorization: str, secret: str) -> None:
    """Raise ReportRefused unless the Authorization header has this `user:password`; takes the same time for any."""
    expected = b"Basic " + base64.b64encode(secret.encode())
    if not hmac.compare_digest(authorization.encode("utf-8", "replace"), expected):
        raise ReportRefused


def read_events(body: bytes) -> list[Incoming]:
    """Read a report. Raises ReportRefused for what is no JSON."""
    event = as_object(read_json(body))
    kind = as_text(event.get("RecordType"))
    if kind not in {"Bounce", "SpamComplaint"}:
        return []
    event_id = as_text(event.get("ID")) or json.dumps(event, sort_keys=True)
    return [make_report("postmark", event_id, as_text(event.get("Email")), _judge(kind, event))]


def _judge(kind: str, event: dict[str, Any]) -> Finding:
    named = "SpamComplaint" if kind == "SpamComplaint" else as_text(event.get("Type"))
    said = as_text(event.get("Details"))
    verdict = _BOUNCES.get(named, Verdict.POLICY)
    if verdict in _JUDGED:
        verdict = judge_failure("", said, verdict)
    return Finding(verdict=verdict, diagnostic=said or named)
