"""Acts: forgets a subscriber, in one transaction. Once it has committed, nothing is sent to them any more.

What a worker has claimed is looked at again right before it is sent, and is then gone; only a message that is on the
wire at this moment still arrives.
"""

from datetime import datetime

from digest.storage.holdings import erase_letters_of
from subscribers.db import Database
from subscribers.leaving import erase_with_suppression


def forget(database: Database, now: datetime, subscriber_id: int, *, keeps_hash: bool = True) -> None:
    """Delete all that is held about a subscriber, but a hash of each email address. Raises UnknownSubscriber.

    Without the hash, an address is unknown again: whoever signs it up next is asked to confirm as anybody is, and an
    operator may import it.
    """
    with database.writing() as session:
        forgotten = erase_with_suppression(session, now, subscriber_id, keeps_hash=keeps_hash)
        erase_letters_of(session, subscriber_id, forgotten.addresses)
