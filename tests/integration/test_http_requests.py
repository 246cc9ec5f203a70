"""What is sent: questions by POST, keys that stay with their host, and turns that are kept."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import stamina

from digest.errors import SourceChanged, SourceRefused, SourceUnavailable
from digest.settings import HttpSettings
from digest.sources.http.client import Http
from digest.sources.http.pacing import LONGEST_QUEUE, PACE, Closed, OwnTurns
from tests.asking import Names, failure, make_http
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio

KEYS = {"Authorization": "Bearer k", "x-api-key": "k", "api-key": "k", "Cookie": "k=1", "Zotero-API-Key": "k"}
NAMES = {"papers.example": ["127.0.0.1"], "other.example": ["127.0.0.1"], "export.arxiv.org": ["127.0.0.1"]}


@pytest.fixture(autouse=True)
def retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(body=b"hello")) as running:
        yield running


def named(server: WebServer, host: str) -> str:
    return server.url.replace("127.0.0.1", host)


def seen(asked: Asked) -> set[str]:
    return {name for name in map(str.lower, KEYS) if name in asked.headers}


async def test_a_question_can_be_posted(server: WebServer) -> None:
    async with make_http() as http:
        response = await http.post(f"{server.url}/batch", json={"ids": ["é"]}, params={"fields": "title"}, headers=KEYS)

    (asked,) = server.asked
    assert (response.body, asked.method, asked.path) == (b"hello", "POST", "/batch?fields=title")
    assert json.loads(asked.body) == {"ids": ["é"]}
    assert asked.headers["content-type"] == "application/json"
    assert seen(asked) == set(map(str.lower, KEYS))


async def test_a_post_without_an_answer_is_asked_again(server: WebServer) -> None:
    replies = iter([Reply(503), Reply(body=b"half", claimed_length=9), Reply(body=b"whole")])
    server.answer = lambda _asked: next(replies)
    async with make_http(attempts=3) as http:
        assert (await http.post(server.url, json=[1])).body == b"whole"

    assert [asked.body for asked in server.asked] == [b"[1]"] * 3


async def test_a_post_that_is_refused_closes_the_host_for_every_request(server: WebServer) -> None:
    server.answer = lambda _asked: Reply(429, {"Retry-After": "60"})
    async with make_http(attempts=3) as http:
        with pytest.raises(SourceRefused):
            await http.post(server.url, json={})
        error = await failure(http, server.url)

    assert isinstance(error, SourceRefused)
    assert error.retry_after is not None
    assert len(server.asked) == 1


async def test_keys_do_not_follow_a_redirect_to_another_host(server: WebServer) -> None:
    away = named(server, "other.example")
    server.answer = lambda asked: Reply() if asked.path == "/new" else Reply(307, {"Location": f"{away}/new"})
    async with make_http(Names(NAMES)) as http:
        await http.get(
            f"{named(server, 'papers.example')}/old", headers=KEYS | {"Accept": "application/json"}, etag='"1"'
        )

    first, second = server.asked
    assert (seen(first), seen(second)) == (set(map(str.lower, KEYS)), set())
    assert second.headers["accept"] == "application/json"
    assert second.headers["if-none-match"] == '"1"'
    assert second.headers["host"].startswith("other.example:")


async def test_keys_follow_a_redirect_on_the_same_host(server: WebServer) -> None:
    server.answer = lambda asked: Reply() if asked.path == "/new" else Reply(302, {"Location": "/new"})
    async with make_http() as http:
        await http.get(f"{server.url}/old", headers=KEYS)

    assert seen(server.asked[1]) >= {"authorization", "x-api-key", "zotero-api-key"}


async def test_keys_do_not_follow_to_another_port(server: WebServer) -> None:
    with WebServer(lambda _asked: Reply()) as other:
        server.answer = lambda _asked: Reply(302, {"Location": other.url})
        async with make_http() as http:
            await http.get(server.url, headers=KEYS)

        assert seen(other.asked[0]) == set()


@pytest.mark.parametrize("value", ["k\r\nX-Evil: 1", "schlüssel", "k\x00"])
async def test_a_key_no_header_can_hold_is_one_sentence_without_the_key(server: WebServer, value: str) -> None:
    async with make_http() as http:
        with pytest.raises(SourceChanged) as caught:
            await http.get(server.url, headers={"x-api-key": value})

    assert str(caught.value) == "the value of x-api-key has characters no header may have; correct it"
    assert server.asked == []


async def test_the_contact_is_given_to_those_who_want_an_address() -> None:
    async with make_http(contact="ops@example.org") as http:
        assert http.contact_address == "ops@example.org"
    async with make_http(contact="https://example.org") as http:
        assert http.contact_address is None


class Slept:
    """Counts the pauses between requests without keeping them."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.pauses.append(seconds)


def paced(slept: Slept, **given: object) -> Http:
    settings = HttpSettings(allowed_hosts=("127.0.0.0/8",), attempts=1)
    return Http(settings, sleep=slept, resolver=Names(NAMES), **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("host", "pause"), [("export.arxiv.org", 3), ("papers.example", 1)])
async def test_every_stranger_gets_a_pause(server: WebServer, host: str, pause: float) -> None:
    slept = Slept()
    async with paced(slept) as http:
        await http.get(named(server, host))
        await http.get(named(server, host))

    (seconds,) = slept.pauses
    assert pause - 0.5 < seconds <= pause


async def test_the_operators_own_servers_need_no_pause(server: WebServer) -> None:
    slept = Slept()
    async with paced(slept, pace=PACE) as http:
        await http.get(server.url)
        await http.get(server.url)

    assert slept.pauses == []


async def test_a_host_is_asked_by_one_task_at_a_time(server: WebServer) -> None:
    busy, most = 0, 0

    def answer(_asked: Asked) -> Reply:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        time.sleep(0.02)
        busy -= 1
        return Reply()

    server.answer = answer
    async with make_http() as http:
        await asyncio.gather(*(http.get(server.url) for _ in range(5)))

    assert (len(server.asked), most) == (5, 1)


async def test_a_refusal_is_heard_by_those_who_wait_for_their_turn(server: WebServer) -> None:
    server.answer = lambda _asked: Reply(429, {"Retry-After": "60"})
    slept = Slept()
    async with paced(slept, pace={"127.0.0.1": timedelta(seconds=3)}) as http:
        errors = await asyncio.gather(*(http.get(server.url) for _ in range(4)), return_exceptions=True)

    assert {type(error) for error in errors} == {SourceRefused}
    assert len(server.asked) == 1


class ClosedTurns(OwnTurns):
    async def claim(self, lane: str, host: str, pause: timedelta, lease: timedelta) -> timedelta:
        raise Closed(timedelta(hours=2))


class CrowdedTurns(OwnTurns):
    async def claim(self, lane: str, host: str, pause: timedelta, lease: timedelta) -> timedelta:
        return timedelta(minutes=1)


async def test_a_host_another_process_was_refused_by_is_left_alone(server: WebServer) -> None:
    async with paced(Slept(), turns=ClosedTurns()) as http:
        error = await failure(http.named("test:source"), server.url)

    assert isinstance(error, SourceRefused)
    assert str(error) == "127.0.0.1 asked us to wait; it will not be asked again for 2 hours"
    assert (error.retry_after, server.asked) == (timedelta(hours=2), [])


async def test_a_turn_that_never_comes_is_not_waited_for_without_end(server: WebServer) -> None:
    async with paced(Slept(), turns=CrowdedTurns()) as http:
        error = await failure(http.named("test:source"), server.url)

    assert isinstance(error, SourceUnavailable)
    assert "another process of ours" in str(error)
    assert (error.retry_after, server.asked) == (LONGEST_QUEUE, [])
