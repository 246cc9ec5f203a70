"""Acts: forgets a subscriber, in one transaction. Once it has committed, nothing is sent to them any more.

What a worker has claimed is looked at again right before it is sent, and is then gone; only a message that is on the
wire at this moment still arrives.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from digest.pipeline.voting import forget_votes, list_members
from digest.storage.holdings import erase_letters_of
from subscribers import store
from subscribers.db import Database
from subscribers.giving_up import give_up
from subscribers.leaving import erase_with_suppression


def forget(database: Database, now: datetime, subscriber_id: int, *, key: str, keeps_hash: bool = True) -> None:
    """Delete all that is held about a subscriber, but a hash of each email address. Raises UnknownSubscriber.

    What they voted in groups from their own chat goes as well; `key` is that under which votes are kept. Without the
    hash, an address is unknown again: whoever signs it up next is asked to confirm as anybody is, and an operator may
    import it.
    """
    with database.writing() as session:
        members = list_members(store.list_matching_subscribers(session, [subscriber_id]))
        forgotten = erase_with_suppression(session, now, subscriber_id, keeps_hash=keeps_hash)
        erase_letters_of(session, subscriber_id, forgotten.addresses)
        for user in members:
            forget_votes(session, key, user)


def give_up_chat(database: Database, now: datetime, address: str) -> None:
    """Take a chat, by its address, from a subscription that sends nothing there any more; one that is open stays."""
    with database.writing() as session:
        erase_traces(session, give_up(session, now, address))


def erase_traces(session: Session, subscriber_ids: Iterable[int]) -> None:
    """Delete what was queued for subscribers who had nothing but a chat, and are erased."""
    for subscriber_id in subscriber_ids:
        erase_letters_of(session, subscriber_id, ())
