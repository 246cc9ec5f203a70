"""Broadcasts a digest to many chats under Telegram's limits, with storms, blocked readers and a worker that is killed.

Run: python -m benchmarks.broadcast --chats 10000 --json

A Bot API server on loopback keeps the limits (30 messages a second, one a second in a chat), tells one message in a
hundred to wait, and knows two readers in a hundred who blocked the bot. A worker in a process of its own sends what the
outbox holds; in the middle it is killed with SIGKILL, and another one goes on once the lease has ended. In the end each
chat is looked at: every part of its digest has to be there exactly once. The database is SQLite in a temporary folder.
"""

import argparse
import asyncio
import json
import logging
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr
from sqlalchemy import func, insert, select

import digest.storage.tables
import subscribers.tables  # noqa: F401 -- its tables are made too
from digest.model import (
    ChannelId,
    ChatMessage,
    Delivery,
    Edition,
    Match,
    Message,
    MessageForm,
    PaperId,
    Reason,
    ReasonKind,
    RetryPolicy,
)
from digest.model.ids import AnnouncementId
from digest.notifiers.telegram import TelegramNotifier
from digest.pipeline.deliver import Outbox, Papers, deliver_due
from digest.settings import TelegramSettings
from digest.storage.editions import to_payload
from subscribers.db import Base, Database
from subscribers.tables import ChannelRow, SubscriberRow
from tests.servers.telegram import TOKEN
from tests.servers.telegram_limits import LimitedServer, Limits

DeliveryRow = digest.storage.tables.DeliveryRow
EVERY, LONG = 10, 3  # one digest in ten has three parts
WORDS = "A study of sparse experts that route by what they have seen. " * 20


def main() -> None:
    """Print the figures, or be the worker of another process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chats", type=int, default=10_000)
    parser.add_argument("--overall", type=int, default=30, help="messages a second that the server takes")
    parser.add_argument("--lease", type=int, default=20, help="seconds until what a dead worker held is taken over")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--worker", nargs=2, metavar=("DATABASE", "SERVER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        url, server = options.worker
        asyncio.run(work(url, server, timedelta(seconds=options.lease)))
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options.chats, options.overall, options.lease)
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{k:<32} {v}" for k, v in figures.items()))


def measure(folder: Path, chats: int, overall: int, lease: int) -> dict[str, Any]:
    """Give what it took, and what arrived."""
    url = f"sqlite:///{folder / 'broadcast.db'}"
    blocked = {str(number) for number in range(1, chats + 1) if number % 50 == 0}
    database = Database(url)
    Base.metadata.create_all(database.engine)
    fill(database, chats)
    parts = sum(count_parts(number) for number in range(1, chats + 1) if str(number) not in blocked)
    with LimitedServer(Limits(overall), blocked=blocked) as server:
        server.storms = 0.01
        started = time.perf_counter()
        worker = start(url, server.base_url, lease)
        wait_until(lambda: len(server.sent) >= parts // 2)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        killed_at = len(server.sent)
        again = start(url, server.base_url, lease)
        again.wait()
        seconds = time.perf_counter() - started
        figures = judge(server, database, chats, blocked)
    database.close()
    least = parts / overall
    return {
        "python": platform.python_version(),
        "chats": chats,
        "blocked": len(blocked),
        "parts": parts,
        "killed_after": killed_at,
        "seconds": round(seconds, 1),
        "limits_allow_seconds": round(least, 1),
        "over_percent": round(100 * (seconds / least - 1), 2),
    } | figures


def start(url: str, server: str, lease: int) -> "subprocess.Popen[bytes]":
    """Start a worker."""
    command = [sys.executable, "-m", "benchmarks.broadcast", "--lease", str(lease), "--worker", url, server]
    return subprocess.Popen(command)  # noqa: S603


def wait_until(is_so: Any) -> None:
    """Look every few milliseconds."""
    while not is_so():
        time.sleep(0.005)


def judge(server: LimitedServer, database: Database, chats: int, blocked: set[str]) -> dict[str, Any]:
    """Look at what every chat has got, and at how the outbox ended."""
    got = Counter((chat, text.partition(" ")[0]) for (chat, _), text in server.texts.items())
    wanted = {
        (str(number), f"{number}.{place}")
        for number in range(1, chats + 1)
        if str(number) not in blocked
        for place in range(count_parts(number))
    }
    with database.reading() as session:
        states = dict(session.execute(select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)).all())
        closed = session.scalar(select(func.count()).where(ChannelRow.status == "closed"))
    return {
        "missing": len(wanted - set(got)),
        "twice": sum(1 for count in got.values() if count > 1),
        "unwanted": len(set(got) - wanted),
        "storms": server.stormed,
        "refused_by_limits": server.broken,
        "before_a_pause_was_over": server.early,
        "edits_to_look_for_a_part": server.count("editMessageText"),
        "channels_closed": closed,
        "states": states,
    }


def count_parts(number: int) -> int:
    """Give how many messages the digest of a chat is."""
    return LONG if number % EVERY == 0 else 1


async def work(url: str, server: str, lease: timedelta) -> None:
    """Send what is due until nothing is unfinished."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    database = Database(url)
    settings = TelegramSettings(token=SecretStr(TOKEN), base_url=server)
    notifier = TelegramNotifier(settings)
    outbox = Outbox(
        database=database,
        notifiers={"telegram": notifier},
        render=render,
        clock=lambda: datetime.now(UTC),
        policy=RetryPolicy(),
        lease=lease,
    )
    while count_unfinished(database):
        await deliver_due(outbox)
        await asyncio.sleep(0.2)
    database.close()


def count_unfinished(database: Database) -> int:
    """Give how many deliveries are not settled."""
    with database.reading() as session:
        return session.scalar(select(func.count()).where(DeliveryRow.state.in_(("pending", "sending")))) or 0


def render(delivery: Delivery, _papers: Papers, _form: MessageForm) -> Message:
    """Write a digest whose parts can be told apart."""
    number = int(delivery.address.value)
    parts = tuple(f"<b>{number}.{place}</b> {WORDS}" for place in range(count_parts(number)))
    return ChatMessage(message_id=f"{number}@example.org", parts=parts)


def fill(database: Database, chats: int) -> None:
    """Queue a digest for every chat."""
    now = datetime.now(UTC) - timedelta(minutes=1)
    reason = Reason(kind=ReasonKind.PHRASE, subject="sparse experts", where=("title",))
    entry = Match(paper_id=PaperId(1), score=1, reasons=(reason,))
    with database.writing() as session:
        for first in range(1, chats + 1, 1_000):
            numbers = range(first, min(first + 1_000, chats + 1))
            session.execute(insert(SubscriberRow), [_subscriber(number, now) for number in numbers])
            session.execute(insert(ChannelRow), [_channel(number, now) for number in numbers])
            session.execute(insert(DeliveryRow), [_delivery(number, now, entry) for number in numbers])


def _subscriber(number: int, now: datetime) -> dict[str, Any]:
    person = {"name": f"Reader {number}", "kind": "person", "status": "confirmed", "language": "en"}
    return {"id": number, "created_at": now, **person}


def _channel(number: int, now: datetime) -> dict[str, Any]:
    times = {"verified_at": now, "next_due_at": now, "created_at": now, "send_at": now.time()}
    place = {"kind": "telegram", "address": str(number), "timezone": "UTC", "status": "open", "cap": 25}
    return {"id": number, "subscriber_id": number, "closed_reason": "", "watermark": 0, **place, **times}


def _delivery(number: int, now: datetime, entry: Match) -> dict[str, Any]:
    first, last = AnnouncementId(0), AnnouncementId(1)
    edition = Edition(
        name="2026-11-26",
        channel_id=ChannelId(number),
        entries=(entry,),
        more=0,
        covers_after=first,
        covers_to=last,
    )
    counts = {"claim": 0, "attempts": 0, "parts_sent": 0, "detail": "", "state": "pending"}
    return {
        "id": number,
        "channel_id": number,
        "kind": "digest",
        "edition": edition.name,
        "payload": to_payload(edition),
        "next_attempt_at": now,
        "created_at": now,
        **counts,
    }


if __name__ == "__main__":
    main()
