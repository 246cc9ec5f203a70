"""Reads data sets in which it is known which authors are one person, as papers in the order of time.

Layouts as in samples/author_identity: openreview_papers and openreview_signatures, medline_*pairs*.csv with
medline_articles, and s2and_NAME_signatures with s2and_NAME_clusters and, if there, s2and_NAME_papers.
"""

import csv
import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from digest.model import Author, ExternalId, IdScheme, Paper
from digest.researchers.names import fold

_YEAR: Final = re.compile(r"(?:19|20)\d\d")
DUPLICATES: Final = Path(__file__).with_name("identity_duplicates.txt")
_NUMBER: Final = re.compile(r"\d+$")


@dataclass(frozen=True, slots=True)
class Work:
    """A paper, and the persons known among its authors by position (from 1)."""

    paper: Paper
    persons: dict[int, str]


@dataclass(slots=True)
class DataSet:
    """Works in the order of time; or, where only pairs are labelled, `pairs` of (earlier, later, is one person)."""

    name: str
    works: list[Work] = field(default_factory=list)
    pairs: list[tuple[tuple[Paper, int], tuple[Paper, int], bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """A digest of who wrote what, by which it is known whether the weights were learned from this data."""
        labels = [f"{work.paper.ids[0]} {sorted(work.persons.items())}" for work in self.works]
        labels += [f"{first[0].ids[0]} {second[0].ids[0]} {is_same}" for first, second, is_same in self.pairs]
        return sha256("\n".join(labels).encode()).hexdigest()[:16]


def read_all(data: Path) -> tuple[list[DataSet], list[str]]:
    """Give what is there, and a sentence for what is missing."""
    found: list[DataSet] = []
    missing: list[str] = []
    if find(data, "openreview_papers.jsonl") and find(data, "openreview_signatures.jsonl"):
        found += [read_openreview(data), merge_duplicates(read_openreview(data))]
    else:
        missing.append("openreview_papers.jsonl.gz and openreview_signatures.jsonl.gz are not both there")
    tables = sorted(data.glob("medline_*pairs*.csv*"))
    if tables and find(data, "medline_articles.jsonl"):
        found += [read_medline(data, table) for table in tables]
    else:
        missing.append("medline_*pairs*.csv and medline_articles.jsonl.gz are not both there")
    names = sorted(
        {path.name.removeprefix("s2and_").split("_signatures")[0] for path in data.glob("s2and_*_signatures.json*")}
    )
    names = [name for name in names if find(data, f"s2and_{name}_clusters.json")]
    found += [read_s2and(data, name) for name in names]
    if not names:
        missing.append("no s2and_NAME_signatures.json with its s2and_NAME_clusters.json is there")
    return found, missing


def find(data: Path, name: str) -> Path | None:
    """Give a file, compressed or not."""
    return next((path for path in (data / f"{name}.gz", data / name) if path.is_file()), None)


def read_text(path: Path) -> str:
    """Give the text of a file, compressed or not."""
    body = path.read_bytes()
    return (gzip.decompress(body) if path.suffix == ".gz" else body).decode("utf-8")


def read_records(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """Give the records of a file with a JSON object on each line."""
    path = find(data, name)
    assert path is not None
    yield from (json.loads(line) for line in read_text(path).splitlines() if line.strip())


def read_openreview(data: Path) -> DataSet:
    """Read papers of conferences whose authors are profiles; the order is that of the years in the venues' names."""
    papers = {(record["venue"], record["id"]): record for record in read_records(data, "openreview_papers.jsonl")}
    signed: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    dropped = 0
    for record in read_records(data, "openreview_signatures.jsonl"):
        key = record["venue"], record["paper"]
        if key not in papers or not record["or_profile"] or not is_plausible(record["name"], record["or_profile"]):
            dropped += 1
            record["or_profile"] = None
        signed[key].append(record)
    order = sorted(signed, key=lambda key: (find_year(key[0]), key))
    works = [make_openreview(papers.get(key, {}), sorted(signed[key], key=lambda each: each["pos"])) for key in order]
    return DataSet(
        "openreview", works, notes=[f"{dropped} of the signatures have no plausible profile and are not judged"]
    )


def merge_duplicates(data: DataSet) -> DataSet:
    """Give the data set with profiles that are known to be of one person taken for one."""
    lines = DUPLICATES.read_text(encoding="utf-8").splitlines()
    merged = dict(line.split()[::-1] for line in lines if line and not line.startswith("#"))
    for work in data.works:
        for position, person in work.persons.items():
            work.persons[position] = merged.get(person, person)
    note = f"{len(merged)} pairs of profiles of one person are merged (benchmarks/identity_duplicates.txt)"
    return replace(data, name=f"{data.name}, duplicates merged", notes=[*data.notes, note])


def is_plausible(name: str, profile: str) -> bool:
    """Whether a name shares a word with the profile id it is filed under."""
    return not set(fold(name).split()).isdisjoint(fold(_NUMBER.sub("", profile).strip("~")).split())


def make_openreview(record: dict[str, Any], signed: list[dict[str, Any]]) -> Work:
    """Make a paper of its record and its signatures; ids are left out."""
    authors = tuple(
        Author(
            each["name"], affiliations=tuple(part.strip() for part in (each["aff"] or "").split("+") if part.strip())
        )
        for each in signed
    )
    paper = make_paper(f"{signed[0]['venue']}/{signed[0]['paper']}", record, authors, find_year(signed[0]["venue"]))
    persons = {place: each["or_profile"] for place, each in enumerate(signed, start=1) if each["or_profile"]}
    return Work(paper, persons)


def find_year(text: object) -> int | None:
    """Give the first year in a text."""
    found = _YEAR.search(str(text))
    return int(found[0]) if found else None


def make_paper(name: str, record: dict[str, Any], authors: tuple[Author, ...], year: int | None) -> Paper:
    """Make a paper of what all layouts have."""
    return Paper(
        ids=(ExternalId(IdScheme.URL, name),),
        title=record.get("title") or "",
        abstract=record.get("abstract") or "",
        authors=authors,
        submitted_at=datetime(year, 1, 1, tzinfo=UTC) if year else None,
    )


def read_medline(data: Path, table: Path) -> DataSet:
    """Read labelled pairs of authorships with the records of their articles; the earlier article comes first."""
    articles = {record["pmid"]: record for record in read_records(data, "medline_articles.jsonl")}
    made = DataSet(f"medline:{table.name.split('.')[0]}")
    lost = 0
    for line in csv.DictReader(read_text(table).splitlines(), delimiter=";"):
        row = {key.strip(): (value or "").strip() for key, value in line.items() if key}
        label = row["Authorship"].upper()
        sides = [
            find_author(articles.get(row[f"PMID{side}"]), row[f"Last_name{side}"], row[f"Initials{side}"])
            for side in "12"
        ]
        if label not in {"YES", "NO"} or None in sides:
            lost += 1
            continue
        first, second = sorted((side for side in sides if side), key=lambda side: str(side[0].submitted_at or ""))
        made.pairs.append((first, second, label == "YES"))
    made.notes.append(f"{lost} pairs have no label, no record or no such author")
    return made


def find_author(record: dict[str, Any] | None, family: str, initials: str) -> tuple[Paper, int] | None:
    """Give an article and the position of an author on it."""
    if record is None:
        return None
    listed = [author for author in record["authors"] if author["last"]]
    wanted = fold(family)
    places = [place for place, author in enumerate(listed, start=1) if fold(author["last"]) == wanted]
    exact = [place for place in places if (listed[place - 1]["initials"] or "") == initials]
    if not places:
        return None
    authors = tuple(map(make_medline_author, listed))
    return make_paper(f"pmid:{record['pmid']}", record, authors, find_year(record["year"])), (exact or places)[0]


def make_medline_author(author: dict[str, Any]) -> Author:
    """Make an author as a journal prints one: given names in full if it has them."""
    given = author["fore"] or " ".join(f"{letter}." for letter in author["initials"] or "")
    return Author(f"{author['last']}, {given}" if given else author["last"], affiliations=tuple(author["affil"]))


def read_s2and(data: Path, name: str) -> DataSet:
    """Read signatures and their clusters. Without the papers' file, a paper is what its signatures tell of it."""
    loaded = {part: load_json(data, f"s2and_{name}_{part}.json") for part in ("signatures", "clusters", "papers")}
    persons = {each: number for number, cluster in loaded["clusters"].items() for each in cluster["signature_ids"]}
    signed: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, signature in loaded["signatures"].items():
        signed[str(signature["paper_id"])].append(signature | {"person": persons.get(number)})
    works = [make_s2and(paper, loaded["papers"].get(paper, {}), signatures) for paper, signatures in signed.items()]
    works.sort(key=lambda work: (str(work.paper.submitted_at or ""), str(work.paper.ids[0])))
    notes = [] if loaded["papers"] else ["no texts and no years: the order is that of the paper ids"]
    return DataSet(f"s2and:{name}", works, notes=notes)


def load_json(data: Path, name: str) -> dict[str, Any]:
    """Read a JSON object; an empty one if there is no such file."""
    path = find(data, name)
    return dict(json.loads(read_text(path))) if path else {}


def make_s2and(number: str, record: dict[str, Any], signatures: list[dict[str, Any]]) -> Work:
    """Make a paper: the authors of its record, with what the signatures add; or the signatures alone."""
    places = {each["author_info"]["position"]: each for each in signatures}
    listed = {each["position"]: each["author_name"] for each in record.get("authors", ())}
    order = sorted({*places, *listed})
    authors = tuple(make_s2and_author(places.get(place), listed.get(place, "")) for place in order)
    persons = {at: places[place]["person"] for at, place in enumerate(order, start=1) if place in places}
    paper = make_paper(f"s2:{number}", record, authors, find_year(record.get("year")))
    return Work(paper, {at: person for at, person in persons.items() if person})


def make_s2and_author(signature: dict[str, Any] | None, printed: str) -> Author:
    """Make an author as the signature has it."""
    if signature is None:
        return Author(printed)
    known = signature["author_info"]
    given = " ".join(filter(None, (known["first"], known["middle"])))
    name = f"{known['last']}, {given}" if given else known["last"]
    return Author(name, affiliations=tuple(known["affiliations"] or ()))
