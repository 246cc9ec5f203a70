"""arXiv's announcement days: which days have a feed of their own, and on which one a submission appears. Pure.

arXiv announces in the evenings of Sunday to Thursday, about 20:00 Eastern, and its feeds turn at the midnight after.
So the feed of a day shows what was announced the evening before, and feeds come from Monday to Friday. A holiday
therefore empties the feed of the next weekday: Thanksgiving, a Thursday, empties the Friday after it. A holiday on a
Friday has no evening of its own and takes Sunday's, so that Monday is empty; so it was on 2026-06-22 and 2026-07-06.

Schedule and holidays: https://info.arxiv.org/help/availability.html, whose history is in
https://github.com/arXiv/arxiv-docs/commits/develop/source/help/availability.md
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from digest.sources.rhythm import Pattern, Rhythm

ZONE: Final = ZoneInfo("America/New_York")
# Feeds turn at midnight. What is new from then on is of the new day: a minute later would leave a gap in which nobody
# could say of which day a batch is.
READY_AT: Final = time(0)
CUT_OFF: Final = time(14, 0)  # what comes later on a weekday is announced one mailing later

_ONE_DAY: Final = timedelta(days=1)
_MONDAY, _THURSDAY, _SATURDAY, _SUNDAY = 0, 3, 5, 6

# As (month, day), from the lists arXiv has published; the days around New Year differ from year to year, and single
# days of each year are arXiv's own meetings.
_PUBLISHED: Final[dict[int, tuple[tuple[int, int], ...]]] = {
    2023: ((1, 16), (6, 14), (6, 19), (7, 4), (8, 17), (9, 4), (11, 23), (12, 25), (12, 27)),
    2024: ((1, 15), (5, 22), (6, 19), (7, 4), (9, 2), (10, 8), (11, 28), (12, 25), (12, 26), (12, 31)),
    2025: ((1, 1), (1, 20), (6, 19), (7, 6), (9, 1), (11, 27), (12, 25), (12, 30)),
    2026: ((1, 1), (1, 19), (6, 19), (7, 3), (9, 7), (11, 26), (12, 25), (12, 29), (12, 31)),
}


def is_working(day: date) -> bool:
    """Whether a day has a feed with announcements of its own."""
    return day.weekday() < _SATURDAY and not any(
        evening in list_holidays(evening.year) for evening in _list_evenings(day)
    )


RHYTHM: Final = Rhythm(
    pattern=Pattern.BATCH, zone=ZONE, is_working=is_working, ready_at=READY_AT, patience=timedelta(hours=8)
)


def announcement_day(submitted_at: datetime) -> date:
    """Give the day in whose feed a paper or version submitted at this instant appears by arXiv's schedule.

    Moderation may hold a submission for longer, so this is the earliest day, not a promise.
    """
    local = submitted_at.astimezone(ZONE)
    cut_off_on = local.date() + (_ONE_DAY if local.time() >= CUT_OFF else timedelta())
    # There is no cut-off at weekends: what comes then waits for Monday's.
    waits = {_SATURDAY: 2, _SUNDAY: 1}.get(cut_off_on.weekday(), 0)
    return next_working(cut_off_on + (waits + 1) * _ONE_DAY)


@lru_cache(maxsize=4_000)  # asked for every version of every paper of a back-fill
def next_working(day: date) -> date:
    """Give the day itself if it has a feed of its own, or the first after it that has."""
    while not is_working(day):
        day += _ONE_DAY
    return day


def previous_working(day: date) -> date:
    """Give the last day before this one that has a feed of its own."""
    day -= _ONE_DAY
    while not is_working(day):
        day -= _ONE_DAY
    return day


def working_days(first: date, last: date) -> list[date]:
    """Give the days with a feed of their own from the first to the last, both included."""
    days = (first + number * _ONE_DAY for number in range((last - first).days + 1))
    return [day for day in days if is_working(day)]


@lru_cache(maxsize=64)
def list_holidays(year: int) -> frozenset[date]:
    """Give arXiv's holidays of a year: as published, or by rule for years whose list is not in this table.

    The rule has the holidays that are in every list of arXiv's since 2025. It cannot know the one or two days more that
    arXiv takes between Christmas and New Year.
    """
    listed = _PUBLISHED.get(year)
    return frozenset(date(year, *day) for day in listed) if listed else frozenset(list_usual_holidays(year))


def list_usual_holidays(year: int) -> Iterator[date]:
    """Give the US federal holidays that arXiv observes, on the days they are observed."""
    for month, day in ((1, 1), (6, 19), (7, 4), (12, 25)):
        yield _observe(date(year, month, day))
    yield _find_weekday(date(year, 1, 1), _MONDAY, 3)  # Martin Luther King Jr. Day
    yield _find_weekday(date(year, 9, 1), _MONDAY, 1)  # Labor Day
    yield _find_weekday(date(year, 11, 1), _THURSDAY, 4)  # Thanksgiving


def _list_evenings(day: date) -> list[date]:
    """Give the days of which a holiday empties the feed of this weekday."""
    return [day - number * _ONE_DAY for number in ((1, 2, 3) if day.weekday() == _MONDAY else (1,))]


def _observe(holiday: date) -> date:
    """Move a holiday from the weekend: Saturday's to Friday, Sunday's to Monday."""
    return holiday + {_SATURDAY: -1, _SUNDAY: 1}.get(holiday.weekday(), 0) * _ONE_DAY


def _find_weekday(first: date, weekday: int, number: int) -> date:
    """Give the first, second … such weekday from a day on."""
    return first + ((weekday - first.weekday()) % 7 + 7 * (number - 1)) * _ONE_DAY
