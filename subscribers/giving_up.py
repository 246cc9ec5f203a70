"""Giving up a chat: one that was taken out of a subscription may be part of another, or be nobody's.

Whoever speaks for a chat may have it give up a subscription that sends nothing there any more. Nothing of that one is
opened by it: its channel stays with it, without the number of the chat, so that what was shown there is still known.
"""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from subscribers import store
from subscribers.addresses import GIVEN_UP_PREFIX, TELEGRAM, is_given_up
from subscribers.leaving import erase_with_suppression
from subscribers.model import ChannelStatus, EventKind, SubscriberStatus
from subscribers.store.channels import release_channel
from subscribers.store.events import forget_address
from subscribers.tables import ChannelRow

GIVEN_UP: Final = "given up"  # why a channel was closed: its address may be that of another one now


def may_be_given_up(channel: ChannelRow) -> bool:
    """Whether nothing is sent to a chat any more, and whoever runs this service has not stopped its subscriber."""
    return channel.status == ChannelStatus.CLOSED and channel.subscriber.status != SubscriberStatus.SUPPRESSED


def ends_with(session: Session, channel: ChannelRow) -> bool:
    """Whether nobody could reach a subscription any more without this channel."""
    channels = store.view_subscriber(session, channel.subscriber_id).channels
    return all(each.id == channel.id or is_given_up(each.address) for each in channels)


def give_up(session: Session, now: datetime, address: str) -> list[int]:
    """Let nobody have a closed chat any more; give the subscribers who are erased, for they had nothing else.

    One that is open stays as it is.
    """
    known = [each for each in store.list_channels_at(session, [(TELEGRAM, address)]) if may_be_given_up(each)]
    return [erased for each in known if (erased := _give_up(session, now, each, address)) is not None]


def _give_up(session: Session, now: datetime, found: ChannelRow, address: str) -> int | None:
    """Take the address off a channel; give its subscriber if that was erased instead."""
    owner = store.get_subscriber(session, found.subscriber_id).id  # before the channel, as whoever leaves does
    channel = store.get_channel(session, found.id)
    if not may_be_given_up(channel):
        return None
    if ends_with(session, channel):
        erase_with_suppression(session, now, owner)
        return owner
    instead = f"{GIVEN_UP_PREFIX}{channel.id}"
    release_channel(session, channel, instead, GIVEN_UP)
    forget_address(session, owner, address, instead)
    store.record_event(session, owner, EventKind.CHANNEL_CLOSED, now, {"channel": channel.id, "reason": GIVEN_UP})
    return None
