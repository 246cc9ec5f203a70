"""Hugging Face over the wire, day after day: lists that grow, shrink, rest at weekends, and change their upvotes."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from digest.errors import SourceRefused, SourceUnavailable
from digest.model import Batch, Cursor, RunState
from digest.settings import HttpSettings
from digest.sources.http.client import Http
from digest.sources.huggingface import HuggingFaceSource
from tests.feeds import hf_entry, hf_list
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

MONDAY = date(2026, 11, 16)
ONE_DAY = timedelta(days=1)


class Lists:
    """What Hugging Face has: papers by day, and the state of the server on each day asked for."""

    def __init__(self) -> None:
        self.papers: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.replies: dict[str, Reply] = {}

    def put(self, day: date, *numbers: str, **changes: Any) -> None:
        at = f"{day}T00:00:00.000Z"
        self.papers[str(day)] |= {each: hf_entry(each, **({"submittedOnDailyAt": at} | changes)) for each in numbers}

    def answer(self, asked: Asked) -> Reply:
        query = {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}
        wanted = query.get("date") or query["month"]
        if wanted in self.replies:
            return self.replies[wanted]
        found = [entry for day in sorted(self.papers) if day.startswith(wanted) for entry in self.papers[day].values()]
        start = int(query.get("p", 0)) * int(query["limit"])
        return Reply(body=hf_list(*found[start : start + int(query["limit"])]))


@pytest.fixture
def lists() -> Lists:
    return Lists()


@pytest.fixture
def server(lists: Lists) -> Iterator[WebServer]:
    with WebServer(lists.answer) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    settings = HttpSettings(contact="", timeout=timedelta(seconds=5), allowed_hosts=("127.0.0.1",))
    with stamina.set_testing(True, attempts=1):
        async with Http(settings, pace={}) as opened:
            yield opened


@pytest.fixture
def source(server: WebServer) -> HuggingFaceSource:
    return HuggingFaceSource(server.url)


def at(day: date, hour: int = 15) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def days_asked(server: WebServer) -> list[str]:
    days = [parse_qs(urlsplit(asked.path).query)["date"][0][5:] for asked in server.asked]
    server.asked.clear()
    return days


def said(batch: Batch) -> tuple[RunState, set[str]]:
    return batch.state, {f"{made.announced_on:%d} {made.paper.value}" for made in batch.announcements}


async def test_a_half_updated_day_is_read_until_it_is_whole(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    lists.put(MONDAY, "2611.00001")
    first = await source.fetch(Cursor(), http, at(MONDAY))
    lists.put(MONDAY, "2611.00002")
    second = await source.fetch(first.cursor, http, at(MONDAY, 23))
    lists.put(MONDAY, "2611.00003")
    third = await source.fetch(second.cursor, http, at(MONDAY + ONE_DAY, 2))
    fourth = await source.fetch(third.cursor, http, at(MONDAY + ONE_DAY, 3))

    assert [each.state for each in (first, second, third, fourth)] == [RunState.FRESH] * 3 + [RunState.QUIET]
    assert "16 2611.00003" in said(third)[1]
    assert (second.cursor.complete_on, third.cursor.complete_on) == (MONDAY - 3 * ONE_DAY, MONDAY)


async def test_the_week_is_read_again_once_a_day_for_its_upvotes(
    lists: Lists, source: HuggingFaceSource, server: WebServer, http: Http
) -> None:
    cursor = Cursor()
    for number in range(5):
        lists.put(MONDAY + number * ONE_DAY, f"2611.0000{number}", upvotes=1)
        cursor = (await source.fetch(cursor, http, at(MONDAY + number * ONE_DAY))).cursor
    lists.put(MONDAY, "2611.00000", upvotes=99, ai_summary="Short.", githubRepo="https://github.com/a/b")
    days_asked(server)

    saturday = await source.fetch(cursor, http, at(MONDAY + 5 * ONE_DAY))
    refreshed, later = days_asked(server), await source.fetch(saturday.cursor, http, at(MONDAY + 5 * ONE_DAY, 16))

    assert refreshed == ["11-20", "11-21", "11-14", "11-15", "11-16", "11-17", "11-18", "11-19"]
    assert days_asked(server) == ["11-20", "11-21"]
    paper = next(paper for paper in saturday.papers if paper.ids[0].value == "2611.00000")
    assert (paper.upvotes, paper.ai_summary, paper.code_url) == (99, "Short.", "https://github.com/a/b")
    assert (saturday.state, later.state) == (RunState.HOLIDAY, RunState.HOLIDAY)
    assert said(saturday)[1] == {"20 2611.00004"}


async def test_a_paper_put_on_an_older_list_is_announced(lists: Lists, source: HuggingFaceSource, http: Http) -> None:
    lists.put(MONDAY, "2611.00001")
    cursor = (await source.fetch(Cursor(), http, at(MONDAY))).cursor
    for number in (1, 2):
        cursor = (await source.fetch(cursor, http, at(MONDAY + number * ONE_DAY))).cursor
    lists.put(MONDAY, "2611.00009")

    batch = await source.fetch(cursor, http, at(MONDAY + 3 * ONE_DAY))

    assert said(batch) == (RunState.FRESH, {"16 2611.00009"})
    assert {paper.ids[0].value for paper in batch.papers} == {"2611.00001", "2611.00009"}


async def test_an_empty_weekend_is_a_holiday_and_a_list_at_one_is_fresh(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    friday, saturday, sunday = (MONDAY + number * ONE_DAY for number in (4, 5, 6))
    lists.put(friday, "2611.00001")
    first = await source.fetch(Cursor(), http, at(friday))
    second = await source.fetch(first.cursor, http, at(saturday))
    lists.put(sunday, "2611.00002")
    third = await source.fetch(second.cursor, http, at(sunday))

    assert [each.state for each in (first, second, third)] == [RunState.FRESH, RunState.HOLIDAY, RunState.FRESH]
    assert "22 2611.00002" in said(third)[1]


async def test_an_outage_is_caught_up_and_nothing_arrives_twice(
    lists: Lists, source: HuggingFaceSource, server: WebServer, http: Http
) -> None:
    lists.put(MONDAY, "2611.00001")
    first = await source.fetch(Cursor(), http, at(MONDAY))
    for number in (1, 2, 3):
        lists.put(MONDAY + number * ONE_DAY, f"2611.0001{number}")
    days_asked(server)

    batch = await source.fetch(first.cursor, http, at(MONDAY + 3 * ONE_DAY))

    assert days_asked(server) == ["11-14", "11-15", "11-16", "11-17", "11-18", "11-19", "11-13"]
    assert said(batch)[1] == {"16 2611.00001", "17 2611.00011", "18 2611.00012", "19 2611.00013"}


async def test_what_came_before_a_failure_is_kept_and_the_rest_follows(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    tuesday = MONDAY + ONE_DAY
    lists.put(MONDAY, "2611.00001")
    lists.put(tuesday, "2611.00002")
    lists.replies[str(tuesday)] = Reply(503)
    first = await source.fetch(Cursor(), http, at(tuesday))
    lists.replies.clear()
    second = await source.fetch(first.cursor, http, at(tuesday, 16))

    assert said(first) == (RunState.PARTIAL, {"16 2611.00001"})
    assert first.warnings[0].startswith("Nothing could be read from the list of 2026-11-17 on: 127.0.0.1 answered 503")
    assert second.state is RunState.FRESH
    assert "17 2611.00002" in said(second)[1]


async def test_a_shrunken_list_is_doubted_and_asked_for_again(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    numbers = [f"2611.0000{number}" for number in range(9)]
    lists.put(MONDAY, *numbers)
    first = await source.fetch(Cursor(), http, at(MONDAY))
    lists.papers.clear()
    lists.put(MONDAY, *numbers[:3])
    second = await source.fetch(first.cursor, http, at(MONDAY, 16))
    lists.put(MONDAY, *numbers)
    third = await source.fetch(second.cursor, http, at(MONDAY, 17))

    assert (second.state, third.state) == (RunState.PARTIAL, RunState.QUIET)
    assert second.warnings == ("6 of the 9 papers listed for 2026-11-16 are gone from the list",)


async def test_papers_that_were_taken_off_for_good_are_not_missed_for_ever(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    numbers = [f"2611.0000{number}" for number in range(9)]
    lists.put(MONDAY, *numbers)
    cursor = (await source.fetch(Cursor(), http, at(MONDAY))).cursor
    lists.papers.clear()
    lists.put(MONDAY, *numbers[:3])
    states: list[RunState] = []
    for number in (1, 2, 3):
        batch = await source.fetch(cursor, http, at(MONDAY + number * ONE_DAY))
        states, cursor = [*states, batch.state], batch.cursor

    assert states == [RunState.PARTIAL, RunState.QUIET, RunState.QUIET]
    assert cursor.complete_on == MONDAY + 2 * ONE_DAY


async def test_the_week_that_cannot_be_read_again_does_not_keep_today_from_coming(
    lists: Lists, source: HuggingFaceSource, server: WebServer, http: Http
) -> None:
    lists.put(MONDAY, "2611.00001")
    first = await source.fetch(Cursor(), http, at(MONDAY))
    for number in (-3, -2, -1):
        lists.replies[str(MONDAY + number * ONE_DAY)] = Reply(503)
    lists.put(MONDAY + 2 * ONE_DAY, "2611.00002")
    second = await source.fetch(replace_complete(first.cursor), http, at(MONDAY + 2 * ONE_DAY))
    lists.replies.clear()
    days_asked(server)
    await source.fetch(second.cursor, http, at(MONDAY + 2 * ONE_DAY, 16))

    assert (second.state, "18 2611.00002" in said(second)[1]) == (RunState.FRESH, True)
    assert second.warnings[0].startswith("The lists of the week before could not be read again for their upvotes")
    assert "11-13" in days_asked(server)


def replace_complete(cursor: Cursor) -> Cursor:
    """Let the reading begin at Monday, so that what is before it is only read again."""
    return replace(cursor, etag=None, complete_on=MONDAY - ONE_DAY)


async def test_a_first_reading_that_broke_off_is_finished_days_later(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    for number in range(4):
        lists.put(MONDAY + number * ONE_DAY, f"2611.0000{number}")
    lists.replies[str(MONDAY)] = Reply(503)
    first = await source.fetch(Cursor(), http, at(MONDAY + ONE_DAY))
    lists.replies.clear()
    second = await source.fetch(first.cursor, http, at(MONDAY + 3 * ONE_DAY))

    assert (first.state, first.cursor.complete_on) == (RunState.PARTIAL, None)
    assert said(second) == (RunState.FRESH, {f"{16 + number} 2611.0000{number}" for number in range(4)})


async def test_a_list_that_could_not_be_read_is_not_called_empty(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    cursor = Cursor()
    for number in range(-14, 1):
        day = MONDAY + number * ONE_DAY
        lists.put(day, *(f"2611.{number + 20:02d}{each:03d}" for each in range(9 * (day.weekday() < 5))))
        cursor = (await source.fetch(cursor, http, at(day))).cursor
    lists.replies[str(MONDAY + ONE_DAY)] = Reply(503)

    batch = await source.fetch(cursor, http, at(MONDAY + 2 * ONE_DAY))

    assert batch.state is RunState.PARTIAL
    assert not any("unusual" in warning for warning in batch.warnings)


async def test_being_refused_or_not_answered_at_all_is_said(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    lists.replies = {f"2026-11-{day}": Reply(503) for day in range(10, 20)}
    with pytest.raises(SourceUnavailable):
        await source.fetch(Cursor(), http, at(MONDAY))
    lists.replies = {f"2026-11-{day}": Reply(403) for day in range(10, 20)}
    with pytest.raises(SourceRefused):
        await source.fetch(Cursor(), http, at(MONDAY))


async def test_a_token_goes_into_the_header(server: WebServer, http: Http) -> None:
    await HuggingFaceSource(server.url, token="hf_secret").fetch(Cursor(), http, at(MONDAY))

    assert {asked.headers["authorization"] for asked in server.asked} == {"Bearer hf_secret"}
    assert not any("hf_secret" in asked.path for asked in server.asked)


async def test_the_past_is_read_by_months_and_dated_by_listing_day(
    lists: Lists, source: HuggingFaceSource, server: WebServer, http: Http
) -> None:
    for number in range(150):
        lists.put(date(2026, 10, 1 + number % 30), f"2610.{number:05d}")
    lists.put(date(2026, 11, 1), "2611.00001")
    batches = [each async for each in source.backfill(date(2026, 10, 1), date(2026, 11, 2), http, at(MONDAY))]

    paths = [asked.path.partition("?")[2] for asked in server.asked]
    assert paths == [
        "month=2026-10&limit=100",
        "month=2026-10&limit=100&p=1",
        "date=2026-11-01&limit=100",
        "date=2026-11-02&limit=100",
    ]
    assert [(each.state, len(each.papers)) for each in batches] == [
        (RunState.FRESH, 150),
        (RunState.FRESH, 1),
        (RunState.QUIET, 0),
    ]
    assert {made.announced_on.day for made in batches[0].announcements} == set(range(1, 31))


async def test_a_month_that_the_server_ignores_is_read_by_days(
    lists: Lists, source: HuggingFaceSource, http: Http
) -> None:
    lists.put(MONDAY, "2611.00001")
    lists.put(date(2026, 2, 3), "2602.00001")
    lists.replies["2026-02"] = Reply(body=hf_list(*lists.papers[str(MONDAY)].values()))
    batches = [each async for each in source.backfill(date(2026, 2, 1), date(2026, 2, 28), http, at(MONDAY))]

    assert len(batches) == 28
    assert [said(each)[1] for each in batches if each.papers] == [{"03 2602.00001"}]


async def test_no_day_of_the_future_is_asked_for(source: HuggingFaceSource, server: WebServer, http: Http) -> None:
    batches = [each async for each in source.backfill(MONDAY, MONDAY + 30 * ONE_DAY, http, at(MONDAY + ONE_DAY))]

    assert (len(batches), days_asked(server)) == (2, ["11-16", "11-17"])
