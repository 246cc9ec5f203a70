"""Taking a leaving back on the web, saying why, and stopping alerts alone."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import structlog

from digest.pipeline.erasing import forget
from subscribers import service, store
from subscribers.db import Database
from subscribers.model import Cadence, ChannelStatus, Schedule, SubscriberStatus, SubscriberView, SuppressionReason
from subscribers.store.suppressions import suppress
from subscribers.tokens import Purpose
from tests.factories import NOON
from tests.leaving import MULTIPART, MULTIPART_TYPE, ONE_CLICK, Site, open_site, undo_link
from tests.people import subscribe
from tests.records import KEY
from tests.subscriptions import OPERATOR, registration, telegram_wish

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
BACK = {"do": "return"}
pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


async def leave(site: Site, view: SubscriberView, do: str = "leave") -> str:
    """Leave by the page; give the link that takes it back."""
    return undo_link(await site.client.post(site.leave_link(view), data={"do": do}))


def kinds(site: Site, view: SubscriberView) -> list[str]:
    return [kind for kind, _ in site.events(view)]


# ── undo ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_undo_makes_everything_as_it_was_and_again_is_no_error(site: Site, ada: SubscriberView) -> None:
    before, place = site.see(ada), site.watermark(ada)
    link = await leave(site, ada)
    site.clock.advance(HOUR)
    answers = [await site.client.post(link, data=BACK) for _ in range(2)]

    assert [each.status_code for each in answers] == [200, 200]
    assert "You are subscribed again" in answers[0].text
    assert (site.see(ada), site.watermark(ada)) == (before, place)
    assert kinds(site, ada).count("returned") == 1


async def test_opening_the_undo_link_asks_and_changes_nothing(site: Site, ada: SubscriberView) -> None:
    link = await leave(site, ada)
    for method in ("GET", "HEAD"):
        assert (await site.client.request(method, link)).status_code == 200

    assert site.see(ada).status is SubscriberStatus.UNSUBSCRIBED


async def test_undo_brings_back_who_paused_as_pausing(site: Site, database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.pause(session, NOON, ada.id)
    link = await leave(site, ada)
    await site.client.post(link, data=BACK)

    assert site.see(ada).status is SubscriberStatus.PAUSED


async def test_undo_opens_what_was_left_at_once_and_not_what_was_closed_before(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        for chat in ("-11", "-12"):
            service.add_channel(session, NOON, ada.id, telegram_wish(chat), start_after=0, consent=OPERATOR)
        view = store.view_subscriber(session, ada.id)
        service.remove_channel(session, NOON, view.channels[1].id)
    link = await leave(site, view, "everything")
    await site.client.post(link, data=BACK)

    closed = ChannelStatus.CLOSED
    assert [each.status for each in site.see(view).channels] == [ChannelStatus.OPEN, closed, ChannelStatus.OPEN]


async def test_undo_after_an_hour_is_an_unknown_link(site: Site, ada: SubscriberView) -> None:
    link = await leave(site, ada)
    site.clock.advance(HOUR + SECOND)
    answer = await site.client.post(link, data=BACK)

    assert (answer.status_code, answer.text) == (404, (await site.client.get("/undo/x")).text)
    assert site.see(ada).status is SubscriberStatus.UNSUBSCRIBED


async def test_undo_after_erasure_is_answered_kindly(site: Site, database: Database, ada: SubscriberView) -> None:
    link = await leave(site, ada)
    forget(database, NOON, ada.id, key=KEY)
    answer = await site.client.post(link, data=BACK)

    assert (answer.status_code, "nothing to take back" in answer.text) == (410, True)


async def test_an_undo_link_takes_back_only_its_own_leaving(site: Site, ada: SubscriberView) -> None:
    first = await leave(site, ada)
    await site.client.post(first, data=BACK)
    site.clock.advance(timedelta(minutes=5))
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)
    again = await site.client.post(first, data=BACK)

    assert again.status_code == 410
    assert site.see(ada).status is SubscriberStatus.UNSUBSCRIBED


async def test_undo_does_not_bring_back_an_address_that_complained_meanwhile(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    link = await leave(site, ada)
    with database.writing() as session:
        suppress(session, "email", "ada@example.org", SuppressionReason.COMPLAINED, NOON)
    answer = await site.client.post(link, data=BACK)

    assert (answer.status_code, site.channel(ada).status) == (410, ChannelStatus.CLOSED)


async def test_undo_leaves_alone_who_has_subscribed_again_meanwhile(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    link = await leave(site, ada)
    with database.writing() as session:
        again = service.subscribe(session, NOON, registration(), start_after=9, consent=None).subscriber
    answer = await site.client.post(link, data=BACK)

    assert (answer.status_code, again.id) == (410, ada.id)
    assert site.see(ada) == again


async def test_an_unsubscribe_token_does_not_undo_and_an_undo_token_does_not_unsubscribe(
    site: Site, ada: SubscriberView
) -> None:
    link = await leave(site, ada)
    back = await site.client.post(site.leave_link(ada).replace("/unsubscribe/", "/undo/"), data=BACK)
    await site.client.post(link, data=BACK)
    out = await site.client.post(link.replace("/undo/", "/unsubscribe/"), data=ONE_CLICK)

    assert (back.status_code, out.status_code) == (404, 404)
    assert site.channel(ada).status is ChannelStatus.OPEN


# ── why ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_reason_is_kept_once_cleaned_and_cut(site: Site, ada: SubscriberView) -> None:
    link = await leave(site, ada)
    text = "too\r\nmany\x00 \u202e mails " + "x" * 1_000
    first = await site.client.post(link, data={"do": "because", "reason": "too_many", "text": text})
    second = await site.client.post(link, data={"do": "because", "reason": "other", "text": "changed my mind"})

    (reason,) = [detail for kind, detail in site.events(ada) if kind == "left_because"]
    assert (reason["reason"], len(str(reason["text"]))) == ("too_many", 500)
    assert str(reason["text"]).startswith("too many mails xxx")
    assert ("Thank you" in first.text, "already" in second.text) == (True, True)


async def test_words_without_a_choice_are_a_reason_and_nothing_is_none(site: Site, ada: SubscriberView) -> None:
    link = await leave(site, ada)
    nothing = await site.client.post(link, data={"do": "because"})
    invented = await site.client.post(link, data={"do": "because", "reason": "revenge"})
    await site.client.post(link, data={"do": "because", "text": "The colour."})

    assert (nothing.status_code, invented.status_code) == (400, 400)
    assert site.events(ada)[-1][1]["reason"] == "other"


async def test_the_operator_hears_of_people_who_never_signed_up(site: Site, ada: SubscriberView) -> None:
    link = await leave(site, ada)
    with structlog.testing.capture_logs() as logs:
        for _ in range(2):
            await site.client.post(link, data={"do": "because", "reason": "never_asked"})

    assert [each["event"] for each in logs] == ["signup_disputed"]
    assert "ada" not in str(logs)


async def test_after_the_reason_undo_still_works(site: Site, ada: SubscriberView) -> None:
    link = await leave(site, ada)
    thanks = await site.client.post(link, data={"do": "because", "reason": "not_relevant"})
    (action,) = re.findall(r'action="([^"]+)"', thanks.text)
    await site.client.post(f"/undo/{action}", data=BACK)

    assert site.see(ada).status is SubscriberStatus.CONFIRMED


# ── alerts alone ─────────────────────────────────────────────────────────────────────────────────────────────────────


def stop_link(site: Site, view: SubscriberView) -> str:
    return f"/stop-alerts/{site.token(view, Purpose.STOP_ALERTS)}"


async def test_stopping_alerts_in_one_click_leaves_the_digest(site: Site, ada: SubscriberView) -> None:
    answers = [
        await site.client.post(stop_link(site, ada), data=ONE_CLICK),
        await site.client.post(stop_link(site, ada), content=MULTIPART, headers={"Content-Type": MULTIPART_TYPE}),
        await site.client.post(stop_link(site, ada)),
    ]

    assert {(each.status_code, each.text) for each in answers} == {(200, answers[0].text)}
    assert (site.channel(ada).takes_alerts, site.channel(ada).status) == (False, ChannelStatus.OPEN)


async def test_the_page_of_alerts_stops_them_offers_to_leave_and_can_be_undone(site: Site, ada: SubscriberView) -> None:
    asked = await site.client.get(stop_link(site, ada))
    stopped = await site.client.post(stop_link(site, ada), data={"do": "stop"})
    (leave_page,) = re.findall(r'href="\.\.(/unsubscribe/[^"]+)"', stopped.text)

    assert "Stop alerts" in asked.text
    assert not site.channel(ada).takes_alerts
    assert "Unsubscribe this address" in (await site.client.get(leave_page)).text
    back = await site.client.post(undo_link(stopped), data=BACK)
    assert "You get alerts again" in back.text
    assert site.channel(ada).takes_alerts


async def test_stopping_the_alerts_of_a_channel_that_gets_nothing_else_closes_it(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    known = ada.channels[0].schedule
    with database.writing() as session:
        only_alerts = Schedule(known.timezone, known.send_at, cadence=Cadence.ALERTS)
        service.set_schedule(session, NOON, ada.channels[0].id, only_alerts)
    asked = await site.client.get(stop_link(site, ada))
    stopped = await site.client.post(stop_link(site, ada), data={"do": "stop"})

    assert "nothing comes any more" in asked.text
    assert site.channel(ada).status is ChannelStatus.CLOSED
    await site.client.post(undo_link(stopped), data=BACK)
    assert site.channel(ada).status is ChannelStatus.OPEN


async def test_stopping_alerts_of_somebody_erased_is_answered_alike(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    link = stop_link(site, ada)
    first = await site.client.post(link, data=ONE_CLICK)
    forget(database, NOON, ada.id, key=KEY)

    assert (await site.client.post(link, data=ONE_CLICK)).text == first.text
    assert (await site.client.get(link)).text == first.text


async def test_a_stop_link_only_stops_alerts(site: Site, ada: SubscriberView) -> None:
    for do in ("leave", "everything", "return"):
        assert (await site.client.post(stop_link(site, ada), data={"do": do})).status_code == 400

    assert (site.channel(ada).takes_alerts, site.channel(ada).status) == (True, ChannelStatus.OPEN)
