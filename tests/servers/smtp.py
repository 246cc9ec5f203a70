"""A real SMTP server on loopback, in a thread of its own, that does what a test tells it and keeps what it was sent."""

import asyncio
import ssl
import subprocess
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

DROP = "drop"  # scripted in place of a reply: end the connection without one
SILENCE = "silence"  # scripted in place of a reply: keep the connection and say nothing


@dataclass(frozen=True, slots=True)
class Received:
    """One mail the server said yes to. `data` is the content, dot-stuffing undone."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes
    options: tuple[str, ...] = ()
    is_tls: bool = False
    username: str | None = None


@dataclass(slots=True)
class Script:
    """What the server does. Queues are used up reply by reply; when one is empty, the answer is yes.

    `refused` holds replies by recipient and is not used up. `greeting` replaces the greeting.
    """

    greeting: str | None = None
    on_mail: deque[str] = field(default_factory=deque)
    on_rcpt: deque[str] = field(default_factory=deque)
    on_data: deque[str] = field(default_factory=deque)
    refused: dict[str, str] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    login_reply: str = "535 5.7.8 Error: authentication failed"
    offers_utf8: bool = True


class SmtpServer:
    """Use as a context manager. `mails` are the accepted mails, `wire` every byte each connection sent."""

    def __init__(self, script: Script | None = None, certificate: ssl.SSLContext | None = None) -> None:
        self.script = script or Script()
        self.mails: list[Received] = []
        self.wire: list[bytearray] = []
        self.host, self.port = "127.0.0.1", 0
        self._certificate = certificate
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.BaseTransport] = set()

    @property
    def connections(self) -> int:
        """How many connections were made."""
        return len(self.wire)

    def __enter__(self) -> Self:
        self._thread.start()
        self._wait(self._start())
        return self

    def __exit__(self, *exc: object) -> None:
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    def drop_connections(self) -> None:
        """End every open connection, as a server does that is restarted or tired of waiting."""
        self._wait(self._drop_all())

    def _wait(self, step: Any) -> None:
        asyncio.run_coroutine_threadsafe(step, self._loop).result(timeout=5)

    async def _start(self) -> None:
        self._server = await self._loop.create_server(self._conversation, self.host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._drop_all()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _drop_all(self) -> None:
        for transport in list(self._open):
            transport.close()
        await asyncio.sleep(0.01)

    def _conversation(self) -> "Conversation":
        wire = bytearray()
        self.wire.append(wire)
        return Conversation(self, wire, self._open, self._certificate, self._loop)


class Conversation(SMTP):
    """One connection."""

    def __init__(
        self,
        server: SmtpServer,
        wire: bytearray,
        open_transports: set[asyncio.BaseTransport],
        certificate: ssl.SSLContext | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        login = server.script.login
        handler = Handler(server)
        super().__init__(
            handler,
            hostname="mail.example.org",
            ident="ready",
            enable_SMTPUTF8=server.script.offers_utf8,
            tls_context=certificate,
            auth_require_tls=login is None or certificate is not None,
            authenticator=handler.authenticate,
            loop=loop,
        )
        self._script = server.script
        self._wire = wire
        self._transports = open_transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transports.add(transport)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._wire += data
        super().data_received(data)

    async def push(self, status: Any) -> None:
        if isinstance(status, str) and status.startswith("220 ") and self._script.greeting:
            status = self._script.greeting
        if status == SILENCE:
            await asyncio.sleep(60)
        if status == DROP:
            assert self.transport is not None
            self.transport.close()
            return
        await super().push(status)


class Handler:
    """What aiosmtpd asks at each step."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    def authenticate(
        self, conversation: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        if (data.login.decode(), data.password.decode()) == self._server.script.login:
            return AuthResult(success=True, auth_data=data)
        return AuthResult(success=False, handled=False, message=self._server.script.login_reply)

    async def handle_MAIL(  # noqa: N802 -- aiosmtpd's name
        self, conversation: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = _next(self._server.script.on_mail, "250 2.1.0 Ok")
        if reply.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, conversation: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._server.script.refused.get(address) or _next(self._server.script.on_rcpt, "250 2.1.5 Ok")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, conversation: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        reply = _next(self._server.script.on_data, f"250 2.0.0 Ok: queued as {len(self._server.mails) + 1:04d}")
        if reply.startswith("250") or reply == DROP:  # a dropped connection may well hide a yes
            self._server.mails.append(_received(session, envelope))
        return reply


def make_certificate_contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1 with the openssl command: contexts for the server, and a client trusting it."""
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=loopback -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=certificate)


def _received(session: Session, envelope: Envelope) -> Received:
    assert isinstance(envelope.original_content, bytes)
    return Received(
        sender=envelope.mail_from or "",
        recipients=tuple(envelope.rcpt_tos),
        data=envelope.original_content,
        options=tuple(envelope.mail_options),
        is_tls=session.ssl is not None,
        username=session.login_data.decode() if session.login_data else None,
    )


def _next(replies: deque[str], default: str) -> str:
    return replies.popleft() if replies else default
