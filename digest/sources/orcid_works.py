"""What a person's ORCID record says about works: titles and ids, and neither authors nor abstracts. Pure.

https://info.orcid.org/documentation/integration-guide/orcid-record/, version 3.0.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.identifiers.orcid_ids import read_orcid
from digest.identifiers.works import read_doi, read_identifier
from digest.intake import MAX_NAME, admit
from digest.model import ExternalId, IdScheme, Paper, Parsed
from digest.sources.formats.dates import Span, make_span, narrow_span, parse_milliseconds
from digest.sources.formats.html_text import strip_html
from digest.sources.formats.journals import compose_journal_ref
from digest.sources.formats.record import Record, read_json
from digest.sources.formats.work_links import page_of, pdf_of
from digest.sources.json_api import refuse_error
from digest.sources.works import Page, Work, join_capture, read_works

NAME: Final = "orcid"
API: Final = "https://pub.orcid.org/v3.0"

# What people list among their works and nobody reads as a paper:
# https://info.orcid.org/ufaqs/what-work-types-does-orcid-support/
NO_PAPERS: Final = frozenset(
    {
        "artistic-performance",
        "cartographic-material",
        "data-management-plan",
        "data-set",
        "design",
        "image",
        "invention",
        "journal-issue",
        "lecture-speech",
        "license",
        "moving-image",
        "musical-composition",
        "patent",
        "physical-object",
        "registered-copyright",
        "software",
        "sound",
        "spin-off-company",
        "teaching-material",
        "trademark",
        "website",
    }
)
_SELF: Final = "self"  # the others are ids of a whole it is part of, of a version, of a grant
_PATH = re.compile(r"/(?P<orcid>\d{4}-\d{4}-\d{4}-\d{3}[\dX])/works?(?:/\d{1,15})?", re.ASCII)


def parse_record(body: bytes, source: str = NAME) -> Parsed:
    """Read one captured answer, of whatever kind. Raises SourceChanged."""
    top = Record(read_json(body, source))
    if "group" not in top and (kind := _name_kind(top)):
        return Parsed(source=source, warnings=(f"The answer is {kind}, and tells of no works",))
    return join_capture(read_groups(top, source), source)


def parse_page(body: bytes, source: str = NAME) -> Page:
    """Read the works of a record. Raises SourceChanged."""
    return read_groups(Record(read_json(body, source)), source)


def find_owner(body: bytes, source: str = NAME) -> str | None:
    """Give the iD of the record the works are from: of a deprecated record, the one it was merged into answers."""
    found = _PATH.fullmatch(Record(read_json(body, source)).text("path"))
    return read_orcid(found["orcid"]) if found else None


def _name_kind(top: Record) -> str:
    """Say what an answer is that tells of no works."""
    if "num-found" in top:
        return "a search for people"
    return "a person's record" if "name" in top and read_orcid(top.record("name").text("path")) else ""


def read_groups(top: Record, source: str = NAME) -> Page:
    """Read the works where they stand in a larger answer. Raises SourceChanged."""
    groups = top.entries("group")
    if groups is None:
        refuse_error(top, "ORCID", source)
        raise SourceChanged(source, "The answer is JSON, but holds no list of works")
    return read_works(groups, _read_work, _is_paper, source)


def _is_paper(group: Record) -> bool:
    return any(summary.text("type").lower() not in NO_PAPERS for summary in _list_summaries(group))


def _list_summaries(group: Record) -> list[Record]:
    """Give the versions of one work, the one the person prefers first: it has the highest display index."""
    return sorted(group.entries("work-summary") or [Record(None)], key=_read_index, reverse=True)


def _read_index(summary: Record) -> int:
    index = summary.raw("display-index")
    if isinstance(index, str) and index.isascii() and index.isdigit():
        return int(index[:9])
    return index if isinstance(index, int) else 0


def _read_work(group: Record) -> Work | None:
    summaries = _list_summaries(group)
    ids = tuple(dict.fromkeys(_read_ids(group, summaries))) or _make_id(summaries)
    title = next(filter(None, map(_read_title, summaries)), "")
    if not ids or not title:
        return None
    stated = next(filter(None, map(_read_span, summaries)), None)
    out = narrow_span(stated, min(_list_added(summaries), default=None))
    paper = Paper(
        ids=ids,
        title=title,
        submitted_at=out.instant if out else None,
        abstract_url=page_of(ids) or next(filter(None, map(_read_link, summaries)), None),
        pdf_url=pdf_of(ids),
        journal_ref=_read_journal_ref(summaries[0], stated),
    )
    return Work(admit(paper), out)


def _read_title(summary: Record) -> str:
    return strip_html(summary.record("title").record("title").text("value"))


def _read_ids(group: Record, summaries: list[Record]) -> Iterator[ExternalId]:
    """Give the ids that all versions have of their own; that two versions share one is why they stand together."""
    for holder in (*summaries, group):
        for known in holder.record("external-ids").records("external-id"):
            value = known.text("external-id-value", 400)
            if known.text("external-id-relationship").lower() == _SELF and (
                found := _read_id(known.text("external-id-type").lower(), value)
            ):
                yield found


def _read_id(kind: str, value: str) -> ExternalId | None:
    if kind == "doi":
        return read_doi(value)
    if kind == "arxiv":
        found = find_arxiv_id(value)
        return found.external if found else None
    if kind == "pmid":
        return read_identifier(value if value.lower().startswith(("http", "pm")) else f"pmid:{value}")
    return read_identifier(value) if kind in {"uri", "other-id"} else None


def _make_id(summaries: list[Record]) -> tuple[ExternalId, ...]:
    """Give the address of the oldest version in ORCID's API; a link that people add may be that of many works."""
    codes = [code for summary in summaries if (code := summary.count("put-code"))]
    paths = {summary.count("put-code"): summary.text("path") for summary in summaries}
    path = paths[min(codes)] if codes else ""
    return (ExternalId(IdScheme.URL, f"{API}{path}"),) if _PATH.fullmatch(path) else ()


def _read_span(summary: Record) -> Span | None:
    stated = summary.record("publication-date")
    return make_span(*(stated.record(part).raw("value") for part in ("year", "month", "day")))


def _list_added(summaries: list[Record]) -> list[date]:
    added = (parse_milliseconds(summary.record("created-date").raw("value")) for summary in summaries)
    return [at.date() for at in added if at]


def _read_link(summary: Record) -> str | None:
    return summary.record("url").link("value")


def _read_journal_ref(summary: Record, stated: Span | None) -> str | None:
    if summary.text("type").lower() in {"preprint", "working-paper"}:
        return None
    name = strip_html(summary.record("journal-title").text("value", MAX_NAME))
    return compose_journal_ref(name, year=stated.first.year if stated else None)
