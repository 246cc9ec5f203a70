"""Identifiers of works in every spelling they come in, as the one id we know them by. Pure.

DOI syntax: https://www.doi.org/the-identifier/resources/handbook/2_numbering; Crossref's advice on matching them:
https://www.crossref.org/blog/dois-and-matching-regular-expressions/.
"""

import re
from typing import Final
from urllib.parse import unquote

from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.model import ExternalId, IdScheme

LONGEST_DOI: Final = 200
ARXIV_DOI: Final = "10.48550/arxiv."

# Whatever is printed, but quotes, brackets of markup and the invisible: ids are stored as they are.
_CHAR = r"[^\s\"'<>\x00-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufffe\uffff\ud800-\udfff]"
# Wiley's old DOIs hold a SICI: 10.1002/(SICI)1096-8644(199706)103:2<151::AID-AJPA2>3.0.CO;2-T. One character more than
# is allowed is read, since a DOI that is cut would be somebody else's.
_DOI = re.compile(rf"(?<![\d.])10\.\d{{4,9}}(?:\.\d{{1,9}}){{0,3}}/(?:{_CHAR}|<\d{{1,6}}::[\w-]{{1,20}}>){{1,201}}")
_RESOLVER = re.compile(r"(?:https?://(?:dx\.|www\.)?doi\.org/|doi:?\s*|info:doi/|urn:doi:)", re.IGNORECASE)
_OPENALEX = re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:works/)?)?(?P<id>W\d{1,15})", re.IGNORECASE)
_PMID = re.compile(r"(?:pmid|pubmed):?\s*(?P<id>\d{1,9})|https?://pubmed\.ncbi\.nlm\.nih\.gov/(?P<page>\d{1,9})/?.*")
_ARXIV = re.compile(
    r"arxiv[:.]\s{0,3}(?:org/(?:abs|pdf|html)/)?([a-z.-]{0,20}/?\d[\d.]{3,9}\d(?:v\d{1,3})?)", re.IGNORECASE
)
# What a sentence or a feed glues to a DOI.
_TRAILING: Final = ".,;:!?\"'*/"


def read_doi(text: str) -> ExternalId | None:
    """Read one DOI, however it is spelt; arXiv's own DOIs are the arXiv id they stand for."""
    bare = _RESOLVER.sub("", unquote(text.strip()[:400]), count=1)
    found = _DOI.match(bare)
    return _to_id(found[0]) if found else None


def find_dois(text: str) -> tuple[ExternalId, ...]:
    """Give every DOI that stands in a text, each once, in order."""
    found = (_to_id(match[0]) for match in _DOI.finditer(unquote(text[:100_000])))
    return tuple(dict.fromkeys(filter(None, found)))


def read_identifier(text: str) -> ExternalId | None:
    """Read an arXiv id, DOI, OpenAlex work or PubMed number in any usual spelling; None if it is none of them."""
    text = text.strip()
    if len(text) > LONGEST_DOI * 2:
        return None
    if arxiv := find_arxiv_id(text):
        return arxiv.external
    if (doi := read_doi(text)) and _RESOLVER.sub("", unquote(text), count=1).startswith("10."):
        return doi
    if found := _OPENALEX.fullmatch(text):
        return ExternalId(IdScheme.OPENALEX, found["id"].upper())
    found = _PMID.fullmatch(text.lower())
    return ExternalId(IdScheme.PMID, found["id"] or found["page"]) if found else None


def find_arxiv_ids(text: str) -> tuple[ExternalId, ...]:
    """Give every arXiv id that a text names with its prefix (`arXiv:2310.01234`) or as a link."""
    found = (find_arxiv_id(match[1]) for match in _ARXIV.finditer(text[:100_000]))
    return tuple(dict.fromkeys(arxiv.external for arxiv in found if arxiv))


def _to_id(doi: str) -> ExternalId | None:
    doi = _balance(doi.partition("?")[0].rstrip(_TRAILING)).lower()
    if doi.startswith(ARXIV_DOI):
        arxiv = find_arxiv_id(doi)
        return arxiv.external if arxiv else None
    is_whole = len(doi) <= LONGEST_DOI and doi.partition("/")[2]
    return ExternalId(IdScheme.DOI, doi) if is_whole else None


def _balance(doi: str) -> str:
    """Cut a closing bracket that belongs to the sentence: `(doi:10.1/x)`, but keep `10.1016/S0140-6736(05)`."""
    for opening, closing in ("()", "[]", "{}"):
        while doi.endswith(closing) and doi.count(closing) > doi.count(opening):
            doi = doi[:-1].rstrip(_TRAILING)
    return doi
