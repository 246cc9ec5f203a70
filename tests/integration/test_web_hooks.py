"""The web addresses that mail providers post to, against a real database: theirs is taken once, all else is refused."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.routing import Route
from structlog.testing import capture_logs

from digest.bootstrap import App, Roster
from digest.errors import ConfigurationError
from digest.pipeline.presentation import Presenter
from digest.pipeline.sns_certificates import MOST_ASKED, Ask
from digest.settings import BounceSettings, HttpSettings, Settings
from digest.sources.http.client import Http
from digest.web.app import make_web
from digest.web.hooks import LARGEST_POST, Hooks
from subscribers.db import Database
from subscribers.model import SubscriberStatus, SubscriberView
from subscribers.store import view_subscriber
from subscribers.store.bounces import find_standing
from tests.bouncing import KEY, return_path
from tests.factories import NOON
from tests.fakes import FixedClock
from tests.people import subscribe
from tests.reports import (
    CERTIFICATE_URL,
    MAILGUN_KEY,
    POSTMARK_SECRET,
    SUBSCRIBE_URL,
    TOPIC,
    mailgun_event,
    mailgun_post,
    postmark_bounce,
    postmark_headers,
    sendgrid_event,
    sendgrid_headers,
    sendgrid_public_key,
    ses_bounce,
    ses_complaint,
    sns_certificate,
    sns_confirmation,
    sns_message,
)
from tests.servers.web import Asked, Reply, WebServer

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)
BOUNCES = BounceSettings.model_validate(
    {
        "ses_topics": (TOPIC,),
        "postmark_secret": POSTMARK_SECRET,
        "sendgrid_key": sendgrid_public_key(),
        "mailgun_key": MAILGUN_KEY,
    }
)


class Amazon:
    """SNS on loopback: its certificate, its address that confirms, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.replies: dict[str, Reply] = {
            urlsplit(CERTIFICATE_URL).path: Reply(body=sns_certificate(NOON)),
            "/": Reply(body=b"<ConfirmSubscriptionResponse/>"),
        }

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked.path)
        return self.replies.get(urlsplit(asked.path).path, Reply(404))


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()


@pytest.fixture
def ada(database: Database) -> SubscriberView:
    return subscribe(database, "ada@example.org", "experts")


def make_app(database: Database, bounces: BounceSettings = BOUNCES) -> App:
    settings = Settings.model_validate({"secret_key": KEY, "bounces": bounces})
    return App(settings=settings, database=database, clock=FixedClock(NOON), presenter=Presenter(settings, None))


@asynccontextmanager
async def serving(web: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(web)
    async with httpx.AsyncClient(transport=transport, base_url="https://digest.example.org") as opened:
        yield opened


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = make_app(database)
    async with serving(make_web(app, Roster(app))) as opened:
        yield opened


@pytest.fixture
async def ses(database: Database, amazon: Amazon) -> AsyncIterator[httpx.AsyncClient]:
    """Serve the hook of SES, with a server on loopback in the place of SNS."""
    with WebServer(amazon.answer) as server:
        http = Http(HttpSettings(allowed_hosts=("127.0.0.1",), attempts=1))

        async def ask(url: str) -> bytes:
            parts = urlsplit(url)
            return (await http.get(f"{server.url}{parts.path}?{parts.query}")).body

        async with http, serving(serve_ses(database, ask)) as opened:
            yield opened


def serve_ses(database: Database, ask: Ask) -> FastAPI:
    hooks = Hooks(make_app(database), ask)
    return FastAPI(routes=[Route("/hooks/ses", hooks.ses, methods=["POST"])])


async def post(
    client: httpx.AsyncClient, name: str, value: object, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    answer = await client.post(f"/hooks/{name}", content=body, headers=dict(headers or {}))
    return answer.status_code, answer.text


def score_of(database: Database, ada: SubscriberView) -> float:
    with database.reading() as session:
        standing = find_standing(session, ada.channels[0].id)
    return 0.0 if standing is None else standing.score


def status_of(database: Database, ada: SubscriberView) -> SubscriberStatus:
    with database.reading() as session:
        return view_subscriber(session, ada.id).status


def dump(value: object) -> bytes:
    return json.dumps(value).encode()


# ── SES ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["1", "2"])
async def test_a_bounce_by_ses_is_taken_once_and_the_certificate_fetched_once(
    version: str, ses: httpx.AsyncClient, amazon: Amazon, database: Database, ada: SubscriberView
) -> None:
    message = sns_message(NOON, ses_bounce(), version)

    assert [await post(ses, "ses", message) for _ in range(2)] == [(200, "Taken")] * 2
    assert score_of(database, ada) == 1.0
    assert amazon.asked == [f"{urlsplit(CERTIFICATE_URL).path}?"]


async def test_a_complaint_by_ses_stops_at_once(
    ses: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    assert await post(ses, "ses", sns_message(NOON, ses_complaint())) == (200, "Taken")
    assert status_of(database, ada) is SubscriberStatus.SUPPRESSED


async def test_the_return_path_that_ses_keeps_counts_more_than_the_address(
    ses: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    event = ses_bounce("forwarded@elsewhere.example", source=return_path(ada.channels[0].id))

    assert await post(ses, "ses", sns_message(NOON, event)) == (200, "Taken")
    assert score_of(database, ada) == 1.0


async def test_a_subscription_to_our_topic_is_confirmed(ses: httpx.AsyncClient, amazon: Amazon) -> None:
    with capture_logs() as logs:
        assert await post(ses, "ses", sns_confirmation(NOON)) == (200, "Taken")

    parts = urlsplit(SUBSCRIBE_URL)
    assert amazon.asked[-1] == f"{parts.path}?{parts.query}"
    assert [log["event"] for log in logs] == ["ses_topic_confirmed"]


@pytest.mark.parametrize(
    "message",
    [
        sns_message(NOON, ses_bounce()) | {"Message": json.dumps(ses_complaint())},
        sns_message(NOON, ses_bounce()) | {"Signature": "AAAA"},
        sns_message(NOON - 6 * MINUTE, ses_bounce()),
        sns_message(NOON, ses_bounce(), TopicArn="arn:aws:sns:us-east-1:999999999999:strangers"),
        sns_message(NOON, ses_bounce(), SigningCertURL="https://evil.test/a.pem"),
        sns_confirmation(NOON, SubscribeURL="https://169.254.169.254/latest/meta-data?Action=ConfirmSubscription"),
        {"Type": "Notification"},
        [],
    ],
    ids=["changed", "unsigned", "old", "topic", "certificate", "address", "empty", "list"],
)
async def test_what_sns_did_not_sign_for_us_is_refused_without_a_reason(
    message: object, ses: httpx.AsyncClient, amazon: Amazon, database: Database, ada: SubscriberView
) -> None:
    with capture_logs() as logs:
        assert await post(ses, "ses", message) == (403, "Refused")

    assert score_of(database, ada) == 0.0
    assert status_of(database, ada) is SubscriberStatus.CONFIRMED
    assert {urlsplit(path).path for path in amazon.asked} <= {urlsplit(CERTIFICATE_URL).path}
    assert [log["event"] for log in logs] == ["report_refused"]


async def test_while_sns_does_not_give_its_certificate_the_report_comes_again(
    ses: httpx.AsyncClient, amazon: Amazon, database: Database, ada: SubscriberView
) -> None:
    path = urlsplit(CERTIFICATE_URL).path
    certificate, amazon.replies[path] = amazon.replies[path], Reply(503)
    message = sns_message(NOON, ses_bounce())
    first = await post(ses, "ses", message)
    amazon.replies[path] = certificate

    assert (first[0], (await post(ses, "ses", message))[0]) == (503, 200)
    assert score_of(database, ada) == 1.0


async def test_a_false_certificate_is_not_kept(
    ses: httpx.AsyncClient, amazon: Amazon, database: Database, ada: SubscriberView
) -> None:
    path = urlsplit(CERTIFICATE_URL).path
    certificate, amazon.replies[path] = amazon.replies[path], Reply(body=b"no certificate")

    assert (await post(ses, "ses", sns_message(NOON, ses_bounce())))[0] == 403
    amazon.replies[path] = certificate
    assert (await post(ses, "ses", sns_message(NOON, ses_bounce())))[0] == 200
    assert score_of(database, ada) == 1.0


async def test_an_unsigned_post_cannot_make_us_ask_sns_again_and_again(
    ses: httpx.AsyncClient, amazon: Amazon, database: Database, ada: SubscriberView
) -> None:
    strange = [CERTIFICATE_URL.replace("abc", f"x{number}") for number in range(12)]
    answers = [(await post(ses, "ses", sns_message(NOON, ses_bounce(), SigningCertURL=url)))[0] for url in strange]

    assert answers == [503] * 12
    assert len(amazon.asked) == MOST_ASKED
    assert score_of(database, ada) == 0.0


async def test_posts_that_come_at_once_ask_for_the_certificate_once(
    ses: httpx.AsyncClient, amazon: Amazon, database: Database, ada: SubscriberView
) -> None:
    message = sns_message(NOON, ses_bounce())
    answers = await asyncio.gather(*(post(ses, "ses", message) for _ in range(8)))

    assert answers == [(200, "Taken")] * 8
    assert len(amazon.asked) == 1
    assert score_of(database, ada) == 1.0


# ── the others ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_bounce_by_postmark_is_taken_once(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    for _ in range(2):
        assert await post(client, "postmark", postmark_bounce(), postmark_headers()) == (200, "Taken")
    assert score_of(database, ada) == 1.0


async def test_a_batch_by_sendgrid_is_taken_whatever_stands_in_it_besides(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    events = [None, sendgrid_event("open"), sendgrid_event(email="no address"), sendgrid_event(), {"event": "bounce"}]
    body = dump([*events, sendgrid_event("spamreport", "sg-2", email="stranger@example.org")])

    for _ in range(2):
        assert await post(client, "sendgrid", body, sendgrid_headers(body, NOON)) == (200, "Taken")
    assert score_of(database, ada) == 1.0


async def test_a_report_by_mailgun_is_taken_and_its_token_never_again(
    client: httpx.AsyncClient, database: Database, ada: SubscriberView
) -> None:
    assert await post(client, "mailgun", mailgun_post(NOON, mailgun_event())) == (200, "Taken")
    assert await post(client, "mailgun", mailgun_post(NOON, mailgun_event("complained", id="mg-2"))) == (403, "Refused")
    assert (score_of(database, ada), status_of(database, ada)) == (1.0, SubscriberStatus.CONFIRMED)

    other = mailgun_post(NOON, mailgun_event("complained", id="mg-2"), token="u" * 50)
    assert await post(client, "mailgun", other) == (200, "Taken")
    assert status_of(database, ada) is SubscriberStatus.SUPPRESSED


SENDGRID_BODY = dump([sendgrid_event()])


@pytest.mark.parametrize(
    ("name", "body", "headers"),
    [
        ("postmark", postmark_bounce(), {}),
        ("postmark", postmark_bounce(), postmark_headers("post:wrong")),
        ("postmark", b"no json", postmark_headers()),
        ("sendgrid", SENDGRID_BODY, {}),
        ("sendgrid", SENDGRID_BODY + b" ", sendgrid_headers(SENDGRID_BODY, NOON)),
        ("sendgrid", SENDGRID_BODY, sendgrid_headers(SENDGRID_BODY, NOON - 6 * MINUTE)),
        ("mailgun", mailgun_post(NOON, mailgun_event(), key="another"), {}),
        ("mailgun", mailgun_post(NOON - 6 * MINUTE, mailgun_event()), {}),
        ("mailgun", {}, {}),
    ],
)
async def test_what_is_not_signed_or_old_is_refused_without_a_reason(
    name: str,
    body: object,
    headers: Mapping[str, str],
    client: httpx.AsyncClient,
    database: Database,
    ada: SubscriberView,
) -> None:
    assert await post(client, name, body, headers) == (403, "Refused")
    assert score_of(database, ada) == 0.0


@pytest.mark.parametrize("name", ["ses", "postmark", "sendgrid", "mailgun"])
async def test_where_no_provider_is_set_up_there_is_nothing(name: str, database: Database) -> None:
    app = make_app(database, BounceSettings())
    async with serving(make_web(app, Roster(app))) as client:
        assert (await post(client, name, {}))[0] == 404


@pytest.mark.parametrize("name", ["ses", "postmark", "sendgrid", "mailgun"])
async def test_a_post_has_a_size_and_a_get_does_nothing(name: str, client: httpx.AsyncClient) -> None:
    assert await post(client, name, b"x" * (LARGEST_POST + 1)) == (413, "Too large")
    assert (await client.get(f"/hooks/{name}")).status_code == 405


async def test_while_the_database_is_away_the_provider_is_asked_to_come_back(tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'no' / 'folder' / 'x.db'}")
    async with serving(make_web_without_roster(away)) as client:
        answer = await client.post("/hooks/postmark", json=postmark_bounce(), headers=postmark_headers())
    away.close()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def make_web_without_roster(database: Database) -> FastAPI:
    return make_web(make_app(database), NoRoster())  # type: ignore[arg-type]  # only the status page asks it


class NoRoster:
    """Stands in where the database, of which a roster is made, is away."""


def test_a_key_that_is_none_is_said_at_the_start(database: Database) -> None:
    wrong: dict[str, Any] = {"sendgrid_key": "nonsense"}
    with pytest.raises(ConfigurationError, match="DIGEST_BOUNCES__SENDGRID_KEY"):
        Hooks(make_app(database, BounceSettings.model_validate(wrong)))
