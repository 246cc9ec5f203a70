"""What of the outbox stays lying: kinds of channel to which nothing could be sent, and channels nobody composed for."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from digest.model import DeliveryState
from digest.model.watch import Stuck
from digest.storage.deliveries import UNFINISHED
from digest.storage.tables import DeliveryRow
from subscribers.store.rows import has_consent
from subscribers.tables import ChannelRow, SubscriberRow

# What a worker writes on a delivery that it gave back unsent: no fault of the notifier's.
HANDED_BACK = "handed back"


def list_stuck(session: Session, before: datetime) -> tuple[Stuck, ...]:
    """Give the kinds of which messages wait since before a moment and none was sent since then.

    Attempts are charged for what is wrong with an address; a delivery that waits without any, and with a complaint, is
    one whose notifier does not work.
    """
    query = _waiting(before).where(DeliveryRow.attempts == 0, DeliveryRow.detail.not_in(("", HANDED_BACK)))
    waiting = [Stuck(kind=kind, since=at, count=count, fault=said) for kind, at, count, said in session.execute(query)]
    sent = _last_sent(session, [each.kind for each in waiting])
    stuck = (each for each in waiting if each.kind not in sent or sent[each.kind] < before)
    return tuple(replace(each, since=max(each.since, sent.get(each.kind, each.since))) for each in stuck)


def find_oldest_pending(session: Session) -> datetime | None:
    """Give since when the oldest delivery waits that may be sent: not those of people who pause."""
    query = select(func.min(DeliveryRow.created_at)).select_from(DeliveryRow).join(ChannelRow).join(SubscriberRow)
    return session.scalar(query.where(DeliveryRow.state.in_(UNFINISHED), has_consent()))


def count_uncomposed(session: Session, before: datetime) -> int:
    """Count the channels whose digest was due before a moment and has not been composed."""
    query = select(func.count()).select_from(ChannelRow).join(SubscriberRow)
    return session.scalar(query.where(has_consent(), ChannelRow.next_due_at <= before)) or 0


def _waiting(before: datetime) -> Select[str, datetime, int, str]:
    query = select(ChannelRow.kind, func.min(DeliveryRow.created_at), func.count(), func.max(DeliveryRow.detail))
    joined = query.select_from(DeliveryRow).join(ChannelRow).join(SubscriberRow)
    is_old = DeliveryRow.state.in_(UNFINISHED) & (DeliveryRow.created_at <= before)
    return joined.where(is_old, has_consent()).group_by(ChannelRow.kind)


def _last_sent(session: Session, kinds: Collection[str]) -> dict[str, datetime]:
    """Give when something was last sent by these kinds; all of history is read, so ask only about those in trouble."""
    if not kinds:
        return {}
    query = select(ChannelRow.kind, func.max(DeliveryRow.settled_at)).select_from(DeliveryRow).join(ChannelRow)
    sent = query.where(ChannelRow.kind.in_(kinds), DeliveryRow.state == DeliveryState.SENT.value)
    return {kind: at for kind, at in session.execute(sent.group_by(ChannelRow.kind)) if at is not None}
