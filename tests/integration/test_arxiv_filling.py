"""Days and entries that arXiv's feed does not give are taken from OAI-PMH, once."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import stamina

from digest.errors import SourceChanged, SourceRefused, SourceUnavailable
from digest.model import Batch, Cursor, PastBatch, RunState
from digest.settings import HttpSettings
from digest.sources.arxiv.source import ArxivSource
from digest.sources.http.client import Http
from tests.feeds import oai_page, oai_record, rss, rss_item, search_answer
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

MONDAY = datetime(2026, 11, 16, 15, tzinfo=UTC)
THURSDAY, FRIDAY = MONDAY + timedelta(days=3), MONDAY + timedelta(days=4)

SUBMITTED = {  # for the feed of the day
    17: "Mon, 16 Nov 2026 15:00:00 GMT",
    18: "Tue, 17 Nov 2026 15:00:00 GMT",
    19: "Wed, 18 Nov 2026 15:00:00 GMT",
    20: "Thu, 19 Nov 2026 15:00:00 GMT",
}
SETTINGS = HttpSettings(timeout=timedelta(seconds=5), allowed_hosts=("127.0.0.1",))


def record(day: int, number: int = 1, **fields: str) -> str:
    return oai_record(f"2611.{day:02d}{number:03d}", SUBMITTED[day], touched=f"2026-11-{day}", **fields)


def feed(*days: int, **fields: str) -> Reply:
    return Reply(body=rss(*(rss_item(f"2611.{day:02d}001") for day in days), **fields))


@dataclass
class Arxiv:
    """What the feed and OAI-PMH answer; either may be changed between two fetches."""

    rss: Reply = field(default_factory=Reply)
    oai: Reply = field(default_factory=lambda: Reply(body=oai_page(*(record(day) for day in SUBMITTED))))
    api: Reply = field(default_factory=lambda: Reply(503))
    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.startswith("/api"):
            return self.api
        if asked.path.startswith("/oai"):
            self.asked.append(asked)
            return self.oai
        return self.rss


@pytest.fixture
def arxiv() -> Arxiv:
    return Arxiv()


@pytest.fixture
def source(arxiv: Arxiv) -> Iterator[ArxivSource]:
    with WebServer(arxiv) as server:
        yield ArxivSource("cs.CL", f"{server.url}/rss/", f"{server.url}/oai", f"{server.url}/api")


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    with stamina.set_testing(True, attempts=1):
        async with Http(SETTINGS, pace={}) as opened:
            yield opened


def days_of(batch: Batch) -> dict[str, int]:
    return {made.paper.value: made.announced_on.day for made in batch.announcements}


async def read_monday(arxiv: Arxiv, source: ArxivSource, http: Http) -> Cursor:
    arxiv.rss = Reply(body=rss(rss_item("2611.16001")))
    batch = await source.fetch(Cursor(), http, MONDAY)
    assert (batch.state, arxiv.asked) == (RunState.FRESH, [])
    return batch.cursor


async def test_missed_days_are_filled(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    since = await read_monday(arxiv, source, http)
    arxiv.rss = feed(20)

    batch = await source.fetch(since, http, FRIDAY)

    assert batch.state is RunState.FRESH
    assert days_of(batch) == {"2611.20001": 20, "2611.17001": 17, "2611.18001": 18, "2611.19001": 19}
    assert {made.source for made in batch.announcements} == {"arxiv:cs.CL"}
    assert batch.warnings == ("3 papers of 2026-11-17 to 2026-11-19 came by OAI-PMH",)
    assert batch.cursor.batch_ids == {"arxiv:2611.20001"}
    asked = parse_qs(urlsplit(arxiv.asked[0].path).query)
    assert asked == {
        "verb": ["ListRecords"],
        "metadataPrefix": ["arXivRaw"],
        "set": ["cs:cs:CL"],
        "from": ["2026-11-13"],
    }


async def test_filled_days_are_not_asked_for_again(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    since = await read_monday(arxiv, source, http)
    arxiv.rss = feed(20)
    first = await source.fetch(since, http, FRIDAY)

    second = await source.fetch(first.cursor, http, FRIDAY + timedelta(hours=1))

    assert (second.state, second.announcements, len(arxiv.asked)) == (RunState.QUIET, first.announcements[:1], 1)


async def test_a_busy_day_of_which_nothing_is_known_is_owed_for_three_days(
    arxiv: Arxiv, source: ArxivSource, http: Http
) -> None:
    monday = await read_monday(arxiv, source, http)
    busy = tuple(PastBatch(on=date(2026, 11, day), entries=150) for day in range(2, 7))
    arxiv.rss, arxiv.oai = feed(20), Reply(body=oai_page(record(20)))

    batch = await source.fetch(replace(monday, history=busy), http, FRIDAY)
    later = await source.fetch(replace(monday, history=busy), http, FRIDAY + timedelta(days=3))

    assert batch.state is RunState.PARTIAL
    assert batch.cursor.complete_on == date(2026, 11, 16)
    assert "OAI-PMH has nothing of 2026-11-17 to 2026-11-19 yet" in batch.warnings
    assert not any("OAI-PMH has nothing of 2026-11-17" in said for said in later.warnings)


async def test_what_could_not_be_filled_is_owed_and_comes_once(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    since = await read_monday(arxiv, source, http)
    arxiv.rss, works, arxiv.oai = feed(20), arxiv.oai, Reply(503)

    first = await source.fetch(since, http, FRIDAY)
    arxiv.oai = works
    second = await source.fetch(first.cursor, http, FRIDAY + timedelta(hours=1))
    third = await source.fetch(second.cursor, http, FRIDAY + timedelta(hours=2))

    assert (first.state, days_of(first)) == (RunState.PARTIAL, {"2611.20001": 20})
    assert any("2026-11-17 to 2026-11-19 is still missing" in warning for warning in first.warnings)
    assert days_of(second) == {"2611.20001": 20, "2611.17001": 17, "2611.18001": 18, "2611.19001": 19}
    assert (days_of(third), third.cursor.complete_on) == ({"2611.20001": 20}, date(2026, 11, 20))


async def test_days_read_while_others_are_owed_are_not_owed(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    since = await read_monday(arxiv, source, http)
    arxiv.rss, works, arxiv.oai = feed(19), arxiv.oai, Reply(503)
    first = await source.fetch(since, http, THURSDAY)
    arxiv.rss, arxiv.oai = feed(20), works

    second = await source.fetch(first.cursor, http, FRIDAY)

    assert (second.state, days_of(second)) == (
        RunState.FRESH,
        {"2611.20001": 20, "2611.17001": 17, "2611.18001": 18},
    )


@pytest.mark.parametrize("status", [403, 503])
async def test_a_feed_that_is_refused_has_a_stand_in(
    arxiv: Arxiv, source: ArxivSource, http: Http, status: int
) -> None:
    since = await read_monday(arxiv, source, http)
    arxiv.rss = Reply(status)

    batch = await source.fetch(since, http, FRIDAY)

    assert (batch.state, sorted(days_of(batch).values())) == (RunState.PARTIAL, [17, 18, 19, 20])
    assert str(status) in batch.warnings[0]
    assert batch.warnings[1] == "4 papers of 2026-11-17 to 2026-11-20 came by OAI-PMH"
    assert batch.cursor.batch_ids == since.batch_ids

    with pytest.raises((SourceRefused, SourceUnavailable)):  # it has nothing more to stand in with
        await source.fetch(batch.cursor, http, FRIDAY + timedelta(hours=1))
    assert len(arxiv.asked) == 1


async def test_the_feed_is_believed_again_when_it_is_back(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    since = await read_monday(arxiv, source, http)
    arxiv.rss = Reply(503)
    stood_in = await source.fetch(since, http, FRIDAY)
    arxiv.rss = feed(20)

    batch = await source.fetch(stood_in.cursor, http, FRIDAY + timedelta(hours=1))

    assert (batch.state, days_of(batch), batch.warnings) == (RunState.FRESH, {"2611.20001": 20}, ())


async def test_when_nobody_answers_the_feeds_own_error_is_told(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    arxiv.rss = arxiv.oai = Reply(503)

    with pytest.raises(SourceUnavailable, match="503"):
        await source.fetch(Cursor(), http, FRIDAY)


async def test_a_web_page_in_place_of_the_feed_stays_an_operators_matter(
    arxiv: Arxiv, source: ArxivSource, http: Http
) -> None:
    arxiv.rss = Reply(body=b"<!DOCTYPE html><html><body>Maintenance</body></html>")

    batch = await source.fetch(Cursor(), http, FRIDAY)

    assert (batch.state, days_of(batch)) == (RunState.BROKEN, {"2611.20001": 20})


async def test_a_stale_feed_is_helped_after_a_while(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    arxiv.rss = feed(19)
    since = (await source.fetch(Cursor(), http, THURSDAY)).cursor

    early = await source.fetch(since, http, datetime(2026, 11, 20, 5, 45, tzinfo=UTC))
    late = await source.fetch(early.cursor, http, FRIDAY)
    later = await source.fetch(late.cursor, http, FRIDAY + timedelta(hours=1))

    assert [batch.state for batch in (early, late, later)] == [RunState.STALE] * 3
    assert [days_of(batch).get("2611.20001") for batch in (early, late, later)] == [None, 20, None]
    assert len(arxiv.asked) == 1


async def test_a_stale_feed_goes_on_being_helped_until_there_is_something(
    arxiv: Arxiv, source: ArxivSource, http: Http
) -> None:
    arxiv.rss = feed(19)
    since = (await source.fetch(Cursor(), http, THURSDAY)).cursor
    works, arxiv.oai = arxiv.oai, Reply(body=oai_page(record(19)))
    nothing = await source.fetch(since, http, FRIDAY)
    arxiv.oai = works

    batch = await source.fetch(nothing.cursor, http, FRIDAY + timedelta(hours=1))

    assert "2611.20001" not in days_of(nothing)
    assert days_of(batch)["2611.20001"] == 20


async def test_a_feed_at_its_limit_is_completed(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    items = [rss_item(f"2611.{number:05d}") for number in range(20_100, 22_100)]
    arxiv.rss = Reply(headers={"ETag": '"x"'}, body=rss(*items))
    arxiv.oai = Reply(body=oai_page(record(20, 1), record(20, 100), record(20, 101)))

    batch = await source.fetch(Cursor(), http, FRIDAY)

    assert (batch.state, batch.cursor.etag) == (RunState.FRESH, '"x"')
    assert len(batch.papers) == len(batch.announcements) == 2_001
    assert batch.warnings[-1] == "1 paper of 2026-11-20 came by OAI-PMH"
    assert batch.announcements[-1].paper.value == "2611.20001"


async def test_a_feed_at_its_limit_that_cannot_be_completed_is_partial(
    arxiv: Arxiv, source: ArxivSource, http: Http
) -> None:
    arxiv.rss = Reply(body=rss(*(rss_item(f"2611.{number:05d}") for number in range(2_000))))
    arxiv.oai = Reply(503)

    assert (await source.fetch(Cursor(), http, FRIDAY)).state is RunState.PARTIAL


async def test_a_mirror_without_oai_is_only_read(arxiv: Arxiv, http: Http) -> None:
    with WebServer(arxiv) as server:
        mirror = ArxivSource("cs.CL", f"{server.url}/rss/")
        since = await read_monday(arxiv, mirror, http)
        arxiv.rss = feed(20)
        batch = await mirror.fetch(since, http, FRIDAY)

    assert (days_of(batch), arxiv.asked) == ({"2611.20001": 20}, [])
    assert "2026-11-17 to 2026-11-19" in batch.warnings[0]


async def test_the_same_comes_whichever_way(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    """New, cross-listed and replaced papers have the same announcements by feed and by OAI-PMH."""
    items = (
        rss_item("2611.20001"),
        rss_item("2611.20002", kind="cross", categories="stat.ML cs.CL"),
        rss_item("2605.00001", 2, "replace"),
        rss_item("2605.00002", 3, "replace-cross", categories="stat.ML cs.CL"),
    )
    earlier = "Mon, 04 May 2026 12:00:00 GMT"
    records = (
        oai_record("2605.00001", earlier, SUBMITTED[20]),
        oai_record("2605.00002", earlier, earlier, SUBMITTED[20], categories="stat.ML cs.CL"),
        record(20),
        record(20, 2, categories="stat.ML cs.CL"),
    )
    arxiv.rss = Reply(body=rss(*items))
    by_feed = await source.fetch(Cursor(), http, FRIDAY)
    arxiv.rss, arxiv.oai = Reply(503), Reply(body=oai_page(*records))
    by_oai = await source.fetch(Cursor(), http, FRIDAY)

    assert set(by_oai.announcements) == set(by_feed.announcements)
    assert len(by_feed.announcements) == 4


async def test_past_days_are_read_again_without_a_cursor(source: ArxivSource, http: Http) -> None:
    batches = [batch async for batch in source.backfill(date(2026, 11, 17), date(2026, 11, 18), http, FRIDAY)]

    assert [days_of(batch) for batch in batches] == [{"2611.17001": 17, "2611.18001": 18}]
    assert batches[0].cursor == Cursor()


async def test_past_days_come_from_the_search_api_when_oai_is_down(
    arxiv: Arxiv, source: ArxivSource, http: Http
) -> None:
    entry = (
        '<entry><id>http://arxiv.org/abs/2611.17001v1</id><title>T</title><category term="cs.CL"/>'
        "<published>2026-11-16T15:00:00Z</published><updated>2026-11-16T15:00:00Z</updated></entry>"
    )
    arxiv.oai, arxiv.api = Reply(503), Reply(body=search_answer(entry))

    batches = [batch async for batch in source.backfill(date(2026, 11, 17), date(2026, 11, 18), http, FRIDAY)]

    assert {key: day for batch in batches for key, day in days_of(batch).items()} == {"2611.17001": 17}
    assert all("read from the search API instead" in batch.warnings[-1] for batch in batches)


async def test_when_nothing_answers_the_back_fill_says_why(arxiv: Arxiv, source: ArxivSource, http: Http) -> None:
    arxiv.oai = Reply(body=oai_page(error="badArgument"))

    with pytest.raises(SourceChanged, match="badArgument"):
        [batch async for batch in source.backfill(date(2026, 11, 17), date(2026, 11, 18), http, FRIDAY)]
