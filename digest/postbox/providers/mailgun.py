"""What Mailgun reports, and the signature of its webhooks. Pure.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from digest.errors import ReportRefused
from digest.postbox.findings import Finding, Incoming, Verdict
from digest.postbox.providers.posts import as_object, as_text, check_age, judge_failure, make_report, read_json

_REASONS: Final = {"suppress-bounce": Verdict.HARD, "suppress-complaint": Verdict.COMPLAINT}
_MAX_TOKEN: Final = 200


def verify(body: bytes, key: str, now: datetime) -> str:
    """Raise ReportRefused unless the key signed the time, of the last five minutes, and the token of a post.

    The signature does not cover what the post says: whoever takes it must take each token, which this gives, once.
    """
    signature = as_object(as_object(read_json(body)).get("signature"))
    timestamp, token = as_text(signature.get("timestamp")), as_text(signature.get("token"))
    if not 0 < len(token) <= _MAX_TOKEN:
        raise ReportRefused
    check_age(timestamp, now)
    expected = hmac.new(key.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), as_text(signature.get("signature")).encode()):
        raise ReportRefused
    return hashlib.sha256(f"mailgun token {token}".encode()).hexdigest()


def read_events(body: bytes, keys: Sequence[str]) -> list[Incoming]:
    """Read a report. Raises ReportRefused for what is no JSON."""
    event = as_object(as_object(read_json(body)).get("event-data"))
    finding = _judge(event)
    if finding is None:
        return []
    event_id = as_text(event.get("id")) or json.dumps(event, sort_keys=True)
    sender = as_text(as_object(event.get("envelope")).get("sender"))
    return [make_report("mailgun", event_id, as_text(event.get("recipient")), finding, tuple(keys), sender)]


def _judge(event: dict[str, Any]) -> Finding | None:
    status = as_object(event.get("delivery-status"))
    said = " ".join(filter(None, (as_text(status.get(name)) for name in ("code", "message", "description"))))
    match event.get("event"):
        case "complained":
            verdict = Verdict.COMPLAINT
        case "failed" if event.get("severity") == "permanent":
            enhanced = as_text(status.get("enhanced-code"))
            verdict = _REASONS.get(as_text(event.get("reason"))) or judge_failure(enhanced, said)
        case "failed":
            verdict = Verdict.DELAYED  # it is tried again
        case _:
            return None
    return Finding(verdict=verdict, diagnostic=said)
