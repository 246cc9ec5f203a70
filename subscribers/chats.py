"""What happens to a whole chat of a messenger: the bot is put out of it, or it becomes another one.

A verb runs in the caller's transaction, as those of `service` do.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from subscribers import store
from subscribers.addresses import TELEGRAM
from subscribers.model import ChannelStatus
from subscribers.silence import wake
from subscribers.store.locks import lock_subscriber
from subscribers.tables import ChannelRow


def close_chat(session: Session, chat_id: int, name: str, reason: str, now: datetime) -> int:
    """Close the open channels that lead to a chat or to one of its topics; give how many there were."""
    rows = _list_channels(session, _places(chat_id, name))
    _lock_owners(session, rows)
    is_open = [row.id for row in rows if row.status == ChannelStatus.OPEN]
    closed = [number for number in is_open if store.close_channel(session, number, reason, now)]
    wake(session, now, closed)
    return len(closed)


def move_chat(session: Session, old_id: int, new_id: int, now: datetime) -> int:
    """Write to another chat from now on, topic by topic; give how many channels moved.

    One whose new address has a channel already is closed: the one that is there stays.
    """
    moved, rows = 0, _list_channels(session, [str(old_id)])
    _lock_owners(session, rows)
    for row in rows:
        topic = row.address.partition("/")[2]
        moved += store.move_channel(session, row.id, f"{new_id}/{topic}" if topic else str(new_id), now)
    return moved


def list_states(session: Session, chat_id: int, name: str) -> set[ChannelStatus]:
    """Give how the channels stand that lead to a chat or to one of its topics."""
    return {ChannelStatus(row.status) for row in _list_channels(session, _places(chat_id, name))}


def _places(chat_id: int, name: str) -> list[str]:
    return [str(chat_id), f"@{name}"] if name else [str(chat_id)]


def _lock_owners(session: Session, rows: Iterable[ChannelRow]) -> None:
    for owner in sorted({row.subscriber_id for row in rows}):
        lock_subscriber(session, owner)


def _list_channels(session: Session, places: list[str]) -> list[ChannelRow]:
    is_there = [
        or_(ChannelRow.address == place, ChannelRow.address.like(f"{_escape(place)}/%", escape="\\"))
        for place in places
    ]
    query = select(ChannelRow).where(ChannelRow.kind == TELEGRAM, or_(*is_there)).order_by(ChannelRow.id)
    return list(session.scalars(query))


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
