"""Whose turn it is at a host, over all processes: claimed by one, given back with a pause, closed by a refusal.

Times are the database's own, so that machines whose clocks differ agree. A clock may still jump: whatever lies further
ahead than it can have been set is pulled back to where it could be, so a lane opens again in its usual time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from digest.storage.tables import LaneRow
from subscribers.store.rows import insert_unless_there

LONGEST_CLOSURE: Final = timedelta(days=1)
FORGOTTEN_AFTER: Final = timedelta(days=30)
RECHECK: Final = timedelta(milliseconds=200)  # how soon a lane that is held may be free: requests take about as long


@dataclass(frozen=True, slots=True)
class Claim:
    """How a claim ended: the lane is ours if there is nothing to wait for. `is_closed` is said of the host."""

    wait: timedelta = timedelta()
    is_closed: bool = False


def read_clock(session: Session) -> datetime:
    """Give the time by the database's clock."""
    if session.get_bind().dialect.name == "sqlite":
        stated = session.scalar(select(func.strftime("%Y-%m-%d %H:%M:%f", "now")))
        return datetime.fromisoformat(str(stated)).replace(tzinfo=UTC)
    now = session.scalar(select(func.clock_timestamp()))  # now() stands still during a transaction
    assert isinstance(now, datetime)
    return now.astimezone(UTC)


def claim_lane(session: Session, name: str, holder: str, pause: timedelta, lease: timedelta) -> Claim:
    """Take the lane until the lease ends, if nobody holds it and its pause is over."""
    row = _lock(session, name)
    now = read_clock(session)
    row.held_until = _at_most(row.held_until, now + lease)
    row.free_at = _at_most(row.free_at, now + pause)
    if row.held_until and row.held_until > now:
        return Claim(min(row.held_until - now, RECHECK))
    if row.free_at and row.free_at > now:
        return Claim(row.free_at - now)
    row.holder, row.held_until, row.free_at = holder, now + lease, now + pause
    return Claim()


def release_lane(session: Session, name: str, holder: str, pause: timedelta) -> None:
    """Give the lane back, free after the pause; a holder whose lease was taken over changes nothing."""
    values = {"holder": "", "held_until": None, "free_at": read_clock(session) + pause}
    session.execute(update(LaneRow).where(LaneRow.name == name, LaneRow.holder == holder).values(values))


def find_closure(session: Session, host: str) -> timedelta | None:
    """Give how long the host still wants no request, or None if it may be asked."""
    row = session.get(LaneRow, host)
    if row is None or row.closed_until is None:
        return None
    now = read_clock(session)
    row.closed_until = min(row.closed_until, now + LONGEST_CLOSURE)
    return row.closed_until - now if row.closed_until > now else None


def close_host(session: Session, host: str, wait: timedelta) -> None:
    """Let nobody ask the host for a while, at most a day; an earlier closure that lasts longer stays."""
    row = _lock(session, host)
    now = read_clock(session)
    earlier = _at_most(row.closed_until, now + LONGEST_CLOSURE)
    row.closed_until = max(earlier or now, now + min(wait, LONGEST_CLOSURE))


def _lock(session: Session, name: str) -> LaneRow:
    """Give the row, made if need be, and keep others from it until the transaction ends."""
    if insert_unless_there(session, LaneRow, {"name": name, "holder": ""}):
        _forget_old(session)
    return session.get_one(LaneRow, name, with_for_update=True, populate_existing=True)


def _forget_old(session: Session) -> None:
    """Delete the lanes of hosts that were not asked for long: redirects can name any number of them."""
    before = read_clock(session) - FORGOTTEN_AFTER
    is_open = or_(LaneRow.closed_until.is_(None), LaneRow.closed_until < before)
    is_free = or_(LaneRow.held_until.is_(None), LaneRow.held_until < before)
    session.execute(delete(LaneRow).where(LaneRow.free_at < before, is_open, is_free))


def _at_most(moment: datetime | None, latest: datetime) -> datetime | None:
    return min(moment, latest) if moment else None
