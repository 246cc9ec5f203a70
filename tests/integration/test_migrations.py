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


def test_followed_names_become_researchers_and_names_again(empty_database: Database) -> None:
    schema.upgrade(empty_database, "0002")
    _follow_as_before_there_were_researchers(empty_database)

    schema.upgrade(empty_database)

    with empty_database.reading() as session:
        people = session.execute(text("SELECT id, name FROM researchers ORDER BY id")).all()
        follows = session.execute(
            text("SELECT id, subscriber_id, kind, target_id, name FROM follows ORDER BY id")
        ).all()
        ids = session.execute(text("SELECT scheme, value, researcher_id FROM researcher_ids ORDER BY 1, 2")).all()
        marks = {row.stage: row.announcement_id for row in session.execute(text("SELECT * FROM stream_marks"))}
    assert [name for _, name in people] == ["Furu Wei", "Wei Zhang", "Wei Zhang"]
    first, second, third = (number for number, _ in people)
    assert [(row.id, row.target_id) for row in follows] == [(1, first), (2, second), (3, third), (4, first)]
    assert {row.kind for row in follows} == {"researcher"}
    assert [tuple(row) for row in ids] == [("hf", "weizhang", second), ("orcid", "0000-0002-1825-0097", third)]
    assert marks == {"attribute": 0, "alert": 0}

    schema.downgrade(empty_database, "0002")

    with empty_database.reading() as session:
        old = session.execute(text("SELECT id, name, hf_user, orcid FROM follows ORDER BY id")).all()
    assert [tuple(row) for row in old] == [
        (1, "Furu Wei", "", ""),
        (2, "Wei Zhang", "weizhang", ""),
        (3, "Wei Zhang", "", "0000-0002-1825-0097"),
        (4, "Furu Wei", "", ""),
    ]


def _follow_as_before_there_were_researchers(database: Database) -> None:
    person = "INSERT INTO subscribers VALUES (:id, :name, 'person', 'confirmed', 'en', '2026-11-01 08:00:00')"
    follow = (
        "INSERT INTO follows (id, subscriber_id, name, fields, hf_user, orcid, created_at) "
        "VALUES (:id, :who, :name, '[\"cs.CL\"]', :user, :orcid, '2026-11-02 08:00:00')"
    )
    with database.writing() as session:
        for number, name in enumerate(("Ada", "Bo"), 1):
            session.execute(text(person), {"id": number, "name": name})
        for row in (
            {"id": 1, "who": 1, "name": "Furu Wei", "user": "", "orcid": ""},
            {"id": 2, "who": 1, "name": "Wei Zhang", "user": "WeiZhang", "orcid": ""},
            {"id": 3, "who": 1, "name": "Wei Zhang", "user": "", "orcid": "0000-0002-1825-0097"},
            {"id": 4, "who": 2, "name": "Furu Wei", "user": "", "orcid": ""},
        ):
            session.execute(text(follow), row)
