"""What the API of bioRxiv and medRxiv says: one row for each version of a preprint that was posted. Pure.

https://api.biorxiv.org. Numbers come as numbers or as text, and what is missing is “NA”.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.works import read_doi
from digest.intake import MAX_AUTHORS, MAX_NAME, admit, clean_text
from digest.model import Announcement, AnnouncementKind, Author, ExternalId, IdScheme, Paper, Parsed
from digest.sources.biorxiv_subjects import ALL, TITLES, is_same_subject, spell_subject
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.dates import parse_day
from digest.sources.formats.html_text import strip_html
from digest.sources.formats.record import Record, read_json

NAME: Final = "biorxiv"

# The licences authors can choose: https://www.biorxiv.org/about/FAQ. `cc_no` means all rights reserved.
LICENSES: Final = {
    "cc_by": "https://creativecommons.org/licenses/by/4.0/",
    "cc_by_nc": "https://creativecommons.org/licenses/by-nc/4.0/",
    "cc_by_nd": "https://creativecommons.org/licenses/by-nd/4.0/",
    "cc_by_nc_nd": "https://creativecommons.org/licenses/by-nc-nd/4.0/",
    "cc0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "cc0_ng": "https://creativecommons.org/publicdomain/zero/1.0/",
}

_NOTHING: Final = re.compile(r"no \w+ found", re.IGNORECASE)
_NA: Final = "na"
# “WITHDRAWN: Title”, in capitals: animals can be withdrawn, too.
WITHDRAWN: Final = re.compile(r"\W*WITHDRAWN\b")
_NUMBER = re.compile(r"\d{1,6}", re.ASCII)
_LAST_VERSION: Final = 999


@dataclass(frozen=True, slots=True)
class Posting:
    """A version of a preprint, and what it announces."""

    paper: Paper
    announcements: tuple[Announcement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One page of an answer. `entries` counts its rows, `left_out` those of other subjects, `total` all pages' rows."""

    source: str
    postings: tuple[Posting, ...] = ()
    entries: int = 0
    skipped: int = 0
    left_out: int = 0
    total: int | None = None


def parse_details(body: bytes) -> Parsed:
    """Read one captured answer. Raises SourceChanged."""
    listing = read_listing(body)
    return join_listings([listing], listing.source, listing.total)


def read_listing(body: bytes, source: str = "") -> Listing:
    """Read one answer, under the name the bytes give the source if none is given. Raises SourceChanged."""
    top = Record(read_json(body, source or NAME))
    message = next(top.records("messages"), Record(None))
    rows = _find_rows(top, message, source or NAME)
    source = source or _name_source(message, rows)
    wanted = [row for row in rows if _is_asked_for(row, message, source)]
    read = [posting for row in wanted if (posting := _read_row(row, source))]
    if wanted and not read:
        raise SourceChanged(source, f"None of the {len(wanted)} entries can be read")
    return Listing(
        source=source,
        postings=tuple(read),
        entries=len(rows),
        skipped=len(wanted) - len(read),
        left_out=len(rows) - len(wanted),
        total=_read_number(message, "total"),
    )


def join_listings(listings: Sequence[Listing], source: str, total: int | None) -> Parsed:
    """Put pages together. `total` counts the rows that all answers together should have; versions are rows."""
    postings = [posting for listing in listings for posting in listing.postings]
    papers = _newest_versions(postings)
    entries = sum(listing.entries for listing in listings)
    skipped = sum(listing.skipped for listing in listings)
    announced = {(made.paper, made.kind, made.detail): made for posting in postings for made in posting.announcements}
    missing = max(0, (total or 0) - entries)
    checks = (
        (skipped, f"{skipped} of {entries} entries have no DOI or no title and were skipped"),
        (missing, f"{entries} versions came where {total} are due"),
    )
    return Parsed(
        papers=papers,
        announcements=tuple(announced.values()),
        announced_count=None if total is None else len(papers) + missing,
        warnings=tuple(said for is_so, said in checks if is_so),
        source=source,
        skipped=skipped,
    )


def make_announcement(paper: Paper, on: date | None, source: str) -> tuple[Announcement, ...]:
    """Say how a version appears: new, as a replacement, or withdrawn; nothing without a day."""
    if on is None:
        return ()
    kind, detail = AnnouncementKind.NEW, ""
    if paper.is_withdrawn:
        kind = AnnouncementKind.WITHDRAWN
    elif (paper.version or 1) > 1:
        kind, detail = AnnouncementKind.REPLACEMENT, f"v{paper.version}"
    made = Announcement(
        paper=paper.ids[0], kind=kind, detail=detail, source=source, announced_on=on, version=paper.version
    )
    return (made,)


def page_url(server: str, doi: str, version: int | None) -> str:
    """Give the page of a version. It stands under the server's own name, whichever of its two prefixes the DOI has."""
    return f"https://www.{server}.org/content/{doi}{f'v{version}' if version else ''}"


def turn_name(text: str) -> str:
    """Give `A. J. Quinn` of `Quinn, A. J.`; names without a comma are of groups and stay."""
    family, _, given = (part.strip() for part in clean_text(text, MAX_NAME).partition(","))
    given, _, suffix = (part.strip() for part in given.partition(","))
    return " ".join(filter(None, (given, family))) + (f", {suffix}" if suffix else "")


def _find_rows(top: Record, message: Record, source: str) -> list[Record]:
    rows = top.entries("collection")
    status = message.text("status", 200)
    if not rows and _NOTHING.search(status):
        return []
    if rows is None or (status and status.lower() != "ok") or not (status or rows):
        said = f"with “{status}”" if status else "without any list of preprints"
        raise SourceChanged(source, f"The API answered {said}")
    return rows


def _name_source(message: Record, rows: Sequence[Record]) -> str:
    servers = (row.text("server", 20).lower() for row in rows)
    server = next((server for server in servers if server in TITLES), NAME)
    return f"{server}:{spell_subject(message.text('category', 100)) or ALL}"


def _is_asked_for(row: Record, message: Record, source: str) -> bool:
    """Leave out rows of other subjects if the server says that it did not filter by the one asked for."""
    subject = source.partition(":")[2]
    stated = message.text("category", 100)
    if subject == ALL or not stated or is_same_subject(stated, subject):
        return True
    return is_same_subject(row.text("category", 100), subject)


def _read_row(row: Record, source: str) -> Posting | None:
    doi = read_doi(_known(row, "doi"))
    title = strip_html(_known(row, "title"))
    if doi is None or doi.scheme is not IdScheme.DOI or not title:
        return None
    posted_on = parse_day(row.text("date", 60))
    published = read_doi(_known(row, "published"))
    if published == doi:
        published = None
    paper = _make_paper(row, source.partition(":")[0], (doi, *filter(None, (published,))), title, posted_on)
    return Posting(
        paper, (*make_announcement(paper, posted_on, source), *_announce_published(paper, posted_on, source))
    )


def _make_paper(row: Record, server: str, ids: tuple[ExternalId, ...], title: str, posted_on: date | None) -> Paper:
    version = _read_number(row, "version")
    version = version if version and version <= _LAST_VERSION else None
    posted_at = datetime.combine(posted_on, time(), UTC) if posted_on else None
    stated = row.text("server", 20).lower()
    url = page_url(stated if stated in TITLES else server, ids[0].value, version)
    abstract = strip_html(_known(row, "abstract"))
    return admit(
        Paper(
            ids=ids,
            title=title,
            abstract=abstract,
            authors=_read_authors(row),
            categories=tuple(filter(None, (_known(row, "category").lower(),))),
            version=version,
            submitted_at=posted_at if version in (1, None) else None,
            updated_at=posted_at,
            abstract_url=url,
            pdf_url=f"{url}.full.pdf",
            code_url=find_code_url(abstract),
            is_withdrawn=row.text("type", 100).lower() == "withdrawn" or bool(WITHDRAWN.match(title)),
            license_url=LICENSES.get(row.text("license", 40).lower()),
        )
    )


def _announce_published(paper: Paper, on: date | None, source: str) -> tuple[Announcement, ...]:
    """Say that a journal has it, which the row tells by its DOI alone."""
    return tuple(
        Announcement(
            paper=paper.ids[0],
            kind=AnnouncementKind.PUBLISHED,
            detail=str(published.value),
            source=source,
            announced_on=on,
        )
        for published in paper.ids[1:]
        if on is not None
    )


def _read_authors(row: Record) -> tuple[Author, ...]:
    names = [turn_name(part) for part in _known(row, "authors").split(";")[:MAX_AUTHORS] if part.strip()]
    writer = _known(row, "author_corresponding")[:MAX_NAME]
    institution = _known(row, "author_corresponding_institution")
    meant = [name for name in names if _may_be(name, writer)]
    # Two authors of one family and initial cannot be told apart by it.
    known = meant[0] if institution and len(meant) == 1 else None
    return tuple(Author(name, (institution,) if name == known else ()) for name in names if name)


def _may_be(listed: str, full: str) -> bool:
    """Whether `T. Ghafari` may be Tara Ghafari."""
    short, long = listed.lower().split(), full.lower().split()
    return len(short) > 1 and len(long) > 1 and short[-1] == long[-1] and short[0][0] == long[0][0]


def _newest_versions(postings: Sequence[Posting]) -> tuple[Paper, ...]:
    """Give each paper once, as its newest version shows it; a list of several days has v1 and v2."""
    newest: dict[ExternalId, Paper] = {}
    for posting in postings:
        paper = posting.paper
        known = newest.get(paper.ids[0])
        if known is None or (paper.version or 0) >= (known.version or 0):
            newest[paper.ids[0]] = paper
    return tuple(newest.values())


def _known(row: Record, key: str) -> str:
    text = row.text(key)
    return "" if text.lower() == _NA else text


def _read_number(row: Record, key: str) -> int | None:
    text = row.text(key, 20)
    return int(text) if _NUMBER.fullmatch(text) else row.count(key)
