"""Acts: finds out what somebody means who pastes an id, an address, “author 3 of 2310.01234” or a name.

Services are asked where that helps and where they can be reached; else local evidence has to do, and `refresh` goes on.
"""

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from digest.errors import InvalidReference, SourceError, SourceUnavailable, UnknownReference
from digest.model import Batch, ExternalId, IdScheme, Paper, PaperId, PersonId, ResearcherId, RunState
from digest.pipeline.following import (
    USUAL,
    Followed,
    PersonWanted,
    Seed,
    Terms,
    follow_institution,
    follow_paper,
    follow_person,
)
from digest.pipeline.records import apply_record
from digest.pipeline.refresh import AGAIN_AFTER, Inquiry, to_institution
from digest.researchers.ids import (
    AuthorReference,
    InstitutionRef,
    parse_author_reference,
    parse_institution_id,
    parse_paper_id,
    parse_person_id,
)
from digest.researchers.places import Institution
from digest.sources.arxiv.queries import fetch_ids
from digest.sources.people import PersonRecord
from digest.sources.people.institutions import look_up_institution
from digest.sources.people.registry import look_up
from digest.storage import papers, researchers, runs
from digest.storage.announcements import lock_stream
from subscribers.db import Database
from subscribers.model import InvalidWish
from subscribers.validation import check_text

LONGEST_REFERENCE = 2_000  # characters: an address
_AUTHOR_OF = re.compile(r"authors?\b.*\d.*\bof\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What is said beside the thing itself: a name to go by, and fields."""

    name: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What was meant: exactly one of a person, a place and a paper; and what services could not say."""

    person: PersonWanted | None = None
    record: PersonRecord | None = None
    institution: Institution | None = None
    paper_id: PaperId | None = None
    notes: tuple[str, ...] = field(default=())


async def find_meant(inquiry: Inquiry, text: str, hints: Hints) -> Meant:
    """Find out what a text means. Raises InvalidReference, InvalidWish, and SourceError where nothing can be done."""
    text = check_text("name or id", text, LONGEST_REFERENCE)
    if reference := parse_author_reference(text):
        return await find_author(inquiry, reference, hints)
    if person := parse_person_id(text):
        return await find_person(inquiry, person, hints)
    if place := parse_institution_id(text):
        return await find_institution(inquiry, place, hints)
    if known := parse_paper_id(text):
        paper_id, _ = await find_paper(inquiry, known)
        return Meant(paper_id=paper_id)
    if _AUTHOR_OF.match(text):
        raise InvalidReference(text, "authors are counted from 1; give one like author 3 of 2310.01234.")
    return Meant(person=PersonWanted(name=hints.name or text, fields=hints.fields))


def follow_meant(session: Session, now: datetime, subscriber_id: int, meant: Meant, terms: Terms = USUAL) -> Followed:
    """Let a subscriber follow what was meant, and keep what services said of it. Raises InvalidWish."""
    if meant.institution is not None:
        return follow_institution(session, now, subscriber_id, meant.institution, terms)
    if meant.paper_id is not None:
        return follow_paper(session, now, subscriber_id, meant.paper_id, terms)
    assert meant.person is not None
    if meant.record is not None:
        lock_stream(session)  # its papers will be stored: before anything else is locked
    followed = follow_person(session, now, subscriber_id, meant.person, terms)
    if meant.record is None:
        return followed
    living = apply_record(session, ResearcherId(followed.target_id), meant.record, now)
    researchers.record_refresh(session, living, now, now + AGAIN_AFTER)
    return replace(followed, target_id=living)


async def find_person(inquiry: Inquiry, person: PersonId, hints: Hints) -> Meant:
    """Find a person by id: among the records, else at the services; unreachable, a name has to do for now."""
    name = await asyncio.to_thread(_find_known_name, inquiry.database, person)
    if name:
        return Meant(person=PersonWanted(name=name, fields=hints.fields, ids=(person,)))
    try:
        found = await look_up(person, inquiry.http, inquiry.settings, inquiry.clock(), services=inquiry.services)
    except UnknownReference:
        raise
    except SourceError as error:
        if not hints.name:
            message = f"{person} cannot be looked up now ({error}); say who it is with --name, or try again later."
            raise SourceUnavailable(error.source, message) from error
        wanted = PersonWanted(name=hints.name, fields=hints.fields, ids=(person,))
        return Meant(person=wanted, notes=(f"{person} could not be looked up yet: {error}",))
    ids = tuple(dict.fromkeys((person, *found.record.researcher.ids)))
    wanted = PersonWanted(name=found.record.researcher.name, fields=hints.fields, ids=ids)
    return Meant(person=wanted, record=found.record, notes=found.failures)


async def find_institution(inquiry: Inquiry, place: InstitutionRef, hints: Hints) -> Meant:
    """Find a place by id; unreachable, its name has to do for now."""
    try:
        found = await look_up_institution(place, inquiry.http, inquiry.settings, inquiry.clock())
    except UnknownReference:
        raise
    except SourceError as error:
        if not hints.name:
            message = f"{place} cannot be looked up now ({error}); say what it is with --name, or try again later."
            raise SourceUnavailable(error.source, message) from error
        known = {place.scheme.value: place.value}
        bare = Institution(name=hints.name, ror=known.get("ror", ""), openalex=known.get("openalex", ""))
        return Meant(institution=bare, notes=(f"{place} could not be looked up yet: {error}",))
    return Meant(institution=to_institution(found))


async def find_author(inquiry: Inquiry, reference: AuthorReference, hints: Hints) -> Meant:
    """Find the author in that place on a paper. Raises InvalidReference if it has fewer."""
    paper_id, paper = await find_paper(inquiry, reference.paper)
    position, author = reference.find_in(paper)
    seed = Seed(paper_id=paper_id, position=position)
    ids = author.person_ids
    return Meant(person=PersonWanted(name=author.name, fields=hints.fields, ids=ids, seeds=(seed,)))


async def find_paper(inquiry: Inquiry, known: ExternalId) -> tuple[PaperId, Paper]:
    """Give a stored paper, fetched from arXiv first if it is not there. Raises SourceError or InvalidReference."""
    found = await asyncio.to_thread(_find_stored, inquiry.database, known)
    if found is not None:
        return found
    arxiv = known.value if known.scheme in (IdScheme.ARXIV, IdScheme.HF) else ""
    if not arxiv:
        raise InvalidReference(str(known), "this paper is not stored here; only arXiv is asked for papers.")
    parsed = await fetch_ids([arxiv], inquiry.http)
    if not parsed.papers:
        raise InvalidReference(str(known), "arXiv knows no paper of this id.")
    return await asyncio.to_thread(_store, inquiry.database, known, parsed.papers[0], inquiry.clock())


def add_seeds(wanted: PersonWanted, seeds: tuple[Seed, ...]) -> PersonWanted:
    """Give the wish with papers by which the person is known."""
    return replace(wanted, seeds=tuple(dict.fromkeys((*wanted.seeds, *seeds))))


def _find_known_name(database: Database, person: PersonId) -> str:
    with database.reading() as session:
        found = researchers.find_by_ids(session, [person]).get(person)
        if found is None:
            return ""
        return researchers.load_researchers(session, [found])[found].name


def _find_stored(database: Database, known: ExternalId) -> tuple[PaperId, Paper] | None:
    schemes = (IdScheme.ARXIV, IdScheme.HF) if known.scheme in (IdScheme.ARXIV, IdScheme.HF) else (known.scheme,)
    with database.reading() as session:
        for scheme in schemes:
            row = papers.find_paper(session, ExternalId(scheme, known.value))
            living = papers.find_living(session, row) if row is not None else None
            if living is not None:
                return living, papers.load_papers(session, [living])[living]
    return None


def _store(database: Database, known: ExternalId, paper: Paper, now: datetime) -> tuple[PaperId, Paper]:
    """Keep a paper without announcing it: that somebody asked for it is no news."""
    batch = Batch(source="asked", state=RunState.FRESH, papers=(paper,))
    with database.writing() as session:
        runs.save_batch(session, batch, now, keeps_cursor=True)
    found = _find_stored(database, known)
    if found is None:
        raise InvalidWish(f"{known} could not be stored.")
    return found
