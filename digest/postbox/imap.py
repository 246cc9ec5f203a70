"""A folder at an IMAP server, over TLS: unseen mails are read, then marked as seen. Nothing is moved or deleted.

Blocking, as Python's imaplib is: for a thread of its own. Mails are fetched by UID, without marking them (`BODY.PEEK`),
and only their beginning.
"""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final, Self

from digest.errors import PostboxUnavailable
from digest.postbox.mail import MAX_BYTES
from digest.settings import BounceSettings

TIMEOUT: Final = timedelta(seconds=30)
MOST_AT_ONCE: Final = 500  # mails of one look; the rest waits for the next
SEEN: Final = r"(\Seen)"
FLAGGED_AND_SEEN: Final = r"(\Seen \Flagged)"

_OK: Final = "OK"


class ImapFolder:
    """The unseen mails of a folder; use as a context manager. Raises PostboxUnavailable.

    `tls` replaces the system's certificate checks, for a private certificate authority.
    """

    def __init__(self, settings: BounceSettings, tls: ssl.SSLContext | None = None) -> None:
        self._settings = settings
        self._tls = tls or ssl.create_default_context()
        self._server: imaplib.IMAP4_SSL | None = None

    def __enter__(self) -> Self:
        """Connect, log in and open the folder."""
        settings = self._settings
        try:
            seconds = TIMEOUT.total_seconds()
            self._server = imaplib.IMAP4_SSL(
                settings.imap_host, settings.imap_port, ssl_context=self._tls, timeout=seconds
            )
            self._server.login(settings.imap_username, settings.imap_password.get_secret_value())
            self._demand(self._server.select(quote(settings.imap_folder)))
            self._demand_marks(self._server.response("PERMANENTFLAGS")[1])
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            self.__exit__()
            raise self._explain(error) from None  # the cause may quote the log-in
        return self

    def __exit__(self, *exc: object) -> None:
        """Say goodbye, and close the connection also if nobody hears it."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                server.logout()
            with suppress(OSError):
                server.shutdown()

    def list_new(self) -> Iterator[str]:
        """Give the UIDs of unseen mails, oldest first."""
        found = self._ask("SEARCH", "UNSEEN")
        uids = found[0].split() if found and isinstance(found[0], bytes) else []
        for uid in sorted(filter(bytes.isdigit, uids), key=int)[:MOST_AT_ONCE]:
            yield uid.decode("ascii")

    def read(self, uid: str) -> bytes | None:
        """Fetch as much of a mail as is looked at; None if it is gone."""
        for part in self._ask("FETCH", uid, f"(BODY.PEEK[]<0.{MAX_BYTES}>)"):
            if isinstance(part, tuple) and len(part) > 1 and isinstance(part[1], bytes):
                return part[1]
        return None

    def put_away(self, uid: str, *, is_flagged: bool = False) -> None:
        """Mark a mail as seen, and flag it if a person should look at it."""
        self._ask("STORE", uid, "+FLAGS.SILENT", FLAGGED_AND_SEEN if is_flagged else SEEN)

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        assert self._server is not None
        try:
            return self._demand(self._server.uid(command, *arguments))
        except (imaplib.IMAP4.error, OSError) as error:
            raise self._explain(error) from None

    def _demand(self, answer: tuple[str, list[Any]]) -> list[Any]:
        status, data = answer
        if status != _OK:
            raise imaplib.IMAP4.error(data[0] if data else status)
        return data

    def _demand_marks(self, answer: list[Any]) -> None:
        """Demand that marks are kept: without them the same mails would be new at each look."""
        kept = b" ".join(each for each in answer if isinstance(each, bytes)).lower()
        if kept and b"\\seen" not in kept:
            raise imaplib.IMAP4.error("it keeps no \\Seen marks in this folder")

    def _explain(self, error: Exception) -> PostboxUnavailable:
        settings = self._settings
        place = f"{settings.imap_host}:{settings.imap_port}"
        match error:
            case ssl.SSLCertVerificationError(verify_message=why):
                said = f"The certificate of {place} is not accepted ({why}): check DIGEST_BOUNCES__IMAP_HOST"
            case ssl.SSLError():
                said = f"{place} does not speak TLS from the start; IMAP with TLS is usually at port 993"
            case TimeoutError():
                said = f"The IMAP server {place} did not answer within {TIMEOUT.total_seconds():g} seconds"
            case OSError():
                said = f"The IMAP server {place} cannot be reached: {error.strerror or error}"
            case UnicodeError():
                said = "DIGEST_BOUNCES__IMAP_FOLDER, the log-in name and the password may have ASCII letters only"
            case _:
                said = f"The IMAP server {place} said no: {self._quote_reply(error)}; check name, password and folder"
        return PostboxUnavailable(said)

    def _quote_reply(self, error: Exception) -> str:
        said = error.args[0] if error.args else ""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        line = " ".join("".join(each if each.isprintable() else " " for each in text).split())[:200]
        password = self._settings.imap_password.get_secret_value()
        return line.replace(password, "…") if password else line


def quote(folder: str) -> str:
    """Quote the name of a folder (RFC 3501 §4.3). UnicodeError for letters that are not ASCII."""
    folder.encode("ascii")
    escaped = folder.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
