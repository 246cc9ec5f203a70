"""What the event log tells of leaving: which channels were given up at once, and what was said and done about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.model import ChannelStatus, EventKind, SubscriberStatus
from subscribers.store.locks import lock_owner
from subscribers.tables import ChannelRow, SubscriberEventRow

LEFT = "unsubscribed"  # why a channel was closed
_WAYS = (EventKind.UNSUBSCRIBED.value, EventKind.CHANNEL_CLOSED.value, EventKind.CHANNEL_CHANGED.value)
_ANSWERS = (EventKind.RETURNED.value, EventKind.LEFT_BECAUSE.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """Channels that a subscriber closed at once, or one whose alerts were stopped; `id` is that of the event.

    `was` is where the subscription stood before, if with these channels the subscriber left altogether.
    """

    id: int
    at: datetime
    channels: tuple[int, ...]
    was: SubscriberStatus | None = None
    is_of_alerts: bool = False


def list_leavings(session: Session, subscriber_id: int, since: datetime) -> list[Leaving]:
    """Give what a subscriber left since a time, newest first."""
    row = SubscriberEventRow
    query = select(row).where(row.subscriber_id == subscriber_id, row.kind.in_(_WAYS), row.at >= since)
    return [leaving for each in session.scalars(query.order_by(row.id.desc())) if (leaving := _read(each))]


def is_answered(session: Session, subscriber_id: int, leaving: Leaving, kind: EventKind) -> bool:
    """Whether a leaving was taken back (RETURNED), or its reason given (LEFT_BECAUSE)."""
    row = SubscriberEventRow
    query = select(row.detail).where(row.subscriber_id == subscriber_id, row.kind == kind.value, row.id > leaving.id)
    return any(detail.get("leaving") == leaving.id for detail in session.scalars(query))


def lock_left_channels(session: Session, channel_ids: Sequence[int]) -> Iterator[ChannelRow]:
    """Give those of the channels that are closed because their subscriber left, locked until the transaction ends."""
    for channel_id in channel_ids[:1]:
        lock_owner(session, channel_id)
    row = ChannelRow
    closed = (row.status == ChannelStatus.CLOSED.value) & (row.closed_reason == LEFT)
    query = select(row).where(row.id.in_(channel_ids), closed).order_by(row.id).with_for_update()
    yield from session.scalars(query.execution_options(populate_existing=True))


def _read(event: SubscriberEventRow) -> Leaving | None:
    detail = event.detail
    if event.kind == EventKind.UNSUBSCRIBED:
        was = SubscriberStatus(detail.get("was", SubscriberStatus.CONFIRMED))
        return Leaving(id=event.id, at=event.at, channels=tuple(detail["channels"]), was=was)
    if event.kind == EventKind.CHANNEL_CLOSED and detail["reason"] == LEFT:
        return Leaving(id=event.id, at=event.at, channels=(detail["channel"],))
    if event.kind == EventKind.CHANNEL_CHANGED and detail.get("takes_alerts", {}).get("after") is False:
        return Leaving(id=event.id, at=event.at, channels=(detail["channel"],), is_of_alerts=True)
    return None
