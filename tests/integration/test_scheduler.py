"""The one process: fetched from a server on loopback, composed at its hour, sent, and stopped cleanly."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from digest.bootstrap import App, utc_now
from digest.errors import NotifierUnusable
from digest.model import Address, DeliveryState, MailMessage, Message, MessageForm, Receipt
from digest.notifiers import Notifier
from digest.pipeline.compose import compose_due
from digest.pipeline.presentation import Presenter
from digest.scheduler import Service
from digest.settings import DeliverySettings, HttpSettings, Settings
from digest.sources import Source
from digest.sources.arxiv.source import ArxivSource
from digest.sources.http.client import Http
from digest.storage import deliveries, runs
from subscribers.db import Database
from subscribers.faults import DatabaseUnavailable
from tests.factories import paper
from tests.fakes import RecordingNotifier
from tests.feeds import rss, rss_item
from tests.people import announce, subscribe
from tests.servers.web import Reply, WebServer

LOOPBACK = HttpSettings(allowed_hosts=("127.0.0.1",))
SETTINGS = Settings(delivery=DeliverySettings(every=timedelta(seconds=0.1)), http=LOOPBACK)
pytestmark = pytest.mark.anyio


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallApp(App):
    """An app with one source on loopback and one notifier that remembers."""

    url: str
    notifier: RecordingNotifier

    def make_sources(self) -> list[Source]:
        return [ArxivSource("cs.CL", f"{self.url}/rss/")]

    def make_http(self) -> Http:
        return Http(self.settings.http, pace={})

    def make_notifiers(self) -> Mapping[str, Notifier]:
        return {"email": self.notifier}


def make_app(database: Database, url: str, notifier: RecordingNotifier | None = None) -> SmallApp:
    notifier = notifier or RecordingNotifier()
    notifier.form = MessageForm.MAIL
    presenter = Presenter(SETTINGS, None)
    return SmallApp(
        settings=SETTINGS, database=database, presenter=presenter, clock=utc_now, url=url, notifier=notifier
    )


async def run_until(service: Service, app: SmallApp, *, sent: int) -> None:
    task = asyncio.create_task(service.run())
    async with asyncio.timeout(20):
        while len(app.notifier.sent) < sent:  # noqa: ASYNC110 -- the notifier is no more than a list
            await asyncio.sleep(0.02)
    service.stop()
    await task


async def test_a_new_paper_reaches_the_reader_who_is_due_and_the_service_stops(database: Database) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    subscribe(database, "ada@example.org", "cat:cs.CL", now=yesterday, send_at=yesterday.time().replace(tzinfo=None))
    with WebServer(lambda _: Reply(body=rss(rss_item("2611.00001")))) as server:
        app = make_app(database, server.url)
        service = Service(app)
        await asyncio.wait_for(service.fetch(), 20)  # the paper is there before the first tick of the others
        await run_until(service, app, sent=1)

    ((address, message),) = app.notifier.sent
    assert address == "ada@example.org"
    assert isinstance(message, MailMessage)
    assert message.message_id.startswith("digest.")


async def test_a_message_in_flight_is_finished_and_what_was_only_claimed_is_handed_back(database: Database) -> None:
    class ToldToStopWhileSending(RecordingNotifier):
        async def send(self, message: Message, address: Address) -> Receipt:
            service.stop()
            await asyncio.sleep(0.2)
            return await super().send(message, address)

    app = make_app(database, "http://127.0.0.1:1", ToldToStopWhileSending())
    service = Service(app)
    announce(database, paper(), now=utc_now())
    for name in ("ada", "bob", "cyd"):
        subscribe(database, f"{name}@example.org", "experts", now=utc_now())
    compose_due(database, utc_now(), is_forced=True)
    await asyncio.wait_for(service.run(), 20)

    with database.reading() as session:
        assert deliveries.count_deliveries(session) == {DeliveryState.SENT: 1, DeliveryState.PENDING: 2}


async def test_a_notifier_that_failed_is_left_alone_for_a_while(database: Database) -> None:
    app = make_app(database, "http://127.0.0.1:2")
    app.notifier.outcomes.append(NotifierUnusable("535 wrong password"))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    announce(database, paper(), now=yesterday)
    for name in ("ada", "bob"):
        subscribe(
            database, f"{name}@example.org", "experts", now=yesterday, send_at=yesterday.time().replace(tzinfo=None)
        )
    service = Service(app)
    await service.compose()
    await service.deliver()
    await service.deliver()

    assert (app.notifier.outcomes, app.notifier.sent) == ([], [])


async def test_a_source_that_is_down_is_recorded_and_stops_nothing(database: Database) -> None:
    app = make_app(database, "http://127.0.0.1:2")
    await Service(app).fetch()

    with database.reading() as session:
        (run,) = runs.list_latest_runs(session)
    assert (run.state.value, run.papers) == ("unreachable", 0)


async def test_a_database_that_is_away_is_not_blamed_on_the_source(database: Database) -> None:
    with WebServer(lambda _: Reply(body=rss(rss_item("2611.00001")))) as server:
        app = make_app(database, server.url)
        with database.writing() as session:
            session.execute(text("ALTER TABLE papers RENAME TO moved_papers"))
        try:
            with pytest.raises(DatabaseUnavailable):
                await Service(app).fetch()
        finally:
            with database.writing() as session:
                session.execute(text("ALTER TABLE moved_papers RENAME TO papers"))

    with database.reading() as session:
        assert runs.list_latest_runs(session) == ()
