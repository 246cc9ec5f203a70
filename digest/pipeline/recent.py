"""Acts: finds the newest stored papers that match a query, whoever asks. Stores nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from digest.matching.index import PaperBatch
from digest.matching.memory import passing
from digest.matching.query import parse
from digest.model import AnnouncementId, Candidate, Paper, PaperId
from digest.storage import announcements
from subscribers.db import Database

REACH: Final = timedelta(days=30)
MOST: Final = 10  # papers
AT_ONCE: Final = 1_000  # announcements
MOST_READ: Final = 20  # times that: rare words would have the whole month read, which takes a minute on busy services


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """The newest papers that match, and since when papers were looked at. `is_full` says that there may be more."""

    papers: tuple[tuple[PaperId, Paper], ...]
    since: datetime
    is_full: bool


def find_recent(database: Database, now: datetime, query: str, most: int = MOST) -> Recent:
    """Read announcements of the last month, newest first, until there are `most` papers. Raises InvalidQuery."""
    with passing():
        wanted = parse(query)
        with database.reading() as session:
            end, start = announcements.latest_announcement(session), announcements.find_watermark(session, now, REACH)
        found: dict[PaperId, Paper] = {}
        since, reads = now - REACH, 0
        while end > start and len(found) < most:
            if reads == MOST_READ:
                return Recent(papers=_first(found, most), since=since, is_full=False)
            after = AnnouncementId(max(start, end - AT_ONCE))
            with database.reading() as session:
                candidates = announcements.list_candidates(session, after, end)
            since = min((each.announcements[0].seen_at for each in candidates), default=since)
            batch = PaperBatch(sorted(candidates, key=_newest, reverse=True))
            found |= {
                each.paper_id: each.paper for each in batch.pick(batch.matches(wanted)) if each.paper_id not in found
            }
            end, reads = after, reads + 1
    is_full = len(found) >= most
    return Recent(papers=_first(found, most), since=since if is_full else now - REACH, is_full=is_full)


def _newest(candidate: Candidate) -> AnnouncementId:
    return candidate.announcements[-1].id


def _first(found: dict[PaperId, Paper], most: int) -> tuple[tuple[PaperId, Paper], ...]:
    return tuple(found.items())[:most]
