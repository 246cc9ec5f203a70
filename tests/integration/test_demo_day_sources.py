"""The bundled day through the real parsers: nothing is lost and nothing is complained about."""

from collections import Counter

import pytest

from digest.demo import CAPTURED, DAY
from digest.demo.build import FEEDS
from digest.demo.papers import InventedPaper, read_papers
from digest.model import AnnouncementKind, IdScheme, Paper, Parsed
from digest.sources.arxiv.source import is_arxiv, parse_capture
from digest.sources.huggingface import is_huggingface
from digest.sources.huggingface_papers import parse_papers

LIST = CAPTURED / "hf_daily_papers.json"


@pytest.fixture(scope="module")
def invented() -> dict[str, InventedPaper]:
    return {paper.id: paper for paper in read_papers()}


@pytest.fixture(scope="module")
def feeds() -> dict[str, Parsed]:
    return {category: parse_capture((CAPTURED / f"arxiv_rss_{category}.xml").read_bytes()) for category in FEEDS}


@pytest.fixture(scope="module")
def listed() -> Parsed:
    return parse_papers(LIST.read_bytes())


def arxiv_id(paper: Paper) -> str:
    return paper.id_of(IdScheme.ARXIV) or ""


def test_the_parsers_have_nothing_to_complain_about(feeds: dict[str, Parsed], listed: Parsed) -> None:
    assert [warning for parsed in (*feeds.values(), listed) for warning in parsed.warnings] == []


def test_the_sources_recognise_their_files() -> None:
    assert [path.name for path in CAPTURED.iterdir() if is_huggingface(path.read_bytes())] == [LIST.name]
    assert {path for path in CAPTURED.iterdir() if is_arxiv(path.read_bytes())} == {*CAPTURED.glob("*.xml")}


def test_the_day_has_the_counts_the_documentation_states(feeds: dict[str, Parsed], listed: Parsed) -> None:
    announced = [made for parsed in feeds.values() for made in parsed.announcements]
    papers = {arxiv_id(paper) for parsed in (*feeds.values(), listed) for paper in parsed.papers}

    assert Counter(made.kind for made in announced) == {
        AnnouncementKind.NEW: 62,
        AnnouncementKind.CROSS_LIST: 26,
        AnnouncementKind.REPLACEMENT: 14,
    }
    assert [made.kind for made in listed.announcements] == [AnnouncementKind.FEATURED] * 18
    assert len(papers) == 76


def test_everything_is_announced_on_the_day(feeds: dict[str, Parsed], listed: Parsed) -> None:
    assert {made.announced_on for parsed in (*feeds.values(), listed) for made in parsed.announcements} == {DAY}


def test_feeds_give_back_what_was_written(feeds: dict[str, Parsed], invented: dict[str, InventedPaper]) -> None:
    for paper in (paper for parsed in feeds.values() for paper in parsed.papers):
        written = invented[arxiv_id(paper)]
        assert (paper.title, paper.abstract, paper.version) == (written.title, written.abstract, written.version)
        assert tuple(author.name for author in paper.authors) == written.authors
        assert (paper.categories, paper.journal_ref) == (written.categories, written.journal_reference)
        assert paper.id_of(IdScheme.DOI) == written.doi


def test_the_list_gives_back_what_was_written(listed: Parsed, invented: dict[str, InventedPaper]) -> None:
    for paper in listed.papers:
        written = invented[arxiv_id(paper)]
        assert written.hf is not None
        shown = [name for name in written.authors if name not in written.hf.hidden]
        assert [author.name for author in paper.authors] == shown
        assert {author.name: author.hf_user for author in paper.authors if author.hf_user} == written.hf.users
        assert (paper.code_url, paper.project_url) == (written.hf.code, written.hf.project)
        assert (paper.upvotes, paper.comment_count) == (written.hf.upvotes, written.hf.comments)


def test_code_links_are_found_in_abstracts(feeds: dict[str, Parsed]) -> None:
    linked = {arxiv_id(paper): paper.code_url for parsed in feeds.values() for paper in parsed.papers if paper.code_url}

    assert len(linked) == 10
    assert linked["2611.90118"] == "https://github.com/no_such_lab/reading-aloud"
