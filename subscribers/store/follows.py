"""Follows: who wants to hear of which researcher, institution or paper. What these are is known elsewhere."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.orm import Session

from subscribers.model import (
    Cadence,
    ChannelStatus,
    FollowEvent,
    FollowKind,
    FollowWish,
    Position,
    StoredFollow,
    Timing,
)
from subscribers.store.rows import chunks, insert_unless_there
from subscribers.tables import ChannelRow, FollowRow


@dataclass(frozen=True, slots=True)
class Follower:
    """Somebody who follows a target, and how."""

    subscriber_id: int
    follow: StoredFollow


def add_follow(session: Session, subscriber_id: int, wish: FollowWish, at: datetime) -> tuple[int, bool]:
    """Note a follow; give its id, and whether anything is new. The same target again is an update."""
    values = {"subscriber_id": subscriber_id, "kind": wish.kind.value, "target_id": wish.target_id}
    is_new = insert_unless_there(session, FollowRow, values | _columns(wish) | {"created_at": at})
    row = session.scalars(_select_of(subscriber_id, wish.kind, wish.target_id)).one()
    is_changed = not is_new and _columns(wish) != _columns(_read(row).wish)
    if is_changed:
        session.execute(update(FollowRow).where(FollowRow.id == row.id).values(_columns(wish)))
    return row.id, is_new or is_changed


def find_follow(session: Session, subscriber_id: int, kind: FollowKind, target_id: int) -> StoredFollow | None:
    """Give a follow of a subscriber, or None."""
    row = session.scalars(_select_of(subscriber_id, kind, target_id)).one_or_none()
    return None if row is None else _read(row)


def remove_follow(session: Session, subscriber_id: int, kind: FollowKind, target_id: int) -> int | None:
    """Drop a follow; give its id, or None if there was none."""
    row = FollowRow
    dropped = delete(row).where(row.subscriber_id == subscriber_id, row.kind == kind.value, row.target_id == target_id)
    return session.scalar(dropped.returning(row.id))


def list_follows(session: Session, subscriber_ids: Iterable[int]) -> Mapping[int, list[StoredFollow]]:
    """Give the follows of each of these subscribers, oldest first."""
    found: dict[int, list[StoredFollow]] = defaultdict(list)
    for chunk in chunks(subscriber_ids):
        query = select(FollowRow).where(FollowRow.subscriber_id.in_(chunk)).order_by(FollowRow.id)
        for row in session.scalars(query.execution_options(populate_existing=True)):
            found[row.subscriber_id].append(_read(row))
    return found


def list_followers(session: Session, kind: FollowKind, target_ids: Collection[int]) -> Mapping[int, list[Follower]]:
    """Give, by target, who follows it, oldest first."""
    found: dict[int, list[Follower]] = defaultdict(list)
    for chunk in chunks(target_ids):
        query = select(FollowRow).where(FollowRow.kind == kind.value, FollowRow.target_id.in_(chunk))
        for row in session.scalars(query.order_by(FollowRow.id).execution_options(populate_existing=True)):
            found[row.target_id].append(Follower(row.subscriber_id, _read(row)))
    return found


def list_alert_followers(session: Session, kind: FollowKind, target_ids: Collection[int]) -> dict[int, list[Follower]]:
    """Give, by target, who is told of it by alert, oldest first: who wishes so, or has a channel of only alerts."""
    channel, row = ChannelRow, FollowRow
    is_only = (channel.cadence == Cadence.ALERTS.value) & (channel.status == ChannelStatus.OPEN.value)
    by_alert = or_(row.timing == Timing.NOW.value, row.subscriber_id.in_(select(channel.subscriber_id).where(is_only)))
    found: dict[int, list[Follower]] = defaultdict(list)
    for chunk in chunks(target_ids):
        query = select(row).where(row.kind == kind.value, row.target_id.in_(chunk), by_alert)
        for follow in session.scalars(query.order_by(row.id).execution_options(populate_existing=True)):
            found[follow.target_id].append(Follower(follow.subscriber_id, _read(follow)))
    return found


def count_followers(session: Session, kind: FollowKind, target_ids: Collection[int]) -> dict[int, int]:
    """Give, by target, how many follow it."""
    counts: dict[int, int] = {}
    for chunk in chunks(target_ids):
        query = select(FollowRow.target_id, func.count()).where(FollowRow.kind == kind.value)
        rows = session.execute(query.where(FollowRow.target_id.in_(chunk)).group_by(FollowRow.target_id))
        counts.update((target_id, count) for target_id, count in rows)
    return counts


def list_targets(session: Session, kind: FollowKind) -> list[int]:
    """Give every target of a kind that anybody follows."""
    query = select(FollowRow.target_id).where(FollowRow.kind == kind.value).distinct()
    return sorted(session.scalars(query))


def count_follows(session: Session) -> int:
    """Count the follows of all subscribers."""
    return session.scalar(select(func.count()).select_from(FollowRow)) or 0


def turn_follows(
    session: Session, kind: FollowKind, from_id: int, to_id: int, follow_ids: Collection[int] | None = None
) -> tuple[int, ...]:
    """Let whoever follows one target follow another; give the follows that were turned, or stay behind.

    Who follows both keeps both follows: the first leads to the second anyway, and comes back if they are parted. With
    `follow_ids`, only those are turned.
    """
    row = FollowRow
    query = select(row).where(row.kind == kind.value, row.target_id == from_id).order_by(row.id)
    there = set(session.scalars(select(row.subscriber_id).where(row.kind == kind.value, row.target_id == to_id)))
    follows = [each for each in session.scalars(query).all() if follow_ids is None or each.id in follow_ids]
    for follow in follows:
        if follow.subscriber_id not in there:
            session.execute(update(row).where(row.id == follow.id).values(target_id=to_id))
    return tuple(follow.id for follow in follows)


def _select_of(subscriber_id: int, kind: FollowKind, target_id: int) -> Select[FollowRow]:
    row = FollowRow
    mine = select(row).where(row.subscriber_id == subscriber_id, row.kind == kind.value, row.target_id == target_id)
    return mine.execution_options(populate_existing=True)


def _columns(wish: FollowWish) -> dict[str, object]:
    return {
        "name": wish.name,
        "timing": wish.timing.value,
        "position": wish.position.value,
        "events": [event.value for event in wish.events],
    }


def _read(row: FollowRow) -> StoredFollow:
    wish = FollowWish(
        kind=FollowKind(row.kind),
        target_id=row.target_id,
        name=row.name,
        timing=Timing(row.timing),
        position=Position(row.position),
        events=tuple(map(FollowEvent, row.events)),
    )
    return StoredFollow(row.id, wish, row.created_at)
