"""What Crossref says about works. Pure.

https://api.crossref.org/swagger-ui, https://github.com/CrossRef/rest-api-doc/blob/master/api_format.md, and the traps
that docs/sources.md lists.
"""

import re
from collections.abc import Iterator
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.orcid_ids import read_orcid
from digest.identifiers.works import read_doi
from digest.intake import MAX_NAME, admit
from digest.model import Author, ExternalId, Paper, Parsed
from digest.researchers.ids import read_ror
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.dates import Span, make_span, narrow_span
from digest.sources.formats.html_text import strip_html
from digest.sources.formats.journals import compose_journal_ref
from digest.sources.formats.record import Record, read_json
from digest.sources.formats.work_links import page_of, pdf_of
from digest.sources.json_api import refuse_error
from digest.sources.works import Page, Work, join_capture, read_works

NAME: Final = "crossref"
PREPRINT: Final = "posted-content"

# What has a DOI and is nobody's paper: https://api.crossref.org/types
NO_PAPERS: Final = frozenset(
    {
        "book-series",
        "book-set",
        "component",
        "database",
        "dataset",
        "grant",
        "journal",
        "journal-issue",
        "journal-volume",
        "peer-review",
        "proceedings",
        "proceedings-series",
        "report-series",
    }
)
# https://www.crossref.org/documentation/register-maintain-records/maintaining-your-metadata/registering-updates/
RETRACTIONS: Final = frozenset({"retraction", "withdrawal", "removal"})
NOTICES: Final = RETRACTIONS | {
    "addendum",
    "clarification",
    "correction",
    "corrigendum",
    "erratum",
    "expression_of_concern",
    "partial_retraction",
}
# Crossref's own “intra-work relations”; those of versions are trusted between preprints only.
_SAME_WORK: Final = ("is-preprint-of", "has-preprint")
_SAME_PREPRINT: Final = ("is-version-of", "has-version")
MOST_RELATED: Final = 10

_HEADING = re.compile(r"\s*<(?P<tag>(?:jats:)?title)>\s*(?:abstract|summary)\s*:?\s*</(?P=tag)>", re.IGNORECASE)


def parse_works(body: bytes, source: str = NAME) -> Parsed:
    """Read one captured answer. Raises SourceChanged."""
    return join_capture(parse_page(body, source), source)


def parse_page(body: bytes, source: str = NAME) -> Page:
    """Read a list of works, or a single one. Raises SourceChanged."""
    top = Record(read_json(body, source))
    message = top.record("message")
    entries = [message] if "DOI" in message else message.entries("items")
    if entries is None:
        refuse_error(top, "Crossref", source)
        raise SourceChanged(source, "The answer is JSON, but holds no list of works")
    page = read_works(entries, _read_work, _is_paper, source)
    # There is always a next cursor; a page that is not full is the last.
    is_last = not entries or len(entries) < (message.count("items-per-page") or 0)
    return Page(
        works=page.works,
        entries=page.entries,
        skipped=page.skipped,
        left_out=page.left_out,
        next="" if is_last else message.text("next-cursor"),
        total=message.count("total-results"),
    )


def _is_paper(entry: Record) -> bool:
    return entry.text("type") not in NO_PAPERS and not _is_notice(entry)


def _is_notice(entry: Record) -> bool:
    """Whether an entry only tells what became of another paper; some publishers file that under the paper itself."""
    own = entry.text("DOI").lower()
    updates = ((update.text("type"), update.text("DOI").lower()) for update in entry.records("update-to"))
    return any(kind in NOTICES and target != own for kind, target in updates)


def _is_withdrawn(entry: Record) -> bool:
    updates = (*entry.records("updated-by"), *entry.records("update-to"))  # the latter are its own, or it is a notice
    return any(update.text("type") in RETRACTIONS for update in updates)


def _read_work(entry: Record) -> Work | None:
    ids = tuple(dict.fromkeys(_read_ids(entry)))
    title = _read_title(entry)
    if not ids or not title:
        return None
    out = _read_span(entry)
    abstract = strip_html(_HEADING.sub("", entry.text("abstract"), count=1))
    paper = Paper(
        ids=ids,
        title=title,
        abstract=abstract,
        authors=tuple(_read_authors(entry)),
        submitted_at=out.instant if out else None,
        abstract_url=page_of(ids),
        pdf_url=pdf_of(ids),
        code_url=find_code_url(abstract),
        journal_ref=_read_journal_ref(entry),
        is_withdrawn=_is_withdrawn(entry),
        license_url=_read_license(entry),
    )
    return Work(admit(paper), out)


def _read_ids(entry: Record) -> Iterator[ExternalId]:
    """Give the work's DOI, and those of its preprints or of what it became."""
    own = read_doi(entry.text("DOI"))
    if own is None:
        return
    yield own
    kinds = _SAME_WORK + (_SAME_PREPRINT if entry.text("type") == PREPRINT else ())
    for kind in kinds:
        related = [
            doi
            for each in entry.record("relation").records(kind)
            if each.text("id-type") == "doi" and (doi := read_doi(each.text("id")))
        ]
        # A preprint becomes one article. If it claims to have become two, one of them is another work.
        if kind != "is-preprint-of" or len(set(related)) == 1:
            yield from related[:MOST_RELATED]


def _read_title(entry: Record) -> str:
    """Give the first title, the others being translations, and what stands below it."""
    title, subtitle = (strip_html(next(iter(entry.texts(key)), "")) for key in ("title", "subtitle"))
    return f"{title}: {subtitle}" if title and subtitle and subtitle.lower() not in title.lower() else title


def _read_authors(entry: Record) -> Iterator[Author]:
    for author in entry.records("author"):
        parts = (author.text(key, MAX_NAME) for key in ("given", "family", "suffix"))
        name = strip_html(" ".join(filter(None, parts)) or author.text("name", MAX_NAME))
        if name:
            affiliations = (strip_html(place.text("name", MAX_NAME)) for place in author.records("affiliation"))
            yield Author(
                name=name,
                affiliations=tuple(filter(None, affiliations)),
                # Others were typed in by a publisher or co-author; only these were confirmed by the person.
                orcid=read_orcid(author.text("ORCID")) if author.flag("authenticated-orcid") else None,
                institutions=tuple(dict.fromkeys(_read_rors(author))),
            )


def _read_rors(author: Record) -> Iterator[str]:
    """Give the ROR ids of affiliations: https://ror.readme.io/docs/crossref."""
    for place in author.records("affiliation"):
        for known in place.records("id"):
            if ror := read_ror(known.text("id", 100)):
                yield ror


def _read_span(entry: Record) -> Span | None:
    stated = (_read_parts(entry.record(key)) for key in ("posted", "published", "issued"))
    created = _read_parts(entry.record("created"))
    return narrow_span(next(filter(None, stated), None), created.day if created else None)


def _read_parts(stated: Record) -> Span | None:
    """Read `{"date-parts": [[2026, 11]]}`; what is unknown is `[[null]]`."""
    outer = stated.raw("date-parts")
    parts = outer[0] if isinstance(outer, list) and outer else None
    return make_span(*parts[:3]) if isinstance(parts, list) and parts else None


def _read_journal_ref(entry: Record) -> str | None:
    if entry.text("type") == PREPRINT:
        return None
    issued = _read_parts(entry.record("published")) or _read_parts(entry.record("issued"))
    return compose_journal_ref(
        strip_html(next(iter(entry.texts("container-title", MAX_NAME)), "")),
        volume=entry.text("volume", MAX_NAME),
        issue=entry.text("issue", MAX_NAME),
        pages=entry.text("page", MAX_NAME) or entry.text("article-number", MAX_NAME),
        year=issued.first.year if issued else None,
    )


def _read_license(entry: Record) -> str | None:
    """Give the licence of the published version; `tdm` is one for machines."""
    licenses = {each.text("content-version"): each.link("URL") for each in entry.records("license")}
    return licenses.get("vor") or licenses.get("unspecified") or licenses.get("am")
