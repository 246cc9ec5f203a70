"""A digest that was really sent to a chat on loopback, and people who tap its buttons by what they say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from digest.bootstrap import App
from digest.model import (
    AnnouncementId,
    DeliveryKind,
    DeliveryState,
    Edition,
    Match,
    MessageForm,
    Paper,
    PaperId,
    Settlement,
)
from digest.notifiers.telegram import TelegramNotifier
from digest.pipeline.settlement import remaining
from digest.storage import deliveries, papers
from subscribers.db import Database
from subscribers.model import SubscriberView
from tests.bots import labels, notice_of, until
from tests.factories import NOON
from tests.feedback import send
from tests.people import channel_of
from tests.records import add_papers
from tests.servers.telegram import Tap
from tests.servers.telegram_chats import ChatServer

ROW = ["👍 More", "👎 Less", "💾 Save", "➕ Follow", "🙈 Mute"]
ROWS = [ROW[:3], ROW[3:]]  # as long as nothing was said


@dataclass(frozen=True, slots=True)
class Sent:
    """One message in a chat, as Telegram shows it, and the papers in it."""

    server: ChatServer
    message: dict[str, Any]
    paper_ids: Sequence[PaperId]

    def labels(self) -> list[list[str]]:
        return labels(self.server.keyboard_of(self.message))

    def find(self, label: str) -> Tap:
        """Give the button that says this."""
        taps = [tap for row in self.server.keyboard_of(self.message) for tap in row if tap.text == label]
        assert len(taps) == 1, (label, self.labels())
        return taps[0]

    async def tap(self, label: str, user_id: int = 4242) -> str:
        """Tap what is shown, wait until the buttons have changed, and give the notice."""
        edits = self.server.edits
        notice = await self.refused(label, user_id)
        await until(lambda: self.server.edits > edits)
        return notice

    async def refused(self, label: str, user_id: int = 4242) -> str:
        """Tap what is shown, and give the notice."""
        return await notice_of(self.server, self.server.tap(self.message, self.find(label).data, user_id))


async def send_digest(
    app: App, server: ChatServer, view: SubscriberView, chat: dict[str, Any], *shown: Paper, parts_sent: int = 0
) -> Sent:
    """Let a digest of these papers go out to a reader's chat, but for the parts that came there before."""
    paper_ids = add_papers(app.database, *shown)
    send(app.database, view, *paper_ids)
    return await deliver(app, server, chat, paper_ids, parts_sent)


async def send_alert(
    app: App, server: ChatServer, view: SubscriberView, chat: dict[str, Any], paper_id: PaperId
) -> Sent:
    """Let an alert about a paper go out to a reader's chat."""
    edition = Edition(
        name=f"new-{paper_id}",
        channel_id=channel_of(view),
        entries=(Match(paper_id=paper_id, score=1.0, reasons=()),),
        more=0,
        covers_after=AnnouncementId(0),
        covers_to=AnnouncementId(9),
    )
    with app.database.writing() as session:
        deliveries.add_delivery(session, edition, DeliveryKind.ALERT, NOON)
    return await deliver(app, server, chat, [paper_id])


async def deliver(
    app: App, server: ChatServer, chat: dict[str, Any], paper_ids: Sequence[PaperId], parts_sent: int = 0
) -> Sent:
    with app.database.writing() as session:
        (delivery,) = deliveries.claim_deliveries(session, ["telegram"], NOON, timedelta(minutes=1), 5)
    known = load(app.database, paper_ids)
    async with TelegramNotifier(app.settings.telegram) as notifier:
        message = app.presenter.render(delivery, known, MessageForm.CHAT)
        receipt = await notifier.send(remaining(message, replace(delivery, parts_sent=parts_sent)), delivery.address)
    settlement = Settlement(state=DeliveryState.SENT, detail=receipt.detail)
    with app.database.writing() as session:
        assert deliveries.record_settlement(session, delivery, settlement, NOON)
    return Sent(server, last_message(server, chat), paper_ids)


def last_message(server: ChatServer, chat: dict[str, Any]) -> dict[str, Any]:
    """Give what Telegram tells of the message that was sent last."""
    return {"message_id": server.sent[-1].message_id, "date": 1_790_000_000, "chat": chat, "text": "…"}


def load(database: Database, paper_ids: Sequence[PaperId]) -> dict[PaperId, Paper]:
    with database.reading() as session:
        return papers.load_papers(session, paper_ids)
