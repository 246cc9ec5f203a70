"""Papers as arXiv's OAI-PMH gives them, in the formats arXivRaw, arXiv and oai_dc. Pure.

The formats: https://info.arxiv.org/help/oa/index.html, as sent by https://github.com/arXiv/arxiv-oaipmh.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from xml.etree import ElementTree as ET

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import ArxivId, abstract_url, find_arxiv_id, pdf_url
from digest.intake import admit, clean_url
from digest.model import Author, ExternalId, IdScheme, Paper, Parsed
from digest.sources.arxiv.categories import CATEGORY
from digest.sources.arxiv.feed import NAME, make_ids
from digest.sources.arxiv.withdrawals import is_withdrawn
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.creators import parse_creators
from digest.sources.formats.dates import parse_day, parse_instant
from digest.sources.formats.oai import (
    NO_RECORDS,
    OaiPage,
    OaiRecord,
    child_text,
    child_texts,
    find_child,
    first_texts,
    iter_children,
    local_name,
    read_oai,
)

ELSEWHERE: Final = "oai"  # the source of records that are not arXiv's

# "Withdrawn. All files auto ignore. No paper available": SourceFlag in arXiv's own arxiv-base, document/version.py.
_WITHDRAWN_FLAG: Final = "I"
_VERSION = re.compile(r"v(\d{1,4})", re.ASCII)
# Not in parentheses, and not in “the BICEP2 and Keck Array Collaborations”.
_JOINED = re.compile(r"\([^()]*\)|,?\s+(?:and|&)\s+(?![^,]{0,200}\bcollaborations\b)|,\s*and\s+", re.IGNORECASE)
_FOR_COLLABORATION = re.compile(r"(.+?),? (?:for|on behalf of) (?:the )?(.+ collaborations?)", re.IGNORECASE)
_MOST_VERSIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a paper and when it was submitted."""

    number: int
    submitted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArxivRecord:
    """A paper with what only OAI-PMH tells: all its versions, in order, and the day (UTC) it was last touched."""

    paper: Paper
    versions: tuple[Version, ...] = ()
    touched_on: date | None = None


def read_records(page: OaiPage) -> tuple[list[ArxivRecord], int]:
    """Give the records of a page that can be read, and how many cannot. Deleted ones count as neither."""
    held = [record for record in page.records if not record.is_deleted]
    read = [_read_record(record) for record in held]
    return [record for record in read if record], read.count(None)


def parse_oai(body: bytes) -> Parsed:
    """Read one captured answer: its papers. It announces nothing: OAI-PMH does not say what is new. May raise."""
    page = read_oai(body, NAME)
    if page.error and page.error != NO_RECORDS:
        raise SourceChanged(NAME, f"The OAI-PMH server refused: {page.message or page.error} ({page.error})")
    records, skipped = read_records(page)
    if skipped and not records:
        raise SourceChanged(NAME, f"None of the {skipped} records can be read")
    is_ours = any(record.paper.id_of(IdScheme.ARXIV) for record in records)
    return Parsed(
        papers=tuple({record.paper.ids[0]: record.paper for record in records}.values()),
        warnings=tuple(warn_of_page(page, skipped)),
        source=NAME if is_ours or not records else ELSEWHERE,
        skipped=skipped,
        is_truncated=bool(page.flaw),
    )


def warn_of_page(page: OaiPage, skipped: int) -> Iterable[str]:
    """Say what is odd about a page."""
    if page.flaw:
        yield page.flaw
    if skipped:
        yield f"{skipped} of {len(page.records)} records have no id or no title and were skipped"
    if page.verb and page.verb not in {"ListRecords", "GetRecord"}:
        yield f"This is an answer to {page.verb[:40]}, which holds no papers"


def parse_raw_authors(text: str) -> tuple[Author, ...]:
    """Read the authors as they were typed: feeds have commas only, here “and” joins too, and closes a list."""
    return parse_creators(_JOINED.sub(lambda found: found[0] if found[0].startswith("(") else ", ", text))


def _read_record(record: OaiRecord) -> ArxivRecord | None:
    if record.metadata is None:
        return None
    read = _READERS.get(local_name(record.metadata))
    found = read(record, record.metadata) if read else None
    return found if found and found.paper.title else None


def _read_raw(record: OaiRecord, raw: ET.Element) -> ArxivRecord | None:
    versions = _read_versions(raw)
    flag = next((child_text(each, "source_type") for each in reversed(iter_children(raw, "version"))), "")
    return _make_record(
        record,
        raw,
        authors=parse_raw_authors(child_text(raw, "authors")),
        versions=versions,
        spans=(versions[0].submitted_at, versions[-1].submitted_at) if versions else (None, None),
        is_gone=_WITHDRAWN_FLAG in flag,
    )


def _read_plain(record: OaiRecord, plain: ET.Element) -> ArxivRecord | None:
    created = parse_instant(child_text(plain, "created"))
    authors = [
        author for each in iter_children(find_child(plain, "authors"), "author") for author in _read_author(each)
    ]
    updated = parse_instant(child_text(plain, "updated"))
    return _make_record(record, plain, authors=tuple(authors), spans=(created, updated or created))


def _make_record(
    record: OaiRecord,
    metadata: ET.Element,
    *,
    authors: tuple[Author, ...],
    spans: tuple[datetime | None, datetime | None],
    versions: tuple[Version, ...] = (),
    is_gone: bool = False,
) -> ArxivRecord | None:
    texts = defaultdict(str, first_texts(metadata))
    arxiv = find_arxiv_id(texts["id"]) or find_arxiv_id(record.identifier)
    if arxiv is None:
        return None
    title, abstract, comment = texts["title"], texts["abstract"], texts["comments"]
    paper = Paper(
        ids=make_ids(arxiv, texts["doi"]),
        title=title,
        abstract=abstract,
        authors=authors,
        categories=_read_categories(texts["categories"]),
        version=versions[-1].number if versions else None,
        submitted_at=spans[0],
        updated_at=spans[1],
        abstract_url=abstract_url(arxiv.value),
        pdf_url=pdf_url(arxiv.value),
        code_url=find_code_url(abstract, comment),
        journal_ref=texts["journal-ref"] or None,
        comment=comment or None,
        is_withdrawn=is_gone or is_withdrawn(title, abstract, comment),
        license_url=texts["license"] or None,
    )
    return ArxivRecord(paper=admit(paper), versions=versions, touched_on=parse_day(record.datestamp))


def _read_dublin_core(record: OaiRecord, core: ET.Element) -> ArxivRecord | None:
    """Read oai_dc, arXiv's or anybody's. arXiv writes the abstract first, then the comments."""
    named = child_texts(core, "identifier")
    arxiv = next(filter(None, map(find_arxiv_id, (record.identifier, *named))), None)
    ids = make_ids(arxiv, " ".join(named)) if arxiv else _find_other_ids(named)
    if not ids:
        return None
    abstract, comment = (*child_texts(core, "description"), "", "")[:2]
    title = next(iter(child_texts(core, "title")), "")
    dates = [parse_instant(text) for text in child_texts(core, "date")]
    paper = Paper(
        ids=ids,
        title=title,
        abstract=abstract,
        authors=tuple(Author(_turn(name)) for name in child_texts(core, "creator")),
        submitted_at=dates[0] if dates else None,
        updated_at=dates[-1] if dates else None,
        abstract_url=abstract_url(arxiv.value) if arxiv else next(filter(None, map(clean_url, named)), None),
        pdf_url=pdf_url(arxiv.value) if arxiv else None,
        code_url=find_code_url(abstract, comment),
        journal_ref=_find_journal(named) if arxiv else None,
        comment=(comment or None) if arxiv else None,
        is_withdrawn=bool(arxiv) and is_withdrawn(title, abstract, comment),
    )
    return ArxivRecord(paper=admit(paper), touched_on=parse_day(record.datestamp))


def _read_versions(raw: ET.Element) -> tuple[Version, ...]:
    found: dict[int, datetime] = {}
    for each in iter_children(raw, "version")[:_MOST_VERSIONS]:
        number = _VERSION.fullmatch((each.get("version") or "").strip())
        submitted_at = parse_instant(child_text(each, "date"))
        if number and submitted_at and int(number[1]):
            found[int(number[1])] = submitted_at
    return tuple(Version(number, found[number]) for number in sorted(found))


def _read_author(author: ET.Element) -> Iterable[Author]:
    """Read one author; at times a whole collaboration stands in the family name."""
    parts = (" ".join(child_texts(author, name)) for name in ("forenames", "keyname", "suffix"))
    name = " ".join(part for part in parts if part.strip(":;, "))
    affiliations = tuple(" ".join(text.split()) for text in child_texts(author, "affiliation"))
    together = _FOR_COLLABORATION.fullmatch(name)
    if together:
        return (Author(together[1], affiliations), Author(together[2]))
    return (Author(name, affiliations),) if name else ()


def _read_categories(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in text.split() if CATEGORY.fullmatch(name)))


def _find_other_ids(named: list[str]) -> tuple[ExternalId, ...]:
    """Give the DOIs, and if there are none the address, of a record from another archive."""
    dois = make_ids(ArxivId(""), " ".join(named))[1:]
    urls = (ExternalId(IdScheme.URL, url) for name in named if (url := clean_url(name)))
    return dois or tuple(urls)[:1]


def _find_journal(named: list[str]) -> str | None:
    plain = (name for name in named if not name.lower().startswith(("http://", "https://", "doi:")))
    return next((name for name in plain if find_arxiv_id(name) is None), None)


def _turn(name: str) -> str:
    """Turn `Family, Given` around."""
    family, comma, given = name.partition(", ")
    return f"{given} {family}".strip() if comma else name


_READERS: Final[dict[str, Callable[[OaiRecord, ET.Element], ArxivRecord | None]]] = {
    "arXivRaw": _read_raw,
    "arXiv": _read_plain,
    "dc": _read_dublin_core,
}
