"""Acts: composes what a channel's next digest holds so far. Stores nothing, and marks nothing as sent."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from digest.model import AnnouncementId, Delivery, Paper, PaperId
from digest.pipeline.compose import compose_editions, lay_desk
from digest.pipeline.desk import Slot
from digest.pipeline.known import load_known
from digest.pipeline.preview import make_delivery
from digest.storage import announcements, papers
from subscribers import store
from subscribers.db import Database
from subscribers.model import SubscriberView

# A channel that was paused for months has everything since in its next digest; here the last days have to do.
REACH: Final = timedelta(days=7)


def preview_next(
    database: Database, view: SubscriberView, channel_id: int, now: datetime, most: int, *, is_sample: bool = False
) -> tuple[Delivery, dict[PaperId, Paper]]:
    """Give the digest so far, `most` papers of it, and these papers: what waits, but no more than the last days.

    A sample is of all the last days, wherever the channel stands. Papers count as far as it has been found out who
    wrote them. Raises UnknownChannel.
    """
    with database.reading() as session:
        channel = store.find_standing(session, channel_id).channel
        lately = announcements.find_watermark(session, now, REACH)
        after = lately if is_sample else max(AnnouncementId(channel.watermark), lately)
    channel = replace(channel, watermark=after, cap=min(channel.cap, most))
    desk = lay_desk(database, after, now)
    known = replace(load_known(database, desk, [channel]), corrections={})
    (edition,) = compose_editions(desk, [channel], known, Slot(now, is_forced=True))
    with database.reading() as session:
        shown = papers.load_papers(session, [entry.paper_id for entry in edition.entries])
    return make_delivery(channel, edition, view, now), shown
