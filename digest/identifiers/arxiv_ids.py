"""arXiv identifiers in every spelling they come in. Pure.

The scheme: https://info.arxiv.org/help/arxiv_identifier.html
"""

import re
from dataclasses import dataclass
from typing import Final

from digest.model import ExternalId, IdScheme

_PREFIX = r"(?:arxiv:|oai:arxiv\.org:|doi:\s*10\.48550/arxiv\.|10\.48550/arxiv\.|https?://(?:dx\.)?doi\.org/10\.48550/arxiv\.|https?://(?:[\w-]+\.)?arxiv\.org/(?:abs|pdf|html|format|ps)/)"
_VERSION = r"(?:v(?P<version>[1-9]\d{0,2}))?"
_NEW = r"(?P<month>\d\d(?:0[1-9]|1[0-2]))\.(?P<number>\d{4,5})"
_OLD = r"(?P<archive>[a-z]+(?:-[a-z]+)*)(?:\.[a-z-]{2,})?/(?P<serial>\d\d(?:0[1-9]|1[0-2])\d{3})"
_ID = re.compile(rf"\s*{_PREFIX}?(?:{_NEW}|{_OLD}){_VERSION}(?:\.pdf)?\s*", re.IGNORECASE | re.ASCII)

_LONGEST: Final = 120
_FIVE_DIGITS_SINCE: Final = "1501"  # January 2015


@dataclass(frozen=True, slots=True)
class ArxivId:
    """A paper, and which version of it if that was said."""

    value: str
    version: int | None = None

    @property
    def external(self) -> ExternalId:
        """Give the id a paper is known by: without version."""
        return ExternalId(IdScheme.ARXIV, self.value)


def find_arxiv_id(text: str) -> ArxivId | None:
    """Read `2310.01234v2`, `math.GT/0309136`, `arXiv:…`, `oai:arXiv.org:…`, an arXiv URL or DOI; None otherwise."""
    found = _ID.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    version = int(found["version"]) if found["version"] else None
    if found["archive"]:
        return ArxivId(f"{found['archive'].lower()}/{found['serial']}", version)
    has_five = len(found["number"]) == 5  # noqa: PLR2004 -- NNNNN, as the scheme writes it
    if has_five != (found["month"] >= _FIVE_DIGITS_SINCE):
        return None
    return ArxivId(f"{found['month']}.{found['number']}", version)


def abstract_url(arxiv_id: str) -> str:
    """Give the page of the newest version."""
    return f"https://arxiv.org/abs/{arxiv_id}"


def pdf_url(arxiv_id: str) -> str:
    """Give the PDF of the newest version."""
    return f"https://arxiv.org/pdf/{arxiv_id}"
