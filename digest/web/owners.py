"""Whose data may be seen and deleted with a link: that of readers, and of those who have left or complained."""

import asyncio
from typing import Final

from digest.web.readers import Readers
from subscribers import store
from subscribers.db import Database
from subscribers.model import ChannelView, SubscriberStatus, SubscriberView
from subscribers.reports import COMPLAINED
from subscribers.store.leavings import LEFT
from subscribers.tokens import Purpose, TokenSubject

LARGEST_NUMBER: Final = 2**31 - 1  # the width of an id in PostgreSQL
_GONE: Final = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})


class Owners:
    """Reads the tokens of the preferences page for what changes no preference: looking back, export, erasing.

    They lead to the data of whoever has left, or has called our mail spam, too: they must be able to see and to delete
    what is kept of them. What they were sent to must still be theirs: a channel that was removed, bounced or moved
    leads nowhere.
    """

    def __init__(self, database: Database, readers: Readers) -> None:
        self._database = database
        self._readers = readers

    async def find(self, token: str) -> SubscriberView | None:
        """Give whose data a token leads to."""
        return await asyncio.to_thread(self._find, token)

    def _find(self, token: str) -> SubscriberView | None:
        subject = self._readers.find_manager(token) or self._find_left(token)
        if subject is None:
            return None
        with self._database.reading() as session:
            found = store.list_matching_subscribers(session, [subject.subscriber_id])
        return found[0] if found else None

    def _find_left(self, token: str) -> TokenSubject | None:
        """Give who has left altogether, by the channel a token was sent to, if it was theirs to the end."""
        subject = self._readers.read(Purpose.MANAGE, token)
        if subject is None or subject.issued_at is None:
            return None
        with self._database.reading() as session:
            found = store.list_matching_subscribers(session, [subject.subscriber_id])
            moved_at = store.find_last_move(session, subject.subscriber_id, subject.channel_id)
        is_moved = moved_at is not None and subject.issued_at < moved_at.replace(microsecond=0)
        has_left = bool(found) and found[0].status in _GONE
        mine = (each for each in found[0].channels if each.id == subject.channel_id) if has_left else ()
        return subject if any(map(_was_theirs, mine)) and not is_moved else None


def _was_theirs(channel: ChannelView) -> bool:
    return channel.closed_reason in {LEFT, COMPLAINED} and channel.verified_at is not None


def read_number(text: str) -> int | None:
    """Read an id from an address; None for what is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST_NUMBER))
    return int(text) if is_number and int(text) <= LARGEST_NUMBER else None
