"""Builders of what the JSON APIs about works answer: one function for an entry, one for a whole answer."""

import json
from typing import Any

DAY = "2026-11-18"


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


def openalex_work(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.5555/W.{number}",
        "title": f"Tidal Memory in Networks, part {number}",
        "publication_date": DAY,
        "created_date": "2026-11-19",
        "type": "article",
        "authorships": [
            {
                "author": {"id": "https://openalex.org/A1", "display_name": "A. Lovelace", "orcid": None},
                "institutions": [{"id": "https://openalex.org/I1", "display_name": "Guessed University"}],
                "raw_author_name": "Ada Lovelace",
                "raw_affiliation_strings": ["Analytical Engines, London"],
            }
        ],
    } | changes


def openalex_list(*works: object, cursor: str | None = None, count: int | None = None) -> bytes:
    meta = {"count": len(works) if count is None else count, "per_page": 100, "next_cursor": cursor}
    return dump({"meta": meta, "results": works, "group_by": []})


def s2_paper(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "paperId": f"{number:040x}",
        "externalIds": {"DOI": f"10.5555/S.{number}", "CorpusId": number},
        "url": f"https://www.semanticscholar.org/paper/{number:040x}",
        "title": f"Tidal Memory in Networks, part {number}",
        "abstract": "We study tides.",
        "year": 2026,
        "publicationDate": DAY,
        "authors": [{"authorId": "1", "name": "Ada Lovelace"}],
    } | changes


def s2_list(*papers: object, following: int | None = None, offset: int = 0) -> bytes:
    return dump({"offset": offset} | ({} if following is None else {"next": following}) | {"data": papers})


def crossref_work(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "DOI": f"10.5555/C.{number}",
        "type": "journal-article",
        "title": [f"Tidal Memory in Networks, part {number}"],
        "author": [{"given": "Ada", "family": "Lovelace", "sequence": "first", "affiliation": []}],
        "issued": {"date-parts": [[2026, 11, 18]]},
        "created": {"date-parts": [[2026, 11, 19]], "date-time": "2026-11-19T01:02:03Z"},
    } | changes


def crossref_list(*works: object, cursor: str = "next", rows: int = 500, total: int | None = None) -> bytes:
    message = {
        "total-results": len(works) if total is None else total,
        "items": works,
        "items-per-page": rows,
        "next-cursor": cursor,
    }
    return dump({"status": "ok", "message-type": "work-list", "message-version": "1.0.0", "message": message})


def orcid_id(kind: str, value: str, relationship: str = "self") -> dict[str, Any]:
    return {
        "external-id-type": kind,
        "external-id-value": value,
        "external-id-url": None,
        "external-id-relationship": relationship,
    }


def orcid_summary(number: int = 1, *ids: object, **changes: Any) -> dict[str, Any]:
    return {
        "put-code": number,
        "created-date": {"value": 1_795_000_000_000},  # 2026-11-18
        "title": {"title": {"value": f"Tidal Memory in Networks, part {number}"}, "subtitle": None},
        "external-ids": {"external-id": ids or (orcid_id("doi", f"10.5555/O.{number}"),)},
        "url": {"value": "https://tides.example/"},
        "type": "journal-article",
        "publication-date": {"year": {"value": "2026"}, "month": {"value": "11"}, "day": None},
        "journal-title": {"value": "Journal of Tides"},
        "path": f"/0000-0002-1825-0097/work/{number}",
        "display-index": "0",
    } | {key.replace("_", "-"): value for key, value in changes.items()}


def orcid_group(*summaries: object) -> dict[str, Any]:
    return {"last-modified-date": {"value": 1}, "external-ids": {"external-id": []}, "work-summary": summaries}


def orcid_works(*groups: object, owner: str = "0000-0002-1825-0097") -> bytes:
    return dump({"last-modified-date": {"value": 1}, "group": groups, "path": f"/{owner}/works"})
