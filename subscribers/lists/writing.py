"""Subscribers to text, as `reading` reads it back. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from subscribers.addresses import EMAIL
from subscribers.lists.cells import guard, join_list
from subscribers.lists.columns import OURS
from subscribers.lists.listed import Evidence, Listed, ListedChannel
from subscribers.lists.rows import DAYS
from subscribers.model import Cadence, SubscriberKind


def write_csv(listed: Iterable[Listed]) -> Iterator[str]:
    """Write a table, a line for each channel; `line` of each becomes the number that joins its lines."""
    yield _write_line(OURS)
    for each in listed:
        for channel in each.channels:
            row = _write_person(each) | _write_channel(channel) | _write_consent(each.consent)
            yield _write_line([guard(row.get(column, "")) for column in OURS])


def write_json(listed: Iterable[Listed]) -> Iterator[str]:
    """Write a list of objects, one for each subscriber."""
    separator = "["
    for each in listed:
        yield f"{separator}\n{json.dumps(_to_object(each), ensure_ascii=False, indent=1)}"
        separator = ","
    yield "[]\n" if separator == "[" else "\n]\n"


def _write_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)  # RFC 4180 §2
    return line.getvalue()


def _write_person(each: Listed) -> dict[str, str]:
    return {
        "subscriber": str(each.line),
        "name": each.name,
        "group": "yes" if each.kind is SubscriberKind.GROUP else "",
        "language": each.language,
        "status": each.reason.value if each.reason else each.status.value,
        "paused_until": _write_time(each.paused_until),
        "interests": join_list(each.interests),
        "exclusions": join_list(each.exclusions),
        "follows": join_list(each.follows),
    }


def _write_channel(channel: ListedChannel) -> dict[str, str]:
    kind, address = channel.place
    place = {"email": address} if kind == EMAIL else {"kind": kind, "address": address}
    return place | _write_schedule(channel) | dict.fromkeys(_list_flags(channel), "yes")


def _list_flags(channel: ListedChannel) -> list[str]:
    """Give the columns that say yes."""
    flags = {
        "plain": channel.is_plain,
        "repeats": channel.repeats,
        "pictures": channel.has_pictures,
        "previews": channel.has_previews,
    }
    return [column for column, is_set in flags.items() if is_set]


def _write_schedule(channel: ListedChannel) -> dict[str, str]:
    known = channel.wish.schedule
    return {
        "timezone": known.timezone,
        "send_at": f"{known.send_at:%H:%M}",
        "wait_until": f"{known.wait_until:%H:%M}" if known.wait_until else "",
        "cadence": known.cadence.value,
        "weekday": DAYS[known.weekday] if known.cadence is Cadence.WEEKLY else "",
        "cap": str(channel.wish.cap),
        "alerts": "" if channel.takes_alerts else "no",
    }


def _write_consent(consent: Evidence) -> dict[str, str]:
    parts = {"by": consent.by, "network": consent.network, "text": consent.text, "version": consent.version}
    return {f"consent_{part}": value for part, value in (parts | {"at": _write_time(consent.at)}).items()}


def _write_time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _to_object(each: Listed) -> dict[str, Any]:
    consent = {name.removeprefix("consent_"): text for name, text in _write_consent(each.consent).items() if text}
    channels = [
        {"kind": channel.place[0], "address": channel.place[1]}
        | {name: text for name, text in _write_schedule(channel).items() if text}
        | dict.fromkeys(_list_flags(channel), "yes")
        for channel in each.channels
    ]
    person = {name: text for name, text in _write_person(each).items() if text and name not in {"subscriber", "group"}}
    lists = {"interests": each.interests, "exclusions": each.exclusions, "follows": each.follows}
    return (
        {"kind": each.kind.value}
        | person
        | {name: list(entries) for name, entries in lists.items() if entries}
        | {"channels": channels}
        | ({"consent": consent} if consent else {})
    )
