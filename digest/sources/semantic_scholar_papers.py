"""What Semantic Scholar says about papers: of an author, of a search, of a batch, recommended ones. Pure.

https://api.semanticscholar.org/api-docs/graph, and the traps listed in docs/sources.md.
"""

import re
from collections.abc import Iterator
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.identifiers.works import read_doi
from digest.intake import MAX_NAME, admit
from digest.model import Author, ExternalId, IdScheme, Paper, Parsed, PersonScheme
from digest.researchers.ids import read_person_id
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.dates import Span, make_span, parse_span
from digest.sources.formats.html_text import strip_html
from digest.sources.formats.journals import compose_journal_ref
from digest.sources.formats.record import Record, read_json
from digest.sources.formats.work_links import page_of, pdf_of
from digest.sources.json_api import refuse_error
from digest.sources.works import Page, Work, join_capture, read_works

NAME: Final = "semantic_scholar"
TITLE: Final = "Semantic Scholar"

_PAPER_ID = re.compile(r"[0-9a-f]{40}")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_DBLP_KEY = re.compile(r"[a-z]+/[\w./+-]{1,100}", re.ASCII)
_LISTS: Final = ("data", "papers", "recommendedPapers")


def parse_papers(body: bytes, source: str = NAME) -> Parsed:
    """Read one captured answer, of whatever kind. Raises SourceChanged."""
    value = read_json(body, source)
    if authors := _count_authors(value):
        named = f"{authors} authors" if authors > 1 else "an author"
        return Parsed(source=source, warnings=(f"The answer tells of {named}, and of no papers",))
    return join_capture(_read_page(value, source), source)


def parse_page(body: bytes, source: str = NAME) -> Page:
    """Read one page of an answer about papers. Raises SourceChanged."""
    return _read_page(read_json(body, source), source)


def _read_page(value: object, source: str) -> Page:
    top = Record(value)
    entries = _find_entries(value, top)
    if entries is None:
        refuse_error(top, TITLE, source)
        raise SourceChanged(source, "The answer is JSON, but holds no papers")
    page = read_works(entries, read_work, lambda _: True, source)
    following = top.count("next")
    return Page(
        works=page.works,
        entries=page.entries,
        skipped=page.skipped,
        next="" if following is None else str(following),
        total=top.count("total"),
    )


def _find_entries(value: object, top: Record) -> list[Record] | None:
    """Give the entries of any answer: of a batch, an unknown paper is null; of an empty search, the list is missing."""
    if isinstance(value, list):
        return [Record(entry) for entry in value if entry is not None]
    for key in _LISTS:
        if (entries := top.entries(key)) is not None:
            return entries
    if "paperId" in top:
        return [top]
    return [] if top.count("offset") is not None else None


def _count_authors(value: object) -> int:
    """Count the authors an answer tells of, if it tells of nothing else."""
    top = Record(value)
    if isinstance(value, list):
        entries = [Record(entry) for entry in value if entry is not None]
    else:
        entries = top.entries("data") or ([top] if top.entries("papers") is None else [])
    return len(entries) if all("authorId" in entry and "paperId" not in entry for entry in entries) else 0


def read_work(entry: Record) -> Work | None:
    """Read one paper; None if it has no id or no title."""
    ids = tuple(dict.fromkeys(_read_ids(entry)))
    title = strip_html(entry.text("title"))
    if not ids or not title:
        return None
    out = _read_span(entry)
    abstract = strip_html(entry.text("abstract"))
    paper = Paper(
        ids=ids,
        title=title,
        abstract=abstract,
        authors=tuple(filter(lambda author: author.name, map(_read_author, entry.records("authors")))),
        submitted_at=out.instant if out else None,
        abstract_url=page_of(ids) or entry.link("url") or f"https://www.semanticscholar.org/paper/{ids[0].value}",
        pdf_url=pdf_of(ids) or entry.record("openAccessPdf").link("url"),
        code_url=find_code_url(abstract),
        journal_ref=_read_journal_ref(entry),
    )
    return Work(admit(paper), out)


def _read_author(author: Record) -> Author:
    person = read_person_id(PersonScheme.S2, author.text("authorId", 20))
    return Author(strip_html(author.text("name", MAX_NAME)), ids=(person,) if person else ())


def _read_ids(entry: Record) -> Iterator[ExternalId]:
    paper_id = entry.text("paperId")
    if not _PAPER_ID.fullmatch(paper_id):
        return
    yield ExternalId(IdScheme.S2, paper_id)
    known = entry.record("externalIds")
    if arxiv := find_arxiv_id(known.text("ArXiv")):
        yield arxiv.external
    if doi := read_doi(known.text("DOI")):
        yield doi
    if _NUMBER.fullmatch(pmid := known.text("PubMed")):
        yield ExternalId(IdScheme.PMID, pmid)
    if _DBLP_KEY.fullmatch(key := known.text("DBLP")):
        yield ExternalId(IdScheme.DBLP, key)


def _read_span(entry: Record) -> Span | None:
    """Give the day of publication; often only the year is known."""
    return parse_span(entry.text("publicationDate")) or make_span(entry.raw("year"))


def _read_journal_ref(entry: Record) -> str | None:
    journal = entry.record("journal")
    return compose_journal_ref(
        journal.text("name", MAX_NAME) or entry.text("venue", MAX_NAME),
        volume=journal.text("volume", MAX_NAME),
        pages=journal.text("pages", MAX_NAME),
        year=entry.count("year"),
    )
