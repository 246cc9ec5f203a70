"""Small stand-ins for the world outside: never for the database."""

from datetime import datetime, timedelta
from typing import Self

from digest.model import Address, ChatMessage, Delivery, Message, MessageForm, Paper, PaperId, Receipt


class FixedClock:
    """A clock that moves when told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


class RecordingNotifier:
    """Remembers what it was asked to send; raises the next of `outcomes`, if there is one."""

    def __init__(self, kind: str = "email", outcomes: list[Exception | None] | None = None) -> None:
        self.kind = kind
        self.form = MessageForm.CHAT
        self.outcomes = outcomes or []
        self.sent: list[tuple[str, Message]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        return None

    async def send(self, message: Message, address: Address) -> Receipt:
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome
        self.sent.append((address.value, message))
        return Receipt("ok")


def render_plainly(delivery: Delivery, papers: dict[PaperId, Paper], _form: MessageForm) -> Message:
    titles = tuple(papers[entry.paper_id].title for entry in delivery.edition.entries)
    return ChatMessage(message_id=f"{delivery.edition.channel_id}.{delivery.edition.name}", parts=titles)
