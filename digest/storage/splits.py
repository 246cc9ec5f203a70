"""Taking apart two records that were wrongly taken for one work, so that they never meet again."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from digest.merging import unmerge
from digest.model import ExternalId, Paper, PaperId
from digest.storage.announcements import lock_stream, part_announcements, take_back_announcements
from digest.storage.bylines import note_unjudged, realign
from digest.storage.code_checks import part_check
from digest.storage.ledger import pair_up
from digest.storage.merges import Merge, copy_sent, find_merge, list_absorbed
from digest.storage.papers import add_paper, find_living, load_papers, move_ids, rewrite_paper
from digest.storage.tables import DistinctPaperRow, PaperMergeRow, PaperRow
from subscribers.store.rows import insert_unless_there


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What became of a merge that was taken apart."""

    merge: int
    paper_id: PaperId
    parted_id: PaperId
    is_revived: bool
    ids: tuple[ExternalId, ...]
    announcements: int
    readers: int


def split(session: Session, number: int, now: datetime) -> Split | None:
    """Take a merge apart; None if it was before, or if no id that came by it is left on the paper.

    Ids go with the record that brought them; one that both had stays with the kept record. A row that was given up
    gets the announcements back that it brought. A record that never had a row gets those its source has made since,
    unless that source had announced the other too: then nobody can tell them apart, and they stay. What was sent
    counts as sent for both. Ids, text and announcements that came later from other sources stay with the kept record.
    """
    lock_stream(session)
    merge = find_merge(session, number)
    owner = find_living(session, merge.paper_id) if merge else None
    if merge is None or owner is None or merge.split_at is not None:
        return None
    current = load_papers(session, [owner])[owner]
    ids = tuple(known for known in current.ids if str(known) in merge.joined_ids)
    if not ids or len(ids) == len(current.ids):
        return None
    parted_id = _restore(session, merge, owner, replace(merge.joined, ids=ids), now)
    rest = unmerge(current, merge.kept, merge.joined, frozenset(ids))
    rewrite_paper(session, owner, rest, now)
    realign(session, [(owner, current, rest)], now)
    note_unjudged(session, [owner, parted_id])
    _part_for_good(session, ids, rest.ids, now)
    session.execute(update(PaperMergeRow).where(PaperMergeRow.id == number).values(split_at=now))
    return Split(
        merge=number,
        paper_id=owner,
        parted_id=parted_id,
        is_revived=merge.absorbed_id is not None,
        ids=ids,
        announcements=_part_announcements(session, merge, owner, parted_id),
        readers=copy_sent(session, [(owner, parted_id)]),
    )


def _restore(session: Session, merge: Merge, owner: PaperId, paper: Paper, now: datetime) -> PaperId:
    """Give the joined record a row: the one it had, with those it had absorbed itself, or a new one."""
    if merge.absorbed_id is None:
        parted_id = add_paper(session, paper, now)
    else:
        parted_id = merge.absorbed_id
        rewrite_paper(session, parted_id, paper, now)
        _repoint(session, parted_id, owner)
    move_ids(session, dict.fromkeys(paper.ids, parted_id))
    if merge.joined.code_url and merge.joined.code_url != merge.kept.code_url:
        part_check(session, parted_id, owner, merge.joined.code_url)
    return parted_id


def _repoint(session: Session, revived: PaperId, owner: PaperId) -> None:
    """Let the rows that a revived one had absorbed lead to it again."""
    waiting = [revived]
    while waiting:
        absorbed = list_absorbed(session, waiting.pop())
        older = update(PaperRow).where(PaperRow.id.in_(absorbed), PaperRow.merged_into == owner)
        session.execute(older.values(merged_into=revived))
        waiting += absorbed


def _part_announcements(session: Session, merge: Merge, owner: PaperId, parted_id: PaperId) -> int:
    if merge.absorbed_id is not None:
        return take_back_announcements(session, parted_id, owner, merge.moved)
    return part_announcements(session, parted_id, owner, merge.source, merge.merged_at)


def _part_for_good(
    session: Session, ids: tuple[ExternalId, ...], others: tuple[ExternalId, ...], now: datetime
) -> None:
    for first, second in pair_up(ids, others):
        insert_unless_there(session, DistinctPaperRow, {"first": first, "second": second, "said_at": now})
