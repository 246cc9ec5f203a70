"""A web server on loopback that answers as a test tells it to, and remembers what it was asked."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    at: float
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """`pieces` are written one by one; a number among them is a pause in seconds."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: Iterable[bytes | float] = ()
    claimed_length: int | None = None


class WebServer:
    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"web": self}))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    web: ClassVar[WebServer]
    disable_nagle_algorithm = True  # else the body waits 40 ms for the acknowledgement of the headers

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        asked = Asked(self.path, headers, time.monotonic(), self.command, body)
        self.web.asked.append(asked)
        self._reply(self.web.answer(asked))

    do_POST = do_HEAD = do_GET  # noqa: N815 -- the names are http.server's

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if not reply.pieces:
            length = len(reply.body) if reply.claimed_length is None else reply.claimed_length
            self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self._write(reply.pieces or (reply.body,))

    def _write(self, pieces: Iterable[bytes | float]) -> None:
        for piece in pieces:
            if isinstance(piece, bytes):
                self.wfile.write(piece)
            else:
                time.sleep(piece)

    def log_message(self, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients of these tests hang up on purpose."""
