"""Acts: loads what is known of channels and their readers: wishes, answers, what they were sent and told."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from digest.matching.announced import STREAM_START
from digest.matching.taste import Taste
from digest.model import AnnouncementId, ChannelId, Edition, PaperId
from digest.pipeline.corrections import list_corrections
from digest.pipeline.desk import Desk
from digest.pipeline.followed import load_views
from digest.pipeline.tastes import load_tastes
from digest.researchers.following import Views
from digest.storage import marks, shown
from digest.storage.alerts import list_alerts, list_news
from digest.storage.corrections import Correction
from digest.storage.marks import Stage
from digest.storage.shown import Siblings
from subscribers import store
from subscribers.db import Database
from subscribers.model import DueChannel
from subscribers.model import Wishes as StoredWishes


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of some channels and their readers: wishes, answers, what was sent, what is to be corrected.

    `siblings` are the other places where the reader of a channel reads; what they have shown counts as sent. `alerts`
    are those of the time of the desk, for readers who want to hear of events, and what the digests of their other
    places told of events; up to `alerted_to`, everything that was to be told at once has been.
    """

    wishes: Mapping[int, StoredWishes]
    sent: Mapping[ChannelId, Collection[PaperId]] = field(default_factory=dict)
    siblings: Siblings = field(default_factory=dict)
    views: Mapping[int, Views] = field(default_factory=dict)
    tastes: Mapping[ChannelId, Taste] = field(default_factory=dict)
    corrections: Mapping[ChannelId, tuple[tuple[str, ...], Sequence[Correction]]] = field(default_factory=dict)
    alerts: Mapping[ChannelId, Sequence[Edition]] = field(default_factory=dict)
    alerted_to: AnnouncementId = STREAM_START


def load_known(database: Database, desk: Desk, channels: Sequence[DueChannel]) -> Known:
    """Read what composing these channels needs."""
    numbers = [ChannelId(channel.id) for channel in channels]
    readers = [channel.subscriber_id for channel in channels]
    with database.reading() as session:
        alerted_to = marks.find_mark(session, Stage.ALERT)  # before the alerts, so that none up to it is missed
        wishes = store.list_wishes(session, readers)
        siblings = shown.list_other_places(session, numbers)
        on_desk = [each.paper_id for each in desk.batch.candidates]
        return Known(
            wishes=wishes,
            sent=shown.list_shown_papers(session, numbers, on_desk, siblings),
            siblings=siblings,
            views=load_views(session, readers, desk.benches),
            tastes=load_tastes(session, desk, channels),
            corrections=list_corrections(session, numbers),
            alerts=_list_alerts(session, desk, channels, wishes, siblings),
            alerted_to=alerted_to,
        )


def _list_alerts(
    session: Session,
    desk: Desk,
    channels: Sequence[DueChannel],
    wishes: Mapping[int, StoredWishes],
    siblings: Siblings,
) -> dict[ChannelId, list[Edition]]:
    """Read the alerts of those who hear of events, of which a digest tells what no alert has told.

    Nor does it tell what another place of theirs has told, at once or in a digest.
    """
    listening = {who for who, each in wishes.items() if any(follow.wish.events for follow in each.follows)}
    numbers = [ChannelId(channel.id) for channel in channels if channel.subscriber_id in listening]
    since = desk.since
    if not numbers or not since:
        return {}
    others = {number: siblings.get(number, ()) for number in numbers}
    elsewhere = dict.fromkeys(each for group in others.values() for each in group)
    alerts = list_alerts(session, dict.fromkeys([*numbers, *elsewhere]), since)
    news = list_news(session, elsewhere, since)
    told = {each: [*alerts.get(each, ()), *news.get(each, ())] for each in elsewhere}
    return {
        number: [*alerts.get(number, ()), *(edition for each in group for edition in told[each])]
        for number, group in others.items()
    }
