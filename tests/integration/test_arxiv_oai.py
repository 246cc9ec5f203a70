"""arXiv's OAI-PMH, page by page, and as a source of its own."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import stamina

from digest.errors import SourceChanged, SourceError, SourceUnavailable
from digest.model import Cursor, RunState
from digest.settings import HttpSettings
from digest.sources.arxiv.harvest import Archive, Harvested
from digest.sources.arxiv.oai import ArxivOaiSource
from digest.sources.http.client import Http
from tests.feeds import oai_page, oai_record
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

FRIDAY = datetime(2026, 11, 20, 15, tzinfo=UTC)
FIRST = date(2026, 11, 18)
# As the server writes it: a query string, percent-encoded.
TOKEN = "verb%3DListRecords%26metadataPrefix%3DarXivRaw%26from%3D2026-11-19%26skip%3D5"
SETTINGS = HttpSettings(timeout=timedelta(seconds=5), allowed_hosts=("127.0.0.1",))


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(404)) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    with stamina.set_testing(True, attempts=1):
        async with Http(SETTINGS, pace={}) as opened:
            yield opened


def pages(*bodies: bytes) -> Callable[[Asked], Reply]:
    """Answer with one page after the other."""
    left = list(bodies)
    return lambda _asked: Reply(body=left.pop(0)) if left else Reply(500)


async def harvest(server: WebServer, http: Http) -> list[Harvested]:
    return [page async for page in Archive(http, "arxiv:cs.CL", server.url).fetch_set("cs:cs:CL", FIRST)]


def ids(found: list[Harvested]) -> list[list[str]]:
    return [[record.paper.ids[0].value[-1] for record in page.records] for page in found]


def params(asked: Asked) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(asked.path).query)


async def test_a_token_is_sent_back_encoded_and_alone(server: WebServer, http: Http) -> None:
    server.answer = pages(oai_page(oai_record("2611.00001"), token=TOKEN), oai_page(oai_record("2611.00002")))

    assert ids(await harvest(server, http)) == [["1"], ["2"]]
    assert params(server.asked[1]) == [("verb", "ListRecords"), ("resumptionToken", TOKEN)]
    assert "verb%253DListRecords%2526" in server.asked[1].path


async def test_what_two_pages_share_comes_once(server: WebServer, http: Http) -> None:
    first, second, third = (oai_record(f"2611.0000{number}") for number in (1, 2, 3))
    server.answer = pages(oai_page(first, second, token=TOKEN), oai_page(second, third))

    assert ids(await harvest(server, http)) == [["1", "2"], ["3"]]


async def test_an_expired_token_starts_over_from_the_day_reached(server: WebServer, http: Http) -> None:
    first, second = oai_record("2611.00001", touched="2026-11-19"), oai_record("2611.00002")
    server.answer = pages(oai_page(first, token=TOKEN), oai_page(error="badResumptionToken"), oai_page(first, second))

    assert ids(await harvest(server, http)) == [["1"], ["2"]]
    assert dict(params(server.asked[2]))["from"] == "2026-11-19"


async def test_a_token_that_expires_again_ends_it(server: WebServer, http: Http) -> None:
    expired = oai_page(error="badResumptionToken")
    page = oai_page(oai_record("2611.00001"), token=TOKEN)
    server.answer = pages(page, expired, page, expired)

    with pytest.raises(SourceUnavailable, match="again and again"):
        await harvest(server, http)


async def test_a_page_that_breaks_off_is_read_on_from_where_it_broke(server: WebServer, http: Http) -> None:
    body = oai_page(oai_record("2611.00001", touched="2026-11-19"), oai_record("2611.00002"), token=TOKEN)
    server.answer = pages(body[:-300], oai_page(oai_record("2611.00001"), oai_record("2611.00002")))

    found = await harvest(server, http)

    assert [record for page in ids(found) for record in page][-1] == "2"
    assert found[0].warnings[0].startswith("The feed breaks off after 1 entries")


async def test_no_records_is_an_empty_list(server: WebServer, http: Http) -> None:
    server.answer = pages(oai_page(error="noRecordsMatch"))

    assert await harvest(server, http) == []


@pytest.mark.parametrize("body", [oai_page(error="badArgument"), oai_page(error="badResumptionToken"), b"<rss/>", b""])
async def test_an_error_names_the_source(server: WebServer, http: Http, body: bytes) -> None:
    server.answer = pages(body)

    with pytest.raises(SourceChanged) as caught:
        await harvest(server, http)
    assert caught.value.source == "arxiv:cs.CL"


async def test_a_server_that_repeats_its_token_is_left(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=oai_page(oai_record("2611.00001"), token=TOKEN))

    with pytest.raises(SourceUnavailable, match="the same pages again and again"):
        await harvest(server, http)


async def test_tokens_that_go_round_in_a_circle_are_left(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=oai_page(token=f"{TOKEN}{len(server.asked) % 3}"))

    with pytest.raises(SourceUnavailable, match="the same pages again and again"):
        await harvest(server, http)


async def test_a_list_without_end_is_given_up(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=oai_page(token=f"{TOKEN}{len(server.asked)}"))

    with pytest.raises(SourceUnavailable, match="more than 5 pages"):
        [page async for page in Archive(http, "x", server.url, most_pages=5).fetch_set("cs:cs:CL", FIRST)]


def thursday_and_friday() -> bytes:
    return oai_page(
        oai_record("2611.00001", "Wed, 18 Nov 2026 15:00:00 GMT", touched="2026-11-19"),
        oai_record("2611.00002", "Thu, 19 Nov 2026 15:00:00 GMT", touched="2026-11-20"),
    )


async def test_a_set_is_announced_like_a_feed(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=thursday_and_friday())
    source = ArxivOaiSource("cs:cs:CL", server.url)

    first = await source.fetch(Cursor(), http, FRIDAY)
    second = await source.fetch(first.cursor, http, FRIDAY + timedelta(hours=1))
    third = await source.fetch(second.cursor, http, FRIDAY + timedelta(days=1))

    assert (first.source, first.state, first.warnings) == ("arxiv-oai:cs:cs:CL", RunState.FRESH, ())
    assert [(made.paper.value, made.announced_on) for made in first.announcements] == [("2611.00002", FRIDAY.date())]
    assert [batch.state for batch in (second, third)] == [RunState.QUIET, RunState.HOLIDAY]


async def test_a_set_makes_up_for_missed_days(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=thursday_and_friday())
    since = Cursor(fetched_at=FRIDAY - timedelta(days=2), complete_on=date(2026, 11, 18), batch_on=date(2026, 11, 18))

    batch = await ArxivOaiSource("cs:cs:CL", server.url).fetch(since, http, FRIDAY)

    assert [made.paper.value for made in batch.announcements] == ["2611.00002", "2611.00001"]
    assert (batch.state, batch.warnings) == (RunState.FRESH, ())
    assert batch.cursor.complete_on == date(2026, 11, 20)


async def test_a_set_that_has_nothing_yet_is_quiet(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(body=oai_page(error="noRecordsMatch"))

    batch = await ArxivOaiSource("cs:cs:CL", server.url).fetch(Cursor(), http, FRIDAY)

    assert (batch.state, batch.papers) == (RunState.QUIET, ())


async def test_a_set_that_is_refused_is_an_error(server: WebServer, http: Http) -> None:
    server.answer = lambda _asked: Reply(503)

    with pytest.raises(SourceError) as caught:
        await ArxivOaiSource("cs:cs:CL", server.url).fetch(Cursor(), http, FRIDAY)
    assert caught.value.source == "arxiv-oai:cs:cs:CL"
