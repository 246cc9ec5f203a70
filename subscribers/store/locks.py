"""In which order rows are locked: a subscriber, then all of their channels by id, so that no two wait for each other.

Whoever writes to one channel may come to write to another one, as mail that is silent for the sake of a chat; and the
event log refers to the subscriber. Those who lock channels of many subscribers do so in one statement, by id, and touch
no subscriber afterwards. A lock on a subscriber leaves others free to refer to them (`FOR NO KEY UPDATE`).
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.tables import ChannelRow, SubscriberRow


def lock_subscriber(session: Session, subscriber_id: int) -> bool:
    """Keep others from changing a subscriber or one of their channels; False if there is no such subscriber."""
    own, theirs = SubscriberRow.id == subscriber_id, ChannelRow.subscriber_id == subscriber_id
    if session.scalar(select(SubscriberRow.id).where(own).with_for_update(key_share=True)) is None:
        return False
    session.execute(select(ChannelRow.id).where(theirs).order_by(ChannelRow.id).with_for_update())
    return True


def lock_owner(session: Session, channel_id: int) -> bool:
    """Lock whoever has a channel, as `lock_subscriber` does; False if there is no such channel."""
    subscriber_id = session.scalar(select(ChannelRow.subscriber_id).where(ChannelRow.id == channel_id))
    return subscriber_id is not None and lock_subscriber(session, subscriber_id)
