"""The database: its transactions, its times, and what it says when it cannot be used."""

import os
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from subscribers.db import Database
from subscribers.faults import DatabaseBusy, DatabaseUnavailable
from subscribers.tables import InterestRow, SubscriberRow
from tests.databases import ADAS_PASSWORD

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SOON = timedelta(milliseconds=100)
NOBODY = 65534  # the user nobody, on Linux and the BSDs


def add_person(session: Session, name: str = "Ada", created_at: datetime = NOW) -> SubscriberRow:
    row = SubscriberRow(name=name, kind="person", status="confirmed", language="en", created_at=created_at)
    session.add(row)
    session.flush()
    return row


def names(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.scalars(select(SubscriberRow.name)))


@pytest.fixture
def hasty(database: Database) -> Iterator[Database]:
    """The same database for a second process that hardly waits for locks."""
    other = Database(database.url, lock_timeout=SOON)
    yield other
    other.close()


def check(url: str | URL) -> None:
    database = Database(url)
    try:
        database.check()
    finally:
        database.close()


# ── transactions ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_written_is_there(database: Database) -> None:
    with database.writing() as session:
        add_person(session)

    assert names(database) == ["Ada"]


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    def fail_half_way() -> None:
        with database.writing() as session:
            add_person(session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()

    assert names(database) == []


def test_what_a_reading_session_did_is_undone(database: Database) -> None:
    with database.reading() as session:
        add_person(session)

    assert names(database) == []


def test_a_time_comes_back_aware_and_in_utc(database: Database) -> None:
    berlin = timezone(timedelta(hours=1))
    with database.writing() as session:
        add_person(session, created_at=datetime(2026, 11, 20, 13, 0, 0, 123456, tzinfo=berlin))

    with database.reading() as session:
        stored = session.scalar(select(SubscriberRow.created_at))
    assert stored == datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
    assert stored is not None
    assert stored.tzinfo is UTC


def test_a_naive_time_is_refused(database: Database) -> None:
    with database.writing() as session, pytest.raises(StatementError, match="naive time"):
        add_person(session, created_at=datetime(2026, 11, 20, 12))  # noqa: DTZ001 -- the fault under test


def test_a_transaction_that_reads_before_it_writes_holds_the_lock_from_its_first_statement(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    begun: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: begun.append(args[2]))
    rival = sqlite3.connect(tmp_path / "digest.db", timeout=0, isolation_level=None)

    with database.writing() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            rival.execute("BEGIN IMMEDIATE")

    assert begun[0] == "BEGIN IMMEDIATE"
    rival.execute("BEGIN IMMEDIATE")
    rival.close()
    database.close()


def test_writers_that_read_first_wait_for_each_other_instead_of_failing(database: Database) -> None:
    with database.writing() as session:
        person_id = add_person(session, "0").id

    def count_up() -> None:
        for _ in range(10):
            with database.writing() as session:
                row = session.get(SubscriberRow, person_id, with_for_update=True)
                assert row is not None
                row.name = str(int(row.name) + 1)

    threads = [Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert names(database) == ["40"]


def test_a_reader_is_not_held_up_by_a_writer(database: Database, hasty: Database) -> None:
    with database.writing() as session:
        add_person(session)
        assert names(hasty) == []


def test_waiting_too_long_for_another_writer_is_an_error_that_says_try_again(
    database: Database, hasty: Database
) -> None:
    with database.writing() as session:
        person_id = add_person(session).id
    with database.writing() as session:
        session.get(SubscriberRow, person_id, with_for_update=True)
        with pytest.raises(DatabaseBusy, match="try again"), hasty.writing() as other:
            other.get(SubscriberRow, person_id, with_for_update=True)


def test_a_fault_of_the_program_is_not_dressed_up_as_one_of_the_database(database: Database) -> None:
    def add_twice() -> None:
        with database.writing() as session:
            session.add_all([InterestRow(canonical="a", canonical_hash="h") for _ in range(2)])

    with pytest.raises(IntegrityError):
        add_twice()


def test_an_error_does_not_repeat_what_was_bound(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable) as caught, database.writing() as session:
        session.execute(text("INSERT INTO nowhere VALUES (:address)"), {"address": "ada@example.org"})

    assert "nowhere" in str(caught.value.__cause__)
    assert "ada@example.org" not in str(caught.value.__cause__)


def test_a_missing_table_says_how_to_make_it(empty_database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="run `digest db upgrade`"):
        names(empty_database)


# ── can it be used at all? ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_good_database_passes_and_is_left_as_it_was(database: Database, empty_database: Database) -> None:
    with database.writing() as session:
        add_person(session)

    database.check()
    empty_database.check()

    assert names(database) == ["Ada"]


def test_a_database_in_memory_passes() -> None:
    check("sqlite://")

    assert Database("sqlite://").is_sqlite


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "note.txt").write_text("this is not a database\n" * 100)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("missing/digest.db", r"the folder .*missing does not exist; create it, or name another file"),
        ("", r"is a folder; name a file in it"),
        ("note.txt/digest.db", r"note\.txt is not a folder; name another file"),
        ("note.txt", r"the file is not an SQLite database; name another file, or move this one away"),
    ],
)
def test_a_path_that_cannot_hold_a_database_is_named_with_cause_and_cure(folder: Path, path: str, cause: str) -> None:
    with pytest.raises(DatabaseUnavailable, match=cause) as refusal:
        check(f"sqlite:///{folder / path}")

    assert str(folder) in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert (folder / "note.txt").read_text().startswith("this is not a database")


def test_a_database_that_may_only_be_read_is_refused(tmp_path: Path) -> None:
    check(f"sqlite:///{tmp_path / 'digest.db'}")

    with pytest.raises(DatabaseUnavailable, match="may only be read; give this user the right to write"):
        check(f"sqlite:///file:{tmp_path / 'digest.db'}?mode=ro&uri=true")


def test_a_file_system_without_a_write_ahead_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"no write-ahead log \(a network drive\?\); keep it on a local disk"):
        check(f"sqlite:///file:{tmp_path / 'digest.db'}?vfs=unix-dotfile&uri=true")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc, where nobody can make a file")
def test_a_place_where_no_file_can_be_made_is_named() -> None:
    with pytest.raises(DatabaseUnavailable, match=r"/proc.* allow "):
        check("sqlite:////proc/digest.db")


@contextmanager
def without_root() -> Iterator[None]:
    """Be nobody for a while where the tests run as root, who may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_folder_without_the_right_to_write_is_named() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)

        refused = pytest.raises(DatabaseUnavailable, match="this user may not write to the folder")
        with without_root(), refused:
            check(f"sqlite:///{folder}/digest.db")


def test_a_damaged_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    made = Database(f"sqlite:///{path}")
    with made.writing() as session:
        session.execute(text("CREATE TABLE t (x)"))
    made.close()
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 3996)

    damaged = Database(f"sqlite:///{path}")
    with pytest.raises(DatabaseUnavailable, match="damaged; restore a backup"), damaged.reading() as session:
        session.execute(text("SELECT * FROM t"))
    damaged.close()


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("postgresql://ada:s3cret@127.0.0.1:1/digest", "no server answers there; start it, or correct host and port"),
        ("postgresql:///digest?host=/no/such/socket", "no server listens on that socket"),
        (
            "postgresql://ada:s3cret@127.0.0.1/digest?sslmode=s3cret",
            'the connection failed (connection is bad: invalid sslmode value: "***")',
        ),
        ("mysql://ada:s3cret@db/digest", "must begin with sqlite:// or postgresql://"),
        ("postgres://ada:s3cret@db/digest", "must begin with sqlite:// or postgresql://"),
        ("postgresql+psycopg2://ada:s3cret@db/digest", "the Python package psycopg2 is not installed"),
        ("postgresql+none://ada:s3cret@db/digest", "there is no such driver; leave it out of the URL"),
        ("postgresql://ada:s3cret@db:port/digest", "cannot be read; it looks like sqlite:///digest.db or"),
        ("digest.db s3cret", "cannot be read; it looks like sqlite:///digest.db or"),
    ],
)
def test_a_url_that_leads_nowhere_is_explained_without_its_password(url: str, cause: str) -> None:
    with pytest.raises(DatabaseUnavailable) as refusal:
        check(url)

    assert cause in str(refusal.value)
    assert "s3cret" not in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1


def test_postgresql_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as if it were not installed

    with pytest.raises(DatabaseUnavailable, match=r"install daily-paper-digest\[postgres\]"):
        Database("postgresql://db/digest")


def test_a_database_the_server_does_not_have_is_named(postgres_url: URL) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"/nowhere cannot be used: there is no such database"):
        check(postgres_url.set(database="nowhere"))


@pytest.mark.parametrize("password", ["wr0ng", None])
def test_a_wrong_password_is_said_to_be_wrong_and_not_shown(postgres_url: URL, password: str | None) -> None:
    ada = postgres_url.set(username="ada")
    check(ada.set(password=ADAS_PASSWORD))

    with pytest.raises(DatabaseUnavailable, match="refuses the user or the password") as refusal:
        check(ada.set(password=password))
    assert "wr0ng" not in str(refusal.value)


def test_a_server_that_only_reads_is_refused(postgres_url: URL) -> None:
    with pytest.raises(DatabaseUnavailable, match=r"only reads \(a standby\?\)"):
        check(postgres_url.update_query_dict({"options": "-c default_transaction_read_only=on"}))


def test_a_connection_the_server_cut_is_explained_and_replaced(postgres_url: URL) -> None:
    database = Database(postgres_url)
    with pytest.raises(DatabaseUnavailable, match="try again"), database.reading() as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    database.check()
    database.close()
