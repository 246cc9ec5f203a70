"""What subscribers change about themselves and their channels, beside schedules and wishes. Verbs are as in `service`.

One that changes nothing logs nothing.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from subscribers import store
from subscribers.model import EventKind, InvalidSchedule, SubscriberStatus
from subscribers.outcomes import ChannelChanged, StatusChanged
from subscribers.tables import ChannelRow
from subscribers.validation import MAX_NAME, check_language, check_text

_RUNNING = frozenset({SubscriberStatus.CONFIRMED, SubscriberStatus.PAUSED})


def rename(session: Session, now: datetime, subscriber_id: int, name: str) -> bool:
    """Address a subscriber by another name; whether that is new."""
    wanted = check_text("name", name, MAX_NAME)
    row = store.get_subscriber(session, subscriber_id)
    before, row.name = row.name, wanted
    if before != wanted:
        store.record_event(session, row.id, EventKind.RENAMED, now, {"before": before, "after": wanted})
    return before != wanted


def set_language(session: Session, now: datetime, subscriber_id: int, language: str) -> bool:
    """Note which language a subscriber prefers, as a BCP 47 tag; whether that is new."""
    wanted = check_language(language)
    row = store.get_subscriber(session, subscriber_id)
    before, row.language = row.language, wanted
    if before != wanted:
        store.record_event(session, row.id, EventKind.LANGUAGE_CHANGED, now, {"before": before, "after": wanted})
    return before != wanted


def pause_until(session: Session, now: datetime, subscriber_id: int, until: datetime | None) -> StatusChanged:
    """Stop sending until a time, or (None) until `resume`; who is paused already gets the new end.

    Only a confirmed subscription can be paused. What comes meanwhile is in the first digest afterwards.
    """
    if until is not None and until <= now:
        raise InvalidSchedule("That day has begun already; name a later one.")
    row = store.get_subscriber(session, subscriber_id)
    before, since = SubscriberStatus(row.status), row.paused_until
    if before not in _RUNNING or (before is SubscriberStatus.PAUSED and since == until):
        return StatusChanged(row.id, before, before)
    row.status, row.paused_until = SubscriberStatus.PAUSED.value, until
    store.record_event(session, row.id, EventKind.PAUSED, now, {"until": until and until.isoformat()})
    return StatusChanged(row.id, before, SubscriberStatus.PAUSED)


def set_plain(session: Session, now: datetime, channel_id: int, *, is_plain: bool) -> ChannelChanged:
    """Send mail without HTML, or with it."""
    channel = store.get_channel(session, channel_id)
    before, channel.is_plain = channel.is_plain, is_plain
    return _changed(session, now, channel, {"is_plain": (before, is_plain)})


def set_takes_alerts(session: Session, now: datetime, channel_id: int, *, takes_alerts: bool) -> ChannelChanged:
    """Send alerts to a channel, or leave what they would have told to its digest."""
    channel = store.get_channel(session, channel_id)
    before, channel.takes_alerts = channel.takes_alerts, takes_alerts
    return _changed(session, now, channel, {"takes_alerts": (before, takes_alerts)})


def set_repeats(session: Session, now: datetime, channel_id: int, *, repeats: bool) -> ChannelChanged:
    """Show in a channel what another one of the same person has shown, or only what is new to them."""
    channel = store.get_channel(session, channel_id)
    before, channel.repeats = channel.repeats, repeats
    return _changed(session, now, channel, {"repeats": (before, repeats)})


def set_pictures(session: Session, now: datetime, channel_id: int, *, has_pictures: bool) -> ChannelChanged:
    """Send thumbnails of the papers to a chat, or none."""
    channel = store.get_channel(session, channel_id)
    before, channel.has_pictures = channel.has_pictures, has_pictures
    return _changed(session, now, channel, {"has_pictures": (before, has_pictures)})


def set_previews(session: Session, now: datetime, channel_id: int, *, has_previews: bool) -> ChannelChanged:
    """Have Telegram show what it finds at the address of a paper that comes alone, or not."""
    channel = store.get_channel(session, channel_id)
    before, channel.has_previews = channel.has_previews, has_previews
    return _changed(session, now, channel, {"has_previews": (before, has_previews)})


def _changed(
    session: Session, now: datetime, channel: ChannelRow, columns: dict[str, tuple[bool, bool]]
) -> ChannelChanged:
    changes = {name: {"before": before, "after": after} for name, (before, after) in columns.items() if before != after}
    if changes:
        detail = {"channel": channel.id, **changes}
        store.record_event(session, channel.subscriber_id, EventKind.CHANNEL_CHANGED, now, detail)
    return ChannelChanged(store.view_channel(channel), is_changed=bool(changes))
