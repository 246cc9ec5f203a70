"""What readers said about papers: more like this, less like this, keep it.

A word stays with the record it was said of. While that is merged into another, it counts for the paper it is now, so
that taking a merge apart gives each record its own words back, and none that was taken back meanwhile. Where a reader
said something of both, the later word counts.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, delete, func, or_, select
from sqlalchemy.orm import Session

from digest.model import (
    RATINGS,
    DeliveryState,
    Feedback,
    FeedbackKind,
    Match,
    PaperId,
    SubscriberId,
    name_chat_messages,
)
from digest.storage.editions import from_payload
from digest.storage.letter_tables import FeedbackRow
from digest.storage.tables import DeliveryRow, PaperRow, SentPaperRow
from subscribers.addresses import TELEGRAM
from subscribers.store.rows import chunks
from subscribers.tables import ChannelRow

MOST_RATINGS: Final = 200  # so many of a reader's latest count for their taste

_LIVING: Final = func.coalesce(PaperRow.merged_into, PaperRow.id)
Given = Mapping[FeedbackKind, datetime]


def add_feedback(session: Session, said: Feedback) -> None:
    """Keep a reader's word on a paper; more takes the place of less, and less that of more. Again keeps the first."""
    before = find_feedback(session, said.subscriber_id, said.paper_id)
    if said.kind in RATINGS:
        remove_feedback(session, said.subscriber_id, said.paper_id, RATINGS - {said.kind})
    if said.kind not in before:
        session.add(
            FeedbackRow(
                subscriber_id=said.subscriber_id,
                paper_id=said.paper_id,
                kind=said.kind.value,
                created_at=said.given_at,
            )
        )
        session.flush()


def remove_feedback(
    session: Session, subscriber_id: SubscriberId, paper_id: PaperId, kinds: Collection[FeedbackKind]
) -> None:
    """Take back what a reader said of a paper, also of the records that were merged into it."""
    row = FeedbackRow
    mine = (row.subscriber_id == subscriber_id) & row.kind.in_([kind.value for kind in kinds])
    session.execute(delete(row).where(mine, row.paper_id.in_(_records_of(paper_id))))


def remove_ratings(session: Session, subscriber_id: SubscriberId) -> None:
    """Take back everything a reader asked more or less of."""
    row = FeedbackRow
    kinds = [kind.value for kind in RATINGS]
    session.execute(delete(row).where(row.subscriber_id == subscriber_id, row.kind.in_(kinds)))


def find_feedback(session: Session, subscriber_id: SubscriberId, paper_id: PaperId) -> Given:
    """Give what a reader says of a paper now, and since when."""
    query = _select(FeedbackRow.subscriber_id == subscriber_id).where(FeedbackRow.paper_id.in_(_records_of(paper_id)))
    return {each.kind: each.given_at for each in _settle(_scan(session, query))}


def find_words(
    session: Session, subscriber_id: SubscriberId, paper_ids: Iterable[PaperId]
) -> dict[PaperId, frozenset[FeedbackKind]]:
    """Give what a reader says now of each of some papers; papers that are gone are left out."""
    query = select(PaperRow.id, _LIVING).where(PaperRow.id.in_(set(paper_ids)))
    living = {PaperId(asked): PaperId(now) for asked, now in session.execute(query)}
    words: dict[PaperId, set[FeedbackKind]] = {now: set() for now in living.values()}
    mine = _select(FeedbackRow.subscriber_id == subscriber_id).where(_LIVING.in_(list(words)))
    for each in _settle(_scan(session, mine)):
        words[each.paper_id].add(each.kind)
    return {asked: frozenset(words[now]) for asked, now in living.items()}


def list_feedback(
    session: Session, subscriber_id: SubscriberId, kinds: Collection[FeedbackKind], limit: int, after: int = 0
) -> list[Feedback]:
    """Give what a reader says of papers, the latest first, at most `limit` after the first `after`."""
    wanted = [kind.value for kind in kinds]
    query = _select(FeedbackRow.subscriber_id == subscriber_id).where(FeedbackRow.kind.in_(wanted))
    return _settle(_scan(session, query))[after : after + limit]


def list_ratings(
    session: Session, subscriber_ids: Iterable[int], limit: int = MOST_RATINGS
) -> dict[int, list[Feedback]]:
    """Give what each of these readers asked more or less of, the latest first, at most `limit` each."""
    found: dict[int, list[Feedback]] = defaultdict(list)
    row = FeedbackRow
    latest = (row.created_at.desc(), row.paper_id.desc(), row.kind)
    place = func.row_number().over(partition_by=row.subscriber_id, order_by=latest).label("place")
    kinds = [kind.value for kind in RATINGS]
    for chunk in chunks(subscriber_ids):
        numbered = _select(row.subscriber_id.in_(chunk)).where(row.kind.in_(kinds)).add_columns(place).subquery()
        query = select(numbered).where(numbered.c.place <= limit).order_by(numbered.c.subscriber_id, numbered.c.place)
        for each in _settle(_scan(session, query)):
            found[each.subscriber_id].append(each)
    return found


def find_sent(session: Session, subscriber_id: SubscriberId, paper_id: PaperId) -> Match | None:
    """Give why a reader was sent a paper, as it was told last; None if it never was sent to them.

    Of a paper that counts as sent because another one was, before the two were told apart, no reasons are known.
    """
    records = set(session.scalars(_records_of(paper_id)))
    sent, delivery = SentPaperRow, DeliveryRow
    query = (
        select(delivery.payload, delivery.edition, delivery.channel_id)
        .join(sent, sent.delivery_id == delivery.id)
        .join(ChannelRow, ChannelRow.id == sent.channel_id)
        .where(ChannelRow.subscriber_id == subscriber_id, sent.paper_id.in_(records))
        .order_by(delivery.id.desc())
    )
    editions = [
        from_payload(payload, name=name, channel_id=channel_id) for payload, name, channel_id in session.execute(query)
    ]
    told = (each for edition in editions for each in edition.entries if each.paper_id in records)
    return next(told, Match(paper_id=paper_id, score=0, reasons=()) if editions else None)


def find_only_paper(
    session: Session, subscriber_id: SubscriberId, addresses: Collection[str], message: int
) -> PaperId | None:
    """Give the paper that a message in a chat is about; None if it is about several, or about none, or was not ours."""
    delivery = DeliveryRow
    query = (
        select(delivery.payload, delivery.edition, delivery.channel_id)
        .join(ChannelRow, ChannelRow.id == delivery.channel_id)
        .where(ChannelRow.subscriber_id == subscriber_id, ChannelRow.kind == TELEGRAM)
        .where(ChannelRow.address.in_(addresses), delivery.detail == name_chat_messages([message]))
        .where(delivery.state == DeliveryState.SENT.value)
    )
    for payload, name, channel_id in session.execute(query):
        entries = from_payload(payload, name=name, channel_id=channel_id).entries
        if len(entries) == 1:
            return entries[0].paper_id
    return None


def dump_feedback(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    """Give all that a reader said of papers, for an export."""
    query = select(FeedbackRow.__table__).where(FeedbackRow.subscriber_id == subscriber_id)
    ordered = query.order_by(FeedbackRow.created_at, FeedbackRow.paper_id, FeedbackRow.kind)
    return [dict(row) for row in session.execute(ordered).mappings()]


def _records_of(paper_id: PaperId) -> Select[int]:
    """Select the rows of a paper: its own, and those that were merged into it."""
    return select(PaperRow.id).where(or_(PaperRow.id == paper_id, PaperRow.merged_into == paper_id))


def _select(whose: ColumnElement[bool]) -> Select[int, int, str, datetime]:
    row = FeedbackRow
    columns = (row.subscriber_id, _LIVING.label("paper_id"), row.kind, row.created_at)
    return select(*columns).join(PaperRow, PaperRow.id == row.paper_id).where(whose)


def _scan(session: Session, query: Select[*tuple[Any, ...]]) -> list[Feedback]:
    return [
        Feedback(
            subscriber_id=SubscriberId(subscriber_id),
            paper_id=PaperId(paper_id),
            kind=FeedbackKind(kind),
            given_at=given_at,
        )
        for subscriber_id, paper_id, kind, given_at, *_ in session.execute(query)
    ]


def _settle(said: Iterable[Feedback]) -> list[Feedback]:
    """Let the later word on a paper count, and each only once; the latest first within each reader."""
    latest = sorted(said, key=lambda each: (each.given_at, each.paper_id, each.kind), reverse=True)
    settled: dict[tuple[int, int, bool], Feedback] = {}
    for each in latest:
        settled.setdefault((each.subscriber_id, each.paper_id, each.kind in RATINGS), each)
    return list(settled.values())
