"""Wishes of subscribers. An interest is one row however many share it, and goes when the last one drops it."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from subscribers.faults import DatabaseBusy
from subscribers.model import InterestWish, StoredInterest, Wishes
from subscribers.store.follows import list_follows
from subscribers.store.rows import changed, chunks, insert_unless_there
from subscribers.tables import FollowRow, InterestRow, SubscriberInterestRow

ATTEMPTS = 5


class Placed(NamedTuple):
    """An interest or exclusion of somebody: whether it is new to them, and whether it was the other of the two."""

    interest_id: int
    is_new: bool
    has_switched: bool


def list_wishes(session: Session, subscriber_ids: Iterable[int]) -> dict[int, Wishes]:
    """Give what each of these subscribers asked for, oldest first; two queries for thousands of them."""
    wishes: dict[int, Wishes] = {}
    canonicals: dict[int, str] = {}  # one string for an interest, however many share it
    for ids in chunks(subscriber_ids):
        interests, exclusions = _list_interests(session, ids, canonicals)
        follows = list_follows(session, ids)
        wishes |= {each: Wishes(tuple(interests[each]), tuple(follows[each]), tuple(exclusions[each])) for each in ids}
    return wishes


def add_interest(
    session: Session, subscriber_id: int, wish: InterestWish, at: datetime, *, is_excluded: bool = False
) -> Placed:
    """Note an interest of a subscriber, or an exclusion; what was the other of the two becomes this."""
    interest_id = _share_interest(session, wish.canonical)
    values = {"text": wish.text, "is_excluded": is_excluded, "created_at": at}
    mine = {"subscriber_id": subscriber_id, "interest_id": interest_id}
    if insert_unless_there(session, SubscriberInterestRow, mine | values):
        return Placed(interest_id, is_new=True, has_switched=False)
    row = SubscriberInterestRow
    other = (row.subscriber_id == subscriber_id) & (row.interest_id == interest_id) & (row.is_excluded != is_excluded)
    has_switched = changed(session.execute(update(row).where(other).values(values))) == 1
    return Placed(interest_id, is_new=has_switched, has_switched=has_switched)


def remove_interest(session: Session, subscriber_id: int, wanted: str, *, is_excluded: bool = False) -> tuple[int, ...]:
    """Drop an interest or exclusion, named by its canonical form or in the subscriber's words; give the ids dropped."""
    row = SubscriberInterestRow
    named = or_(row.text == wanted, InterestRow.canonical_hash == hash_canonical(wanted))
    mine = (row.subscriber_id == subscriber_id) & (row.is_excluded == is_excluded)
    ids = tuple(session.scalars(select(row.interest_id).join(InterestRow).where(mine, named)))
    session.execute(delete(row).where(mine, row.interest_id.in_(ids)))
    prune_interests(session, ids)
    return ids


def drop_wishes(session: Session, subscriber_id: int) -> None:
    """Drop every interest, exclusion and follow of a subscriber."""
    row = SubscriberInterestRow
    dropped = delete(row).where(row.subscriber_id == subscriber_id).returning(row.interest_id)
    prune_interests(session, session.scalars(dropped).all())
    session.execute(delete(FollowRow).where(FollowRow.subscriber_id == subscriber_id))


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
) -> tuple[dict[int, list[StoredInterest]], dict[int, list[StoredInterest]]]:
    """Give interests and exclusions; both in one statement, so that they are of one moment."""
    row = SubscriberInterestRow
    query = select(row.subscriber_id, row.interest_id, InterestRow.canonical, row.text, row.is_excluded)
    ordered = query.join(InterestRow).where(row.subscriber_id.in_(subscriber_ids))
    interests: dict[int, list[StoredInterest]] = defaultdict(list)
    exclusions: dict[int, list[StoredInterest]] = defaultdict(list)
    for subscriber_id, interest_id, canonical, text, is_excluded in session.execute(
        ordered.order_by(row.created_at, row.interest_id)
    ):
        shared = canonicals.setdefault(interest_id, canonical)
        found = exclusions if is_excluded else interests
        found[subscriber_id].append(StoredInterest(interest_id, shared, text))
    return interests, exclusions
