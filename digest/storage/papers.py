"""Papers in and out of the database, in bulk. Who is the same paper is `ledger`'s and `evidence`'s to decide."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Table, bindparam, delete, func, insert, inspect, select, update
from sqlalchemy.orm import Session

from digest.evidence import MAX_KEY as MAX_TITLE_KEY
from digest.evidence import merge_key, read_title
from digest.model import Author, ExternalId, IdScheme, Paper, PaperId, PersonId, PersonScheme
from digest.researchers.keys import author_key
from digest.researchers.names import name_key
from digest.storage.ledger import Joining, Ledger, Pair
from digest.storage.tables import PaperAuthorRow, PaperIdRow, PaperRow
from subscribers.db import Base
from subscribers.store.rows import chunks

MAX_KEY = 200
KEYS_AT_ONCE = 10_000  # authors

_ELSEWHERE = frozenset({"ids", "authors"})
_COLUMNS = tuple(field.name for field in fields(Paper) if field.name not in _ELSEWHERE)
_LISTS = frozenset({"categories", "media_urls", "ai_keywords"})
_BEYOND_NAMES = ("affiliations", "hf_user", "orcid", "ids", "institutions", "email_domain")
_get_columns = attrgetter(*_COLUMNS)


def table_of(row: type[Base]) -> Table:
    """Give the bare table: thousands of rows go in and out of it in half the time the mapped class takes."""
    table = inspect(row).local_table
    assert isinstance(table, Table)
    return table


_PAPERS, _IDS, _AUTHORS = map(table_of, (PaperRow, PaperIdRow, PaperAuthorRow))


@dataclass(frozen=True, slots=True)
class Change:
    """A stored paper before and after a batch; `before` is None for a new one.

    `is_updated` says whether it was seen in its latest version, and not only in an older one.
    """

    paper_id: PaperId
    before: Paper | None
    after: Paper
    is_updated: bool = True


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a batch: the row of every id in it, what changed, which records were joined, what was odd."""

    rows: Mapping[ExternalId, PaperId]
    changes: Sequence[Change]
    joinings: Sequence[Joining]
    warnings: Sequence[str]


def save_papers(
    session: Session, papers: Sequence[Paper], now: datetime, source: str = "", distinct: Collection[Pair] = ()
) -> Saved:
    """Store or merge each paper.

    Rows that were given up for another keep what depends on them until `merges.record_merges` moves it.
    """
    ledger, stored = _open_ledger(session, papers, source, distinct)
    known = dict(ledger.rows)
    for paper in papers:
        ledger.enter(paper)
    new, changed = ledger.new_papers, ledger.changed_papers
    paper_ids = _insert_papers(session, new, now)
    real = ledger.settle(paper_ids)
    rows = {key: real.get(place, place) for key, place in ledger.rows.items()}
    _update_papers(session, {key: (stored[key], paper) for key, paper in changed.items()}, now)
    _save_ids(session, known, rows)
    changes = [Change(paper_id, None, paper) for paper_id, paper in zip(paper_ids, new, strict=True)]
    changes += [Change(key, stored[key], paper, key in ledger.updated) for key, paper in changed.items()]
    places = {key: real.get(place, place) for key, place in ledger.places.items()}
    return Saved(rows | places, changes, [_settle(each, real) for each in ledger.joinings], tuple(ledger.warnings))


def load_papers(session: Session, paper_ids: Iterable[PaperId]) -> dict[PaperId, Paper]:
    """Give the papers with these row ids; of a row that was merged, the paper it is now. An unknown id is left out."""
    papers: dict[PaperId, Paper] = {}
    merged: dict[PaperId, PaperId] = {}
    columns = [_PAPERS.c[name] for name in _COLUMNS]
    for chunk in chunks(paper_ids):
        ids, authors = _load_ids(session, chunk), _load_authors(session, chunk)
        query = select(_PAPERS.c.id, _PAPERS.c.merged_into, *columns).where(_PAPERS.c.id.in_(chunk))
        for paper_id, merged_into, *values in session.execute(query):
            if merged_into is not None:
                merged[paper_id] = PaperId(merged_into)
                continue
            papers[paper_id] = Paper(ids=tuple(ids[paper_id]), authors=tuple(authors[paper_id]), **_to_fields(values))
    if merged:
        living = papers | load_papers(session, set(merged.values()) - papers.keys())
        papers |= {gone: living[root] for gone, root in merged.items() if root in living}
    return papers


def find_paper(session: Session, known: ExternalId) -> PaperId | None:
    """Give the row of the paper with this id."""
    found = session.get(PaperIdRow, (known.scheme.value, known.value))
    return None if found is None else PaperId(found.paper_id)


def find_by_titles(session: Session, titles: Iterable[str]) -> list[PaperId]:
    """Give the papers with these titles, where a title says enough and is of one paper alone."""
    keys = [title.key[:MAX_TITLE_KEY] for title in map(read_title, titles) if title.is_telling]
    found: dict[str, list[PaperId]] = defaultdict(list)
    for chunk in chunks(keys):
        query = select(_PAPERS.c.merge_key, _PAPERS.c.id).where(_PAPERS.c.merge_key.in_(chunk))
        for key, paper_id in session.execute(query):
            found[key or ""].append(PaperId(paper_id))
    return [rows[0] for rows in found.values() if len(rows) == 1]


def find_living(session: Session, paper_id: PaperId) -> PaperId | None:
    """Give the row that a paper has now, after all merges; None if there never was one."""
    row = session.get(PaperRow, paper_id)
    while row is not None and row.merged_into is not None:
        row = session.get(PaperRow, row.merged_into)
    return None if row is None else PaperId(row.id)


def count_papers(session: Session) -> int:
    """Count the papers, each once."""
    return session.scalar(select(func.count()).select_from(PaperRow).where(PaperRow.merged_into.is_(None))) or 0


def fill_block_keys(session: Session) -> int:
    """Give authors who were stored before there were block keys theirs; give how many there were."""
    row, filled = _AUTHORS.c, 0
    query = select(row.paper_id, row.position, row.name).where(row.block_key.is_(None)).limit(KEYS_AT_ONCE)
    keyed = update(_AUTHORS).where(row.paper_id == bindparam("paper"), row.position == bindparam("place"))
    while found := session.execute(query).all():
        values = [{"paper": paper, "place": place, "key": author_key(name)[:MAX_KEY]} for paper, place, name in found]
        session.connection().execute(keyed.values(block_key=bindparam("key")), values)
        filled += len(found)
    return filled


def add_paper(session: Session, paper: Paper, now: datetime) -> PaperId:
    """Store one paper as a row of its own, whatever it resembles; its ids are not moved."""
    (paper_id,) = _insert_papers(session, [paper], now)
    return paper_id


def rewrite_paper(session: Session, paper_id: PaperId, paper: Paper, now: datetime) -> None:
    """Put a record in the place of what a row says, a merged row's too, which lives again; ids are not moved."""
    values = _to_columns(paper) | {"merged_into": None, "changed_at": now}
    session.execute(update(_PAPERS).where(_PAPERS.c.id == paper_id).values(values))
    _replace_authors(session, {paper_id: paper})


def bury_papers(session: Session, merged: Mapping[PaperId, PaperId], now: datetime) -> None:
    """Turn rows into mere pointers to others: found by no id, title or author, yet never a dead end."""
    if not merged:
        return
    values = [{"gone": gone, "kept": kept} for gone, kept in merged.items()]
    buried = update(_PAPERS).where(_PAPERS.c.id == bindparam("gone"))
    older = update(_PAPERS).where(_PAPERS.c.merged_into == bindparam("gone"))
    pointer: dict[str, Any] = {"merged_into": bindparam("kept"), "merge_key": None, "changed_at": now}
    session.connection().execute(buried.values(pointer), values)
    session.connection().execute(older.values(pointer), values)
    for chunk in chunks(merged):
        session.execute(delete(_AUTHORS).where(_AUTHORS.c.paper_id.in_(chunk)))


def move_ids(session: Session, rows: Mapping[ExternalId, PaperId]) -> None:
    """Let ids mean other rows than before."""
    if not rows:
        return
    moved = update(_IDS).where(_IDS.c.scheme == bindparam("known_scheme"), _IDS.c.value == bindparam("known_value"))
    values = [
        {"known_scheme": key.scheme.value, "known_value": key.value, "paper_id": row} for key, row in rows.items()
    ]
    session.connection().execute(moved.values(paper_id=bindparam("paper_id")), values)


def _settle(joining: Joining, real: Mapping[PaperId, PaperId]) -> Joining:
    return replace(joining, paper_id=real[joining.paper_id]) if joining.paper_id < 0 else joining


def _open_ledger(
    session: Session, papers: Sequence[Paper], source: str, distinct: Collection[Pair]
) -> tuple[Ledger, dict[PaperId, Paper]]:
    rows = _find_rows(session, papers)
    # Also what is known by an id, but not by the one it calls itself by, may turn out to be another paper.
    by_key = _find_by_merge_key(session, (paper for paper in papers if not paper.ids or paper.ids[0] not in rows))
    twins = (paper_id for group in by_key.values() for paper_id in group)
    stored = load_papers(session, {*rows.values(), *twins})
    rows |= {known: paper_id for paper_id, paper in stored.items() for known in paper.ids}
    return Ledger(rows, by_key, stored, distinct, source), stored


def _find_rows(session: Session, papers: Sequence[Paper]) -> dict[ExternalId, PaperId]:
    wanted: dict[IdScheme, set[str]] = defaultdict(set)
    for paper in papers:
        for known in paper.ids:
            wanted[known.scheme].add(known.value)
    rows: dict[ExternalId, PaperId] = {}
    for scheme, values in wanted.items():
        for chunk in chunks(values):
            query = select(_IDS.c.value, _IDS.c.paper_id)
            found = session.execute(query.where(_IDS.c.scheme == scheme.value, _IDS.c.value.in_(chunk)))
            rows |= {ExternalId(scheme, value): PaperId(paper_id) for value, paper_id in found}
    return rows


def _find_by_merge_key(session: Session, unknown: Iterable[Paper]) -> dict[str, list[PaperId]]:
    keys = {key for key in map(merge_key, unknown) if key}
    found: dict[str, list[PaperId]] = defaultdict(list)
    for chunk in chunks(keys):
        query = select(_PAPERS.c.merge_key, _PAPERS.c.id).where(_PAPERS.c.merge_key.in_(chunk)).order_by(_PAPERS.c.id)
        for key, paper_id in session.execute(query):
            found[key or ""].append(PaperId(paper_id))
    return found


def _insert_papers(session: Session, papers: Sequence[Paper], now: datetime) -> list[PaperId]:
    if not papers:
        return []
    values = [_to_columns(paper) | {"first_seen_at": now, "changed_at": now} for paper in papers]
    paper_ids = _insert_rows(session, _leave_out_unknown(values))
    _insert_authors(session, dict(zip(paper_ids, papers, strict=True)))
    return paper_ids


def _insert_rows(session: Session, values: list[dict[str, Any]]) -> list[PaperId]:
    """Insert papers and give their ids, in order; RETURNING would do so too, but far slower in both databases."""
    if session.get_bind().dialect.name == "postgresql":
        following = func.nextval(func.pg_get_serial_sequence(_PAPERS.name, "id"))
        numbers = session.scalars(select(following).select_from(func.generate_series(1, len(values))))
        paper_ids = [PaperId(number) for number in sorted(numbers)]
        rows = [{"id": paper_id} | row for paper_id, row in zip(paper_ids, values, strict=True)]
        session.execute(insert(_PAPERS), rows)
        return paper_ids
    # SQLite's ids only grow, and nobody else writes meanwhile.
    last = session.scalar(select(func.max(_PAPERS.c.id))) or 0
    session.execute(insert(_PAPERS), values)
    found = session.scalars(select(_PAPERS.c.id).where(_PAPERS.c.id > last).order_by(_PAPERS.c.id))
    return [PaperId(paper_id) for paper_id in found]


def _leave_out_unknown(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what is NULL in every row: a column costs the same whether it is filled or not."""
    unknown = {name for name in rows[0] if all(row[name] is None for row in rows)}
    return [{name: value for name, value in row.items() if name not in unknown} for row in rows]


def _update_papers(session: Session, papers: Mapping[PaperId, tuple[Paper, Paper]], now: datetime) -> None:
    if not papers:
        return
    rows = [{"row": paper_id, "changed_at": now} | _to_columns(after) for paper_id, (_, after) in papers.items()]
    columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "row"}
    # Not through the session: it takes an update with a list of values for one by primary key.
    session.connection().execute(update(_PAPERS).where(_PAPERS.c.id == bindparam("row")).values(columns), rows)
    changed = {key: after for key, (before, after) in papers.items() if before.authors != after.authors}
    _replace_authors(session, changed)


def _save_ids(session: Session, known: Mapping[ExternalId, PaperId], rows: Mapping[ExternalId, PaperId]) -> None:
    values = [
        {"scheme": key.scheme.value, "value": key.value, "paper_id": row}
        for key, row in rows.items()
        if key not in known
    ]
    if values:
        session.execute(insert(_IDS), values)
    move_ids(session, {key: row for key, row in rows.items() if known.get(key, row) != row})


def _replace_authors(session: Session, papers: Mapping[PaperId, Paper]) -> None:
    for chunk in chunks(papers):
        session.execute(delete(_AUTHORS).where(_AUTHORS.c.paper_id.in_(chunk)))
    _insert_authors(session, papers)


def _insert_authors(session: Session, papers: Mapping[PaperId, Paper]) -> None:
    values = [
        _author_columns(author, paper_id, position)
        for paper_id, paper in papers.items()
        for position, author in enumerate(paper.authors, 1)
    ]
    # Most are names and nothing else, and go in without the columns that a few fill.
    bare = [row for row in values if all(row[name] is None for name in _BEYOND_NAMES)]
    others = [row for row in values if any(row[name] is not None for name in _BEYOND_NAMES)]
    for rows in filter(None, (bare, others)):
        session.execute(insert(_AUTHORS), _leave_out_unknown(rows))


def _author_columns(author: Author, paper_id: PaperId, position: int) -> dict[str, Any]:
    return {
        "paper_id": paper_id,
        "position": position,
        "name": author.name,
        "name_key": name_key(author.name)[:MAX_KEY],
        "block_key": author_key(author.name)[:MAX_KEY],
        "affiliations": list(author.affiliations) or None,
        "hf_user": author.hf_user,
        "orcid": author.orcid,
        "ids": list(map(str, author.ids)) or None,
        "institutions": list(author.institutions) or None,
        "email_domain": author.email_domain,
    }


def _to_columns(paper: Paper) -> dict[str, Any]:
    values = dict(zip(_COLUMNS, _get_columns(paper), strict=True))
    return values | {name: list(values[name]) for name in _LISTS} | {"merge_key": merge_key(paper)}


def _to_fields(values: Sequence[Any]) -> dict[str, Any]:
    named = dict(zip(_COLUMNS, values, strict=True))
    return named | {name: tuple(named[name] or ()) for name in _LISTS}


def _load_ids(session: Session, chunk: Sequence[PaperId]) -> dict[int, list[ExternalId]]:
    ids: dict[int, list[ExternalId]] = defaultdict(list)
    query = select(_IDS.c.paper_id, _IDS.c.scheme, _IDS.c.value).where(_IDS.c.paper_id.in_(chunk))
    for paper_id, scheme, value in session.execute(query.order_by(_IDS.c.scheme, _IDS.c.value)):
        ids[paper_id].append(ExternalId(IdScheme(scheme), value))
    return ids


def _load_authors(session: Session, chunk: Sequence[PaperId]) -> dict[int, list[Author]]:
    authors: dict[int, list[Author]] = defaultdict(list)
    row = _AUTHORS.c
    query = select(row.paper_id, row.name, *(row[name] for name in _BEYOND_NAMES))
    for paper_id, name, places, user, orcid, ids, institutions, domain in session.execute(
        query.where(row.paper_id.in_(chunk)).order_by(row.paper_id, row.position)
    ):
        bare = Author(name, tuple(places or ()), user, orcid)
        if ids or institutions or domain:
            bare = replace(bare, ids=_to_ids(ids or ()), institutions=tuple(institutions or ()), email_domain=domain)
        authors[paper_id].append(bare)
    return authors


def _to_ids(written: Iterable[str]) -> tuple[PersonId, ...]:
    parts = (each.partition(":") for each in written)
    return tuple(PersonId(PersonScheme(scheme), value) for scheme, _, value in parts)
