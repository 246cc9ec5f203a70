"""Unsubscribing on the web: what providers post, what scanners open, what readers press, and what forgers try."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from digest.pipeline.erasing import forget
from subscribers import preferences, service, store
from subscribers.db import Database
from subscribers.model import Cadence, ChannelStatus, SubscriberStatus, SubscriberView, Timing
from subscribers.tokens import Purpose
from tests.factories import NOON
from tests.leaving import BOUNDARY, MULTIPART, MULTIPART_TYPE, OLD_KEY, ONE_CLICK, Site, open_site, undo_link
from tests.people import subscribe
from tests.records import KEY
from tests.subscriptions import OPERATOR, WEI, telegram_wish

FIVE_YEARS = timedelta(days=5 * 365)
WEI_AT_ONCE = replace(WEI, timing=Timing.NOW)
pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(database: Database) -> AsyncIterator[Site]:
    async with open_site(database) as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


@pytest.fixture
def two(database: Database, ada: SubscriberView) -> SubscriberView:
    """Somebody with a mail address and a chat."""
    with database.writing() as session:
        service.add_channel(session, NOON, ada.id, telegram_wish("-1009876"), start_after=0, consent=OPERATOR)
        return store.view_subscriber(session, ada.id)


def buttons(page: httpx.Response) -> list[str]:
    return re.findall(r'name="do" value="([^"]+)"', page.text)


# ── scanners ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.STOP_ALERTS])
async def test_a_scanner_that_opens_every_link_again_and_again_changes_nothing(
    site: Site, ada: SubscriberView, purpose: Purpose
) -> None:
    before = (site.see(ada), site.events(ada))
    link = f"/{purpose.value}/{site.token(ada, purpose)}"
    answers = {method: await site.client.request(method, link) for method in ("GET", "HEAD", "OPTIONS", "PUT")}
    burst = [await site.client.get(link, headers={"Purpose": "prefetch", "Sec-Purpose": "prefetch"}) for _ in range(20)]

    assert [answers[method].status_code for method in ("GET", "HEAD", "OPTIONS", "PUT")] == [200, 200, 405, 405]
    assert {answer.text for answer in burst} == {answers["GET"].text}
    assert (site.see(ada), site.events(ada)) == before


# ── one click ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_click_works_as_every_provider_posts_it_and_is_answered_the_same_each_time(
    site: Site, ada: SubscriberView
) -> None:
    link = site.leave_link(ada)
    answers = [
        await site.client.post(link, data=ONE_CLICK, headers={"User-Agent": "Gmail-List-Unsubscribe"}),
        await site.client.post(link, content=MULTIPART, headers={"Content-Type": MULTIPART_TYPE}),
        await site.client.post(link),
        await site.client.post(link, content=b'"one-click"', headers={"Content-Type": "text/plain; charset=utf-8"}),
        await site.client.post(link, data=ONE_CLICK),
    ]

    assert [(each.status_code, each.is_redirect, "set-cookie" in each.headers) for each in answers] == [
        (200, False, False)
    ] * len(answers)
    assert len({each.text for each in answers}) == 1
    assert "undo" not in answers[0].text.lower()
    assert site.channel(ada).status is ChannelStatus.CLOSED


@pytest.mark.parametrize("kind", [MULTIPART_TYPE, f"Multipart/Form-Data;boundary={BOUNDARY}"])
async def test_one_click_in_the_other_encoding_works_at_once(site: Site, ada: SubscriberView, kind: str) -> None:
    answer = await site.client.post(site.leave_link(ada), content=MULTIPART, headers={"Content-Type": kind})

    assert (answer.status_code, site.channel(ada).status) == (200, ChannelStatus.CLOSED)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("", b"List-Unsubscribe=One-Click"),
        ("application/x-www-form-urlencoded; charset=UTF-16", b"List-Unsubscribe=One-Click\r\n"),
        ("APPLICATION/X-WWW-FORM-URLENCODED", b"list-unsubscribe=one-click"),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe%3DOne-Click"),
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00&&&==="),
        ("multipart/form-data", b"--\r\nno boundary"),
        ("multipart/form-data; boundary=", MULTIPART[:40]),
        ("application/json", b'{"do": "weekly"}'),
    ],
)
async def test_one_click_in_a_strange_form_unsubscribes_all_the_same(
    site: Site, ada: SubscriberView, kind: str, body: bytes
) -> None:
    async def trickle() -> AsyncIterator[bytes]:
        for byte in body:
            yield bytes([byte])

    link = f"{site.leave_link(ada)}?utm_source=proxy&do=weekly"
    answer = await site.client.post(link, content=trickle(), headers={"Content-Type": kind})

    assert (answer.status_code, site.channel(ada).status) == (200, ChannelStatus.CLOSED)


@pytest.mark.parametrize("purpose", [Purpose.UNSUBSCRIBE, Purpose.STOP_ALERTS])
async def test_one_click_with_a_slash_behind_it_is_not_answered_with_a_redirect(
    site: Site, ada: SubscriberView, purpose: Purpose
) -> None:
    link = f"/{purpose.value}/{site.token(ada, purpose)}"
    answers = [await site.client.post(each, data=ONE_CLICK) for each in (f"{link}/", link)]

    assert {(each.status_code, each.text) for each in answers} == {(200, answers[0].text)}
    assert (site.channel(ada).status, site.channel(ada).takes_alerts) != (ChannelStatus.OPEN, True)


async def test_one_click_from_a_mail_of_five_years_ago_works_after_a_new_key_and_a_new_address(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        store.move_channel(session, ada.channels[0].id, "ada@new.example.org", NOON)
    token = site.token(ada, key=OLD_KEY, at=NOON - FIVE_YEARS)
    page = await site.client.get(f"/unsubscribe/{token}")
    answer = await site.client.post(f"/unsubscribe/{token}", data=ONE_CLICK)

    assert "ada@new" not in page.text  # who has a forwarded mail must not learn where somebody moved
    assert "a…@new.example.org" in page.text
    assert (answer.status_code, site.channel(ada).status) == (200, ChannelStatus.CLOSED)


async def test_one_click_is_answered_alike_for_a_reader_somebody_erased_and_somebody_who_left_long_ago(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    gone, left = subscribe(database, "gone@example.org"), subscribe(database, "left@example.org")
    links = [site.leave_link(each) for each in (ada, gone, left)]
    with database.writing() as session:
        service.unsubscribe(session, NOON - timedelta(days=400), left.id)
    forget(database, NOON, gone.id, key=KEY)
    answers = [await site.client.post(link, data=ONE_CLICK) for link in links]
    pages = [await site.client.get(link) for link in links]

    assert {(each.status_code, each.text) for each in (*answers, *pages)} == {(200, answers[0].text)}


async def test_one_click_for_one_address_leaves_the_other_open(site: Site, two: SubscriberView) -> None:
    await site.client.post(site.leave_link(two), data=ONE_CLICK)

    assert [each.status for each in site.see(two).channels] == [ChannelStatus.CLOSED, ChannelStatus.OPEN]
    assert site.see(two).status is SubscriberStatus.CONFIRMED


async def test_a_body_bigger_than_any_form_is_not_read_to_its_end(site: Site, ada: SubscriberView) -> None:
    answer = await site.client.post(site.leave_link(ada), data={"do": "x" * 100_000})

    assert (answer.status_code, site.channel(ada).status) == (413, ChannelStatus.OPEN)


# ── tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_forged_cut_tampered_and_foreign_tokens_get_the_same_bytes(site: Site, ada: SubscriberView) -> None:
    bob = site.token(ada)
    tampered = bob[:-1] + ("A" if bob[-1] != "A" else "B")
    foreign = [site.token(ada, purpose) for purpose in Purpose if purpose is not Purpose.UNSUBSCRIBE]
    forged = site.token(ada, key="x" * 40)
    answers = [
        await site.client.request(method, f"/unsubscribe/{token}", data=data)
        for token in (tampered, bob[:-2], forged, "x", "a" * 5_000, *foreign)
        for method, data in (("GET", None), ("POST", ONE_CLICK), ("POST", {"do": "everything"}))
    ]

    assert {(each.status_code, each.content) for each in answers} == {(404, answers[0].content)}
    assert site.channel(ada).status is ChannelStatus.OPEN


async def test_a_token_that_names_somebody_elses_channel_leaves_nothing(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    bob = subscribe(database, "bob@example.org")
    mixed = site.token(replace(ada, channels=bob.channels))
    await site.client.post(f"/unsubscribe/{mixed}", data=ONE_CLICK)

    assert [site.channel(each).status for each in (ada, bob)] == [ChannelStatus.OPEN] * 2


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_page_has_one_main_button_and_quieter_ones_for_less(
    site: Site, database: Database, two: SubscriberView
) -> None:
    with database.writing() as session:
        service.follow(session, NOON, two.id, WEI_AT_ONCE)
    page = await site.client.get(site.leave_link(two))

    assert buttons(page) == ["leave", "weekly", "alerts", "two-weeks", "month", "everything"]
    assert "a…@example.org" in page.text
    assert "ada@example.org" not in page.text
    assert "the Telegram chat …9876" in page.text
    assert page.text.count('class="plain"') == len(buttons(page)) - 1


async def test_only_what_is_less_than_somebody_has_is_offered(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    assert buttons(await site.client.get(site.leave_link(ada))) == ["leave", "weekly", "two-weeks", "month"]
    await site.client.post(site.leave_link(ada), data={"do": "weekly"})
    assert buttons(await site.client.get(site.leave_link(ada))) == ["leave", "two-weeks", "month"]
    await site.client.post(site.leave_link(ada), data={"do": "two-weeks"})
    assert buttons(await site.client.get(site.leave_link(ada))) == ["leave", "month"]
    with database.writing() as session:
        preferences.pause_until(session, NOON, ada.id, None)
    assert buttons(await site.client.get(site.leave_link(ada))) == ["leave"]


async def test_only_alerts_are_offered_only_where_that_makes_no_message_more(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        service.follow(session, NOON, ada.id, WEI_AT_ONCE)
    assert "alerts" in buttons(await site.client.get(site.leave_link(ada)))
    with database.writing() as session:
        service.follow(session, NOON, ada.id, replace(WEI, target_id=8, timing=Timing.DIGEST))
    assert "alerts" not in buttons(await site.client.get(site.leave_link(ada)))
    answer = await site.client.post(site.leave_link(ada), data={"do": "alerts"})

    assert (answer.status_code, site.channel(ada).schedule.cadence) == (400, Cadence.DAILY)


async def test_fewer_mails_in_place_of_none(site: Site, database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.follow(session, NOON, ada.id, WEI)
    link = site.leave_link(ada)
    paused = await site.client.post(link, data={"do": "month"})
    assert "Nothing is sent to you until Sunday, 20 December 2026" in paused.text
    assert (site.see(ada).status, site.see(ada).paused_until) == (SubscriberStatus.PAUSED, NOON + timedelta(days=30))
    weekly = await site.client.post(link, data={"do": "weekly"})
    assert "The next digest comes on Monday" in weekly.text
    assert site.channel(ada).schedule.cadence is Cadence.WEEKLY


async def test_a_button_that_would_make_mails_more_or_does_not_exist_changes_nothing(
    site: Site, database: Database, ada: SubscriberView
) -> None:
    with database.writing() as session:
        preferences.pause_until(session, NOON, ada.id, NOON + timedelta(days=20))
    before = site.see(ada)
    answers = [await site.client.post(site.leave_link(ada), data={"do": do}) for do in ("two-weeks", "daily", "undo")]

    assert [each.status_code for each in answers] == [400] * 3
    assert site.see(ada) == before


async def test_leaving_everything_closes_every_channel(site: Site, two: SubscriberView) -> None:
    page = await site.client.post(site.leave_link(two), data={"do": "everything"})

    assert "You are unsubscribed" in page.text
    assert site.see(two).status is SubscriberStatus.UNSUBSCRIBED


async def test_after_leaving_one_of_two_the_page_says_where_it_still_comes(site: Site, two: SubscriberView) -> None:
    page = await site.client.post(site.leave_link(two), data={"do": "leave"})

    assert "The digest still comes to the Telegram chat …9876" in page.text


async def test_the_main_button_pressed_twice_shows_the_way_back_both_times(site: Site, ada: SubscriberView) -> None:
    first = await site.client.post(site.leave_link(ada), data={"do": "leave"})
    second = await site.client.post(site.leave_link(ada), data={"do": "leave"})

    assert undo_link(first) == undo_link(second)


async def test_the_way_back_is_not_shown_to_whoever_opens_the_link_later(site: Site, ada: SubscriberView) -> None:
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)
    site.clock.advance(timedelta(minutes=2))
    posted = await site.client.post(site.leave_link(ada), data={"do": "leave"})
    opened = await site.client.get(site.leave_link(ada))

    assert [buttons(posted), buttons(opened)] == [[], []]


async def test_a_pending_and_a_paused_reader_can_leave_too(site: Site, database: Database, ada: SubscriberView) -> None:
    with database.writing() as session:
        service.pause(session, NOON, ada.id)
    page = await site.client.get(site.leave_link(ada))
    await site.client.post(site.leave_link(ada), data=ONE_CLICK)

    assert "leave" in buttons(page)
    assert site.see(ada).status is SubscriberStatus.UNSUBSCRIBED


async def test_pages_of_leaving_run_no_script_and_are_not_kept(site: Site, ada: SubscriberView) -> None:
    pages = [
        await site.client.get(site.leave_link(ada)),
        await site.client.get(f"/stop-alerts/{site.token(ada, Purpose.STOP_ALERTS)}"),
        await site.client.post(site.leave_link(ada), data={"do": "leave"}),
    ]

    for page in pages:
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert re.search(r"<script|javascript:|\son\w+=", page.text) is None
        assert page.text.count("<h1") == 1
