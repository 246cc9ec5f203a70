"""Which of a subscriber's channels are places where one person reads. Pure."""

from collections.abc import Iterable

from subscribers.addresses import EMAIL, TELEGRAM
from subscribers.model import ChannelStatus, ChannelView, SubscriberKind, SubscriberView

# Groups, channels and topics of Telegram: their ids are negative, and only they have names.
_OF_GROUPS = ("-", "@")


def is_personal(kind: str, address: str) -> bool:
    """Whether one person reads there: by mail, or in a private chat. Not in a group that somebody has linked."""
    return kind == EMAIL or (kind == TELEGRAM and not address.startswith(_OF_GROUPS))


def list_personal(view: SubscriberView) -> tuple[ChannelView, ...]:
    """Give the open channels where a person reads; a group has none."""
    if view.kind is not SubscriberKind.PERSON:
        return ()
    return tuple(_list_open(view.channels))


def has_others(view: SubscriberView, channel: ChannelView) -> bool:
    """Whether a person reads here and in another place as well."""
    places = {each.id for each in list_personal(view)}
    return channel.id in places and len(places) > 1


def _list_open(channels: Iterable[ChannelView]) -> Iterable[ChannelView]:
    for each in channels:
        if each.status is ChannelStatus.OPEN and each.verified_at and is_personal(each.kind, each.address):
            yield each
