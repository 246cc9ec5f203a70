"""When a source brings something new, in its own time zone. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

UTC_ZONE: Final = ZoneInfo("UTC")
_ONE_DAY: Final = timedelta(days=1)
# No calendar rests longer; a source that never works would be searched for ever.
_LONGEST_REST: Final = 30


class Pattern(StrEnum):
    """How a source replaces what it shows."""

    BATCH = "batch"  # one batch a day takes the place of the last: arXiv's feeds
    LISTS = "lists"  # one list a day, which grows until the day is over and can be read later: Hugging Face
    ROLLING = "rolling"  # the newest entries, older ones fall off at some time: journals, a person's works


def works_daily(_day: date) -> bool:
    """Take every day for a working day."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When something new is due. Dates and times are those of `zone`.

    `is_working` tells the days that have a batch or list of their own, and `ready_at` is the time from which that of a
    working day should be there in full: for a BATCH on the day itself, for LISTS on the day after. `reach` is how far
    back a fetch can read. `every` is the pause between two looks when nothing is overdue, and `patience` how long
    something may be overdue or wrong before the operator hears of it.
    """

    pattern: Pattern = Pattern.ROLLING
    zone: ZoneInfo = UTC_ZONE
    is_working: Callable[[date], bool] = works_daily
    ready_at: time = time(0, 0)
    reach: timedelta = timedelta()
    every: timedelta = timedelta(hours=2)
    patience: timedelta = timedelta(days=2)

    def day_of(self, now: datetime) -> date:
        """Give the date it is where the source is."""
        return now.astimezone(self.zone).date()

    def is_rest(self, now: datetime) -> bool:
        """Whether today has no batch of its own."""
        return not self.is_working(self.day_of(now))

    def ready_moment(self, day: date) -> datetime:
        """Give the instant (UTC) from which the batch of a day should be there in full."""
        on = day + _ONE_DAY if self.pattern is Pattern.LISTS else day
        return datetime.combine(on, self.ready_at, self.zone).astimezone(UTC)

    def latest_expected(self, now: datetime) -> date | None:
        """Give the last working day whose batch should be there by now; None for a source without daily batches."""
        if self.pattern is Pattern.ROLLING:
            return None
        days = (self.day_of(now) - number * _ONE_DAY for number in range(_LONGEST_REST))
        return next((day for day in days if self.is_working(day) and self.ready_moment(day) <= now), None)

    def next_ready_at(self, now: datetime) -> datetime | None:
        """Give the next instant at which a batch is due; None for a source without daily batches."""
        if self.pattern is Pattern.ROLLING:
            return None
        days = (self.day_of(now) + number * _ONE_DAY for number in range(-1, _LONGEST_REST))
        return next((at for day in days if self.is_working(day) and (at := self.ready_moment(day)) > now), None)

    def next_look_at(self, now: datetime) -> datetime:
        """Give the next instant at which it is the hour of a batch, be it a working day or not."""
        days = (self.day_of(now) + number * _ONE_DAY for number in range(-1, 3))
        return next(at for day in days if (at := self.ready_moment(day)) > now)

    def missed_days(self, since: datetime, now: datetime) -> list[date]:
        """Give the working days after the last reading that a fetch now cannot read any more."""
        first = self.day_of(since) + _ONE_DAY
        days = (first + number * _ONE_DAY for number in range((self.day_of(now) - self.reach - first).days))
        return [] if self.pattern is Pattern.ROLLING else [day for day in days if self.is_working(day)]
