"""Where papers come from: the Source contract. One file per source; the registry is the entry-point group."""

from datetime import datetime
from typing import Protocol

from digest.model import Batch, Cursor, Parsed
from digest.sources.http.client import Http


class Source(Protocol):
    """A place papers come from. Async to fetch, pure to parse."""

    @property
    def name(self) -> str:
        """Give the name in settings, status and footers: `huggingface`, `arxiv:cs.CL`."""
        ...

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        """Get what appeared since the cursor, parsed and judged. Raises SourceError."""
        ...

    def parse(self, body: bytes) -> Parsed:
        """Read one captured response. Raises SourceChanged when it is none of this source's formats."""
        ...
