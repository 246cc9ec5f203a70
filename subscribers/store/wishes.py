"""Wishes of subscribers. An interest is one row however many share it, and goes when the last one drops it."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from subscribers.faults import DatabaseBusy
from subscribers.model import InterestWish, StoredInterest, Wishes
from subscribers.store.follows import list_follows
from subscribers.store.rows import changed, chunks, insert_unless_there
from subscribers.tables import InterestRow, SubscriberInterestRow

ATTEMPTS = 5


def list_wishes(session: Session, subscriber_ids: Iterable[int]) -> dict[int, Wishes]:
    """Give what each of these subscribers asked for, oldest first; two queries for thousands of them."""
    wishes: dict[int, Wishes] = {}
    canonicals: dict[int, str] = {}  # one string for an interest, however many share it
    for ids in chunks(subscriber_ids):
        interests = _list_interests(session, ids, canonicals)
        follows = list_follows(session, ids)
        wishes |= {each: Wishes(tuple(interests[each]), tuple(follows[each])) for each in ids}
    return wishes


def add_interest(session: Session, subscriber_id: int, wish: InterestWish, at: datetime) -> tuple[int, bool]:
    """Note an interest of a subscriber; give its id, and whether it is new to them."""
    interest_id = _share_interest(session, wish.canonical)
    values = {"subscriber_id": subscriber_id, "interest_id": interest_id, "text": wish.text, "created_at": at}
    return interest_id, insert_unless_there(session, SubscriberInterestRow, values)


def remove_interest(session: Session, subscriber_id: int, wanted: str) -> tuple[int, ...]:
    """Drop an interest, named by its canonical form or in the subscriber's words; give the ids dropped."""
    row = SubscriberInterestRow
    named = or_(row.text == wanted, InterestRow.canonical_hash == hash_canonical(wanted))
    query = select(row.interest_id).join(InterestRow).where(row.subscriber_id == subscriber_id, named)
    ids = tuple(session.scalars(query))
    session.execute(delete(row).where(row.subscriber_id == subscriber_id, row.interest_id.in_(ids)))
    prune_interests(session, ids)
    return ids


def prune_interests(session: Session, interest_ids: Iterable[int]) -> int:
    """Delete those of the interests that nobody has any more.

    They are locked first and looked at in a second statement, which on PostgreSQL sees what the holders of the lock
    have committed: whoever is just now taking up an interest keeps it.
    """
    row, count = InterestRow, 0
    for ids in chunks(sorted(interest_ids)):
        session.execute(select(row.id).where(row.id.in_(ids)).order_by(row.id).with_for_update())
        used = select(SubscriberInterestRow.interest_id).where(SubscriberInterestRow.interest_id == row.id)
        count += changed(session.execute(delete(row).where(row.id.in_(ids), ~used.exists())))
    return count


def count_interests(session: Session) -> int:
    """Count the distinct interests: what matching has to look at."""
    return session.scalar(select(func.count()).select_from(InterestRow)) or 0


def hash_canonical(canonical: str) -> str:
    """Give the key under which an interest is stored once; text itself can be too long for an index."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def _share_interest(session: Session, canonical: str) -> int:
    """Find or make the shared row, and keep it from being pruned until this transaction ends."""
    key = hash_canonical(canonical)
    query = select(InterestRow.id).where(InterestRow.canonical_hash == key)
    for _ in range(ATTEMPTS):
        insert_unless_there(session, InterestRow, {"canonical": canonical, "canonical_hash": key})
        interest_id = session.scalar(query.with_for_update(read=True, key_share=True))
        if interest_id is not None:
            return interest_id
    raise DatabaseBusy("An interest was added and dropped by others at the same time; try again.")


def _list_interests(
    session: Session, subscriber_ids: list[int], canonicals: dict[int, str]
) -> dict[int, list[StoredInterest]]:
    row = SubscriberInterestRow
    query = select(row.subscriber_id, row.interest_id, InterestRow.canonical, row.text).join(InterestRow)
    found: dict[int, list[StoredInterest]] = defaultdict(list)
    ordered = query.where(row.subscriber_id.in_(subscriber_ids)).order_by(row.created_at, row.interest_id)
    for subscriber_id, interest_id, canonical, text in session.execute(ordered):
        shared = canonicals.setdefault(interest_id, canonical)
        found[subscriber_id].append(StoredInterest(interest_id, shared, text))
    return found
