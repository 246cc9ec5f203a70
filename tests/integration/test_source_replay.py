"""A folder of captured responses instead of the network."""

import gzip
import os
from datetime import date, datetime
from pathlib import Path

import pytest

from digest.errors import SourceChanged
from digest.model import Batch, Cursor, Parsed
from digest.sources.arxiv.source import ArxivSource
from digest.sources.http.client import Http
from digest.sources.huggingface import HuggingFaceSource
from digest.sources.replay import MAX_BYTES, read_folder
from digest.sources.rhythm import Rhythm
from tests.factories import paper
from tests.feeds import SEARCH_ENTRY, hf_entry, hf_list, rss, rss_item, search_answer


class Journal:
    """A third party's source: its files begin with a word of their own."""

    name = "journal"
    rhythm = Rhythm()

    async def fetch(self, since: Cursor, http: Http, now: datetime) -> Batch:
        raise NotImplementedError

    def parse(self, body: bytes) -> Parsed:
        if not body.startswith(b"JOURNAL"):
            raise SourceChanged(self.name, "not a journal")
        return Parsed(papers=(paper(),))


def reasons(folder: Path) -> dict[str, str]:
    return {skipped.path.name: skipped.reason for skipped in read_folder(folder).skipped}


def test_files_are_known_by_what_is_in_them(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "a.txt").write_bytes(rss(rss_item()))
    (tmp_path / "b").write_bytes(gzip.compress(hf_list(hf_entry())))
    (tmp_path / "c.xml").write_bytes(search_answer(SEARCH_ENTRY))
    (tmp_path / "weekend.xml").write_bytes(rss(category="cs.LG"))

    captures = read_folder(tmp_path).captures

    assert [(capture.path.name, capture.source_name, capture.announced_on) for capture in captures] == [
        ("b", "huggingface", date(2026, 11, 20)),
        ("c.xml", "arxiv", None),
        ("a.txt", "arxiv:cs.CL", date(2026, 11, 20)),
        ("weekend.xml", "arxiv:cs.LG", None),
    ]


def test_what_cannot_be_used_is_listed_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "blank.gz").write_bytes(gzip.compress(b"  \n"))
    (tmp_path / "notes.md").write_text("# arxiv.org")
    (tmp_path / "error.xml").write_bytes(rss(title="Feed error for query: x", description="bad"))
    (tmp_path / "half.json").write_bytes(hf_list(hf_entry())[:-9])
    (tmp_path / "half.xml.gz").write_bytes(gzip.compress(rss(rss_item()) + os.urandom(9000))[:-4000])
    (tmp_path / "zip.gz").write_bytes(b"\x1f\x8bnothing")

    assert reasons(tmp_path) == {
        "blank.gz": "empty",
        "empty": "empty",
        "error.xml": "arXiv cannot make this feed: bad",
        "half.json": "The answer is not the JSON that was expected, or it breaks off",
        "half.xml.gz": "gzip: a body that breaks off",
        "notes.md": "not a format that any source reads",
        "zip.gz": "empty",
    }


def test_a_bomb_and_a_giant_are_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(rss(rss_item()) + bytes(MAX_BYTES)))
    with (tmp_path / "giant.xml").open("wb") as file:
        file.write(rss(rss_item()))
        file.truncate(MAX_BYTES + 1)  # sparse: takes no room

    said = reasons(tmp_path)

    assert said["bomb.gz"].startswith("gzip: more than")
    assert said["giant.xml"] == "larger than 32,000,000 bytes"


def test_sources_from_elsewhere_read_what_ours_do_not(tmp_path: Path) -> None:
    (tmp_path / "journal.bin").write_bytes(b"JOURNAL")
    (tmp_path / "other.bin").write_bytes(b"OTHER")

    replay = read_folder(tmp_path, [ArxivSource("cs.CL"), HuggingFaceSource(), Journal()])

    assert [(capture.path.name, capture.source_name) for capture in replay.captures] == [("journal.bin", "journal")]
    assert [skipped.path.name for skipped in replay.skipped] == ["other.bin"]


@pytest.mark.parametrize("name", ["", "no-such-folder"])
def test_a_folder_without_files_holds_nothing(tmp_path: Path, name: str) -> None:
    assert read_folder(tmp_path / name) == type(read_folder(tmp_path))()


def test_one_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(rss(rss_item()))

    assert len(read_folder(tmp_path / "feed.xml").captures) == 1


def test_reading_twice_gives_the_same(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.xml").write_bytes(rss(rss_item(f"2611.0000{number}")))

    assert read_folder(tmp_path) == read_folder(tmp_path)
