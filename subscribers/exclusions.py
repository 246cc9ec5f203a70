"""What subscribers do not want to see, in the language of interests. Verbs are as in `service`."""

from datetime import datetime

from sqlalchemy.orm import Session

from subscribers import store
from subscribers.model import EventKind, InterestWish
from subscribers.outcomes import WishChanged
from subscribers.validation import MAX_INTEREST, check_text


def add_exclusion(session: Session, now: datetime, subscriber_id: int, wish: InterestWish) -> WishChanged:
    """Keep papers that match a query out of a subscriber's digests; what was an interest is none any more."""
    canonical = check_text("exclusion", wish.canonical, MAX_INTEREST)
    unwanted = InterestWish(text=check_text("exclusion", wish.text, MAX_INTEREST), canonical=canonical)
    row = store.get_subscriber(session, subscriber_id)
    interest_id, is_new, has_switched = store.add_interest(session, row.id, unwanted, now, is_excluded=True)
    if has_switched:
        store.record_event(session, row.id, EventKind.INTEREST_REMOVED, now, {"interest": unwanted.text})
    if is_new:
        store.record_event(session, row.id, EventKind.EXCLUSION_ADDED, now, {"exclusion": unwanted.text})
    return WishChanged((interest_id,), is_new, has_switched)


def remove_exclusion(session: Session, now: datetime, subscriber_id: int, wanted: str) -> WishChanged:
    """Drop an exclusion, named by its canonical form or as the subscriber wrote it; again is no error."""
    named = check_text("exclusion", wanted, MAX_INTEREST)
    row = store.get_subscriber(session, subscriber_id)
    ids = store.remove_interest(session, row.id, named, is_excluded=True)
    if ids:
        store.record_event(session, row.id, EventKind.EXCLUSION_REMOVED, now, {"exclusion": named})
    return WishChanged(ids, bool(ids))
