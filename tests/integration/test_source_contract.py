"""What every Source promises, whatever it reads. A new source joins by one line in CASES."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import stamina

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from digest.model import Batch, Cursor, RunState
from digest.settings import HttpSettings, SourceSettings
from digest.sources import Source
from digest.sources.arxiv.source import ArxivSource
from digest.sources.http.client import Http
from digest.sources.huggingface import HuggingFaceSource
from digest.sources.registry import make_sources
from tests.feeds import hf_entry, hf_list, rss, rss_item
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
MONDAY = FRIDAY + timedelta(days=3)
SETTINGS = HttpSettings(timeout=timedelta(seconds=2), max_bytes=100_000, allowed_hosts=("127.0.0.1",))


@dataclass(frozen=True)
class Case:
    """A source, where it asks, and bodies in its format: `full(n)` has n papers."""

    make: Callable[[str], Source]
    full: Callable[[int], bytes]
    empty: bytes
    again: RunState


def arxiv_feed(count: int) -> bytes:
    return rss(*(rss_item(f"2611.{number:05d}") for number in range(1, count + 1)))


def huggingface_list(count: int) -> bytes:
    return hf_list(*(hf_entry(f"2611.{number:05d}") for number in range(1, count + 1)))


CASES = {
    "arxiv:cs.CL": Case(lambda url: ArxivSource("cs.CL", f"{url}/rss/"), arxiv_feed, rss(), RunState.STALE),
    "huggingface": Case(lambda url: HuggingFaceSource(f"{url}/api"), huggingface_list, b"[]", RunState.QUIET),
}


@pytest.fixture(params=list(CASES.values()), ids=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    given = request.param
    assert isinstance(given, Case)
    return given


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(404)) as running:
        yield running


@pytest.fixture
def source(case: Case, server: WebServer) -> Source:
    return case.make(server.url)


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    with stamina.set_testing(True, attempts=2, cap=True):
        async with Http(SETTINGS, pace={}) as opened:
            yield opened


def serve(body: bytes) -> Callable[[Asked], Reply]:
    """Answer as a well-behaved server: with a validator, and 304 to whoever holds it."""
    etag = f'"{hashlib.sha256(body).hexdigest()}"'

    def answer(asked: Asked) -> Reply:
        return Reply(304) if asked.headers.get("if-none-match") == etag else Reply(headers={"ETag": etag}, body=body)

    return answer


async def failure(source: Source, http: Http) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await source.fetch(Cursor(), http, FRIDAY)
    assert caught.value.source == source.name
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    return caught.value


def test_every_registered_source_has_its_case() -> None:
    assert {source.name for source in make_sources(SourceSettings(huggingface=True, arxiv=("cs.CL",)))} == set(CASES)


async def test_a_first_fetch_is_fresh(case: Case, source: Source, server: WebServer, http: Http) -> None:
    server.answer = serve(case.full(3))

    batch = await source.fetch(Cursor(), http, FRIDAY)

    assert (batch.source, batch.state, len(batch.papers), batch.warnings) == (source.name, RunState.FRESH, 3, ())
    assert {made.paper for made in batch.announcements} == {paper.ids[0] for paper in batch.papers}
    assert {made.source for made in batch.announcements} == {source.name}
    assert batch.cursor.batch_ids == {str(paper.ids[0]) for paper in batch.papers}
    assert batch.cursor.fetched_at == FRIDAY


async def test_asking_again_at_once_brings_nothing_new(
    case: Case, source: Source, server: WebServer, http: Http
) -> None:
    server.answer = serve(case.full(3))
    first = await source.fetch(Cursor(), http, FRIDAY)

    second = await source.fetch(first.cursor, http, FRIDAY + timedelta(minutes=30))

    assert second.state is RunState.QUIET
    assert second.cursor.batch_ids == first.cursor.batch_ids
    assert server.asked[-1].headers["if-none-match"] == first.cursor.etag


async def test_what_comes_after_is_fresh_again(case: Case, source: Source, server: WebServer, http: Http) -> None:
    server.answer = serve(case.full(2))
    first = await source.fetch(Cursor(), http, FRIDAY)
    server.answer = serve(case.full(3))

    second = await source.fetch(first.cursor, http, MONDAY)

    assert (second.state, len(second.papers)) == (RunState.FRESH, 3)


@pytest.mark.parametrize("has_validators", [True, False])
async def test_the_same_on_the_next_working_day(
    case: Case, source: Source, server: WebServer, http: Http, *, has_validators: bool
) -> None:
    server.answer = serve(case.full(2)) if has_validators else lambda _asked: Reply(body=case.full(2))
    first = await source.fetch(Cursor(), http, FRIDAY)

    assert (await source.fetch(first.cursor, http, MONDAY)).state is case.again


async def test_an_empty_answer_is_quiet_and_forgets_nothing(
    case: Case, source: Source, server: WebServer, http: Http
) -> None:
    server.answer = serve(case.full(2))
    first = await source.fetch(Cursor(), http, FRIDAY)
    server.answer = serve(case.empty)

    second: Batch = await source.fetch(first.cursor, http, MONDAY)

    assert (second.state, second.papers, second.announcements) == (RunState.QUIET, (), ())
    assert second.cursor.batch_ids == first.cursor.batch_ids


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_being_turned_away_is_refused(source: Source, server: WebServer, http: Http, status: int) -> None:
    server.answer = lambda _asked: Reply(status, {"Retry-After": "60"})

    error = await failure(source, http)

    assert (type(error), error.retry_after) == (SourceRefused, timedelta(minutes=1))


@pytest.mark.parametrize("status", [500, 503])
async def test_a_server_in_trouble_is_unavailable(source: Source, server: WebServer, http: Http, status: int) -> None:
    server.answer = lambda _asked: Reply(status)

    assert isinstance(await failure(source, http), SourceUnavailable)


async def test_nobody_answering_is_unavailable(case: Case, http: Http) -> None:
    with WebServer(lambda _asked: Reply()) as gone:
        url = gone.url

    assert isinstance(await failure(case.make(url), http), SourceUnavailable)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Rate exceeded.",
        b"\x00\xff\x1f\x8b",
        b"<!DOCTYPE html><html><body>Down for maintenance</body></html>",
        b"<rss><channel><title>cs.CL upda",
        b'<!DOCTYPE rss [<!ENTITY a "b">]><rss/>',
        b'[{"paper": {"id": ',
        b"{}",
        json.dumps({"error": "Internal"}).encode(),
        b"<x/>" * 30_000,
    ],
)
@pytest.mark.parametrize("status", [200, 400])
async def test_garbage_is_a_changed_source(
    source: Source, server: WebServer, http: Http, status: int, body: bytes
) -> None:
    server.answer = lambda _asked: Reply(status, body=body)

    assert isinstance(await failure(source, http), SourceChanged)


async def test_a_not_found_is_a_changed_source(source: Source, http: Http) -> None:
    assert isinstance(await failure(source, http), SourceChanged)


async def test_a_body_that_breaks_off_is_never_taken_for_whole(
    case: Case, source: Source, server: WebServer, http: Http
) -> None:
    body = case.full(3)[:-40]
    server.answer = lambda _asked: Reply(headers={"ETag": '"cut"'}, body=body)
    try:
        batch = await source.fetch(Cursor(), http, FRIDAY)
    except SourceChanged:
        return

    assert (batch.state, batch.cursor.etag) == (RunState.PARTIAL, None)
    assert batch.warnings


def test_a_captured_body_is_parsed_as_a_fetched_one(case: Case, source: Source) -> None:
    parsed = source.parse(case.full(3))

    assert (len(parsed.papers), parsed.source) == (3, source.name)
    with pytest.raises(SourceChanged):
        source.parse(b"garbage")


async def test_arxivs_own_error_feed_tells_its_reason(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(400, body=rss(title="Feed error for query: cs.XX", description="no cs.XX"))

    error = await failure(ArxivSource("cs.XX", f"{server.url}/"), http)

    assert (type(error), str(error)) == (SourceChanged, "arXiv cannot make this feed: no cs.XX")


async def test_a_weekend_without_papers_is_a_holiday(http: Http, server: WebServer) -> None:
    server.answer = serve(rss())

    batch = await ArxivSource("cs.CL", f"{server.url}/").fetch(Cursor(), http, FRIDAY + timedelta(days=1))

    assert batch.state is RunState.HOLIDAY


async def test_huggingface_is_asked_day_by_day(http: Http, server: WebServer) -> None:
    server.answer = serve(b"[]")

    await HuggingFaceSource(f"{server.url}/api").fetch(Cursor(batch_on=FRIDAY.date()), http, FRIDAY)

    assert [asked.path for asked in server.asked] == [
        "/api?date=2026-11-19&limit=100",
        "/api?date=2026-11-20&limit=100",
    ]


async def test_huggingface_may_not_have_begun_today(http: Http, server: WebServer) -> None:
    today = "date=2026-11-20"
    server.answer = lambda asked: Reply(400) if today in asked.path else Reply(body=huggingface_list(2))

    batch = await HuggingFaceSource(f"{server.url}/api").fetch(Cursor(), http, FRIDAY)

    assert (batch.state, len(batch.papers)) == (RunState.FRESH, 2)


async def test_a_full_page_of_huggingface_is_followed_by_the_next(http: Http, server: WebServer) -> None:
    rest = hf_list(*(hf_entry(f"2611.9{number:04d}") for number in range(7)))
    server.answer = lambda asked: Reply(body=rest if "p=1" in asked.path else huggingface_list(100))

    batch = await HuggingFaceSource(f"{server.url}/api").fetch(Cursor(batch_on=FRIDAY.date()), http, FRIDAY)

    assert len(batch.papers) == 107
    assert len(server.asked) == 4


async def test_an_unchanged_day_of_huggingface_is_not_forgotten(http: Http, server: WebServer) -> None:
    yesterday, today = serve(huggingface_list(1)), serve(huggingface_list(3))
    server.answer = lambda asked: (today if "2026-11-20" in asked.path else yesterday)(asked)
    source = HuggingFaceSource(f"{server.url}/api")
    first = await source.fetch(Cursor(batch_on=FRIDAY.date()), http, FRIDAY)

    second = await source.fetch(first.cursor, http, FRIDAY)
    third = await source.fetch(second.cursor, http, FRIDAY)

    assert [batch.state for batch in (first, second, third)] == [RunState.FRESH, RunState.QUIET, RunState.QUIET]
    assert second.cursor.batch_ids == first.cursor.batch_ids
