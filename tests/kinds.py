"""Every kind of source there is: how it is made, what its service answers, and what it promises less than others."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

from digest.model import RunState
from digest.sources import Source
from digest.sources.arxiv.calendar import ZONE, announcement_day
from digest.sources.arxiv.oai import ArxivOaiSource
from digest.sources.arxiv.queries import ArxivSearchSource
from digest.sources.arxiv.source import ArxivSource
from digest.sources.biorxiv import BiorxivSource
from digest.sources.crossref import CrossrefSource
from digest.sources.dblp import DblpSource
from digest.sources.feeds.source import FeedSource
from digest.sources.huggingface import HuggingFaceSource
from digest.sources.openalex import OpenAlexSource, Query
from digest.sources.openreview import OpenReviewSource
from digest.sources.orcid import OrcidSource
from digest.sources.semantic_scholar import SemanticScholarSource
from tests.apis import (
    crossref_list,
    crossref_work,
    openalex_list,
    openalex_work,
    orcid_group,
    orcid_summary,
    orcid_works,
    s2_list,
    s2_paper,
)
from tests.feeds import hf_entry, hf_list, oai_page, oai_record, rss, rss_item, search_answer

ORCID: Final = "0000-0002-1825-0097"
# What every service here would be asked with; no log, error or page may ever show one.
SECRETS: Final[Mapping[str, str]] = {
    "huggingface_token": "hf_SecretToken0001",
    "openalex_key": "SecretOpenAlexKey2",
    "semantic_scholar_key": "SecretScholarKey3",
    "orcid_token": "Secret-Orcid-Token-4",
    "openreview_token": "Secret.OpenReview.Token5",
}

NO_VALIDATOR: Final = "the API sends no validator; its answers are made anew each time"
ONCE_A_DAY: Final = "is not asked twice a day at all"
HARVEST: Final = "OAI-PMH is asked for what changed since a day, which is its own condition"


@dataclass(frozen=True)
class Kind:
    """A source, where it asks, and bodies of its service: `full(n, now)` has n papers that came out that day.

    `again` is the state when the same comes on the next working day. `unconditional` says why a source sends no
    validators, where it does not. `is_daily` sources know the day of each paper from where it stands.
    """

    make: Callable[[str], Source]
    full: Callable[[int, datetime], bytes]
    empty: bytes
    again: RunState = RunState.QUIET
    unconditional: str = ""
    is_daily: bool = False


def numbers(count: int) -> range:
    return range(1, count + 1)


def arxiv_feed(count: int, _now: datetime) -> bytes:
    return rss(*(rss_item(f"2611.{number:05d}") for number in numbers(count)))


def arxiv_entry(number: int, now: datetime) -> str:
    at = f"{now - timedelta(days=2):%Y-%m-%dT12:00:00Z}"
    return (
        f"<entry><id>http://arxiv.org/abs/2611.{number:05d}v1</id><title>Paper {number}</title><summary>S</summary>"
        f'<published>{at}</published><updated>{at}</updated><category term="cs.CL"/>'
        f"<author><name>Ada Lovelace</name></author></entry>"
    )


def arxiv_search(count: int, now: datetime) -> bytes:
    return search_answer(*(arxiv_entry(number, now) for number in numbers(count)), size=100)


def submitted_for(now: datetime) -> datetime:
    """Find a submission that is announced today."""
    at = now
    while announcement_day(at) != now.astimezone(ZONE).date():
        at -= timedelta(hours=1)
    return at


def arxiv_records(count: int, now: datetime) -> bytes:
    date = format_datetime(submitted_for(now).astimezone(UTC), usegmt=True)
    touched = f"{now:%Y-%m-%d}"
    return oai_page(*(oai_record(f"2611.{number:05d}", date, touched=touched) for number in numbers(count)))


def huggingface_list(count: int, now: datetime) -> bytes:
    return hf_list(
        *(
            hf_entry(f"2611.{number:05d}", submittedOnDailyAt=f"{now:%Y-%m-%dT00:00:00.000Z}")
            for number in numbers(count)
        )
    )


def rxiv_row(number: int, now: datetime, **changes: Any) -> dict[str, Any]:
    return {
        "doi": f"10.64898/2026.11.01.{number:06d}",
        "title": f"Cells {number}",
        "authors": "Lovelace, A.",
        "date": f"{now:%Y-%m-%d}",
        "version": "1",
        "category": "neuroscience",
        "server": "bioRxiv",
    } | changes


def rxiv_rows(count: int, now: datetime) -> bytes:
    rows = [rxiv_row(number, now) for number in numbers(count)]
    return json.dumps({"messages": [{"status": "ok", "total": count}], "collection": rows}).encode()


def dblp_person(count: int, now: datetime) -> bytes:
    records = "".join(
        f'<r><article key="journals/t/L{number}" mdate="{now:%Y-%m-%d}"><author>Ada Lovelace</author>'
        f"<title>Trees, part {number}.</title><year>{now.year}</year></article></r>"
        for number in numbers(count)
    )
    return f'<?xml version="1.0"?><dblpperson name="A" pid="64/4311" n="{count}">{records}</dblpperson>'.encode()


def openreview_note(number: int, now: datetime) -> dict[str, Any]:
    at = int((now - timedelta(days=1)).timestamp() * 1000)
    return {
        "id": f"Note{number:06d}",
        "forum": f"Note{number:06d}",
        "odate": at,
        "readers": ["everyone"],
        "content": {"title": {"value": f"Trees, part {number}"}, "authors": {"value": ["Ada Lovelace"]}},
    }


def openreview_notes(count: int, now: datetime) -> bytes:
    notes = [openreview_note(number, now) for number in numbers(count)]
    return json.dumps({"notes": notes, "count": count}).encode()


def journal(count: int, now: datetime) -> bytes:
    items = "".join(
        f"<item><title>Counting tides {number}</title><guid>10.1234/t{number}</guid>"
        f"<pubDate>{format_datetime(now - timedelta(days=1))}</pubDate></item>"
        for number in numbers(count)
    )
    return f"<rss><channel><title>Tides</title>{items}</channel></rss>".encode()


KINDS: Final[Mapping[str, Kind]] = {
    "arxiv:cs.CL": Kind(
        lambda url: ArxivSource("cs.CL", f"{url}/rss/"), arxiv_feed, rss(), RunState.STALE, is_daily=True
    ),
    "arxiv-search:au:Chi_Zewen": Kind(
        lambda url: ArxivSearchSource("au:Chi_Zewen", f"{url}/api", f"{url}/a/"),
        arxiv_search,
        search_answer(size=100),
        unconditional=ONCE_A_DAY,
    ),
    "arxiv-oai:cs:cs:CL": Kind(
        lambda url: ArxivOaiSource("cs:cs:CL", f"{url}/oai"),
        arxiv_records,
        oai_page(error="noRecordsMatch"),
        unconditional=HARVEST,
        is_daily=True,
    ),
    "huggingface": Kind(
        lambda url: HuggingFaceSource(f"{url}/api", SECRETS["huggingface_token"]),
        huggingface_list,
        b"[]",
        is_daily=True,
    ),
    "biorxiv:neuroscience": Kind(
        lambda url: BiorxivSource("biorxiv", "neuroscience", url),
        rxiv_rows,
        b'{"messages": [{"status": "no posts found"}], "collection": []}',
        is_daily=True,
    ),
    "medrxiv:all": Kind(
        lambda url: BiorxivSource("medrxiv", "all", url),
        rxiv_rows,
        b'{"messages": [{"status": "no posts found"}], "collection": []}',
        is_daily=True,
    ),
    "openalex:author:A1": Kind(
        lambda url: OpenAlexSource(Query("author", "A1"), SECRETS["openalex_key"], f"{url}/works"),
        lambda count, now: openalex_list(
            *(openalex_work(number, created_date=f"{now:%Y-%m-%d}") for number in numbers(count))
        ),
        openalex_list(),
        unconditional=NO_VALIDATOR,
    ),
    "semantic_scholar:1741101": Kind(
        lambda url: SemanticScholarSource("1741101", SECRETS["semantic_scholar_key"], f"{url}/graph"),
        lambda count, now: s2_list(*(s2_paper(number, publicationDate=f"{now:%Y-%m-%d}") for number in numbers(count))),
        s2_list(),
        unconditional=NO_VALIDATOR,
    ),
    f"crossref:{ORCID}": Kind(
        lambda url: CrossrefSource(ORCID, f"{url}/works"),
        lambda count, _now: crossref_list(*map(crossref_work, numbers(count))),
        crossref_list(),
        unconditional=NO_VALIDATOR,
    ),
    f"orcid:{ORCID}": Kind(
        lambda url: OrcidSource(ORCID, SECRETS["orcid_token"], url),
        lambda count, _now: orcid_works(*(orcid_group(orcid_summary(number)) for number in numbers(count))),
        orcid_works(),
        unconditional=NO_VALIDATOR,
    ),
    "dblp:64/4311": Kind(
        lambda url: DblpSource("64/4311", url), dblp_person, dblp_person(0, datetime(2026, 11, 20, tzinfo=UTC))
    ),
    "openreview:~Ada_Lovelace1": Kind(
        lambda url: OpenReviewSource("~Ada_Lovelace1", url, SECRETS["openreview_token"]),
        openreview_notes,
        openreview_notes(0, datetime(2026, 11, 20, tzinfo=UTC)),
    ),
    "feed:tides": Kind(
        lambda url: FeedSource("tides", f"{url}/feed"), journal, journal(0, datetime(2026, 11, 20, tzinfo=UTC))
    ),
}
