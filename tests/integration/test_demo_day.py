"""The bundled day holds what the demo promises, and is nobody else's text."""

import gzip
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from digest.demo import CAPTURED
from digest.demo.build import FEEDS, render_day, write_day
from digest.demo.papers import InventedPaper, read_papers

ARXIV_ID = re.compile(r"\d{2}(0[1-9]|1[0-2])\.\d{4,5}")
NEW_ID = re.compile(r"2611\.[89]\d{4}")
ARXIV = "{http://arxiv.org/schemas/atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
SHINGLE = 12


@pytest.fixture(scope="module")
def papers() -> tuple[InventedPaper, ...]:
    return read_papers()


@pytest.fixture(scope="module")
def feeds() -> dict[str, ET.Element]:
    return {category: ET.parse(CAPTURED / f"arxiv_rss_{category}.xml").getroot() for category in FEEDS}


@pytest.fixture(scope="module")
def listed() -> list[dict[str, object]]:
    entries: list[dict[str, object]] = json.loads((CAPTURED / "hf_daily_papers.json").read_text(encoding="utf-8"))
    return entries


def items(feeds: dict[str, ET.Element]) -> Iterator[tuple[str, ET.Element]]:
    for category, root in feeds.items():
        for item in root.iter("item"):
            yield category, item


def text(item: ET.Element, tag: str) -> str:
    return item.findtext(tag) or ""


def arxiv_id(item: ET.Element) -> str:
    return text(item, "link").removeprefix("https://arxiv.org/abs/")


def test_the_bundled_files_are_what_the_generator_makes(papers: tuple[InventedPaper, ...]) -> None:
    bundled = {path.name: path.read_bytes() for path in CAPTURED.iterdir()}

    assert bundled == render_day(papers), "run: python -m digest.demo.build"


def test_writing_the_day_removes_files_it_no_longer_has(tmp_path: Path) -> None:
    write_day(tmp_path / "day", {"old.xml": b"1"})
    write_day(tmp_path / "day", {"new.xml": b"2"})

    assert [path.name for path in (tmp_path / "day").iterdir()] == ["new.xml"]


def test_there_are_enough_distinct_papers(papers: tuple[InventedPaper, ...], listed: list[object]) -> None:
    assert len({paper.id for paper in papers}) == len(papers) >= 70
    assert len({paper.title for paper in papers}) == len(papers)
    assert len({paper.abstract for paper in papers}) == len(papers)
    assert 12 <= len(listed) <= 18


def test_every_id_is_well_formed_and_beyond_what_arxiv_gives_out(papers: tuple[InventedPaper, ...]) -> None:
    assert all(ARXIV_ID.fullmatch(paper.id) for paper in papers)
    assert all(NEW_ID.fullmatch(paper.id) for paper in papers if paper.announced == "new")
    # No month has come near number 80000 (or, before 2015, 9700).
    assert all(int(paper.id[5:]) > 80_000 or paper.id == "1204.9731" for paper in papers)


def test_abstracts_have_the_length_of_abstracts(papers: tuple[InventedPaper, ...]) -> None:
    assert {paper.id: n for paper in papers if not 80 <= (n := len(paper.abstract.split())) <= 180} == {}


def test_no_two_abstracts_share_a_phrase(papers: tuple[InventedPaper, ...]) -> None:
    eight = Counter(itertools.chain.from_iterable(shingles(paper.abstract, 8) for paper in papers))

    assert [words for words, count in eight.items() if count > 1] == []


def test_the_day_has_all_kinds_of_announcement(feeds: dict[str, ET.Element]) -> None:
    kinds = Counter(text(item, f"{ARXIV}announce_type") for _, item in items(feeds))

    assert set(kinds) == {"new", "cross", "replace", "replace-cross"}
    assert min(kinds.values()) >= 3
    versions = {text(item, "guid").rpartition("v")[2] for _, item in items(feeds)}
    assert {"1", "2", "3", "4"} <= versions


def test_a_new_paper_is_new_in_one_feed_and_a_cross_list_in_the_others(feeds: dict[str, ET.Element]) -> None:
    for category, item in items(feeds):
        primary = text(item, "category")
        is_primary = text(item, f"{ARXIV}announce_type") in {"new", "replace"}
        assert is_primary == (category == primary), arxiv_id(item)


def test_a_paper_reads_the_same_in_every_feed(feeds: dict[str, ET.Element]) -> None:
    seen: dict[str, tuple[str, ...]] = {}
    for _, item in items(feeds):
        abstract = text(item, "description").partition("\nAbstract: ")[2]
        content = (text(item, "title"), abstract, text(item, "guid"), text(item, f"{DC}creator"))
        assert seen.setdefault(arxiv_id(item), content) == content


def test_the_list_and_the_feeds_agree(papers: tuple[InventedPaper, ...], listed: list[dict[str, object]]) -> None:
    by_id = {paper.id: paper for paper in papers}
    for entry in listed:
        inner = entry["paper"]
        assert isinstance(inner, dict)
        paper = by_id[inner["id"]]
        assert tuple(author["name"] for author in inner["authors"]) == paper.authors
        assert inner["summary"] == paper.abstract.replace("$", "")
        assert inner["title"] == entry["title"]


def test_both_the_list_and_the_feeds_have_papers_of_their_own(papers: tuple[InventedPaper, ...]) -> None:
    assert sum(paper.hf is not None and paper.announced == "earlier" for paper in papers) >= 2
    assert sum(paper.hf is not None and paper.announced == "new" for paper in papers) >= 12
    assert sum(paper.hf is None for paper in papers) >= 50


def test_there_are_namesakes(papers: tuple[InventedPaper, ...]) -> None:
    primaries: dict[str, list[str]] = {}
    for paper in papers:
        for name in paper.authors:
            primaries.setdefault(name, []).append(paper.categories[0])

    assert sorted(primaries["Wei Zhang"]) == ["astro-ph.GA", "cs.CL", "cs.CL", "cs.CV"]
    assert {"María García", "Maria García", "Maria Garcia"} & primaries.keys() >= {"María García", "Maria Garcia"}
    assert {"Jörg Müller", "J. Müller", "Joerg Mueller", "W. Zhang"} <= primaries.keys()
    assert len(primaries["Ingrid Bakkerud"]) >= 3


def test_author_lists_come_in_all_shapes(papers: tuple[InventedPaper, ...], feeds: dict[str, ET.Element]) -> None:
    sizes = [len(paper.authors) for paper in papers]
    creators = {text(item, f"{DC}creator") for _, item in items(feeds)}

    assert min(sizes) == 1
    assert max(sizes) >= 40
    assert any("Collaboration: " in creator for creator in creators)
    assert any("((1) " in creator for creator in creators)
    assert all(creator.isascii() for creator in creators)
    assert any(r"M\"uller" in creator for creator in creators)


def test_there_are_tex_code_links_and_journal_references(papers: tuple[InventedPaper, ...]) -> None:
    assert sum("$" in paper.title or "\\" in paper.title for paper in papers) >= 4
    assert sum("$" in paper.abstract for paper in papers) >= 50
    assert sum("https://github.com/" in paper.abstract for paper in papers) >= 10
    assert sum(paper.hf is not None and paper.hf.code is not None for paper in papers) >= 10
    assert sum(paper.doi is not None for paper in papers) >= 2
    assert sum(paper.journal_reference is not None for paper in papers) >= 3


def test_no_link_leads_to_anything_somebody_owns(papers: tuple[InventedPaper, ...]) -> None:
    written = "".join(paper.model_dump_json() for paper in papers)
    hosts = Counter(re.findall(r"https?://([^/\"\s]+)", written))

    assert hosts.keys() == {"github.com", "example.org", "arxiv.org"}
    # GitHub gives out no account with two underscores, so this one stays nobody's.
    assert set(re.findall(r"github\.com/([^/]+)/", written)) == {"no_such_lab"}


def test_no_abstract_repeats_a_captured_one(papers: tuple[InventedPaper, ...], samples: Path) -> None:
    ours = {words for paper in papers for words in shingles(paper.abstract, SHINGLE)}

    borrowed = [words for known in sample_texts(samples) for words in shingles(known, SHINGLE) if words in ours]

    assert borrowed == []


def shingles(prose: str, size: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", prose.lower())
    return {tuple(words[start : start + size]) for start in range(len(words) - size + 1)}


def sample_texts(samples: Path) -> Iterator[str]:
    for path in sorted((samples / "arxiv_rss").glob("*.xml.gz")):
        for item in ET.fromstring(gzip.decompress(path.read_bytes())).iter("item"):
            yield text(item, "description")
    for path in sorted((samples / "hf").glob("*.json")):
        entries = json.loads(path.read_text(encoding="utf-8"))
        yield from (entry["summary"] for entry in entries if isinstance(entry, dict) and "summary" in entry)
    for path in sorted((samples / "author_pages").glob("*.txt")):
        yield path.read_text(encoding="utf-8")
