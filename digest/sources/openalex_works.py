"""What OpenAlex says about works. Pure.

https://developers.openalex.org/api-reference/works, and the traps listed in docs/sources.md.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.identifiers.orcid_ids import read_orcid
from digest.identifiers.works import read_doi, read_identifier
from digest.intake import MAX_NAME, admit
from digest.model import Author, ExternalId, IdScheme, Paper, Parsed, PersonId, PersonScheme
from digest.researchers.ids import read_person_id, read_ror
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.dates import narrow_span, parse_span
from digest.sources.formats.html_text import strip_html
from digest.sources.formats.journals import compose_journal_ref
from digest.sources.formats.record import Record, read_json
from digest.sources.formats.work_links import page_of, pdf_of
from digest.sources.json_api import refuse_error
from digest.sources.works import Page, Work, join_capture, read_works

NAME: Final = "openalex"

# What OpenAlex lists among works and nobody reads as a paper: https://developers.openalex.org/api-reference/works
NO_PAPERS: Final = frozenset(
    {
        "dataset",
        "erratum",
        "grant",
        "libguides",
        "paratext",
        "peer-review",
        "retraction",
        "software",
        "supplementary-materials",
    }
)
# Where something is published, unlike a repository or a database of abstracts.
_PUBLISHED_IN: Final = frozenset({"journal", "conference", "book series", "ebook platform"})

MOST_WORDS: Final = 10_000  # no abstract has more; an index of hostile positions would be as large as it likes
_LONGEST_WORD: Final = 100
# What stands behind a comma and is no given name.
_TITLE = re.compile(r"(?:jr|sr|i{1,3}|iv|m\.?d|ph\.?d|m\.?sc|b\.?sc|mph|rn)\.?", re.IGNORECASE)
_SITE: Final = "https://openalex.org/"
# Whom OpenAlex gives the works of authors it cannot tell.
_NOBODY: Final = "A9999999999"
_WORK_ID = re.compile(r"https?://(?:api\.)?openalex\.org/(?:works/)?(?P<id>W\d{1,15})", re.IGNORECASE | re.ASCII)


def parse_works(body: bytes, source: str = NAME) -> Parsed:
    """Read one captured answer. Raises SourceChanged."""
    return join_capture(parse_page(body, source), source)


def parse_page(body: bytes, source: str = NAME) -> Page:
    """Read a list of works, or a single one. Raises SourceChanged."""
    top = Record(read_json(body, source))
    if "results" not in top and "authorships" not in top:
        refuse_error(top, "OpenAlex", source)
    entries = _find_entries(top, source)
    page = read_works(entries, _read_work, _is_paper, source)
    meta = top.record("meta")
    return Page(
        works=page.works,
        entries=page.entries,
        skipped=page.skipped,
        left_out=page.left_out,
        next=meta.text("next_cursor") if entries else "",
        total=meta.count("count"),
    )


def read_abstract(index: object) -> str:
    """Put the words of an inverted index (word to positions) back in order; of two at one place, the first stays."""
    words: dict[int, str] = {}
    for word, positions in index.items() if isinstance(index, dict) else ():
        for at in islice(positions, MOST_WORDS) if isinstance(positions, list) else ():
            if isinstance(at, int) and not isinstance(at, bool) and 0 <= at < MOST_WORDS:
                words.setdefault(at, word[:_LONGEST_WORD])
    return strip_html(" ".join(words[at] for at in sorted(words)))


def _find_entries(top: Record, source: str) -> list[Record]:
    if (entries := top.entries("results")) is not None:
        return entries
    if _WORK_ID.fullmatch(top.text("id")):
        return [top]
    raise SourceChanged(source, "The answer is JSON, but holds no list of works")


def _is_paper(entry: Record) -> bool:
    return entry.text("type") not in NO_PAPERS


def _read_work(entry: Record) -> Work | None:
    ids = tuple(dict.fromkeys(_read_ids(entry)))
    title = strip_html(entry.text("title") or entry.text("display_name"))
    if not ids or not title:
        return None
    out = narrow_span(parse_span(entry.text("publication_date")), _registered_on(entry))
    abstract = read_abstract(entry.raw("abstract_inverted_index"))
    paper = Paper(
        ids=ids,
        title=title,
        abstract=abstract,
        authors=tuple(_read_authors(entry)),
        submitted_at=out.instant if out else None,
        abstract_url=page_of(ids)
        or entry.record("primary_location").link("landing_page_url")
        or f"{_SITE}{ids[0].value}",
        pdf_url=pdf_of(ids) or _find_pdf(entry),
        code_url=find_code_url(abstract),
        journal_ref=_read_journal_ref(entry),
        is_withdrawn=entry.flag("is_retracted"),
    )
    return Work(admit(paper), out)


def _registered_on(entry: Record) -> date | None:
    created = parse_span(entry.text("created_date"))
    return created.day if created else None


def _read_ids(entry: Record) -> Iterator[ExternalId]:
    """Give OpenAlex's own id first: the others come and go as it merges works."""
    found = _WORK_ID.fullmatch(entry.text("id"))
    if not found:
        return
    yield ExternalId(IdScheme.OPENALEX, found["id"].upper())
    if doi := read_doi(entry.text("doi")):
        yield doi
    for location in entry.records("locations"):
        if arxiv := find_arxiv_id(location.text("landing_page_url")):
            yield arxiv.external
    pmid = read_identifier(entry.record("ids").text("pmid"))
    if pmid and pmid.scheme is IdScheme.PMID:
        yield pmid


def _read_authors(entry: Record) -> Iterator[Author]:
    for authorship in entry.records("authorships"):
        name = _read_name(authorship)
        if name:
            # OpenAlex reads institutions into what is printed, and not seldom the wrong ones.
            guessed = (known.text("display_name", MAX_NAME) for known in authorship.records("institutions"))
            yield Author(
                name=name,
                affiliations=authorship.texts("raw_affiliation_strings", MAX_NAME) or tuple(filter(None, guessed)),
                # `author.orcid` is what OpenAlex inferred; only this one was deposited with the work.
                orcid=read_orcid(authorship.text("raw_orcid")),
                ids=_read_author_ids(authorship),
                # Guessed as well, so they are evidence, and are shown nowhere.
                institutions=tuple(dict.fromkeys(_read_rors(authorship))),
            )


def _read_author_ids(authorship: Record) -> tuple[PersonId, ...]:
    person = read_person_id(PersonScheme.OPENALEX, authorship.record("author").text("id", 100))
    return (person,) if person and person.value != _NOBODY else ()


def _read_rors(authorship: Record) -> Iterator[str]:
    for known in authorship.records("institutions"):
        if ror := read_ror(known.text("ror", 100)):
            yield ror


def _read_name(authorship: Record) -> str:
    """Give the name as printed; the name in the author's profile is that of whomever OpenAlex took the author for."""
    printed = strip_html(authorship.text("raw_author_name", MAX_NAME))
    family, _, given = (part.strip() for part in printed.partition(","))
    if given and "," not in given and not _TITLE.fullmatch(given):
        printed = f"{given} {family}"
    return printed or authorship.record("author").text("display_name", MAX_NAME)


def _read_journal_ref(entry: Record) -> str | None:
    source = entry.record("primary_location").record("source")
    if entry.text("type") == "preprint" or source.text("type") not in _PUBLISHED_IN:
        return None
    biblio = entry.record("biblio")
    pages = "-".join(filter(None, (biblio.text("first_page", MAX_NAME), biblio.text("last_page", MAX_NAME))))
    published = parse_span(entry.text("publication_date"))
    return compose_journal_ref(
        source.text("display_name", MAX_NAME),
        volume=biblio.text("volume", MAX_NAME),
        issue=biblio.text("issue", MAX_NAME),
        pages=pages,
        year=published.first.year if published else None,
    )


def _find_pdf(entry: Record) -> str | None:
    places = (entry.record("primary_location"), *entry.records("locations"))
    return next(filter(None, (place.link("pdf_url") for place in places)), None)
