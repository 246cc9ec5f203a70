"""The outbox of letters: mails about a subscription, queued with what causes them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from digest.model import DeliveryState, LetterId, LetterKind
from digest.storage.letter_tables import LetterRow


def add_letter(
    session: Session,
    kind: LetterKind,
    address: str,
    now: datetime,
    *,
    subscriber_id: int | None = None,
    about: Mapping[str, int] | None = None,
) -> LetterId:
    """Queue a letter to a normalised email address."""
    row = LetterRow(
        kind=kind.value,
        address=address,
        subscriber_id=subscriber_id,
        about=dict(about or {}),
        state=DeliveryState.PENDING.value,
        next_attempt_at=now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return LetterId(row.id)
