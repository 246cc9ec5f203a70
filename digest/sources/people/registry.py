"""All services that know people, asked in turn: one by an id and what it links to, all that can by a name. Acts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from digest.errors import SourceError, UnknownReference
from digest.model import PersonId
from digest.settings import SourceSettings
from digest.sources.http.client import Http
from digest.sources.people import PeopleService, PersonRecord, SearchableService
from digest.sources.people.arxiv import ArxivPeople
from digest.sources.people.dblp import DblpPeople
from digest.sources.people.huggingface import HuggingFacePeople
from digest.sources.people.joining import is_alike, join, join_candidates, may_be_one
from digest.sources.people.openalex import OpenAlexPeople
from digest.sources.people.openreview import OpenReviewPeople
from digest.sources.people.orcid import OrcidPeople
from digest.sources.people.semantic_scholar import SemanticScholarPeople

MOST_CANDIDATES: Final = 20

# ORCID is the person's own word; OpenAlex knows most people and most about them.
SERVICES: Final[tuple[PeopleService, ...]] = (
    OrcidPeople(),
    OpenAlexPeople(),
    SemanticScholarPeople(),
    DblpPeople(),
    OpenReviewPeople(),
    ArxivPeople(),
    HuggingFacePeople(),
)
_SEARCHED: Final = ("openalex", "semantic_scholar", "dblp", "orcid")


@dataclass(frozen=True, slots=True)
class Found:
    """One person as all services that know the ids tell, and why others did not."""

    record: PersonRecord
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """People of a name, the likeliest first, and why some services did not search."""

    records: tuple[PersonRecord, ...] = ()
    failures: tuple[str, ...] = ()


@dataclass(slots=True)
class _Inquiry:
    """What has been found so far. Services left out are asked no more."""

    person: PersonId
    left: list[PeopleService]
    records: list[PersonRecord] = field(default_factory=list)
    errors: list[SourceError] = field(default_factory=list)

    @property
    def ids(self) -> tuple[PersonId, ...]:
        """Give the ids by which the person may be asked for, the one we were given first."""
        linked = (known for record in self.records for known in record.researcher.ids)
        return tuple(dict.fromkeys((self.person, *linked)))

    def take_next(self) -> tuple[PeopleService, PersonId] | None:
        """Give the next service that understands one of the ids, and that id; its own before those of others."""
        for service in self.left:
            for scheme in service.schemes:
                known = next((each for each in self.ids if each.scheme is scheme), None)
                if known:
                    self.left.remove(service)
                    return service, known
        return None

    def add(self, record: PersonRecord) -> None:
        """Believe what a service says of somebody else's id only if the names agree."""
        if not self.records or may_be_one(self.records[0].researcher, record.researcher):
            self.records.append(record)


async def look_up(
    person: PersonId,
    http: Http,
    settings: SourceSettings,
    now: datetime,
    *,
    services: Sequence[PeopleService] = SERVICES,
) -> Found:
    """Get what all services say of a person: the one that gave the id first, then those that know ids it links to.

    Raises UnknownReference if the id is nobody's, or the SourceError of the first service if none answered.
    """
    inquiry = _Inquiry(person, sorted(services, key=lambda service: service.schemes[0] is not person.scheme))
    while asked := inquiry.take_next():
        service, known = asked
        try:
            inquiry.add(await service.look_up(known, http, settings, now))
        except UnknownReference as error:
            if known == person and service.schemes[0] is person.scheme:
                raise
            # Not everybody has a page everywhere.
            if known.scheme is service.schemes[0]:
                inquiry.errors.append(error)
        except SourceError as error:
            inquiry.errors.append(error)
    if not inquiry.records:
        raise inquiry.errors[0]
    return Found(join(inquiry.records), _say(inquiry.errors))


async def search(
    name: str, http: Http, settings: SourceSettings, now: datetime, *, services: Sequence[PeopleService] = SERVICES
) -> Candidates:
    """Get people of a name from every service that can search, joined where they share an id. Raises nothing."""
    records: list[PersonRecord] = []
    errors: list[SourceError] = []
    for service in _searchable(services):
        try:
            records.extend(await service.search(name, http, settings, now))
        except SourceError as error:
            errors.append(error)
    return Candidates(rank_candidates(name, records), _say(errors))


def rank_candidates(name: str, records: Iterable[PersonRecord]) -> tuple[PersonRecord, ...]:
    """Join, drop who is called otherwise, and put those with the most works first. Pure."""
    alike = (each for each in join_candidates(records) if any(is_alike(name, own) for own in each.researcher.names))
    return tuple(sorted(alike, key=_count_works, reverse=True)[:MOST_CANDIDATES])


def _count_works(record: PersonRecord) -> int:
    return max((each.works or 0 for each in record.researcher.metrics), default=0)


def _searchable(services: Iterable[PeopleService]) -> list[SearchableService]:
    order = {name: at for at, name in enumerate(_SEARCHED)}
    found = [service for service in services if isinstance(service, SearchableService)]
    return sorted(found, key=lambda service: order.get(service.name, len(order)))


def _say(errors: Iterable[SourceError]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{error.source}: {error}" for error in errors))
