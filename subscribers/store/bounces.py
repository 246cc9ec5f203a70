"""How channels have been bouncing: one row for each that did, and what a day added to it, from the event log."""

from dataclasses import dataclass
from datetime import UTC, datetime, time

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from subscribers.bounces import Move, Standing
from subscribers.lifecycle_tables import BounceRow
from subscribers.model import EventKind
from subscribers.store.rows import changed
from subscribers.tables import ChannelRow, SubscriberEventRow


@dataclass(frozen=True, slots=True)
class Bouncing:
    """A channel that has bounced, as listings show it."""

    channel_id: int
    subscriber_id: int
    address: str
    standing: Standing


def find_standing(session: Session, channel_id: int) -> Standing | None:
    """Give how a channel has been bouncing; None if it has not."""
    row = session.get(BounceRow, channel_id, populate_existing=True)
    if row is None:
        return None
    return Standing(row.score, row.scored_at, _sum_day(session, channel_id, row.scored_at), row.probed_at)


def save_standing(session: Session, channel_id: int, standing: Standing) -> None:
    """Write down how a channel has been bouncing."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"score": standing.score, "scored_at": standing.scored_at, "probed_at": standing.probed_at}
    statement = insert(BounceRow).values(channel_id=channel_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=[BounceRow.channel_id], set_=values))


def drop_standing(session: Session, channel_id: int) -> bool:
    """Forget how a channel has been bouncing; whether there was anything to forget."""
    return changed(session.execute(delete(BounceRow).where(BounceRow.channel_id == channel_id))) > 0


def find_move(session: Session, channel: ChannelRow) -> Move | None:
    """Give when a channel got the address it has, and those it had before; None if it always had this one."""
    row = SubscriberEventRow
    query = select(row.at, row.detail).where(
        row.subscriber_id == channel.subscriber_id, row.kind == EventKind.CHANNEL_MOVED.value
    )
    moves = [(at, detail) for at, detail in session.execute(query) if detail.get("channel") == channel.id]
    if not moves:
        return None
    before = frozenset(detail["before"] for _, detail in moves)
    return Move(max(at for at, _ in moves), before - {channel.address})


def list_bouncing(session: Session, limit: int) -> list[Bouncing]:
    """Give the channels that bounced, those last that bounced long ago."""
    query = select(BounceRow, ChannelRow.subscriber_id, ChannelRow.address).join(
        ChannelRow, ChannelRow.id == BounceRow.channel_id
    )
    newest = query.order_by(BounceRow.scored_at.desc(), BounceRow.channel_id).limit(limit)
    return [
        Bouncing(row.channel_id, subscriber_id, address, Standing(row.score, row.scored_at, probed_at=row.probed_at))
        for row, subscriber_id, address in session.execute(newest)
    ]


def count_bouncing(session: Session) -> int:
    """Give how many channels have bounced and not been stopped for it."""
    return session.scalar(select(func.count()).select_from(BounceRow)) or 0


def _sum_day(session: Session, channel_id: int, at: datetime) -> float:
    """Sum up what the day of `at` (UTC) has added to the score: the event log knows."""
    day = datetime.combine(at.astimezone(UTC).date(), time(), UTC)
    owner = select(ChannelRow.subscriber_id).where(ChannelRow.id == channel_id).scalar_subquery()
    row = SubscriberEventRow
    query = select(row.detail).where(row.subscriber_id == owner, row.kind == EventKind.BOUNCED.value, row.at >= day)
    return sum(float(each["counted"]) for each in session.scalars(query) if each.get("channel") == channel_id)
