"""What was announced on days whose feeds nobody read, worked out from OAI-PMH records. Decides; never fetches. Pure.

OAI-PMH says when a version was submitted, not when it was announced. arXiv's schedule gives the day, except that about
one new paper in fourteen is held for moderation. Those are found by their ids: "the final arXiv identifier is assigned
as part of the automated process when the work is announced" (https://info.arxiv.org/help/availability.html), so ids
grow from one announcement to the next, and within one from the earliest submission to the latest. A paper whose id is
higher than that of one submitted later was therefore announced with the next higher id that came on time.

What cannot be worked out: a paper cross-listed after its first announcement, since only its categories are given.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from digest.model import Announcement, AnnouncementKind, IdScheme
from digest.sources.arxiv.calendar import announcement_day, next_working
from digest.sources.arxiv.categories import cross_lists, is_primary
from digest.sources.arxiv.records import ArxivRecord, Version

# Feeds leave out later ones: version_threshold in https://github.com/arXiv/arxiv-feed, feed/database.py.
FIRST_SILENT_VERSION: Final = 6

_LONGEST_REST: Final = timedelta(days=3)  # a Monday's feed may show what was announced in the month before

# A paper's place in the order of announcement: the month and the running number of its id.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, order=True)
class _First:
    """A first version: its place, when it was submitted, and the day it was last touched, if that was said."""

    place: Place
    submitted_at: datetime
    touched_on: date | None = None

    @property
    def due_on(self) -> date:
        """Give the day by the schedule, or the day it was last touched if that is earlier."""
        due_on = announcement_day(self.submitted_at)
        return min(due_on, self.touched_on) if self.touched_on else due_on

    @property
    def is_untouched(self) -> bool:
        """Whether it may have been touched last when it was announced: in the month of its id."""
        if self.touched_on is None:
            return False
        return any(int(f"{day:%y%m}") == self.place[0] for day in (self.touched_on, self.touched_on - _LONGEST_REST))


def list_announced(
    records: Sequence[ArxivRecord], query: str, source: str, days: Collection[date], known: Iterable[ArxivRecord] = ()
) -> list[Announcement]:
    """Give the announcements of these days, as the feed of the query would have made them.

    `known` are records read before these, which help to place them.
    """
    firsts = _date_firsts([*known, *records])
    made = [each for record in records for each in _announce(record, query, source, firsts)]
    return [announcement for announcement in made if announcement.announced_on in days]


def find_place(arxiv_id: str) -> Place | None:
    """Give the place of an id in the order of announcement; None for ids of before April 2007, which have no such."""
    month, dot, number = arxiv_id.partition(".")
    return (int(month), int(number)) if dot and month.isdecimal() and number.isdecimal() else None


def _announce(record: ArxivRecord, query: str, source: str, firsts: dict[Place, date]) -> Iterable[Announcement]:
    paper = record.paper
    days: set[date] = set()
    for version in record.versions:
        announced_on = _day_of(record, version, firsts)
        # One entry a day and paper, and of two kinds the first.
        if announced_on in days or version.number >= FIRST_SILENT_VERSION:
            continue
        days.add(announced_on)
        for kind, detail in _list_kinds(version, query, paper.categories):
            yield Announcement(
                paper=paper.ids[0],
                kind=kind,
                detail=detail,
                source=source,
                announced_on=announced_on,
                version=version.number,
            )


def _list_kinds(version: Version, query: str, categories: tuple[str, ...]) -> list[tuple[AnnouncementKind, str]]:
    if version.number > 1:
        return [(AnnouncementKind.REPLACEMENT, f"v{version.number}")]
    if is_primary(query, categories):
        return [(AnnouncementKind.NEW, "")]
    return [(AnnouncementKind.CROSS_LIST, part) for part in cross_lists(query, categories)]


def _day_of(record: ArxivRecord, version: Version, firsts: dict[Place, date]) -> date:
    place = find_place(record.paper.id_of(IdScheme.ARXIV) or "")
    if version.number == 1 and place in firsts:
        return firsts[place]
    return announcement_day(version.submitted_at)


def _date_firsts(records: Iterable[ArxivRecord]) -> dict[Place, date]:
    """Give the day on which each first version was announced."""
    firsts = {first.place: first for record in records if (first := _read_first(record))}
    ordered = [firsts[place] for place in sorted(firsts)]
    on_time: list[_First] = []
    for first in ordered:
        if not on_time or first.submitted_at >= on_time[-1].submitted_at:
            on_time.append(first)
    places = [first.place for first in on_time]
    return {first.place: _find_day(first, on_time, bisect_left(places, first.place)) for first in ordered}


def _find_day(first: _First, on_time: list[_First], at: int) -> date:
    """Give the day of the next paper that came on time, unless this one was last touched before that."""
    # An id has the month of its announcement, so neighbours of other months say nothing.
    following = next((each for each in on_time[at : at + 1] if each.place[0] == first.place[0]), None)
    previous = next((each for each in on_time[max(0, at - 1) : at] if each.place[0] == first.place[0]), first)
    if following is None:
        return first.touched_on if first.is_untouched and first.touched_on else previous.due_on
    is_before = first.touched_on is not None and first.touched_on < following.due_on
    return previous.due_on if is_before else following.due_on


def _read_first(record: ArxivRecord) -> _First | None:
    place = find_place(record.paper.id_of(IdScheme.ARXIV) or "")
    if place is None or not record.versions or record.versions[0].number != 1:
        return None
    # Being announced touches a paper, about midnight UTC of the day in whose feed it then is.
    touched_on = next_working(record.touched_on) if record.touched_on else None
    return _First(place, record.versions[0].submitted_at, touched_on)
