"""What readers said about whose papers are whose."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.orm import Session

from digest.model import PaperId, ResearcherId, SubscriberId
from digest.storage.people_tables import AnswerRow, ResearcherRow
from subscribers.model import ChannelStatus, FollowKind, SubscriberKind, SubscriberStatus
from subscribers.store.rows import chunks
from subscribers.tables import ChannelRow, FollowRow, SubscriberRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One reader's word on one paper: the researcher wrote it (at `position`, from 1), or not."""

    subscriber_id: SubscriberId
    researcher_id: ResearcherId
    paper_id: PaperId
    position: int
    is_theirs: bool
    answered_at: datetime


def save_answer(session: Session, answer: Answer) -> Answer | None:
    """Keep a reader's last word on a paper; give the word it replaces, or None."""
    before = find_answer(session, answer.subscriber_id, answer.researcher_id, answer.paper_id)
    remove_answer(session, answer.subscriber_id, answer.researcher_id, answer.paper_id)
    session.add(
        AnswerRow(
            subscriber_id=answer.subscriber_id,
            researcher_id=answer.researcher_id,
            paper_id=answer.paper_id,
            position=answer.position,
            is_theirs=answer.is_theirs,
            answered_at=answer.answered_at,
        )
    )
    session.flush()
    return before


def remove_answer(
    session: Session, subscriber_id: SubscriberId, researcher_id: ResearcherId, paper_id: PaperId
) -> bool:
    """Take a reader's word back; False if there was none."""
    row = AnswerRow
    mine = (row.subscriber_id == subscriber_id) & (row.researcher_id == researcher_id) & (row.paper_id == paper_id)
    return session.scalar(delete(row).where(mine).returning(row.paper_id)) is not None


def find_answer(
    session: Session, subscriber_id: SubscriberId, researcher_id: ResearcherId, paper_id: PaperId
) -> Answer | None:
    """Give a reader's word on a paper."""
    row = session.get(AnswerRow, (subscriber_id, researcher_id, paper_id), populate_existing=True)
    return None if row is None else _from_row(row)


def list_answers_of(session: Session, subscriber_ids: Iterable[int]) -> dict[int, list[Answer]]:
    """Give what these readers said, by reader, oldest first."""
    found: dict[int, list[Answer]] = defaultdict(list)
    for chunk in chunks(subscriber_ids):
        for answer in _scan(session, select(AnswerRow).where(AnswerRow.subscriber_id.in_(chunk))):
            found[answer.subscriber_id].append(answer)
    return found


def list_voices(session: Session, researcher_id: ResearcherId, paper_id: PaperId) -> list[Answer]:
    """Give what readers said about one paper of a researcher who have a voice for everybody, one each.

    That is people who follow the researcher and have an address of theirs that is verified and open. A group has none:
    its members may speak for themselves.
    """
    person, channel, follow = SubscriberRow, ChannelRow, FollowRow
    absorbed = select(ResearcherRow.id).where(ResearcherRow.merged_into == researcher_id)
    is_reached = exists().where(
        channel.subscriber_id == person.id,
        channel.status == ChannelStatus.OPEN.value,
        channel.verified_at.is_not(None),
    )
    is_follower = exists().where(
        follow.subscriber_id == person.id,
        follow.kind == FollowKind.RESEARCHER.value,
        or_(follow.target_id == researcher_id, follow.target_id.in_(absorbed)),
    )
    query = select(AnswerRow).join(person, person.id == AnswerRow.subscriber_id)
    query = query.where(AnswerRow.researcher_id == researcher_id, AnswerRow.paper_id == paper_id)
    confirmed = person.status.in_([SubscriberStatus.CONFIRMED.value, SubscriberStatus.PAUSED.value])
    is_person = person.kind == SubscriberKind.PERSON.value
    return list(_scan(session, query.where(confirmed, is_person, is_reached, is_follower)))


def list_answers_about(session: Session, researcher_ids: Collection[ResearcherId]) -> dict[ResearcherId, list[Answer]]:
    """Give what all readers said about these people."""
    found: dict[ResearcherId, list[Answer]] = defaultdict(list)
    for chunk in chunks(researcher_ids):
        for answer in _scan(session, select(AnswerRow).where(AnswerRow.researcher_id.in_(chunk))):
            found[answer.researcher_id].append(answer)
    return found


def list_answers_on(session: Session, paper_ids: Iterable[PaperId]) -> dict[PaperId, list[Answer]]:
    """Give what all readers said on these papers."""
    found: dict[PaperId, list[Answer]] = defaultdict(list)
    for chunk in chunks(paper_ids):
        for answer in _scan(session, select(AnswerRow).where(AnswerRow.paper_id.in_(chunk))):
            found[answer.paper_id].append(answer)
    return found


def dump_answers(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    """Give all that a reader answered, for an export."""
    query = select(AnswerRow.__table__).where(AnswerRow.subscriber_id == subscriber_id)
    return [dict(row) for row in session.execute(query.order_by(AnswerRow.answered_at)).mappings()]


def move_answers(
    session: Session, from_id: ResearcherId, to_id: ResearcherId, paper_ids: Collection[PaperId] | None = None
) -> None:
    """Let words about one researcher count for another; a word that a reader gave on both stays as it is."""
    for answer in list_answers_about(session, [from_id])[from_id]:
        if paper_ids is not None and answer.paper_id not in paper_ids:
            continue
        remove_answer(session, answer.subscriber_id, from_id, answer.paper_id)
        if find_answer(session, answer.subscriber_id, to_id, answer.paper_id) is None:
            _restate(session, answer, to_id, answer.paper_id)


def move_answer(session: Session, answer: Answer, to_id: PaperId, places: Mapping[int, int], of: int) -> None:
    """Let a word hold for a paper on which the authors (`of` so many) stand at other places.

    A yes about somebody who is not on it is dropped; a no stays one. What the reader said there already stands.
    """
    place = places.get(answer.position)
    remove_answer(session, answer.subscriber_id, answer.researcher_id, answer.paper_id)
    if place is None and answer.is_theirs:
        return
    if find_answer(session, answer.subscriber_id, answer.researcher_id, to_id) is None:
        position = place or max(1, min(answer.position, of))
        save_answer(session, replace(answer, paper_id=to_id, position=position))


def _restate(session: Session, answer: Answer, researcher_id: ResearcherId, paper_id: PaperId) -> None:
    save_answer(session, replace(answer, researcher_id=researcher_id, paper_id=paper_id))


def _scan(session: Session, query: Select[AnswerRow]) -> Iterable[Answer]:
    ordered = query.order_by(AnswerRow.answered_at, AnswerRow.paper_id).execution_options(populate_existing=True)
    return map(_from_row, session.scalars(ordered).all())


def _from_row(row: AnswerRow) -> Answer:
    return Answer(
        subscriber_id=SubscriberId(row.subscriber_id),
        researcher_id=ResearcherId(row.researcher_id),
        paper_id=PaperId(row.paper_id),
        position=row.position,
        is_theirs=row.is_theirs,
        answered_at=row.answered_at,
    )
