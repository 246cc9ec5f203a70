"""Acts: takes the votes of a group's members on a paper. What most of them say is what the group says of it."""

import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from digest.model import RATINGS, Feedback, FeedbackKind, PaperId, SubscriberId
from digest.pipeline.feedback import Said, find_in, record_word
from digest.storage import feedback, votes
from digest.storage.votes import Votes
from subscribers import store
from subscribers.addresses import TELEGRAM
from subscribers.db import Database
from subscribers.model import SubscriberView

_PURPOSE: Final = b"voter "
_OF_SPEAKERS: Final = b"speaker "


def name_voter(key: str, group: SubscriberId, user: int) -> str:
    """Give the hash by which a member of a group is known: another one in each group, and nobody's number.

    Without a key of the service it keeps two members apart all the same, but does not hide who they are.
    """
    return hmac.digest(key.encode(), _PURPOSE + f"{group}:{user}".encode(), "sha256").hex()


def name_speaker(key: str, chat_id: int, user: int) -> str:
    """Give the hash of whoever subscribed a group or channel, as `name_voter` does for those who vote."""
    return hmac.digest(key.encode(), _OF_SPEAKERS + f"{chat_id}:{user}".encode(), "sha256").hex()


def vote(
    database: Database,
    now: datetime,
    group: SubscriberId,
    paper_id: PaperId,
    voter: str,
    kind: FeedbackKind | None,
) -> tuple[Said, Votes] | None:
    """Let a member's vote be this one, or none, and the group's word what most say; a tie says nothing.

    Gives how things stand then; None if the paper is gone or never was sent to this group. Raises UnknownSubscriber.
    """
    with database.writing() as session:
        store.get_subscriber(session, group)  # locked: two votes in one group do not cross
        before = find_in(session, group, paper_id)
        if before is None:
            return None
        votes.set_vote(session, group, before.paper_id, voter, kind, now)
        counted = votes.count_votes(session, group, before.paper_id)
        word, said = choose_word(counted), before.kinds & RATINGS
        if word is None and said:
            feedback.remove_feedback(session, group, before.paper_id, RATINGS)
            record_word(session, before, now, "the votes are even")
        elif word is not None and word not in said:
            feedback.add_feedback(
                session, Feedback(subscriber_id=group, paper_id=before.paper_id, kind=word, given_at=now)
            )
            record_word(session, before, now, word.value)
        after = find_in(session, group, paper_id)
        return (after or before), counted


def choose_word(counted: Votes) -> FeedbackKind | None:
    """Give what most members say; None if as many say the one as the other."""
    more, less = counted.get(FeedbackKind.MORE, 0), counted.get(FeedbackKind.LESS, 0)
    if more == less:
        return None
    return FeedbackKind.MORE if more > less else FeedbackKind.LESS


def count(database: Database, group: SubscriberId, paper_id: PaperId) -> Votes:
    """Count the votes on a paper that a group was sent."""
    with database.reading() as session:
        found = find_in(session, group, paper_id)
        return votes.count_votes(session, group, found.paper_id) if found else {}


def list_members(views: Iterable[SubscriberView]) -> list[int]:
    """Give the Telegram numbers of people by their own chats with the bot, which have their numbers."""
    addresses = (each.address for view in views for each in view.channels if each.kind == TELEGRAM and each.verified_at)
    return [int(address) for address in addresses if address.isdecimal()]


def dump_votes(session: Session, key: str, user: int) -> list[dict[str, Any]]:
    """Give what somebody has voted in all groups, as JSON."""
    groups = votes.list_voting_groups(session)
    return votes.dump_voters(session, [name_voter(key, group, user) for group in groups])


def forget_votes(session: Session, key: str, user: int) -> int:
    """Forget the votes of somebody in all groups; give how many there were."""
    groups = votes.list_voting_groups(session)
    return votes.forget_voters(session, (name_voter(key, group, user) for group in groups))


def forget_member(database: Database, key: str, user: int) -> int:
    """Forget the votes of somebody in all groups; give how many there were."""
    with database.writing() as session:
        return forget_votes(session, key, user)
