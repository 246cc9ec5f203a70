"""The one HTTP client against a real server on loopback that misbehaves in every way a server can."""

import gzip
import itertools
import socket
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from importlib.metadata import version
from pathlib import Path

import pytest
import stamina

from digest.errors import SourceChanged, SourceError, SourceRefused, SourceUnavailable
from digest.settings import HttpSettings
from digest.sources.http.client import Http, Response
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LIMIT = 200_000
LOOPBACK = ("127.0.0.1",)


@pytest.fixture(autouse=True)
def retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(body=b"hello")) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with make_http() as opened:
        yield opened.named("test:source")


def make_http(**changes: object) -> Http:
    settings = {"timeout": timedelta(seconds=5), "max_bytes": LIMIT, "attempts": 3, "allowed_hosts": LOOPBACK} | changes
    return Http(HttpSettings.model_validate(settings), pace={}, now=lambda: NOW)


async def failure(http: Http, url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await http.get(url)
    assert caught.value.source == "test:source"
    return caught.value


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    rest = itertools.chain(replies, itertools.repeat(replies[-1]))
    return lambda _asked: next(rest)


async def test_an_answer_has_url_status_headers_and_body(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(headers={"ETag": '"v1"', "X-Kind": "Feed"}, body=b"hello")

    response = await http.get(f"{server.url}/feed", params={"date": "2026-11-20"})

    assert (response.url, response.status, response.body) == (f"{server.url}/feed?date=2026-11-20", 200, b"hello")
    assert response.headers["x-KIND"] == "Feed"
    assert response.headers.get("missing") is None
    assert (response.etag, response.last_modified, response.is_not_modified) == ('"v1"', None, False)


async def test_we_say_who_we_are_and_keep_no_cookies(server: WebServer) -> None:
    server.answer = lambda _asked: Reply(headers={"Set-Cookie": "id=1"})
    async with make_http(contact="ops@example.org\r\nX-Evil: 1") as http:
        await http.get(server.url, headers={"X-Key": "abc"})
        await http.get(server.url)

    first, second = (asked.headers for asked in server.asked)
    assert first["user-agent"] == f"daily-paper-digest/{version('daily-paper-digest')} (+ops@example.orgX-Evil: 1)"
    assert (first["accept-encoding"], first["x-key"]) == ("gzip, deflate", "abc")
    assert "cookie" not in second


async def test_validators_are_sent_and_not_modified_is_no_error(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(304, {"ETag": 'W/"v1"'})

    response = await http.get(server.url, etag='W/"v1"', last_modified="Fri, 20 Nov 2026 05:00:00 GMT")

    assert (response.is_not_modified, response.body) == (True, b"")
    assert server.asked[0].headers["if-none-match"] == 'W/"v1"'
    assert server.asked[0].headers["if-modified-since"] == "Fri, 20 Nov 2026 05:00:00 GMT"


async def test_not_modified_without_a_question_is_a_fault(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(304)

    assert isinstance(await failure(http, server.url), SourceChanged)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(http: Http, server: WebServer, status: int) -> None:
    server.answer = lambda asked: Reply(body=b"moved") if asked.path == "/new" else Reply(status, {"Location": "/new"})

    response = await http.get(f"{server.url}/old")

    assert (response.url, response.body) == (f"{server.url}/new", b"moved")


async def test_a_redirect_loop_ends_after_five(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(302, {"Location": "/again"})

    error = await failure(http, server.url)

    assert isinstance(error, SourceChanged)
    assert "redirects more than 5 times" in str(error)
    assert len(server.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "data:,x"])
async def test_only_the_web_is_redirected_to(http: Http, server: WebServer, target: str) -> None:
    server.answer = lambda _asked: Reply(302, {"Location": target})

    error = await failure(http, server.url)

    assert isinstance(error, SourceChanged)
    assert "127.0.0.1 redirects to" in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize("target", ["http://[bad", "http://exa mple:port/", "//"])
async def test_a_redirect_to_nonsense_is_a_source_error(http: Http, server: WebServer, target: str) -> None:
    server.answer = lambda _asked: Reply(302, {"Location": target})

    error = await failure(http, server.url)

    assert isinstance(error, SourceError)
    assert "Traceback" not in str(error)


async def test_nobody_listening_is_unavailable_after_every_attempt(http: Http) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        error = await failure(http, f"http://127.0.0.1:{port}/")

    assert isinstance(error, SourceUnavailable)
    assert str(error).startswith("127.0.0.1 could not be reached")
    assert str(error).endswith("what is stored is kept and the next run tries again")


async def test_an_unknown_host_is_unavailable(http: Http) -> None:
    assert isinstance(await failure(http, "http://no-such-host.invalid/"), SourceUnavailable)


@pytest.mark.parametrize("url", ["http://", "not a url", "/relative", "file:///etc/passwd", "http://x\ny", "ftp://x/"])
async def test_an_impossible_address_is_a_changed_source(http: Http, url: str) -> None:
    error = await failure(http, url)

    assert isinstance(error, SourceChanged)
    assert "is not an address that can be fetched" in str(error)


@pytest.mark.parametrize("etag", ["", "x" * 251, '"\xfc"'])
async def test_a_validator_that_could_not_be_sent_back_is_dropped(http: Http, server: WebServer, etag: str) -> None:
    server.answer = lambda _asked: Reply(headers={"ETag": etag})

    assert (await http.get(server.url)).etag is None


async def test_the_deadline_holds_for_a_body_that_trickles(server: WebServer) -> None:
    server.answer = lambda _asked: Reply(pieces=[b"x", 0.1] * 100)
    async with make_http(timeout=timedelta(seconds=0.4), attempts=1) as http:
        error = await failure(http.named("test:source"), server.url)

    assert isinstance(error, SourceUnavailable)
    assert "did not answer within 0.4 seconds" in str(error)


async def test_the_deadline_spans_redirects(server: WebServer) -> None:
    server.answer = slow_redirect
    async with make_http(timeout=timedelta(seconds=0.5), attempts=1) as http:
        error = await failure(http.named("test:source"), server.url)

    assert isinstance(error, SourceUnavailable)
    assert len(server.asked) < 5


def slow_redirect(_asked: Asked) -> Reply:
    time.sleep(0.2)
    return Reply(302, {"Location": "/next"})


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "raw deflate", "identity"])
async def test_compressed_answers_are_unpacked(http: Http, server: WebServer, encoding: str) -> None:
    text = b"papers " * 1000
    packed = {
        "gzip": gzip.compress(text, mtime=0),
        "deflate": zlib.compress(text),
        "raw deflate": zlib.compress(text)[2:-4],
        "identity": text,
    }[encoding]
    server.answer = lambda _asked: Reply(headers={"Content-Encoding": encoding.rsplit(maxsplit=1)[-1]}, body=packed)

    assert (await http.get(server.url)).body == text


async def test_a_gzip_bomb_is_refused_without_unpacking_it(http: Http, server: WebServer) -> None:
    bomb = gzip.compress(bytes(100_000_000))
    assert len(bomb) < LIMIT
    server.answer = lambda _asked: Reply(headers={"Content-Encoding": "gzip"}, body=bomb)

    tracemalloc.start()
    error = await failure(http, server.url)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(error, SourceChanged)
    assert "more than is accepted" in str(error)
    assert peak < 10_000_000
    assert len(server.asked) == 1


async def test_an_endless_body_is_cut_off(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(pieces=[b"x" * 50_000] * 1000)

    assert isinstance(await failure(http, server.url), SourceChanged)


@pytest.mark.parametrize(
    ("headers", "body"),
    [({"Content-Encoding": "gzip"}, gzip.compress(b"x" * 5000, mtime=0)[:-9]), ({"Content-Encoding": "gzip"}, b"no")],
)
async def test_a_damaged_body_is_asked_for_again(
    http: Http, server: WebServer, headers: dict[str, str], body: bytes
) -> None:
    server.answer = in_turn(Reply(headers=headers, body=body), Reply(body=b"whole"))

    assert (await http.get(server.url)).body == b"whole"


async def test_a_body_shorter_than_claimed_is_unavailable(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(body=b"half", claimed_length=8)

    error = await failure(http, server.url)

    assert isinstance(error, SourceUnavailable)
    assert "broke off its answer" in str(error)


async def test_an_encoding_nobody_asked_for_is_a_fault(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(headers={"Content-Encoding": "br"}, body=b"x")

    assert isinstance(await failure(http, server.url), SourceChanged)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_server_trouble_is_tried_again(http: Http, server: WebServer, status: int) -> None:
    server.answer = in_turn(Reply(status), Reply(status), Reply(body=b"up again"))

    response: Response = await http.get(server.url)

    assert response.body == b"up again"
    assert len(server.asked) == 3


async def test_lasting_trouble_ends_after_the_attempts_allowed(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(503)

    error = await failure(http, server.url)

    assert isinstance(error, SourceUnavailable)
    assert "127.0.0.1 answered 503 (service unavailable)" in str(error)
    assert len(server.asked) == 3


async def test_a_long_wait_is_not_sat_out(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(503, {"Retry-After": "3600"})

    error = await failure(http, server.url)

    assert (type(error), error.retry_after) == (SourceUnavailable, timedelta(hours=1))
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "124"}, 124),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"RateLimit": '"api";r=0;t=42', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}, 42),
        ({}, 900),
        ({"Retry-After": "soon"}, 900),
    ],
)
async def test_too_many_requests_says_when_to_come_back(
    http: Http, server: WebServer, headers: dict[str, str], wait: int
) -> None:
    server.answer = lambda _asked: Reply(429, headers)

    error = await failure(http, server.url)

    assert (type(error), error.retry_after) == (SourceRefused, timedelta(seconds=wait))
    assert len(server.asked) == 1


async def test_a_host_that_asked_for_a_pause_is_left_alone(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(429, {"Retry-After": "600"})
    await failure(http, server.url)

    error = await failure(http, f"{server.url}/another")

    assert isinstance(error, SourceRefused)
    assert "asked us to wait; it will not be asked again for 10 minutes" in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_being_turned_away_is_refused_and_not_retried(http: Http, server: WebServer, status: int) -> None:
    server.answer = lambda _asked: Reply(status, body=b"<secret>")

    error = await failure(http, server.url)

    assert isinstance(error, SourceRefused)
    assert "secret" not in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [300, 400, 404, 410, 418, 451])
async def test_other_statuses_mean_that_the_source_changed(http: Http, server: WebServer, status: int) -> None:
    server.answer = lambda _asked: Reply(status)

    assert isinstance(await failure(http, server.url), SourceChanged)
    assert len(server.asked) == 1


async def test_a_source_may_want_to_read_a_bad_request_itself(http: Http, server: WebServer) -> None:
    server.answer = lambda _asked: Reply(400, body=b"why")

    response = await http.get(server.url, accept=frozenset({400}))

    assert (response.status, response.body) == (400, b"why")


async def test_a_paced_host_gets_one_request_at_a_time_with_a_pause(server: WebServer) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    settings = HttpSettings(allowed_hosts=LOOPBACK)
    async with Http(settings, pace={"127.0.0.1": timedelta(seconds=3)}, sleep=sleep) as http:
        for _ in range(3):
            await http.get(server.url)

    assert len(slept) == 2
    assert all(2.5 < seconds <= 3 for seconds in slept)


async def test_hosts_without_a_pace_are_not_held_back(server: WebServer) -> None:
    async def sleep(_seconds: float) -> None:
        pytest.fail("nobody asked for a pause")

    async with Http(
        HttpSettings(allowed_hosts=LOOPBACK), pace={"arxiv.org": timedelta(seconds=3)}, sleep=sleep
    ) as http:
        await http.get(server.url)
        await http.get(server.url)

    assert len(server.asked) == 2


async def test_nothing_is_read_from_the_disk(http: Http, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text("<rss/>")

    error = await failure(http, (tmp_path / "feed.xml").as_uri())

    assert isinstance(error, SourceError)
