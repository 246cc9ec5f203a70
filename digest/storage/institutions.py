"""Institutions that somebody follows."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.intake import clean_text
from digest.model import InstitutionId
from digest.researchers.places import Institution
from digest.storage.people_tables import InstitutionRow
from subscribers.store.rows import chunks

MAX_NAME = 300


def find_institution(session: Session, wanted: Institution) -> InstitutionId | None:
    """Give the row of a place: the one with the same id, else the one that was only ever a name and has the same."""
    row = InstitutionRow
    for column, value in ((row.ror, wanted.ror), (row.openalex, wanted.openalex)):
        if value and (found := session.scalar(select(row.id).where(column == value).order_by(row.id).limit(1))):
            return InstitutionId(found)
    if wanted.ror or wanted.openalex:
        return None
    query = select(row.id).where(row.name == wanted.name[:MAX_NAME]).order_by(row.id).limit(1)
    number = session.scalar(query)
    return None if number is None else InstitutionId(number)


def add_institution(session: Session, institution: Institution, now: datetime) -> InstitutionId:
    """Store a place; one with an id is to be looked up."""
    is_known = bool(institution.ror or institution.openalex)
    row = InstitutionRow(created_at=now, refresh_at=now if is_known else None)
    _fill(row, institution)
    session.add(row)
    session.flush()
    return InstitutionId(row.id)


def rewrite_institution(
    session: Session, institution_id: InstitutionId, institution: Institution, refresh_at: datetime | None
) -> None:
    """Put what a service says in the place of what was known; ask again at `refresh_at`."""
    row = session.get_one(InstitutionRow, institution_id)
    _fill(row, institution)
    row.refresh_at = refresh_at
    session.flush()


def list_institutions(session: Session, institution_ids: Iterable[InstitutionId]) -> dict[InstitutionId, Institution]:
    """Give the places with these row ids."""
    found: dict[InstitutionId, Institution] = {}
    for chunk in chunks(institution_ids):
        query = select(InstitutionRow).where(InstitutionRow.id.in_(chunk)).execution_options(populate_existing=True)
        for row in session.scalars(query):
            found[InstitutionId(row.id)] = Institution(
                name=row.name,
                names=tuple(row.names),
                ror=row.ror,
                openalex=row.openalex,
                homepage=row.homepage,
                country=row.country,
            )
    return found


def list_due_institutions(session: Session, now: datetime, limit: int) -> list[InstitutionId]:
    """Give the places a service is to be asked about."""
    query = select(InstitutionRow.id).where(InstitutionRow.refresh_at <= now).order_by(InstitutionRow.refresh_at)
    return [InstitutionId(number) for number in session.scalars(query.limit(limit))]


def _fill(row: InstitutionRow, institution: Institution) -> None:
    row.name = clean_text(institution.name, MAX_NAME)
    row.names = [clean_text(each, MAX_NAME) for each in institution.names]
    row.ror, row.openalex = institution.ror, institution.openalex
    row.homepage, row.country = institution.homepage, institution.country[:2]
