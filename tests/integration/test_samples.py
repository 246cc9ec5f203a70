"""The bytes that servers really sent: every file is read, and nothing in it is lost on the way."""

import gzip
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from digest.errors import SourceChanged
from digest.identifiers.arxiv_ids import find_arxiv_id
from digest.model import AnnouncementKind, Author, IdScheme, Paper, Parsed
from digest.sources.arxiv.feed import parse_legacy_title
from digest.sources.arxiv.source import parse_capture
from digest.sources.formats.creators import parse_creators
from digest.sources.formats.feed import read_feed
from digest.sources.huggingface_papers import parse_papers
from digest.sources.replay import read_folder

DC = "{http://purl.org/dc/elements/1.1/}"
ARXIV = "{http://arxiv.org/schemas/atom}"
ATOM = "{http://www.w3.org/2005/Atom}"

FEEDS = {
    "DERIVED_rss_cs.CL_2025-06-10": (133, 57),
    "DERIVED_rss_cs.CL_2025-06-11": (79, 28),
    "DERIVED_rss_cs.CL_2026-08-12": (58, 37),
    "DERIVED_rss_cs.CV_2025-06-10": (189, 63),
    "DERIVED_rss_cs.CV_2025-06-11": (98, 31),
    "DERIVED_rss_cs.CV_2026-08-12": (117, 31),
}
ANSWERS = {
    "arxiv_transformer_2026-06-14": 5,
    "id_0000.0000_s0_m100_8b51d9633a68": 0,
    "id_0808.05394_1707.08567_s0_m100_42e5aa0ec3af": 1,
    "id_0808.05394_s0_m100_7b0c7d0a7cdd": 0,
    "id_1605.08386_s0_m100_199195aa31ad": 1,
    "id_1707.08567_s0_m100_6a1afebfc6a3": 1,
    "id_2104.12255v1_s0_m100_6ae69987ffe1": 1,
    "id_astro-ph_0601001_s0_m100_3150dca9dc76": 1,
    "id_quant-ph_0201082v1_s0_m100_86989fe779ef": 1,
    "q_testing_s0_m100_cfe7536492ca": 100,
    "q_testing_s0_m10_bc5a6c384fe9": 10,
    "q_testing_s0_m15_80c242b59d59": 15,
    "q_testing_s10_m10_34e56e15aaac": 10,
    "q_testing_s20_m10_348a237fecab": 10,
    "q_testing_s30_m10_f2e39f0143dc": 10,
    "q_testing_s40_m10_96dd32eb854c": 10,
    "q_testing_s50_m10_7f488ab8598c": 10,
    "q_testing_s5_m10_c0e94a259d4a": 10,
    "q_testing_s5_m15_bbcf6b23085b": 15,
    "q_testing_s9_m15_0b78d4b4d476": 15,
}
LISTS = {"hf_daily_papers_2026-07-31.json": 30, "hf_daily_papers_2026-08-01.json": 5}


def fold(text: str | None) -> str:
    return " ".join((text or "").split())


def feed_bytes(samples: Path, name: str) -> bytes:
    return gzip.decompress((samples / "arxiv_rss" / f"{name}.xml.gz").read_bytes())


def answer_bytes(samples: Path, name: str) -> bytes:
    return (samples / "arxiv_api" / f"{name}.xml").read_bytes()


def test_every_file_of_the_three_formats_is_in_these_tests(samples: Path) -> None:
    feeds = {path.name.removesuffix(".xml.gz") for path in (samples / "arxiv_rss").glob("*.xml.gz")}
    answers = {path.stem for path in (samples / "arxiv_api").iterdir()}
    lists = {path.name for path in (samples / "hf").glob("hf_daily_papers_*.json")}

    assert (feeds, answers - {"id_abc_s0_m100_b79c8dcf6bc3"}, lists) == (set(FEEDS), set(ANSWERS), set(LISTS))


@pytest.mark.parametrize("name", FEEDS)
def test_a_day_of_arxiv_is_announced_whole(samples: Path, name: str) -> None:
    parsed = parse_capture(feed_bytes(samples, name))

    category, day = name.split("_")[2:]
    kinds = Counter(made.kind for made in parsed.announcements)
    assert (kinds[AnnouncementKind.NEW], kinds[AnnouncementKind.CROSS_LIST]) == FEEDS[name]
    assert len(parsed.papers) == len(parsed.announcements) == sum(FEEDS[name])
    assert {made.announced_on for made in parsed.announcements} == {date.fromisoformat(day)}
    assert {made.detail for made in parsed.announcements} == {"", category}
    assert (parsed.source, parsed.warnings, parsed.skipped) == (f"arxiv:{category}", (), 0)


@pytest.mark.parametrize("name", FEEDS)
def test_an_item_of_arxiv_loses_nothing(samples: Path, name: str) -> None:
    body = feed_bytes(samples, name)

    for item, paper in zip(ET.fromstring(body).iter("item"), parse_capture(body).papers, strict=True):
        version = (item.findtext("guid") or "").removeprefix("oai:arXiv.org:")
        assert (f"{paper.id_of(IdScheme.ARXIV)}v{paper.version}", paper.abstract_url) == (
            version,
            item.findtext("link"),
        )
        assert paper.title == fold(item.findtext("title"))
        assert paper.abstract == fold(item.findtext("description")).partition(" Abstract: ")[2]
        assert ", ".join(author.name for author in paper.authors) == fold(item.findtext(f"{DC}creator"))
        # Among the categories stand subject classes of other schemes (`68T45`, `I.2.10`), which are none.
        tags = [tag.text or "" for tag in item.iter("category")]
        assert list(paper.categories) == [tag for tag in tags if tag[:1].islower()]
        assert paper.license_url == item.findtext(f"{DC}rights")
        assert paper.code_url is None or paper.code_url.removeprefix("https://") in paper.abstract.replace("\\_", "_")


def test_most_repositories_named_in_abstracts_are_found(samples: Path) -> None:
    papers = [paper for name in FEEDS for paper in parse_capture(feed_bytes(samples, name)).papers]
    naming = [paper for paper in papers if "github.com/" in paper.abstract]

    assert len(naming) == 126
    assert [paper.abstract for paper in naming if not paper.code_url] == []


def test_the_empty_weekend_is_read_as_such(samples: Path) -> None:
    parsed = parse_capture((samples / "arxiv_rss" / "arxiv_weekend_empty_2026-08-01.xml").read_bytes())

    assert parsed == Parsed(source="arxiv:cs.CL")


def test_all_titles_of_before_2024_are_taken_apart(samples: Path) -> None:
    lines = (samples / "arxiv_rss" / "legacy_pre2024_rss_titles.jsonl").read_text("utf-8").splitlines()
    titles = [json.loads(line)["title"] for line in lines]

    read = [(text, parse_legacy_title(text)) for text in titles]

    assert len(read) == 274
    assert Counter(legacy.type if legacy else None for _, legacy in read) == {"": 198, "UPDATED": 75, "CROSS LISTED": 1}
    for text, legacy in read:
        assert legacy is not None
        arxiv = find_arxiv_id(legacy.arxiv_id)
        assert arxiv is not None
        assert arxiv.version is not None
        suffix = f" {legacy.type}" if legacy.type else ""
        assert text == f"{legacy.title}. (arXiv:{arxiv.value}v{arxiv.version} [{legacy.category}]{suffix})"


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_the_search_api_loses_nothing(samples: Path, name: str) -> None:
    body = answer_bytes(samples, name)
    parsed = parse_capture(body)

    assert (len(parsed.papers), parsed.announcements, parsed.warnings) == (ANSWERS[name], (), ())
    for entry, paper in zip(ET.fromstring(body).iter(f"{ATOM}entry"), parsed.papers, strict=True):
        assert f"http://arxiv.org/abs/{paper.id_of(IdScheme.ARXIV)}v{paper.version}" == entry.findtext(f"{ATOM}id")
        assert (paper.title, paper.abstract) == tuple(
            fold(entry.findtext(f"{ATOM}{tag}")) for tag in ("title", "summary")
        )
        assert [author.name for author in paper.authors] == [name.text for name in entry.iter(f"{ATOM}name")]
        assert paper.comment == (fold(entry.findtext(f"{ARXIV}comment")) or None)
        assert paper.journal_ref == (fold(entry.findtext(f"{ARXIV}journal_ref")) or None)
        assert paper.id_of(IdScheme.DOI) == ((entry.findtext(f"{ARXIV}doi") or "").lower() or None)
        primary = entry.find(f"{ARXIV}primary_category")
        assert primary is not None
        assert paper.primary_category == primary.get("term")
        for tag, at in (("published", paper.submitted_at), ("updated", paper.updated_at)):
            assert at == datetime.fromisoformat(entry.findtext(f"{ATOM}{tag}") or "")


def test_affiliations_stay_with_their_authors(samples: Path) -> None:
    (paper,) = parse_capture(answer_bytes(samples, "id_astro-ph_0601001_s0_m100_3150dca9dc76")).papers

    assert paper.authors == (
        Author("Andrew Gould", ("Ohio State",)),
        Author("Susan Dorsher", ("Ohio State",)),
        Author("B. Scott Gaudi", ("CfA",)),
        Author("Andrzej Udalski", ("Warsaw University Observatory",)),
    )


def test_names_are_read_in_their_own_letters(samples: Path) -> None:
    (paper,) = parse_capture(answer_bytes(samples, "id_1707.08567_s0_m100_6a1afebfc6a3")).papers

    assert Author("Dirk Wübben") in paper.authors


def test_a_title_that_looks_like_nothing_is_a_title(samples: Path) -> None:
    (paper,) = parse_capture(answer_bytes(samples, "id_2104.12255v1_s0_m100_6ae69987ffe1")).papers

    assert paper.title == "0"


def test_the_answer_to_a_malformed_id_is_an_error(samples: Path) -> None:
    with pytest.raises(SourceChanged, match="incorrect id format for abc"):
        parse_capture(answer_bytes(samples, "id_abc_s0_m100_b79c8dcf6bc3"))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_hugging_face_loses_nothing(samples: Path, name: str) -> None:
    body = (samples / "hf" / name).read_bytes()
    parsed = parse_papers(body)

    assert (len(parsed.papers), parsed.warnings, parsed.skipped) == (LISTS[name], (), 0)
    for entry, paper in zip(json.loads(body), parsed.papers, strict=True):
        assert_same(entry["paper"], paper)
        assert (paper.comment_count, paper.thumbnail_url) == (entry["numComments"], entry["thumbnail"])
        assert list(paper.media_urls) == entry.get("mediaUrls", [])
        assert paper.organization == entry.get("organization", {}).get("fullname")


def assert_same(own: dict[str, Any], paper: Paper) -> None:
    ids = {(known.scheme, known.value) for known in paper.ids}
    assert ids == {(IdScheme.ARXIV, own["id"]), (IdScheme.HF, own["id"])}
    assert (paper.title, paper.abstract) == (fold(own["title"]), fold(own["summary"]))
    logins = [author.get("user", {}).get("user") for author in own["authors"]]
    assert [author.name for author in paper.authors] == [fold(author["name"]) for author in own["authors"]]
    assert [author.hf_user for author in paper.authors] == logins
    links = (own.get("githubRepo"), own.get("projectPage"), own.get("githubStars"))
    assert (paper.code_url, paper.project_url, paper.github_stars) == links
    assert (paper.upvotes, paper.submitted_at) == (own["upvotes"], datetime.fromisoformat(own["publishedAt"]))
    assert (paper.ai_summary, list(paper.ai_keywords)) == (own.get("ai_summary"), own.get("ai_keywords", []))
    assert paper.abstract_url == f"https://arxiv.org/abs/{own['id']}"


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_featured_on_the_day_the_papers_name(samples: Path, name: str) -> None:
    parsed = parse_papers((samples / "hf" / name).read_bytes(), date(2026, 8, 1))

    assert {(made.kind, made.detail, made.announced_on) for made in parsed.announcements} == {
        (AnnouncementKind.FEATURED, "2026-07-31", date(2026, 7, 31))
    }


def test_the_fields_of_one_entry_are_what_a_person_reads_in_it(samples: Path) -> None:
    papers = parse_papers((samples / "hf" / "hf_daily_papers_2026-07-31.json").read_bytes()).papers
    paper = next(paper for paper in papers if paper.id_of(IdScheme.HF) == "2607.28618")

    assert (paper.upvotes, paper.github_stars, paper.comment_count) == (292, 8, 2)
    assert paper.project_url == "https://www.askchem.org"
    assert paper.code_url == "https://github.com/bingyan4science/askchem"
    assert paper.media_urls[0].endswith("/p4ftw2yqzwSrQHFsgizJj.mp4")
    assert paper.submitted_at == datetime(2026, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["paper_page_2509.24002.html", "paper_page_2509.24002.PaperContent.json"])
def test_a_paper_page_and_its_props_say_the_same(samples: Path, name: str) -> None:
    own = json.loads((samples / "hf" / "paper_page_2509.24002.PaperContent.json").read_bytes())["paper"]

    parsed = parse_papers((samples / "hf" / name).read_bytes())

    (paper,), (made,) = parsed.papers, parsed.announcements
    assert_same(own, paper)
    assert (paper.upvotes, paper.github_stars, len(paper.ai_keywords)) == (118, 182, 21)
    assert (made.detail, made.announced_on) == ("2025-10-01", date(2025, 10, 1))


def test_the_feeds_of_journals_pass_the_gate(samples: Path) -> None:
    feeds = {path.name: read_feed(path.read_bytes(), path.name) for path in (samples / "rss_generic").iterdir()}

    assert len(feeds) == 28
    assert [name for name, feed in feeds.items() if feed.flaw] == []
    assert [name for name, feed in feeds.items() if not feed.entries] == ["example_actaa.xml"]


def test_raw_author_strings_lose_nobody(samples: Path) -> None:
    lines = (samples / "arxiv_oai" / "arxiv_raw_author_strings.jsonl").read_text("utf-8").splitlines()

    assert len(lines) == 510
    assert all(parse_creators(json.loads(line)["authors"]) for line in lines)


KINDS = {
    "arxiv": 49,
    "biorxiv": 1,
    "crossref": 14,
    "dblp": 1,
    "feed": 28,
    "huggingface": 4,
    "oai": 6,
    "openalex": 1,
    "openreview": 1,
    "orcid": 10,
    "semantic_scholar": 20,
}


def test_a_folder_of_everything_is_replayed_by_content(samples: Path) -> None:
    replay = read_folder(samples)

    held = Counter(capture.source_name for capture in replay.captures)
    kinds = Counter(name.partition(":")[0] for name in held.elements())
    assert kinds == KINDS
    assert len(replay.captures) + len(replay.skipped) == sum(path.is_file() for path in samples.rglob("*"))
    assert all(skipped.reason for skipped in replay.skipped)
