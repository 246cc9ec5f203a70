"""What the posts of all providers have in common: their age, JSON of any shape, and the reports made of it. Pure."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from digest.errors import ReportRefused
from digest.postbox.diagnosis import find_status, judge
from digest.postbox.findings import Finding, Incoming, Verdict, clean, find_mildest
from digest.postbox.mail import find_address
from subscribers.verp import find_return_paths

FRESH_FOR: Final = timedelta(minutes=5)
MAX_FIELD: Final = 2_000
_MAX_DIGITS: Final = 11  # seconds until the year 5138: no arithmetic with them fails


def check_age(seconds: str, now: datetime) -> None:
    """Refuse what was signed more than five minutes ago, or is of the future: somebody sends it again."""
    if not (seconds.isascii() and seconds.isdecimal()) or len(seconds) > _MAX_DIGITS:
        raise ReportRefused
    check_time(datetime.fromtimestamp(int(seconds), UTC), now)


def check_time(at: datetime, now: datetime) -> None:
    """Refuse what is too far from now."""
    if abs(now - at) > FRESH_FOR:
        raise ReportRefused


def read_json(body: bytes | str) -> Any:
    """Read JSON; whatever is none is refused."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ReportRefused from error


def as_object(value: Any) -> dict[str, Any]:
    """Give a JSON object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Give a JSON list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """Give JSON text, or a number as text; empty for anything else."""
    if isinstance(value, str):
        return value[:MAX_FIELD].encode("utf-8", "replace").decode("utf-8")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def judge_failure(status: str, said: str, least: Verdict = Verdict.HARD) -> Verdict:
    """Judge a failure by code and words; where there are none, by what the provider says; the milder of the two."""
    told = Finding(verdict=judge(status, said) if status or said else least)
    found = find_mildest([told, Finding(verdict=least)])
    assert found is not None
    return found.verdict


def make_report(
    provider: str, event_id: str, recipient: str, finding: Finding, keys: tuple[str, ...] = (), sender: str = ""
) -> Incoming:
    """Make what is acted on. `sender` may be a return path of ours, where the provider keeps it."""
    address = find_address(recipient)
    identity = f"{provider}\0{event_id}\0{address}\0{finding.verdict}"
    return Incoming(
        finding=Finding(
            verdict=finding.verdict,
            status=finding.status or find_status(finding.diagnostic),
            diagnostic=clean(finding.diagnostic),
            recipient=address,
        ),
        key=hashlib.sha256(identity.encode()).hexdigest(),
        about=next(find_return_paths(keys, sender), None),
        is_vouched=True,
    )
