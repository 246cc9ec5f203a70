"""Acts: claims due letters, renders and sends them, records how each ended. What an outcome means is `settlement`'s."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from digest.errors import NotifierError, NotifierUnusable
from digest.model import Address, DeliveryState, Letter, MailMessage, Receipt, Settlement
from digest.notifiers import Notifier
from digest.pipeline.deliver import RECORD_AGAIN_AFTER, Outbox
from digest.pipeline.settlement import give_up, hand_back, settle, withdraw
from digest.storage import letters
from digest.storage.letters import Circumstances
from subscribers import reports, store
from subscribers.addresses import EMAIL
from subscribers.faults import DatabaseUnavailable

log = structlog.get_logger()

KEEP_FOR: Final = timedelta(days=30)
WITHDRAWN: Final = "it was answered, ran out, or is of no use any more"

RenderLetter = Callable[[Letter, Circumstances], MailMessage]


@dataclass(slots=True)
class LetterReport:
    """What happened to the letters of one pass, and why mail did not work at all, if it did not.

    `flaw` says why letters cannot be written, such as a missing public address: no reason to leave digests unsent.
    """

    states: Counter[DeliveryState] = field(default_factory=Counter)
    retried: int = 0
    unusable: dict[str, str] = field(default_factory=dict)
    flaw: str = ""

    def spare(self, outbox: Outbox) -> Outbox:
        """Give the outbox for digests without what has just turned out not to work: servers lock out who knocks on."""
        left = {kind: notifier for kind, notifier in outbox.notifiers.items() if kind not in self.unusable}
        return replace(outbox, notifiers=left)


async def deliver_letters(
    outbox: Outbox, render: RenderLetter, is_stopping: Callable[[], bool] = lambda: False
) -> LetterReport:
    """Send the letters that are due, over one connection. They wait where no mail can be sent."""
    report = LetterReport()
    notifier = outbox.notifiers.get(EMAIL)
    is_due = await asyncio.to_thread(_look, outbox)
    if notifier is not None and is_due:
        await _Pass(outbox, notifier, render, report, is_stopping).run()
    return report


@dataclass(frozen=True, slots=True)
class _Pass:
    """One pass over the letters."""

    outbox: Outbox
    notifier: Notifier
    render: RenderLetter
    report: LetterReport
    is_stopping: Callable[[], bool]

    async def run(self) -> None:
        try:
            async with self.notifier:
                while not self.is_stopping() and not self._failure and await self._work_off_claim():
                    pass
        except NotifierError as error:  # it could not even get ready, or not close
            self.report.unusable[EMAIL] = str(error)

    @property
    def _failure(self) -> str:
        return self.report.unusable.get(EMAIL, self.report.flaw)

    async def _work_off_claim(self) -> bool:
        claimed = await asyncio.to_thread(_claim, self.outbox)
        for letter in claimed:
            await self._record(letter, await self._decide(letter))
        return bool(claimed)

    async def _decide(self, letter: Letter) -> Settlement:
        """Attempt one letter, unless something stands against it."""
        outbox, now = self.outbox, self.outbox.clock()
        if letter.attempts >= outbox.policy.max_attempts:
            return give_up(letter)
        if self._failure:
            return settle(letter, NotifierUnusable(self._failure), now, outbox.policy)
        # As with deliveries, half of the lease is for this one letter.
        if self.is_stopping() or now + outbox.lease / 2 >= letter.held_until:
            return hand_back(letter, now)
        about = await asyncio.to_thread(_find_circumstances, outbox, letter)
        if about is None:
            return withdraw(letter, WITHDRAWN)
        return settle(letter, await self._attempt(letter, about), outbox.clock(), outbox.policy)

    async def _attempt(self, letter: Letter, about: Circumstances) -> Receipt | Exception:
        try:
            message = self.render(letter, about)
        except NotifierUnusable as error:
            self.report.flaw = str(error)
            return error
        except Exception as error:  # one poison row must not stop the others
            log.exception("letter_crashed", letter=letter.id)
            return error
        return await self._send(letter, message)

    async def _send(self, letter: Letter, message: MailMessage) -> Receipt | Exception:
        try:
            return await self.notifier.send(message, Address(EMAIL, letter.address))
        except NotifierUnusable as error:
            self.report.unusable[EMAIL] = str(error)
            return error
        except NotifierError as error:
            return error
        except Exception as error:  # as above
            log.exception("letter_crashed", letter=letter.id)
            return error

    async def _record(self, letter: Letter, settlement: Settlement) -> None:
        if not await _persist(self.outbox, letter, settlement):
            log.warning("letter_taken_over", letter=letter.id, claim=letter.claim)
            return
        log.info("letter_settled", letter=letter.id, kind=letter.kind, state=settlement.state)
        if settlement.state is DeliveryState.PENDING:
            self.report.retried += 1
        else:
            self.report.states[settlement.state] += 1


def _look(outbox: Outbox) -> bool:
    """Say whether any letter is due, and drop those that are old; mostly there is neither, and nothing is written."""
    now = outbox.clock()
    with outbox.database.reading() as session:
        is_due = letters.has_due_letters(session, now)
        is_old = letters.has_old_letters(session, now - KEEP_FOR)
    if is_old:
        with outbox.database.writing() as session:
            log.info("letters_dropped", letters=letters.drop_old_letters(session, now - KEEP_FOR))
    return is_due


def _claim(outbox: Outbox) -> Sequence[Letter]:
    with outbox.database.writing() as session:
        return letters.claim_letters(session, outbox.clock(), outbox.lease, outbox.batch)


def _find_circumstances(outbox: Outbox, letter: Letter) -> Circumstances | None:
    with outbox.database.reading() as session:
        return letters.find_circumstances(session, letter, outbox.clock())


async def _persist(outbox: Outbox, letter: Letter, settlement: Settlement) -> bool:
    """Record a settlement, and again while the database is away, as `deliver` does and for the same reason."""
    for delay in RECORD_AGAIN_AFTER:
        try:
            return await asyncio.to_thread(_record, outbox, letter, settlement, outbox.clock())
        except DatabaseUnavailable as error:
            log.warning("settlement_not_recorded", letter=letter.id, state=settlement.state, error=str(error))
        await asyncio.sleep(delay.total_seconds())
    return await asyncio.to_thread(_record, outbox, letter, settlement, outbox.clock())


def _record(outbox: Outbox, letter: Letter, settlement: Settlement, now: datetime) -> bool:
    """Write down the settlement; an address that mail cannot reach is not sent digests either."""
    with outbox.database.writing() as session:
        if not letters.record_settlement(session, letter, settlement, now):
            return False
        channel = store.find_channel(session, EMAIL, letter.address) if settlement.close_channel else None
        if channel is not None:
            reports.refused(session, now, channel.id, settlement.detail)
        return True
