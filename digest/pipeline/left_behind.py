"""Acts: brings what waits for a closed channel to another place where its reader reads.

Who blocks the bot or leaves a chat still reads mail; what was on its way to the chat would come nowhere.
"""

from datetime import datetime
from typing import Final

import structlog
from sqlalchemy.orm import Session

from digest.model import DeliveryId, DeliveryState, Settlement
from digest.pipeline.handing_over import hand_over, lock_places
from digest.storage import deliveries
from digest.storage.left_behind import cancel_left_behind, list_left_behind
from subscribers import store
from subscribers.db import Database
from subscribers.store.siblings import find_stand_in

log = structlog.get_logger()

AT_ONCE: Final = 200


def bring_what_is_left_behind(database: Database, now: datetime) -> int:
    """Give how many deliveries were handed over, each in a transaction of its own."""
    with database.reading() as session:
        found = list_left_behind(session, now, AT_ONCE)
    return sum(_bring(database, each, now) for each in found)


def _bring(database: Database, delivery_id: DeliveryId, now: datetime) -> bool:
    with database.writing() as session:
        to = _hand_on(session, delivery_id, now)
    if to is not None:
        log.info("delivery_handed_over", delivery=delivery_id, channel=to)
    return to is not None


def _hand_on(session: Session, delivery_id: DeliveryId, now: datetime) -> int | None:
    found = deliveries.load_deliveries(session, [delivery_id])
    if not found or find_stand_in(session, found[0].edition.channel_id) is None:
        return None
    lock_places(session, found[0])
    found = deliveries.load_deliveries(session, [delivery_id])  # another may have sent something of it until then
    if not found:
        return None
    (delivery,) = found
    reason = store.get_channel(session, delivery.edition.channel_id).closed_reason
    arrived = delivery.progress.arrived
    if not cancel_left_behind(session, delivery_id, arrived, now):
        return None
    return hand_over(session, delivery, Settlement(state=DeliveryState.CANCELLED, detail=reason, arrived=arrived), now)
