"""Deliveries as somebody who looks back sees them."""

from dataclasses import dataclass
from datetime import datetime

from digest.model.ids import DeliveryId
from digest.model.matches import Edition
from digest.model.messages import Address, DeliveryKind, DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDelivery:
    """A delivery, where it went and how it stands; `settled_at` is None until it is sent, given up or cancelled."""

    id: DeliveryId
    kind: DeliveryKind
    edition: Edition
    state: DeliveryState
    detail: str
    attempts: int
    created_at: datetime
    settled_at: datetime | None
    next_attempt_at: datetime
    address: Address
    timezone: str
