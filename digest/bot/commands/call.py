"""A command as it is acted on, and what it answers; and who reads in the chat it came from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from digest.bootstrap import App, make_tokens
from digest.bot.incoming import Chat
from digest.model import Keyboard, SubscriberId
from digest.pipeline.foretaste import Foreteller
from digest.pipeline.lookup import Meant
from digest.pipeline.researcher_search import SearchReader
from digest.pipeline.stationery import Stationery
from digest.settings import Settings
from subscribers import store
from subscribers.addresses import TELEGRAM
from subscribers.db import Database
from subscribers.model import ChannelStatus, ChannelView, SubscriberKind, SubscriberStatus, SubscriberView
from subscribers.tokens import Purpose, TokenSubject

_LEFT: Final = frozenset({SubscriberStatus.UNSUBSCRIBED, SubscriberStatus.SUPPRESSED})
MOST_DIGITS: Final = 10
LARGEST_ID: Final = 2**31 - 1  # the width of an id in PostgreSQL


class Stale(Exception):
    """A button says something that is not so any more, or that no button of ours says."""


@dataclass(frozen=True, slots=True)
class Here:
    """Who reads in a chat, and the channel that leads there."""

    view: SubscriberView
    channel: ChannelView

    def is_guest(self, chat: Chat) -> bool:
        """Whether the chat is a group that one person has linked: it is told of papers, and of nothing of theirs."""
        return not chat.is_private and self.view.kind is SubscriberKind.PERSON


@dataclass(frozen=True, slots=True)
class File:
    """A document to send."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """One more message, in Telegram's HTML."""

    text: str
    keyboard: Keyboard = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a chat is shown: a message (or the one that was tapped, with other words), and more of them or a file.

    `notice` is shown over the chat to whoever tapped. After a mistake nothing was changed.
    """

    text: str
    keyboard: Keyboard = ()
    notice: str = ""
    is_mistake: bool = False
    more: tuple[Shown, ...] = ()
    file: File | None = None


class Services:
    """What commands ask beside the database.

    The searcher and the foreteller keep what took long, and are for one thread alone.
    """

    def __init__(self, app: App) -> None:
        self.searcher = SearchReader(app.database)
        self.foreteller = Foreteller(app.database)
        self.stationery = Stationery(app.settings, make_tokens(app.settings))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command or a tap: where it came from, from whom, and what it says. `rest` has no invisible characters.

    `called` is how the person, or the group, calls itself; `language` is that of the person's apps. `meant` is what
    services said of `rest`.
    """

    app: App
    services: Services
    now: datetime
    chat: Chat
    user_id: int | None
    called: str
    rest: str
    here: Here | None
    language: str = ""
    meant: Meant | None = field(default=None)

    @property
    def database(self) -> Database:
        """Give the database."""
        return self.app.database

    @property
    def settings(self) -> Settings:
        """Give the options."""
        return self.app.settings

    @property
    def view(self) -> SubscriberView:
        """Give the subscriber. Only where a command is for readers."""
        assert self.here is not None
        return self.here.view

    @property
    def channel(self) -> ChannelView:
        """Give the channel. Only where a command is for readers."""
        assert self.here is not None
        return self.here.channel

    @property
    def reader(self) -> SubscriberId:
        """Give the number of the subscriber. Only where a command is for readers."""
        return SubscriberId(self.view.id)

    @property
    def is_guest(self) -> bool:
        """Whether this is a group that one person has linked."""
        return self.here is not None and self.here.is_guest(self.chat)

    @property
    def has_pages(self) -> bool:
        """Whether readers can reach pages of ours by signed links."""
        return bool(self.settings.public_url and self.settings.secret_key.get_secret_value())

    def numbers(self, count: int) -> tuple[int, ...]:
        """Give the numbers of ours that a button names. Raises Stale for what are none."""
        parts = self.rest.split(":")
        if len(parts) != count:
            raise Stale
        return tuple(map(read_number, parts))

    def manage_url(self) -> str | None:
        """Give the reader's own page, which is shown to nobody else."""
        if self.here is None or not self.chat.is_private:
            return None
        desk, subject = self.services.stationery, TokenSubject(self.channel.id, self.view.id)
        return desk.page("manage", desk.issue(Purpose.MANAGE, subject, self.now))


Act = Callable[[Call], Reply]


def read_number(digits: str) -> int:
    """Read a number of ours. Raises Stale."""
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS and int(digits) <= LARGEST_ID):
        raise Stale
    return int(digits)


def find_here(database: Database, chat: Chat) -> Here | None:
    """Give who reads in a chat: the subscriber with an open, verified channel that leads exactly there."""
    with database.reading() as session:
        found = store.list_channels_at(session, [(TELEGRAM, address) for address in chat.addresses])
        usable = {row.address: row for row in found if row.status == ChannelStatus.OPEN and row.verified_at}
        rows = [usable[address] for address in chat.addresses if address in usable]
        views = {
            view.id: view for view in store.list_matching_subscribers(session, [row.subscriber_id for row in rows])
        }
    for row in rows:
        view = views.get(row.subscriber_id)
        if view is not None and view.status not in _LEFT:
            return Here(view, next(each for each in view.channels if each.id == row.id))
    return None
