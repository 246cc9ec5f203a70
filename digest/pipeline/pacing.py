"""Decides how fast mail may go out: how many an hour to one domain, how many a day while a new address warms up. Pure.

Mails are counted in slices of five minutes. A domain gets its rate within any hour, and no more than a twelfth of it in
one slice, so that a wave does not go out in its first minute. What comes beyond that waits for a slice to pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

SLICE: Final = timedelta(minutes=5)
SLICES: Final = 12  # in an hour
EVERYBODY_ELSE: Final = "*"

# A new sending address begins small and grows by half each day, which the large providers take for a list that grows.
FIRST_DAY: Final = 50
GROWTH: Final = 1.5
LONGEST_WARM_UP: Final = 60  # days; by then the allowance is above every list

# A spike of refusals by policy or as spam: at least so many one after the other, and so much of the last attempts.
REFUSED_IN_A_ROW: Final = 5
RECENT: Final = 20
REFUSED_SHARE: Final = 0.5

Slices = Mapping[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Most mails an hour, by domain; `others` is for each of the rest, None where nothing is set."""

    named: Mapping[str, int] = field(default_factory=dict)
    others: int | None = None

    def of(self, domain: str) -> int | None:
        """Give the rate of a domain; None is no limit."""
        return self.named.get(domain, self.others)

    @property
    def has_any(self) -> bool:
        """Whether anything is limited."""
        return bool(self.named) or self.others is not None


def read_rates(entries: Sequence[str]) -> Rates:
    """Read entries such as `gmail.com=500` and `*=1000`, which the settings have checked; the last one counts."""
    rates = {name.lower(): int(rate) for name, _, rate in (entry.partition("=") for entry in entries)}
    others = rates.pop(EVERYBODY_ELSE, None)
    return Rates(named=rates, others=others)


def domain_of(address: str) -> str:
    """Give the domain of an email address."""
    return address.rpartition("@")[2].lower()


def slice_of(at: datetime) -> int:
    """Give the number of the slice that a moment is in, counted from 1970."""
    return int(at.timestamp() // SLICE.total_seconds())


def drop_old(slices: Slices, now: datetime) -> dict[int, int]:
    """Keep what still counts: the current slice and the eleven before it; not those of a clock that ran ahead."""
    current = slice_of(now)
    return {number: count for number, count in slices.items() if current - SLICES < number <= current}


def find_free_at(slices: Slices, rate: int, now: datetime) -> datetime | None:
    """Give when the next mail may go to a domain that got so many in each slice; None means at once."""
    current = slice_of(now)
    recent = drop_old(slices, now)
    is_slice_full = recent.get(current, 0) >= -(-rate // SLICES)
    waits_for = [current + 1] if is_slice_full else []
    excess = sum(recent.values()) - rate + 1
    for number, count in sorted(recent.items()):
        if excess <= 0:
            break
        excess -= count
        if excess <= 0:
            waits_for.append(number + SLICES)
    return _start_of(max(waits_for)) if waits_for else None


def slow_down(rate: int | None, slices: Slices, now: datetime) -> int:
    """Give the rate of a domain that asks for less: half of what it is, or of what went there in the last hour."""
    recent = sum(drop_old(slices, now).values())
    return max(1, (recent if rate is None else min(rate, max(recent, 1))) // 2)


def find_allowance(warm_up_from: date | None, today: date) -> int | None:
    """Give how many mails may go out on a day of the warm-up; None means any number."""
    if warm_up_from is None:
        return None
    days = (today - warm_up_from).days
    if days < 0:
        return FIRST_DAY
    return None if days >= LONGEST_WARM_UP else int(FIRST_DAY * GROWTH**days)


def begin_day(day: date, zone: tzinfo) -> datetime:
    """Give when a day begins in a zone, in UTC."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def is_spike(refusals: Sequence[bool]) -> bool:
    """Whether so much of the last attempts was refused by policy that going on would do harm."""
    recent = refusals[-RECENT:]
    in_a_row = next((place for place, refused in enumerate(reversed(recent)) if not refused), len(recent))
    return in_a_row >= REFUSED_IN_A_ROW and sum(recent) >= REFUSED_SHARE * len(recent)


def _start_of(number: int) -> datetime:
    return datetime.fromtimestamp(number * SLICE.total_seconds(), UTC)
