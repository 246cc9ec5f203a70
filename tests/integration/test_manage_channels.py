"""The preferences page: where the digest goes, when, and how much of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, time
from typing import Any

import httpx
import pytest

from subscribers import service, store
from subscribers.db import Database
from subscribers.model import Cadence, ChannelStatus, ChannelView, Consent, Schedule
from tests.factories import NOON
from tests.managing import Reader
from tests.people import subscribe
from tests.records import open_client
from tests.subscriptions import telegram_wish

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(database) as opened:
        yield opened


@pytest.fixture
def ada(client: httpx.AsyncClient, database: Database) -> Reader:
    """Somebody with a mailbox and a chat."""
    view = subscribe(database, "ada@example.org", "diffusion", timezone="Europe/Berlin")
    with database.writing() as session:
        service.add_channel(session, NOON, view.id, telegram_wish(cap=5), start_after=0, consent=Consent("operator"))
    return Reader(client, database, view)


def plain_of(channel: ChannelView) -> ChannelView:
    return replace(channel, next_due_at=NOON)


EVERYTHING: dict[str, Any] = {
    "cadence": "weekly",
    "weekday": "2",
    "send_at": "18:30",
    "timezone": "asia/tokyo",
    "wait_until": "21:00",
    "cap": "7",
    "is_plain": "yes",
    "takes_alerts": [],
}


async def test_everything_about_a_channel_is_changed_said_and_taken_back(ada: Reader) -> None:
    before = ada.channel()
    page = await ada.submit((await ada.open()).form("channel", channel=before.id), **EVERYTHING)
    after = ada.channel()

    assert after.schedule == Schedule("Asia/Tokyo", time(18, 30), time(21), Cadence.WEEKLY, 2)
    assert (after.cap, after.is_plain, after.takes_alerts) == (7, True, False)
    assert "every Wednesday at 18:30 (Asia/Tokyo)" in page.message
    assert "at most 7 papers" in page.message
    assert ada.events()[-4:] == ["schedule_changed", "cap_changed", "channel_changed", "channel_changed"]
    assert page.form("channel", channel=before.id).filled()["timezone"] == ["Asia/Tokyo"]

    await ada.undo(page)
    assert plain_of(ada.channel()) == plain_of(before)


@pytest.mark.parametrize(
    ("cadence", "said"),
    [
        ("batch", "The next digest comes within the hour after papers for you are in."),
        ("weekdays", "Monday to Friday at 08:00"),
        ("alerts", "No digest, only alerts"),
    ],
)
async def test_each_cadence_is_kept_and_told(ada: Reader, cadence: str, said: str) -> None:
    form = (await ada.open()).form("channel", channel=ada.channel().id)
    page = await ada.submit(form, cadence=cadence)

    assert ada.channel().schedule.cadence == cadence
    assert said in page.text


async def test_one_channel_is_changed_and_the_other_stays(ada: Reader) -> None:
    mail, chat = ada.now().channels
    await ada.submit((await ada.open()).form("channel", channel=chat.id), cap="9")
    assert [each.cap for each in ada.now().channels] == [mail.cap, 9]


@pytest.mark.parametrize(
    ("field", "typed", "why"),
    [
        ("timezone", "Europe/Berlni", "did you mean Europe/Berlin?"),
        ("timezone", "", "is not a time zone"),
        ("timezone", "<b>", "is not a time zone"),
        ("send_at", "25:00", "is not a time of day"),
        ("send_at", "", "is not a time of day"),
        ("wait_until", "07:00", "name a later hour"),
        ("wait_until", "noon", "is not a time of day"),
        ("cap", "0", "1 to 200 papers"),
        ("cap", "201", "1 to 200 papers"),
        ("cap", "many", "1 to 200 papers"),
        ("cap", "٣", "1 to 200 papers"),
        ("cap", "9" * 400, "1 to 200 papers"),
        ("cap", "00001999", "1 to 200 papers"),
        ("cap", f"1{'0' * 5_000}", "1 to 200 papers"),
        ("cap", f"{'0' * 5_000}1", "1 to 200 papers"),
        ("cadence", "hourly", "Choose how often"),
        ("weekday", "7", "Choose how often"),
    ],
)
async def test_what_cannot_be_is_refused_beside_its_field_and_all_that_was_typed_stays(
    ada: Reader, field: str, typed: str, why: str
) -> None:
    before = ada.now()
    form = (await ada.open()).form("channel", channel=before.channels[0].id)
    page = await ada.submit(form, **({"cap": "12", "is_plain": "yes"} | {field: typed}))
    again = page.form("channel", channel=before.channels[0].id).filled()

    assert page.status == 400
    assert why in page.message
    assert len([each for each in page.outline.all("input", "select") if each.get("aria-invalid")]) == 1
    assert again["is_plain"] == ["yes"]
    assert field in ("cadence", "weekday") or again[field] == [typed]
    assert ada.now() == before


async def test_two_tabs_that_change_different_fields_keep_both_and_the_last_wins_on_the_same(ada: Reader) -> None:
    first = (await ada.open()).form("channel", channel=ada.channel().id)
    second = (await ada.open()).form("channel", channel=ada.channel().id)

    await ada.submit(first, send_at="06:00", cap="10")
    await ada.submit(second, cap="11", is_plain="yes")
    after = ada.channel()

    assert (after.schedule.send_at, after.cap, after.is_plain) == (time(6), 11, True)


async def test_a_form_that_does_not_say_what_it_showed_changes_all_it_names(ada: Reader) -> None:
    sent = {name: value for name, value in EVERYTHING.items() if value}
    page = await ada.send("channel", channel=str(ada.channel().id), **sent)
    assert page.status == 200
    assert (ada.channel().cap, ada.channel().takes_alerts) == (7, False)

    assert (await ada.send("channel", channel=str(ada.channel().id), shown="a=" + "&b=1" * 200)).status == 400


async def test_only_mail_can_be_plain(ada: Reader) -> None:
    page = await ada.open()
    names = [
        {name for name, _ in form.fields} | {"is_plain"} if "is_plain" in form.filled() else {"-"}
        for form in page.forms
        if form.act == "channel"
    ]
    assert page.text.count('name="is_plain"') == 1
    assert names == [{"-"}, {"-"}]  # not ticked in either


# ── taking one away ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_channel_is_removed_and_that_is_taken_back(ada: Reader) -> None:
    chat = ada.channel(1)
    page = await ada.submit((await ada.open()).form("remove-channel", channel=chat.id))
    assert ada.channel(1).status is ChannelStatus.CLOSED
    assert page.message == f"Saved: nothing is sent to {chat.address} any more. Show"
    assert "Closed: it was unsubscribed." in page.text
    assert "/channel" not in {form.act for form in page.forms if ("channel", str(chat.id)) in form.fields}

    await ada.client.post(page.undo.action.replace("../..", ""), data=dict(page.undo.buttons))
    assert ada.channel(1).status is ChannelStatus.OPEN


async def test_the_last_channel_is_not_removed_in_passing(ada: Reader) -> None:
    mail, chat = ada.now().channels
    await ada.send("remove-channel", channel=str(chat.id))
    page = await ada.send("remove-channel", channel=str(mail.id))

    assert page.status == 400
    assert "Unsubscribe" in page.message
    assert ada.channel().status is ChannelStatus.OPEN


async def test_two_tabs_that_each_take_one_place_away_leave_one(ada: Reader) -> None:
    pages = await asyncio.gather(*(ada.send("remove-channel", channel=str(each.id)) for each in ada.now().channels))

    assert sorted(page.status for page in pages) in ([200, 400], [200, 404])
    assert {each.status for each in ada.now().channels} == {ChannelStatus.OPEN, ChannelStatus.CLOSED}


async def test_one_that_has_not_confirmed_is_no_place_to_be_left_with(ada: Reader, database: Database) -> None:
    mail, chat = ada.now().channels
    with database.writing() as session:
        store.get_channel(session, chat.id).verified_at = None

    assert "Waits for a yes" in (await ada.open()).text
    assert (await ada.send("remove-channel", channel=str(mail.id))).status == 400
    assert (await ada.send("remove-channel", channel=str(chat.id))).status == 200


async def test_removing_the_channel_of_this_very_link_says_that_the_link_ends(ada: Reader) -> None:
    page = await ada.send("remove-channel", channel=str(ada.channel().id))

    assert page.status == 200
    assert "This link has ended with it" in page.text
    assert (await ada.client.get(ada.link)).status_code == 404


async def test_a_closed_channel_says_why_and_has_nothing_to_change(ada: Reader, database: Database) -> None:
    chat = ada.channel(1)
    with database.writing() as session:
        store.close_channel(session, chat.id, "Forbidden: bot was <b>blocked</b> by the user", NOON)

    page = await ada.open()
    assert "Closed: Forbidden: bot was &lt;b&gt;blocked&lt;/b&gt; by the user." in page.text
    assert (await ada.send("channel", channel=str(chat.id), **EVERYTHING)).status == 400


async def test_the_next_digest_is_told_in_the_zone_of_the_channel(ada: Reader) -> None:
    form = (await ada.open()).form("channel", channel=ada.channel().id)
    page = await ada.submit(form, timezone="Pacific/Auckland", send_at="23:30")

    due = ada.channel().next_due_at
    assert due == datetime(2026, 11, 21, 10, 30, tzinfo=NOON.tzinfo)
    assert "The next digest is due on Saturday, 21 November 2026, 23:30." in page.text


async def test_what_a_chat_shows_beside_the_words_and_again_is_chosen_and_taken_back(ada: Reader) -> None:
    before = ada.channel(1)
    page = await ada.submit(
        (await ada.open()).form("channel", channel=before.id), has_pictures="yes", has_previews="yes", repeats="yes"
    )
    after = ada.channel(1)
    assert (after.has_pictures, after.has_previews, after.repeats) == (True, True, True)
    await ada.undo(page)
    assert plain_of(ada.channel(1)) == plain_of(before)


async def test_only_a_chat_is_asked_about_pictures_and_who_reads_in_one_place_nothing_of_others(
    client: httpx.AsyncClient, database: Database
) -> None:
    bob = Reader(client, database, subscribe(database, "bob@example.org", "diffusion"))
    fields = (await bob.open()).form("channel", channel=bob.channel().id).filled()

    assert not {"has_pictures", "has_previews", "repeats"} & set(fields)
