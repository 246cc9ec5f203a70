"""Every URL, against a real database: what a reader, a mail provider, a link scanner and a stranger get."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from digest.bootstrap import App, Roster
from digest.pipeline.presentation import Presenter
from digest.settings import Settings
from digest.web.app import make_web
from digest.web.preferences.page import ACTS
from subscribers import service
from subscribers.db import Base, Database
from subscribers.model import ChannelStatus, SubscriberView
from subscribers.tokens import Purpose, Tokens, TokenSubject
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.people import subscribe

KEY = "a key of more than thirty-two characters"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(secret_key=KEY, title="Papers <& more>")
    app = App(settings=settings, database=database, clock=FixedClock(NOON), presenter=Presenter(settings, None))
    transport = httpx.ASGITransport(make_web(app, Roster(app)))
    async with httpx.AsyncClient(transport=transport, base_url="https://digest.example.org") as opened:
        yield opened


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


def link_of(view: SubscriberView, purpose: Purpose = Purpose.UNSUBSCRIBE) -> str:
    token = Tokens([KEY]).issue(purpose, TokenSubject(view.channels[0].id, view.id), NOON)
    return f"/unsubscribe/{token}"


def status_of(database: Database, view: SubscriberView) -> ChannelStatus:
    with database.reading() as session:
        return service.get_subscriber(session, str(view.id)).channels[0].status


async def test_opening_the_link_asks_and_changes_nothing(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    for method in ("GET", "HEAD", "GET"):
        answer = await client.request(method, link_of(ada))
        assert answer.status_code == 200

    answer = await client.get(link_of(ada))
    assert "a…@example.org" in answer.text
    assert '<form method="post">' in answer.text
    assert status_of(database, ada) is ChannelStatus.OPEN


async def test_one_click_as_a_mail_provider_posts_it_works_and_works_again(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    for _ in range(2):
        answer = await client.post(link_of(ada), data=ONE_CLICK)
        assert (answer.status_code, answer.headers.get("set-cookie"), answer.is_redirect) == (200, None, False)

    assert status_of(database, ada) is ChannelStatus.CLOSED


async def test_the_button_on_the_page_works_and_the_page_then_says_so(
    client: httpx.AsyncClient, ada: SubscriberView
) -> None:
    await client.post(link_of(ada))
    page = await client.get(link_of(ada))

    assert "You are unsubscribed" in page.text
    assert "<form" not in page.text


async def test_one_click_for_somebody_who_was_erased_is_no_error(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    link = link_of(ada)
    with database.writing() as session:
        service.erase(session, ada.id)

    assert (await client.post(link, data=ONE_CLICK)).status_code == 200


async def test_a_token_that_is_forged_cut_off_or_for_another_purpose_is_unknown(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    answers = [
        await client.request(method, link)
        for method in ("GET", "POST")
        for link in (link_of(ada)[:-1], link_of(ada, Purpose.MANAGE), "/unsubscribe/x", "/unsubscribe/" + "a" * 5000)
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert status_of(database, ada) is ChannelStatus.OPEN


async def test_pages_run_no_script_and_escape_what_they_show(client: httpx.AsyncClient, ada: SubscriberView) -> None:
    page = await client.get(link_of(ada))

    assert "Papers &lt;&amp; more&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert re.search(r"<script|javascript:|\son\w+=", page.text) is None


async def test_a_monitor_is_told_that_all_is_well(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_while_the_database_is_away_everybody_is_asked_to_come_back(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    Base.metadata.drop_all(database.engine)
    try:
        answers = [await client.get(link_of(ada)), await client.post(link_of(ada), data=ONE_CLICK)]
    finally:
        Base.metadata.create_all(database.engine)

    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "60")] * 2
    assert "database" not in answers[0].text + answers[1].text


async def test_every_url_in_the_table_is_tested_here(client: httpx.AsyncClient) -> None:
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    web = transport.app
    assert isinstance(web, FastAPI)
    pages = {route.path.rstrip("/") or "/" for route in web.routes if isinstance(route, Route)}

    tested = {"/unsubscribe/{token}", "/health"}
    tested_in_test_status_page = {"/status", "/status.json"}
    tested_in_test_web_identity_and_following = {"/is-it-them/{token}", "/follow/{token}"}
    tested_in_test_web_researchers = {"/researchers", "/researchers/{id}", "/researchers/{id}.json"}
    tested_in_test_web_undoing_history_and_erasing = {
        "/stop-alerts/{token}",
        "/undo/{token}",
        "/manage/{token}/editions",
        "/manage/{token}/editions/{number}",
        "/manage/{token}/why",
        "/manage/{token}/export.json",
        "/manage/{token}/erase",
    }
    tested_in_test_web_joining_confirming_and_api = {
        "/",
        "/subscribe",
        "/manage",
        "/confirm/{token}",
        "/cancel/{token}",
        "/move-back/{token}",
        "/api/v1/openapi.json",
        "/api/v1/previews",
        "/api/v1/subscriptions",
    }
    tested_in_test_web_feedback_and_saved = {
        "/feedback/{token}",
        "/manage/{token}/saved",
        "/manage/{token}/saved.bib",
        "/manage/{token}/saved.json",
    }
    tested_in_test_manage = {"/manage/{token}", *(f"/manage/{{token}}/{act}" for act in ACTS)}
    tested_in_test_web_hooks = {"/hooks/ses", "/hooks/postmark", "/hooks/sendgrid", "/hooks/mailgun"}
    tested_in_test_bot_webhook = {"/hooks/telegram"}
    elsewhere = (
        tested_in_test_web_feedback_and_saved
        | tested_in_test_manage
        | tested_in_test_web_hooks
        | tested_in_test_bot_webhook
        | tested_in_test_web_joining_confirming_and_api
        | tested_in_test_web_undoing_history_and_erasing
        | tested_in_test_status_page
        | tested_in_test_web_identity_and_following
        | tested_in_test_web_researchers
    )
    assert pages | set(web.openapi()["paths"]) == tested | elsewhere
