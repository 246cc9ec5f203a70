"""Acts: claims due deliveries, renders and sends them, records how each ended. The decisions are `settlement`'s."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from digest.errors import NotifierError, NotifierUnusable
from digest.languages.phrases import TOPIC_IS_GONE
from digest.model import (
    ChatMessage,
    Delivery,
    DeliveryId,
    DeliveryState,
    Message,
    MessageForm,
    Paper,
    PaperId,
    Progress,
    Receipt,
    RetryPolicy,
    Settlement,
    write_progress,
)
from digest.notifiers import Notifier, PartwiseNotifier
from digest.pipeline.handing_over import hand_over, lock_places
from digest.pipeline.journal import DeliveryJournal
from digest.pipeline.left_behind import bring_what_is_left_behind
from digest.pipeline.night import is_night
from digest.pipeline.pacer import LOOK_BACK, Hold, Pacer
from digest.pipeline.settlement import chat_of, give_up, hand_back, put_off, remaining, settle, withdraw
from digest.storage import deliveries, objections, papers
from subscribers import reports, store
from subscribers.addresses import EMAIL
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable
from subscribers.silence import wake

log = structlog.get_logger()

# A connection that broke is back at once; a server that restarts takes some seconds.
RECORD_AGAIN_AFTER = (timedelta(0), timedelta(seconds=1), timedelta(seconds=5))

Clock = Callable[[], datetime]
Papers = Mapping[PaperId, Paper]
Render = Callable[[Delivery, Papers, MessageForm], Message]
OnSettled = Callable[[Delivery, Settlement], None]


@dataclass(slots=True)
class DeliveryReport:
    """What happened to the deliveries of one pass, and which notifiers did not work at all.

    `stranded` counts the deliveries that are due on kinds of channel nobody can send to. `held` says why mails wait
    that were due, and until when; `paused` is set if mail was paused in this pass, with the refusal that did it.
    """

    states: Counter[DeliveryState] = field(default_factory=Counter)
    retried: int = 0
    cancelled: int = 0
    unusable: dict[str, str] = field(default_factory=dict)
    stranded: dict[str, int] = field(default_factory=dict)
    held: dict[str, datetime] = field(default_factory=dict)
    paused: Hold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What a pass over the outbox needs. Without a pacer, mail goes out as fast as the server takes it."""

    database: Database
    notifiers: Mapping[str, Notifier]
    render: Render
    clock: Clock
    policy: RetryPolicy
    lease: timedelta = timedelta(minutes=10)
    batch: int = 50
    pacer: Pacer | None = None


async def deliver_due(
    outbox: Outbox,
    on_settled: OnSettled = lambda _delivery, _settlement: None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> DeliveryReport:
    """Send everything that is due now. Told to stop, it finishes what is in flight and hands back the rest."""
    report = DeliveryReport(cancelled=await asyncio.to_thread(_cancel_unwanted, outbox))
    passes = [_Pass(outbox, notifier, report, on_settled, is_stopping) for notifier in outbox.notifiers.values()]
    # Each pass runs to its end before a failure is raised: the next tick must not find one still using its connection.
    ended = await asyncio.gather(*(each.run() for each in passes), return_exceptions=True)
    for failure in filter(None, ended):
        raise failure
    report.stranded = await asyncio.to_thread(_count_stranded, outbox)
    return report


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the deliveries of one kind of channel, over one connection."""

    outbox: Outbox
    notifier: Notifier
    report: DeliveryReport
    on_settled: OnSettled
    is_stopping: Callable[[], bool]

    async def run(self) -> None:
        try:
            async with self.notifier:
                await asyncio.to_thread(_count_before, self.outbox, self._pacer)
                if isinstance(self.notifier, PartwiseNotifier):
                    await self._work_at_once(self.notifier.at_once)
                    return
                while not self.is_stopping() and not self._fault and await self._work_off_claim():
                    pass
        except NotifierError as error:  # it could not even get ready, or not close
            self.report.unusable[self.notifier.kind] = str(error)

    async def _work_off_claim(self) -> bool:
        if self._pacer is not None and (pause := self._pacer.find_pause(self.outbox.clock())):
            self.report.held[pause.why] = pause.until
            return False
        claimed, known = await asyncio.to_thread(_claim, self.outbox, self.notifier.kind, self._pacer)
        for delivery in claimed:
            await self._settle(delivery, known)
        return bool(claimed)

    async def _work_at_once(self, most: int) -> None:
        """Keep up to `most` deliveries on their way, to different addresses, until nothing more is due."""
        waiting: dict[DeliveryId, tuple[Delivery, Papers]] = {}
        running: dict[asyncio.Task[None], str] = {}
        is_dry = False
        try:
            while waiting or running or not is_dry:
                if not is_dry and len(waiting) < most:
                    is_dry = not await self._claim_more(waiting, 2 * most)
                for delivery, known in _choose(waiting, set(running.values()), most - len(running)):
                    del waiting[delivery.id]
                    running[asyncio.create_task(self._settle(delivery, known))] = delivery.address.value
                await _collect(running)
        finally:
            await asyncio.gather(*running, return_exceptions=True)

    async def _claim_more(self, waiting: dict[DeliveryId, tuple[Delivery, Papers]], limit: int) -> bool:
        """Claim what is due, unless that is over; whether there was something."""
        if self.is_stopping() or self._fault:
            return False
        claimed, known = await asyncio.to_thread(_claim, self.outbox, self.notifier.kind, self._pacer, limit)
        waiting.update((delivery.id, (delivery, known)) for delivery in claimed)
        return bool(claimed)

    async def _settle(self, delivery: Delivery, known: Papers) -> None:
        await self._record(delivery, await self._decide(delivery, known))

    @property
    def _pacer(self) -> Pacer | None:
        return self.outbox.pacer if self.notifier.kind == EMAIL else None

    @property
    def _fault(self) -> str | None:
        return self.report.unusable.get(self.notifier.kind)

    async def _decide(self, delivery: Delivery, known: Papers) -> Settlement:
        """Attempt one delivery, unless something stands against it."""
        outbox, now = self.outbox, self.outbox.clock()
        if delivery.attempts >= outbox.policy.max_attempts:
            return give_up(delivery)
        if self._fault:
            return settle(delivery, NotifierUnusable(self._fault), now, outbox.policy)
        # A slow server must not let the lease run out under a send: the other half of it is for this one message.
        if self.is_stopping() or now + outbox.lease / 2 >= delivery.held_until:
            return hand_back(delivery, now)
        if self._pacer is not None and (hold := self._pacer.find_hold(delivery.address.value, now)):
            self.report.held[hold.why] = hold.until
            return put_off(delivery, hold.until, hold.why)
        if why := await asyncio.to_thread(_find_objection, outbox, delivery):
            return withdraw(delivery, why)
        outcome = await self._attempt(delivery, known)
        if isinstance(outcome, NotifierUnusable):
            self.report.unusable[self.notifier.kind] = str(outcome)
        elif self._pacer is not None:
            self._count_outcome(self._pacer, delivery, outcome)
        return settle(delivery, outcome, outbox.clock(), outbox.policy)

    def _count_outcome(self, pacer: Pacer, delivery: Delivery, outcome: Receipt | Exception) -> None:
        now = self.outbox.clock()
        if isinstance(outcome, Receipt):
            pacer.note_sent(delivery.address.value, now)
        elif isinstance(outcome, NotifierError):
            until = pacer.note_refused(delivery.address.value, outcome.refusal, now)
            self.report.paused = Hold(until, str(outcome)) if until else self.report.paused

    async def _attempt(self, delivery: Delivery, known: Papers) -> Receipt | Exception:
        journal = DeliveryJournal(self.outbox.database, delivery)
        try:
            message = self.outbox.render(delivery, known, self.notifier.form)
            if isinstance(message, ChatMessage):
                message = replace(message, is_silent=is_night(self.outbox.clock(), delivery.timezone))
            if isinstance(self.notifier, PartwiseNotifier):
                return await self.notifier.send_parts(message, delivery.address, delivery.progress, journal)
            return await self.notifier.send(remaining(message, delivery), delivery.address)
        except NotifierError as error:
            return error
        except Exception as error:  # the one catch-all of this loop: one poison row must not stop the others
            log.exception("delivery_crashed", delivery=delivery.id)
            return _as_fault(error, delivery, journal.kept)

    async def _record(self, delivery: Delivery, settlement: Settlement) -> None:
        if not await _persist(self.outbox, delivery, settlement):
            log.warning("delivery_taken_over", delivery=delivery.id, claim=delivery.claim)
            return
        log.info("delivery_settled", delivery=delivery.id, kind=self.notifier.kind, state=settlement.state)
        _count(self.report, settlement)
        self.on_settled(delivery, settlement)


def _as_fault(error: Exception, delivery: Delivery, kept: Progress) -> NotifierError:
    """Give a fault of ours with what is known of the message, so that what has arrived is not sent again."""
    fault = NotifierError(f"{type(error).__name__}: {error}", parts_sent=kept.parts_sent - delivery.parts_sent)
    fault.memo = write_progress("", kept)
    return fault


def _count(report: DeliveryReport, settlement: Settlement) -> None:
    if settlement.state is DeliveryState.PENDING:
        report.retried += 1
    else:
        report.states[settlement.state] += 1


def _cancel_unwanted(outbox: Outbox) -> int:
    bring_what_is_left_behind(outbox.database, outbox.clock())
    with outbox.database.writing() as session:
        return objections.cancel_unwanted(session, outbox.clock())


def _count_stranded(outbox: Outbox) -> dict[str, int]:
    with outbox.database.reading() as session:
        waiting = deliveries.count_waiting(session, outbox.clock())
    return {kind: count for kind, count in waiting.items() if kind not in outbox.notifiers}


def _count_before(outbox: Outbox, pacer: Pacer | None) -> None:
    """Count what went out before this process began, where a rate or the warm-up asks for it."""
    if pacer is None or pacer.is_counted or not pacer.counts:
        return
    with outbox.database.reading() as session:
        pacer.count_before(deliveries.list_sent(session, EMAIL, pacer.counts_from(outbox.clock()), LOOK_BACK))


async def _collect(running: dict[asyncio.Task[None], str]) -> None:
    """Wait until one of them has ended, and forget those that have."""
    if running:
        ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            del running[task]
            task.result()


def _choose(
    waiting: Mapping[DeliveryId, tuple[Delivery, Papers]], busy: set[str], room: int
) -> list[tuple[Delivery, Papers]]:
    """Choose what goes next, in order, but never two at a time to one address."""
    chosen: dict[str, tuple[Delivery, Papers]] = {}
    for delivery, known in waiting.values():
        if len(chosen) >= room:
            break
        if delivery.address.value not in busy:
            chosen.setdefault(delivery.address.value, (delivery, known))
    return list(chosen.values())


def _claim(
    outbox: Outbox, kind: str, pacer: Pacer | None, limit: int | None = None
) -> tuple[Sequence[Delivery], Papers]:
    now, full, limit = outbox.clock(), list[str](), limit or outbox.batch
    if pacer is not None:
        full, left = pacer.list_full(now), pacer.find_left(now)
        limit = outbox.batch if left is None else min(outbox.batch, left)
    with outbox.database.writing() as session:
        claimed = deliveries.claim_deliveries(session, [kind], now, outbox.lease, limit, full)
    with outbox.database.reading() as session:
        wanted = {entry.paper_id for delivery in claimed for entry in delivery.edition.entries}
        return claimed, papers.load_papers(session, wanted)


def _find_objection(outbox: Outbox, delivery: Delivery) -> str:
    with outbox.database.reading() as session:
        return objections.find_objection(session, delivery)


async def _persist(outbox: Outbox, delivery: Delivery, settlement: Settlement) -> bool:
    """Record a settlement, and again while the database is away: what is sent and not written down is sent twice."""
    for delay in RECORD_AGAIN_AFTER:
        try:
            return await asyncio.to_thread(_record, outbox, delivery, settlement)
        except DatabaseUnavailable as error:
            log.warning("settlement_not_recorded", delivery=delivery.id, state=settlement.state, error=str(error))
        await asyncio.sleep(delay.total_seconds())
    return await asyncio.to_thread(_record, outbox, delivery, settlement)


def _record(outbox: Outbox, delivery: Delivery, settlement: Settlement) -> bool:
    """Write down the settlement and what it means for the channel, in one transaction."""
    now = outbox.clock()
    channel_id = delivery.edition.channel_id
    with outbox.database.writing() as session:
        if settlement.state is DeliveryState.FAILED or settlement.new_address is not None:
            lock_places(session, delivery)
        if not deliveries.record_settlement(session, delivery, settlement, now):
            return False
        if settlement.state is DeliveryState.FAILED:
            _turn_elsewhere(session, delivery, settlement, now)
        if settlement.holds_up and settlement.next_attempt_at is not None:
            deliveries.postpone(session, channel_id, settlement.next_attempt_at)
        if settlement.new_address is not None:
            store.move_channel(session, channel_id, settlement.new_address, now)
            if settlement.new_address == chat_of(delivery.address.value):
                deliveries.add_note(session, delivery, TOPIC_IS_GONE)
        return True


def _turn_elsewhere(session: Session, delivery: Delivery, settlement: Settlement, now: datetime) -> None:
    """Close the channel if it was refused for good, and bring what failed to another place of the reader."""
    number, woken = delivery.edition.channel_id, tuple[int, ...]()
    if settlement.close_channel and reports.refused(session, now, number, settlement.detail):
        woken = wake(session, now, [number])
    to = hand_over(session, delivery, settlement, now, woken)
    if to is not None:
        log.info("delivery_handed_over", delivery=delivery.id, channel=to)
