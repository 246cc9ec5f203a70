"""Servers that want to fill the memory, to hold the connection, or to be believed."""

import asyncio
import gzip
import itertools
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digest.errors import SourceChanged, SourceUnavailable
from tests.asking import LIMIT, Names, failure, make_http, raw_server, saying
from tests.servers.web import Reply, WebServer

ROOT = Path(__file__).parents[2]
MEGABYTE = 1_000_000
# Asks once in a process of its own, so that its memory is its own too: prints the outcome and by how much it grew (kB).
PROCESS = """
import asyncio, resource, sys
from digest.errors import SourceError
from digest.settings import HttpSettings
from digest.sources.http.client import Http

async def main():
    async with Http(HttpSettings(allowed_hosts=("127.0.0.1",), attempts=1)) as http:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            await http.get(sys.argv[1])
        except SourceError as error:
            print(type(error).__name__, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main())
"""


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(body=b"hello")) as running:
        yield running


def gzip_bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    pieces = [packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)]
    return b"".join([*pieces, packer.flush()])


def endless() -> Reply:
    return Reply(pieces=itertools.repeat(b"x" * 65_536))


def bomb() -> Reply:
    return Reply(headers={"Content-Encoding": "gzip"}, body=gzip_bomb(300))


def bomb_after_harmless_start() -> Reply:
    """Give a member of random-looking text first, so that the ratio of the whole looks harmless for a while."""
    start = gzip.compress(b"".join(str(number**7).encode() for number in range(300_000)))
    return Reply(headers={"Content-Encoding": "gzip"}, body=start + gzip_bomb(300))


@pytest.mark.parametrize("make", [endless, bomb, bomb_after_harmless_start])
def test_a_body_without_end_or_measure_does_not_fill_the_memory(server: WebServer, make: Callable[[], Reply]) -> None:
    reply = make()
    server.answer = lambda _asked: reply

    command = [sys.executable, "-c", PROCESS, server.url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)

    outcome, grown = done.stdout.split()
    assert outcome == "SourceChanged"
    assert int(grown) < 100_000


@pytest.mark.anyio
@pytest.mark.parametrize(
    "encoding", ["gzip, gzip", "gzip,deflate", "br", "zstd", "identity, gzip", "chunked", "x" * 999]
)
async def test_only_one_known_compression_is_unpacked(server: WebServer, encoding: str) -> None:
    server.answer = lambda _asked: Reply(
        headers={"Content-Encoding": encoding}, body=gzip.compress(gzip.compress(b"x"))
    )
    async with make_http() as http:
        assert isinstance(await failure(http, server.url), SourceChanged)


@pytest.mark.anyio
async def test_a_bomb_inside_a_bomb_is_unpacked_once(server: WebServer) -> None:
    inner = gzip.compress(gzip_bomb(100))
    server.answer = lambda _asked: Reply(headers={"Content-Encoding": "gzip"}, body=inner)
    async with make_http() as http:
        assert (await http.get(server.url)).body == gzip.decompress(inner)


@pytest.mark.anyio
async def test_a_caller_can_ask_for_less_than_the_settings_allow(server: WebServer) -> None:
    server.answer = lambda _asked: Reply(body=b"x" * 5000)
    async with make_http() as http:
        assert len((await http.get(server.url, max_bytes=5000)).body) == 5000
        with pytest.raises(SourceChanged, match="more than 4,999 bytes"):
            await http.get(server.url, max_bytes=4999)


async def trickle_head(writer: asyncio.StreamWriter) -> None:
    for byte in itertools.chain(b"HTTP/1.1 200 OK\r\n", itertools.cycle(b"X-Slow: yes\r\n")):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def pour_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: and more\r\n" * 1000)
        await writer.drain()


async def pour_hints(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()


@pytest.mark.anyio
@pytest.mark.parametrize("pour", [trickle_head, pour_head, pour_hints])
async def test_a_head_without_end_is_given_up(pour: Callable[[asyncio.StreamWriter], object]) -> None:
    async with raw_server(pour) as port, make_http(timeout="0.5") as http:  # type: ignore[arg-type]
        assert isinstance(await failure(http, f"http://127.0.0.1:{port}/"), SourceUnavailable)


@pytest.mark.anyio
async def test_ten_thousand_headers_are_too_many(server: WebServer) -> None:
    server.answer = lambda _asked: Reply(headers={f"X-Header-{number}": "of many" for number in range(10_000)})
    async with make_http() as http:
        assert isinstance(await failure(http, server.url), SourceUnavailable)


HEADS = [
    b"HTTP/1.1 99 Too low\r\n\r\n",
    b"HTTP/1.1 1000 Too high\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    b"SSH-2.0-OpenSSH_9.6\r\n",
    b"\x16\x03\x01\x02\x00\x01",
    b"",
]


@pytest.mark.anyio
@pytest.mark.parametrize("head", HEADS, ids=lambda head: head[:40].decode("latin-1"))
async def test_what_is_no_http_is_unavailable_and_says_no_more(head: bytes) -> None:
    async with raw_server(saying(head)) as port, make_http() as http:
        error = await failure(http, f"http://127.0.0.1:{port}/")

    assert isinstance(error, SourceUnavailable)
    assert "broke off its answer" in str(error)


@pytest.mark.anyio
async def test_bytes_of_any_kind_in_a_header_do_no_harm() -> None:
    head = b'HTTP/1.1 200 OK\r\nX-Odd: \xff\xfe\xe2\x80\xae\r\nETag: "\xff"\r\nContent-Length: 5\r\n\r\nhello'
    async with raw_server(saying(head)) as port, make_http() as http:
        response = await http.get(f"http://127.0.0.1:{port}/")

    assert (response.body, response.etag) == (b"hello", None)


@pytest.mark.anyio
async def test_a_longer_body_than_claimed_is_cut_where_it_was_to_end() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more"
    async with raw_server(saying(head)) as port, make_http() as http:
        assert (await http.get(f"http://127.0.0.1:{port}/")).body == b"hello"


@pytest.mark.anyio
@pytest.mark.parametrize("status", [299, 300, 304, 418, 499, 600, 999])
async def test_any_status_ends_in_an_answer_or_a_source_error(server: WebServer, status: int) -> None:
    server.answer = lambda _asked: Reply(status, body=b"" if status == 304 else b"<secret>")
    async with make_http() as http:
        if status < 300:
            assert (await http.get(server.url)).status == status
        else:
            assert "secret" not in str(await failure(http, server.url))


@pytest.mark.anyio
async def test_a_hundred_redirects_end_after_five(server: WebServer) -> None:
    server.answer = lambda asked: Reply(302, {"Location": f"/{int(asked.path[1:] or 0) + 1}"})
    async with make_http() as http:
        error = await failure(http, f"{server.url}/0")

    assert isinstance(error, SourceChanged)
    assert [asked.path for asked in server.asked] == ["/0", "/1", "/2", "/3", "/4", "/5"]


@pytest.mark.anyio
async def test_redirects_between_hosts_end_too(server: WebServer) -> None:
    port = server.url.rpartition(":")[2]
    hosts = itertools.cycle(["b.example", "a.example"])
    server.answer = lambda _asked: Reply(302, {"Location": f"http://{next(hosts)}:{port}/"})
    async with make_http(Names({"a.example": ["127.0.0.1"], "b.example": ["127.0.0.1"]})) as http:
        assert isinstance(await failure(http, f"http://a.example:{port}/"), SourceChanged)

    assert len(server.asked) == 6


@pytest.mark.anyio
async def test_the_limit_is_the_same_compressed_or_not(server: WebServer) -> None:
    fits, more = bytes(range(250)) * (LIMIT // 250), bytes(LIMIT + 1)
    async with make_http() as http:
        for body, is_fine in ((fits, True), (more, False)):
            server.answer = lambda _asked, body=body: Reply(
                headers={"Content-Encoding": "gzip"}, body=gzip.compress(body)
            )  # type: ignore[misc]
            if is_fine:
                assert (await http.get(server.url)).body == body
            else:
                assert isinstance(await failure(http, server.url), SourceChanged)
