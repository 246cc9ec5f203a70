"""What the errors of SQLite and PostgreSQL mean to an operator: one sentence with the place, the cause and what to do.

DatabaseUnavailable        cannot be opened, read or written until somebody acts
└── DatabaseBusy           another transaction was in the way; the same transaction may be tried again

Anything else a driver raises is a fault of the program and is left alone.
"""

import os
import sqlite3
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError


class DatabaseUnavailable(Exception):
    """The database cannot be used."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or type(self).__doc__ or "")


class DatabaseBusy(DatabaseUnavailable):
    """Another transaction holds the database; try again."""


READ_ONLY_SERVER = "the server only reads (a standby?); name the primary in the database URL"
MIGRATE = "its tables are missing or of another version; run `digest db upgrade`"

# https://sqlite.org/rescode.html; extended codes begin with the name of the primary one.
_SQLITE = {
    "SQLITE_READONLY": "it may only be read; give this user the right to write the file and its folder",
    "SQLITE_FULL": "the disk is full; make room",
    "SQLITE_NOTADB": "the file is not an SQLite database; name another file, or move this one away",
    "SQLITE_CORRUPT": "the file is damaged; restore a backup",
    "SQLITE_IOERR": "the disk reports an error; look at the system log, and keep the file on a local disk",
    "SQLITE_PROTOCOL": "the file system does not lock files as SQLite needs; keep the file on a local disk",
    "SQLITE_PERM": "this user may not open it; give it the right to write the file and its folder",
}
_SQLITE_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED")

# https://www.postgresql.org/docs/current/errcodes-appendix.html; a class of codes by its first two characters.
_POSTGRES = {
    "28": "the server refuses the user or the password; check both in the database URL",
    "3D": "there is no such database on the server; create it with createdb",
    "42501": "the user lacks a right it needs; make it the owner of the database",
    "42P01": MIGRATE,
    "42703": MIGRATE,
    "53": "the server has run out of disk, memory or connections; make room",
    "25006": READ_ONLY_SERVER,
    "57P": "the server is shutting down or starting up; try again",
    "08": "the connection broke; try again",
}
_POSTGRES_BUSY = ("55P03", "40P01", "40001", "57014")  # lock timeout, deadlock, serialization failure, cancelled
# While connecting, libpq gives words instead of a code.
_CONNECTING = {
    "authentication failed": _POSTGRES["28"],
    "no password supplied": _POSTGRES["28"],
    "does not exist": _POSTGRES["3D"],
    "refused": "no server answers there; start it, or correct host and port in the database URL",
    "No such file": "no server listens on that socket; start it, or correct the host in the database URL",
    "resolve host": "there is no host of that name; correct it in the database URL",
    "timeout": "the server does not answer; check host, port and firewall",
    "too many clients": _POSTGRES["53"],
}


def explain(error: DBAPIError, url: URL) -> DatabaseUnavailable | None:
    """Say what an error means, or None if it is no matter of the database's health."""
    if url.get_backend_name() == "sqlite":
        return _explain_sqlite(error, url)
    return _explain_postgres(error, url)


def shown(url: URL) -> str:
    """Give the URL as it may be shown: no password, no options."""
    return url.set(query={}).render_as_string(hide_password=True)


def unavailable(url: URL, cause: str) -> DatabaseUnavailable:
    """Build the sentence."""
    return DatabaseUnavailable(f"The database {shown(url)} cannot be used: {cause}.")


def _explain_sqlite(error: DBAPIError, url: URL) -> DatabaseUnavailable | None:
    name = getattr(error.orig, "sqlite_errorname", "")
    if name.startswith(_SQLITE_BUSY):
        return DatabaseBusy(f"The database {shown(url)} is held by another process that writes; try again.")
    if name.startswith("SQLITE_CANTOPEN"):
        return unavailable(url, _why_unopenable(Path((url.database or "").removeprefix("file:"))))
    if isinstance(error.orig, sqlite3.OperationalError) and str(error.orig).startswith("no such"):
        return unavailable(url, MIGRATE)
    cause = next((cause for code, cause in _SQLITE.items() if name.startswith(code)), None)
    return unavailable(url, cause) if cause else None


def _why_unopenable(path: Path) -> str:
    folder = path.absolute().parent
    if path.is_dir():
        return f"{path} is a folder; name a file in it"
    if not folder.exists():
        return f"the folder {folder} does not exist; create it, or name another file"
    if not folder.is_dir():
        return f"{folder} is not a folder; name another file"
    if not os.access(folder, os.W_OK):
        return f"this user may not write to the folder {folder}; allow it, or name another file"
    return f"the file {path.absolute()} cannot be opened; allow this user to read and write it, or name another file"


def _explain_postgres(error: DBAPIError, url: URL) -> DatabaseUnavailable | None:
    state = getattr(error.orig, "sqlstate", None)
    if state is None:
        return _explain_connecting(error, url) if error.connection_invalidated or _is_operational(error) else None
    if state in _POSTGRES_BUSY:
        return DatabaseBusy(f"The database {shown(url)} was held by another transaction; try again.")
    cause = next((cause for code, cause in _POSTGRES.items() if state.startswith(code)), None)
    return unavailable(url, cause) if cause else None


def _explain_connecting(error: DBAPIError, url: URL) -> DatabaseUnavailable:
    said = str(error.orig)
    cause = next((cause for words, cause in _CONNECTING.items() if words in said), None)
    return unavailable(url, cause or f"the connection failed ({_first_line(said, url)})")


def _is_operational(error: DBAPIError) -> bool:
    return type(error.orig).__name__ == "OperationalError"


def _first_line(said: str, url: URL) -> str:
    line = (said.splitlines() or [""])[0]
    return line.replace(str(url.password), "***") if url.password else line
