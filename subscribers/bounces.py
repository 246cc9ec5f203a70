"""The ladder from a first bounce to a stopped address. Pure: what is known, a report and the time in; what to do out.

A hard bounce adds 1 to a channel's score, a soft one 0.5, no day more than 1 in all, and the score halves again and
again (`half_life`). A delivery that works proves little, since many servers bounce later, so only time takes a score
down. At the threshold a probe is sent, a mail that says what is happening; if that bounces too, or bounces go on, the
channel is closed and its address suppressed. A complaint does so at once. (After Mailman's bounce scores and probes.)
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Report(StrEnum):
    """What is reported of a mail of ours, as far as it counts."""

    HARD = "hard"  # the address does not exist
    SOFT = "soft"  # not now: full, switched off, given up after trying for days
    COMPLAINT = "complaint"  # “this is spam”


class Action(StrEnum):
    """What follows from a report."""

    NOTHING = "nothing"
    PROBE = "probe"
    STOP = "stop"  # close the channel, suppress the address


WEIGHTS: Final = {Report.HARD: 1.0, Report.SOFT: 0.5}
# A probe and the mails before it may still be on their way back; Postfix and Exim try for four or five days.
GRACE: Final = timedelta(days=5)
# After so many half-lives a probe is forgotten: the next time a new one goes first.
PROBE_COUNTS_FOR: Final = 2


@dataclass(frozen=True, slots=True)
class Ladder:
    """How patient we are."""

    threshold: float = 3.0
    half_life: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a channel has been bouncing: the score as it was at `scored_at`, and what that day (UTC) had added to it."""

    score: float
    scored_at: datetime
    counted: float = 0.0
    probed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """How a channel stands after a report, and what to do about it."""

    standing: Standing
    action: Action


@dataclass(frozen=True, slots=True)
class Move:
    """When a channel was last given another address, and the addresses it had before."""

    at: datetime
    before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a report says of the mail it is about: whom it was for, and when we made it, if a link in it tells."""

    recipient: str = ""
    sent_at: datetime | None = None


def is_about_address(origin: Origin, address: str, move: Move | None, now: datetime) -> bool:
    """Whether a report about a channel is about the address it has now, rather than about one it had before a move.

    The return path names the channel alone. Where the report says neither when the mail was made nor whom it was for,
    it counts once mails from before the move have had the time to come back.
    """
    if move is None:
        return True
    if origin.sent_at is not None:
        return origin.sent_at >= move.at.replace(microsecond=0)  # links are signed to the second
    recipient = origin.recipient.lower()
    if recipient == address.lower():
        return True
    return recipient not in {each.lower() for each in move.before} and now - move.at > GRACE


def take(before: Standing | None, report: Report, now: datetime, ladder: Ladder, *, is_probe: bool = False) -> Step:
    """Take one report into account. `is_probe` says that it is the probe that came back."""
    known = before or Standing(0.0, now)
    if report is Report.COMPLAINT:
        return Step(known, Action.STOP)
    after = _count(known, WEIGHTS[report], now, ladder)
    if is_probe and _is_probed(after, now, ladder):
        return Step(after, Action.STOP)
    action = _judge(after, now, ladder)
    return Step(replace(after, probed_at=now) if action is Action.PROBE else after, action)


def fade(standing: Standing, now: datetime, ladder: Ladder) -> float:
    """Give the score as it is now. It falls from one day to the next, so the order within a day makes no difference."""
    days = max((now.date() - standing.scored_at.date()).days, 0)  # clocks are set back sometimes
    return float(standing.score * 0.5 ** (timedelta(days=days) / ladder.half_life))


def _count(known: Standing, weight: float, now: datetime, ladder: Ladder) -> Standing:
    """Add to the score what this day has not added yet."""
    at = max(now, known.scored_at)
    counted = known.counted if at.date() == known.scored_at.date() else 0.0
    more = max(weight - counted, 0.0)
    return replace(known, score=fade(known, at, ladder) + more, scored_at=at, counted=counted + more)


def _judge(after: Standing, now: datetime, ladder: Ladder) -> Action:
    if after.score < ladder.threshold:
        return Action.NOTHING
    if not _is_probed(after, now, ladder):
        return Action.PROBE
    assert after.probed_at is not None
    return Action.STOP if now - after.probed_at >= GRACE else Action.NOTHING


def _is_probed(standing: Standing, now: datetime, ladder: Ladder) -> bool:
    return standing.probed_at is not None and now - standing.probed_at <= PROBE_COUNTS_FOR * ladder.half_life
