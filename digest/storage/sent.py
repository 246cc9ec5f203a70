"""What a channel was given: in which delivery a paper was, what had been sent before one, and which covered what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from digest.model import AnnouncementId, ChannelId, DeliveryId, DeliveryKind, DeliveryState, Edition, PaperId
from digest.storage.editions import from_payload
from digest.storage.tables import IS_SHOWN, DeliveryRow, PaperRow, SentPaperRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPaper:
    """A delivery that holds a paper; `title` is that of the record as which it was sent."""

    paper_id: PaperId
    title: str
    kind: DeliveryKind
    edition: str
    state: DeliveryState
    detail: str
    created_at: datetime
    settled_at: datetime | None
    channel_id: ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDigest:
    """A digest of a channel, sent or empty, and when it was composed."""

    id: DeliveryId
    edition: Edition
    created_at: datetime


def find_sent(session: Session, channel_id: ChannelId, paper_id: PaperId) -> SentPaper | None:
    """Give the first delivery to a channel that holds a paper, also as a record that was merged into it."""
    return _find_first(session, _select_holding(paper_id).where(SentPaperRow.channel_id == channel_id))


def find_shown(session: Session, channel_ids: Iterable[ChannelId], paper_id: PaperId) -> SentPaper | None:
    """Give the first delivery that showed a paper in one of these channels, or is about to."""
    shown = _select_holding(paper_id).where(SentPaperRow.channel_id.in_(list(channel_ids)))
    return _find_first(session, shown.where(IS_SHOWN))


def _select_holding(paper_id: PaperId) -> Select[DeliveryRow, int, str]:
    row, sent, paper = DeliveryRow, SentPaperRow, PaperRow
    is_it = or_(paper.id == paper_id, paper.merged_into == paper_id)
    query = select(row, paper.id, paper.title).join(sent, sent.delivery_id == row.id)
    return query.join(paper, paper.id == sent.paper_id).where(is_it).order_by(row.id)


def _find_first(session: Session, query: Select[DeliveryRow, int, str]) -> SentPaper | None:
    found = session.execute(query.limit(1)).first()
    if found is None:
        return None
    delivery, record, title = found
    return SentPaper(
        paper_id=PaperId(record),
        title=title,
        kind=DeliveryKind(delivery.kind),
        edition=delivery.edition,
        state=DeliveryState(delivery.state),
        detail=delivery.detail,
        created_at=delivery.created_at,
        settled_at=delivery.settled_at,
        channel_id=ChannelId(delivery.channel_id),
    )


def list_sent_before(
    session: Session, channel_id: ChannelId, delivery_id: DeliveryId, siblings: Iterable[ChannelId] = ()
) -> set[PaperId]:
    """Give the papers a channel had been given before a delivery, and its siblings had shown: the records of now."""
    row = SentPaperRow
    living = func.coalesce(PaperRow.merged_into, PaperRow.id)
    query = select(living).join(row, row.paper_id == PaperRow.id)
    query = query.where(row.delivery_id < delivery_id)
    shown = query.join(DeliveryRow, DeliveryRow.id == row.delivery_id).where(IS_SHOWN)
    before = [query.where(row.channel_id == channel_id), shown.where(row.channel_id.in_(list(siblings)))]
    return {PaperId(number) for each in before for number in session.scalars(each)}


def find_covering(session: Session, channel_id: ChannelId, number: AnnouncementId) -> PastDigest | None:
    """Give the digest of a channel that covers an announcement; None if none does."""
    row = DeliveryRow
    query = select(row).where(row.channel_id == channel_id, row.kind == DeliveryKind.DIGEST.value)
    standing = query.where(row.state != DeliveryState.CANCELLED.value)
    covering = standing.where(row.payload["after"].as_integer() < number, row.payload["to"].as_integer() >= number)
    found = session.scalar(covering.order_by(row.id).limit(1))
    if found is None:
        return None
    edition = from_payload(found.payload, name=found.edition, channel_id=channel_id)
    return PastDigest(id=DeliveryId(found.id), edition=edition, created_at=found.created_at)


def list_titled(session: Session, words: Iterable[str], limit: int) -> list[tuple[PaperId, str]]:
    """Give papers whose titles hold all of these letters and digits (ASCII, any case), newest first."""
    row = PaperRow
    query = select(row.id, row.title).where(row.merged_into.is_(None))
    for word in words:
        query = query.where(row.title.icontains(word, autoescape=True))
    return [(PaperId(number), title) for number, title in session.execute(query.order_by(row.id.desc()).limit(limit))]
