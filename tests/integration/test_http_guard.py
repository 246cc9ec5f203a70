"""The guard at work: names, redirects, proxies and certificates, with a name server that does as a test says."""

import asyncio
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.errors import SourceChanged, SourceError, SourceUnavailable
from tests.asking import Names, failure, make_http, raw_server, saying
from tests.servers.web import Reply, WebServer

pytestmark = pytest.mark.anyio

HERE = "127.0.0.1"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer(lambda _asked: Reply(body=b"hello")) as running:
        yield running


def port(server: WebServer) -> int:
    return int(server.url.rpartition(":")[2])


def is_refused(error: SourceError) -> bool:
    return isinstance(error, SourceChanged) and "DIGEST_HTTP__ALLOWED_HOSTS" in str(error)


async def test_a_name_is_asked_at_the_address_that_was_vetted(server: WebServer) -> None:
    names = Names({"papers.example": [HERE]})
    async with make_http(names) as http:
        response = await http.get(f"http://papers.example:{port(server)}/feed")

    assert (response.url, response.body) == (f"http://papers.example:{port(server)}/feed", b"hello")
    assert server.asked[0].headers["host"] == f"papers.example:{port(server)}"
    assert names.asked == ["papers.example"]


async def test_a_name_that_turns_to_a_private_address_is_refused_the_next_time(server: WebServer) -> None:
    names = Names({"papers.example": [HERE, "10.0.0.1"]})
    async with make_http(names) as http:
        await http.get(f"http://papers.example:{port(server)}/")
        error = await failure(http, f"http://papers.example:{port(server)}/")

    assert is_refused(error)
    assert str(error).startswith("papers.example lies in a private or reserved network")
    assert len(server.asked) == 1


@pytest.mark.parametrize("other", ["10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "fe80::1%eth0", "nonsense"])
async def test_one_private_address_among_good_ones_is_refused(server: WebServer, other: str) -> None:
    async with make_http(Names({"papers.example": [[HERE, other]]})) as http:
        assert is_refused(await failure(http, f"http://papers.example:{port(server)}/"))

    assert server.asked == []


async def test_nothing_is_let_through_by_default(server: WebServer) -> None:
    async with make_http(Names({"papers.example": [HERE]}), allowed_hosts=()) as http:
        assert is_refused(await failure(http, server.url))
        assert is_refused(await failure(http, f"http://papers.example:{port(server)}/"))

    assert server.asked == []


async def test_a_name_the_operator_lists_may_lead_anywhere(server: WebServer) -> None:
    async with make_http(Names({"papers.lan": [HERE]}), allowed_hosts=("papers.lan",)) as http:
        assert (await http.get(f"http://papers.lan:{port(server)}/")).body == b"hello"


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://intranet.example/",
        "//intranet.example/",
    ],
)
async def test_a_redirect_into_a_private_network_is_refused(server: WebServer, target: str) -> None:
    server.answer = lambda _asked: Reply(302, {"Location": target}, b"<secret>")
    async with make_http(Names({"papers.example": [HERE], "intranet.example": ["10.0.0.5"]})) as http:
        error = await failure(http, f"http://papers.example:{port(server)}/")

    assert is_refused(error)
    assert str(error).startswith("papers.example redirects to where nothing is fetched: ")
    assert "secret" not in str(error)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://me@127.0.0.1/",
        "http://arxiv.org:22/",
        "gopher://127.0.0.1/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "ftp://arxiv.org/",
    ],
)
async def test_a_redirect_to_what_is_no_plain_web_address_is_refused(server: WebServer, target: str) -> None:
    server.answer = lambda _asked: Reply(302, {"Location": target})
    async with make_http() as http:
        error = await failure(http, server.url)

    assert isinstance(error, SourceChanged)
    assert len(server.asked) == 1


@pytest.mark.parametrize("target", ["http://xn--/", "http://0177.0.0.1/", "http://１２７.0.0.1/", "http://[::1"])
async def test_a_redirect_that_is_no_address_is_a_source_error(server: WebServer, target: str) -> None:
    server.answer = lambda _asked: Reply(302, {"Location": target.encode().decode("latin-1")})
    async with make_http() as http:
        await failure(http, server.url)

    assert len(server.asked) == 1


async def test_a_name_nobody_knows_is_unavailable() -> None:
    async with make_http() as http:
        error = await failure(http, "http://no-such-host.example/")

    assert isinstance(error, SourceUnavailable)
    assert "could not be reached (Name or service not known)" in str(error)


async def test_the_next_address_is_tried_where_one_does_not_answer(server: WebServer) -> None:
    names = Names({"papers.example": [["127.0.0.2", "127.0.0.3", HERE]]})
    async with make_http(names, allowed_hosts=("127.0.0.0/8",)) as http:
        response = await http.get(f"http://papers.example:{port(server)}/")

    assert response.body == b"hello"


async def test_proxies_of_the_environment_are_not_used(server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, server.url)
    async with make_http(Names({"intranet.example": ["10.0.0.5"]})) as http:
        assert is_refused(await failure(http, "http://intranet.example/"))

    assert server.asked == []


async def test_a_proxy_in_the_settings_is_used_and_names_it_alone_knows_pass(server: WebServer) -> None:
    async with make_http(proxy=server.url) as http:
        response = await http.get("http://papers.example/feed")

    assert response.body == b"hello"
    assert server.asked[0].path == "http://papers.example/feed"


@pytest.mark.parametrize("host", ["10.0.0.1", "[::1]", "intranet.example", "localhost", "printer", "nas.home.arpa"])
async def test_a_proxy_is_no_way_around_the_guard(server: WebServer, host: str) -> None:
    async with make_http(Names({"intranet.example": ["10.0.0.5"]}), proxy=server.url) as http:
        assert is_refused(await failure(http, f"http://{host}/"))

    assert server.asked == []


async def test_a_server_that_speaks_something_else_is_not_quoted() -> None:
    async with raw_server(saying(b"-ERR secret greeting\r\n")) as its_port, make_http() as http:
        error = await failure(http, f"http://127.0.0.1:{its_port}/")

    assert isinstance(error, SourceUnavailable)
    assert "secret" not in str(error)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """Make a certificate for papers.example: the server's context, and the file that clients may trust."""
    folder = tmp_path_factory.mktemp("certificate")
    key, path = folder / "key.pem", folder / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=x -addext subjectAltName=DNS:papers.example"
    subprocess.run([*command.split(), "-keyout", str(key), "-out", str(path)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path, key)
    return context, path


async def test_a_certificate_is_checked_for_the_name_and_not_for_the_address(
    certificate: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    context, path = certificate
    wanted: list[str] = []
    context.sni_callback = lambda _socket, name, _context: wanted.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    names = Names({"papers.example": [HERE], "other.example": [HERE]})
    done = asyncio.Event()

    async def stay(writer: asyncio.StreamWriter) -> None:
        """Keep the connection: one opened for the first name must not serve the second."""
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        await done.wait()

    async with raw_server(stay, context) as its_port, make_http(names) as http:
        response = await http.get(f"https://papers.example:{its_port}/")
        error = await failure(http, f"https://other.example:{its_port}/")
        done.set()

    assert response.body == b"hello"
    assert isinstance(error, SourceUnavailable)
    assert "certificate verify failed" in str(error)
    assert wanted == ["papers.example", "other.example"]
