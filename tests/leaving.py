"""A running site with readers, papers and an outbox, for tests of leaving, looking back and being forgotten."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import httpx
from sqlalchemy import select
from sqlalchemy.orm import Session

from digest.bootstrap import App, Roster
from digest.model import ChannelId, DeliveryKind, DeliveryState, PaperId, RetryPolicy
from digest.pipeline.compose import compose_due
from digest.pipeline.deliver import Outbox, deliver_due
from digest.pipeline.presentation import Presenter
from digest.settings import Settings
from digest.storage import deliveries
from digest.storage.tables import DeliveryRow, SentPaperRow
from digest.web.app import make_web
from subscribers import store
from subscribers.db import Database
from subscribers.model import ChannelView, SubscriberView
from subscribers.tables import ChannelRow, SubscriberEventRow
from subscribers.tokens import Purpose, Tokens, TokenSubject
from tests.factories import NOON, edition, paper
from tests.fakes import FixedClock, RecordingNotifier, render_plainly
from tests.people import announce

KEY = "a key of more than thirty-two characters"
OLD_KEY = "the-key-of-five-years-ago-not-in-use-now"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
BOUNDARY = "----=_Part_8058"
# As RFC 8058 §3.2 has it, and as Yahoo posts it: a form in the other encoding.
MULTIPART = (
    f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--{BOUNDARY}--\r\n'
).encode()
MULTIPART_TYPE = f'multipart/form-data; boundary="{BOUNDARY}"'


class Site:
    """The web application on a database, with a clock that moves when told to."""

    def __init__(self, database: Database, client: httpx.AsyncClient, clock: FixedClock) -> None:
        self.database, self.client, self.clock = database, client, clock

    def token(
        self,
        view: SubscriberView,
        purpose: Purpose = Purpose.UNSUBSCRIBE,
        *,
        number: int = 0,
        at: datetime | None = None,
        key: str = KEY,
    ) -> str:
        """Sign a token for one of a reader's channels."""
        subject = TokenSubject(view.channels[number].id, view.id)
        return Tokens([key]).issue(purpose, subject, at or self.clock())

    def leave_link(self, view: SubscriberView, number: int = 0) -> str:
        return f"/unsubscribe/{self.token(view, number=number)}"

    def manage_link(self, view: SubscriberView, page: str) -> str:
        return f"/manage/{self.token(view, Purpose.MANAGE)}/{page}"

    def see(self, view: SubscriberView) -> SubscriberView:
        with self.database.reading() as session:
            return store.view_subscriber(session, view.id)

    def channel(self, view: SubscriberView, number: int = 0) -> ChannelView:
        return self.see(view).channels[number]

    def watermark(self, view: SubscriberView, number: int = 0) -> int:
        with self.database.reading() as session:
            return session.scalars(select(ChannelRow.watermark).where(ChannelRow.id == view.channels[number].id)).one()

    def events(self, view: SubscriberView) -> list[tuple[str, dict[str, object]]]:
        query = select(SubscriberEventRow).where(SubscriberEventRow.subscriber_id == view.id)
        with self.database.reading() as session:
            rows = session.scalars(query.order_by(SubscriberEventRow.id)).all()
            return [(row.kind, row.detail) for row in rows]

    def announce(self, *numbers: str) -> None:
        announce(self.database, *(paper(each, title=f"Experts number {each}") for each in numbers), now=self.clock())

    def compose(self) -> int:
        return compose_due(self.database, self.clock(), is_forced=True).queued

    def queue(self, view: SubscriberView, paper_id: int, kind: DeliveryKind = DeliveryKind.ALERT) -> None:
        """Put a delivery about one paper into the outbox by hand."""
        queued = edition(paper_id, channel_id=ChannelId(view.channels[0].id), name=f"new-{paper_id}")
        with self.database.writing() as session:
            deliveries.add_delivery(session, queued, kind, self.clock())

    async def deliver(self, notifier: RecordingNotifier | None = None) -> list[str]:
        """Send what is due; give the titles that went out."""
        sender = notifier or RecordingNotifier()
        await deliver_due(self.outbox(sender))
        return [part for _, message in sender.sent for part in getattr(message, "parts", ())]

    def outbox(self, *notifiers: RecordingNotifier) -> Outbox:
        return Outbox(
            database=self.database,
            notifiers={each.kind: each for each in notifiers},
            render=render_plainly,  # type: ignore[arg-type]  # a dict is all the papers it needs
            clock=self.clock,
            policy=RetryPolicy(first_delay=timedelta(minutes=1), max_attempts=3),
        )

    def states(self) -> list[DeliveryState]:
        with self.database.reading() as session:
            return [DeliveryState(each) for each in session.scalars(select(DeliveryRow.state).order_by(DeliveryRow.id))]

    def sent_papers(self, view: SubscriberView) -> set[PaperId]:
        with self.database.reading() as session:
            return _list_sent(session, view)


def undo_link(page: httpx.Response) -> str:
    """Find the link of the page after leaving that takes it back."""
    found: set[str] = set(re.findall(r'action="\.\.(/undo/[^"]+)"', page.text))
    (link,) = found
    return link


@asynccontextmanager
async def open_site(database: Database) -> AsyncIterator[Site]:
    """Serve the application in this process, under the current key and an old one."""
    settings = Settings(secret_key=KEY, old_secret_keys=OLD_KEY, title="Papers <& more>")
    clock = FixedClock(NOON)
    app = App(settings=settings, database=database, clock=clock, presenter=Presenter(settings, None))
    transport = httpx.ASGITransport(make_web(app, Roster(app)))
    async with httpx.AsyncClient(transport=transport, base_url="https://digest.example.org") as client:
        yield Site(database, client, clock)


def _list_sent(session: Session, view: SubscriberView) -> set[PaperId]:
    numbers = [channel.id for channel in view.channels]
    found = session.scalars(select(SentPaperRow.paper_id).where(SentPaperRow.channel_id.in_(numbers)))
    return set(map(PaperId, found))
