"""Acts: sends what the operator is to be told. What does not arrive is tried again, less and less often, for days."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from digest.errors import AddressChanged, ConfigurationError, NotifierError, NotifierUnusable
from digest.model import Address, Receipt, RetryPolicy
from digest.model.watch import Notice
from digest.notifiers import Notifier
from digest.pipeline.settlement import UNUSABLE_DELAY, retry_delay
from digest.rendering.notice import render_notice
from digest.storage import notices
from subscribers.addresses import normalise, shown
from subscribers.db import Database
from subscribers.model import InvalidAddress

log = structlog.get_logger()

# Ten sends, each at the end of the longest wait for a mail server, are done within the lease.
BATCH: Final = 10
LEASE: Final = timedelta(minutes=10)
POLICY: Final = RetryPolicy(first_delay=timedelta(minutes=1), longest_delay=timedelta(hours=1))
GIVE_UP_AFTER: Final = timedelta(days=3)
OPTION: Final = "DIGEST_OPERATOR__ALERTS"

Clock = Callable[[], datetime]


@dataclass(slots=True)
class NoticeReport:
    """What became of the notices that were due, and which notifiers did not work at all."""

    sent: int = 0
    retried: int = 0
    given_up: int = 0
    unusable: dict[str, str] = field(default_factory=dict)

    def count(self, ending: "Ending") -> None:
        """Count one more."""
        self.sent += ending.is_sent
        self.retried += ending.again_at is not None
        self.given_up += ending.again_at is None and not ending.is_sent


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended. Neither sent nor to be tried again means given up."""

    detail: str
    is_sent: bool = False
    again_at: datetime | None = None


async def deliver_notices(
    database: Database,
    notifiers: Mapping[str, Notifier],
    clock: Clock,
    *,
    title: str,
    is_stopping: Callable[[], bool] = lambda: False,
) -> NoticeReport:
    """Send the notices that are due, each once. The notifiers must be in use by nobody else meanwhile."""
    if not await asyncio.to_thread(_has_due, database, clock()):
        return NoticeReport()
    report = NoticeReport(given_up=await asyncio.to_thread(_drop_old, database, clock()))
    passes = [_Pass(database, notifier, clock, title, report) for notifier in notifiers.values()]
    # Side by side: a mail server that does not answer must not hold up what Telegram could say about it.
    ended = [] if is_stopping() else await asyncio.gather(*(each.run() for each in passes), return_exceptions=True)
    for failure in filter(None, ended):
        raise failure
    return report


@dataclass(frozen=True, slots=True)
class _Pass:
    """The due notices of one kind of address, over one connection."""

    database: Database
    notifier: Notifier
    clock: Clock
    title: str
    report: NoticeReport

    async def run(self) -> None:
        left = await asyncio.to_thread(_claim, self.database, self.notifier.kind, self.clock())
        if left:
            await self._send_all(left)

    async def _send_all(self, left: list[Notice]) -> None:
        try:
            async with self.notifier:
                while left:
                    await self._settle(left[0], await self._attempt(left[0]))
                    left.pop(0)
        except NotifierError as error:  # it could not even get ready, or not close
            self.report.unusable[self.notifier.kind] = str(error)
            for notice in left:
                await self._settle(notice, NotifierUnusable(str(error)))

    async def _attempt(self, notice: Notice) -> Receipt | Exception:
        fault = self.report.unusable.get(self.notifier.kind)
        if fault is not None:
            return NotifierUnusable(fault)
        try:
            return await self._send(notice)
        except NotifierUnusable as error:
            self.report.unusable[self.notifier.kind] = str(error)
            return error
        except NotifierError as error:
            return error
        except Exception as error:  # the one catch-all of this loop: one poison row must not stop the others
            log.exception("notice_crashed", notice=notice.id)
            return error

    async def _send(self, notice: Notice) -> Receipt:
        message = render_notice(notice, self.notifier.form, self.title)
        try:
            return await self.notifier.send(message, notice.address)
        except AddressChanged as moved:  # the old address stands in the configuration, which is not ours to change
            receipt = await self.notifier.send(message, Address(notice.address.kind, moved.new_address))
            log.warning("notice_address_moved", kind=self.notifier.kind)
            return Receipt(f"sent to {moved.new_address}, where it has moved: change {OPTION}; {receipt.detail}")

    async def _settle(self, notice: Notice, outcome: Receipt | Exception) -> None:
        ending = judge_outcome(notice, outcome, self.clock())
        if not await asyncio.to_thread(_record, self.database, notice, ending, self.clock()):
            log.warning("notice_taken_over", notice=notice.id, claim=notice.claim)
            return
        self.report.count(ending)
        log.info("notice_settled", notice=notice.id, kind=self.notifier.kind, is_sent=ending.is_sent)


def judge_outcome(notice: Notice, outcome: Receipt | Exception, now: datetime) -> Ending:
    """Decide about a notice: sent, tried again and when, or given up."""
    match outcome:
        case Receipt(detail=detail):
            return Ending(detail, is_sent=True)
        case NotifierUnusable():
            return Ending(str(outcome), again_at=now + UNUSABLE_DELAY)
        case NotifierError(permanent=True):
            return Ending(str(outcome))
        case NotifierError(retry_after=timedelta() as asked):
            return Ending(str(outcome), again_at=now + asked)
        case _:
            return Ending(str(outcome), again_at=now + retry_delay(notice.attempts, POLICY))


def parse_target(text: str) -> Address:
    """Read where alerts go: `email:ops@example.org`, `telegram:123456`. Raises ConfigurationError."""
    kind, colon, value = text.partition(":")
    if not colon:
        fault = f"{OPTION} holds “{shown(text)}”; write it as email:ops@example.org or telegram:123456"
        raise ConfigurationError([fault])
    try:
        return Address(kind.strip(), normalise(kind.strip(), value))
    except InvalidAddress as error:
        raise ConfigurationError([f"{OPTION}: {error}"]) from None


def parse_targets(texts: Iterable[str]) -> tuple[Address, ...]:
    """Read every target, each once. Raises one ConfigurationError with every fault."""
    found: dict[Address, None] = {}
    faults: list[str] = []
    for text in texts:
        try:
            found[parse_target(text)] = None
        except ConfigurationError as error:
            faults += error.faults
    if faults:
        raise ConfigurationError(faults)
    return tuple(found)


def _has_due(database: Database, now: datetime) -> bool:
    """Whether there is anything to do: the writer's turn is not taken for nothing every few seconds."""
    with database.reading() as session:
        return notices.has_due_notices(session, now)


def _drop_old(database: Database, now: datetime) -> int:
    with database.writing() as session:
        dropped = notices.drop_old_notices(session, now - GIVE_UP_AFTER, now)
    if dropped:
        log.error("notices_given_up", notices=dropped)
    return dropped


def _claim(database: Database, kind: str, now: datetime) -> list[Notice]:
    with database.writing() as session:
        return notices.claim_notices(session, kind, now, LEASE, BATCH)


def _record(database: Database, notice: Notice, ending: Ending, now: datetime) -> bool:
    with database.writing() as session:
        if ending.again_at is not None:
            return notices.record_retry(session, notice, ending.detail, ending.again_at)
        return notices.record_end(session, notice, ending.detail, now, is_sent=ending.is_sent)
