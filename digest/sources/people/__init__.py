"""People and institutions looked up at the services that know them. One file per service; the registry asks them all.

What a service says of a person becomes a Researcher, its papers become Papers that carry the person's id on the right
author wherever the service says which one that is.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, runtime_checkable

from digest.model import Paper, PersonId, PersonScheme, Researcher
from digest.settings import SourceSettings
from digest.sources.http.client import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """What is known of a person. `moved_to` is the id that the one asked for was merged into.

    `papers` are the newest, or all, as the service gives them; `warnings` say what could not be read.
    """

    researcher: Researcher
    papers: tuple[Paper, ...] = ()
    moved_to: PersonId | None = None
    warnings: tuple[str, ...] = ()


class PeopleService(Protocol):
    """A service that knows people by its ids, and perhaps by those of others."""

    @property
    def name(self) -> str:
        """Give the name errors go by: `openalex`."""
        ...

    @property
    def schemes(self) -> tuple[PersonScheme, ...]:
        """Give whose ids it understands, its own first."""
        ...

    async def look_up(self, person: PersonId, http: Http, settings: SourceSettings, now: datetime) -> PersonRecord:
        """Get what it says of one person. Raises UnknownReference and any other SourceError."""
        ...


@runtime_checkable
class SearchableService(PeopleService, Protocol):
    """A service that finds people by their names."""

    async def search(self, name: str, http: Http, settings: SourceSettings, now: datetime) -> tuple[PersonRecord, ...]:
        """Get those it takes for people of that name, its best guess first. Raises SourceError."""
        ...


def note_move(record: PersonRecord, asked: PersonId) -> PersonRecord:
    """Say that another record answered than was asked for, and keep the old id: papers known by it stay theirs."""
    found = record.researcher
    known = found.id_of(asked.scheme)
    if known is None or asked in found.ids:
        ids = found.ids if asked in found.ids else (asked, *found.ids)
        return replace(record, researcher=replace(found, ids=ids))
    ids = tuple(dict.fromkeys((*found.ids, asked)))
    return replace(record, researcher=replace(found, ids=ids), moved_to=PersonId(asked.scheme, known))
