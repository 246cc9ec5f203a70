"""Tells how far a claimed delivery has got, part by part, and which messages are known to have arrived."""

import re
from collections.abc import Iterator

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from digest.model import Delivery, DeliveryState, Progress, write_progress
from digest.storage.tables import DeliveryRow
from subscribers.store.rows import changed
from subscribers.tables import ChannelRow

# No index leads to what was sent, so the look back is bounded.
LOOK_BACK = 20_000
_NUMBERS = re.compile(r"(?:^message |\[arrived as )(?P<numbers>[0-9, ]+)")


def record_progress(session: Session, delivery: Delivery, progress: Progress) -> bool:
    """Write down how far a delivery is; False if another worker has taken it over meanwhile."""
    row = DeliveryRow
    mine = (row.id == delivery.id) & (row.claim == delivery.claim) & (row.state == DeliveryState.SENDING.value)
    values = {"parts_sent": progress.parts_sent, "detail": write_progress("sending", progress)}
    return changed(session.execute(update(row).where(mine).values(values))) == 1


def list_shared_numbers(session: Session, kind: str) -> set[int]:
    """Give the ids of messages that are known to have arrived, in the chats that share one row of numbers.

    So do a bot's private chats and small groups; supergroups and channels, whose addresses begin with -100 or @, count
    for themselves. Only the latest deliveries are looked at.
    """
    row, channel = DeliveryRow, ChannelRow
    last = session.scalar(select(func.max(row.id))) or 0
    query = select(row.detail).join(channel, channel.id == row.channel_id).where(row.id > last - LOOK_BACK)
    shared = query.where(channel.kind == kind, channel.address.not_like("-100%"), channel.address.not_like("@%"))
    tells = or_(row.detail.like("message %"), row.detail.like("%[arrived as %"))
    return {number for detail in session.scalars(shared.where(tells)) for number in _read_numbers(detail)}


def find_last_number(session: Session, channel_id: int) -> int:
    """Give the id of the latest message that a channel is known to have got; 0 if there is none."""
    row = DeliveryRow
    query = select(row.detail).where(row.channel_id == channel_id, row.detail != "").order_by(row.id.desc()).limit(20)
    return max((number for detail in session.scalars(query) for number in _read_numbers(detail)), default=0)


def _read_numbers(detail: str) -> Iterator[int]:
    found = _NUMBERS.search(detail)
    yield from (int(each) for each in found["numbers"].split(",") if each.strip()) if found else ()
