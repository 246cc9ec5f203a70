"""Acts: stores captured responses as if the sources had just sent them, day by day in the order of announcement."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from digest.errors import ReplayEmpty
from digest.model import Announcement, Batch, RunState, SourceRun
from digest.pipeline.fetch import finished_run
from digest.sources import Source
from digest.sources.replay import Capture, Skipped, read_folder
from digest.storage import runs
from subscribers.db import Database


@dataclass(frozen=True, slots=True)
class Day:
    """What the captures announce on one date, a batch for each capture."""

    on: date
    batches: tuple[Batch, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replayed folder brought, and the files no source could use."""

    runs: tuple[SourceRun, ...]
    skipped: tuple[Skipped, ...]


def replay_folder(database: Database, folder: Path, now: datetime, sources: Sequence[Source] = ()) -> Replayed:
    """Store everything a folder of captures holds."""
    captures, skipped = read_captures(folder, sources)
    done = store_background(database, captures, now)
    done += [run for day in split_days(captures) for run in store_day(database, day, now)]
    return Replayed(tuple(done), skipped)


def read_captures(folder: Path, sources: Sequence[Source] = ()) -> tuple[tuple[Capture, ...], tuple[Skipped, ...]]:
    """Read a folder of captured responses with our formats and those of `sources`. Raises ReplayEmpty."""
    replay = read_folder(folder, sources)
    if not replay.captures:
        raise ReplayEmpty(f"{folder} holds no captured response that a source can read ({len(replay.skipped)} files).")
    return replay.captures, replay.skipped


def split_days(captures: Iterable[Capture]) -> list[Day]:
    """Sort the announcements of all daily captures by date."""
    days: dict[date, list[Batch]] = defaultdict(list)
    for capture in filter(_is_of_a_day, captures):
        for on, announced in _by_date(capture.parsed.announcements).items():
            days[on].append(_make_batch(capture, announced))
    return [Day(on, tuple(batches)) for on, batches in sorted(days.items())]


def store_day(database: Database, day: Day, now: datetime) -> list[SourceRun]:
    """Store one day's batches, as runs of their sources."""
    return [_store(database, batch, now) for batch in day.batches]


def store_background(database: Database, captures: Iterable[Capture], now: datetime) -> list[SourceRun]:
    """Store the papers that no capture announces, such as answers to a search: they tell more about papers.

    So do the papers of rolling lists. Their announcements are left out: they are of any date, decades ago included.
    """
    batches = (_make_batch(capture, ()) for capture in map(_silence, captures))
    return [_store(database, batch, now) for batch in batches if batch.papers]


def _is_of_a_day(capture: Capture) -> bool:
    return capture.is_daily


def _silence(capture: Capture) -> Capture:
    return capture if capture.is_daily else replace(capture, parsed=replace(capture.parsed, announcements=()))


def _by_date(announcements: Iterable[Announcement]) -> dict[date, list[Announcement]]:
    dates: dict[date, list[Announcement]] = defaultdict(list)
    for announcement in announcements:
        dates[announcement.announced_on].append(announcement)
    return dates


def _make_batch(capture: Capture, announced: Sequence[Announcement]) -> Batch:
    """Make a batch of some announcements of a capture and the papers they are about; of none, of the other papers."""
    about = {announcement.paper for announcement in announced or capture.parsed.announcements}
    papers = (paper for paper in capture.parsed.papers if about.isdisjoint(paper.ids) is not bool(announced))
    state = RunState.PARTIAL if capture.parsed.warnings else RunState.FRESH if announced else RunState.QUIET
    return Batch(
        source=capture.source_name,
        state=state,
        papers=tuple(papers),
        announcements=tuple(announced),
        announced_count=capture.parsed.announced_count,
        warnings=capture.parsed.warnings,
    )


def _store(database: Database, batch: Batch, now: datetime) -> SourceRun:
    """Store a batch and record the run. The cursor stays: a replay says nothing about where the network stands."""
    with database.writing() as session:
        stored = runs.save_batch(session, batch, now, keeps_cursor=True)
        detail = "; ".join(("replayed", *batch.warnings))
        run = replace(finished_run(batch, stored, now, now), detail=detail)
        runs.record_run(session, run)
        return run
