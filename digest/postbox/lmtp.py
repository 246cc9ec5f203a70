"""A listener for bounces: LMTP (RFC 2033), and plain SMTP for servers that lack it. For a mail server beside us only.

It takes mail for our own signed return paths and for the mailboxes it was told, and nothing else. It says 250 when what
the mail led to is committed, so a mail is never lost between two servers; and 451 while that cannot be done.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import AnyStr, Final

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from digest.errors import ConfigurationError

log = structlog.get_logger()

MAX_MAIL: Final = 5_000_000  # bytes; a bounce that returns one of ours has 200 KB or so
MAX_LINE: Final = 100_000
MOST_RECIPIENTS: Final = 50
MOST_CONNECTIONS: Final = 50  # each may hold a mail in memory; Postfix opens 20 to one place unless told otherwise
STOP_WITHIN: Final = 10.0  # seconds for a mail that is being taken

ACCEPTED: Final = "250 2.0.0 Taken"
LATER: Final = "451 4.3.0 Cannot be taken just now, please try again later"
NOT_HERE: Final = "550 5.1.1 There is no such mailbox here"
BUSY: Final = "421 4.3.2 Too many connections, please try again later"
TOO_MANY: Final = "452 4.5.3 Too many recipients"
BY_HAND: Final = "550 5.7.1 Nobody reads mail to this address; please write to the sender in the From line"

# What aiosmtpd says at the end of a mail that has too many bytes, or a line of too many.
_REFUSALS: Final = ("552 Error: Too much mail data", "500 Line too long")

# Takes a mail that came to one recipient; gives the reply.
Take = Callable[[bytes, str], Awaitable[str]]


class LmtpListener:
    """Listens until it is stopped. `is_ours` says which recipients are, `take` acts on a mail and gives the reply."""

    def __init__(self, host: str, port: int, is_ours: Callable[[str], bool], take: Take) -> None:
        self._handler = _Handler(is_ours, take)
        self._socket = _listen(host, port)
        self._stopping = asyncio.Event()
        self._open: set[asyncio.BaseTransport] = set()

    @property
    def port(self) -> int:
        """Give the port it listens on."""
        return int(self._socket.getsockname()[1])

    async def run_until_stopped(self) -> None:
        """Answer; at the end, let what is being taken be taken."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: self._converse(loop), sock=self._socket)
        await self._stopping.wait()
        server.close()
        await self._handler.finish()
        for transport in list(self._open):
            transport.close()

    def _converse(self, loop: asyncio.AbstractEventLoop) -> asyncio.BaseProtocol:
        return _Busy() if len(self._open) >= MOST_CONNECTIONS else _Conversation(self._handler, self._open, loop)

    def stop(self) -> None:
        """Take no further connection."""
        self._stopping.set()


class _Handler:
    """What aiosmtpd asks at each step."""

    def __init__(self, is_ours: Callable[[str], bool], take: Take) -> None:
        self._is_ours = is_ours
        self._take = take
        self._taking: set[asyncio.Task[str]] = set()

    async def finish(self) -> None:
        if self._taking:
            await asyncio.wait(self._taking, timeout=STOP_WITHIN)

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, conversation: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return TOO_MANY
        if not self._is_ours(address):
            return NOT_HERE
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, conversation: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the mail for each recipient. LMTP wants a reply for each (RFC 2033 §4.2), SMTP one for all."""
        sender = "".join(each for each in envelope.mail_from or "" if each.isprintable())
        content = envelope.original_content or b""
        raw = f"Return-Path: <{sender}>\r\n".encode("utf-8", "replace") + content
        replies = [await self._take_for(raw, recipient) for recipient in envelope.rcpt_tos]
        return "\r\n".join(replies) if getattr(conversation, "is_lmtp", False) else _sum_up(replies)

    async def _take_for(self, raw: bytes, recipient: str) -> str:
        task = asyncio.create_task(self._settle(raw, recipient))
        self._taking.add(task)
        task.add_done_callback(self._taking.discard)
        return await asyncio.shield(task)  # a connection that breaks leaves nothing half done

    async def _settle(self, raw: bytes, recipient: str) -> str:
        try:
            return await self._take(raw, recipient)
        except Exception:  # the server keeps the mail and tries again, when it may have been mended
            log.exception("mail_not_taken")
            return LATER


class _Conversation(SMTP):
    """One connection, in LMTP or in SMTP as the client greets."""

    is_lmtp = False
    line_length_limit = MAX_LINE  # of 1,001 by default, and a bounce may return longer ones: it must not be refused

    def __init__(
        self, handler: _Handler, connections: set[asyncio.BaseTransport], loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(
            handler, data_size_limit=MAX_MAIL, enable_SMTPUTF8=True, hostname="localhost", ident="LMTP", loop=loop
        )
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._connections.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._connections.discard(self.transport)
        super().connection_lost(error)

    async def push(self, status: AnyStr) -> None:
        """Say something; where it refuses a mail as a whole, LMTP wants it once for each recipient (RFC 2033 §4.2)."""
        is_refused = self.is_lmtp and str(status).startswith(_REFUSALS)
        recipients = self.envelope.rcpt_tos if self.envelope else ()
        for _ in range(len(recipients) if is_refused else 1):
            await super().push(status)

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802 -- aiosmtpd's name
        """Greet as LMTP does."""
        self.is_lmtp = True
        await self.smtp_EHLO(hostname)


class _Busy(asyncio.Protocol):
    """Sends a client away."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(f"{BUSY}\r\n".encode())
        transport.close()


def _sum_up(replies: Sequence[str]) -> str:
    """Give the one reply of SMTP: try again if that is needed for anybody, and yes if anything was taken."""
    return next((wanted for wanted in (LATER, ACCEPTED) if wanted in replies), replies[0])


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        why = f"{error.strerror}. Choose another DIGEST_BOUNCES__LMTP_PORT, or DIGEST_BOUNCES__LMTP_HOST."
    except (TypeError, ValueError):
        why = "DIGEST_BOUNCES__LMTP_HOST is neither an address nor the name of a host."
    raise ConfigurationError([f"The listener for bounces cannot listen on {host}:{port}: {why}"])
