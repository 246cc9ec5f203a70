"""Acts: asks services about followed people and places, so that a follow of a bare name becomes one of a person."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from digest.errors import SourceError, UnknownReference
from digest.model import ExternalId, InstitutionId, Researcher, ResearcherId
from digest.pipeline.records import apply_record
from digest.researchers.ids.institutions import InstitutionRef, InstitutionScheme
from digest.researchers.places import Institution
from digest.settings import SourceSettings
from digest.sources.http.client import Http
from digest.sources.people import PeopleService, PersonRecord
from digest.sources.people.institutions import InstitutionRecord, look_up_institution
from digest.sources.people.registry import SERVICES, look_up, search
from digest.storage import authorships, institutions, papers, researchers
from subscribers.db import Database

log = structlog.get_logger()

AT_ONCE: Final = 20  # records in one pass
AGAIN_AFTER: Final = timedelta(days=30)  # figures and affiliations change slowly
NOBODY_AFTER: Final = timedelta(days=7)  # a name nobody could be found for
FIRST_RETRY: Final = timedelta(minutes=30)
LONGEST_RETRY: Final = timedelta(days=7)


@dataclass(slots=True)
class RefreshReport:
    """What became of the records that were due."""

    refreshed: int = 0
    unknown: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What asking needs."""

    database: Database
    http: Http
    settings: SourceSettings
    clock: Callable[[], datetime]
    services: Sequence[PeopleService] = SERVICES


async def refresh_due(inquiry: Inquiry, is_stopping: Callable[[], bool] = lambda: False) -> RefreshReport:
    """Ask about the people and places that are due; what cannot be reached is asked again later."""
    report = RefreshReport()
    people, places = await asyncio.to_thread(_list_due, inquiry)
    for researcher_id in people:
        if not is_stopping():
            await refresh_researcher(inquiry, researcher_id, report)
    for institution_id in places:
        if not is_stopping():
            await _refresh_institution(inquiry, institution_id, report)
    return report


async def refresh_researcher(inquiry: Inquiry, researcher_id: ResearcherId, report: RefreshReport) -> None:
    """Ask the services about one person: by id, else by name, taking who shares a paper with the record."""
    now = inquiry.clock()
    researcher, known = await asyncio.to_thread(_load, inquiry, researcher_id)
    try:
        record = await _ask(inquiry, researcher, known, now)
    except SourceError as error:
        report.failed += 1
        await asyncio.to_thread(_record_failure, inquiry, researcher_id, error, now)
        return
    await asyncio.to_thread(_apply, inquiry, researcher_id, record, now)
    report.refreshed += record is not None
    report.unknown += record is None


def retry_after(failures: int) -> timedelta:
    """Give how long to wait after so many failures in a row (from 1): doubling, up to a week."""
    doubled: timedelta = FIRST_RETRY * (1 << min(failures - 1, 20))
    return min(doubled, LONGEST_RETRY)


def choose_candidate(records: Collection[PersonRecord], known: Collection[ExternalId]) -> PersonRecord | None:
    """Give the one candidate who shares a paper with what is known; None if nobody does, or several do."""
    sharing = [record for record in records if any(set(paper.ids) & set(known) for paper in record.papers)]
    return sharing[0] if len(sharing) == 1 else None


async def _ask(
    inquiry: Inquiry, researcher: Researcher, known: Collection[ExternalId], now: datetime
) -> PersonRecord | None:
    if researcher.ids:
        found = await look_up(researcher.ids[0], inquiry.http, inquiry.settings, now, services=inquiry.services)
        return found.record
    if not known:  # with no paper to tell them apart by, every namesake is as likely
        return None
    candidates = await search(researcher.name, inquiry.http, inquiry.settings, now, services=inquiry.services)
    if not candidates.records and candidates.failures:
        raise SourceError("people", "; ".join(candidates.failures))
    return choose_candidate(candidates.records, known)


async def _refresh_institution(inquiry: Inquiry, institution_id: InstitutionId, report: RefreshReport) -> None:
    now = inquiry.clock()
    known = await asyncio.to_thread(_load_institution, inquiry, institution_id)
    scheme = InstitutionScheme.ROR if known.ror else InstitutionScheme.OPENALEX
    try:
        record = await look_up_institution(
            InstitutionRef(scheme, known.ror or known.openalex), inquiry.http, inquiry.settings, now
        )
    except SourceError as error:
        log.info("institution_not_refreshed", institution=institution_id, error=str(error))
        report.failed += 1
        wait = AGAIN_AFTER if isinstance(error, UnknownReference) else timedelta(days=1)
        await asyncio.to_thread(_save_institution, inquiry, institution_id, known, now + wait)
        return
    report.refreshed += 1
    await asyncio.to_thread(_save_institution, inquiry, institution_id, to_institution(record), now + AGAIN_AFTER)


def to_institution(record: InstitutionRecord) -> Institution:
    """Give what a service says of a place as it is followed."""
    return Institution(
        name=record.name,
        names=tuple(each for each in record.names if each != record.name),
        ror=record.ror or "",
        openalex=record.openalex or "",
        homepage=record.homepage,
        country=record.country or "",
    )


def _list_due(inquiry: Inquiry) -> tuple[list[ResearcherId], list[InstitutionId]]:
    with inquiry.database.reading() as session:
        now = inquiry.clock()
        people = researchers.list_due_refreshes(session, now, AT_ONCE)
        return people, institutions.list_due_institutions(session, now, AT_ONCE)


def _load(inquiry: Inquiry, researcher_id: ResearcherId) -> tuple[Researcher, set[ExternalId]]:
    with inquiry.database.reading() as session:
        researcher = researchers.load_researchers(session, [researcher_id])[researcher_id]
        theirs = [
            each.paper_id
            for each in authorships.list_of_researchers(session, [researcher_id])[researcher_id]
            if each.standing.is_theirs
        ]
        stored = papers.load_papers(session, theirs)
        return researcher, {known for paper in stored.values() for known in paper.ids}


def _apply(inquiry: Inquiry, researcher_id: ResearcherId, record: PersonRecord | None, now: datetime) -> None:
    with inquiry.database.writing() as session:
        if record is None:
            researchers.record_refresh(session, researcher_id, now, now + NOBODY_AFTER)
            return
        living = apply_record(session, researcher_id, record, now)
        researchers.record_refresh(session, living, now, now + AGAIN_AFTER)
        log.info("researcher_refreshed", researcher=living, papers=len(record.papers))


def _record_failure(inquiry: Inquiry, researcher_id: ResearcherId, error: SourceError, now: datetime) -> None:
    with inquiry.database.writing() as session:
        failures = researchers.count_refresh_failures(session, researcher_id) + 1
        # An id that is nobody's will hardly become somebody's tomorrow.
        wait = LONGEST_RETRY if isinstance(error, UnknownReference) else retry_after(failures)
        wait = max(wait, error.retry_after or wait)
        researchers.record_refresh(session, researcher_id, now, now + wait, str(error))
        log.info("researcher_not_refreshed", researcher=researcher_id, error=str(error))


def _load_institution(inquiry: Inquiry, institution_id: InstitutionId) -> Institution:
    with inquiry.database.reading() as session:
        return institutions.list_institutions(session, [institution_id])[institution_id]


def _save_institution(
    inquiry: Inquiry, institution_id: InstitutionId, institution: Institution, refresh_at: datetime
) -> None:
    with inquiry.database.writing() as session:
        institutions.rewrite_institution(session, institution_id, institution, refresh_at)
