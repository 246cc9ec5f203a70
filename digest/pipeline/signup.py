"""Acts: takes somebody in with all their wishes, in one transaction, and sets where in the stream they start."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from digest.matching.query import canonical, parse
from digest.model import AnnouncementId, ChannelId
from digest.researchers.names import parse_name
from digest.storage import announcements, deliveries
from subscribers import service
from subscribers.db import Database
from subscribers.model import Consent, FollowWish, InterestWish, InvalidWish, Registration, SubscriberView
from subscribers.outcomes import Subscribed

# The first digest covers what was announced in this time before somebody subscribed, so that it does not come empty.
FIRST_REACH = timedelta(days=1)


def read_interest(text: str) -> InterestWish:
    """Understand an interest as written. Raises InvalidQuery."""
    return InterestWish(text=text.strip(), canonical=canonical(parse(text)))


def read_follow(
    name: str, fields: Sequence[str] = (), hf_user: str | None = None, orcid: str | None = None
) -> FollowWish:
    """Understand whom somebody wants to follow. Raises InvalidWish for what cannot be found as a person."""
    if parse_name(name) is None:
        message = (
            f'“{name[:80]}” is not a person\'s name; teams and collaborations can be an interest: au:"{name[:80]}".'
        )
        raise InvalidWish(message)
    return FollowWish(name=name, fields=tuple(fields), hf_user=hf_user, orcid=orcid)


def sign_up(
    database: Database,
    registration: Registration,
    interests: Sequence[InterestWish],
    follows: Sequence[FollowWish],
    consent: Consent,
    now: datetime,
) -> Subscribed:
    """Subscribe somebody with their wishes, all or nothing."""
    with database.writing() as session:
        start = announcements.find_watermark(session, now, FIRST_REACH)
        subscribed = service.subscribe(session, now, registration, start_after=start, consent=consent)
        for interest in interests:
            service.add_interest(session, now, subscribed.subscriber.id, interest)
        for follow in follows:
            service.follow(session, now, subscribed.subscriber.id, follow)
        return replace(subscribed, subscriber=service.get_subscriber(session, str(subscribed.subscriber.id)))


def export_everything(database: Database, view: SubscriberView) -> dict[str, Any]:
    """Give all that is held about a subscriber: who they are, what they asked for, and what they were sent."""
    channels = [ChannelId(channel.id) for channel in view.channels]
    with database.reading() as session:
        return service.export(session, view.id) | {"deliveries": deliveries.dump_deliveries(session, channels)}


def find_start(database: Database, now: datetime) -> AnnouncementId:
    """Give where a channel that is added now starts in the stream."""
    with database.reading() as session:
        return announcements.find_watermark(session, now, FIRST_REACH)


def get_subscriber(database: Database, who: str) -> SubscriberView:
    """Find somebody by id or address. Raises UnknownSubscriber."""
    with database.reading() as session:
        return service.get_subscriber(session, who)
