"""Captured responses become days: each announcement on its date, and papers nobody announces are kept as well."""

import json
from datetime import date
from pathlib import Path

from digest.pipeline.replay import read_captures, replay_folder, split_days, store_background
from digest.storage import announcements, papers
from subscribers.db import Database
from tests.factories import NOON
from tests.feeds import hf_entry, rss, rss_item


def test_days_come_in_order_with_the_papers_they_announce(tmp_path: Path) -> None:
    friday = rss(rss_item("2611.00001"), date="Fri, 20 Nov 2026 00:00:00 -0500")
    (tmp_path / "a.xml").write_bytes(friday)
    (tmp_path / "b.xml").write_bytes(friday.replace(b"Fri, 20 Nov", b"Thu, 19 Nov").replace(b"00001", b"00002"))
    captures, skipped = read_captures(tmp_path)

    assert [day.on for day in split_days(captures)] == [date(2026, 11, 19), date(2026, 11, 20)]
    assert skipped == ()


def test_a_paper_that_is_not_announced_is_kept_beside_those_that_are(database: Database, tmp_path: Path) -> None:
    undated = hf_entry("2611.00002", submittedOnDailyAt=None, title="A Paper Without A Listing Day")
    dated = hf_entry("2611.00001", title="A Paper With A Listing Day")
    (tmp_path / "list.json").write_text(json.dumps([dated, undated]))
    captures, _ = read_captures(tmp_path)

    (run,) = store_background(database, captures, NOON)
    assert run.papers == 1
    replay_folder(database, tmp_path, NOON)
    with database.reading() as session:
        assert (papers.count_papers(session), announcements.count_announcements(session)) == (2, 1)


def test_replaying_twice_announces_nothing_twice(database: Database, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(rss(rss_item("2611.00001")))
    replay_folder(database, tmp_path, NOON)
    again = replay_folder(database, tmp_path, NOON)

    assert [run.announcements for run in again.runs] == [0]
