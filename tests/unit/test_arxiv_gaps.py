"""What was announced on days nobody read, from records that only say when versions were submitted."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Announcement
from digest.sources.arxiv.gaps import list_announced
from digest.sources.arxiv.records import ArxivRecord, read_records
from digest.sources.formats.oai import read_oai
from tests.feeds import oai_page, oai_record

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 11, day) for day in range(16, 21))
WEEK = frozenset({MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY})

FOR_WEDNESDAY = "Mon, 16 Nov 2026 20:00:00 GMT"
FOR_THURSDAY = "Tue, 17 Nov 2026 20:00:00 GMT"
FOR_FRIDAY = "Wed, 18 Nov 2026 20:00:00 GMT"
LONG_BEFORE = "Mon, 02 Nov 2026 12:00:00 GMT"


def records(*texts: str) -> list[ArxivRecord]:
    read, skipped = read_records(read_oai(oai_page(*texts), "x"))
    assert skipped == 0
    return read


def announced(*texts: str, query: str = "cs.CL", days: frozenset[date] = WEEK) -> list[tuple[str, str, str, date]]:
    made = list_announced(records(*texts), query, "arxiv:cs.CL", days)
    return [(each.paper.value, each.kind.value, each.detail, each.announced_on) for each in made]


def test_a_new_paper_is_announced_by_the_schedule() -> None:
    made = list_announced(records(oai_record("2611.00001", FOR_THURSDAY)), "cs.CL", "arxiv:cs.CL", WEEK)

    (only,) = made
    assert isinstance(only, Announcement)
    assert (only.kind, only.detail, only.announced_on, only.version) == ("new", "", THURSDAY, 1)
    assert (str(only.paper), only.source) == ("arxiv:2611.00001", "arxiv:cs.CL")


def test_other_days_are_left_out() -> None:
    texts = (oai_record("2611.00001", FOR_WEDNESDAY), oai_record("2611.00002", FOR_THURSDAY))

    assert [each[0] for each in announced(*texts, days=frozenset({THURSDAY}))] == ["2611.00002"]


def test_a_paper_of_another_primary_category_is_a_cross_list() -> None:
    text = oai_record("2611.00001", FOR_THURSDAY, categories="cs.LG stat.ML cs.CL")

    assert announced(text) == [("2611.00001", "cross_list", "cs.CL", THURSDAY)]
    assert announced(text, query="cs.CL+stat.ML") == [
        ("2611.00001", "cross_list", "cs.CL", THURSDAY),
        ("2611.00001", "cross_list", "stat.ML", THURSDAY),
    ]


def test_each_version_is_announced_on_its_own_day() -> None:
    text = oai_record("2611.00001", LONG_BEFORE, FOR_WEDNESDAY, FOR_FRIDAY)

    assert announced(text) == [
        ("2611.00001", "replacement", "v2", WEDNESDAY),
        ("2611.00001", "replacement", "v3", FRIDAY),
    ]


def test_two_versions_on_one_day_are_one_entry_of_the_feed() -> None:
    text = oai_record("2611.00001", FOR_THURSDAY, "Wed, 18 Nov 2026 09:00:00 GMT")

    assert announced(text) == [("2611.00001", "new", "", THURSDAY)]


def test_the_sixth_version_is_never_in_a_feed() -> None:
    assert announced(oai_record("2601.00001", *([LONG_BEFORE] * 4), FOR_THURSDAY))[0][2] == "v5"
    assert announced(oai_record("2601.00001", *([LONG_BEFORE] * 5), FOR_THURSDAY)) == []


def test_a_paper_that_was_held_is_announced_with_the_ids_around_it() -> None:
    texts = [
        oai_record("2611.00010", FOR_WEDNESDAY),
        oai_record("2611.00011", LONG_BEFORE),  # the held ones come first in an announcement
        oai_record("2611.00012", FOR_THURSDAY),
        oai_record("2611.00013", LONG_BEFORE),
        oai_record("2611.00014", "Tue, 17 Nov 2026 21:00:00 GMT"),
    ]

    assert [each[3] for each in announced(*texts)] == [WEDNESDAY, *[THURSDAY] * 4]


def test_a_paper_held_over_a_weekend_is_not_taken_for_the_day_before() -> None:
    texts = [
        oai_record("2611.00010", "Mon, 16 Nov 2026 18:30:00 GMT", touched="2026-11-17"),  # for Tuesday
        oai_record("2611.00011", "Sat, 14 Nov 2026 12:00:00 GMT"),  # due with it, but its id is of the day after
        oai_record("2611.00012", FOR_WEDNESDAY, touched="2026-11-18"),
    ]

    assert [each[3] for each in announced(*texts)] == [TUESDAY, WEDNESDAY, WEDNESDAY]


def test_nothing_was_announced_after_it_was_last_touched() -> None:
    texts = [
        oai_record("2611.00010", FOR_WEDNESDAY, touched="2026-11-18"),
        oai_record("2611.00011", "Mon, 16 Nov 2026 19:59:00 GMT", touched="2026-11-18"),  # a minute out of order
        oai_record("2611.00012", FOR_THURSDAY, touched="2026-11-19"),
    ]

    assert [each[3] for each in announced(*texts)] == [WEDNESDAY, WEDNESDAY, THURSDAY]


def test_an_old_paper_that_was_only_edited_is_not_news() -> None:
    old = "Fri, 05 Jan 2018 12:00:00 GMT"
    texts = [
        oai_record("1801.00009", old),
        oai_record("1801.00010", "Mon, 01 Jan 2018 12:00:00 GMT"),
        oai_record("math/0309136", "Mon, 08 Sep 2003 12:00:00 GMT"),
        oai_record("2611.00012", FOR_THURSDAY),
    ]

    assert [each[0] for each in announced(*texts)] == ["2611.00012"]


def test_the_last_paper_of_all_goes_by_when_it_was_touched() -> None:
    texts = [
        oai_record("2611.00010", FOR_THURSDAY, touched="2026-11-19"),
        oai_record("2611.00011", LONG_BEFORE, touched="2026-11-20"),
    ]

    assert [each[3] for each in announced(*texts)] == [THURSDAY, FRIDAY]


def test_records_read_before_help_to_place_the_next() -> None:
    before = records(oai_record("2611.00010", FOR_WEDNESDAY))
    after = records(oai_record("2611.00011", LONG_BEFORE), oai_record("2611.00012", FOR_THURSDAY))

    made = list_announced(after, "cs.CL", "arxiv:cs.CL", WEEK, known=before)

    assert [(each.paper.value, each.announced_on) for each in made] == [
        ("2611.00011", THURSDAY),
        ("2611.00012", THURSDAY),
    ]


@pytest.mark.parametrize("categories", ["", "bogus!"])
def test_a_record_without_categories_is_new(categories: str) -> None:
    assert announced(oai_record("2611.00001", FOR_THURSDAY, categories=categories))[0][1] == "new"


DATES = st.sampled_from([LONG_BEFORE, FOR_WEDNESDAY, FOR_THURSDAY, FOR_FRIDAY])


@given(st.lists(st.tuples(DATES, st.integers(1, 28)), min_size=1, max_size=12))
def test_later_ids_are_never_announced_earlier(given_papers: list[tuple[str, int]]) -> None:
    texts = [
        oai_record(f"2611.{10 + at:05d}", submitted, touched="2026-11-20")
        for at, (submitted, _) in enumerate(given_papers)
    ]
    days = [each[3] for each in announced(*texts, days=frozenset(date(2026, 11, day) for day in range(1, 29)))]

    assert days == sorted(days)
    assert len(days) == len(texts)
