"""Acts: resumes whoever's pause has ended. Their next digest covers everything since the last one, up to the cap."""

from datetime import datetime

import structlog

from subscribers import service, store
from subscribers.db import Database
from subscribers.model import SubscriberStatus

log = structlog.get_logger()

CHUNK = 500  # subscribers resumed in one transaction


def resume_due(database: Database, now: datetime) -> int:
    """Resume whose pause was to last until now or earlier; give how many. Running it twice resumes nobody twice."""
    count = 0
    while chunk := _list_rested(database, now):
        with database.writing() as session:
            for subscriber_id in chunk:
                done = service.resume(session, now, subscriber_id)
                count += done.before is SubscriberStatus.PAUSED
    if count:
        log.info("resumed", subscribers=count)
    return count


def _list_rested(database: Database, now: datetime) -> list[int]:
    with database.reading() as session:
        return store.list_rested(session, now, CHUNK)
