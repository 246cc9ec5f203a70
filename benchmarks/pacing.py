"""Times what rates of domains cost the outbox: claiming past a crowd that must wait, and counting what was sent before.

Run: python -m benchmarks.pacing --crowd 10000 --others 100 --sent 50000 --json

The database is SQLite in a temporary folder; --url names another one, empty, to which tables are added.
"""

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert

import digest.storage.tables
import subscribers.tables  # noqa: F401 -- its tables are made too
from digest.model import ChannelId, Edition, Match, PaperId, Reason, ReasonKind
from digest.model.ids import AnnouncementId
from digest.pipeline.pacer import LOOK_BACK
from digest.storage.deliveries import claim_deliveries, list_sent
from digest.storage.editions import to_payload
from subscribers.db import Base, Database
from subscribers.tables import ChannelRow, SubscriberRow

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
PAPERS = 20
DeliveryRow = digest.storage.tables.DeliveryRow


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--crowd", type=int, default=10_000, help="due mails to the domain that is full")
    parser.add_argument("--others", type=int, default=100, help="due mails to other domains, queued after them")
    parser.add_argument("--sent", type=int, default=50_000, help="mails that went out before")
    parser.add_argument("--url", default="")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(options.url or f"sqlite:///{Path(folder) / 'pacing.db'}")
        Base.metadata.create_all(database.engine)
        figures = measure(database, options.crowd, options.others, options.sent)
        database.close()
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{k:<32} {v}" for k, v in figures.items()))


def measure(database: Database, crowd: int, others: int, sent: int) -> dict[str, Any]:
    """Give milliseconds of each step."""
    figures: dict[str, Any] = {"python": platform.python_version(), "crowd": crowd, "others": others, "sent": sent}
    with database.writing() as session:
        session.execute(delete(SubscriberRow))
    _fill(database, 1, sent, "example.net", "sent")
    _fill(database, sent + 1, crowd, "gmail.com", "pending")
    _fill(database, sent + crowd + 1, others, "example.org", "pending")
    with database.reading() as session:
        counted, figures["count_sent_ms"] = _time(lambda: list_sent(session, "email", NOW - LEASE, LOOK_BACK))
    figures["counted"] = len(counted)
    claimed = 0
    steps: tuple[tuple[str, list[str]], ...] = (("claim_50_past_the_crowd_ms", ["gmail.com"]), ("claim_50_ms", []))
    for name, full in steps:
        with database.writing() as session:
            found, figures[name] = _time(partial(claim_deliveries, session, ["email"], NOW, LEASE, 50, full))
            claimed += len(found)
    figures["claimed"] = claimed
    return figures


def _time(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    found = act()
    return found, round((time.perf_counter() - started) * 1000, 1)


def _fill(database: Database, first: int, count: int, domain: str, state: str) -> None:
    ids = range(first, first + count)
    payload = to_payload(_make_edition())
    with database.writing() as session:
        session.execute(insert(SubscriberRow), [_person(each) for each in ids])
        session.execute(insert(ChannelRow), [_channel(each, domain) for each in ids])
        session.execute(insert(DeliveryRow), [_delivery(each, state, payload) for each in ids])


def _make_edition() -> Edition:
    why = Reason(kind=ReasonKind.PHRASE, subject="state space models", where=("title", "abstract"))
    entries = tuple(
        Match(paper_id=PaperId(number), score=1 / number, reasons=(why,)) for number in range(1, PAPERS + 1)
    )
    first, last = AnnouncementId(0), AnnouncementId(99)
    return Edition(
        name="2026-11-20", channel_id=ChannelId(1), entries=entries, more=0, covers_after=first, covers_to=last
    )


def _person(number: int) -> dict[str, Any]:
    person = {"name": "Ada", "kind": "person", "status": "confirmed", "language": "en", "created_at": NOW}
    return {"id": number, **person}


def _channel(number: int, domain: str) -> dict[str, Any]:
    times = {"verified_at": NOW, "next_due_at": NOW, "created_at": NOW, "send_at": NOW.time()}
    place = {"kind": "email", "address": f"reader{number}@{domain}", "timezone": "UTC", "status": "open", "cap": 25}
    return {"id": number, "subscriber_id": number, "closed_reason": "", "watermark": 0, **place, **times}


def _delivery(number: int, state: str, payload: dict[str, Any]) -> dict[str, Any]:
    counts = {"claim": 0, "attempts": 0, "parts_sent": 0, "detail": ""}
    times = {"next_attempt_at": NOW, "created_at": NOW, "settled_at": NOW if state == "sent" else None}
    row = {"channel_id": number, "kind": "digest", "edition": "2026-11-20", "payload": payload, "state": state}
    return {"id": number, **row, **counts, **times}


if __name__ == "__main__":
    main()
