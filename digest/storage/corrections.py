"""Papers that readers were sent as somebody's and that are somebody else's: told once on each channel."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, insert, or_, select
from sqlalchemy.orm import Session

from digest.model import ChannelId, PaperId, ResearcherId, Standing
from digest.storage.people_tables import AuthorshipRow, CorrectionRow, CorrectionToldRow, ResearcherRow
from digest.storage.tables import SentPaperRow
from subscribers.store.rows import chunks, insert_unless_there
from subscribers.tables import ChannelRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A paper that a reader was sent as a researcher's, and that is somebody else's; `moved_to` if we know whose."""

    id: int
    researcher_id: ResearcherId
    paper_id: PaperId
    moved_to: ResearcherId | None


def add_corrections(
    session: Session,
    researcher_id: ResearcherId,
    told: Iterable[tuple[int, PaperId]],
    owners: Mapping[PaperId, ResearcherId],
    now: datetime,
) -> int:
    """Note for each (subscriber, paper) that the paper is not this researcher's; give how many that were not noted."""
    count = 0
    for subscriber_id, paper_id in told:
        of = {"subscriber_id": subscriber_id, "researcher_id": researcher_id, "paper_id": paper_id}
        values = {**of, "moved_to": owners.get(paper_id), "found_at": now}
        count += insert_unless_there(session, CorrectionRow, values)
    return count


def list_untold(session: Session, channel_ids: Collection[ChannelId]) -> dict[ChannelId, list[Correction]]:
    """Give, by channel, the corrections that its reader is still to be told there."""
    found: dict[ChannelId, list[Correction]] = defaultdict(list)
    told = select(CorrectionToldRow.channel_id).where(
        CorrectionToldRow.correction_id == CorrectionRow.id, CorrectionToldRow.channel_id == ChannelRow.id
    )
    for chunk in chunks(channel_ids):
        query = select(ChannelRow.id, CorrectionRow).join(
            CorrectionRow, CorrectionRow.subscriber_id == ChannelRow.subscriber_id
        )
        # Only where they were told otherwise before: a channel that never got the paper has nothing to take back.
        got = select(SentPaperRow.paper_id).where(
            SentPaperRow.channel_id == ChannelRow.id, SentPaperRow.paper_id == CorrectionRow.paper_id
        )
        due = query.where(ChannelRow.id.in_(chunk), ~told.exists(), got.exists(), ~_is_theirs_again())
        for channel_id, row in session.execute(due.order_by(CorrectionRow.id)):
            moved_to = None if row.moved_to is None else ResearcherId(row.moved_to)
            correction = Correction(
                id=row.id,
                researcher_id=ResearcherId(row.researcher_id),
                paper_id=PaperId(row.paper_id),
                moved_to=moved_to,
            )
            found[ChannelId(channel_id)].append(correction)
    return found


def dump_corrections(session: Session, subscriber_id: int) -> list[dict[str, Any]]:
    """Give what a reader is, or was, to be told, for an export."""
    query = select(CorrectionRow.__table__).where(CorrectionRow.subscriber_id == subscriber_id)
    return [dict(row) for row in session.execute(query.order_by(CorrectionRow.id)).mappings()]


def _is_theirs_again() -> ColumnElement[bool]:
    """Whether the paper has turned out to be the researcher's after all, or of the record that theirs became."""
    row = AuthorshipRow
    merged_into = (
        select(ResearcherRow.merged_into)
        .where(ResearcherRow.id == CorrectionRow.researcher_id)
        .correlate(CorrectionRow)
    )
    is_same = or_(row.researcher_id == CorrectionRow.researcher_id, row.researcher_id == merged_into.scalar_subquery())
    theirs = [standing.value for standing in Standing if standing.is_theirs]
    return exists().where(row.paper_id == CorrectionRow.paper_id, row.standing.in_(theirs), is_same)


def record_told(session: Session, channel_id: ChannelId, corrections: Iterable[Correction]) -> None:
    """Write down that a queued delivery tells these corrections."""
    values = [{"correction_id": each.id, "channel_id": channel_id} for each in corrections]
    if values:
        session.execute(insert(CorrectionToldRow), values)
