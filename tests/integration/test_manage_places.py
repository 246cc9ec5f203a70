"""The preferences page: another address, a new address for an old one, a code for a chat, and a fresh link."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from digest.model import LetterKind
from digest.storage.letter_tables import LetterRow
from digest.web.preferences.places import MOST_FRESH
from subscribers import service, store
from subscribers.db import Database
from subscribers.joining import MOST_ADDRESSES
from subscribers.lifecycle_tables import LinkCodeRow, RequestRow
from subscribers.linking import LIFETIME, MOST_CODES
from subscribers.model import Consent, RequestKind
from tests.factories import NOON
from tests.managing import Reader
from tests.people import subscribe
from tests.records import open_client
from tests.servers.telegram import TOKEN
from tests.subscriptions import telegram_wish

pytestmark = pytest.mark.anyio

BOT = {"token": TOKEN, "bot_name": "paper_digest_bot"}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database, telegram=BOT) as opened:
        yield opened


@pytest.fixture
def ada(client: httpx.AsyncClient, database: Database) -> Reader:
    return Reader(client, database, subscribe(database, "ada@example.org"))


def requests(reader: Reader) -> list[tuple[str, str, int]]:
    with reader.database.reading() as session:
        found = session.scalars(select(RequestRow).order_by(RequestRow.id))
        return [(row.kind, row.address, row.about_id) for row in found]


def letters(reader: Reader) -> list[tuple[str, str, int | None, dict[str, int]]]:
    with reader.database.reading() as session:
        found = session.scalars(select(LetterRow).order_by(LetterRow.id))
        return [(row.kind, row.address, row.subscriber_id, row.about) for row in found]


# ── addresses ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_another_address_is_asked_and_nothing_is_sent_there_before_it_says_yes(ada: Reader) -> None:
    page = await ada.submit((await ada.open()).form("add-address"), address="Ada@Work.example.org")

    assert "we are writing to Ada@Work.example.org" in page.message
    assert requests(ada) == [(RequestKind.ADD_ADDRESS, "ada@work.example.org", ada.view.id)]
    assert [each.address for each in ada.now().channels] == ["ada@example.org"]


async def test_an_address_somebody_else_has_is_answered_like_any_other(ada: Reader, database: Database) -> None:
    subscribe(database, "bob@example.org")
    known = await ada.send("add-address", address="bob@example.org")
    unknown = await ada.send("add-address", address="eve@example.org")

    assert known.status == unknown.status == 200
    assert known.text.replace("bob@", "eve@") == unknown.text


async def test_a_new_address_for_an_old_one_is_asked_and_the_old_one_stays_until_then(ada: Reader) -> None:
    form = (await ada.open()).form("move-address", channel=ada.channel().id)
    page = await ada.submit(form, address="ada@new.example.org")

    assert "Until then everything goes to ada@example.org" in page.message
    assert requests(ada) == [(RequestKind.MOVE_ADDRESS, "ada@new.example.org", ada.channel().id)]
    assert ada.channel().address == "ada@example.org"


@pytest.mark.parametrize("address", ["", "ada", "ada@", "a@b.org\r\nBcc: c@d.org", "a@b.org,c@d.org", "x" * 400])
async def test_what_is_no_address_is_refused_beside_its_field(ada: Reader, address: str) -> None:
    for act in ("add-address", "move-address"):
        form = (await ada.open()).form(act)
        page = await ada.submit(form, address=address)
        assert page.status == 400
        assert len([each for each in page.outline.all("input") if each.get("aria-invalid")]) == 1
    assert requests(ada) == []


async def test_a_reader_who_names_ever_more_addresses_is_stopped(ada: Reader) -> None:
    for number in range(MOST_ADDRESSES):
        assert (await ada.send("add-address", address=f"ada{number}@example.org")).status == 200
    page = await ada.send("add-address", address="one@too.many.example.org")

    assert page.status == 400
    assert "try again tomorrow" in page.message
    assert len(requests(ada)) == MOST_ADDRESSES


async def test_a_chat_has_no_address_to_change(ada: Reader, database: Database) -> None:
    with database.writing() as session:
        service.add_channel(session, NOON, ada.view.id, telegram_wish(), start_after=0, consent=Consent("operator"))

    page = await ada.send("move-address", channel=str(ada.channel(1).id), address="eve@example.org")
    assert (page.status, requests(ada)) == (400, [])


# ── a code for a chat ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_code_is_shown_once_with_links_and_kept_only_as_a_hash(ada: Reader, database: Database) -> None:
    page = await ada.submit((await ada.open()).form("link-chat"))
    private, group = re.findall(r"/start link_([A-Z2-9]{16})</code>", page.text)

    assert private != group
    assert f"https://t.me/paper_digest_bot?start=link_{private}" in page.text
    assert f"https://t.me/paper_digest_bot?startgroup=link_{group}" in page.text
    again = (await ada.open()).text
    assert private not in again
    assert group not in again
    with database.reading() as session:
        for kept in session.scalars(select(LinkCodeRow)):
            assert (kept.subscriber_id, kept.expires_at) == (ada.view.id, NOON + LIFETIME)
            assert kept.code_hash not in {private, group}


async def test_a_fresh_code_ends_the_one_before_and_there_is_a_most_of_them(ada: Reader, database: Database) -> None:
    for _ in range(MOST_CODES):
        await ada.send("link-chat")
    page = await ada.send("link-chat")

    assert page.status == 400
    assert "try again in an hour" in page.message
    with database.reading() as session:
        assert len(session.scalars(select(LinkCodeRow)).all()) == 2  # for either kind of chat


async def test_without_a_bot_no_code_is_offered(ada: Reader, database: Database) -> None:
    async with open_client(database) as plain:
        page = await Reader(plain, database, ada.view).open()
    assert "link-chat" not in {form.act for form in page.forms}


# ── a fresh link ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_fresh_link_goes_by_mail_to_the_address_of_this_link(ada: Reader) -> None:
    page = await ada.submit((await ada.open()).form("fresh-link"))

    assert page.message == "Sent: a fresh link is on its way to ada@example.org. Show"
    about = {"channel": ada.channel().id}
    assert letters(ada) == [(LetterKind.MANAGE, "ada@example.org", ada.view.id, about)]


async def test_there_is_a_most_of_fresh_links_in_a_day(ada: Reader) -> None:
    answers = [await ada.send("fresh-link") for _ in range(MOST_FRESH + 1)]

    assert [page.status for page in answers] == [200] * MOST_FRESH + [400]
    assert len(letters(ada)) == MOST_FRESH


async def test_who_reads_in_a_chat_alone_is_told_where_a_fresh_link_is(ada: Reader, database: Database) -> None:
    chat = subscribe(database, "4242", kind="telegram")
    bob = Reader(ada.client, database, chat)

    assert "fresh-link" in {form.act for form in (await bob.open()).forms}
    assert "A fresh one is in each digest." in (await bob.open()).text
    assert (await bob.send("fresh-link")).status == 400
    assert letters(bob) == []


async def test_the_link_of_a_chat_sends_a_fresh_one_to_the_mailbox_of_the_same_reader(
    ada: Reader, database: Database
) -> None:
    with database.writing() as session:
        added = service.add_channel(
            session, NOON, ada.view.id, telegram_wish("4242"), start_after=0, consent=Consent("operator")
        )
        moved = NOON - timedelta(days=1)
        store.move_channel(session, added.channel.id, "4243", moved)
    page = await ada.send("fresh-link")
    assert page.message.startswith("Sent: a fresh link is on its way to ada@example.org")
