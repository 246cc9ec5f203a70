"""The database: declarative base, column types, engine and transactions. Here because this is the bottom package."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from subscribers.faults import READ_ONLY_SERVER, DatabaseUnavailable, explain, unavailable

LOCK_TIMEOUT = timedelta(seconds=30)  # how long a transaction waits for another one before it raises DatabaseBusy
CONNECT_TIMEOUT = timedelta(seconds=10)
WAL_MODES = ("wal", "memory")  # what `PRAGMA journal_mode=WAL` answers if it is obeyed; a database in memory has no WAL
BACKENDS = ("sqlite", "postgresql")


class Base(DeclarativeBase):
    """The base of every table of both packages; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. A naive value is refused; what comes back is aware on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"naive time {value!r}; times are aware UTC"
            raise TypeError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back to databases that drop it."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """An engine and its two kinds of transaction. SQLite runs in WAL mode; PostgreSQL comes by URL.

    Everything here raises DatabaseUnavailable, or its kind DatabaseBusy, in place of what a driver says about the
    health of the database.
    """

    def __init__(self, url: str | URL, lock_timeout: timedelta = LOCK_TIMEOUT) -> None:
        self.url = _read_url(url)
        self.engine = _create_engine(self.url, lock_timeout)
        self._writer: Engine = self.engine.execution_options(digest_writes=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded default."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads; whatever it did is rolled back."""
        with self.explaining(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that writes: committed at the end, rolled back on any error.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): a deferred transaction that reads first and then
        writes fails with SQLITE_BUSY_SNAPSHOT, which no busy timeout heals.
        """
        with self.explaining(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def check(self) -> None:
        """Raise DatabaseUnavailable unless the database can be opened and written to; changes nothing."""
        with self.explaining(), self._writer.connect() as connection, connection.begin() as transaction:
            (_check_sqlite if self.is_sqlite else _check_postgres)(connection, self.url)
            transaction.rollback()

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Raise DatabaseUnavailable in place of a driver's error, for work on the engine itself."""
        try:
            yield
        except DBAPIError as error:
            explained = explain(error, self.url)
            if explained is None:
                raise
            raise explained from error


def _read_url(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the text may hold a password: neither it nor the cause is shown
        message = "The database URL cannot be read; it looks like sqlite:///digest.db or postgresql://user@host/name."
        raise DatabaseUnavailable(message) from None
    if parsed.get_backend_name() not in BACKENDS:
        raise unavailable(parsed, "its URL must begin with sqlite:// or postgresql://")
    return parsed


def _create_engine(url: URL, lock_timeout: timedelta) -> Engine:
    try:
        # What is bound to a statement may be an address or a token: errors and their tracebacks go to the log.
        engine = create_engine(url, hide_parameters=True, **_engine_options(url, lock_timeout))
    except ModuleNotFoundError as error:
        cause = f"the Python package {error.name} is not installed; install daily-paper-digest[postgres]"
        raise unavailable(url, cause) from error
    except ArgumentError as error:
        raise unavailable(url, "there is no such driver; leave it out of the URL") from error
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _limit_waiting(lock_timeout))
    return engine


def _engine_options(url: URL, lock_timeout: timedelta) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        # sqlite3 hands its timeout to sqlite3_busy_timeout(), which is what PRAGMA busy_timeout sets.
        return {"connect_args": {"timeout": lock_timeout.total_seconds(), "check_same_thread": False}}
    given = {"connect_timeout": int(CONNECT_TIMEOUT.total_seconds())} if "connect_timeout" not in url.query else {}
    return {"pool_pre_ping": True, "connect_args": given}


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    try:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
    except sqlite3.Error:
        connection.close()  # the pool has not taken it yet, and nobody else will close it
        raise


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("digest_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _limit_waiting(lock_timeout: timedelta) -> Callable[[Any, object], None]:
    """Make PostgreSQL give up waiting for a lock; by itself it waits for ever."""

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"SET lock_timeout = {int(lock_timeout.total_seconds() * 1000)}")
        connection.commit()

    return limit


def _check_sqlite(connection: Connection, url: URL) -> None:
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    if mode not in WAL_MODES:
        raise unavailable(url, "its file system has no write-ahead log (a network drive?); keep it on a local disk")
    # BEGIN IMMEDIATE is granted even on a file that may only be read; a write, soon rolled back, is not.
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def _check_postgres(connection: Connection, url: URL) -> None:
    if connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on":
        raise unavailable(url, READ_ONLY_SERVER)
