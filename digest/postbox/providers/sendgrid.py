"""What SendGrid reports, and the signature of its event webhook. Pure.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from digest.errors import ConfigurationError, ReportRefused
from digest.postbox.findings import Finding, Incoming, Verdict
from digest.postbox.providers.posts import as_list, as_object, as_text, check_age, judge_failure, make_report, read_json

SIGNATURE: Final = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP: Final = "X-Twilio-Email-Event-Webhook-Timestamp"

# Mail that SendGrid does not even try to deliver, and why.
_DROPPED: Final = {
    "bounced address": Verdict.HARD,
    "invalid": Verdict.HARD,
    "spam reporting address": Verdict.COMPLAINT,
}


def read_key(text: str) -> EllipticCurvePublicKey:
    """Read the verification key as SendGrid shows it. Raises ConfigurationError."""
    lines = [line for line in text.split() if "-" not in line and line not in {"BEGIN", "END", "PUBLIC", "KEY"}]
    try:
        key = load_der_public_key(base64.b64decode("".join(lines), validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(["DIGEST_BOUNCES__SENDGRID_KEY is not the verification key of a webhook"]) from error
    if not isinstance(key, EllipticCurvePublicKey):
        raise ConfigurationError(["DIGEST_BOUNCES__SENDGRID_KEY is not an ECDSA key, which SendGrid's are"])
    return key


def verify(body: bytes, signature: str, timestamp: str, key: EllipticCurvePublicKey, now: datetime) -> None:
    """Raise ReportRefused unless the key signed this time, of the last five minutes, and these bytes."""
    check_age(timestamp, now)
    try:
        key.verify(base64.b64decode(signature, validate=True), timestamp.encode() + body, ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError) as error:
        raise ReportRefused from error


def read_events(body: bytes) -> list[Incoming]:
    """Read a batch of reports, leaving out what is none. Raises ReportRefused for what is no JSON."""
    events = map(as_object, as_list(read_json(body)))
    found = ((event, _judge(event)) for event in events)
    return [
        make_report("sendgrid", _identify(event), as_text(event.get("email")), finding)
        for event, finding in found
        if finding is not None
    ]


def _identify(event: dict[str, Any]) -> str:
    return as_text(event.get("sg_event_id")) or json.dumps(event, sort_keys=True)


def _judge(event: dict[str, Any]) -> Finding | None:
    status, said = as_text(event.get("status")), as_text(event.get("reason"))
    match event.get("event"):
        case "bounce":
            least = Verdict.POLICY if event.get("type") == "blocked" else Verdict.HARD
            verdict = judge_failure(status, said, least)
        case "dropped":
            verdict = _DROPPED.get(said.lower(), Verdict.POLICY)
        case "spamreport":
            verdict = Verdict.COMPLAINT
        case _:
            return None
    return Finding(verdict=verdict, status=status, diagnostic=said)
