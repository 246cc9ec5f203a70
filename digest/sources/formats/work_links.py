"""Where a work can be read, by its ids. Pure."""

from typing import Final
from urllib.parse import quote

from digest.identifiers.arxiv_ids import abstract_url, pdf_url
from digest.model import ExternalId, IdScheme

RESOLVER: Final = "https://doi.org/"


def page_of(ids: tuple[ExternalId, ...]) -> str | None:
    """Give the page about a work: arXiv's, else the one its first DOI leads to."""
    if arxiv := _first(ids, IdScheme.ARXIV):
        return abstract_url(arxiv)
    doi = _first(ids, IdScheme.DOI)
    return f"{RESOLVER}{quote(doi, safe='/:;().,-_')}" if doi else None


def pdf_of(ids: tuple[ExternalId, ...]) -> str | None:
    """Give arXiv's PDF, which anybody may read; where others' are, the ids do not tell."""
    arxiv = _first(ids, IdScheme.ARXIV)
    return pdf_url(arxiv) if arxiv else None


def _first(ids: tuple[ExternalId, ...], scheme: IdScheme) -> str | None:
    return next((known.value for known in ids if known.scheme is scheme), None)
