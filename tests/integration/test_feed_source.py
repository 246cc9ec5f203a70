"""A feed read over HTTP: what is new, what was known, and what answers in its place."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import stamina

from digest.errors import SourceChanged
from digest.model import Batch, Cursor, RunState
from digest.settings import HttpSettings
from digest.sources.feeds.source import FeedSource
from digest.sources.http.client import Http
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def entry(number: int, day: str = "", title: str = "") -> str:
    dated = f"<pubDate>{day}</pubDate>" if day else ""
    return f"<item><title>{title or f'Counting tides {number}'}</title><guid>10.1234/t{number}</guid>{dated}</item>"


def rss(*entries: str) -> bytes:
    return f"<rss><channel><title>Tides</title>{''.join(entries)}</channel></rss>".encode()


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(404)) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    options = HttpSettings(contact="", timeout=timedelta(seconds=5), allowed_hosts=("127.0.0.1",))
    with stamina.set_testing(True, attempts=1, cap=True):
        async with Http(options, pace={}) as opened:
            yield opened


async def read(server: WebServer, http: Http, since: Cursor, now: datetime = NOW) -> Batch:
    return await FeedSource("tides", f"{server.url}/feed").fetch(since, http, now)


async def test_the_first_reading_announces_the_last_two_weeks(server: WebServer, http: Http) -> None:
    recent, old = "Wed, 18 Nov 2026 10:00:00 GMT", "Sun, 01 Nov 2026 10:00:00 GMT"
    server.answer = lambda _asked: Reply(body=rss(entry(1, recent), entry(2, old), entry(3)))

    batch = await read(server, http, Cursor())

    assert (batch.source, batch.state, len(batch.papers)) == ("feed:tides", RunState.FRESH, 3)
    announced = [(str(made.paper), made.announced_on) for made in batch.announcements]
    assert announced == [("doi:10.1234/t1", date(2026, 11, 18)), ("doi:10.1234/t3", NOW.date())]


async def test_later_only_what_was_not_there_before_is_announced(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=rss(entry(1), entry(2)))
    first = await read(server, http, Cursor())
    server.answer = lambda _asked: Reply(body=rss(entry(3), entry(1)))

    second = await read(server, http, first.cursor, NOW + timedelta(days=1))
    third = await read(server, http, second.cursor, NOW + timedelta(days=2))

    assert [str(made.paper) for made in second.announcements] == ["doi:10.1234/t3"]
    assert second.announcements[0].announced_on == date(2026, 11, 21)
    assert (second.state, third.state, third.announcements) == (RunState.FRESH, RunState.QUIET, ())


async def test_both_validators_are_sent_back(server: WebServer, http: Http) -> None:
    modified = "Fri, 20 Nov 2026 10:00:00 GMT"

    def answer(asked: Asked) -> Reply:
        known = asked.headers.get("if-none-match") == '"v1"' and asked.headers.get("if-modified-since") == modified
        return Reply(304) if known else Reply(headers={"ETag": '"v1"', "Last-Modified": modified}, body=rss(entry(1)))

    server.answer = answer
    first = await read(server, http, Cursor())
    second = await read(server, http, first.cursor)

    assert (second.state, second.papers) == (RunState.QUIET, ())
    assert len(server.asked) == 2


async def test_the_format_is_told_by_the_bytes(server: WebServer, http: Http) -> None:
    body = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "10.1234/t1", "title": "Tides"}]}'
    server.answer = lambda _asked: Reply(headers={"Content-Type": "image/png"}, body=body)

    assert [str(paper.ids[0]) for paper in (await read(server, http, Cursor())).papers] == ["doi:10.1234/t1"]


async def test_a_web_page_with_status_200_is_no_feed(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(headers={"Content-Type": "application/rss+xml"}, body=b"<html><body>Sorry")

    with pytest.raises(SourceChanged, match="a web page, not a feed") as caught:
        await read(server, http, Cursor())

    assert caught.value.source == "feed:tides"


async def test_a_feed_that_breaks_off_is_partial(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(headers={"ETag": '"x"'}, body=rss(entry(1), entry(2))[:-30])

    batch = await read(server, http, Cursor())

    assert (batch.state, len(batch.papers), batch.cursor.etag) == (RunState.PARTIAL, 1, None)


async def test_a_feed_that_takes_over_a_name_is_read_from_its_beginning(server: WebServer, http: Http) -> None:
    body = rss(*map(entry, range(8)))
    server.answer = lambda asked: Reply(304) if "if-none-match" in asked.headers else Reply(200, {"ETag": '"1"'}, body)
    before = await read(server, http, Cursor())
    unchanged = await read(server, http, before.cursor)
    other = await FeedSource("tides", f"{server.url}/other").fetch(unchanged.cursor, http, NOW)

    assert [len(batch.papers) for batch in (before, unchanged, other)] == [8, 0, 8]
