"""The migrations make the tables the code expects, on every database, and take them away again."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.engine import URL

from digest.errors import ConfigurationError
from digest.storage import schema
from subscribers.db import Base, Database
from subscribers.faults import DatabaseUnavailable
from tests.databases import ADAS_PASSWORD


def test_upgrading_an_empty_database_gives_the_tables_of_the_code(empty_database: Database) -> None:
    schema.upgrade(empty_database)

    schema.check(empty_database)  # raises when alembic finds a difference
    assert schema.is_current(empty_database)
    assert set(inspect(empty_database.engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_downgrade_takes_everything_away_and_upgrade_brings_it_back(empty_database: Database) -> None:
    schema.upgrade(empty_database)
    schema.downgrade(empty_database, "base")

    assert inspect(empty_database.engine).get_table_names() == ["alembic_version"]
    assert schema.current_revision(empty_database) is None
    schema.upgrade(empty_database)
    schema.check(empty_database)


def test_upgrading_twice_changes_nothing(empty_database: Database) -> None:
    schema.upgrade(empty_database)
    schema.upgrade(empty_database)

    assert schema.current_revision(empty_database) == schema.head_revision()


def test_a_database_that_was_never_migrated_is_not_current(empty_database: Database) -> None:
    assert not schema.is_current(empty_database)


def test_a_database_of_a_newer_version_is_refused_and_left_alone(empty_database: Database) -> None:
    schema.upgrade(empty_database)
    with empty_database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(ConfigurationError, match="newer version"):
        schema.upgrade(empty_database)
    assert schema.is_newer("9999")
    assert not schema.is_newer(schema.head_revision())
    assert not schema.is_newer(None)


def test_a_user_who_may_not_make_tables_is_told_so(postgres_url: URL) -> None:
    database = Database(postgres_url.set(username="ada", password=ADAS_PASSWORD))
    with pytest.raises(DatabaseUnavailable, match="lacks a right"):
        schema.upgrade(database)
    database.close()


def test_foreign_keys_are_on_again_after_a_migration(empty_database: Database) -> None:
    schema.upgrade(empty_database)
    if empty_database.is_sqlite:
        with empty_database.reading() as session:
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
