"""A small IMAP server on loopback, over TLS, with one folder: enough of RFC 3501 to search, fetch and flag by UID."""

import re
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

_FETCH = re.compile(rb"(\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)")
_STORE = re.compile(rb"(\d+) \+FLAGS\.SILENT \(([^)]*)\)")


@dataclass(slots=True)
class Stored:
    """One mail of the folder."""

    raw: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """Use as a context manager. `mails` by UID; `refused` names commands that are answered with NO.

    `permanent` are the flags it says it keeps. It hangs up within the answer to the command that `breaks_at` numbers.
    """

    def __init__(self, certificate: ssl.SSLContext, login: tuple[str, str] = ("ada", "s3cret")) -> None:
        self.mails: dict[int, Stored] = {}
        self.commands: list[str] = []
        self.refused: set[str] = set()
        self.permanent: bytes = b"(\\Seen \\Flagged \\*)"
        self.breaks_at: int | None = None
        self.login, self.folder = login, "INBOX"
        handler = type("Handler", (_Conversation,), {"imap": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.certificate = certificate
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def add(self, raw: bytes) -> int:
        uid = len(self.mails) + 7
        self.mails[uid] = Stored(raw)
        return uid

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Conversation(socketserver.StreamRequestHandler):
    imap: ClassVar[ImapServer]
    disable_nagle_algorithm = True  # else the end of an answer waits 40 ms for the acknowledgement of its beginning

    def handle(self) -> None:
        self.wfile.write(b"* OK IMAP4rev1 ready\r\n")
        for line in self.rfile:
            tag, _, rest = line.strip().partition(b" ")
            name, _, arguments = rest.partition(b" ")
            if name.upper() == b"UID":
                name, _, arguments = arguments.partition(b" ")
            if not self._answer(tag, name.upper().decode(), arguments):
                return

    def _answer(self, tag: bytes, name: str, arguments: bytes) -> bool:
        self.imap.commands.append(name)
        if len(self.imap.commands) == self.imap.breaks_at:
            self.wfile.write(b"* 1 FETCH (UID 7 BODY[]<0> {9000}\r\nSubject: x\r\n")
            return False
        if name in self.imap.refused:
            self.wfile.write(tag + b" NO not now\r\n")
            return True
        say = {
            "CAPABILITY": self._capability,
            "LOGIN": self._login,
            "SELECT": self._select,
            "SEARCH": self._search,
            "FETCH": self._fetch,
            "STORE": self._store,
            "LOGOUT": self._logout,
        }.get(name)
        reply = say(arguments) if say else b"BAD unknown"
        self.wfile.write(tag + b" " + reply + b"\r\n")
        return name != "LOGOUT"

    def _capability(self, _arguments: bytes) -> bytes:
        self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
        return b"OK done"

    def _login(self, arguments: bytes) -> bytes:
        name, _, password = arguments.decode().partition(" ")
        if (name, password.strip('"')) != self.imap.login:
            return f"NO [AUTHENTICATIONFAILED] {password} is wrong".encode()
        return b"OK welcome"

    def _select(self, arguments: bytes) -> bytes:
        if arguments.decode().strip('"') != self.imap.folder:
            return b"NO no such folder"
        self.wfile.write(b"* %d EXISTS\r\n* FLAGS (\\Seen \\Flagged)\r\n" % len(self.imap.mails))
        self.wfile.write(b"* OK [PERMANENTFLAGS %s] kept\r\n" % self.imap.permanent)
        return b"OK [READ-WRITE] selected"

    def _search(self, _arguments: bytes) -> bytes:
        unseen = [str(uid) for uid, mail in reversed(self.imap.mails.items()) if "\\Seen" not in mail.flags]
        self.wfile.write(f"* SEARCH {' '.join(unseen)}".rstrip().encode() + b"\r\n")
        return b"OK done"

    def _fetch(self, arguments: bytes) -> bytes:
        found = _FETCH.fullmatch(arguments)
        assert found is not None
        mail = self.imap.mails.get(int(found[1]))
        if mail is not None:
            part = mail.raw[: int(found[2])]
            self.wfile.write(b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (found[1], len(part), part))
        return b"OK done"

    def _store(self, arguments: bytes) -> bytes:
        found = _STORE.fullmatch(arguments)
        assert found is not None
        self.imap.mails[int(found[1])].flags |= set(found[2].decode().split())
        return b"OK done"

    def _logout(self, _arguments: bytes) -> bytes:
        self.wfile.write(b"* BYE\r\n")
        return b"OK bye"


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    certificate: ssl.SSLContext

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        return self.certificate.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients of these tests hang up on purpose."""
