"""Reads how the service is doing, and decides what of it needs a person."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from digest.model import SourceRun
from digest.model.watch import Alarm
from digest.pipeline.watch.complete_day import find_obstacles
from digest.pipeline.watch.dead_man import read_facts
from digest.pipeline.watch.records import STRIP, read_records
from digest.pipeline.watch.standing import Moment, SourceStatus, judge_status, say_remarks
from digest.sources import Source
from digest.storage import alarms, announcements, complete_days, deliveries, papers, runs
from subscribers import store
from subscribers.db import Database

# A message may wait this long (retries included) before somebody should look.
PATIENCE = timedelta(hours=1)
# When the sources should have been asked and none was for this long, nobody is reading them.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DayStatus:
    """Whether the operator's day is complete, and if not, what it waits for."""

    day: date
    completed_at: datetime | None = None
    pinged_at: datetime | None = None
    waits_for: tuple[str, ...] = ()


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


def read_statuses(
    database: Database, sources: Sequence[Source], at: Moment, depth: int = STRIP
) -> tuple[SourceStatus, ...]:
    """Read how each configured source stands, with its last `depth` runs."""
    with database.reading() as session:
        raised = {alarm.name: alarm.raised_at for alarm in alarms.list_alarms(session)}
        records = read_records(session, sources, at.now, depth)
    return tuple(
        judge_status(source.rhythm, records[source.name], at, alarm_raised_at=raised.get(source.name))
        for source in sources
    )


def read_day(database: Database, sources: Sequence[Source], now: datetime, zone: tzinfo) -> DayStatus:
    """Read how far the operator's day has come."""
    day = now.astimezone(zone).date()
    with database.reading() as session:
        complete = complete_days.find_complete_day(session, day)
        if complete is not None:
            return DayStatus(day=day, completed_at=complete.completed_at, pinged_at=complete.pinged_at)
        facts = read_facts(session, sources, now)
    return DayStatus(day=day, waits_for=tuple(find_obstacles(facts, day, zone, now)))


def find_worries(
    health: Health, now: datetime, configured: Collection[str], alarms: Iterable[Alarm] = ()
) -> tuple[str, ...]:
    """Say what needs a person, a sentence each. Only `configured` sources count: others were taken out on purpose.

    `alarms` are of sources that have been bad for longer than their rhythm explains.
    """
    read = [run for run in health.runs if run.source in configured]
    failed = [run for run in read if run.state not in runs.ANSWERED]
    named = {run.source for run in failed}
    worries = [f"{run.source} is {run.state.value}: {say_remarks(run)}" for run in failed]
    worries += [f"{each.name} has been bad for too long: {each.cause}" for each in alarms if each.name not in named]
    return (*worries, *_worry_about_silence(read, now), *_worry_about_messages(health, now))


def _worry_about_silence(read: Sequence[SourceRun], now: datetime) -> Iterable[str]:
    """Worry when a source that should have been asked long ago was not: a day's batch may well be the last."""
    due_at = min((run.due_at or run.ended_at for run in read), default=now)
    if now - due_at > SILENCE:
        last = max(run.ended_at for run in read)
        yield f"no source has been read since {last:%Y-%m-%d %H:%M} UTC; is `digest run` running?"


def _worry_about_messages(health: Health, now: datetime) -> Iterable[str]:
    oldest = health.oldest_unsent_at
    if oldest is not None and now - oldest > PATIENCE:
        yield f"a message has been waiting since {oldest:%Y-%m-%d %H:%M} UTC"
    failed_at = health.last_failed_at
    if failed_at is not None and now - failed_at < RECENT:
        failed = health.deliveries["failed"]
        yield (
            f"{failed} message{'' if failed == 1 else 's'} could not be delivered and will not be tried again, "
            f"the last at {failed_at:%Y-%m-%d %H:%M} UTC"
        )
