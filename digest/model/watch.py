"""What an operator is told: how a source has been doing, what is wrong for too long, and the notices about it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from digest.model.messages import Address
from digest.model.sources import RunState, SourceRun

# What came was all there was to come. Everything else owes something.
GOOD_STATES = frozenset({RunState.FRESH, RunState.QUIET, RunState.HOLIDAY})
# What was written down further in the future than this was written by a clock that has been put back since.
CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """How a source has been doing: its last runs (oldest first) and the moments that stand out.

    `streak_since` is when the first run began that ended as well, or as badly, as all after it. `missing_on` is the
    first day whose batch should be there by now and is not, and `missing_since` when we first asked for it in vain.
    """

    source: str
    runs: tuple[SourceRun, ...] = ()
    last_answer_at: datetime | None = None
    last_good_at: datetime | None = None
    streak_since: datetime | None = None
    last_fresh: SourceRun | None = None
    complete_on: date | None = None
    missing_on: date | None = None
    missing_since: datetime | None = None

    @property
    def last(self) -> SourceRun | None:
        """Give the last run, if there was one."""
        return self.runs[-1] if self.runs else None

    @property
    def is_good(self) -> bool:
        """Whether the last run brought all it should."""
        return self.last is not None and self.last.state in GOOD_STATES

    @property
    def bad_since(self) -> datetime | None:
        """Give when the present run of bad runs began; None if the last one was good."""
        return None if self.is_good else self.streak_since


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that has been wrong for longer than its rhythm explains, since when, and a sentence on why."""

    name: str
    since: datetime
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAlarm(Alarm):
    """An alarm that the operator has been told about."""

    raised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What to tell the operator, to whatever address. The key makes it come once."""

    key: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Note):
    """A note on its way to one address, claimed. `claim` grows with each claim: only the latest one may settle it."""

    id: int
    address: Address
    created_at: datetime
    attempts: int
    claim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Messages of one kind of channel of which none could be sent for a while, and what their notifier says."""

    kind: str
    since: datetime
    count: int
    fault: str
