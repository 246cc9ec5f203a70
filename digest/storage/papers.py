"""Papers in and out of the database, in bulk. Who is the same paper is `ledger`'s and `merging`'s to decide."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from digest.merging import merge_key
from digest.model import Author, ExternalId, IdScheme, Paper, PaperId
from digest.researchers.names import name_key
from digest.storage.ledger import Ledger
from digest.storage.tables import PaperAuthorRow, PaperIdRow, PaperRow
from subscribers.store.rows import chunks

_ELSEWHERE = frozenset({"ids", "authors"})
_COLUMNS = tuple(field.name for field in fields(Paper) if field.name not in _ELSEWHERE)
_LISTS = frozenset({"categories", "media_urls", "ai_keywords"})


def save_papers(session: Session, papers: Sequence[Paper], now: datetime) -> dict[ExternalId, PaperId]:
    """Store or merge each paper; give the row of every id any of them is known by."""
    ledger = _open_ledger(session, papers)
    known = set(ledger.rows)
    for paper in papers:
        ledger.enter(paper)
    rows = ledger.settle(_insert_papers(session, ledger.new_papers, now))
    _update_papers(session, ledger.changed_papers, now)
    _insert_ids(session, {key: paper_id for key, paper_id in rows.items() if key not in known})
    return rows


def load_papers(session: Session, paper_ids: Iterable[PaperId]) -> dict[PaperId, Paper]:
    """Give the papers with these row ids; an unknown id is left out."""
    papers: dict[PaperId, Paper] = {}
    for chunk in chunks(paper_ids):
        ids = _load_ids(session, chunk)
        authors = _load_authors(session, chunk)
        columns = [getattr(PaperRow, name) for name in _COLUMNS]
        for paper_id, *values in session.execute(select(PaperRow.id, *columns).where(PaperRow.id.in_(chunk))):
            papers[paper_id] = Paper(ids=tuple(ids[paper_id]), authors=tuple(authors[paper_id]), **_to_fields(values))
    return papers


def find_paper(session: Session, known: ExternalId) -> PaperId | None:
    """Give the row of the paper with this id."""
    found = session.get(PaperIdRow, (known.scheme.value, known.value))
    return None if found is None else PaperId(found.paper_id)


def count_papers(session: Session) -> int:
    """Count the papers."""
    return session.scalar(select(func.count()).select_from(PaperRow)) or 0


def _open_ledger(session: Session, papers: Sequence[Paper]) -> Ledger:
    rows = _find_rows(session, papers)
    by_key = _find_by_merge_key(session, (paper for paper in papers if not any(key in rows for key in paper.ids)))
    twins = (paper_id for group in by_key.values() for paper_id in group)
    return Ledger(rows, by_key, load_papers(session, {*rows.values(), *twins}))


def _find_rows(session: Session, papers: Sequence[Paper]) -> dict[ExternalId, PaperId]:
    wanted: dict[IdScheme, set[str]] = defaultdict(set)
    for paper in papers:
        for known in paper.ids:
            wanted[known.scheme].add(known.value)
    rows: dict[ExternalId, PaperId] = {}
    for scheme, values in wanted.items():
        for chunk in chunks(values):
            query = select(PaperIdRow.value, PaperIdRow.paper_id)
            found = session.execute(query.where(PaperIdRow.scheme == scheme.value, PaperIdRow.value.in_(chunk)))
            rows |= {ExternalId(scheme, value): PaperId(paper_id) for value, paper_id in found}
    return rows


def _find_by_merge_key(session: Session, unknown: Iterable[Paper]) -> dict[str, list[PaperId]]:
    keys = {key for key in map(merge_key, unknown) if key}
    found: dict[str, list[PaperId]] = defaultdict(list)
    for chunk in chunks(keys):
        query = select(PaperRow.merge_key, PaperRow.id).where(PaperRow.merge_key.in_(chunk)).order_by(PaperRow.id)
        for key, paper_id in session.execute(query):
            found[key or ""].append(PaperId(paper_id))
    return found


def _insert_papers(session: Session, papers: Sequence[Paper], now: datetime) -> list[PaperId]:
    if not papers:
        return []
    values = [_to_columns(paper) | {"first_seen_at": now, "changed_at": now} for paper in papers]
    statement = insert(PaperRow).returning(PaperRow.id, sort_by_parameter_order=True)
    paper_ids = [PaperId(paper_id) for paper_id in session.scalars(statement, values)]
    _insert_authors(session, dict(zip(paper_ids, papers, strict=True)))
    return paper_ids


def _update_papers(session: Session, papers: Mapping[PaperId, Paper], now: datetime) -> None:
    if not papers:
        return
    rows = [{"id": paper_id, "changed_at": now} | _to_columns(paper) for paper_id, paper in papers.items()]
    session.execute(update(PaperRow), rows)
    for chunk in chunks(papers):
        session.execute(delete(PaperAuthorRow).where(PaperAuthorRow.paper_id.in_(chunk)))
    _insert_authors(session, papers)


def _insert_ids(session: Session, rows: Mapping[ExternalId, PaperId]) -> None:
    values = [{"scheme": key.scheme.value, "value": key.value, "paper_id": row} for key, row in rows.items()]
    if values:
        session.execute(insert(PaperIdRow), values)


def _insert_authors(session: Session, papers: Mapping[PaperId, Paper]) -> None:
    values = [
        _author_columns(author) | {"paper_id": paper_id, "position": position}
        for paper_id, paper in papers.items()
        for position, author in enumerate(paper.authors, 1)
    ]
    if values:
        session.execute(insert(PaperAuthorRow), values)


def _author_columns(author: Author) -> dict[str, Any]:
    return {
        "name": author.name,
        "name_key": name_key(author.name)[:200],
        "affiliations": list(author.affiliations) or None,
        "hf_user": author.hf_user,
        "orcid": author.orcid,
    }


def _to_columns(paper: Paper) -> dict[str, Any]:
    values = {name: getattr(paper, name) for name in _COLUMNS}
    return values | {name: list(values[name]) for name in _LISTS} | {"merge_key": merge_key(paper)}


def _to_fields(values: Sequence[Any]) -> dict[str, Any]:
    named = dict(zip(_COLUMNS, values, strict=True))
    return named | {name: tuple(named[name] or ()) for name in _LISTS}


def _load_ids(session: Session, chunk: Sequence[PaperId]) -> dict[int, list[ExternalId]]:
    ids: dict[int, list[ExternalId]] = defaultdict(list)
    query = select(PaperIdRow).where(PaperIdRow.paper_id.in_(chunk)).order_by(PaperIdRow.scheme, PaperIdRow.value)
    for row in session.scalars(query):
        ids[row.paper_id].append(ExternalId(IdScheme(row.scheme), row.value))
    return ids


def _load_authors(session: Session, chunk: Sequence[PaperId]) -> dict[int, list[Author]]:
    authors: dict[int, list[Author]] = defaultdict(list)
    row = PaperAuthorRow
    query = select(row.paper_id, row.name, row.affiliations, row.hf_user, row.orcid)
    for paper_id, name, places, user, orcid in session.execute(
        query.where(row.paper_id.in_(chunk)).order_by(row.paper_id, row.position)
    ):
        authors[paper_id].append(Author(name, tuple(places or ()), user, orcid))
    return authors
