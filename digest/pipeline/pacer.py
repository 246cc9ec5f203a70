"""Keeps count of the mails that go out, and holds back what would be too much. Rules are `pacing`'s; stores nothing.

One for each process, and in its memory: what went out before it started is counted once, from the outbox.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from operator import itemgetter
from typing import Final

import structlog

from digest.errors import Refusal
from digest.pipeline.pacing import (
    RECENT,
    Rates,
    begin_day,
    domain_of,
    drop_old,
    find_allowance,
    find_free_at,
    is_spike,
    slice_of,
    slow_down,
)

log = structlog.get_logger()

# How long a domain that said “too many” is left alone, and how long it then gets half of its rate.
REST: Final = timedelta(minutes=5)
SLOW_FOR: Final = timedelta(hours=1)
PAUSE: Final = timedelta(minutes=30)
ONE_DAY: Final = timedelta(days=1)
ONE_HOUR: Final = timedelta(hours=1)
# Deliveries that are looked at, newest first, to count what went out before: enough for what a service sends in an
# hour, and bounded however many years of them there are.
LOOK_BACK: Final = 50_000
MOST_SKIPPED: Final = 1_000  # domains that a query is told to pass over
DAYS_KEPT: Final = 3  # of what was counted, for a clock that is set back


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a mail waits, and until when."""

    until: datetime
    why: str


@dataclass(slots=True)
class _Slowed:
    """A domain that asked for less."""

    rate: int
    rests_until: datetime
    until: datetime


@dataclass(slots=True, kw_only=True)
class Pacer:
    """How fast mail goes out. `zone` is the operator's: in it, a day of the warm-up begins."""

    rates: Rates = field(default_factory=Rates)
    warm_up_from: date | None = None
    zone: tzinfo
    is_counted: bool = False
    paused_until: datetime | None = None
    _slices: dict[str, dict[int, int]] = field(default_factory=dict)
    _newest: int = 0
    _sent_on: dict[date, int] = field(default_factory=dict)
    _slowed: dict[str, _Slowed] = field(default_factory=dict)
    _attempts: deque[tuple[str, bool]] = field(default_factory=lambda: deque(maxlen=RECENT))

    @property
    def counts(self) -> bool:
        """Whether anything is set for which the mails of before have to be counted."""
        return self.rates.has_any or self.warm_up_from is not None

    def counts_from(self, now: datetime) -> datetime:
        """Give since when mails count: the last hour, and in a warm-up the whole day."""
        return min(now - ONE_HOUR, begin_day(self._today(now), self.zone) if self.warm_up_from else now)

    def count_before(self, sent: Iterable[tuple[str, datetime]]) -> None:
        """Count what went out before: addresses, and when."""
        for address, at in sorted(sent, key=itemgetter(1)):
            self._count(domain_of(address), at)
        self.is_counted = True

    def find_pause(self, now: datetime) -> Hold | None:
        """Give why no mail at all may go out now, if so."""
        if self.paused_until is not None and now < self.paused_until <= now + PAUSE:  # else the clock was set back
            return Hold(self.paused_until, "mail is paused: too much of it was refused by policy")
        left = self.find_left(now)
        if left is not None and left <= 0:
            tomorrow = begin_day(self._today(now) + ONE_DAY, self.zone)
            return Hold(tomorrow, "the warm-up has sent what it may today")
        return None

    def find_left(self, now: datetime) -> int | None:
        """Give how many more mails the warm-up lets go out today; None is any number."""
        today = self._today(now)
        allowance = find_allowance(self.warm_up_from, today)
        return None if allowance is None else allowance - self._sent_on.get(today, 0)

    def find_hold(self, address: str, now: datetime) -> Hold | None:
        """Give why a mail to this address must wait, if it must."""
        return self.find_pause(now) or self._find_domain_hold(domain_of(address), now)

    def list_full(self, now: datetime) -> list[str]:
        """Give the domains that get nothing at the moment, not more than a query takes: `find_hold` knows the rest."""
        known = {*self._slowed, *self._slices} if self.rates.has_any else {*self._slowed}
        return sorted(domain for domain in known if self._find_domain_hold(domain, now))[:MOST_SKIPPED]

    def note_sent(self, address: str, now: datetime) -> None:
        """Count a mail that the server took."""
        self._attempts.append((address, False))
        self._count(domain_of(address), now)

    def note_refused(self, address: str, refusal: Refusal | None, now: datetime) -> datetime | None:
        """Take note of a mail that the server did not take; if mail is paused for it, until when.

        Each address counts once among those refused: a few that are tried again and again are no spike.
        """
        attempt = (address, refusal is Refusal.POLICY)
        if refusal is Refusal.POLICY and attempt in self._attempts:
            self._attempts.remove(attempt)
        self._attempts.append(attempt)
        if refusal is Refusal.THROTTLED:
            self._slow(domain_of(address), now)
        if not is_spike([is_refused for _, is_refused in self._attempts]):
            return None
        self._attempts.clear()
        self.paused_until = now + PAUSE
        log.error("mail_paused", until=self.paused_until.isoformat())
        return self.paused_until

    def _find_domain_hold(self, domain: str, now: datetime) -> Hold | None:
        rate, slowed = self.rates.of(domain), self._slowed.get(domain)
        if slowed is not None:
            if not now < slowed.until <= now + SLOW_FOR:  # over, or the clock was set back
                del self._slowed[domain]
            elif now < slowed.rests_until:
                return Hold(slowed.rests_until, f"{domain} asked for fewer mails")
            else:
                rate = slowed.rate
        free_at = None if rate is None else find_free_at(self._slices.get(domain, {}), rate, now)
        return None if free_at is None else Hold(free_at, f"{domain} gets {rate} mails an hour")

    def _slow(self, domain: str, now: datetime) -> None:
        before = self._slowed.get(domain)
        rate = slow_down(before.rate if before else self.rates.of(domain), self._slices.get(domain, {}), now)
        self._slowed[domain] = _Slowed(rate, now + REST, now + SLOW_FOR)
        log.warning("domain_slowed", domain=domain, rate=rate, until=(now + SLOW_FOR).isoformat())

    def _count(self, domain: str, at: datetime) -> None:
        number = slice_of(at)
        if number != self._newest:  # a new slice begins: forget those that no longer count
            self._newest = number
            kept = {name: drop_old(slices, at) for name, slices in self._slices.items()}
            self._slices = {name: slices for name, slices in kept.items() if slices}
        slices = self._slices.setdefault(domain, {})
        slices[number] = slices.get(number, 0) + 1
        today = self._today(at)
        if today not in self._sent_on:
            self._sent_on = dict(sorted(self._sent_on.items())[-DAYS_KEPT:])
        self._sent_on[today] = self._sent_on.get(today, 0) + 1

    def _today(self, now: datetime) -> date:
        return now.astimezone(self.zone).date()
