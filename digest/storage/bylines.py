"""Papers whose authors changed: what is known of an author moves along with the name, and is to be judged again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digest.model import Authorship, Paper, PaperId, Standing
from digest.researchers.bylines import map_places
from digest.storage import answers, authorships, marks, papers
from digest.storage.marks import Stage
from digest.storage.people_tables import UnjudgedPaperRow
from digest.storage.tables import PaperRow
from subscribers.store.rows import chunks, insert_missing

Places = Mapping[int, int]


def realign(session: Session, changed: Iterable[tuple[PaperId, Paper, Paper]], now: datetime) -> int:
    """Let words on a paper's authors follow them to their new places; give how many papers have other authors now.

    Takes each paper as it was and as it is. Such a paper is judged again: its authors may have got ids, or be others.
    """
    moved = {key: (before, after) for key, before, after in changed if before.authors != after.authors}
    if not moved:
        return 0
    marks.lock_mark(session, Stage.ATTRIBUTE)
    known = authorships.list_of_papers(session, moved)
    said = answers.list_answers_on(session, moved)
    for paper_id in known.keys() | said.keys():
        before, after = moved[paper_id]
        places = map_places(before.authors, after.authors)
        rows = [(each, move(each, places, len(after.authors))) for each in known.get(paper_id, ())]
        authorships.save_authorships(session, [new for old, new in rows if new != old], now)
        for answer in said.get(paper_id, ()):
            answers.move_answer(session, answer, paper_id, places, len(after.authors))
    note_unjudged(session, moved)
    return len(moved)


def move(known: Authorship, places: Places, of: int) -> Authorship:
    """Give an authorship with its author's new place among `of`; who is gone from the list is theirs for sure no more.

    It stays until it is judged again, so that readers who were told otherwise are told.
    """
    place = places.get(known.position)
    if place is not None:
        return replace(known, position=place)
    is_doubtful = known.standing.is_theirs
    standing = Standing.SURE if is_doubtful else known.standing
    return replace(known, position=max(1, min(known.position, of)), standing=standing)


def join(session: Session, merged: Sequence[tuple[PaperId, PaperId]], now: datetime) -> None:
    """Give what is known of papers' authors to the papers they were merged into; the weightier word stays."""
    if not merged:
        return
    marks.lock_mark(session, Stage.ATTRIBUTE)
    stored = papers.load_papers(session, {paper_id for pair in merged for paper_id in pair})
    said = answers.list_answers_on(session, [gone for gone, _ in merged])
    for gone, kept in merged:
        places = map_places(stored[gone].authors, stored[kept].authors)
        of = len(stored[kept].authors)
        taken = [replace(move(each, places, of), paper_id=kept) for each in authorships.take_from(session, gone)]
        authorships.add_weightier(session, taken, kept, now)
        for answer in said.get(gone, ()):
            answers.move_answer(session, answer, kept, places, of)
            said[kept] = answers.list_answers_on(session, [kept])[kept]
    note_unjudged(session, [kept for _, kept in merged])


def note_unjudged(session: Session, paper_ids: Iterable[PaperId]) -> None:
    """Let papers be judged (again) that no announcement leads to."""
    for chunk in chunks(dict.fromkeys(paper_ids)):
        insert_missing(session, UnjudgedPaperRow, [{"paper_id": paper_id} for paper_id in chunk])


def take_unjudged(session: Session, limit: int) -> tuple[list[PaperId], bool]:
    """Take some papers off the list: those that are still papers of their own, and whether there were any at all."""
    row = UnjudgedPaperRow
    numbers = list(session.scalars(select(row.paper_id).order_by(row.paper_id).limit(limit)))
    session.execute(delete(row).where(row.paper_id.in_(numbers)))
    query = select(PaperRow.id).where(PaperRow.id.in_(numbers), PaperRow.merged_into.is_(None))
    return [PaperId(number) for number in session.scalars(query.order_by(PaperRow.id))], bool(numbers)
