"""Acts: writes all that is held about a subscriber as JSON, piece by piece: years of digests are 100 megabytes."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from digest.model import ChannelId
from digest.pipeline.signup import export_record
from digest.storage import deliveries
from subscribers.db import Database
from subscribers.model import SubscriberView

AT_ONCE: Final = 100  # deliveries


def write_everything(database: Database, view: SubscriberView, key: str) -> Iterator[str]:
    """Give the text of the file in pieces, a delivery on a line. Raises UnknownSubscriber at once, not later.

    `key` is that under which votes in groups are kept.

    Of somebody who is erased while the file is written, it holds what was read before.
    """
    return _write(export_record(database, view, key), _read_deliveries(database, view))


def write_votes(rows: list[dict[str, Any]]) -> str:
    """Give the file of somebody who has only voted in groups."""
    return f"{_to_text({'votes': rows}, indent=2)}\n"


def _write(record: dict[str, Any], sent: Iterator[dict[str, Any]]) -> Iterator[str]:
    pieces = (f"{json.dumps(name)}: {_to_text(rows, indent=2)}" for name, rows in record.items())
    yield "{\n" + ",\n".join(pieces) + ',\n"deliveries": ['
    for number, row in enumerate(sent):
        yield ("," if number else "") + "\n" + _to_text(row)
    yield "\n]\n}\n"


def _read_deliveries(database: Database, view: SubscriberView) -> Iterator[dict[str, Any]]:
    channels, last_id = [ChannelId(channel.id) for channel in view.channels], 0
    while True:
        with database.reading() as session:
            rows = deliveries.dump_deliveries(session, channels, AT_ONCE, last_id)
        yield from rows
        if len(rows) < AT_ONCE:
            return
        last_id = rows[-1]["id"]


def _to_text(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, default=_to_json, ensure_ascii=False, indent=indent)


def _to_json(value: object) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    message = f"{type(value).__name__} has no JSON form"
    raise TypeError(message)
