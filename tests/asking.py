"""The HTTP client as tests use it: allowed on loopback, with names that a test says where they lead."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ssl import SSLContext

import pytest

from digest.errors import SourceError
from digest.settings import HttpSettings
from digest.sources.http.client import Http

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LIMIT = 200_000


class Names:
    """A name server: each question takes the next answer of the name, and its last one again and again."""

    def __init__(self, answers: Mapping[str, Sequence[str | Sequence[str]]]) -> None:
        self._answers = {name: list(given) for name, given in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        left = self._answers.get(host)
        if not left:
            raise OSError("Name or service not known")
        answer = left.pop(0) if len(left) > 1 else left[0]
        return (answer,) if isinstance(answer, str) else answer


def make_http(names: Names | None = None, **changes: object) -> Http:
    """Make a client that asks loopback and waits for nothing between two requests."""
    settings = {"timeout": timedelta(seconds=5), "max_bytes": LIMIT, "attempts": 1, "allowed_hosts": ("127.0.0.1",)}
    given = HttpSettings.model_validate(settings | changes)
    return Http(given, pace={}, now=lambda: NOW, resolver=names or Names({})).named("test:source")


async def failure(http: Http, url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await http.get(url)
    assert caught.value.source == "test:source"
    assert len(str(caught.value)) < 300
    return caught.value


@asynccontextmanager
async def raw_server(
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]], certificate: SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve whatever the answer writes once a request has come; give the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up, as it should
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificate)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(text: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """Make an answer of plain bytes."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(text)

    return answer
