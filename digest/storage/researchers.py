"""Researchers in and out of the database: records, ids, the keys they are looked up by, and their profiles."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from digest.intake import clean_text
from digest.model import (
    Affiliation,
    ClaimLevel,
    Metrics,
    PersonId,
    PersonScheme,
    Researcher,
    ResearcherId,
    Standing,
)
from digest.storage.people_tables import AuthorshipRow, ResearcherIdRow, ResearcherKeyRow, ResearcherRow
from subscribers.store.rows import chunks

MAX_NAME = 200
MAX_KEY = 220

_PLACES: TypeAdapter[tuple[Affiliation, ...]] = TypeAdapter(tuple[Affiliation, ...])
_FIGURES: TypeAdapter[tuple[Metrics, ...]] = TypeAdapter(tuple[Metrics, ...])


def add_researcher(session: Session, researcher: Researcher, now: datetime) -> ResearcherId:
    """Store a new record, to be prepared (keys, profile) and refreshed. Its ids must not be another's."""
    row = ResearcherRow(created_at=now, changed_at=now, refresh_at=now, claimed_by="", refresh_detail="")
    for name, value in _to_columns(researcher).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    researcher_id = ResearcherId(row.id)
    _add_ids(session, researcher_id, researcher.ids)
    return researcher_id


def rewrite_researcher(session: Session, researcher_id: ResearcherId, researcher: Researcher, now: datetime) -> None:
    """Put another record in the place of one. Ids that it has no more are given up; new ones must not be another's."""
    values = _to_columns(researcher) | {"changed_at": now}
    session.execute(update(ResearcherRow).where(ResearcherRow.id == researcher_id).values(values))
    row = ResearcherIdRow
    known = set(_load_ids(session, [researcher_id]).get(researcher_id, ()))
    for gone in known - set(researcher.ids):
        session.execute(delete(row).where(row.scheme == gone.scheme.value, row.value == gone.value))
    _add_ids(session, researcher_id, [each for each in researcher.ids if each not in known])


def load_researchers(session: Session, researcher_ids: Iterable[ResearcherId]) -> dict[ResearcherId, Researcher]:
    """Give the records with these row ids, each as it stands; an unknown id is left out."""
    found: dict[ResearcherId, Researcher] = {}
    for chunk in chunks(researcher_ids):
        ids = _load_ids(session, chunk)
        query = select(ResearcherRow).where(ResearcherRow.id.in_(chunk)).execution_options(populate_existing=True)
        for row in session.scalars(query):
            found[ResearcherId(row.id)] = _from_row(row, ids.get(ResearcherId(row.id), ()))
    return found


def find_living(session: Session, researcher_id: ResearcherId) -> ResearcherId | None:
    """Give the row that stands for a record now, after all merges; None if there never was one."""
    number: int | None = researcher_id
    for _ in range(100):  # a chain this long would be a ring
        row = session.execute(
            select(ResearcherRow.id, ResearcherRow.merged_into).where(ResearcherRow.id == number)
        ).one_or_none()
        if row is None or row.merged_into is None:
            return None if row is None else ResearcherId(row.id)
        number = row.merged_into
    return None


def list_absorbed(session: Session, researcher_id: ResearcherId) -> list[ResearcherId]:
    """Give the records that were merged into one, directly or over others."""
    query = select(ResearcherRow.id).where(ResearcherRow.merged_into == researcher_id).order_by(ResearcherRow.id)
    return [ResearcherId(number) for number in session.scalars(query)]


def find_by_ids(session: Session, ids: Iterable[PersonId]) -> dict[PersonId, ResearcherId]:
    """Give the record of each of these ids that is known."""
    found: dict[PersonId, ResearcherId] = {}
    row = ResearcherIdRow
    for scheme in PersonScheme:
        values = {known.value for known in ids if known.scheme is scheme}
        for chunk in chunks(values):
            rows = session.execute(
                select(row.value, row.researcher_id).where(row.scheme == scheme, row.value.in_(chunk))
            )
            found.update((PersonId(scheme, value), ResearcherId(number)) for value, number in rows)
    return found


def find_unanchored(session: Session, name: str, fields: Collection[str]) -> ResearcherId | None:
    """Give the record that is only this name and these fields: all that somebody who types a name says.

    One with an id, or with a paper that somebody settled, is a certain person, and not just anybody of the name.
    """
    owned = select(ResearcherIdRow.value).where(ResearcherIdRow.researcher_id == ResearcherRow.id)
    written = select(AuthorshipRow.paper_id).where(
        AuthorshipRow.researcher_id == ResearcherRow.id, AuthorshipRow.standing == Standing.CONFIRMED.value
    )
    query = select(ResearcherRow.id, ResearcherRow.fields).where(
        ResearcherRow.name == name, ResearcherRow.merged_into.is_(None), ~owned.exists(), ~written.exists()
    )
    for number, known in session.execute(query.order_by(ResearcherRow.id)):
        if sorted(known) == sorted(fields):
            return ResearcherId(number)
    return None


def find_by_keys(session: Session, keys: Iterable[str]) -> dict[ResearcherId, set[str]]:
    """Give the living records that share one of these keys, each with the keys shared."""
    found: dict[ResearcherId, set[str]] = {}
    row = ResearcherKeyRow
    for chunk in chunks({key[:MAX_KEY] for key in keys}):
        query = select(row.key, row.researcher_id).join(ResearcherRow, ResearcherRow.id == row.researcher_id)
        for key, number in session.execute(query.where(row.key.in_(chunk), ResearcherRow.merged_into.is_(None))):
            found.setdefault(ResearcherId(number), set()).add(key)
    return found


def save_keys(session: Session, researcher_id: ResearcherId, keys: Iterable[str]) -> None:
    """Let a record be found by these keys, and by no others."""
    session.execute(delete(ResearcherKeyRow).where(ResearcherKeyRow.researcher_id == researcher_id))
    values = [{"key": key, "researcher_id": researcher_id} for key in sorted({key[:MAX_KEY] for key in keys})]
    if values:
        session.execute(insert(ResearcherKeyRow), values)


def load_profiles(session: Session, researcher_ids: Iterable[ResearcherId]) -> dict[ResearcherId, dict[str, Any]]:
    """Give the evidence about these people, as it was saved; who has none yet is left out."""
    found: dict[ResearcherId, dict[str, Any]] = {}
    for chunk in chunks(researcher_ids, 500):
        query = select(ResearcherRow.id, ResearcherRow.profile).where(ResearcherRow.id.in_(chunk))
        found.update((ResearcherId(number), profile) for number, profile in session.execute(query) if profile)
    return found


def save_profiles(session: Session, profiles: Mapping[ResearcherId, dict[str, Any] | None]) -> None:
    """Remember the evidence about these people; None lets a record be prepared anew."""
    for researcher_id, profile in profiles.items():
        session.execute(update(ResearcherRow).where(ResearcherRow.id == researcher_id).values(profile=profile))


def list_unprepared(session: Session, limit: int) -> list[ResearcherId]:
    """Give the records that have no profile yet."""
    query = select(ResearcherRow.id).where(ResearcherRow.profile.is_(None), ResearcherRow.merged_into.is_(None))
    return [ResearcherId(number) for number in session.scalars(query.order_by(ResearcherRow.id).limit(limit))]


def list_researchers(session: Session, limit: int, after_id: int = 0) -> list[ResearcherId]:
    """Give living records by id; pass the last id to go on."""
    query = select(ResearcherRow.id).where(ResearcherRow.id > after_id, ResearcherRow.merged_into.is_(None))
    return [ResearcherId(number) for number in session.scalars(query.order_by(ResearcherRow.id).limit(limit))]


def list_due_refreshes(session: Session, now: datetime, limit: int) -> list[ResearcherId]:
    """Give the records a service is to be asked about, the longest due first."""
    query = select(ResearcherRow.id).where(ResearcherRow.refresh_at <= now, ResearcherRow.merged_into.is_(None))
    ordered = query.order_by(ResearcherRow.refresh_at, ResearcherRow.id)
    return [ResearcherId(number) for number in session.scalars(ordered.limit(limit))]


def count_refresh_failures(session: Session, researcher_id: ResearcherId) -> int:
    """Count the look-ups that failed one after the other up to now."""
    query = select(ResearcherRow.refresh_failures).where(ResearcherRow.id == researcher_id)
    return session.scalar(query) or 0


def record_refresh(
    session: Session, researcher_id: ResearcherId, now: datetime, next_at: datetime | None, failure: str = ""
) -> None:
    """Write down how asking the services went, and when to ask again (None: never)."""
    values: dict[str, Any] = {"refresh_at": next_at, "refresh_detail": failure[:2000]}
    if failure:
        values["refresh_failures"] = ResearcherRow.refresh_failures + 1
    else:
        values |= {"refresh_failures": 0, "refreshed_at": now}
    session.execute(update(ResearcherRow).where(ResearcherRow.id == researcher_id).values(values))


def find_refresh(session: Session, researcher_id: ResearcherId) -> tuple[datetime | None, str]:
    """Give when the services last told of a record, and what went wrong since (empty: nothing)."""
    row = session.get_one(ResearcherRow, researcher_id)
    return row.refreshed_at, row.refresh_detail


def _add_ids(session: Session, researcher_id: ResearcherId, ids: Iterable[PersonId]) -> None:
    values = [
        {"scheme": known.scheme.value, "value": known.value, "researcher_id": researcher_id}
        for known in dict.fromkeys(ids)
    ]
    if values:
        session.execute(insert(ResearcherIdRow), values)


def _load_ids(session: Session, chunk: Iterable[ResearcherId]) -> dict[ResearcherId, tuple[PersonId, ...]]:
    found: dict[ResearcherId, tuple[PersonId, ...]] = {}
    row = ResearcherIdRow
    query = select(row.researcher_id, row.scheme, row.value).where(row.researcher_id.in_(list(chunk)))
    for number, scheme, value in session.execute(query.order_by(row.scheme, row.value)):
        known = PersonId(PersonScheme(scheme), value)
        found[ResearcherId(number)] = (*found.get(ResearcherId(number), ()), known)
    return found


def _to_columns(researcher: Researcher) -> dict[str, Any]:
    return {
        "name": clean_text(researcher.name, MAX_NAME),
        "variants": [clean_text(each, MAX_NAME) for each in researcher.variants],
        "affiliations": _PLACES.dump_python(researcher.affiliations, mode="json"),
        "homepage": researcher.homepage,
        "fields": list(researcher.fields),
        "topics": list(researcher.topics),
        "metrics": _FIGURES.dump_python(researcher.metrics, mode="json"),
        "claim": researcher.claim.value,
    }


def _from_row(row: ResearcherRow, ids: tuple[PersonId, ...]) -> Researcher:
    return Researcher(
        name=row.name,
        variants=tuple(row.variants),
        ids=ids,
        affiliations=_PLACES.validate_python(row.affiliations),
        homepage=row.homepage,
        fields=tuple(row.fields),
        topics=tuple(row.topics),
        metrics=_FIGURES.validate_python(row.metrics),
        claim=ClaimLevel(row.claim),
    )
