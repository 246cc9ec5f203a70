"""How long a server asks us to wait. Pure: `now` is an argument."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST: Final = timedelta(days=1)  # OpenAlex asks for up to 15 hours; more is a mistake or a joke
_EPOCH_FROM: Final = 1_000_000_000  # a larger number of seconds is a time, not a wait

_SECONDS = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
# `RateLimit: "api";r=0;t=42`: r requests left, t seconds to the reset (IETF draft httpapi-ratelimit-headers; it is what
# huggingface.co sends).
_REMAINING = re.compile(r";\s*r=(\d{1,9})(?!\d)")
_RESET_AT = re.compile(r"\d{1,11}")
_RESET = re.compile(r";\s*t=(\d{1,9})(?!\d)")


def parse_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Give the wait a refusal asks for, by `Retry-After`, `RateLimit` or `X-RateLimit-Reset`; None if by none."""
    wait = _parse_retry_after(headers.get("retry-after", "").strip(), now)
    if wait is None:
        wait = _parse_rate_limit(headers.get("ratelimit", ""))
    if wait is None and headers.get("x-ratelimit-remaining", "").strip() == "0":
        wait = _parse_reset(headers.get("x-ratelimit-reset", "").strip(), now)
    return None if wait is None or wait <= timedelta() else min(wait, LONGEST)


def _parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """Read seconds or an HTTP-date (RFC 9110, section 10.2.3)."""
    if _SECONDS.fullmatch(value):
        return timedelta(seconds=float(value))
    try:
        stated = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (stated if stated.tzinfo else stated.replace(tzinfo=UTC)) - now


def _parse_rate_limit(value: str) -> timedelta | None:
    waits = []
    for policy in value.split(","):
        remaining, reset = _REMAINING.search(policy), _RESET.search(policy)
        if remaining and reset and int(remaining[1]) == 0:
            waits.append(timedelta(seconds=int(reset[1])))
    return max(waits, default=None)


def _parse_reset(value: str, now: datetime) -> timedelta | None:
    """Read when the quota is filled again: GitHub says it in seconds since 1970, OpenAlex in seconds from now."""
    if not _RESET_AT.fullmatch(value):
        return None
    seconds = int(value)
    return timedelta(seconds=seconds - int(now.timestamp()) if seconds >= _EPOCH_FROM else seconds)
