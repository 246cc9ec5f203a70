"""The event log: what a subscriber did and what happened to them. Rows are only ever added."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from subscribers.model import EventKind
from subscribers.tables import SubscriberEventRow


def record_event(
    session: Session, subscriber_id: int, kind: EventKind, at: datetime, detail: Mapping[str, Any]
) -> None:
    """Append to the log."""
    session.add(SubscriberEventRow(subscriber_id=subscriber_id, kind=kind.value, at=at, detail=dict(detail)))
    session.flush()
