"""What can be done to a subscription. Each verb checks, writes, logs the event and says what happened; none sends.

A verb runs in the caller's transaction (`Database.writing()`), which an error must roll back. `now` and `start_after`
(the newest announcement there is: what came before is not news) are arguments.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from subscribers import store
from subscribers.addresses import EMAIL, FILE, TELEGRAM, normalise, shown
from subscribers.model import (
    AddressSuppressed,
    AlreadySubscribed,
    ChannelStatus,
    ChannelWish,
    Consent,
    EventKind,
    FollowKind,
    FollowWish,
    InterestWish,
    InvalidAddress,
    Registration,
    Schedule,
    SubscriberStatus,
    SubscriberView,
    UnknownChannel,
    UnknownSubscriber,
)
from subscribers.outcomes import (
    ChannelChanged,
    Erased,
    Rescheduled,
    StatusChanged,
    Subscribed,
    Unsubscribed,
    WishChanged,
)
from subscribers.schedule import Used, check_schedule, last_used, next_due_at, reschedule
from subscribers.schedule_words import describe_schedule
from subscribers.store.leavings import LEFT
from subscribers.store.suppressions import find_suppression
from subscribers.tables import ChannelRow, SubscriberRow
from subscribers.validation import (
    MAX_INTEREST,
    check_cap,
    check_channel,
    check_follow,
    check_interest,
    check_registration,
    check_text,
)

REMOVED = "removed"
MAX_ID = 2**31 - 1  # the width of an id in PostgreSQL

# Who stands here and signs up again starts over; in the other statuses a subscription is running.
_AWAY = frozenset({SubscriberStatus.PENDING, SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})
_GONE = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})


# ── coming and going ─────────────────────────────────────────────────────────────────────────────────────────────────


def subscribe(
    session: Session, now: datetime, registration: Registration, *, start_after: int, consent: Consent | None
) -> Subscribed:
    """Sign somebody up: confirmed at once on the evidence given, else pending until `confirm`.

    Who left, or never confirmed, starts over under the same id. An address in use raises AlreadySubscribed, and so does
    a known address together with one that is not its subscriber's: that would let a stranger in.
    """
    wanted = check_registration(registration)
    status = SubscriberStatus.PENDING if consent is None else SubscriberStatus.CONFIRMED
    _refuse_suppressed(session, wanted.channels, consent)
    row = _find_owner(session, wanted, consent)
    is_new = row is None
    if row is None:
        row = store.add_subscriber(session, wanted, status, now)
    elif row.status in _AWAY:
        row.name, row.kind, row.language, row.status = wanted.name, wanted.kind.value, wanted.language, status.value
    channels = [_open_channel(session, now, row.id, wish, start_after, consent) for wish in wanted.channels]
    detail = {"name": row.name, "language": row.language, "channels": [_named(channel) for channel in channels]}
    store.record_event(session, row.id, EventKind.SUBSCRIBED, now, detail)
    _take_consent(session, now, row, channels, consent)
    return Subscribed(store.view_subscriber(session, row.id), is_new)


def confirm(session: Session, now: datetime, channel_id: int, consent: Consent) -> ChannelChanged:
    """Take the evidence that a channel is theirs who asked for it. Again is no error; a closed one stays closed."""
    channel = store.get_channel(session, channel_id)
    row = store.get_subscriber(session, channel.subscriber_id)
    if channel.status != ChannelStatus.OPEN or row.status in _GONE:
        raise UnknownChannel(f"Channel {channel_id} is closed; subscribe again.")
    is_first = channel.verified_at is None
    if is_first:
        channel.verified_at, channel.next_due_at = now, next_due_at(store.schedule_of(channel), now)
        _take_consent(session, now, row, [channel], consent)
    return ChannelChanged(store.view_channel(channel), is_changed=is_first)


def unsubscribe(session: Session, now: datetime, subscriber_id: int, channel_id: int | None = None) -> Unsubscribed:
    """Close one channel, or all of them; with the last one the subscriber has left.

    Again, or for somebody unknown, is no error: an unsubscribe link always works.
    """
    try:
        row = store.get_subscriber(session, subscriber_id)
    except UnknownSubscriber:
        return Unsubscribed((), has_left=True)
    channels = store.view_subscriber(session, row.id).channels
    is_open = {channel.id for channel in channels if channel.status is ChannelStatus.OPEN}
    closing = is_open if channel_id is None else is_open & {channel_id}
    for each in sorted(closing):
        store.close_channel(session, each, LEFT, now)
    if closing == is_open and row.status not in _GONE:
        detail = {"channels": sorted(closing), "was": row.status}
        row.status = SubscriberStatus.UNSUBSCRIBED.value
        store.record_event(session, row.id, EventKind.UNSUBSCRIBED, now, detail)
    return Unsubscribed(tuple(sorted(closing)), has_left=closing == is_open)


def pause(session: Session, now: datetime, subscriber_id: int) -> StatusChanged:
    """Stop sending until `resume`; only a confirmed subscription can be paused."""
    row = store.get_subscriber(session, subscriber_id)
    if row.status != SubscriberStatus.CONFIRMED:
        return _unchanged(row)
    row.status = SubscriberStatus.PAUSED.value
    store.record_event(session, row.id, EventKind.PAUSED, now, {})
    return StatusChanged(row.id, SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED)


def resume(session: Session, now: datetime, subscriber_id: int, *, start_after: int = 0) -> StatusChanged:
    """Send again from the next slot on; `start_after` leaves out what came meanwhile.

    The next slot is that after the end of the pause, if it was to end by now: a service that was down catches up.
    """
    row = store.get_subscriber(session, subscriber_id)
    if row.status != SubscriberStatus.PAUSED:
        return _unchanged(row)
    ended_at = min(now, row.paused_until or now) - timedelta.resolution  # a slot at that very moment is served
    row.status, row.paused_until = SubscriberStatus.CONFIRMED.value, None
    for channel in row.channels:
        channel.watermark = max(channel.watermark, start_after)
        if channel.next_due_at <= ended_at:
            channel.next_due_at = next_due_at(store.schedule_of(channel), ended_at)
    store.record_event(session, row.id, EventKind.RESUMED, now, {"start_after": start_after})
    return StatusChanged(row.id, SubscriberStatus.PAUSED, SubscriberStatus.CONFIRMED)


def erase(session: Session, subscriber_id: int) -> Erased:
    """Delete everything about a subscriber, the event log included."""
    if not store.delete_subscriber(session, subscriber_id):
        raise UnknownSubscriber(f"There is no subscriber {subscriber_id}.")
    return Erased(subscriber_id)


def export(session: Session, subscriber_id: int) -> dict[str, Any]:
    """Give everything this package holds about a subscriber, as JSON."""
    return store.dump_subscriber(session, subscriber_id)


def get_subscriber(session: Session, who: str) -> SubscriberView:
    """Find a subscriber by id or by any of their addresses, as typed."""
    ids = [int(who)] if who.isascii() and who.isdecimal() and int(who[:20]) <= MAX_ID else []
    found = store.list_matching_subscribers(session, ids)
    found = found or store.list_matching_subscribers(session, store.list_owners(session, _readings(who)))
    if not found:
        raise UnknownSubscriber(f"There is no subscriber with the id or address “{shown(who)}”.")
    if len(found) > 1:
        several = " and ".join(str(each.id) for each in found)
        raise UnknownSubscriber(f"“{shown(who)}” is an address of subscribers {several}; give the id.")
    return found[0]


# ── channels ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_channel(
    session: Session,
    now: datetime,
    subscriber_id: int,
    wish: ChannelWish,
    *,
    start_after: int,
    consent: Consent | None,
) -> ChannelChanged:
    """Give a subscriber one more address, or open one of theirs again. Without consent it waits for `confirm`."""
    wanted = check_channel(wish)
    _refuse_suppressed(session, [wanted], consent)
    row = store.get_subscriber(session, subscriber_id)
    if row.status in _GONE:
        raise UnknownSubscriber(f"Subscriber {subscriber_id} has left; subscribe again.")
    known = store.find_channel(session, wanted.kind, wanted.address)
    if known is not None and (known.subscriber_id != row.id or known.status == ChannelStatus.OPEN):
        raise _already_subscribed(known)
    channel = _open_channel(session, now, row.id, wanted, start_after, consent)
    store.record_event(session, row.id, EventKind.CHANNEL_ADDED, now, _named(channel))
    _take_consent(session, now, row, [channel], consent)
    return ChannelChanged(store.view_channel(channel), is_changed=True)


def remove_channel(session: Session, now: datetime, channel_id: int, reason: str = REMOVED) -> ChannelChanged:
    """Close a channel; the subscriber stays, even without any."""
    store.get_channel(session, channel_id)
    is_changed = store.close_channel(session, channel_id, reason, now)
    return ChannelChanged(store.view_channel(store.get_channel(session, channel_id)), is_changed)


def set_schedule(session: Session, now: datetime, channel_id: int, schedule: Schedule) -> Rescheduled:
    """Send at another hour or in another zone from the next digest on, which is never a second one on one date."""
    after = check_schedule(schedule)
    channel = store.get_channel(session, channel_id)
    before = store.schedule_of(channel)
    if after != before:
        used = _put_schedule(session, channel, after, now)
        detail = {"channel": channel.id, "before": describe_schedule(before), "after": describe_schedule(after)}
        detail |= store.write_turn(channel.next_due_at, used)
        detail |= {"cadence": {"before": before.cadence.value, "after": after.cadence.value}}
        store.record_event(session, channel.subscriber_id, EventKind.SCHEDULE_CHANGED, now, detail)
    return Rescheduled(store.view_channel(channel), before)


def set_cap(session: Session, now: datetime, channel_id: int, cap: int) -> ChannelChanged:
    """Put another number of papers, at most, into a digest."""
    channel = store.get_channel(session, channel_id)
    before, channel.cap = channel.cap, check_cap(cap)
    if before != cap:
        detail = {"channel": channel.id, "before": before, "after": cap}
        store.record_event(session, channel.subscriber_id, EventKind.CAP_CHANGED, now, detail)
    return ChannelChanged(store.view_channel(channel), is_changed=before != cap)


# ── wishes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_interest(session: Session, now: datetime, subscriber_id: int, wish: InterestWish) -> WishChanged:
    """Note what a subscriber wants to read about; what they had excluded is not excluded any more."""
    wanted = check_interest(wish)
    row = store.get_subscriber(session, subscriber_id)
    interest_id, is_new, has_switched = store.add_interest(session, row.id, wanted, now)
    if has_switched:
        store.record_event(session, row.id, EventKind.EXCLUSION_REMOVED, now, {"exclusion": wanted.text})
    if is_new:
        store.record_event(session, row.id, EventKind.INTEREST_ADDED, now, {"interest": wanted.text})
    return WishChanged((interest_id,), is_new, has_switched)


def remove_interest(session: Session, now: datetime, subscriber_id: int, wanted: str) -> WishChanged:
    """Drop an interest, named by its canonical form or as the subscriber wrote it."""
    named = check_text("interest", wanted, MAX_INTEREST)
    row = store.get_subscriber(session, subscriber_id)
    ids = store.remove_interest(session, row.id, named)
    if ids:
        store.record_event(session, row.id, EventKind.INTEREST_REMOVED, now, {"interest": named})
    return WishChanged(ids, bool(ids))


def follow(session: Session, now: datetime, subscriber_id: int, wish: FollowWish) -> WishChanged:
    """Note whom or what a subscriber follows, and how; the same target again replaces what was wished of it."""
    wanted = check_follow(wish)
    row = store.get_subscriber(session, subscriber_id)
    before = store.find_follow(session, row.id, wanted.kind, wanted.target_id)
    follow_id, is_changed = store.add_follow(session, row.id, wanted, now)
    if is_changed:
        kind = EventKind.FOLLOWED if before is None else EventKind.FOLLOW_CHANGED
        store.record_event(session, row.id, kind, now, _write_follow(wanted))
    return WishChanged((follow_id,), is_changed)


def unfollow(session: Session, now: datetime, subscriber_id: int, kind: FollowKind, target_id: int) -> WishChanged:
    """Drop the follow of a target; again is no error."""
    row = store.get_subscriber(session, subscriber_id)
    known = store.find_follow(session, row.id, kind, target_id)
    if known is None:
        return WishChanged((), is_changed=False)
    store.remove_follow(session, row.id, kind, target_id)
    store.record_event(session, row.id, EventKind.UNFOLLOWED, now, _write_follow(known.wish))
    return WishChanged((known.id,), is_changed=True)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _write_follow(wish: FollowWish) -> dict[str, Any]:
    return {
        "kind": wish.kind.value,
        "target": wish.target_id,
        "name": wish.name,
        "timing": wish.timing.value,
        "position": wish.position.value,
        "events": [event.value for event in wish.events],
    }


def _refuse_suppressed(session: Session, wishes: Sequence[ChannelWish], consent: Consent | None) -> None:
    """Let nobody vouch for an address that bounced or complained; it comes back by confirming itself."""
    if consent is not None and any(find_suppression(session, EMAIL, x.address) for x in wishes if x.kind == EMAIL):
        raise AddressSuppressed


def _find_owner(session: Session, wanted: Registration, consent: Consent | None) -> SubscriberRow | None:
    known = store.list_channels_at(session, [(wish.kind, wish.address) for wish in wanted.channels])
    if not known:
        return None
    if len({channel.subscriber_id for channel in known}) > 1 or len(known) < len(wanted.channels):
        message = f"{known[0].address} belongs to subscriber {known[0].subscriber_id}; add other addresses to it."
        raise AlreadySubscribed(message)
    row = store.get_subscriber(session, known[0].subscriber_id)
    if row.status == SubscriberStatus.SUPPRESSED and consent is not None:
        raise AddressSuppressed
    is_used = [channel for channel in known if channel.status == ChannelStatus.OPEN and row.status not in _AWAY]
    if is_used:
        raise _already_subscribed(is_used[0])
    return row


def _open_channel(
    session: Session, now: datetime, subscriber_id: int, wish: ChannelWish, start_after: int, consent: Consent | None
) -> ChannelRow:
    """Add a channel, or open a known one again with what is wished now."""
    verified_at = None if consent is None else now
    channel = store.find_channel(session, wish.kind, wish.address)
    if channel is None:
        first = {"verified_at": verified_at, "watermark": start_after, "next_due_at": next_due_at(wish.schedule, now)}
        channel = store.add_channel(session, subscriber_id, wish, now, **first)
        if channel is None:
            raise AlreadySubscribed(f"{wish.address} was subscribed by somebody else at this moment.")
        return channel
    if channel.next_due_at <= now:
        channel.next_due_at = next_due_at(store.schedule_of(channel), now)
    _put_schedule(session, channel, wish.schedule, now)
    channel.status, channel.closed_reason, channel.verified_at = ChannelStatus.OPEN.value, "", verified_at
    channel.cap, channel.watermark = wish.cap, max(channel.watermark, start_after)
    return channel


def _put_schedule(session: Session, channel: ChannelRow, after: Schedule, now: datetime) -> Used | None:
    """Give a channel another schedule, and the last digest it had by an earlier one."""
    before, turn = store.schedule_of(channel), store.find_turn(session, channel)
    due_at, since = channel.next_due_at, channel.verified_at or now
    channel.next_due_at = reschedule(before, after, due_at=due_at, since=since, now=now, turn=turn)
    for name, value in store.schedule_columns(after).items():
        setattr(channel, name, value)
    return last_used(before, due_at=due_at, since=since, turn=turn)


def _take_consent(
    session: Session, now: datetime, row: SubscriberRow, channels: list[ChannelRow], consent: Consent | None
) -> None:
    """Keep the evidence; whoever had not confirmed yet now has."""
    if consent is None:
        return
    if row.status == SubscriberStatus.PENDING:
        row.status = SubscriberStatus.CONFIRMED.value
    detail = {**consent.detail, "given_by": consent.given_by, "channels": [_named(channel) for channel in channels]}
    store.record_event(session, row.id, EventKind.CONFIRMED, now, detail)


def _readings(who: str) -> list[str]:
    """Read an address in every way it could be meant."""
    readings = []
    for kind in (EMAIL, TELEGRAM, FILE, "other"):
        try:
            readings.append(normalise(kind, who))
        except InvalidAddress:
            continue
    return readings


def _unchanged(row: SubscriberRow) -> StatusChanged:
    status = SubscriberStatus(row.status)
    return StatusChanged(row.id, status, status)


def _already_subscribed(channel: ChannelRow) -> AlreadySubscribed:
    return AlreadySubscribed(f"{channel.address} is already a channel of subscriber {channel.subscriber_id}.")


def _named(channel: ChannelRow) -> dict[str, Any]:
    return {"id": channel.id, "kind": channel.kind, "address": channel.address}
