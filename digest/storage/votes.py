"""What members of groups say of papers: one vote each, more or less like it.

A vote stays with the record it was given to; while that is merged into another, it counts for the paper it is now, and
a member's latest vote counts. Who votes is kept as a keyed hash alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

from digest.model import FeedbackKind, PaperId, SubscriberId
from digest.storage.bot_tables import VoteRow
from digest.storage.tables import PaperRow

Votes = Mapping[FeedbackKind, int]


def set_vote(
    session: Session, group: SubscriberId, paper_id: PaperId, voter: str, kind: FeedbackKind | None, now: datetime
) -> None:
    """Let a member's vote on a paper be this one, or none. The same again changes nothing."""
    row = VoteRow
    mine = (row.subscriber_id == group) & (row.voter == voter) & row.paper_id.in_(_records_of(paper_id))
    session.execute(delete(row).where(mine))
    if kind is not None:
        session.add(row(subscriber_id=group, paper_id=paper_id, voter=voter, kind=kind.value, created_at=now))
        session.flush()


def find_vote(session: Session, group: SubscriberId, paper_id: PaperId, voter: str) -> FeedbackKind | None:
    """Give the vote of a member on a paper."""
    row = VoteRow
    mine = (row.subscriber_id == group) & (row.voter == voter) & row.paper_id.in_(_records_of(paper_id))
    kind = session.scalar(select(row.kind).where(mine).order_by(row.created_at.desc()).limit(1))
    return FeedbackKind(kind) if kind else None


def count_votes(session: Session, group: SubscriberId, paper_id: PaperId) -> Votes:
    """Count the votes on a paper, each member once."""
    row = VoteRow
    query = select(row.voter, row.kind).where(row.subscriber_id == group, row.paper_id.in_(_records_of(paper_id)))
    latest = {each.voter: each.kind for each in session.execute(query.order_by(row.created_at, row.paper_id))}
    return Counter(FeedbackKind(kind) for kind in latest.values())


def list_voting_groups(session: Session) -> list[SubscriberId]:
    """Give the groups in which anybody has voted."""
    return [SubscriberId(number) for number in session.scalars(select(VoteRow.subscriber_id).distinct())]


def dump_voters(session: Session, voters: Sequence[str]) -> list[dict[str, Any]]:
    """Give the votes of these, oldest first, as JSON: in which group, on which paper, and when."""
    row = VoteRow
    query = select(row).where(row.voter.in_(voters)).order_by(row.created_at, row.subscriber_id, row.paper_id)
    return [
        {
            "group": each.subscriber_id,
            "paper_id": each.paper_id,
            "kind": each.kind,
            "created_at": each.created_at.isoformat(),
        }
        for each in session.scalars(query)
    ]


def forget_voters(session: Session, voters: Iterable[str]) -> int:
    """Forget all votes of these; give how many there were."""
    gone, row = 0, VoteRow
    for voter in voters:
        counted = session.scalar(select(func.count()).where(row.voter == voter)) or 0
        if counted:
            session.execute(delete(row).where(row.voter == voter))
        gone += counted
    return gone


def _records_of(paper_id: PaperId) -> Select[int]:
    """Select the rows of a paper: its own, and those that were merged into it."""
    return select(PaperRow.id).where(or_(PaperRow.id == paper_id, PaperRow.merged_into == paper_id))
