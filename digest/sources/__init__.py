"""Where papers come from: the Source contract. One file per source; the registry is the entry-point group."""

from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from digest.model import Batch, Cursor, Parsed
from digest.sources.http.client import Http
from digest.sources.rhythm import Rhythm


class Source(Protocol):
    """A place papers come from. Async to fetch, pure to parse."""

    @property
    def name(self) -> str:
        """Give the name in settings, status and footers: `huggingface`, `arxiv:cs.CL`."""
        ...

    @property
    def rhythm(self) -> Rhythm:
        """Say when something new is due."""
        ...

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Get what appeared since the cursor, parsed and judged. Raises SourceError."""
        ...

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response. Raises SourceChanged when it is none of this source's formats."""
        ...


@runtime_checkable
class Backfilling(Source, Protocol):
    """A source that can read past days again."""

    def backfill(self, first: date, last: date, http: Http, now: datetime) -> AsyncIterator[Batch]:
        """Get what was announced from the first to the last day, in batches that leave the cursor alone.

        Raises SourceError, possibly after some batches.
        """
        ...
