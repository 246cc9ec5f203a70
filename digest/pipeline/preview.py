"""Composes what channels would get, without queueing or sending anything."""

from dataclasses import replace
from datetime import datetime, timedelta

from digest.model import FORETOLD, Address, Delivery, DeliveryKind, Edition, SubscriberId
from digest.pipeline.attribute import attribute_new
from digest.pipeline.compose import compose_editions, lay_desk
from digest.pipeline.desk import Slot
from digest.pipeline.known import load_known
from digest.storage import announcements
from subscribers.db import Database
from subscribers.model import Cadence, ChannelStatus, DueChannel, SubscriberKind, SubscriberView


def preview_digests(database: Database, view: SubscriberView, now: datetime, reach: timedelta) -> list[Delivery]:
    """Give the digest each open channel of a subscriber would get of what was announced within `reach`.

    Papers that nobody has looked at yet are attributed to their authors first, as they would be anyway.
    """
    attribute_new(database, now)
    with database.reading() as session:
        after = announcements.find_watermark(session, now, reach)
    channels = [replace(channel, watermark=after) for channel in list_open_channels(view)]
    desk = lay_desk(database, after, now)
    known = replace(load_known(database, desk, channels), sent={}, corrections={}, alerts={}, alerted_to=after)
    editions = compose_editions(desk, channels, known, Slot(now, is_forced=True))
    return [make_delivery(channel, edition, view, now) for channel, edition in zip(channels, editions, strict=True)]


def list_open_channels(view: SubscriberView, *, any_cadence: bool = False) -> list[DueChannel]:
    """Give a subscriber's channels that get digests, or alerts alone, as composing wants them."""
    return [
        DueChannel(
            id=channel.id,
            subscriber_id=view.id,
            name=view.name,
            kind=channel.kind,
            address=channel.address,
            language=view.language,
            schedule=channel.schedule,
            cap=channel.cap,
            takes_alerts=channel.takes_alerts,
            watermark=0,
            next_due_at=channel.next_due_at,
        )
        for channel in view.channels
        if channel.status is ChannelStatus.OPEN and (any_cadence or channel.schedule.cadence is not Cadence.ALERTS)
    ]


def make_delivery(channel: DueChannel, edition: Edition, view: SubscriberView, now: datetime) -> Delivery:
    """Dress an edition as the delivery it would be."""
    return Delivery(
        id=FORETOLD,
        kind=DeliveryKind.DIGEST,
        edition=edition,
        subscriber_id=SubscriberId(channel.subscriber_id),
        subscriber_name=channel.name,
        is_group=view.kind is SubscriberKind.GROUP,
        address=Address(channel.kind, channel.address),
        language=channel.language,
        timezone=channel.schedule.timezone,
        claim=0,
        attempts=0,
        held_until=now,
        parts_sent=0,
        created_at=now,
    )
