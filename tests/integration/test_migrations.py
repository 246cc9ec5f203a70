"""The migrations make the tables the code expects, on every database, and take them away again."""

from sqlalchemy import inspect, text

from digest.storage import schema
from subscribers.db import Base, Database


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


def test_foreign_keys_are_on_again_after_a_migration(empty_database: Database) -> None:
    schema.upgrade(empty_database)
    if empty_database.is_sqlite:
        with empty_database.reading() as session:
            assert session.scalar(text("PRAGMA foreign_keys")) == 1
