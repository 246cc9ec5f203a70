"""Conversations with the bot as scripts: what somebody says and taps, and what they are shown."""

from dataclasses import dataclass, field
from typing import Any

from tests.bots import labels, notice_of, until
from tests.servers.telegram import Sent, Tap, count_units
from tests.servers.telegram_chats import ChatServer, Keyboard, private_chat


@dataclass(slots=True)
class Talk:
    """One chat. Every message that is shown is within Telegram's limits, or the server would have refused it."""

    server: ChatServer
    chat: dict[str, Any] = field(default_factory=private_chat)
    user_id: int = 4242
    last: int = 0  # the message whose buttons are tapped
    topic: dict[str, Any] = field(default_factory=dict)  # what a message has that stands in a topic of a forum

    @property
    def key(self) -> tuple[str, int]:
        return str(self.chat["id"]), self.last

    @property
    def text(self) -> str:
        """What stands in the last message now."""
        return self.server.texts[self.key]

    @property
    def buttons(self) -> list[str]:
        return [label for row in labels(self.server.keyboards[self.key]) for label in row]

    async def say(self, text: str, messages: int = 1, **fields: Any) -> str:
        """Say something; give the first message of the answer, which has as many."""
        before = len(self.server.sent)
        self.server.say(self.chat, text, self.user_id, **fields)
        await until(lambda: len(self.server.sent) >= before + messages)
        first = self.server.sent[before]
        assert count_units(first.text) <= 4096
        self.last = first.message_id
        return first.text

    async def tap(self, label: str, user_id: int | None = None, *, changes: bool = True) -> str:
        """Tap the button of the last message whose label begins so; give the notice. Waits for what it changes."""
        before = self.server.texts[self.key], self.server.keyboards[self.key]
        data = next(tap.data for row in self.server.keyboards[self.key] for tap in row if tap.text.startswith(label))
        notice = await self.press(data, user_id, self.server.keyboards[self.key])
        if changes:
            await until(lambda: (self.server.texts[self.key], self.server.keyboards[self.key]) != before)
        return notice

    async def press(self, data: str, user_id: int | None = None, keyboard: Keyboard | None = None) -> str:
        """Tap a button with this data, as if the message had it; or as the message comes with other buttons."""
        message = {"message_id": self.last, "date": 1_790_000_000, "chat": self.chat, **self.topic}
        shown = ((Tap("…", data),),) if keyboard is None else keyboard
        query = self.server.tap(message, data, user_id or self.user_id, shown)
        return await notice_of(self.server, query)


def sent_to(server: ChatServer, chat_id: object) -> list[Sent]:
    return [each for each in server.sent if each.chat_id == str(chat_id)]
