"""What arXiv really sent by OAI-PMH, and whether its calendar and its ids are what we take them for."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from digest.errors import SourceChanged
from digest.model import Announcement, Author, ExternalId, IdScheme, Paper
from digest.sources.arxiv.calendar import announcement_day, is_working
from digest.sources.arxiv.feed import parse_announcements
from digest.sources.arxiv.gaps import list_announced
from digest.sources.arxiv.layout import read_arxiv_feed
from digest.sources.arxiv.records import ArxivRecord, Version, parse_raw_authors, read_records
from digest.sources.arxiv.source import is_arxiv, is_oai, parse_capture
from digest.sources.formats.feed import read_feed
from digest.sources.formats.oai import read_oai

ARXIV = "{http://arxiv.org/OAI/arXiv/}"
RAW = "DERIVED_arXivRaw_from_browse_db.xml.gz"
PLAIN = {
    "ListRecords_arxiv-physics-hep-ex.xml": 3,
    "ListRecords_arxiv-physics-hep-th.xml": 3,
    "ListRecords_arxiv-single.xml": 1,
    "sample_arxiv_record.xml": 12,
    **{f"sample_arxiv_record{number}.xml": 1 for number in range(11)},
}
GENERIC = {
    "GetRecord.xml": 1,
    "GetRecord_utf8test.xml": 1,
    "Identify.xml": 0,
    "ListIdentifiers.xml": 0,
    "ListIdentifiers2.xml": 0,
    "ListMetadataFormats.xml": 0,
    "ListRecords.xml": 1,
    "ListRecords2.xml": 1,
    "ListRecords3.xml": 1,
    "ListRecords4.xml": 1,
    "ListSets.xml": 0,
    "noRecordsMatch.xml": 0,
}
REFUSED = {
    "ListRecordsBroken.xml": "not XML",
    "badArgument.xml": "badArgument",
    "badResumptionToken.xml": "This resumptionToken is invalid",
    "cannotDisseminateFormat.xml": "cannotDisseminateFormat",
    "idDoesNotExist.xml": "maps to no known item",
    "noSetHierarchy.xml": "does not support sets",
    "undefinedError.xml": "undefinedError",
}


def fold(text: str | None) -> str:
    return " ".join((text or "").split())


def read_bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def records_of(path: Path) -> Iterator[tuple[ET.Element, ArxivRecord]]:
    """Give each record as the file has it, by a reader of its own, and as we read it."""
    body = read_bytes(path)
    elements = [element for element in ET.fromstring(body).iter() if element.tag.endswith("}metadata")]
    records, skipped = read_records(read_oai(body, "x"))
    assert skipped == 0
    return zip((element[0] for element in elements), records, strict=True)


def text_of(metadata: ET.Element, name: str) -> str:
    return fold(next((child.text for child in metadata if child.tag.rpartition("}")[2] == name), ""))


def assert_common(metadata: ET.Element, paper: Paper) -> None:
    assert paper.ids[0] == ExternalId(IdScheme.ARXIV, text_of(metadata, "id"))
    assert (paper.title, paper.abstract) == (text_of(metadata, "title"), text_of(metadata, "abstract"))
    assert " ".join(paper.categories) == text_of(metadata, "categories")
    assert (paper.comment or "", paper.journal_ref or "") == (
        text_of(metadata, "comments"),
        text_of(metadata, "journal-ref"),
    )
    assert (paper.license_url or "") == text_of(metadata, "license")
    assert (paper.id_of(IdScheme.DOI) or "") in text_of(metadata, "doi").lower()
    assert bool(paper.id_of(IdScheme.DOI)) == bool(text_of(metadata, "doi"))


def test_every_file_is_in_these_tests(samples: Path) -> None:
    ours = {path.name for path in (samples / "arxiv_oai").iterdir()}
    generic = {path.name for path in (samples / "oai_generic").iterdir()}

    assert ours == {RAW, *PLAIN, "arxiv_raw_author_strings.jsonl"}
    assert generic == {*GENERIC, *REFUSED}


def test_a_raw_record_loses_nothing(samples: Path) -> None:
    pairs = list(records_of(samples / "arxiv_oai" / RAW))

    assert len(pairs) == 510
    for raw, record in pairs:
        assert_common(raw, record.paper)
        versions = [child for child in raw if child.tag.endswith("}version")]
        dates = [parsedate_to_datetime(each[0].text or "") for each in versions]
        assert record.versions == tuple(
            Version(int((each.get("version") or "")[1:]), at) for each, at in zip(versions, dates, strict=True)
        )
        assert record.paper.version == len(versions)
        assert record.paper.submitted_at == dates[0]
        assert record.paper.authors


def test_raw_author_strings_are_divided_at_every_and(samples: Path) -> None:
    rows = read_rows(samples / "arxiv_oai" / "arxiv_raw_author_strings.jsonl")
    names = [author.name for row in rows for author in parse_raw_authors(row["authors"])]

    assert (len(rows), [name for name in names if " and " in name]) == (510, [])


def test_those_that_were_withdrawn_are_known(samples: Path) -> None:
    parsed = parse_capture(read_bytes(samples / "arxiv_oai" / RAW))
    naming = [paper for paper in parsed.papers if "withdrawn" in f"{paper.abstract} {paper.comment}".lower()]

    assert len(naming) == 7
    assert [paper.title for paper in naming if not paper.is_withdrawn] == []
    assert sum(paper.is_withdrawn for paper in parsed.papers) == 7


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_record_loses_nothing(samples: Path, name: str) -> None:
    pairs = list(records_of(samples / "arxiv_oai" / name))

    assert len(pairs) == PLAIN[name]
    for plain, record in pairs:
        assert_common(plain, record.paper)
        created, updated = text_of(plain, "created"), text_of(plain, "updated")
        assert record.paper.submitted_at == datetime.fromisoformat(f"{created}T00:00:00+00:00")
        assert record.paper.updated_at == datetime.fromisoformat(f"{updated or created}T00:00:00+00:00")
        written = [child.text for child in plain.iter() if child.tag.endswith("}keyname")]
        together = " ".join(author.name for author in record.paper.authors)
        assert len(record.paper.authors) >= len(list(plain.iter(f"{ARXIV}author"))) - (":" in written)
        assert all(word in together for name in written for word in fold(name).split() if word[0].isupper())


def test_a_collaboration_behind_a_name_is_an_author_of_its_own(samples: Path) -> None:
    (paper,) = parse_capture((samples / "arxiv_oai" / "sample_arxiv_record1.xml").read_bytes()).papers

    assert paper.authors == (Author("Teresa Maria Montaruli"), Author("IceCube Collaboration"))


@pytest.mark.parametrize("name", GENERIC)
def test_another_archives_answers_are_read(samples: Path, name: str) -> None:
    body = (samples / "oai_generic" / name).read_bytes()
    parsed = parse_capture(body)

    assert is_oai(body)
    assert (len(parsed.papers), parsed.skipped) == (GENERIC[name], 0)
    assert all(paper.title == "Sample Title" and paper.ids[0].scheme is IdScheme.URL for paper in parsed.papers)


@pytest.mark.parametrize("name", REFUSED)
def test_another_archives_refusals_are_told(samples: Path, name: str) -> None:
    with pytest.raises(SourceChanged, match=REFUSED[name]):
        parse_capture((samples / "oai_generic" / name).read_bytes())


def test_oai_and_feeds_are_told_apart(samples: Path) -> None:
    ours = [path for folder in ("arxiv_oai", "oai_generic") for path in (samples / folder).iterdir()]
    starts = [read_bytes(path)[:64_000] for path in ours if path.suffix != ".jsonl" and "Broken" not in path.name]
    feeds = [read_bytes(path)[:64_000] for path in (samples / "arxiv_rss").iterdir() if path.suffix != ".jsonl"]

    assert all(is_oai(start) and not is_arxiv(start) for start in starts)
    assert all(is_arxiv(start) and not is_oai(start) for start in feeds)


def test_the_fast_reading_of_feeds_is_the_same(samples: Path) -> None:
    bodies = [read_bytes(path) for path in (samples / "arxiv_rss").iterdir() if path.suffix != ".jsonl"]

    assert len(bodies) == 7
    for body in bodies:
        assert parse_announcements(read_arxiv_feed(body, "x")) == parse_announcements(read_feed(body, "x"))


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in read_bytes(path).splitlines()]


def test_the_calendar_agrees_with_fourteen_months_of_announcements(samples: Path) -> None:
    """q-bio was read daily from June 2025 to August 2026, over nine of arXiv's holidays."""
    days: dict[date, set[str]] = {}
    for row in read_rows(samples / "arxiv_daily" / "qbio_all_days.jsonl.gz"):
        days.setdefault(date.fromisoformat(row["day"]), set()).add(row["id"])
    seen: set[str] = set()
    fresh = {}
    for day in sorted(days):
        fresh[day] = len(days[day] - seen)
        seen |= days[day]

    assert len(days) == 422
    assert [day for day in days if is_working(day) and not fresh[day]] == []
    # On five Saturdays and Sundays the reader caught up, and on 20 June 2025 with the day before, which it had missed.
    late = {day: fresh[day] for day in days if not is_working(day) and fresh[day]}
    assert {day.weekday() for day in late} == {4, 5, 6}
    assert (len(late), sum(late.values()), sum(fresh.values())) == (6, 27, 2_960)


def first_versions(samples: Path) -> dict[str, tuple[date, date]]:
    """Give (day of submission, day in the feed) of what three days of all of arXiv announced first."""
    found: dict[str, tuple[date, date]] = {}
    newest = "2507.15858"  # the last id of the announcement before
    for day in (22, 23, 24):
        rows = read_rows(samples / "arxiv_daily" / f"2025-07-{day}.jsonl.gz")
        new = [row for row in rows if row["url"].endswith("v1") and row["id"] > newest]
        # These are lists of the evening, so in the feed of the day after.
        found |= {row["id"]: (date.fromisoformat(row["date"]), date(2025, 7, day + 1)) for row in new}
        newest = max(row["id"] for row in new)
    return found


def test_nine_papers_in_ten_are_announced_by_the_schedule_and_none_before(samples: Path) -> None:
    found = first_versions(samples)
    span = {key: (at_noon(day, 0), at_noon(day, 23)) for key, (day, _) in found.items()}
    due = {key: (announcement_day(first), announcement_day(last)) for key, (first, last) in span.items()}

    on_time = [key for key, (_, seen) in found.items() if due[key][0] <= seen <= due[key][1]]
    assert len(found) == 1_393
    assert len(on_time) == 1_294  # 92.9 %
    assert [key for key, (_, seen) in found.items() if seen < due[key][0]] == []


def at_noon(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def test_held_papers_are_placed_by_their_ids(samples: Path) -> None:
    """All 99 that moderation held come out on the day they were announced, some of them months late."""
    found = first_versions(samples)
    before = make_record("2507.15858", at_noon(date(2025, 7, 21)))
    records = [make_record(key, submission(day, seen)) for key, (day, seen) in found.items()]
    days = {date(2025, 7, 22) + timedelta(days=number) for number in range(4)}

    made: list[Announcement] = list_announced(records, "cs", "x", days, known=[before])

    assert {each.paper.value: each.announced_on for each in made} == {key: seen for key, (_, seen) in found.items()}


def submission(day: date, seen: date) -> datetime:
    """Give an hour of the day that fits the announcement; the captures have no hours."""
    fitting = (at_noon(day, hour) for hour in (12, 20) if announcement_day(at_noon(day, hour)) == seen)
    return next(fitting, at_noon(day))


def make_record(arxiv_id: str, submitted_at: datetime) -> ArxivRecord:
    paper = Paper(ids=(ExternalId(IdScheme.ARXIV, arxiv_id),), title="x", categories=("cs.CL",))
    return ArxivRecord(paper=paper, versions=(Version(1, submitted_at),))
