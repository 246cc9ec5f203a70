"""Acts: finds stored papers for somebody who types into any chat: by id, by words, or those of the last days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from digest.errors import InvalidQuery
from digest.model import AnnouncementId, ExternalId, Paper, PaperId
from digest.pipeline.recent import find_recent
from digest.storage import announcements, papers
from subscribers.db import Database

PER_PAGE: Final = 10
MOST: Final = 50  # papers of one search; Telegram takes as many in one answer
LATELY: Final = timedelta(days=3)
MOST_READ: Final = 1_000  # announcements, for those of the last days


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A page of papers, and where the next one begins; None if this is the last."""

    papers: tuple[tuple[PaperId, Paper], ...] = ()
    next_start: int | None = None


def find_glimpse(database: Database, now: datetime, words: str, known: Sequence[ExternalId], start: int) -> Glimpse:
    """Find the paper of one of the ids, else what matches the words; without any, what people liked of late."""
    if known:
        return Glimpse(_find_known(database, known)) if start == 0 else Glimpse()
    if start >= MOST:
        return Glimpse()
    end = start + PER_PAGE
    try:
        found = find_recent(database, now, words, end + 1).papers if words else _list_liked(database, now)
    except InvalidQuery:
        return Glimpse()
    return Glimpse(found[start:end], end if len(found) > end < MOST else None)


def _find_known(database: Database, known: Sequence[ExternalId]) -> tuple[tuple[PaperId, Paper], ...]:
    with database.reading() as session:
        for each in known:
            number = papers.find_paper(session, each)
            living = papers.find_living(session, number) if number is not None else None
            if living is not None:
                return ((living, papers.load_papers(session, [living])[living]),)
    return ()


def _list_liked(database: Database, now: datetime) -> tuple[tuple[PaperId, Paper], ...]:
    """Give the papers of the last days, most upvotes first, then the newest."""
    with database.reading() as session:
        end, start = announcements.latest_announcement(session), announcements.find_watermark(session, now, LATELY)
        after = AnnouncementId(max(start, end - MOST_READ))
        candidates = announcements.list_candidates(session, after, end)
    ranked = sorted(candidates, key=lambda each: (-(each.paper.upvotes or 0), -each.announcements[-1].id))
    return tuple((each.paper_id, each.paper) for each in ranked[:MOST])
