"""Taking one's data along and being forgotten, on the web and from the shell."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from digest.cli import digest
from digest.model import ChannelId, DeliveryKind, LetterKind
from digest.pipeline.erasing import forget
from digest.pipeline.exporting import AT_ONCE
from digest.pipeline.signup import export_everything
from digest.storage import deliveries
from digest.storage.letter_tables import FeedbackRow, LetterRow
from digest.storage.letters import add_letter
from subscribers import service
from subscribers.bounces import Ladder, Report
from subscribers.db import Base, Database
from subscribers.lifecycle_tables import BounceRow, LinkCodeRow, RequestRow
from subscribers.model import (
    RequestKind,
    RequestState,
    SubscriberStatus,
    SubscriberView,
    SuppressionReason,
    UnknownSubscriber,
)
from subscribers.reports import Incident, refused, reported
from subscribers.store.suppressions import count_suppressions, find_suppression
from subscribers.tables import SubscriberRow
from subscribers.tokens import Purpose
from tests.factories import NOON, edition, paper
from tests.leaving import ONE_CLICK, Site, open_site
from tests.people import announce, subscribe
from tests.records import KEY
from tests.subscriptions import interest

ADDRESS, OTHER, SURE = "ada@unforgettable.example", "ada@elsewhere.example", {"sure": "yes"}
NAME = "Ada Unforgettable"
pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    """Somebody of whom every table knows something."""
    announce(database, paper("2611.00001"))
    view = subscribe(database, ADDRESS, "unforgettable experts")
    subscribe(database, "bob@example.org", "experts")
    with database.writing() as session:
        row = session.get_one(SubscriberRow, view.id)
        row.name = NAME
        service.add_interest(session, NOON, view.id, interest(f"by {NAME}"))
        channel = view.channels[0].id
        queued = edition(1, channel_id=ChannelId(channel), corrections=(f"Not by {NAME}.",))
        deliveries.add_delivery(session, queued, DeliveryKind.DIGEST, NOON)
        session.add_all(
            [
                _request(RequestKind.SIGNUP, ADDRESS, 0),
                _request(RequestKind.ADD_ADDRESS, OTHER, view.id),
                _request(RequestKind.MOVE_ADDRESS, OTHER, channel),
                FeedbackRow(subscriber_id=view.id, paper_id=1, kind="more", created_at=NOON),
                BounceRow(channel_id=channel, score=1.0, scored_at=NOON),
                LinkCodeRow(code_hash="c" * 64, subscriber_id=view.id, expires_at=NOON),
            ]
        )
        add_letter(session, LetterKind.CONFIRM, ADDRESS, NOON, about={"request": 1})
        add_letter(session, LetterKind.CONFIRM_ADDRESS, OTHER, NOON, subscriber_id=view.id, about={"request": 2})
    return view


def _request(kind: RequestKind, address: str, about_id: int) -> RequestRow:
    return RequestRow(
        kind=kind.value,
        address=address,
        about_id=about_id,
        wishes={"name": NAME},
        evidence={"network": "192.0.2.0/24"},
        state=RequestState.ASKED.value,
        created_at=NOON,
        expires_at=NOON + timedelta(days=2),
    )


def everything(database: Database) -> dict[str, str]:
    """Give the text of every row of every table."""
    with database.reading() as session:
        return {
            name: repr([list(row) for row in session.execute(select(table).order_by(*table.primary_key))])
            for name, table in Base.metadata.tables.items()
        }


def holding(database: Database, *words: str) -> set[str]:
    """Give the tables in which one of the words stands."""
    return {name for name, text in everything(database).items() if any(word.lower() in text.lower() for word in words)}


# ── export ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_file_has_everything_and_is_nobodys_to_keep(site: Site, ada: SubscriberView) -> None:
    answer = await site.client.get(site.manage_link(ada, "export.json"))
    held = answer.json()

    assert answer.headers["content-disposition"] == 'attachment; filename="paper-digest-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    assert {name for name, rows in held.items() if not rows} == {"answers", "corrections", "follows", "votes"}
    assert [each["address"] for each in held["requests"]] == [ADDRESS, OTHER, OTHER]
    assert [each["address"] for each in held["letters"]] == [ADDRESS, OTHER]
    assert [each["kind"] for each in held["feedback"]] == ["more"]
    assert [each["kind"] for each in held["events"]][:2] == ["subscribed", "confirmed"]
    assert held["suppressions"] == [
        {"kind": "email", "address": ADDRESS, "suppressed_because": None, "since": None},
    ]
    assert "code_hash" not in answer.text
    assert "bob@example.org" not in answer.text


async def test_no_table_about_somebody_is_missing_from_the_file(site: Site, ada: SubscriberView) -> None:
    held = json.dumps(export_everything(site.database, ada, KEY), default=str)

    assert holding(site.database, NAME, ADDRESS, OTHER) == {
        "channels",
        "deliveries",
        "interests",
        "letters",
        "requests",
        "subscriber_events",
        "subscriber_interests",
        "subscribers",
    }
    for text in (NAME, ADDRESS, OTHER, "192.0.2.0/24", f"by {NAME}", f"Not by {NAME}."):
        assert text in held


async def test_the_file_can_be_had_ten_times_an_hour(site: Site, ada: SubscriberView) -> None:
    link = site.manage_link(ada, "export.json")
    codes = [(await site.client.get(link)).status_code for _ in range(12)]
    site.clock.advance(timedelta(hours=1))

    assert codes == [200] * 10 + [429] * 2
    assert (await site.client.get(link)).status_code == 200


async def test_a_file_of_thousands_of_digests_is_read_and_sent_in_portions(site: Site, ada: SubscriberView) -> None:
    with site.database.writing() as session:
        for number in range(2 * AT_ONCE + 1):
            many = edition(1, channel_id=ChannelId(ada.channels[0].id), name=f"day-{number:04}")
            deliveries.add_delivery(session, many, DeliveryKind.DIGEST, NOON)
    async with site.client.stream("GET", site.manage_link(ada, "export.json")) as answer:
        held = json.loads(await answer.aread())

    assert "content-length" not in answer.headers
    assert [each["edition"] for each in held["deliveries"][1:]] == [f"day-{each:04}" for each in range(2 * AT_ONCE + 1)]


async def test_a_head_of_the_file_reads_and_counts_nothing(site: Site, ada: SubscriberView) -> None:
    before = everything(site.database)
    answers = [await site.client.head(site.manage_link(ada, "export.json")) for _ in range(12)]

    assert {each.status_code for each in answers} == {200}
    assert everything(site.database) == before


async def test_the_file_does_not_tell_who_else_named_the_address(site: Site, ada: SubscriberView) -> None:
    bob = subscribe(site.database, "bob@elsewhere.example")
    with site.database.writing() as session:
        session.add(_request(RequestKind.ADD_ADDRESS, ADDRESS, bob.id))
        session.add(_request(RequestKind.MOVE_ADDRESS, ADDRESS, bob.channels[0].id))
        add_letter(session, LetterKind.CONFIRM_ADDRESS, ADDRESS, NOON, subscriber_id=bob.id, about={"request": 4})
    held = (await site.client.get(site.manage_link(ada, "export.json"))).json()

    about_others = [each for each in held["requests"] if not each["evidence"]]
    assert [(each["kind"], each["about_id"], each["wishes"]) for each in about_others] == [
        ("add_address", 0, {}),
        ("move_address", 0, {}),
    ]
    assert (held["letters"][-1]["address"], held["letters"][-1]["subscriber_id"]) == (ADDRESS, None)


async def test_who_has_left_gets_the_file_too(site: Site, ada: SubscriberView) -> None:
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)

    assert (await site.client.get(site.manage_link(ada, "export.json"))).status_code == 200


async def test_who_called_our_mail_spam_gets_the_file_and_can_be_forgotten(site: Site, ada: SubscriberView) -> None:
    complaint = Incident(key="k" * 64, report=Report.COMPLAINT)
    with site.database.writing() as session:
        reported(session, NOON, ada.channels[0].id, complaint, Ladder())

    assert site.see(ada).status is SubscriberStatus.SUPPRESSED
    assert (await site.client.get(site.manage_link(ada, "export.json"))).status_code == 200
    assert (await site.client.post(site.manage_link(ada, "erase"), data=SURE)).status_code == 200
    assert holding(site.database, NAME, ADDRESS) == set()


async def test_an_address_that_bounced_may_be_somebody_elses_by_now_and_leads_nowhere(
    site: Site, ada: SubscriberView
) -> None:
    with site.database.writing() as session:
        refused(session, NOON, ada.channels[0].id, "550 5.1.1 no such user")

    assert (await site.client.get(site.manage_link(ada, "export.json"))).status_code == 404


# ── erasing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_page_says_what_goes_and_what_is_kept_and_deletes_nothing(site: Site, ada: SubscriberView) -> None:
    link = site.manage_link(ada, "erase")
    before = everything(site.database)
    for method in ("GET", "HEAD"):
        page = await site.client.request(method, link)
        assert page.status_code == 200
    unticked = await site.client.post(link)

    assert "keyed hash" in (await site.client.get(link)).text
    assert (unticked.status_code, "tick the box" in unticked.text) == (400, True)
    assert everything(site.database) == before


async def test_afterwards_no_table_holds_the_name_or_the_address(site: Site, ada: SubscriberView) -> None:
    assert holding(site.database, NAME, ADDRESS, OTHER)
    answer = await site.client.post(site.manage_link(ada, "erase"), data=SURE)

    assert "You are forgotten" in answer.text
    assert holding(site.database, NAME, "unforgettable", ADDRESS, OTHER, "192.0.2") == set()
    with site.database.reading() as session:
        assert session.scalars(select(LetterRow)).all() == []
        assert [each.name for each in session.scalars(select(SubscriberRow))] == ["bob@example.org"]


async def test_only_a_hash_is_kept_by_which_the_address_is_known_again(site: Site, ada: SubscriberView) -> None:
    await site.client.post(site.manage_link(ada, "erase"), data=SURE)

    with site.database.writing() as session:
        assert find_suppression(session, "email", ADDRESS) is SuppressionReason.ERASED
        assert count_suppressions(session) == {SuppressionReason.ERASED: 1}


async def test_afterwards_the_links_lead_nowhere_and_unsubscribing_still_answers(
    site: Site, ada: SubscriberView
) -> None:
    links = [site.manage_link(ada, page) for page in ("editions", "export.json", "erase")]
    leave = site.leave_link(ada)
    await site.client.post(links[-1], data=SURE)
    again = await site.client.post(links[-1], data=SURE)

    assert [(await site.client.get(link)).status_code for link in links] == [404] * 3
    assert again.status_code == 404
    assert (await site.client.post(leave, data=ONE_CLICK)).status_code == 200


async def test_a_link_for_anything_else_erases_nobody(site: Site, ada: SubscriberView) -> None:
    before = everything(site.database)
    for purpose in Purpose:
        if purpose is not Purpose.MANAGE:
            link = f"/manage/{site.token(ada, purpose)}/erase"
            assert (await site.client.post(link, data=SURE)).status_code == 404

    assert everything(site.database) == before


def test_erasing_somebody_unknown_is_an_error_and_keeps_no_hash(database: Database) -> None:
    with pytest.raises(UnknownSubscriber):
        forget(database, NOON, 7, key=KEY)

    assert holding(database, "erased") == set()


def test_the_hash_can_be_left_out(database: Database, ada: SubscriberView) -> None:
    forget(database, NOON, ada.id, keeps_hash=False, key=KEY)

    with database.reading() as session:
        assert count_suppressions(session) == {}


def test_erasing_overwrites_the_bytes_of_letters_and_requests_too(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    database = Database(f"sqlite:///{path}")
    Base.metadata.create_all(database.engine)
    view = subscribe(database, ADDRESS)
    with database.writing() as session:
        session.add(_request(RequestKind.ADD_ADDRESS, OTHER, view.id))
        add_letter(session, LetterKind.CONFIRM_ADDRESS, OTHER, NOON, subscriber_id=view.id)
    database.close()
    assert OTHER.encode() in path.read_bytes()

    forget(database, NOON, view.id, key=KEY)
    database.close()

    assert [each for each in (ADDRESS, OTHER, NAME) if each.encode() in path.read_bytes()] == []


# ── from the shell ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("options", "kept"), [((), 1), (("--forget-completely",), 0)], ids=["hash", "nothing"])
def test_the_command_keeps_the_same_hash_or_nothing_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], kept: int
) -> None:
    monkeypatch.setenv("DIGEST_DATABASE_URL", f"sqlite:///{tmp_path / 'digest.db'}")
    runner = CliRunner()
    assert runner.invoke(digest, ["subscribe", "--name", NAME, "--email", ADDRESS]).exit_code == 0
    done = runner.invoke(digest, ["erase", ADDRESS, "--yes", *options])

    assert (done.exit_code, "is erased" in done.output) == (0, True)
    database = Database(f"sqlite:///{tmp_path / 'digest.db'}")
    with database.reading() as session:
        assert sum(count_suppressions(session).values()) == kept
    assert holding(database, NAME, ADDRESS) == set()
    database.close()
