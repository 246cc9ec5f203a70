"""What of a rolling list is news."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from digest.model import Announcement, Cursor, ExternalId, IdScheme, Paper, Parsed, PastBatch
from digest.sources.judgement import batch_ids
from digest.sources.novelty import FIRST_MOST, FIRST_REACH, OLDEST_NEWS, keep_news
from tests.factories import NOON, announcement, paper

TODAY = date(2026, 11, 20)
RAN_BEFORE = Cursor(fetched_at=NOON, history=(PastBatch(on=TODAY, entries=0),))
NEVER_WHOLE = Cursor(fetched_at=NOON)


def listed(days_ago: int, seen: Paper | None = None) -> Parsed:
    shown = seen or paper("2611.00001")
    return Parsed(papers=(shown,), announcements=(announcement(shown, announced_on=TODAY - timedelta(days=days_ago)),))


def news(parsed: Parsed, since: Cursor) -> list[Announcement]:
    return list(keep_news(parsed, since, TODAY).announcements)


@pytest.mark.parametrize(
    ("days_ago", "since", "is_news"),
    [
        (0, Cursor(), True),
        (FIRST_REACH.days, Cursor(), True),
        (FIRST_REACH.days + 1, Cursor(), False),
        (FIRST_REACH.days + 1, NEVER_WHOLE, False),
        (FIRST_REACH.days + 1, RAN_BEFORE, True),
        (OLDEST_NEWS.days, RAN_BEFORE, True),
        (OLDEST_NEWS.days + 1, RAN_BEFORE, False),
    ],
)
def test_how_far_back_news_reaches(days_ago: int, since: Cursor, *, is_news: bool) -> None:
    assert bool(news(listed(days_ago), since)) is is_news


def test_what_was_listed_before_is_no_news_and_its_paper_stays() -> None:
    parsed = listed(1)

    kept = keep_news(parsed, replace(RAN_BEFORE, batch_ids=batch_ids(parsed)), TODAY)

    assert (kept.papers, kept.announcements) == (parsed.papers, ())


def test_a_later_version_is_news() -> None:
    before, after = listed(1), listed(1, paper("2611.00001", version=2))
    since = replace(RAN_BEFORE, batch_ids=batch_ids(before))

    assert news(after, since)
    assert not news(after, replace(since, batch_ids=batch_ids(after)))


def test_a_paper_that_got_its_doi_is_no_news() -> None:
    page, doi = ExternalId(IdScheme.URL, "https://a.org/x"), ExternalId(IdScheme.DOI, "10.1234/x")
    before = listed(1, replace(paper("2611.00001"), ids=(page,)))
    after = listed(1, replace(paper("2611.00001"), ids=(doi, page)))

    assert not news(after, replace(RAN_BEFORE, batch_ids=batch_ids(before)))


def test_a_date_in_the_future_is_taken_for_today() -> None:
    assert [made.announced_on for made in news(listed(-30), RAN_BEFORE)] == [TODAY]


def test_a_first_reading_without_measure_is_no_flood() -> None:
    papers = tuple(paper(f"2611.{number:05d}") for number in range(80))
    dates = [TODAY - timedelta(days=number % 3) for number in range(80)]
    made = tuple(announcement(each, announced_on=on) for each, on in zip(papers, dates, strict=True))
    whole = Parsed(papers=papers, announcements=made)

    first = news(whole, Cursor())
    assert len(first) == FIRST_MOST
    assert {each.announced_on for each in first} == {TODAY, TODAY - timedelta(days=1)}
    assert first == [each for each in made if each in first]
    assert len(news(whole, RAN_BEFORE)) == 80
