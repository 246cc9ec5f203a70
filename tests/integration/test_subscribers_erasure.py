"""Export gives everything; erasure leaves nothing, not even the bytes."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from subscribers import service, store, tables
from subscribers.db import Base, Database
from subscribers.model import SubscriberView, UnknownSubscriber
from tests.subscriptions import NOON, WEI, channel_wish, interest, subscribed, telegram_wish

OWN_TABLES = [
    tables.SubscriberRow,
    tables.ChannelRow,
    tables.InterestRow,
    tables.SubscriberInterestRow,
    tables.FollowRow,
    tables.SubscriberEventRow,
]


def settle_in(database: Database, address: str = "ada@example.org", chat: str = "-5") -> SubscriberView:
    with database.writing() as session:
        view = subscribed(session, channel_wish(address), telegram_wish(chat), name=f"Name of {address}")
        service.add_interest(session, NOON, view.id, interest(f"secret of {address}"))
        service.add_interest(session, NOON, view.id, interest("cat:cs.CL"))
        service.follow(session, NOON, view.id, WEI)
        return store.view_subscriber(session, view.id)


def count_rows(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in OWN_TABLES
        }


def columns(table: type[Base]) -> set[str]:
    return set(table.__table__.columns.keys())


def test_the_export_is_json_and_has_every_column_of_every_row(database: Database) -> None:
    ada = settle_in(database)
    with database.reading() as session:
        exported = json.loads(json.dumps(service.export(session, ada.id)))

    assert set(exported) == {"subscriber", "channels", "interests", "follows", "events"}
    assert set(exported["subscriber"]) == columns(tables.SubscriberRow)
    assert [set(each) for each in exported["channels"]] == [columns(tables.ChannelRow)] * 2
    assert set(exported["interests"][0]) == columns(tables.SubscriberInterestRow) | {"canonical"}
    assert set(exported["follows"][0]) == columns(tables.FollowRow)
    assert set(exported["events"][0]) == columns(tables.SubscriberEventRow)
    assert exported["channels"][0]["send_at"] == "08:00:00"
    assert exported["subscriber"]["created_at"] == "2026-11-20T12:00:00+00:00"


def test_the_export_tells_what_happened_in_its_order(database: Database) -> None:
    ada = settle_in(database)
    with database.writing() as session:
        first = session.scalars(select(tables.SubscriberEventRow).order_by(tables.SubscriberEventRow.id)).first()
        assert first is not None
        first.detail = {**first.detail, "rewritten": True}  # PostgreSQL puts a changed row behind the others

    with database.reading() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SET LOCAL enable_indexscan = off"))
            session.execute(text("SET LOCAL enable_bitmapscan = off"))
        exported = service.export(session, ada.id)

    assert [each["id"] for each in exported["events"]] == sorted(each["id"] for each in exported["events"])
    assert exported["events"][0]["detail"]["rewritten"]


def test_the_export_has_nothing_of_anybody_else(database: Database) -> None:
    ada = settle_in(database)
    settle_in(database, "bob@example.org", "-6")
    with database.reading() as session:
        exported = json.dumps(service.export(session, ada.id))

    assert "secret of ada" in exported
    assert "bob" not in exported


def test_erasing_deletes_every_row_of_one_and_none_of_another(database: Database) -> None:
    bob = settle_in(database, "bob@example.org", "-6")
    before = count_rows(database)
    ada = settle_in(database)

    with database.writing() as session:
        assert service.erase(session, ada.id).subscriber_id == ada.id
        assert not store.is_deliverable(session, ada.channels[0].id)

    assert count_rows(database) == before
    with database.reading() as session:
        assert store.list_subscribers(session, 10) == [bob]


def test_an_erased_address_may_subscribe_again_and_gets_ids_never_used_before(database: Database) -> None:
    ada = settle_in(database)
    with database.writing() as session:
        service.erase(session, ada.id)
    again = settle_in(database)

    assert again.id > ada.id
    assert again.channels[0].id > ada.channels[1].id


@pytest.mark.parametrize("act", [service.erase, service.export])
def test_nobody_cannot_be_erased_or_exported(database: Database, act: object) -> None:
    assert callable(act)
    with database.writing() as session, pytest.raises(UnknownSubscriber, match="no subscriber 7"):
        act(session, 7)


def test_erasing_overwrites_the_bytes_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    ada = settle_in(database)
    database.close()  # the last connection to close brings the write-ahead log into the file
    assert b"ada@example.org" in path.read_bytes()

    with database.writing() as session:
        service.erase(session, ada.id)
    database.close()

    assert b"ada@example.org" not in path.read_bytes()
    assert b"secret of" not in path.read_bytes()
    assert not path.with_name("digest.db-wal").exists()
