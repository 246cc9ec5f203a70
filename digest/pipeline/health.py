"""Reads how the service is doing, and decides what of it needs a person."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.model import SourceRun
from digest.storage import announcements, deliveries, papers, runs
from subscribers import store
from subscribers.db import Database

# A message may wait this long (retries included) before somebody should look.
PATIENCE = timedelta(hours=1)
# Sources are read every half hour or so; when none was for this long, nobody is reading them.
SILENCE = timedelta(hours=6)
# What was given up longer ago than this is no news: somebody has looked, or nobody will.
RECENT = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The numbers an operator watches."""

    runs: tuple[SourceRun, ...]
    last_answers: Mapping[str, datetime]
    papers: int
    announcements: int
    subscribers: Mapping[str, int]
    channels: Mapping[str, int]
    interests: int
    follows: int
    deliveries: Mapping[str, int]
    oldest_unsent_at: datetime | None
    last_failed_at: datetime | None


def read_health(database: Database) -> Health:
    """Read it all in one transaction."""
    with database.reading() as session:
        channels = store.count_channels(session)
        return Health(
            runs=runs.list_latest_runs(session),
            last_answers=runs.list_last_answers(session),
            papers=papers.count_papers(session),
            announcements=announcements.count_announcements(session),
            subscribers={state.value: count for state, count in store.count_subscribers(session).items()},
            channels={f"{kind}, {state.value}": count for (kind, state), count in channels.items()},
            interests=store.count_interests(session),
            follows=store.count_follows(session),
            deliveries={state.value: count for state, count in deliveries.count_deliveries(session).items()},
            oldest_unsent_at=deliveries.find_oldest_unsent(session),
            last_failed_at=deliveries.find_last_failure(session),
        )


def find_worries(health: Health, now: datetime, configured: Collection[str]) -> tuple[str, ...]:
    """Say what needs a person, a sentence each. Only `configured` sources count: others were taken out on purpose."""
    read = [run for run in health.runs if run.source in configured]
    worries = [f"{run.source} is {run.state.value}: {run.detail}" for run in read if run.state not in runs.ANSWERED]
    last = max((run.ended_at for run in read), default=now)
    if now - last > SILENCE:
        worries.append(f"no source has been read since {last:%Y-%m-%d %H:%M} UTC; is `digest run` running?")
    oldest = health.oldest_unsent_at
    if oldest is not None and now - oldest > PATIENCE:
        worries.append(f"a message has been waiting since {oldest:%Y-%m-%d %H:%M} UTC")
    failed_at = health.last_failed_at
    if failed_at is not None and now - failed_at < RECENT:
        failed = health.deliveries["failed"]
        worries.append(
            f"{failed} message{'' if failed == 1 else 's'} could not be delivered and will not be tried again, "
            f"the last at {failed_at:%Y-%m-%d %H:%M} UTC"
        )
    return tuple(worries)
