"""What comes from sources: batches, cursors, runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from digest.model.papers import Announcement, Paper


class RunState(StrEnum):
    """How a source run ended; exactly one."""

    FRESH = "fresh"
    QUIET = "quiet"
    HOLIDAY = "holiday"
    STALE = "stale"
    PARTIAL = "partial"
    BROKEN = "broken"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBatch:
    """What one day's batch was like: how many entries, and which share of them (0 to 1) had a field filled.

    One that `is_doubted` did not look like those before it.
    """

    on: date
    entries: int
    filled: Mapping[str, float] = field(default_factory=dict)
    is_doubted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where the last successful run of a source stopped. The empty cursor means: never run.

    `batch_ids` and `batch_on` are of the last batch that had any entries, the day being that of our clock, in the
    source's zone, on which it was first seen. `is_empty` says that the last answer had none. `complete_on` is the last
    day whose batch is known to have come whole. `position` is a mark of the source's own (a token, a version, a day).
    `history` is what the last batches were like, oldest first.
    """

    etag: str | None = None
    last_modified: str | None = None
    batch_ids: frozenset[str] = frozenset()
    batch_on: date | None = None
    fetched_at: datetime | None = None
    is_empty: bool = False
    complete_on: date | None = None
    position: str = ""
    history: tuple[PastBatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What the bytes of one response say. `announced_count` is the number the source itself states, if it does.

    `source` is the source the bytes name (`arxiv:cs.CL`), `skipped` counts entries that could not be read, and
    `is_truncated` says that the response breaks off or was cut at the source's own limit.
    """

    papers: tuple[Paper, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    announced_count: int | None = None
    warnings: tuple[str, ...] = ()
    source: str = ""
    skipped: int = 0
    is_truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one fetch of a source brought, judged."""

    source: str
    state: RunState
    papers: tuple[Paper, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    announced_count: int | None = None
    cursor: Cursor = field(default_factory=Cursor)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRun:
    """One attempt to read a source, as recorded. `papers` counts what came, `due_at` is when to ask again."""

    source: str
    started_at: datetime
    ended_at: datetime
    state: RunState
    papers: int = 0
    announcements: int = 0
    announced_count: int | None = None
    detail: str = ""
    due_at: datetime | None = None
