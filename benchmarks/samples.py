"""How much of every captured response is read: a table of files, entries, papers and filled fields.

    python -m benchmarks.samples --data ../shared/samples [--json] [--write docs/samples.md]

It measures reading, not speed. Entries are counted by looking for their beginnings in the bytes, not by our parsers.
"""

import argparse
import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from digest.model import IdScheme, Paper
from digest.sources.replay import Capture, read_folder

FOLDERS: Final = (
    "arxiv_rss",
    "arxiv_api",
    "arxiv_oai",
    "oai_generic",
    "hf",
    "biorxiv",
    "openalex",
    "semantic_scholar",
    "crossref",
    "orcid",
    "dblp",
    "openreview",
    "rss_generic",
)
_XML_ENTRY = re.compile(rb"<(?:\w+:)?(?:item|entry|record)(?:\s[^>]*)?>")
_FIELDS: Final = ("title", "authors", "abstract", "doi", "arxiv", "dated")


@dataclass(frozen=True, slots=True)
class Row:
    """One file. The fields count papers that have them; `announced` counts announcements."""

    file: str
    source: str
    entries: int | None
    papers: int
    title: int
    authors: int
    abstract: int
    doi: int
    arxiv: int
    dated: int
    announced: int
    skipped: int


def main() -> None:
    """Read the arguments, read the samples, print the table."""
    parser = argparse.ArgumentParser(description="How much of every captured response is read.")
    parser.add_argument("--data", type=Path, required=True, help="folder of captured responses")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", type=Path, help="write the table as Markdown here")
    options = parser.parse_args()
    rows, refused = measure(options.data)
    if options.write:
        options.write.write_text(to_markdown(rows, refused), encoding="utf-8")
    elif options.json:
        print(json.dumps({"files": [asdict(row) for row in rows], "refused": refused}, indent=2))
    else:
        print(to_markdown(rows, refused))


def measure(data: Path) -> tuple[list[Row], dict[str, str]]:
    """Give a row for each file a source reads, and the reason for each other one."""
    rows: list[Row] = []
    refused: dict[str, str] = {}
    for folder in FOLDERS:
        replay = read_folder(data / folder)
        rows += [_make_row(capture, data) for capture in replay.captures]
        others = (each for each in replay.skipped if not each.path.name.endswith(".meta.json"))
        refused |= {each.path.relative_to(data).as_posix(): each.reason for each in others}
    return rows, refused


def to_markdown(rows: Iterable[Row], refused: dict[str, str]) -> str:
    """Write both as tables."""
    heads = ["file", "read as", "entries", "papers", *_FIELDS, "announced", "skipped"]
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * 2}{'--:|' * (len(heads) - 2)}"]
    lines += [f"| {' | '.join('–' if cell is None else str(cell) for cell in asdict(row).values())} |" for row in rows]
    reasons = [f"| {name} | {reason.replace('|', '/')} |" for name, reason in refused.items()]
    return "\n".join(
        [
            "# What is read of every captured response",
            "",
            "Made by `python -m benchmarks.samples --data FOLDER --write docs/samples.md`. Entries are counted in the",
            "bytes (XML elements, JSON list items), not by our parsers; the other columns count papers with the field.",
            "",
            *lines,
            "",
            "## Refused, and why",
            "",
            "| file | reason |",
            "|---|---|",
            *reasons,
            "",
        ]
    )


def _make_row(capture: Capture, data: Path) -> Row:
    papers = capture.parsed.papers
    return Row(
        file=capture.path.relative_to(data).as_posix(),
        source=capture.source_name,
        entries=_count_entries(_read(capture.path)),
        papers=len(papers),
        title=sum(bool(paper.title) for paper in papers),
        authors=sum(bool(paper.authors) for paper in papers),
        abstract=sum(bool(paper.abstract) for paper in papers),
        doi=_count_ids(papers, IdScheme.DOI),
        arxiv=_count_ids(papers, IdScheme.ARXIV),
        dated=sum(paper.submitted_at is not None for paper in papers),
        announced=len(capture.parsed.announcements),
        skipped=capture.parsed.skipped,
    )


def _count_ids(papers: Iterable[Paper], scheme: IdScheme) -> int:
    return sum(paper.id_of(scheme) is not None for paper in papers)


def _count_entries(body: bytes) -> int | None:
    """Count XML entries, or the items of the longest list of a JSON answer; None for pages."""
    if body.lstrip()[:1] in (b"[", b"{"):
        return _longest_list(json.loads(body))
    if b"<html" in body[:2_000].lower():
        return None
    return len(_XML_ENTRY.findall(body))


def _longest_list(value: object) -> int:
    """Give the length of the list that stands at most three objects deep and holds objects."""
    if isinstance(value, list):
        return len(value)
    inner = value.values() if isinstance(value, dict) else ()
    return max((_longest_list(each) for each in inner if isinstance(each, dict | list)), default=1)


def _read(path: Path) -> bytes:
    body = path.read_bytes()
    return gzip.decompress(body) if path.suffix == ".gz" else body


if __name__ == "__main__":
    main()
