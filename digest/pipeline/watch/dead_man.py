"""Acts: writes down each complete day, and tells the dead-man URL of it. What stays silent is what raises the alarm.

The alarm is the other side's: whoever watches the URL notices when a day goes by without it. So nothing here tries to
be clever about a day that does not become complete.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

import structlog
from sqlalchemy.orm import Session

from digest.errors import SourceError
from digest.pipeline.watch.alarms import NOTIFIER
from digest.pipeline.watch.complete_day import COMPOSE_WITHIN, DayFacts, is_day_complete
from digest.pipeline.watch.records import read_records
from digest.settings import OperatorSettings
from digest.sources import Source
from digest.sources.http.client import Http
from digest.storage import alarms, complete_days, undelivered
from subscribers.db import Database
from subscribers.schedule import zone_of

log = structlog.get_logger()

NAME: Final = "dead-man"
# A request may take its time, and one that failed is not repeated at every tick. Also the lease of who is asking.
ASK_AGAIN_AFTER: Final = timedelta(minutes=5)


async def close_day(
    database: Database, sources: Sequence[Source], http: Http, settings: OperatorSettings, clock: Callable[[], datetime]
) -> bool:
    """Settle today and tell the URL, once. False while the day is not complete or the URL was not told."""
    zone = zone_of(settings.timezone)
    day = await asyncio.to_thread(settle_day, database, sources, clock(), zone)
    url = settings.ping_url.get_secret_value()
    if day is None or not url:
        return False
    return await ping(database, http, url, day, clock)


def settle_day(database: Database, sources: Sequence[Source], now: datetime, zone: tzinfo) -> date | None:
    """Give today (the operator's) if it is complete, written down once. What happens later changes nothing of it."""
    day = now.astimezone(zone).date()
    with database.reading() as session:
        if complete_days.find_complete_day(session, day) is not None:
            return day
        facts = read_facts(session, sources, now)
    if not is_day_complete(facts, day, zone, now):
        return None
    with database.writing() as session:
        is_new = complete_days.add_complete_day(session, day, now)
    if is_new:
        log.info("day_complete", day=day.isoformat())
    return day


def read_facts(session: Session, sources: Sequence[Source], now: datetime) -> DayFacts:
    """Read what a day is judged by."""
    names = {source.name for source in sources}
    opened = (alarm.name for alarm in alarms.list_alarms(session))
    return DayFacts(
        records=read_records(session, sources, now),
        rhythms={source.name: source.rhythm for source in sources},
        uncomposed=undelivered.count_uncomposed(session, now - COMPOSE_WITHIN),
        oldest_pending_at=undelivered.find_oldest_pending(session),
        alarms=tuple(name for name in opened if name in names or name.startswith(NOTIFIER)),
    )


async def ping(database: Database, http: Http, url: str, day: date, clock: Callable[[], datetime]) -> bool:
    """Ask the URL, unless it was told of this day or somebody is asking. True if it has just been told."""
    if not await asyncio.to_thread(_claim, database, day, clock()):
        return False
    try:
        await http.named(NAME).get(url)
    except SourceError as error:  # the next ticks of this day try again
        said = str(error).replace(url, "the dead-man URL")  # whoever knows it can ask it
        log.warning("ping_failed", day=day.isoformat(), error=said)
        return False
    await asyncio.to_thread(_record, database, day, clock())
    log.info("day_pinged", day=day.isoformat())
    return True


def _claim(database: Database, day: date, now: datetime) -> bool:
    with database.reading() as session:  # after the ping of the day, its ticks write nothing
        known = complete_days.find_complete_day(session, day)
    if known is None or known.pinged_at is not None:
        return False
    with database.writing() as session:
        return complete_days.claim_ping(session, day, now, ASK_AGAIN_AFTER)


def _record(database: Database, day: date, now: datetime) -> None:
    with database.writing() as session:
        complete_days.record_ping(session, day, now)
