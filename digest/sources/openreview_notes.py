"""What OpenReview says about submissions: the notes of its API 2, of its API 1, and a table of a venue. Pure.

https://docs.openreview.net/reference/api-v2/entities/note. API 2 wraps each field of the content (`{"value": …}`) and
since 2026 lists authors as objects; API 1 has plain strings. The table is the export of the Paper Copilot lists.
"""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.identifiers.orcid_ids import read_orcid
from digest.identifiers.works import find_arxiv_ids, read_doi
from digest.intake import MAX_AUTHORS, MAX_NAME, admit, clean_domain, clean_text, clean_url
from digest.model import Author, ExternalId, IdScheme, Paper, Parsed, PersonScheme
from digest.researchers.ids import read_person_id
from digest.sources.formats.code_links import find_code_url
from digest.sources.formats.dates import Span, parse_milliseconds
from digest.sources.formats.record import Record, read_json
from digest.sources.json_api import find_reason
from digest.sources.works import Page, Work, join_capture, read_works

NAME: Final = "openreview"
SITE: Final = "https://openreview.net"

EVERYONE: Final = "everyone"
# How the last part of a venue's id begins, or is called, while a submission is there:
# https://github.com/openreview/openreview-py, openreview/venue/venue.py and openreview/journal/journal.py
WITHDRAWN: Final = ("withdrawn", "desk_rejected", "retracted")
UNDECIDED: Final = ("submitted", "under_review", "decision_pending", "assigning_ae", "assigned_ae", "rejected")

LICENSES: Final = {
    "cc by 4.0": "https://creativecommons.org/licenses/by/4.0/",
    "cc by-sa 4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "cc by-nc 4.0": "https://creativecommons.org/licenses/by-nc/4.0/",
    "cc by-nd 4.0": "https://creativecommons.org/licenses/by-nd/4.0/",
    "cc by-nc-nd 4.0": "https://creativecommons.org/licenses/by-nc-nd/4.0/",
    "cc by-nc-sa 4.0": "https://creativecommons.org/licenses/by-nc-sa/4.0/",
    "cc0 1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}

_ID = re.compile(r"[\w-]{5,60}", re.ASCII)
_ANONYMOUS: Final = frozenset({"anonymous", "anonymous author", "anonymous authors", "paper under double-blind review"})
# What a venue is called while nothing is decided: “Submitted to ICLR 2026”, “ICLR 2026 Conference Submission”.
_PENDING = re.compile(r"\bsubmitted to\b|\bsubmission\b|\bunder review\b|\breject|^(?:corr|arxiv)\b", re.IGNORECASE)
# Where the address of a note's own preprint stands; the abstract names other people's.
_OWN_LINKS: Final = ("_bibtex", "html", "ee", "url", "arxiv", "preprint", "pdf")
_BIBTEX_DOI = re.compile(r"\bdoi\s*=\s*[{\"]([^}\"]{5,200})", re.IGNORECASE)
_DATES: Final = ("odate", "pdate", "cdate", "tcdate")


def parse_notes(body: bytes, source: str = NAME) -> Parsed:
    """Read one captured answer, or a table of a venue; neither says whose it is. Raises SourceChanged."""
    value = read_json(body, source)
    is_table = isinstance(value, list)
    page = _read_table([Record(row) for row in value], source) if is_table else read_notes(body, source)
    return join_capture(page, source)


def read_notes(body: bytes, source: str = NAME) -> Page:
    """Read one page of notes. Raises SourceChanged."""
    top = Record(read_json(body, source))
    notes = top.entries("notes")
    if notes is None:
        reason = find_reason(top)
        raise SourceChanged(source, f"OpenReview answered with an error: {reason}" if reason else "There are no notes")
    page = read_works(notes, _read_note, _is_paper, source)
    # Reviews, drafts and what is deleted are none of our business; a word about them each day would be noise.
    return replace(page, left_out=0, total=top.count("count"))


def _is_paper(note: Record) -> bool:
    """Whether a note is a submission that everybody may see, and not a reply to one, a draft, or deleted.

    A token may show us the authors of a blind submission. To announce it under their names would unmask them.
    """
    content = note.record("content")
    readers = (
        note.texts("readers", 100),
        *(content.record(key).texts("readers", 100) for key in ("authors", "authorids")),
    )
    is_public = all(EVERYONE in each for each in readers if each)
    is_reply = note.text("forum", 100) not in ("", note.text("id", 100))
    return is_public and not is_reply and "ddate" not in note and "replyto" not in note


def _read_note(note: Record) -> Work | None:
    content = note.record("content")
    own_id = note.text("id", 100)
    title = _text(content, "title")
    if not _ID.fullmatch(own_id) or not title or "readers" not in note:
        return None
    venue, is_withdrawn, is_decided = _read_venue(note, content)
    abstract = _text(content, "abstract")
    paper = Paper(
        ids=_read_ids(note, content, own_id),
        title=title,
        abstract=abstract,
        authors=_read_authors(content),
        submitted_at=_instant(note, "cdate") or _instant(note, "tcdate"),
        updated_at=_instant(note, "mdate") or _instant(note, "tmdate"),
        abstract_url=f"{SITE}/forum?id={own_id}",
        pdf_url=_make_absolute(_text(content, "pdf")),
        code_url=clean_url(_text(content, "code")) or find_code_url(abstract),
        journal_ref=venue if is_decided else None,
        comment=None if is_decided else venue or None,
        is_withdrawn=is_withdrawn,
        license_url=LICENSES.get(note.text("license", 40).lower()),
    )
    return Work(admit(paper), _read_span(note))


def _read_venue(note: Record, content: Record) -> tuple[str, bool, bool]:
    """Give the name of the venue, whether the paper was withdrawn from it, and whether it was accepted there."""
    venue = _text(content, "venue")
    # Invitations pile up: a withdrawal that was taken back still stands among those of API 2.
    place = (_text(content, "venueid") or note.text("invitation", 200)).lower()
    stage = place.rpartition("/")[2]
    is_withdrawn = stage.startswith(WITHDRAWN)
    is_pending = stage.startswith(UNDECIDED) or stage.endswith("submission") or bool(_PENDING.search(venue))
    return venue, is_withdrawn, bool(venue and place) and not is_withdrawn and not is_pending


def _read_ids(note: Record, content: Record, own_id: str) -> tuple[ExternalId, ...]:
    """Give the note's own id, and those of the same work elsewhere: imported notes bring them as `externalIds`."""
    stated = (*note.texts("externalIds", 300), note.text("externalId", 300))
    links = [_text(content, name) for name in _OWN_LINKS]
    found = (
        *map(_read_external, stated),
        *(arxiv for link in links for arxiv in find_arxiv_ids(link)),
        *(read_doi(doi) for doi in _BIBTEX_DOI.findall(links[0][:20_000])),
    )
    return tuple(dict.fromkeys((ExternalId(IdScheme.OPENREVIEW, own_id), *filter(None, found))))


def _read_external(text: str) -> ExternalId | None:
    """Read `arxiv:2401.00001v2`, `doi:10.1145/…` or `dblp:conf/icml/X24`."""
    scheme, _, value = text.partition(":")
    if scheme.lower() == "dblp":
        return ExternalId(IdScheme.DBLP, value) if re.fullmatch(r"[\w./+:-]{3,200}", value, re.ASCII) else None
    if scheme.lower() == "arxiv":
        arxiv = find_arxiv_id(value)
        return arxiv.external if arxiv else None
    return read_doi(value) if scheme.lower() == "doi" else None


def _read_authors(content: Record) -> tuple[Author, ...]:
    """Read objects (since 2026), wrapped strings (API 2) or plain ones (API 1); blind submissions have nobody."""
    listed = _value(content, "authors")
    entries = listed[:MAX_AUTHORS] if isinstance(listed, list) else [listed]
    stated = _value(content, "authorids")
    ids = stated if isinstance(stated, list) and len(stated) == len(entries) else [""] * len(entries)
    authors = [_identify(_read_author(entry), str(known)) for entry, known in zip(entries, ids, strict=True)]
    named = tuple(author for author in authors if author.name)
    return () if all(author.name.lower() in _ANONYMOUS for author in named) else named


def _read_author(entry: object) -> Author:
    if isinstance(entry, str):
        return Author(clean_text(entry, MAX_NAME))
    author = Record(entry)
    places = (
        place.text("name", MAX_NAME) or place.text("domain", MAX_NAME) for place in author.records("institutions")
    )
    known = Author(author.text("fullname", MAX_NAME), tuple(dict.fromkeys(filter(None, places))))
    return _identify(known, author.text("username", MAX_NAME))


def _identify(author: Author, stated: str) -> Author:
    """Add what stands for an author among the ids: a profile, or an address, of which only the domain is kept."""
    if "@" in stated:
        return replace(author, email_domain=clean_domain(stated))
    person = read_person_id(PersonScheme.OPENREVIEW, stated)
    return replace(author, ids=(person,)) if person else author


def _read_span(note: Record) -> Span | None:
    """Give the day a note came out: when it was shown to everybody, or else was published or made."""
    at = next(filter(None, (_instant(note, name) for name in _DATES)), None)
    return Span(at.date(), at.date()) if at else None


def _instant(note: Record, key: str) -> datetime | None:
    return parse_milliseconds(note.raw(key))


def _value(content: Record, key: str) -> object:
    """Give a field of the content, be it wrapped (API 2) or not (API 1)."""
    value = content.raw(key)
    return value.get("value") if isinstance(value, dict) else value


def _text(content: Record, key: str) -> str:
    return Record({key: _value(content, key)}).text(key)


def _make_absolute(link: str) -> str | None:
    return clean_url(f"{SITE}{link}" if link.startswith("/") and not link.startswith("//") else link)


def _read_table(rows: list[Record], source: str) -> Page:
    """Read the rows of a venue's export: several people's data in one field, with semicolons. It states no dates."""
    if rows and not any("authorids" in row or "or_profile" in row for row in rows):
        raise SourceChanged(source, "The answer is a list, but not of OpenReview's submissions")
    return read_works(rows, _read_row, lambda _: True, source)


def _read_row(row: Record) -> Work | None:
    own_id, title = row.text("id", 100), row.text("title")
    if not _ID.fullmatch(own_id) or not title:
        return None
    status = row.text("status", 100)
    is_withdrawn = status.lower() in {"withdraw", "withdrawn", "desk reject", "desk rejected"}
    arxiv = (known for key in ("bibtex", "arxiv") for known in find_arxiv_ids(row.text(key)))
    abstract = row.text("abstract")
    return Work(
        admit(
            Paper(
                ids=tuple(dict.fromkeys((ExternalId(IdScheme.OPENREVIEW, own_id), *arxiv))),
                title=title,
                abstract=abstract,
                authors=_read_row_authors(row),
                abstract_url=f"{SITE}/forum?id={own_id}",
                pdf_url=f"{SITE}/pdf?id={own_id}",
                code_url=row.link("github") or find_code_url(abstract),
                project_url=row.link("project"),
                journal_ref=None if is_withdrawn or status.lower() in {"", "reject", "active"} else _booktitle(row),
                is_withdrawn=is_withdrawn,
            )
        )
    )


def _read_row_authors(row: Record) -> tuple[Author, ...]:
    names = [clean_text(name, MAX_NAME) for name in row.text("author").split(";")[:MAX_AUTHORS]]
    places, orcids, ids = (_align(row.text(key), len(names)) for key in ("aff", "orcid", "authorids"))
    people = zip(names, places, orcids, ids, strict=True)
    return tuple(
        _identify(Author(name, _split_places(place), orcid=read_orcid(orcid)), known.strip())
        for name, place, orcid, known in people
        if name
    )


def _split_places(place: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in place.split("+"))))


def _align(text: str, count: int) -> list[str]:
    """Give one entry for each author, or empty ones if there are more or fewer: then nobody knows whose they are."""
    parts = text.split(";")
    return parts if len(parts) == count else [""] * count


def _booktitle(row: Record) -> str | None:
    found = re.search(r"\b(?:booktitle|journal)\s*=\s*\{([^{}]{3,300})\}", row.text("bibtex"))
    return found[1] if found else None
