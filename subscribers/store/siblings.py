"""The other places where one person reads: what one of them has shown need not come in another."""

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from subscribers.addresses import EMAIL, TELEGRAM
from subscribers.model import ChannelStatus, SubscriberKind
from subscribers.store.rows import chunks, has_consent
from subscribers.tables import ChannelRow, SubscriberRow


def list_siblings(session: Session, channel_ids: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Give, of channels that repeat nothing, the other places where the same person reads or has read.

    Such a place is an address of mail or a private chat; groups and folders are none, and have none.
    """
    own, other = aliased(ChannelRow), aliased(ChannelRow)
    found: dict[int, list[int]] = defaultdict(list)
    both = and_(other.subscriber_id == own.subscriber_id, other.id != own.id)
    for chunk in chunks(channel_ids):
        query = select(own.id, other.id).join(other, both).join(SubscriberRow, SubscriberRow.id == own.subscriber_id)
        wanted = query.where(own.id.in_(chunk), own.repeats.is_(False), is_place(own), is_place(other))
        is_person = SubscriberRow.kind == SubscriberKind.PERSON.value
        for channel_id, sibling in session.execute(wanted.where(is_person).order_by(own.id, other.id)):
            found[channel_id].append(sibling)
    return {channel_id: tuple(siblings) for channel_id, siblings in found.items()}


def find_stand_in(session: Session, channel_id: int) -> int | None:
    """Give another place where the same person can be written to now, mail first; None if there is none."""
    own = aliased(ChannelRow)
    others = select(ChannelRow.id).join(SubscriberRow).join(own, own.subscriber_id == ChannelRow.subscriber_id)
    is_person = SubscriberRow.kind == SubscriberKind.PERSON.value
    wanted = others.where(own.id == channel_id, is_place(own), ChannelRow.id != channel_id, is_place(ChannelRow))
    query = wanted.where(has_consent(), is_person).order_by(ChannelRow.kind, ChannelRow.id)
    return session.scalar(query.limit(1))


def has_open_sibling() -> ColumnElement[bool]:
    """Build what tells that the same person may read in another place, now or after a pause (`channels`)."""
    other = aliased(ChannelRow)
    same = and_(other.subscriber_id == ChannelRow.subscriber_id, other.id != ChannelRow.id)
    query = select(other.id).join(SubscriberRow, SubscriberRow.id == other.subscriber_id)
    is_person = SubscriberRow.kind == SubscriberKind.PERSON.value
    is_open = other.status == ChannelStatus.OPEN.value
    return query.where(same, is_person, is_open, is_place(other), is_place(ChannelRow)).correlate(ChannelRow).exists()


def is_place(row: type[ChannelRow]) -> ColumnElement[bool]:
    """Build what makes a channel a place where one person reads, as `subscribers.places.is_personal` says it."""
    is_private = and_(row.address.not_like("-%"), row.address.not_like("@%"))
    return or_(row.kind == EMAIL, and_(row.kind == TELEGRAM, is_private))
