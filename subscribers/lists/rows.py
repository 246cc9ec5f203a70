"""Rows to subscribers: every cell is understood, or refused with the reason. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from subscribers.addresses import EMAIL, shown
from subscribers.lists.cells import split_list
from subscribers.lists.columns import find_columns, read_status
from subscribers.lists.listed import Evidence, Listed, ListedChannel
from subscribers.model import (
    Cadence,
    ChannelWish,
    InvalidAddress,
    InvalidSchedule,
    InvalidWish,
    Registration,
    Schedule,
    SubscriberKind,
    SubscriberStatus,
    SuppressionReason,
)
from subscribers.schedule import WEEKDAYS, parse_schedule
from subscribers.validation import MAX_NAME, check_registration, check_text

_YES: Final = frozenset({"true", "yes", "y", "1", "x", "on"})
_NO: Final = frozenset({"", "false", "no", "n", "0", "off"})
DAYS: Final = tuple(day.casefold() for day in WEEKDAYS)
_NEVER: Final = _NO | {"null", "none", "never", "-"}
MAX_EVIDENCE: Final = 500
YEARS: Final = range(1970, 2200)  # beyond them, a time has no date in some zone

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds where a list does not say: schedule, cap, language, and the topics of those who name none."""

    schedule: Schedule
    cap: int = 25
    language: str = "en"
    interests: tuple[str, ...] = ()


def read_subscriber(line: int, rows: Sequence[Row], defaults: Defaults) -> Listed:
    """Read a subscriber of one row for each channel; what is said of the person stands in the first.

    Raises InvalidAddress, InvalidSchedule or InvalidWish.
    """
    rows = [_spread_attributes(row) for row in rows]
    first = rows[0]
    channels = tuple(_read_channel(row, defaults) for row in rows)
    status, reason = _read_status(first)
    registration = check_registration(
        Registration(
            name=_read_name(first) or channels[0].wish.address[:MAX_NAME],
            kind=SubscriberKind.GROUP if _read_flag(first, "group") else SubscriberKind.PERSON,
            language=_text(first, "language") or defaults.language,
            channels=tuple(channel.wish for channel in channels),
        )
    )
    return Listed(
        line=line,
        name=registration.name,
        kind=registration.kind,
        language=registration.language,
        status=status,
        reason=reason,
        paused_until=_read_time(first, "paused_until"),
        channels=_with_wishes(channels, registration.channels),
        interests=_read_list(first, "interests") or (() if _read_list(first, "follows") else defaults.interests),
        exclusions=_read_list(first, "exclusions"),
        follows=_read_list(first, "follows"),
        consent=_read_consent(first),
    )


def find_address(row: Row) -> str:
    """Give what stands where the address should, for a report."""
    return shown((_text(row, "email") or _text(row, "address"))[:200])


def _with_wishes(channels: Sequence[ListedChannel], wishes: Sequence[ChannelWish]) -> tuple[ListedChannel, ...]:
    """Put the normalised wishes in; an address that stands there twice is one channel, as the later says."""
    if len(channels) == len(wishes):
        return tuple(replace(channel, wish=wish) for channel, wish in zip(channels, wishes, strict=True))
    return tuple(ListedChannel(wish=wish) for wish in wishes)


def _read_channel(row: Row, defaults: Defaults) -> ListedChannel:
    kind, address = (EMAIL, _text(row, "email")) if _text(row, "email") else _read_place(row)
    cap = _text(row, "cap")
    if cap and not (cap.isascii() and cap.isdecimal()):
        raise InvalidWish(f"“{cap[:20]}” is not a number of papers.")
    wish = ChannelWish(
        kind=kind,
        address=address,
        schedule=_read_schedule(row, defaults.schedule),
        cap=int(cap[:9]) if cap else defaults.cap,
    )
    takes_alerts = _read_flag(row, "alerts") if _text(row, "alerts") else True
    return ListedChannel(
        wish=wish,
        is_plain=_read_flag(row, "plain"),
        takes_alerts=takes_alerts,
        repeats=_read_flag(row, "repeats"),
        has_pictures=_read_flag(row, "pictures"),
        has_previews=_read_flag(row, "previews"),
    )


def _read_place(row: Row) -> tuple[str, str]:
    kind, address = _text(row, "kind") or EMAIL, _text(row, "address")
    if not address:
        raise InvalidAddress("This line has no address.")
    return kind, address


def _read_schedule(row: Row, usual: Schedule) -> Schedule:
    timezone = _text(row, "timezone") or usual.timezone
    send_at = _text(row, "send_at") or f"{usual.send_at:%H:%M}"
    known = f"{usual.wait_until:%H:%M}" if usual.wait_until and not _text(row, "send_at") else ""
    schedule = parse_schedule(timezone, send_at, _text(row, "wait_until") or known)
    return replace(schedule, cadence=_read_cadence(row, usual), weekday=_read_weekday(row, usual))


def _read_cadence(row: Row, usual: Schedule) -> Cadence:
    word = _text(row, "cadence").casefold()
    if word and word not in set(Cadence):
        raise InvalidSchedule(f"“{word[:20]}” is not how often a digest comes; use {', '.join(Cadence)}.")
    return Cadence(word) if word else usual.cadence


def _read_weekday(row: Row, usual: Schedule) -> int:
    word = _text(row, "weekday").casefold()
    if not word:
        return usual.weekday
    found = [number for number, day in enumerate(DAYS) if len(word) > 1 and day.startswith(word)]
    if len(word) == 1 and word.isdecimal() and int(word) < len(DAYS):
        return int(word)
    if len(found) != 1:
        raise InvalidSchedule(f"“{word[:20]}” is not a day of the week; use monday, tuesday and so on.")
    return found[0]


def _read_name(row: Row) -> str:
    return _text(row, "name") or " ".join(filter(None, (_text(row, "given"), _text(row, "family"))))


def _read_status(row: Row) -> tuple[SubscriberStatus, SuppressionReason | None]:
    word = _text(row, "status")
    found = read_status(word) if word else (SubscriberStatus.CONFIRMED, None)
    if found is None:
        raise InvalidWish(f"“{word[:30]}” is no status that is known; use confirmed, pending, paused or unsubscribed.")
    status, reason = found
    if status is SubscriberStatus.SUPPRESSED:
        return status, reason
    if _has_happened(row, "bounced_at"):
        return SubscriberStatus.SUPPRESSED, SuppressionReason.BOUNCED
    return (SubscriberStatus.UNSUBSCRIBED, None) if _has_left(row) else (status, None)


def _has_left(row: Row) -> bool:
    is_out = bool(_text(row, "is_subscribed")) and not _read_subscribed(row)
    return is_out or _read_flag(row, "is_disabled") or _has_happened(row, "left_at")


def _has_happened(row: Row, column: str) -> bool:
    """Whether there is a time at which something happened; some programs write zeros or `null` for never."""
    word = _text(row, column).casefold()
    return word not in _NEVER and not word.startswith("0000-00-00")


def _read_subscribed(row: Row) -> bool:
    # A column of this name holds yes or no at some programs, and the day of subscribing at others.
    return _text(row, "is_subscribed").casefold() not in _NO


def _read_flag(row: Row, column: str) -> bool:
    word = _text(row, column).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise InvalidWish(f"“{word[:20]}” is neither yes nor no.")


def _read_list(row: Row, column: str) -> tuple[str, ...]:
    value = row.get(column)
    if isinstance(value, list):
        return tuple(filter(None, (str(each).strip() for each in value)))
    return split_list(_text(row, column))


def _read_consent(row: Row) -> Evidence:
    by, network, text, version = (
        _read_evidence(row, f"consent_{part}") for part in ("by", "network", "text", "version")
    )
    return Evidence(by=by, at=_read_time(row, "consent_at"), network=network, text=text, version=version)


def _read_evidence(row: Row, column: str) -> str:
    text = _text(row, column)
    return check_text("evidence of consent", text, MAX_EVIDENCE) if text else ""


def _read_time(row: Row, column: str) -> datetime | None:
    """Read a time in ISO 8601; one without a zone is taken for UTC, which is what programs export."""
    text = _text(row, column)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidWish(f"“{text[:30]}” is not a time; write it as 2026-11-20T08:00:00Z.") from None
    if at.year not in YEARS:
        raise InvalidWish(f"“{text[:30]}” is not a time that can be meant.")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _spread_attributes(row: Row) -> Row:
    """Take what listmonk keeps as attributes for columns, where the line has none of its own."""
    attributes = row.get("attributes")
    if isinstance(attributes, str):
        try:
            attributes = json.loads(attributes or "{}")
        except (ValueError, RecursionError):
            return row
    if not isinstance(attributes, dict):
        return row
    named = zip(find_columns(attributes), attributes.values(), strict=True)
    return {column: value for column, value in named if column and value is not None} | {
        column: value for column, value in row.items() if value not in ("", None)
    }


def _text(row: Row, column: str) -> str:
    value = row.get(column)
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()
