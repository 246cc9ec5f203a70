"""Channels: where somebody is written to, when, and whether they may be."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from subscribers.addresses import normalise
from subscribers.model import (
    Cadence,
    ChannelStatus,
    ChannelView,
    ChannelWish,
    DueChannel,
    EventKind,
    InvalidAddress,
    Schedule,
    SubscriberKind,
    SubscriberStatus,
    UnknownChannel,
)
from subscribers.places import is_personal
from subscribers.schedule import Turn, Used, is_timezone
from subscribers.store.events import record_event
from subscribers.store.locks import lock_owner
from subscribers.store.rows import changed, chunks, has_consent, insert_unless_there
from subscribers.tables import ChannelRow, SubscriberEventRow, SubscriberRow

MAX_REASON = 500


class ChannelStanding(NamedTuple):
    """A channel as composing wants it, and whether anything may be sent to it."""

    channel: DueChannel
    status: SubscriberStatus
    paused_until: datetime | None
    is_open: bool
    closed_reason: str
    verified_at: datetime | None


class AlertChannel(NamedTuple):
    """A channel that takes alerts; one without digests is told everything by alert.

    A place is where one person reads, and not a group; one that repeats is told also what another place was told.
    """

    id: int
    has_digests: bool
    kind: str = ""
    is_place: bool = False
    repeats: bool = False


# ── what the pipeline asks ───────────────────────────────────────────────────────────────────────────────────────────


def list_due_channels(session: Session, now: datetime, limit: int, after_id: int = 0) -> list[DueChannel]:
    """Give the channels whose digest is due and wanted, by id; pass the last id to go on."""
    row = ChannelRow
    due = _select_channels().where(has_consent(), row.next_due_at <= now, row.id > after_id)
    return [_due_channel(*values) for values in session.execute(due.order_by(row.id).limit(limit))]


def find_standing(session: Session, channel_id: int) -> ChannelStanding:
    """Give how a channel stands, whatever its state, without locking it. Raises UnknownChannel."""
    values = session.execute(_select_channels().where(ChannelRow.id == channel_id)).first()
    row = session.get(ChannelRow, channel_id, populate_existing=True)
    if values is None or row is None:
        raise UnknownChannel(f"There is no channel {channel_id}.")
    person = session.get_one(SubscriberRow, row.subscriber_id, populate_existing=True)
    return ChannelStanding(
        channel=_due_channel(*values),
        status=SubscriberStatus(person.status),
        paused_until=person.paused_until,
        is_open=row.status == ChannelStatus.OPEN.value,
        closed_reason=row.closed_reason,
        verified_at=row.verified_at,
    )


def list_alert_channels(session: Session, subscriber_ids: Iterable[int]) -> dict[int, list[AlertChannel]]:
    """Give, by subscriber, the channels that may be written to now and take alerts, oldest first."""
    found: dict[int, list[AlertChannel]] = defaultdict(list)
    for chunk in chunks(subscriber_ids):
        query = select(ChannelRow, SubscriberRow.kind).join(SubscriberRow)
        open_to_alerts = query.where(has_consent(), ChannelRow.takes_alerts, ChannelRow.subscriber_id.in_(chunk))
        for row, whose in session.execute(open_to_alerts.order_by(ChannelRow.id)):
            channel = AlertChannel(
                row.id,
                has_digests=row.cadence != Cadence.ALERTS,
                kind=row.kind,
                is_place=whose == SubscriberKind.PERSON and is_personal(row.kind, row.address),
                repeats=row.repeats,
            )
            found[row.subscriber_id].append(channel)
    return dict(found)


def lock_channels(session: Session, channel_ids: Sequence[int]) -> None:
    """Keep other transactions from moving these channels on until this one ends; always in the same order."""
    session.execute(
        select(ChannelRow.id).where(ChannelRow.id.in_(channel_ids)).order_by(ChannelRow.id).with_for_update()
    )


def claim_due_channel(
    session: Session,
    channel_id: int,
    expected: tuple[datetime, int],
    new_next_due_at: datetime,
    new_watermark: int,
) -> bool:
    """Move a channel on to its next slot; False if another process did, or if it was closed or rescheduled.

    `expected` is the slot and the watermark that the caller composed for.
    """
    next_due_at, watermark = expected
    as_it_was = update(ChannelRow).where(
        ChannelRow.id == channel_id,
        ChannelRow.next_due_at == next_due_at,
        ChannelRow.watermark == watermark,
        ChannelRow.status == ChannelStatus.OPEN.value,
    )
    moved = as_it_was.values(next_due_at=new_next_due_at, watermark=new_watermark)
    return changed(session.execute(moved)) == 1


def is_deliverable(session: Session, channel_id: int) -> bool:
    """Whether this channel may be written to now: open, verified, and its subscriber wants it."""
    query = select(ChannelRow.id).join(SubscriberRow).where(ChannelRow.id == channel_id, has_consent())
    return session.scalar(query) is not None


def close_channel(session: Session, channel_id: int, reason: str, at: datetime) -> bool:
    """Close a channel, keeping the reason; False if it was closed (its first reason stands) or is gone."""
    lock_owner(session, channel_id)
    is_open = (ChannelRow.id == channel_id) & (ChannelRow.status == ChannelStatus.OPEN.value)
    reason = _on_one_line(reason)
    values = {"status": ChannelStatus.CLOSED.value, "closed_reason": reason}
    closed = update(ChannelRow).where(is_open).values(values).returning(ChannelRow.subscriber_id)
    subscriber_id = session.scalar(closed)
    if subscriber_id is None:
        return False
    record_event(session, subscriber_id, EventKind.CHANNEL_CLOSED, at, {"channel": channel_id, "reason": reason})
    return True


def move_channel(session: Session, channel_id: int, new_address: str, at: datetime) -> bool:
    """Write to a new address from now on; False if the channel was closed instead, or is gone.

    It is closed when another channel already has the address, which would be written to twice, and when the new
    address makes no sense.
    """
    lock_owner(session, channel_id)
    channel = session.get(ChannelRow, channel_id, populate_existing=True)
    if channel is None:
        return False
    try:
        address = normalise(channel.kind, new_address)
        _move(session, channel, address, at)
    except InvalidAddress as error:
        close_channel(session, channel_id, f"The address has moved to one that cannot be used. {error}", at)
        return False
    except IntegrityError:
        close_channel(session, channel_id, f"The address has moved to {address}, which has a channel of its own.", at)
        return False
    return True


def readdress_channel(session: Session, channel_id: int, address: str, at: datetime) -> bool:
    """Write to a new normalised address from now on; False, and nothing changed, if another channel has it."""
    lock_owner(session, channel_id)
    channel = session.get_one(ChannelRow, channel_id, populate_existing=True)
    try:
        _move(session, channel, address, at)
    except IntegrityError:
        return False
    return True


def release_channel(session: Session, channel: ChannelRow, instead: str, reason: str) -> None:
    """Let a closed channel's address be that of another; something else stands in its place, and why."""
    channel.address, channel.closed_reason = instead, reason
    session.flush()


def _move(session: Session, channel: ChannelRow, address: str, at: datetime) -> None:
    """Change the address in a savepoint: if the address is taken, the transaction around it goes on."""
    before = channel.address
    if address == before:
        return
    with session.begin_nested():
        session.execute(update(ChannelRow).where(ChannelRow.id == channel.id).values(address=address))
    detail = {"channel": channel.id, "before": before, "after": address}
    record_event(session, channel.subscriber_id, EventKind.CHANNEL_MOVED, at, detail)


# ── what the service asks ────────────────────────────────────────────────────────────────────────────────────────────


def get_channel(session: Session, channel_id: int) -> ChannelRow:
    """Give a channel, locked until the transaction ends, as are its owner and their other channels."""
    lock_owner(session, channel_id)
    query = select(ChannelRow).where(ChannelRow.id == channel_id).with_for_update()
    channel = session.scalar(query.execution_options(populate_existing=True))
    if channel is None:
        raise UnknownChannel(f"There is no channel {channel_id}.")
    return channel


def find_channel(session: Session, kind: str, address: str) -> ChannelRow | None:
    """Give the channel that has this normalised address."""
    found = list_channels_at(session, [(kind, address)])
    return found[0] if found else None


def list_channels_at(session: Session, addresses: Sequence[tuple[str, str]]) -> list[ChannelRow]:
    """Give the channels that have one of these (kind, normalised address)."""
    query = select(ChannelRow).where(tuple_(ChannelRow.kind, ChannelRow.address).in_(addresses))
    return list(session.scalars(query.order_by(ChannelRow.id)))


def find_language_at(session: Session, addresses: Sequence[tuple[str, str]]) -> str | None:
    """Give the language of whoever has verified one of these (kind, normalised address); None if nobody has."""
    query = select(SubscriberRow.language).join(ChannelRow, ChannelRow.subscriber_id == SubscriberRow.id)
    query = query.where(tuple_(ChannelRow.kind, ChannelRow.address).in_(addresses), ChannelRow.verified_at.is_not(None))
    return session.scalar(query.order_by(ChannelRow.id).limit(1))


def list_owners(session: Session, addresses: Sequence[str]) -> list[int]:
    """Give the subscribers who have one of these addresses, of whatever kind."""
    query = select(ChannelRow.subscriber_id).where(ChannelRow.address.in_(addresses)).distinct()
    return sorted(session.scalars(query))


def add_channel(
    session: Session, subscriber_id: int, wish: ChannelWish, now: datetime, **values: Any
) -> ChannelRow | None:
    """Add a channel; None if the address has one, also if another transaction added it a moment ago."""
    columns = {"kind": wish.kind, "address": wish.address, "cap": wish.cap, **schedule_columns(wish.schedule)}
    columns |= {"subscriber_id": subscriber_id, "status": ChannelStatus.OPEN.value, "created_at": now, **values}
    if not insert_unless_there(session, ChannelRow, columns):
        return None
    return find_channel(session, wish.kind, wish.address)


def count_channels(session: Session) -> dict[tuple[str, ChannelStatus], int]:
    """Give how many channels of each kind stand in each status."""
    query = select(ChannelRow.kind, ChannelRow.status, func.count()).group_by(ChannelRow.kind, ChannelRow.status)
    return {(kind, ChannelStatus(status)): count for kind, status, count in session.execute(query)}


def list_timezones(session: Session) -> list[str]:
    """Give the time zones of open channels."""
    query = select(ChannelRow.timezone).where(ChannelRow.status == ChannelStatus.OPEN.value).distinct()
    return sorted(session.scalars(query))


def list_unknown_timezones(session: Session) -> list[str]:
    """Give the stored zones that time zone data no longer knows; their channels are served in UTC meanwhile."""
    return [name for name in list_timezones(session) if not is_timezone(name)]


def schedule_columns(schedule: Schedule) -> dict[str, Any]:
    """Spread a schedule over its columns."""
    return {
        "timezone": schedule.timezone,
        "send_at": schedule.send_at,
        "wait_until": schedule.wait_until,
        "cadence": schedule.cadence.value,
        "weekday": schedule.weekday,
    }


def schedule_of(channel: ChannelRow) -> Schedule:
    """Gather a schedule from its columns."""
    cadence = Cadence(channel.cadence)
    return Schedule(channel.timezone, channel.send_at, channel.wait_until, cadence, channel.weekday)


def find_turn(session: Session, channel: ChannelRow) -> Turn | None:
    """Give how things stood when the schedule of a channel was last changed; None if it never was."""
    row = SubscriberEventRow
    query = select(row.detail).where(row.subscriber_id == channel.subscriber_id).order_by(row.id.desc())
    changes = session.scalars(query.where(row.kind == EventKind.SCHEDULE_CHANGED.value))
    detail = next((each for each in changes if each.get("channel") == channel.id), None)
    if detail is None or "first_at" not in detail:  # written by an older version
        return None
    used = detail["used"]
    before = Used(datetime.fromisoformat(used["at"]), date.fromisoformat(used["on"])) if used else None
    return Turn(datetime.fromisoformat(detail["first_at"]), before)


def write_turn(first_at: datetime, used: Used | None) -> dict[str, Any]:
    """Give what `find_turn` reads, for the event of a schedule that was changed."""
    before = {"at": used.at.isoformat(), "on": used.on.isoformat()} if used else None
    return {"first_at": first_at.isoformat(), "used": before}


def view_channel(channel: ChannelRow) -> ChannelView:
    """Show a channel."""
    return ChannelView(
        id=channel.id,
        subscriber_id=channel.subscriber_id,
        kind=channel.kind,
        address=channel.address,
        schedule=schedule_of(channel),
        cap=channel.cap,
        is_plain=channel.is_plain,
        takes_alerts=channel.takes_alerts,
        repeats=channel.repeats,
        has_pictures=channel.has_pictures,
        has_previews=channel.has_previews,
        status=ChannelStatus(channel.status),
        closed_reason=channel.closed_reason,
        verified_at=channel.verified_at,
        next_due_at=channel.next_due_at,
    )


def _on_one_line(reason: str) -> str:
    """Cut and clean what a mail server or bot API said: it is stored and shown."""
    return " ".join("".join(each if each.isprintable() else " " for each in reason).split())[:MAX_REASON]


def _select_channels() -> Select[Any]:
    """Select what `_due_channel` takes."""
    row, person = ChannelRow, SubscriberRow
    return (
        select(row.id, person.id, person.name, row.kind, row.address, person.language)
        .add_columns(row.timezone, row.send_at, row.wait_until, row.cadence, row.weekday)
        .add_columns(row.cap, row.takes_alerts, row.watermark, row.next_due_at)
        .join(person, person.id == row.subscriber_id)
    )


def _due_channel(  # noqa: PLR0913, PLR0917 -- one argument for each selected column
    channel_id: int,
    subscriber_id: int,
    name: str,
    kind: str,
    address: str,
    language: str,
    timezone: str,
    send_at: time,
    wait_until: time | None,
    cadence: str,
    weekday: int,
    cap: int,
    takes_alerts: bool,  # noqa: FBT001 -- as above
    watermark: int,
    next_due_at: datetime,
) -> DueChannel:
    return DueChannel(
        id=channel_id,
        subscriber_id=subscriber_id,
        name=name,
        kind=kind,
        address=address,
        language=language,
        schedule=Schedule(timezone, send_at, wait_until, Cadence(cadence), weekday),
        cap=cap,
        takes_alerts=takes_alerts,
        watermark=watermark,
        next_due_at=next_due_at,
    )
