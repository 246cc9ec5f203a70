"""Subscribers themselves: people and groups, with everything that hangs on them."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from subscribers.db import Base
from subscribers.model import (
    Registration,
    SubscriberKind,
    SubscriberStatus,
    SubscriberView,
    UnknownSubscriber,
    Wishes,
)
from subscribers.store.channels import view_channel
from subscribers.store.locks import lock_subscriber
from subscribers.store.rows import chunks
from subscribers.store.wishes import list_wishes, prune_interests
from subscribers.tables import (
    ChannelRow,
    FollowRow,
    InterestRow,
    SubscriberEventRow,
    SubscriberInterestRow,
    SubscriberRow,
)


def add_subscriber(
    session: Session, registration: Registration, status: SubscriberStatus, now: datetime
) -> SubscriberRow:
    """Add a subscriber, without channels yet."""
    row = SubscriberRow(
        name=registration.name,
        kind=registration.kind.value,
        status=status.value,
        language=registration.language,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def get_subscriber(session: Session, subscriber_id: int) -> SubscriberRow:
    """Give a subscriber, locked until the transaction ends, so that two changes of status cannot cross."""
    query = select(SubscriberRow).where(SubscriberRow.id == subscriber_id).with_for_update(key_share=True)
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise UnknownSubscriber(f"There is no subscriber {subscriber_id}.")
    return row


def list_subscribers(session: Session, limit: int, after_id: int = 0) -> list[SubscriberView]:
    """Give subscribers by id with everything they asked for, in four queries; pass the last id to go on."""
    query = select(SubscriberRow).where(SubscriberRow.id > after_id).order_by(SubscriberRow.id).limit(limit)
    return _view_all(session, session.scalars(query.execution_options(populate_existing=True)).all())


def list_matching_subscribers(session: Session, subscriber_ids: Sequence[int]) -> list[SubscriberView]:
    """Give these subscribers."""
    query = select(SubscriberRow).where(SubscriberRow.id.in_(subscriber_ids)).order_by(SubscriberRow.id)
    return _view_all(session, session.scalars(query.execution_options(populate_existing=True)).all())


def view_subscriber(session: Session, subscriber_id: int) -> SubscriberView:
    """Show a subscriber with everything they asked for."""
    found = list_matching_subscribers(session, [subscriber_id])
    if not found:
        raise UnknownSubscriber(f"There is no subscriber {subscriber_id}.")
    return found[0]


def list_rested(session: Session, now: datetime, limit: int) -> list[int]:
    """Give paused subscribers whose pause was to last until now or earlier, by id."""
    is_over = (SubscriberRow.status == SubscriberStatus.PAUSED.value) & (SubscriberRow.paused_until <= now)
    return list(session.scalars(select(SubscriberRow.id).where(is_over).order_by(SubscriberRow.id).limit(limit)))


def count_subscribers(session: Session) -> dict[SubscriberStatus, int]:
    """Give how many subscribers stand in each status."""
    query = select(SubscriberRow.status, func.count()).group_by(SubscriberRow.status)
    return {SubscriberStatus(status): count for status, count in session.execute(query)}


def dump_subscriber(session: Session, subscriber_id: int) -> dict[str, Any]:
    """Give every column of every row about a subscriber, as JSON."""
    found = session.get(SubscriberRow, subscriber_id, populate_existing=True)
    if found is None:
        raise UnknownSubscriber(f"There is no subscriber {subscriber_id}.")
    shared = select(InterestRow).join(SubscriberInterestRow)
    mine = session.scalars(shared.where(SubscriberInterestRow.subscriber_id == subscriber_id))
    canonicals = {interest.id: interest.canonical for interest in mine}
    interests = _dump_all(session, SubscriberInterestRow, subscriber_id)
    return {
        "subscriber": _dump(found),
        "channels": _dump_all(session, ChannelRow, subscriber_id),
        "interests": [row | {"canonical": canonicals[row["interest_id"]]} for row in interests],
        "follows": _dump_all(session, FollowRow, subscriber_id),
        "events": _dump_all(session, SubscriberEventRow, subscriber_id),
    }


def delete_subscriber(session: Session, subscriber_id: int) -> bool:
    """Delete every row about a subscriber; rows of other tables about their channels go too (ON DELETE CASCADE)."""
    lock_subscriber(session, subscriber_id)
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA secure_delete=ON"))  # overwrite the bytes, not only the index to them
    owned = select(SubscriberInterestRow.interest_id).where(SubscriberInterestRow.subscriber_id == subscriber_id)
    interest_ids = session.scalars(owned).all()
    deleted = delete(SubscriberRow).where(SubscriberRow.id == subscriber_id).returning(SubscriberRow.id)
    is_gone = session.scalar(deleted) is not None
    prune_interests(session, interest_ids)
    session.expire_all()
    return is_gone


def _view_all(session: Session, rows: Sequence[SubscriberRow]) -> list[SubscriberView]:
    ids = [row.id for row in rows]
    channels: dict[int, list[ChannelRow]] = {each: [] for each in ids}
    for chunk in chunks(ids):
        query = select(ChannelRow).where(ChannelRow.subscriber_id.in_(chunk)).order_by(ChannelRow.id)
        for channel in session.scalars(query.execution_options(populate_existing=True)):
            channels[channel.subscriber_id].append(channel)
    wishes = list_wishes(session, ids)
    return [_view(row, channels[row.id], wishes[row.id]) for row in rows]


def _view(row: SubscriberRow, channels: Sequence[ChannelRow], wishes: Wishes) -> SubscriberView:
    return SubscriberView(
        id=row.id,
        name=row.name,
        kind=SubscriberKind(row.kind),
        status=SubscriberStatus(row.status),
        language=row.language,
        created_at=row.created_at,
        paused_until=row.paused_until,
        channels=tuple(map(view_channel, channels)),
        interests=tuple(interest.text for interest in wishes.interests),
        exclusions=tuple(exclusion.text for exclusion in wishes.exclusions),
        follows=tuple(follow.wish for follow in wishes.follows),
    )


def _dump_all(
    session: Session,
    table: type[ChannelRow | SubscriberInterestRow | FollowRow | SubscriberEventRow],
    subscriber_id: int,
) -> list[dict[str, Any]]:
    query = select(table).where(table.subscriber_id == subscriber_id).order_by(*table.__table__.primary_key)
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    return [_dump(row) for row in rows]


def _dump(row: Base) -> dict[str, Any]:
    return {column.key: _plain(getattr(row, column.key)) for column in row.__mapper__.column_attrs}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | time) else value
