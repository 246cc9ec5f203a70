"""What of a rolling list is news: journals and people's works are read whole each time, old entries and all. Pure."""

from dataclasses import replace
from datetime import date, timedelta
from heapq import nlargest
from typing import Final

from digest.model import Announcement, Cursor, Paper, Parsed
from digest.sources.judgement import batch_ids

# Who adds a journal or a person wants what comes, and a taste of what just came; not their work of thirty years.
FIRST_REACH: Final = timedelta(days=14)
FIRST_MOST: Final = 50  # announcements; whole institutions have more in two weeks, and some feeds date nothing
# What is dated further back than this is no news though it is new to us: services merge profiles and add old volumes.
OLDEST_NEWS: Final = timedelta(days=180)


def keep_news(parsed: Parsed, since: Cursor, today: date) -> Parsed:
    """Leave out the announcements that are no news; the papers stay, since they tell more about what is stored.

    The first whole reading of a source announces what is dated at most 14 days back, the newest 50 of it. Later ones
    announce what was not in the list before, unless it is dated half a year back. Dates in the future are taken for
    today's.
    """
    reach = FIRST_REACH if is_first(since) else OLDEST_NEWS
    known = {own for paper in parsed.papers if _was_listed(paper, since) for own in paper.ids}
    news = [
        replace(made, announced_on=min(made.announced_on, today))
        for made in parsed.announcements
        if today - made.announced_on <= reach and made.paper not in known
    ]
    return replace(parsed, announcements=tuple(_keep_newest(news) if is_first(since) else news))


def is_first(since: Cursor) -> bool:
    """Whether the list has never been read whole: what only comes to light by and by is not news for that."""
    return not since.history


def _keep_newest(news: list[Announcement]) -> list[Announcement]:
    newest = set(nlargest(FIRST_MOST, news, key=lambda made: made.announced_on))
    return [made for made in news if made in newest]


def _was_listed(paper: Paper, since: Cursor) -> bool:
    """Whether the list had the paper before, in this version, under any of its ids: some get their DOI later."""
    alone = (Parsed(papers=(replace(paper, ids=(own,)),)) for own in paper.ids)
    return any(batch_ids(each) <= since.batch_ids for each in alone)
